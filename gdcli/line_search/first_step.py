"""The first trial step of a line search: an object of its own, for any search.

At the start nothing is known but x and ∇f: 0.1·max(1, ‖x₀‖) far, never "1", which may be anything.
"""

from __future__ import annotations

import math
from typing import ClassVar, NamedTuple, Protocol

from gdcli.engine.norms import euclidean
from gdcli.engine.objective import Vector
from gdcli.engine.point import Point
from gdcli.records import dataclass

SHARE = 0.1
"""Length of the first step of all, against max(1, ‖x₀‖)."""
BOLD = 5.0
"""A method whose line search also comes back may begin with so many times that: what is taken
back tells it of the curvature."""
GROWTH = 10.0
"""Growth over the last step where curvature along it was not positive."""
WIDEST = 1e6
"""A first trial is at most this many times as long as the last step."""


class Before(NamedTuple):
    """The step that led here: how far along the direction, with which slope, and where from.

    Attributes:
        point: None for a first step that does not look there: its vectors may be long.
    """

    step: float
    slope: float
    point: Point | None


class FirstStep(Protocol):
    """How far to try first.

    Attributes:
        looks_back: Whether it looks at the point before.
    """

    looks_back: ClassVar[bool]

    def guess(self, point: Point, direction: Vector, slope: float, before: Before | None) -> float:
        """Return t > 0 for a descent `direction` with φ′(0) = `slope`; no `before` at the start."""
        ...


def at_start(point: Point, direction: Vector) -> float:
    """Return t with ‖t·d‖ = 0.1·max(1, ‖x₀‖)."""
    length = euclidean(direction)
    size = euclidean(point.x)
    return SHARE * max(1.0, size) / length if 0.0 < length < math.inf else 1.0


@dataclass(frozen=True)
class Unit:
    """1, the natural step of Newton's method and its relatives; at the start a part of x."""

    looks_back: ClassVar[bool] = False

    def guess(self, point: Point, direction: Vector, slope: float, before: Before | None) -> float:
        """See `FirstStep`."""
        return BOLD * at_start(point, direction) if before is None else 1.0


@dataclass(frozen=True)
class BarzilaiBorwein:
    """The length s·s/s·y or s·y/y·y that makes (1/t)·I a secant approximation of the Hessian.

    Barzilai & Borwein (1988), IMA J. Numer. Anal. 8, 141–148. Adaptive: the short one where it is
    below `threshold` times the long one (Zhou, Gao & Dai (2006), Comput. Optim. Appl. 35, 69–86).

    Attributes:
        threshold: 0: always the long one. Range 0 ≤ threshold ≤ 1; 1: always the short one.
    """

    threshold: float = 0.0

    looks_back: ClassVar[bool] = True

    def guess(self, point: Point, direction: Vector, slope: float, before: Before | None) -> float:
        """See `FirstStep`. For directions −∇f."""
        if before is None or before.point is None:
            return at_start(point, direction)
        s = point.x - before.point.x
        y = point.gradient - before.point.gradient
        sy = float(s.dot(y))
        if not sy > 0.0:
            return GROWTH * before.step
        long = float(s.dot(s)) / sy
        if self.threshold > 0.0:
            short = sy / float(y.dot(y))
            if short < self.threshold * long:
                return short
        return min(long, WIDEST * before.step)


@dataclass(frozen=True)
class SameChange:
    """The step with the first-order change of the last one: t·φ′ stays what it was.

    Nocedal & Wright (2006), §3.5, above eq. 3.60; for methods whose directions have no natural
    length. At the start a part of x, as bold as that of `Unit`.
    """

    looks_back: ClassVar[bool] = False

    def guess(self, point: Point, direction: Vector, slope: float, before: Before | None) -> float:
        """See `FirstStep`."""
        if before is None:
            return BOLD * at_start(point, direction)
        return before.step * before.slope / slope


@dataclass(frozen=True)
class Longer:
    """A multiple of the last step, so that a step shortened once can grow again.

    Attributes:
        factor: Range ≥ 1.
    """

    factor: float = 2.0

    looks_back: ClassVar[bool] = False

    def guess(self, point: Point, direction: Vector, slope: float, before: Before | None) -> float:
        """See `FirstStep`."""
        return at_start(point, direction) if before is None else self.factor * before.step
