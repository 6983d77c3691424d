"""Is a run on its way to infinity, or over the edge of the domain? When to ask, and how to tell."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from gdcli.engine.edges import along_edge, onto_edge
from gdcli.engine.norms import euclidean
from gdcli.engine.objective import Matrix, Vector
from gdcli.engine.oracle import Oracle
from gdcli.engine.point import Point
from gdcli.engine.rays import Ray, find_ray
from gdcli.engine.status import Reason, Status
from gdcli.engine.trail import FALLEN, Onward, Settled, Trail
from gdcli.engine.valleys import along_valley

NEAR = 3.0
"""‖x‖ against max(1, ‖x₀‖) up to which no question about infinity is asked at the end."""
MOST_BACKWARDS = 2
MOST_LEVEL = 3
BEHIND = (0.0, 10.0, 1.0, 0.1, 0.01, 0.001)
"""Lower places are looked for so far from the start and the origin, against the size of x₀."""
FARTHER = 10.0
"""‖x − x₀‖ against that, from which valleys are followed."""


def gone_far(
    oracle: Oracle,
    point: Point,
    trail: Trail,
    *,
    curved: bool = True,
    level: Sequence[Vector] | Matrix = (),
) -> Settled | Onward | None:
    """Return that there is no minimum, if values say so. To be asked of runs that have gone far.

    Where there is a limit at infinity, but a lower place behind, the run is to go on from there.

    Args:
        curved: Whether to ask about curved valleys, which takes gradients too.
        level: Directions without curvature at the point; a few of them are followed.
    """
    if point.value > trail.value0:
        return None
    recent = [x for x in trail.recent if np.isfinite(x).all()]
    way = point.x - trail.x0
    steps = [way]
    if len(recent) > 1:
        steps.insert(0, recent[-1] - recent[-2])
    level = [math.copysign(1.0, v @ way) * v for v in level[:MOST_LEVEL]]
    ray = find_ray(oracle, point.x, point.value, (trail.x0, *recent[:-1]), steps, level)
    if ray is None and curved and _distance(point, trail) > FARTHER:
        ray = along_valley(oracle, point, trail.x0)
    if ray is None:
        return None
    if ray.status is Status.NOT_ATTAINED:
        lower = _behind(oracle, point, ray, trail)
        if lower is not None:
            return Onward(lower, "turned back from infinity to a lower place behind")
    return no_minimum(ray)


def _behind(oracle: Oracle, point: Point, ray: Ray, trail: Trail) -> Vector | None:
    """Return a place on the way back, or beyond the origin, that is lower than a limit ahead."""
    if trail.backwards >= MOST_BACKWARDS:
        return None
    level = min(ray.limit, point.value)
    way = point.x - trail.x0 if ray.curve else ray.direction
    most = float(abs(way).max())
    if not 0.0 < most < math.inf:
        return None
    best, value = None, level
    for origin in (np.zeros_like(way), trail.x0):
        for factor in BEHIND:
            for side in (-1.0, 1.0):
                x = oracle.box.clip(origin + (side * factor * trail.size0 / most) * way)
                found = oracle.value(x)
                if -math.inf < found < min(value, level - 4.0 * oracle.noise(x)):
                    best, value = x, found
    trail.backwards += best is not None
    return best


def _distance(point: Point, trail: Trail) -> float:
    return euclidean(point.x - trail.x0) / trail.size0


def over_the_edge(oracle: Oracle, point: Point, trail: Trail) -> Settled | None:
    """Return that the objective falls without limit at an edge of its domain, if values say so."""
    if not point.value <= trail.value0:
        return None
    recent = [x for x in trail.recent if np.isfinite(x).all()]
    steps = [point.x - trail.x0, *(b - a for a, b in pairwise(recent))]
    for step in reversed(steps):
        edge = along_edge(oracle, point.x, point.value, step, trail.x0)
        edge = edge or onto_edge(oracle, point.x, step, trail.x0)
        if edge is not None:
            return no_minimum(edge)
    return None


def far_at_the_end(oracle: Oracle, point: Point, trail: Trail) -> Settled | Onward | None:
    """Ask about infinity before a run is called converged."""
    near = NEAR * trail.size0
    if not euclidean(point.x) > near:
        return None
    return gone_far(oracle, point, trail, curved=False)


def far_at_a_loss(oracle: Oracle, point: Point, trail: Trail) -> Settled | Onward | None:
    """Ask about infinity, and the edge of the domain, before a run is given up."""
    far = gone_far(oracle, point, trail, curved=trail.away(point) > NEAR)
    return far or over_the_edge(oracle, point, trail)


def marching_on(
    oracle: Oracle, point: Point, trail: Trail, iteration: int
) -> Settled | Onward | None:
    """Ask about infinity where a run goes on and on in one direction."""
    if not trail.marches(iteration):
        return None
    return gone_far(oracle, point, trail, curved=False)


def far_on_the_way(oracle: Oracle, point: Point, trail: Trail) -> Settled | Onward | None:
    """Ask about infinity where the run is much farther away, or deeper, than when last asked."""
    if trail.steeper(point):
        edge = over_the_edge(oracle, point, trail)
        if edge is not None:
            return edge
    away = trail.away(point)
    if not (away > trail.horizon or point.value < trail.depth):
        return None
    trail.horizon = max(trail.horizon, 10.0 * away)
    trail.depth = min(trail.depth, FALLEN * point.value)
    return gone_far(oracle, point, trail)


def no_minimum(ray: Ray) -> Settled:
    """Return the end of a run that showed a way on which the objective has no minimum."""
    way = "along a curve" if ray.curve else "along a ray"
    if ray.edge is not None:
        way = "towards the edge of its domain"
    if ray.status is Status.UNBOUNDED:
        sentence = f"the objective falls without limit {way}"
    elif ray.curve:
        sentence = f"the objective falls to at most {ray.limit:.6g} along a curve that has no end"
    else:
        sentence = f"the objective tends to {ray.limit:.12g} {way} and reaches it nowhere"
    return Settled(Reason(ray.status, "ray", sentence), None, ray=ray)
