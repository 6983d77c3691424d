"""Shape 2 of a method: a model, solved within a radius, judged by the value it promised.

One iteration of every trust-region method is `advance`: steps are tried, at shrinking radii, until
one lowers the value enough; then values alone are spent on lowering it further (a doubled radius,
an extrapolated step). Sources: Moré (1983), *Recent developments in algorithms and software for
trust region methods*; Conn, Gould & Toint (2000), Alg. 6.1.1 and §17.1; for the acceleration
Transtrum & Sethna (2012), arXiv:1201.5885; for internal doubling Dennis & Schnabel (1983), Alg.
A6.4.5.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from gdcli.engine.objective import Vector

if TYPE_CHECKING:
    from gdcli.engine.oracle import Oracle
from gdcli.engine.point import Point
from gdcli.engine.status import Halt, Status
from gdcli.methods.subproblems.step import Model, Step

ACCEPT = 1e-4
"""Least ratio of actual to predicted decrease of an accepted step."""
POOR, GOOD = 0.25, 0.75
"""Below the first the radius shrinks, above the second it may grow."""
AT_BOUNDARY = 0.9
"""A step of this part of the radius counts as ended by it."""
CURVED = 0.75
"""A geodesic correction is taken if twice its length is at most this part of the step's."""
STRETCHES = tuple(1.5 * 2.0**k for k in range(10))
"""Multiples of an accepted step that are tried where convergence is only linear."""
LINEAR = 100.0
"""Newton's decrement falls by more than this in a step unless the minimum is degenerate."""

Curvature = Callable[[Vector], Vector]
"""s ↦ 2Jᵀr″[s, s], the geodesic correction's right-hand side."""


class Advance(NamedTuple):
    """What an iteration achieved.

    Attributes:
        x: Where it ended.
        radius: Δ for the next iteration.
        model: Index of the model whose prediction was nearest to what happened.
    """

    x: Vector
    radius: float
    model: int


class Trial(NamedTuple):
    """A point that was tried: its displacement from the current one, and its value."""

    s: Vector
    x: Vector
    value: float
    step: Step


@dataclass(frozen=True)
class Region:
    """One iteration's setting: the door, the place, the scale, and what may be done there.

    Attributes:
        scale: D, positive, shape (n,); the region is ‖Ds‖ ≤ Δ.
        evaluate: How the value at a trial point is asked for.
        curvature: Gives the geodesic correction's right-hand side; None: no acceleration.
        stretch: Whether to extrapolate accepted steps.
    """

    oracle: Oracle
    point: Point
    scale: Vector
    evaluate: Callable[[Vector], float]
    curvature: Curvature | None = None
    stretch: bool = False

    def moved(self, s: Vector) -> Vector:
        """Return x + s; exactly at a bound where s is the way to it or beyond."""
        x, box = self.point.x, self.oracle.box
        if not box.bounded:
            return x + s
        inside = np.where(s <= box.lower - x, box.lower, box.clip(x + s))
        return np.where(s >= box.upper - x, box.upper, inside)

    def trial(self, step: Step) -> Trial:
        """Evaluate a step, with its geodesic correction if there is one worth having."""
        bent = self._bent(step)
        if bent is not None and self.point.value - bent.value >= POOR * step.reduction:
            return bent
        x = self.moved(step.s)
        plain = Trial(step.s, x, self.evaluate(x), step)
        return bent if bent is not None and bent.value <= plain.value else plain

    def _bent(self, step: Step) -> Trial | None:
        if self.curvature is None or step.solve is None:
            return None
        correction = step.solve(0.5 * self.curvature(step.s))
        bend = float(np.linalg.norm(self.scale * correction))
        if not 2.0 * bend <= CURVED * step.length:
            return None
        x = self.moved(step.s + correction)
        return Trial(x - self.point.x, x, self.evaluate(x), step)

    def slope(self, point: Point) -> float:
        """Return ‖D⁻¹∇f‖ over the variables that the bounds leave free."""
        free = self.oracle.box.projected(point.x, point.gradient)
        return float(np.linalg.norm(free / self.scale))

    def ratio(self, trial: Trial) -> float:
        """Return actual over predicted decrease; −∞ where the value is not finite."""
        if not math.isfinite(trial.value):
            return -math.inf
        drop = self.point.value - trial.value
        return drop / trial.step.reduction if trial.step.reduction > 0.0 else math.copysign(1, drop)


def advance(region: Region, models: Sequence[Model], first: int, radius: float) -> Advance | Halt:
    """Carry out one iteration of a trust-region method.

    Args:
        models: One or two models of the objective; where a step of one fails, the other is tried
            at the same radius before that shrinks.
        first: The model to begin with.
        radius: Δ > 0.
    """
    order = [models[first], *(m for k, m in enumerate(models) if k != first)]
    doubted = False
    while True:
        shrunk = 0.0
        for model in order:
            step = model.step(radius)
            if not step.reduction > 0.0 or np.array_equal(region.moved(step.s), region.point.x):
                continue
            trial = region.trial(step)
            ratio = region.ratio(trial)
            if ratio > ACCEPT:
                return _improved(region, models, model, trial, radius)
            if not doubted and math.isfinite(trial.value):
                doubted = True
                settled = _lost_in_rounding(region, step)
                if isinstance(settled, Halt):
                    return settled
                if settled is not None:
                    return Advance(settled.x, radius, models.index(model))
            factor = POOR if math.isfinite(trial.value) else 0.1
            shrunk = max(shrunk, factor * min(radius, step.length))
        if shrunk == 0.0:
            return Halt(Status.STALLED, "no step that the model can suggest lowers the value")
        radius = shrunk
        order.reverse()


def _improved(
    region: Region, models: Sequence[Model], model: Model, trial: Trial, radius: float
) -> Advance:
    """Set the radius after an accepted step, and improve on it by values alone."""
    ratio = region.ratio(trial)
    if ratio < POOR:
        radius = 0.5 * trial.step.length
    elif ratio > GOOD and trial.step.length >= AT_BOUNDARY * radius:
        trial, radius = _doubled(region, model, trial, radius)
    elif region.stretch:
        trial = _stretched(region, trial)
    actual = region.point.value - trial.value
    misses = [abs(other.reduction(trial.s) - actual) for other in models]
    return Advance(trial.x, radius, int(np.argmin(misses)))


def _doubled(region: Region, model: Model, best: Trial, radius: float) -> tuple[Trial, float]:
    """Double the radius while the model holds and the value falls: values only."""
    while True:
        radius *= 2.0
        step = model.step(radius)
        if not step.length > best.step.length or not math.isfinite(step.length):
            return best, radius
        trial = region.trial(step)
        if not trial.value < best.value:
            return best, radius
        best = trial
        if not (region.ratio(best) > GOOD and step.length >= AT_BOUNDARY * radius):
            return best, radius


def _stretched(region: Region, best: Trial) -> Trial:
    """Go on along an accepted step while the value falls."""
    s = best.s
    for factor in STRETCHES:
        x = region.moved(factor * s)
        value = region.evaluate(x)
        if not value < best.value:
            return best
        best = Trial(x - region.point.x, x, value, best.step)
    return best


def _lost_in_rounding(region: Region, step: Step) -> Point | Halt | None:
    """Judge a refused step by the gradient, if rounding hides what it promised.

    Returns:
        The point to go to; a Halt if the gradient does not fall there; None if the refusal was not
        rounding's fault.
    """
    oracle, point = region.oracle, region.point
    noise = oracle.noise(point.x)
    if not step.reduction <= 4.0 * noise:
        return None
    landing = oracle.at(region.moved(step.s))
    if landing.value <= point.value + noise and region.slope(landing) <= 0.5 * region.slope(point):
        return landing
    return Halt(Status.STALLED, "the decrease that is left is below the rounding of the value")
