"""When a run may stop: the first-order conditions hold, to a tolerance or to rounding."""

from __future__ import annotations

import math
from typing import NamedTuple, Protocol

import numpy as np

from gdcli.engine.decrement import NOISY, changes, decrement
from gdcli.engine.norms import largest
from gdcli.engine.objective import Need
from gdcli.engine.oracle import Oracle
from gdcli.engine.point import Point
from gdcli.engine.second_order import cheap


class Verdict(NamedTuple):
    """The first-order conditions hold.

    Attributes:
        kind: `tolerance` or `rounding`; what `stop.reason` will say.
        sentence: In which sense they hold.
        requested, reached: The test's measure.
        degenerate: Convergence was slow as it is only where curvature vanishes.
        inexact: The value is as low as can be told, but x can still be improved.
    """

    kind: str
    sentence: str
    requested: float
    reached: float
    degenerate: bool = False
    inexact: bool = False


class Stopping(Protocol):
    """A stopping test, made for one run; it may remember what it saw.

    Attributes:
        tol: What the user asked for.
    """

    tol: float

    def test(self, oracle: Oracle, point: Point, norm: float) -> Verdict | None:
        """Return whether the conditions hold; called once at every iteration.

        Args:
            norm: Infinity norm of the projected gradient; NaN only if all of it may be.
        """
        ...

    def stalled(self, oracle: Oracle, point: Point) -> Verdict | None:
        """Return whether they hold as well as rounding allows, where a method cannot go on."""
        ...

    def measure(self, point: Point, norm: float) -> tuple[float | None, float | None]:
        """Return (requested, reached) where the run ended otherwise; None where not known."""
        ...


class GradientTest:
    """|projected ∇f|∞ ≤ tol, the test of every method that a user names.

    Where rounding does not let a method go on, the test asks instead whether what is left to gain
    is below the rounding level of the value, or whether the gradient is down to its own: whether
    it changes by as much as its own size when x moves by a few units in the last place.

    Args:
        tol: Not negative. 0 goes down to rounding.
    """

    def __init__(self, tol: float = 1e-8) -> None:
        self.tol = tol

    def test(self, oracle: Oracle, point: Point, norm: float) -> Verdict | None:
        """See `Stopping`."""
        if norm > self.tol or not math.isfinite(norm):
            return None
        sentence = f"|∇f| = {norm:.2g} is below the tolerance {self.tol:.2g}"
        if norm == 0.0:
            sentence = "the gradient is exactly zero"
        return Verdict("tolerance", sentence, self.tol, norm)

    def stalled(self, oracle: Oracle, point: Point) -> Verdict | None:
        """See `Stopping`."""
        norm = largest(oracle.box.projected(point.x, point.gradient))
        noise = oracle.noise(point.x)
        d = decrement(oracle, point, NOISY * noise)
        if d is not None and d <= NOISY * noise:
            sentence = f"what is left to gain, {d:.2g}, is below the rounding of this formula"
            inexact = cheap(oracle, point.x.size)
            return Verdict("rounding", sentence, self.tol, norm, inexact=inexact)
        if norm <= NOISY * gradient_noise(oracle, point):
            sentence = f"|∇f| = {norm:.2g} is at the rounding level of this formula"
            return Verdict("rounding", sentence, self.tol, norm)
        return None

    def measure(self, point: Point, norm: float) -> tuple[float | None, float | None]:
        """See `Stopping`."""
        return self.tol, norm


def gradient_noise(oracle: Oracle, point: Point) -> float:
    """Return how much |∇f|∞ changes when x moves by a few units in the last place.

    That is the smallest gradient that a method could have reached by any choice of x, and the
    gradient's own rounding error besides.
    """
    level = 0.0
    free = ~oracle.box.active(point.x, point.gradient)
    for change in changes(oracle.at, oracle.box, point):
        change = np.where(free, change, 0.0)
        if np.isfinite(change).all():
            level = max(level, largest(change))
    return level


VANISHED = 1e-16
"""A sum of squares has vanished below this part of what it was at the start."""


def at_the_bottom(oracle: Oracle, value: float, value0: float, part: float = VANISHED) -> bool:
    """Return whether a sum of squares is down to nothing: below it there is nothing to find.

    Args:
        value0: Its value at the start.
        part: What may be left of that.
    """
    if not oracle.has(Need.RESIDUALS):
        return False
    offset = oracle.objective.offset
    return value - offset <= part * (value0 - offset)
