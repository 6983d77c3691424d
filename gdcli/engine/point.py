"""A place, complete by construction: only the Oracle makes them."""

from __future__ import annotations

from typing import Generic, NamedTuple, TypeVar

from gdcli.engine.objective import Vector

M = TypeVar("M")


class Point(NamedTuple):
    """x with value and gradient there. Arrays are not to be written to."""

    x: Vector
    value: float
    gradient: Vector


class State(NamedTuple, Generic[M]):
    """Where a method is. The loop never looks into `memory`.

    Attributes:
        iteration: 0 at the start.
        step_length: Euclidean length of the last step, or of the multiplier that the method
            steers by (learning rate, step of a line search); NaN at the start.
    """

    iteration: int
    point: Point
    step_length: float
    memory: M
