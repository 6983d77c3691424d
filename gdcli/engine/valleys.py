"""Does a valley lead to infinity? Where one variable has gone far, the others are asked to follow.

Along a curved valley such as y = 1 + b/x the value falls for ever, but neither on a ray nor on a
curve of powers: the other variables tend to places of their own. So the variable that has gone
farthest is moved on, twice as far each time, and the objective is minimised over the others there,
by Newton's method from where they are. What matters are the values at these bottoms.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from gdcli.engine.box import Mask
from gdcli.engine.objective import Vector
from gdcli.engine.oracle import ROUNDING, Oracle
from gdcli.engine.point import Point
from gdcli.engine.rays import Ray
from gdcli.engine.second_order import cheap, spectrum
from gdcli.engine.status import Status
from gdcli.engine.trail import Onward, Trail

FAR = 100.0
"""A variable has gone far if it has moved by so many times what it was, or its fellows were."""
FARTHER = 2.0
"""So many times as far it is moved each time."""
LOOKS = 3
"""So many falls in a row, each smaller than the one before, make an endless valley (those on the
way here count where rounding hides the next, but one must be ahead) …"""
ENDING = 0.9
"""… if each is at most this part of the one before …"""
BEYOND = 1e3
"""… and if so much farther on the bottom is no higher."""
STEPS, HALVINGS = 12, 6
"""Most steps of Newton's method to a bottom, and how often one is shortened (by a quarter)."""


def down_the_valley(oracle: Oracle, point: Point, trail: Trail) -> Ray | Onward | None:
    """Return the valley that leads to infinity, or a lower place in it; None if there is neither.

    Only where the whole Hessian is cheap, and to be asked of runs that have gone far.
    """
    x = point.x
    if x.size < 2 or not cheap(oracle, x.size):
        return None
    moved = x - trail.x0
    leader = int(np.argmax(abs(moved) / trail.typical))
    if not abs(moved[leader]) > FAR * trail.typical[leader]:
        return None
    free = ~oracle.box.active(x, point.gradient)
    free[leader] = False
    if not free.any():
        return None

    def bottom(factor: float, near: Vector) -> Point | None:
        place = near.copy()
        place[leader] = trail.x0[leader] + factor * moved[leader]
        return _bottom(oracle, place, free) if oracle.box.contains(place) else None

    here = bottom(1.0, x)
    if here is None:
        return None
    bottoms = [here]
    for k in range(1, LOOKS + 1):
        after = bottom(FARTHER**k, bottoms[-1].x)
        if after is None or not after.value < bottoms[-1].value - _level(oracle, bottoms[-1]):
            break
        bottoms.append(after)
    if len(bottoms) == 1:
        return None
    last, first = bottoms[-1], 1.0
    while len(bottoms) <= LOOKS:  # rounding hides what comes next: how was it on the way here?
        first /= FARTHER
        before = bottom(first, bottoms[0].x)
        if before is None:
            break
        bottoms.insert(0, before)
    falls = [a.value - b.value for a, b in pairwise(bottoms)]
    if len(falls) == LOOKS and all(0.0 < b <= ENDING * a for a, b in pairwise(falls)):
        beyond = bottom(BEYOND, last.x)
        if beyond is not None and beyond.value <= last.value + _level(oracle, beyond):
            exponents = np.zeros(x.size)
            exponents[leader] = 1.0
            ratio = falls[-1] / falls[-2]
            limit = last.value - falls[-1] * ratio / (1.0 - ratio)
            return Ray(Status.NOT_ATTAINED, exponents, limit, curve=True)
    return Onward(last.x, "went on along a valley that leads far away")


def _bottom(oracle: Oracle, x: Vector, free: Mask) -> Point | None:
    """Return the minimum near x over the free variables, or how far Newton's method comes."""
    point = oracle.at(x)
    for _ in range(STEPS):
        if not (np.isfinite(point.value) and np.isfinite(point.gradient).all()):
            return None
        found = spectrum(oracle.hessian(point.x)[np.ix_(free, free)])
        if found is None:
            return None
        c = found.vectors.T @ (point.gradient[free] / found.scale)
        size = np.maximum(abs(found.values), found.level)
        if not 0.5 * float((c**2 / size).sum()) > oracle.noise(point.x):
            break
        step = np.zeros(x.size)
        step[free] = -(found.vectors @ (c / size)) / found.scale
        lower = _lower(oracle, point, step)
        if lower is None:
            break
        point = oracle.landing(lower)
    return point


def _lower(oracle: Oracle, point: Point, step: Vector) -> Vector | None:
    for k in range(HALVINGS):
        x = oracle.box.clip(point.x + 0.25**k * step)
        if oracle.value(x) < point.value:
            return x
    return None


def _level(oracle: Oracle, point: Point) -> float:
    """Return the rounding of the value, and what the nearest numbers to x leave undecided."""
    curvatures = abs(oracle.hessian(point.x).diagonal())
    grain = 0.5 * float((curvatures * (ROUNDING * point.x) ** 2).sum())
    return 4.0 * (oracle.noise(point.x) + grain)
