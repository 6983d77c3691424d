"""The shape of a direction, and which variables the bounds hold."""

from __future__ import annotations

from typing import Protocol, TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

from gdcli.engine.box import Box
from gdcli.engine.objective import Vector
from gdcli.engine.point import Point

M = TypeVar("M")
Mask: TypeAlias = NDArray[np.bool_]

NEAR = 1e-3
"""A variable this near to a bound (against the distance of the bounds, or 1) and pushed towards it
counts as held there, so that no step is cut short by it (Bertsekas (1982), eq. 32)."""


class Direction(Protocol[M]):
    """Where to go next. A frozen dataclass whose fields are its options.

    With bounds a direction is 0 for the variables that `held` names, up to what moves those near a
    bound onto it.
    """

    def start(self, point: Point) -> M:
        """Return an empty memory: the next direction is that of steepest descent."""
        ...

    def direction(self, point: Point, memory: M, box: Box) -> Vector:
        """Return a direction, shape (n,), a new array or one of the memory's."""
        ...

    def update(
        self,
        memory: M,
        before: Point,
        after: Point,
        direction: Vector,
        step: float,
        box: Box,
    ) -> M:
        """Return the memory after a step of `step`·`direction`; may reuse its arrays."""
        ...


def held(box: Box, point: Point) -> Mask | None:
    """Return which variables stay at, or go onto, a bound; None if there are none such."""
    if not box.bounded:
        return None
    x, gradient = point.x, point.gradient
    reach = float(abs(x - box.clip(x - gradient)).max(initial=0.0))
    width = box.upper - box.lower
    near = np.minimum(NEAR * np.where(np.isfinite(width), width, np.maximum(1.0, abs(x))), reach)
    down = (x <= box.lower + near) & (gradient > 0.0)
    up = (x >= box.upper - near) & (gradient < 0.0)
    mask: Mask = down | up | box.active(x, gradient)
    return mask if mask.any() else None


def onto_bounds(box: Box, point: Point, mask: Mask, direction: Vector) -> Vector:
    """Return the direction with each held variable going straight to its bound at step 1."""
    target = np.where(point.gradient > 0.0, box.lower, box.upper)
    move = np.where(np.isfinite(target) & mask, target - point.x, 0.0)
    move = np.where(box.active(point.x, point.gradient), 0.0, move)
    return np.where(mask, move, direction)
