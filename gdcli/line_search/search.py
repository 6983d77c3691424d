"""What a line search sees: φ(t) = f(x + t·d), kept inside the bounds; and what it answers.

A line search knows no method and no formula. It is handed a `Line` and a first trial step and
returns the accepted point complete with its gradient, so that nothing is evaluated twice.
"""

from __future__ import annotations

import math
from typing import NamedTuple, Protocol

import numpy as np

from gdcli.engine.objective import Vector
from gdcli.engine.oracle import Oracle
from gdcli.engine.point import Point
from gdcli.engine.status import Halt, Status

SHORTER = 0.1
"""A step to where the objective is not finite is shortened by this factor."""
TRIALS = 40
"""Evaluations after which a search gives up, or makes do with the best step it has."""
NOT_STEEPER = 0.8
"""1 − 2δ with δ = 0.1: what a slope may be against the first, where only slopes can be judged
(Hager & Zhang (2005), the approximate Wolfe condition T2)."""


class Found(NamedTuple):
    """An accepted step.

    Attributes:
        point: Where it leads, complete.
        step: t, the multiple of the direction.
    """

    point: Point
    step: float


class Line:
    """φ(t) = f(x + t·d) for 0 ≤ t ≤ `longest`, or along the path that projection bends.

    Attributes:
        point: The place t = 0.
        direction: d, a descent direction; 0 where a bound at which x stands would be left.
        slope: φ′(0) = ∇f(x)·d, negative.
        longest: The largest t allowed: where the first bound is hit. Infinity on a path.
        bent: Whether the line is the projected path P(x + t·d) (Bertsekas 1982), which has
            corners: a search must not ask it for slopes to interpolate with.
        reference: The value that a step must lower; above f(x) in non-monotone searches.
    """

    __slots__ = (
        "_bounded", "_oracle", "bent", "direction", "longest", "point", "reference", "slope",
    )  # fmt: skip

    def __init__(
        self,
        oracle: Oracle,
        point: Point,
        direction: Vector,
        slope: float,
        *,
        reference: float | None = None,
        longest: float = math.inf,
        bent: bool = False,
    ) -> None:
        self._oracle = oracle
        self._bounded = oracle.box.bounded
        self.point = point
        self.direction = direction
        self.slope = slope
        self.longest = longest
        self.bent = bent
        self.reference = point.value if reference is None else reference

    def at(self, t: float) -> Point:
        """Return the point at t, inside the bounds."""
        if t == 1.0:
            x = self.point.x + self.direction
        else:
            x = t * self.direction
            x += self.point.x
        if self._bounded:
            x = self._oracle.box.clip(x)
        return self._oracle.at(x)

    def slope_at(self, point: Point) -> float:
        """Return φ′ at a point of the line; not finite where the gradient is not."""
        return float(point.gradient.dot(self.direction))

    def promised(self, t: float, point: Point) -> float:
        """Return ∇f(x)·(x(t) − x), the change that the slope at x promises up to there."""
        if self.bent:
            return float(self.point.gradient.dot(point.x - self.point.x))
        return t * self.slope

    def better_by_gradient(self, point: Point, slope: float) -> bool:
        """Return whether a point is better though its value no longer shows it.

        The value must differ by no more than the rounding of the objective, the slope must satisfy
        the approximate Wolfe condition, and the gradient must be shorter: so no sequence of such
        steps goes on for ever.
        """
        here = self.point
        if not slope <= -NOT_STEEPER * self.slope:
            return False
        box = self._oracle.box
        there = box.projected(point.x, point.gradient)
        now = box.projected(here.x, here.gradient)
        if not there.dot(there) < now.dot(now):
            return False
        return abs(point.value - here.value) <= self._oracle.noise(here.x)

    def as_low(self, value: float) -> bool:
        """Return whether a value is at most f(x) but for the rounding of the objective."""
        return value <= self.point.value + self._oracle.noise(self.point.x)

    def vanished(self, point: Point) -> bool:
        """Return whether a step is too short to change x."""
        return bool((point.x == self.point.x).all())


class LineSearch(Protocol):
    """How far to go along a line. A frozen dataclass whose fields are its constants."""

    @property
    def corners(self) -> bool:
        """Whether it also searches bent lines, whose slopes jump."""
        ...

    def search(self, line: Line, first: float) -> Found | Halt:
        """Return an accepted step, trying `first` > 0 first, or why there is none."""
        ...


NO_STEP = Halt(Status.STALLED, "no step along the direction lowers the value")


def quadratic_minimum(t: float, value0: float, slope0: float, value: float) -> float:
    """Return where the parabola through φ(0), φ′(0) and φ(t) is lowest; NaN if nowhere.

    Nocedal & Wright (2006), eq. 3.58.
    """
    bend = value - value0 - t * slope0
    return -0.5 * slope0 * t * t / bend if bend > 0.0 else math.nan


def inward(oracle: Oracle, x: Vector, direction: Vector) -> Vector:
    """Return the direction with 0 where x stands at a bound that it would leave."""
    box = oracle.box
    out = ((x <= box.lower) & (direction < 0.0)) | ((x >= box.upper) & (direction > 0.0))
    return np.where(out, 0.0, direction)
