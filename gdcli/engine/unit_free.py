"""Stopping without a unit: the decrease that Newton's step still promises, against rounding.

|∇f| ≤ tol means something else after every change of units: 1e-9·(x−3)² is "solved" at x = 0, and
−exp(−x²) at x = 10. Newton's decrement d is a decrease of the objective, to be compared with δ, the
rounding error of the objective at this point (`Oracle.noise`): below it no step can be told from
rounding.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from gdcli.engine.decrement import (
    NOISY,
    Newton,
    decrement_by_products,
    explained,
    newton,
    newton_by_factors,
)
from gdcli.engine.norms import largest
from gdcli.engine.objective import Need, Vector
from gdcli.engine.oracle import ROUNDING, Oracle
from gdcli.engine.point import Point
from gdcli.engine.second_order import cheap
from gdcli.engine.stopping import Stopping, Verdict, at_the_bottom, gradient_noise

NEGLIGIBLE = 1e-6
"""The noise is not asked for while d is above this part of the largest value on the way."""
HOPEFUL = 1e3
"""Products are spent on d where half the squared slope over the last step's curvature is below so
many times what is asked of it."""
SLOW = 100.0
"""Newton's decrement falls by more than this in a step, unless the minimum is degenerate."""
CREEPING = 30.0
"""… and Newton's step by more than this."""
VANISHING = 3
"""Where curvature vanishes d falls faster than this power of the step; elsewhere as its square."""
HUGE = 1e100
"""Ratios of steps are cut off there."""
CLOSE = 1e-6
"""A degenerate minimum must be bracketed as closely as this, against the size of each variable."""
SMALL = 1e-8
"""A degenerate minimum's d against |f|; a stall's Newton step against x."""
EXACT, VAGUE = 1e-9, 1e-7
"""Newton's step, against x, from which a point is polished, and can be a degenerate one's."""
LAST_DIGITS = 1e-13
"""A Newton step that changes no variable by more than this part of it finds rounding alone."""
BACK_OFF, PATIENCE = 0.5, 20
"""After an estimate in vain the gradient must fall by this factor before the next, or as many
iterations pass."""
NEARLY = 1e-12
"""Where no step lowers a sum of squares, and its slope is within the tolerance, it may be this part
of what it was."""
NOTHING, FAINT = 1e-28, 1e-12
"""A value is nothing below the first part of the start's value and the second of the rounding that
is usual: what is left of each variable is then some 1e-14 of its size, 1e-7 of it in a quartic."""


class Unit(NamedTuple):
    """What was taken off the objective: the user's is constant + factor·objective.

    Only what is said of decreases and rounding depends on it, and nothing that is done.
    """

    factor: float = 1.0
    constant: float = 0.0

    def rounding(self, d: float, noise: float) -> str:
        """Say that a decrease is below the rounding level, or not far above it."""
        level = noise * self.factor + ROUNDING * abs(self.constant)
        gain = d * self.factor
        where = "below" if gain <= level else "not far above"
        return (
            f"a Newton step would gain {gain:.2g}, {where} the rounding level {level:.2g} "
            "of this formula"
        )


PLAIN = Unit()


class DecrementTest:
    """d ≤ δ + tol²·|f|, by the exact Hessian. For as many variables as make that cheap.

    Args:
        tol: Not negative. 0 goes down to rounding; the default does too, nearly.
        unit: In which decreases are told.
    """

    def __init__(self, tol: float = 1e-8, unit: Unit = PLAIN) -> None:
        self.tol = tol
        self.unit = unit
        self._largest_value = 0.0
        self._typical: Vector | None = None
        self._decrements = (math.inf, math.inf)
        self._steps = (0.0, 0.0)
        self._measure: tuple[float | None, float | None] = (None, None)

    def test(self, oracle: Oracle, point: Point, norm: float) -> Verdict | None:
        """See `Stopping`."""
        if self._typical is None:
            self._typical = _typical(point.x)
        if not (math.isfinite(norm) and math.isfinite(point.value)):
            return None
        self._largest_value = max(self._largest_value, abs(point.value))
        if norm == 0.0:
            self._measure = (self._level(oracle, point), 0.0)
            return self._verdict("tolerance", "the gradient is exactly zero", 0.0)
        found = newton(oracle, point)
        if found is None:
            return None
        d = found.decrement
        slow = self._slow(d, self._relative(point, found.step))
        self._measure = (None, d)
        if max(d, found.remainder) > NEGLIGIBLE * self._largest_value > 0.0:
            return None
        level = self._level(oracle, point)
        self._measure = (level, d)
        if d <= level and found.remainder <= level:
            verdict = self._passed(d, oracle.noise(point.x))
            relative = self._relative(point, found.step)
            vague = slow and relative > VAGUE
            underflow = d == 0.0 and bool(found.step.any())
            return verdict._replace(inexact=relative > EXACT, degenerate=vague or underflow)
        last = found.convex and bool((abs(found.step) <= LAST_DIGITS * abs(point.x)).all())
        if last and found.remainder <= max(level, d):
            sentence = "a Newton step would change nothing but last digits of x"
            return self._verdict("rounding", sentence, d)._replace(inexact=True)
        if slow and found.convex and self._degenerate(oracle, point, found):
            gain = d * self.unit.factor
            sentence = f"a Newton step would gain {gain:.2g}, and the answer is bracketed"
            return self._verdict("tolerance", sentence, d)._replace(degenerate=True)
        return None

    def stalled(self, oracle: Oracle, point: Point) -> Verdict | None:
        """See `Stopping`."""
        if not (math.isfinite(point.value) and np.isfinite(point.gradient).all()):
            return None
        found = newton(oracle, point)
        if found is None:
            return None
        d, noise = found.decrement, oracle.noise(point.x)
        self._measure = (self._level(oracle, point), d)
        in_rounding = max(d, found.remainder) <= NOISY * noise
        at_rest = self._relative(point, found.step) <= SMALL and found.remainder <= NOISY * noise
        if in_rounding:
            return self._verdict("rounding", self.unit.rounding(d, noise), d)
        if found.convex and at_rest:
            sentence = f"a Newton step would change no variable by more than {SMALL:.0e} of it"
            return self._verdict("rounding", sentence, d)
        norm = largest(oracle.box.projected(point.x, point.gradient))
        known = d <= NOISY * noise
        if norm <= NOISY * gradient_noise(oracle, point) and (known or explained(oracle, point, d)):
            sentence = f"|∇f| = {norm:.2g} is at the rounding level of this formula"
            return self._verdict("rounding", sentence, d)
        return None

    def measure(self, point: Point, norm: float) -> tuple[float | None, float | None]:
        """See `Stopping`."""
        return self._measure

    def _level(self, oracle: Oracle, point: Point) -> float:
        return oracle.noise(point.x) + self.tol**2 * abs(point.value)

    def _passed(self, d: float, noise: float) -> Verdict:
        floor = ROUNDING * abs(self.unit.constant) / self.unit.factor
        if d <= max(noise, floor) and self.tol**2 * self._largest_value <= max(noise, floor):
            return self._verdict("rounding", self.unit.rounding(d, noise), d)
        gain = d * self.unit.factor
        return self._verdict("tolerance", f"a Newton step would gain only {gain:.2g}", d)

    def _verdict(self, kind: str, sentence: str, reached: float) -> Verdict:
        requested = self._measure[0]
        return Verdict(kind, sentence, 0.0 if requested is None else requested, reached)

    def _slow(self, d: float, step: float) -> bool:
        """Return whether two iterations brought no more than linear convergence."""
        (before, earlier), (last, older) = self._decrements, self._steps
        self._decrements, self._steps = (d, before), (step, last)
        falling = SLOW * d > before > 0.0 and SLOW * before > earlier > 0.0
        creeping = CREEPING * step > last > 0.0 and CREEPING * last > older > 0.0
        return falling or (creeping and d <= before * min(step / last, HUGE) ** VANISHING)

    def _relative(self, point: Point, step: Vector) -> float:
        """Return the largest |step_i| against |x_i|, or against what is typical of x_i."""
        assert self._typical is not None
        return float((abs(step) / np.maximum(abs(point.x), self._typical)).max())

    def _degenerate(self, oracle: Oracle, point: Point, found: Newton) -> bool:
        """Return whether linear convergence has come as near as it matters, by values."""
        relative = self._relative(point, found.step)
        if not 0.0 < relative <= CLOSE:
            return False
        assert self._typical is not None
        raised = oracle.box.clip(np.copysign(np.maximum(abs(point.x), self._typical), point.x))
        if not found.decrement <= max(SMALL * abs(point.value), oracle.noise(raised)):
            return False
        bracket = found.step * (CLOSE / relative)
        return all(
            oracle.value(oracle.box.clip(point.x + side * bracket)) >= point.value
            for side in (1.0, -1.0)
        )


class ProductTest:
    """The same test by Hessian products and conjugate gradients, for many variables.

    The decrease of the quadratic model that conjugate gradients have found so far is a lower bound
    of d: the estimate is given up as soon as that exceeds the level, and begun at all only where
    the curvature of the last step makes it hopeful.

    Args:
        tol, unit: As for `DecrementTest`.
    """

    def __init__(self, tol: float = 1e-8, unit: Unit = PLAIN) -> None:
        self.tol = tol
        self.unit = unit
        self._before: Point | None = None
        self._first: tuple[Vector, float] | None = None
        self._largest_value = 0.0
        self._retry_below, self._waited = math.inf, 0
        self._age = 0  # of the level, in iterations
        self._measure: tuple[float | None, float | None] = (None, None)

    def test(self, oracle: Oracle, point: Point, norm: float) -> Verdict | None:
        """See `Stopping`."""
        before, self._before = self._before, point
        if not (math.isfinite(norm) and math.isfinite(point.value)):
            return None
        self._largest_value = max(self._largest_value, abs(point.value))
        if norm == 0.0:
            level = self._level(oracle, point)
            return Verdict("tolerance", "the gradient is exactly zero", level, 0.0)
        if self._first is None:
            self._first = point.x, point.value
        elif self._vanished(oracle, point, self._first[1]):
            return self._nothing(oracle, point)
        self._waited += 1
        self._age += 1
        if norm > self._retry_below and self._waited < PATIENCE:
            return None
        guess = norm * max(1.0, largest(point.x))
        if before is not None:
            guess = _secant_decrement(before, point)
        if guess > NEGLIGIBLE * self._largest_value > 0.0:
            return None
        # The level costs more than a gradient; near the end it is about what it was before.
        near = self._measure[0]
        if near is None or self._age >= PATIENCE:
            near = self._level(oracle, point)
            self._measure, self._age = (near, None), 0
        if before is not None and guess > HOPEFUL * near:
            return None
        d = decrement_by_products(oracle, point, near)
        level = near
        if d is not None and d <= near:
            level = self._level(oracle, point)
            self._measure = (level, d)
        if d is None or d > level:
            self._retry_below, self._waited = BACK_OFF * norm, 0
            return None
        kind = "rounding" if d <= oracle.noise(point.x) else "tolerance"
        gain = d * self.unit.factor
        return Verdict(kind, f"a Newton step would gain only {gain:.2g}", level, d)

    def stalled(self, oracle: Oracle, point: Point) -> Verdict | None:
        """See `Stopping`."""
        norm = largest(oracle.box.projected(point.x, point.gradient))
        if not (math.isfinite(norm) and math.isfinite(point.value)):
            return None
        noise = oracle.noise(point.x)
        d = decrement_by_products(oracle, point, NOISY * noise)
        level = self._level(oracle, point)
        if d is not None and d <= NOISY * noise:
            return Verdict("rounding", self.unit.rounding(d, noise), level, d)
        if norm <= NOISY * gradient_noise(oracle, point):
            sentence = f"|∇f| = {norm:.2g} is at the rounding level of this formula"
            return Verdict("rounding", sentence, level, d or 0.0)
        found = newton_by_factors(oracle, point)
        if found is not None and bool((abs(found.step) <= SMALL * self._size(point)).all()):
            sentence = "a Newton step would change nothing but last digits of x"
            return Verdict("rounding", sentence, level, found.decrement)
        value0 = None if self._first is None else self._first[1]
        if value0 is not None and at_the_bottom(oracle, point.value, value0):
            left = point.value - oracle.objective.offset
            sentence = f"the sum of squares can fall by no more than {left * self.unit.factor:.2g}"
            return Verdict("rounding", sentence, level, left)
        if value0 is None or norm > self.tol:
            return None
        if at_the_bottom(oracle, point.value, value0, NEARLY):
            left = point.value - oracle.objective.offset
            sentence = f"|∇f| = {norm:.2g}, and a sum of squares of {left * self.unit.factor:.2g}"
            return Verdict("tolerance", f"{sentence} is left", level, left)
        return None

    def _size(self, point: Point) -> Vector:
        """Return |x_i|, or what is typical of x_i where that is more."""
        x0 = point.x if self._first is None else self._first[0]
        return np.maximum(abs(point.x), _typical(x0))

    def measure(self, point: Point, norm: float) -> tuple[float | None, float | None]:
        """See `Stopping`."""
        return self._measure

    def _vanished(self, oracle: Oracle, point: Point, value0: float) -> bool:
        """Return whether the value is nothing: against the start's, and below rounding.

        Below the rounding, that is, which this formula has where no variable is smaller than it is
        at the start (or than 1). A minimum of 0 at 0 is approached for ever otherwise: what a step
        gains falls together with the noise.
        """
        if not abs(point.value) <= NOTHING * abs(value0):
            return False
        raised = np.copysign(self._size(point), point.x)
        return abs(point.value) <= FAINT * oracle.noise(oracle.box.clip(raised))

    def _nothing(self, oracle: Oracle, point: Point) -> Verdict | None:
        level = abs(point.value)
        d = decrement_by_products(oracle, point, level)
        if d is None or d > level:
            return None
        self._measure = (level, d)
        gain = d * self.unit.factor
        sentence = f"a Newton step would gain only {gain:.2g}, and what is left is rounding"
        return Verdict("rounding", sentence, level, d)

    def _level(self, oracle: Oracle, point: Point) -> float:
        return oracle.noise(point.x) + self.tol**2 * abs(point.value)


def _typical(x0: Vector) -> Vector:
    """Return what is typical of each variable: |x₀_i|, 1 where that is more, or 0."""
    return np.where(x0 == 0.0, 1.0, np.minimum(1.0, abs(x0)))


def _secant_decrement(before: Point, point: Point) -> float:
    """Return ½‖∇f‖²/κ with κ the curvature that the last step met; infinity without a clue."""
    step = point.x - before.x
    curvature = float(step @ (point.gradient - before.gradient))
    if not curvature > 0.0:
        return math.inf
    return 0.5 * float(point.gradient @ point.gradient) * float(step @ step) / curvature


def automatic(oracle: Oracle, size: int, tol: float = 1e-8, unit: Unit = PLAIN) -> Stopping | None:
    """Return the unit-free test that this objective can afford; None if it offers no curvature."""
    if oracle.has(Need.PIECES):
        from gdcli.engine.generalised import PiecesTest  # most objectives have no kinks

        return PiecesTest(tol, unit)
    if cheap(oracle, size):
        return DecrementTest(tol, unit)
    if oracle.has(Need.PRODUCT):
        return ProductTest(tol, unit)
    return None
