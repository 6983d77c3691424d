"""Points without a gradient: is 0 in the generalised gradient, and if not, which way is down?

Gradients sampled close to x span (nearly) Clarke's generalised gradient there. Where the smallest
vector in their convex hull is 0, x is stationary; otherwise its negative is a direction of descent.
This is the gradient sampling method of Burke, Lewis & Overton (2005), SIAM J. Optim. 15, Alg. 2,
here with the role of a last resort: asked where a smooth method stalls.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from gdcli.engine.decrement import NOISY
from gdcli.engine.norms import euclidean
from gdcli.engine.objective import Matrix, Vector
from gdcli.engine.oracle import Oracle
from gdcli.engine.point import Point

if TYPE_CHECKING:
    from numpy.random import Generator

MOST_VARIABLES = 100
"""Above that, so many gradients would be needed that nothing is tried."""
RADII = (1e-3, 1e-6, 1e-9, 1e-12, 1e-15)
"""How far away gradients are sampled, against the size of each variable."""
WITHIN = 1e-9
"""So close to a stationary kink x is on it."""
BATCHES = 5
"""Where no way down is found, as many times the gradients are sampled before giving up."""
STEPS = 40
"""Steps of descent at each radius."""
ZERO = 1e-8
"""The smallest vector in the hull counts as 0 below this part of the longest gradient, and below
as large a part as gradients are sampled away: their own changes are in it."""
NEAR, FAR, SUDDEN = 1e-8, 1e-5, 0.1
"""A gradient is bent that changes within the first distance by this part of what it does within
the second, of a thousand times the length …"""
CLOSER = (1.0, 1e-5)
"""Both distances, and if what happens within the second tells nothing, both so much smaller."""
NOTABLE = 1e-6
"""… if that is not rounding, against the gradient at the start."""
STEEPER = 100.0
"""Slopes count up to so many times that at the start."""
HALVINGS = 60


class Kink(NamedTuple):
    """The end of the search.

    Attributes:
        x: The lowest point found.
        distance: Infinity norm of the smallest vector in the hull of the gradients near x: 0 is in
            the generalised gradient where that is next to 0.
        level: What it must be below.
        stationary: Whether it is.
        lower: Whether x is lower than where the search began.
    """

    x: Vector
    distance: float
    level: float
    stationary: bool
    lower: bool


def bent(
    oracle: Oracle, point: Point, reference: float, typical: Vector, random: Generator
) -> bool:
    """Return whether the gradient jumps, or is undefined, next to a point.

    Where it is smooth its changes shrink with the distance; where it is bent they do not.

    Args:
        reference: Length of the gradient at the start: jumps far smaller are rounding.
        typical: The size of each variable where it is next to 0.
    """
    if point.x.size > MOST_VARIABLES:
        return False
    if not np.isfinite(point.gradient).all():
        return True
    gradient = oracle.box.projected(point.x, point.gradient)
    size = np.maximum(typical, abs(point.x))
    for closer in CLOSER:
        near = _sample(oracle, point.x, closer * NEAR * size, random, 4)
        far = _sample(oracle, point.x, closer * FAR * size, random, 4)
        if len(near) == 0 or len(far) == 0:
            return False
        jump = float(np.linalg.norm(near - gradient, axis=1).max())
        change = float(np.linalg.norm(far - gradient, axis=1).max())
        if jump > SUDDEN * change and jump > NOTABLE * reference:
            return True
        if change <= NOTABLE * reference:
            return False
    return False


def follow(
    oracle: Oracle, point: Point, reference: float, typical: Vector, random: Generator
) -> Kink:
    """Descend among kinks, sampling gradients ever closer, to a stationary point of them.

    Where 0 is in the hull of the gradients sampled at some distance, but not closer, the kink
    passes x at that distance: x counts as stationary if that is next to nothing, or if what there
    is to gain on the way is below rounding. Slopes that grow without end across a kink, as those of
    √|x| do, are no measure of a slope along it; there the gradient at the start is.
    """
    x, value = point.x, point.value
    count = 2 * x.size + 2
    distance, level = math.inf, 0.0
    stationary = False
    held, closest, within = (distance, level), math.inf, math.inf
    for radius in RADII:
        stationary = False
        gradients = np.empty((0, x.size))
        for _ in range(STEPS):
            reach = radius * np.maximum(typical, abs(x))
            gradients = np.vstack([gradients, _sample(oracle, x, reach, random, count)])
            if len(gradients) == 0:
                break
            longest = float(np.linalg.norm(gradients, axis=1).max())
            v = smallest_in_hull(gradients)
            length = euclidean(v)
            usual = min(longest, STEEPER * reference) if reference > 0.0 else longest
            distance, level = float(abs(v).max()), max(ZERO, radius) * usual
            if length <= level:
                stationary = True
                held, within = (distance, level), radius
                closest = longest * euclidean(reach)
                break
            size = euclidean(np.maximum(typical, abs(x)))
            found = _search(oracle, x, value, -v / length, radius, size)
            if found is not None:
                (x, value), gradients = found, gradients[:0]
            elif len(gradients) >= BATCHES * count:
                break
    if not stationary and (within <= WITHIN or closest <= NOISY * oracle.noise(x)):
        stationary, (distance, level) = True, held
    return Kink(x, distance, level, stationary, value < point.value)


def _search(
    oracle: Oracle, x: Vector, value: float, direction: Vector, radius: float, size: float
) -> tuple[Vector, float] | None:
    """Return a lower point along a direction: the first of a halving sequence, while it falls."""
    t, best = size, None
    for _ in range(HALVINGS):
        trial = oracle.box.clip(x + t * direction)
        f = oracle.value(trial)
        if f < value:
            best, value = (trial, f), f
        elif best is not None or t < 0.01 * radius * size:
            break
        t *= 0.5
    return best


def _sample(oracle: Oracle, x: Vector, reach: Vector, random: Generator, count: int) -> Matrix:
    """Return finite projected gradients at `count` points near x, as rows."""
    rows = []
    for _ in range(count):
        near = oracle.box.clip(x + reach * random.uniform(-1.0, 1.0, x.size))
        gradient = oracle.box.projected(near, oracle.at(near).gradient)
        if np.isfinite(gradient).all():
            rows.append(gradient)
    return np.array(rows).reshape(-1, x.size)


def smallest_in_hull(points: Matrix) -> Vector:
    """Return the vector of least length in the convex hull of the rows.

    The weights w ≥ 0, Σw = 1 solve a least-squares problem with non-negative unknowns, to which the
    sum is added as one heavy equation (Lawson & Hanson (1974), ch. 23).
    """
    scale = float(abs(points).max())
    if scale == 0.0:
        return np.zeros(points.shape[1])
    system = np.vstack([points.T / scale, np.full(len(points), 1.0)])
    target = np.zeros(system.shape[0])
    target[-1] = 1.0
    weights = nonnegative_least_squares(system, target)
    total = float(weights.sum())
    combined: Vector = points.T @ (weights / total)
    return combined


def nonnegative_least_squares(a: Matrix, b: Vector) -> Vector:
    """Return the x ≥ 0 that minimises ‖ax − b‖ (Lawson & Hanson (1974), Alg. NNLS)."""
    count = a.shape[1]
    x = np.zeros(count)
    passive = np.zeros(count, dtype=np.bool_)
    for _ in range(3 * count):
        slopes = a.T @ (b - a @ x)
        slopes[passive] = -math.inf
        best = int(np.argmax(slopes))
        if not slopes[best] > 1e-13:
            break
        passive[best] = True
        while True:
            z = np.zeros(count)
            z[passive] = np.linalg.lstsq(a[:, passive], b, rcond=None)[0]
            bad = passive & (z <= 0.0)
            if not bad.any():
                x = z
                break
            shrink = float((x[bad] / (x[bad] - z[bad])).min())
            x = x + shrink * (z - x)
            passive &= x > 1e-15
            x[~passive] = 0.0
            if not passive.any():
                break
    return x
