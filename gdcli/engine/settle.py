"""What to make of a point where the first-order conditions hold, and of a run that goes far.

A stopping test says that the gradient is as good as zero. Before that is called converged it is
asked whether a better point was seen, whether the objective goes on falling for ever behind the
horizon, and whether curvature says that this is no minimum.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.random import Generator

from gdcli.engine.escape import down_curvature, out_of_flatness
from gdcli.engine.kinks import bent, follow
from gdcli.engine.objective import Need, Vector
from gdcli.engine.oracle import Oracle
from gdcli.engine.point import Point
from gdcli.engine.polish import polish
from gdcli.engine.rays import Ray, find_ray
from gdcli.engine.second_order import SecondOrder, classify
from gdcli.engine.stability import Stability
from gdcli.engine.status import Reason, Status
from gdcli.engine.stopping import Verdict

NEAR = 3.0
"""‖x‖ against max(1, ‖x₀‖) up to which no question about infinity is asked at the end."""
AWAY = 1e3
"""How far from x₀, in proportion, it is asked on the way; then ten times as far, and so on."""
FALLEN = 1e8
"""How deep below the first value, in proportion, it is asked on the way; then again as often."""
NOTHING = 1e-16
"""A sum of squares has vanished below this part of what it was at the start."""
PATIENCE = 10
REMEMBERED = 6
MOST_KINKS = 10
"""How often a method is started again after a kink."""
KINK_LENGTHS = (1e-4, 0.01)


@dataclass
class Trail:
    """Where a run has been.

    Attributes:
        smooth: Whether the objective is known to have no kinks.
        recent: The last few iterates, the present one last.
        notes: What happened on the way, in sentences.
        value0, slopes0, slope0, size0: At the start: the value, the size of the gradient's
            components, the gradient's length, and ‖x‖ (at least 1).
        lowest, previous, rises: Of the gradient norms at the regular looks: the smallest, the
            latest, and how often in a row they rose.
        best_value, looks, patience: The best value at the regular looks, for how many it has been
            the same, and after how many it is asked whether rounding lets the run go on at all.
        horizon, depth: How far away, and below which value, the next question about infinity is
            due on the way.
        kinks: How often the method was started again after a kink.
        returned: Whether the run once went back to a better point that it had passed.
    """

    x0: Vector
    random: Generator
    smooth: bool = False
    recent: deque[Vector] = field(default_factory=lambda: deque(maxlen=REMEMBERED))
    notes: list[str] = field(default_factory=list)
    value0: float = -math.inf
    slopes0: Vector = field(default_factory=lambda: np.zeros(0))
    slope0: float = 0.0
    size0: float = 1.0
    lowest: float = math.inf
    previous: float = math.inf
    rises: int = 0
    best_value: float = math.inf
    looks: int = 0
    patience: int = PATIENCE
    horizon: float = AWAY
    depth: float = -math.inf
    kinks: int = 0
    returned: bool = False

    def begin(self, start: Point) -> None:
        """Take note of the start."""
        self.value0 = start.value
        self.slopes0 = abs(start.gradient)
        self.slope0 = float(np.linalg.norm(self.slopes0))
        self.size0 = max(1.0, float(np.linalg.norm(start.x)))
        reach = self.slope0 * self.size0
        self.depth = -FALLEN * (abs(start.value) + (reach if math.isfinite(reach) else 0.0))

    def idle(self, best_value: float) -> bool:
        """Return whether the best value has stayed the same for many regular looks."""
        self.looks = 0 if best_value < self.best_value else self.looks + 1
        self.best_value = min(self.best_value, best_value)
        if self.looks < self.patience:
            return False
        self.looks, self.patience = 0, 2 * self.patience
        return True

    def away(self, point: Point) -> float:
        """Return how far away a point is, in proportion.

        Also how far components have shrunk whose slope has grown, as at the edge of log x.
        """
        x, gradient = point.x, point.gradient
        way = x - self.x0
        distance = math.sqrt(float(way.dot(way))) / self.size0
        if not float(gradient.dot(gradient)) > self.slope0**2:
            return distance
        both = (x != 0.0) & (self.x0 != 0.0) & (abs(gradient) > self.slopes0)
        return max(distance, float(abs(self.x0[both] / x[both]).max(initial=0.0)))

    @property
    def last(self) -> Vector | None:
        """The latest iterate."""
        return self.recent[-1] if self.recent else None


class Settled(NamedTuple):
    """The run is over.

    Attributes:
        point: The point to report; None: the best seen.
        measure: (requested, reached) of the stopping test that was passed.
        distance: At a kink: of 0 from the generalised gradient, in the place of |∇f|.
        polished: Whether the point is better than the last iterate.
    """

    reason: Reason
    point: Point | None
    measure: tuple[float, float] | None = None
    noise: float | None = None
    second_order: SecondOrder | None = None
    ray: Ray | None = None
    stability: Stability | None = None
    polished: bool = False
    distance: float | None = None


class Onward(NamedTuple):
    """The method is to start again at x."""

    x: Vector
    note: str


def settle(oracle: Oracle, point: Point, verdict: Verdict, trail: Trail) -> Settled | Onward:
    """Judge a point where the first-order conditions hold."""
    noise = oracle.noise(point.x)
    measure = (verdict.requested, verdict.reached)
    if oracle.best_value < point.value - 2.0 * noise:
        best = oracle.best()
        if best is not None and not trail.returned:
            trail.returned = True
            return Onward(best.x, "went back to a better point that had been passed")
        sentence = "the method settles at a point that is higher than one it has passed"
        return Settled(Reason(Status.STALLED, "step", sentence), None)
    far = far_at_the_end(oracle, point, trail)
    if far is not None:
        return far
    if verdict.degenerate and float(np.linalg.norm(point.gradient)) > 1e-6 * trail.slope0:
        kink = settle_kink(oracle, point, trail)
        if kink is not None:
            return kink
    curvature = classify(oracle, point, trail.random)
    if curvature.down.size:
        x = down_curvature(oracle, point, curvature.down)
        if x is not None:
            return Onward(x, f"left a {curvature.kind} along negative curvature")
        if not curvature.weak:
            sentence = "the gradient is zero, but curvature is negative, and no way down was found"
            reason = Reason(Status.SADDLE, verdict.kind, sentence)
            return Settled(reason, None, measure, noise, curvature)
        curvature = curvature._replace(kind="degenerate")
    if curvature.flat.size and not _at_the_bottom(oracle, point, trail):
        x = out_of_flatness(oracle, point, curvature.flat, trail.random)
        if x is not None:
            return Onward(x, "left a degenerate stationary point that is no minimum")
    if verdict.degenerate and curvature.kind == "minimum":
        curvature = curvature._replace(kind="degenerate")
    sentence = verdict.sentence
    if curvature.kind == "degenerate" and not trail.smooth and _kinked(oracle, point, trail):
        sentence = f"{verdict.sentence}, at a kink: the derivative is not defined there"
    reason = Reason(Status.CONVERGED, verdict.kind, sentence)
    better = polish(oracle, point) if verdict.inexact and curvature.kind == "minimum" else point
    return Settled(reason, better, measure, noise, curvature, polished=better is not point)


def settle_kink(oracle: Oracle, point: Point, trail: Trail) -> Settled | Onward | None:
    """Judge a point where a method for smooth objectives stalls; None if there is no kink."""
    if not _kinked(oracle, point, trail):
        return None
    kink = follow(oracle, point, trail.random)
    landing = oracle.at(kink.x)
    if kink.stationary:
        x = out_of_flatness(oracle, landing, np.eye(kink.x.size), trail.random, KINK_LENGTHS)
        if x is not None:
            return Onward(x, "left a stationary kink that is no minimum")
        sentence = (
            "0 lies in the generalised gradient: the minimum is at a kink, where the derivative "
            "is not defined"
        )
        reason = Reason(Status.CONVERGED, "kink", sentence)
        return Settled(reason, landing, (0.0, kink.distance), distance=kink.distance)
    if kink.lower and trail.kinks < MOST_KINKS:
        trail.kinks += 1
        return Onward(kink.x, "went on along a kink")
    sentence = "no further progress at a kink, where the derivative is not defined"
    return Settled(Reason(Status.STALLED, "kink", sentence), None)


def gone_far(oracle: Oracle, point: Point, trail: Trail) -> Settled | None:
    """Return that there is no minimum, if values say so. To be asked of runs that have gone far."""
    if point.value > trail.value0:
        return None
    recent = [x for x in trail.recent if np.isfinite(x).all()]
    steps = [point.x - trail.x0]
    if len(recent) > 1:
        steps.insert(0, recent[-1] - recent[-2])
    ray = find_ray(oracle, point.x, point.value, (trail.x0, *recent[:-1]), steps)
    if ray is None:
        return None
    way = "a curve" if ray.curve else "a ray"
    if ray.status is Status.UNBOUNDED:
        sentence = f"the objective falls without limit along {way}"
    elif ray.curve:
        sentence = f"the objective falls to at most {ray.limit:.6g} along {way} that has no end"
    else:
        sentence = f"the objective tends to {ray.limit:.12g} along {way} and reaches it nowhere"
    return Settled(Reason(ray.status, "ray", sentence), None, ray=ray)


def far_at_the_end(oracle: Oracle, point: Point, trail: Trail) -> Settled | None:
    """Ask about infinity before a run is called converged."""
    near = NEAR * trail.size0
    return gone_far(oracle, point, trail) if float(np.linalg.norm(point.x)) > near else None


def far_at_a_loss(oracle: Oracle, point: Point, trail: Trail) -> Settled | None:
    """Ask about infinity, and the edge of the domain, before a run is given up."""
    return gone_far(oracle, point, trail) if trail.away(point) > NEAR else None


def far_on_the_way(oracle: Oracle, point: Point, trail: Trail) -> Settled | None:
    """Ask about infinity where the run is much farther away, or deeper, than when last asked."""
    away = trail.away(point)
    if not (away > trail.horizon or point.value < trail.depth):
        return None
    trail.horizon = max(trail.horizon, 10.0 * away)
    trail.depth = min(trail.depth, FALLEN * point.value)
    return gone_far(oracle, point, trail)


def _at_the_bottom(oracle: Oracle, point: Point, trail: Trail) -> bool:
    """Return whether a sum of squares is down to nothing: below it there is nothing to find."""
    if not oracle.has(Need.RESIDUALS):
        return False
    offset = oracle.objective.offset
    return point.value - offset <= NOTHING * (trail.value0 - offset)


def _kinked(oracle: Oracle, point: Point, trail: Trail) -> bool:
    return bent(oracle, point, trail.slope0, trail.random)
