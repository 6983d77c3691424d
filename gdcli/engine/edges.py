"""Does the objective fall without limit at an edge of its domain, as log x does at 0?

Values only, through `Oracle.probe`, along the way on which a run came: where it ends, or meets a
pole, is bisected, then values are taken ever closer to it, decade by decade. A run may also have
come so close that x cannot be told from the edge, as at the single point where log(x² + y²) ends;
then x itself is taken for it. As on rays, a claim needs values that only fall, and falls that do
not shrink: x·log x and √x end there with a limit, and say nothing.
"""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np

from gdcli.engine.norms import euclidean
from gdcli.engine.objective import Vector
from gdcli.engine.oracle import Oracle
from gdcli.engine.rays import ENDLESS, Ray
from gdcli.engine.status import Status

REACH = 20
"""The edge is looked for as far ahead as so many doublings of the last step, or the size of x."""
BISECTIONS = 120
LAST = 7
"""How many ratios of successive falls must say the same."""
RESOLVED = 1e5
"""Distances from the edge are known to the last digits of x; they must be so much larger."""
DECADES = 16
EDGE_DECADES = range(4, 16)
"""How close to an edge a minimum held by it is looked around, in decades below the size of x."""
ABOUT_ENDLESS = 0.98
"""The ratio of falls that have no end, where the edge is known only by x having come near it."""


def along_edge(oracle: Oracle, x: Vector, value: float, step: Vector, origin: Vector) -> Ray | None:
    """Judge the values between x and the place ahead where they end, if there is one.

    Args:
        step: The way ahead.
        origin: Where the run began: as far back from the edge values are taken.
    """
    length = euclidean(step)
    if not 0.0 < length < math.inf or not math.isfinite(value):
        return None
    direction = step / length
    outside = _outside(oracle, x, direction, length)
    if outside is None:
        return None
    inside = 0.0
    for _ in range(BISECTIONS):
        middle = 0.5 * (inside + outside)
        if middle in (inside, outside):
            break
        if _same_side(oracle, x, x + middle * direction):
            inside = middle
        else:
            outside = middle
    edge = x + outside * direction
    if not oracle.box.contains(edge):
        return None
    far = max(euclidean(edge - x), euclidean(edge - origin))
    if not _falls_for_ever(oracle, edge, direction, far):
        return None
    return Ray(Status.UNBOUNDED, direction / float(abs(direction).max()), -math.inf, edge=edge)


def onto_edge(oracle: Oracle, x: Vector, step: Vector, origin: Vector) -> Ray | None:
    """Judge the values on the way to x, as if that were the edge of the domain."""
    length = euclidean(step)
    if not 0.0 < length < math.inf:
        return None
    direction = step / length
    far = max(length, euclidean(x - origin), euclidean(x))
    if not _falls_for_ever(oracle, x, direction, far, ABOUT_ENDLESS):
        return None
    return Ray(Status.UNBOUNDED, direction / float(abs(direction).max()), -math.inf, edge=x)


def held_by_edge(oracle: Oracle, x: Vector, value: float, size: float) -> bool:
    """Return whether a single variable stands at the end of its domain, and values rise inwards.

    As those of √(1 − x²) do from x = 1: a minimum that the edge holds, whatever the slope there.
    """
    if x.size != 1 or not math.isfinite(value):
        return False
    for side in (1.0, -1.0):
        if oracle.value(np.nextafter(x, side * math.inf)) < value:
            return False
        outside = [oracle.probe(x + side * size * 10.0**-k) for k in EDGE_DECADES]
        if any(math.isfinite(v) for v in outside):
            continue
        inside = [oracle.probe(oracle.box.clip(x - side * size * 10.0**-k)) for k in EDGE_DECADES]
        rising = [value, *reversed(inside)]
        return all(a < b < math.inf for a, b in pairwise(rising))
    return False


def _same_side(oracle: Oracle, x: Vector, place: Vector) -> bool:
    """Return whether a place has a finite value, and no pole is between it and x."""
    return math.isfinite(oracle.probe(place)) and not oracle.separated(x, place)


def _outside(oracle: Oracle, x: Vector, direction: Vector, length: float) -> float | None:
    """Return how far ahead a value is not finite, or behind a pole."""
    reach = max(4.0 * length, euclidean(x), 1.0)
    t = length
    for _ in range(REACH):
        if t > reach:
            return None
        place = x + t * direction
        if not oracle.box.contains(place):
            return None
        if not _same_side(oracle, x, place):
            return t
        t *= 2.0
    return None


def _falls_for_ever(
    oracle: Oracle, edge: Vector, direction: Vector, far: float, ratio: float = ENDLESS
) -> bool:
    blur = float(np.spacing(abs(edge)) @ abs(direction)) * RESOLVED
    values: list[float] = []
    for k in range(DECADES):
        distance = far * 10.0**-k
        if distance < blur:
            break
        place = edge - distance * direction
        value = oracle.probe(oracle.box.clip(place))
        if not math.isfinite(value) or (values and not value < values[-1]):
            values = []
        else:
            values.append(value)
    falls = [a - b for a, b in pairwise(values)]
    tail = falls[-LAST - 1 :]
    return len(tail) > LAST and all(b >= ratio * a > 0.0 for a, b in pairwise(tail))
