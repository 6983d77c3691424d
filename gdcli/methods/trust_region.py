"""Shape 2 of a method: a model, solved within a radius, judged by the value it promised.

One iteration of every trust-region method is `advance`: steps are tried, at shrinking radii, until
one lowers the value enough; where the model holds, a doubled radius is tried at once. Sources: Moré
(1983), *Recent developments in algorithms and software for trust region methods*; Conn, Gould &
Toint (2000), Alg. 6.1.1 and §17.1; for the acceleration Transtrum & Sethna (2012), arXiv:1201.5885;
for internal doubling Dennis & Schnabel (1983), Alg. A6.4.5.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from gdcli.engine.norms import euclidean
from gdcli.engine.objective import Vector
from gdcli.records import dataclass

if TYPE_CHECKING:
    from gdcli.engine.oracle import Oracle
from gdcli.engine.point import Point
from gdcli.engine.status import Halt, Status
from gdcli.methods.subproblems.step import Model, Step

ACCEPT = 1e-4
"""Least ratio of actual to predicted decrease of an accepted step."""
POOR, GOOD = 0.25, 0.75
"""Below the first the radius shrinks, above the second it may grow."""
CERTAIN = 0.9
"""Above this ratio a longer step is tried at once."""
AT_BOUNDARY = 0.9
"""A step of this part of the radius counts as ended by it."""
CURVED = 0.75
"""A geodesic correction is taken if twice its length is at most this part of the step's."""
LEAST = 0.03
"""Where the correction would be longer than that, a refused step shrinks the radius in proportion,
but by no more than this factor."""
ALIGNED = 0.95
"""Cosine of the angle between successive steps above which one continues the other."""
TIE = 1e-9
"""Two models whose predictions miss by the same to this part of what happened are equally good."""
SHORTENED, ENDLESS = 0.3, 0.98
"""Ratios of their lengths between which convergence is linear."""
VANISHING = 3.0
"""The decrease that is left falls faster than this power of the step's length where curvature
vanishes at the minimum; elsewhere as its square."""

Curvature = Callable[[Vector], Vector]
"""s ↦ 2Jᵀr″[s, s], the geodesic correction's right-hand side."""


class Advance(NamedTuple):
    """What an iteration achieved.

    Attributes:
        x: Where it ended.
        radius: Δ for the next iteration.
        model: Index of the model whose prediction was nearest to what happened.
        free: Whether neither the radius nor a multiplication set the step's length.
    """

    x: Vector
    radius: float
    model: int
    free: bool


class Trial(NamedTuple):
    """A point that was tried: its displacement from the current one, and its value.

    Attributes:
        shrinkage: What the radius is to be multiplied by if the trial is refused.
        multiplied: Whether it lies beyond the step, where linear convergence leads.
    """

    s: Vector
    x: Vector
    value: float
    step: Step
    shrinkage: float = POOR
    multiplied: bool = False


class Pace(NamedTuple):
    """The step before, and what fell by it: whether convergence is linear can be told from them.

    Attributes:
        move: The last step, shape (n,), if nothing but the model set its length; else None.
        decrement: What a full step promised at the point before; 0 at the start.
    """

    move: Vector | None = None
    decrement: float = 0.0

    def multiple(self, s: Vector, decrement: float, scale: Vector) -> float:
        """Return by what to multiply a step s: 1, or what ends linear convergence at once.

        Near a minimum without curvature steps shrink by a constant factor q, and the minimum is
        their geometric series away, s/(1 − q).

        Args:
            decrement: What a full step promises here.
            scale: D, shape (n,).
        """
        if self.move is None or not 0.0 < decrement < self.decrement:
            return 1.0
        before, now = scale * self.move, scale * s
        square, along = float(before @ before), float(before @ now)
        if not along > ALIGNED * math.sqrt(square * float(now @ now)):
            return 1.0
        q = along / square
        if not SHORTENED < q < 1.0 or decrement > self.decrement * q**VANISHING:
            return 1.0
        return 1.0 / (1.0 - min(q, ENDLESS))


@dataclass(frozen=True)
class Region:
    """One iteration's setting: the door, the place, the scale, and what may be done there.

    Attributes:
        scale: D, positive, shape (n,); the region is ‖Ds‖ ≤ Δ.
        evaluate: How the value at a trial point is asked for.
        curvature: Gives the geodesic correction's right-hand side; None: no acceleration.
        multiple: By what a step is to be multiplied (`Pace.multiple`); None: no such thing.
        doubling: Whether to try longer steps at once where the model holds: values in the place of
            derivatives.
    """

    oracle: Oracle
    point: Point
    scale: Vector
    evaluate: Callable[[Vector], float]
    curvature: Curvature | None = None
    multiple: Callable[[Vector], float] | None = None
    doubling: bool = True

    def moved(self, s: Vector) -> Vector:
        """Return x + s; exactly at a bound where s is the way to it or beyond."""
        x, box = self.point.x, self.oracle.box
        if not box.bounded:
            return x + s
        inside = np.where(s <= box.lower - x, box.lower, box.clip(x + s))
        return np.where(s >= box.upper - x, box.upper, inside)

    def trial(self, step: Step) -> Trial:
        """Evaluate a step: bent, if there is a correction worth having, and multiplied if that is
        better."""
        s, shrinkage = step.s, POOR
        if self.curvature is not None and step.solve is not None:
            correction = step.solve(0.5 * self.curvature(s))
            bend = 2.0 * euclidean(self.scale * correction)
            if bend <= CURVED * step.length:
                s = s + correction
            elif bend < math.inf:
                shrinkage = max(LEAST, min(POOR, CURVED * step.length / bend))
        factor = 1.0 if self.multiple is None or step.boundary else self.multiple(s)
        if factor > 1.0:
            far = self._evaluated(factor * s, step)
            if self.point.value - far.value >= step.reduction:
                return far._replace(multiplied=True)
        return self._evaluated(s, step)._replace(shrinkage=shrinkage)

    def _evaluated(self, s: Vector, step: Step) -> Trial:
        x = self.moved(s)
        return Trial(s if s is step.s else x - self.point.x, x, self.evaluate(x), step)

    def slope(self, point: Point) -> float:
        """Return ‖D⁻¹∇f‖ over the variables that the bounds leave free."""
        free = self.oracle.box.projected(point.x, point.gradient)
        return euclidean(free / self.scale)

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
    doubted, refused = False, math.inf
    while True:
        shrunk = 0.0
        for model in order:
            step = model.step(radius)
            if not step.reduction > 0.0 or np.array_equal(region.moved(step.s), region.point.x):
                continue
            trial = region.trial(step)
            if region.ratio(trial) > ACCEPT:
                trial, radius = _improved(region, model, trial, radius, refused)
                if shrunk > 0.0:  # the other model has failed at this radius
                    radius = min(radius, max(shrunk, 2.0 * trial.step.length))
                free = not (trial.step.boundary or trial.multiplied)
                best = models.index(model)
                if len(models) > 1 and shrunk == 0.0:
                    actual = region.point.value - trial.value
                    misses = [abs(other.reduction(trial.s) - actual) for other in models]
                    best = nearest(misses, TIE * abs(actual))
                return Advance(trial.x, radius, best, free)
            if not doubted and math.isfinite(trial.value):
                doubted = True
                settled = _lost_in_rounding(region, step)
                if isinstance(settled, Halt):
                    return settled
                if settled is not None:
                    return Advance(settled.x, radius, models.index(model), free=True)
            factor = trial.shrinkage if math.isfinite(trial.value) else 0.1
            shrunk = max(shrunk, factor * min(radius, step.length))
            refused = min(refused, step.length)
        if shrunk == 0.0:
            return Halt(Status.STALLED, "no step that the model can suggest lowers the value")
        radius = shrunk
        order.reverse()


def nearest(misses: Sequence[float], tie: float) -> int:
    """Return the index of the least, and of the first that comes as near as rounding can tell."""
    least = min(misses)
    return next(k for k, miss in enumerate(misses) if miss <= least + tie)


def _improved(
    region: Region, model: Model, trial: Trial, radius: float, refused: float
) -> tuple[Trial, float]:
    """Return the radius after an accepted step, having gone farther at once where that may pay.

    Args:
        refused: The least length of a step that was refused on the way.
    """
    ratio = region.ratio(trial)
    if ratio < POOR:
        return trial, 0.5 * trial.step.length
    if not (ratio > GOOD and trial.step.length >= AT_BOUNDARY * radius):
        return trial, radius
    if not (region.doubling and ratio > CERTAIN):
        return trial, 2.0 * radius
    while 2.0 * radius < refused:
        step = model.step(2.0 * radius)
        if not step.length > trial.step.length or not math.isfinite(step.length):
            return trial, 2.0 * radius
        longer = region.trial(step)
        if not longer.value < trial.value:
            return trial, radius
        trial, radius = longer, 2.0 * radius
        if not (region.ratio(trial) > GOOD and step.length >= AT_BOUNDARY * radius):
            break
    return trial, radius


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
