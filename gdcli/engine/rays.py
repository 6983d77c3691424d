"""Is there no minimum? Values along rays and curves to infinity, or to the edge of the domain.

Values only, and through `Oracle.probe`: a far point where the value underflows is no answer. A
claim is made only where the values never rise, all the way to overflow, and the way in which they
fall leaves no doubt whether it ends; in between nothing is said.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from gdcli.engine.box import Box
from gdcli.engine.norms import euclidean
from gdcli.engine.objective import Matrix, Need, Vector
from gdcli.engine.oracle import ROUNDING, Oracle
from gdcli.engine.status import Status

FAR = 1e300
"""Where a ray ends."""
LONG = 1e20
"""Where its judging begins at the latest, so that there is a way to go before it overflows."""
ENORMOUS = 1e150
"""A fall by this factor of the values at the beginning counts as a fall without limit."""
NEARBY, GROWTH = 12, 1.5
"""Values are taken decade by decade up to 10¹², then at exponents that grow by this factor."""
ENDLESS, ENDING = 0.9995, 0.7
"""Ratios of successive falls, decade by decade, above and below which their sum has no limit or
has one: log x gives 1, 1/x gives 0.1, log log x less than the first. Where exponents grow the
second is asked of whole falls, of which 1/log x gives 1/1.5."""
GLANCE = 1e6
"""Before a ray is followed, one value is taken this far along it."""
DECADES = 18
"""A value that is not finite after as many decades is an overflow on the way to it: the end."""
LAST, FEWEST = 8, 4
"""How many of the last falls are judged, decade by decade; how many at least where exponents
grow."""
JUST_BEFORE, SETTLED = 0.9, 0.3
"""A limit that is reached in numbers, where the rounding level is r times the whole fall, is one
only if at this part of the way there no more than r^-0.3 levels were left: exp(−x) leaves r^-0.1,
exp(−x²) r^-0.19, but max(0, 1 − x)² 0.01/r. A flat piece behind a corner comes all of a sudden."""
FLAT = 8
"""Where nothing falls within so many decades, nothing will."""
SMALLEST = 5e-324
ROUND = 2
"""Decimals of a direction that is shown, if it serves as well."""
BISECTIONS = 30
CLOSE_BY, REST, PART = (1e4, 1e8), 1e-3, 1e-6
"""Where the direction may be level, no more than the second of the fall may be left between these
lengths along the ray, and the fall is to be the third of what the run has fallen, or more."""
DENOMINATOR, BESIDE, HEAD = 10, 0.02, 64
"""Of a direction in whole numbers the largest, how near to them its parts must be, and how many are
looked at first."""


class Ray(NamedTuple):
    """A way along which the objective falls without reaching a minimum.

    Attributes:
        status: UNBOUNDED or NOT_ATTAINED; CONVERGED where the limit is attained behind a corner.
        direction: Shape (n,), largest component ±1. On a curve, exponents: x_i·t^(direction_i).
        limit: What the values tend to; −infinity for UNBOUNDED.
        curve: Whether it is a curve.
        edge: The place at the edge of the domain where the way ends, if it is not endless.
    """

    status: Status
    direction: Vector
    limit: float
    curve: bool = False
    edge: Vector | None = None


def find_ray(
    oracle: Oracle,
    x: Vector,
    value: float,
    origins: Sequence[Vector],
    steps: Sequence[Vector],
    level: Sequence[Vector] | Matrix = (),
) -> Ray | None:
    """Look for a ray or a curve along which the objective has no minimum.

    Args:
        x, value: Where the run is, and f there; a limit above that is no claim.
        origins: Where rays may begin (from x itself a limit reached by underflow looks flat); the
            run's start is the first.
        steps: Directions to try.
        level: Directions that the objective may not depend on: believed only where it falls close
            by, not where x + t·direction loses what x has.
    """
    slack = 2.0 * oracle.noise(x)
    for begins, direction, doubtful in _ways(oracle.box, x, origins, steps, level):
        if _rises(oracle, x + GLANCE * direction, value + slack):
            continue
        for origin in begins:
            found = along_ray(oracle, origin, direction)
            if found is not None and doubtful:
                found = _close_by(oracle, origin, direction, found, origins[0])
            if found is None or found.limit > value + slack:
                continue
            if found.status is Status.CONVERGED:
                return None
            return _simplified(oracle, origin, found, value + slack)
    tried: list[Vector] = []
    for origin in origins:
        exponents = valley(x, origin)
        if exponents is None or any(np.array_equal(exponents, other) for other in tried):
            continue
        tried.append(exponents)
        found = along_curve(oracle, x, exponents, slack)
        if found is None or found.limit > value + slack:
            continue
        return None if found.status is Status.CONVERGED else found
    return None


def _ways(
    box: Box,
    x: Vector,
    origins: Sequence[Vector],
    steps: Sequence[Vector],
    level: Sequence[Vector] | Matrix,
) -> Iterator[tuple[Sequence[Vector], Vector, bool]]:
    """Yield directions, each with the places where rays may begin, and whether it may be level.

    In whole numbers a direction keeps to the floor of a valley, if it begins there: next to the
    start on the line through x, or at 0.
    """
    for k, step in enumerate((*steps, *level)):
        direction = endless(box, x, step)
        if direction is None:
            continue
        yield origins, direction, k >= len(steps)
        whole = in_whole_numbers(direction)
        if whole is not None:
            yield (_foot(origins[0], x, whole), np.zeros_like(whole)), whole, True


def _close_by(
    oracle: Oracle, origin: Vector, direction: Vector, found: Ray, start: Vector
) -> Ray | None:
    """Return a ray with the limit that shows where rounding of x does not count yet.

    None where the fall is not over by then, or is no part of what the run has fallen: next to the
    floor of a valley it may be rounding.
    """
    if found.status is not Status.NOT_ATTAINED:
        return None
    near, far = (oracle.probe(oracle.box.clip(origin + t * direction)) for t in CLOSE_BY)
    whole = oracle.probe(origin) - far
    if not (whole > 0.0 and whole >= PART * (oracle.probe(start) - far)):
        return None
    if not near - far <= REST * whole:
        return None
    return found if abs(found.limit - far) <= PART * whole else found._replace(limit=far)


def endless(box: Box, x: Vector, step: Vector) -> Vector | None:
    """Return `step`, made from 1 to `LONG` long, without what the bounds end; None if nothing is
    left."""
    if box.bounded:
        ends = ((step > 0.0) & (box.upper < math.inf)) | ((step < 0.0) & (box.lower > -math.inf))
        step = np.where(ends, 0.0, step)
    most = float(abs(step).max(initial=0.0))
    if most == 0.0 or not math.isfinite(most):
        return None
    step = step / most
    length = euclidean(step)
    return step * (min(max(most * length, 1.0), LONG) / length)


def in_whole_numbers(direction: Vector) -> Vector | None:
    """Return the direction that has small whole numbers in the place of what is next to them.

    Along the floor of a valley such as that of (x − y)² the last digits of a direction decide: far
    out they have left it.
    """
    most = float(abs(direction).max())
    for q in range(1, DENOMINATOR + 1):
        for part in (direction[:HEAD], direction):  # of many the first few will do to say no
            exact = part * (q / most)
            whole = np.round(exact)
            if not bool((abs(whole - exact) <= BESIDE).all()):
                break
        else:
            return whole
    return None


def _foot(start: Vector, x: Vector, direction: Vector) -> Vector:
    """Return the place nearest to the start on the line through x."""
    return x - (float((x - start) @ direction) / float(direction @ direction)) * direction


def along_ray(oracle: Oracle, origin: Vector, direction: Vector) -> Ray | None:
    """Judge f(origin) and f(origin + 10ᵏ·direction), k = 0, 1, … until it overflows."""

    def place(t: float) -> Vector:
        return oracle.box.clip(origin + t * direction)

    reach = FAR / max(float(abs(direction).max()), float(abs(origin).max(initial=0.0)), 1.0)
    found = _judge(oracle, place, [-math.inf, *_exponents(math.log10(reach))], 0.0)
    if found is None:
        return None
    status, limit = found
    return Ray(status, direction / float(abs(direction).max()), limit)


def _simplified(oracle: Oracle, origin: Vector, found: Ray, level: float) -> Ray:
    """Return a ray in rounder numbers that leads as far; `found` itself if there is none."""
    rounder = np.round(found.direction, ROUND)
    if np.array_equal(rounder, found.direction):
        return found
    other = along_ray(oracle, origin, rounder)
    if other is None or other.status is not found.status or other.limit > level:
        return found
    return other


def _rises(oracle: Oracle, x: Vector, level: float) -> bool:
    """Return whether a glance at a far point is enough to see that this is no way down."""
    value = oracle.probe(oracle.box.clip(x))
    return level < value < math.inf


def valley(x: Vector, earlier: Vector) -> Vector | None:
    """Return the exponents of the power law through two iterates, in quarters; None if none."""
    with np.errstate(all="ignore"):
        exponents = np.log(abs(x / earlier))
    exponents = np.where(np.isfinite(exponents), exponents, 0.0)
    most = float(abs(exponents).max(initial=0.0))
    return None if most == 0.0 else np.round(4.0 * exponents / most) / 4.0


def along_curve(oracle: Oracle, x: Vector, exponents: Vector, slack: float) -> Ray | None:
    """Judge f(x_i·10^(k·a_i)), k = 0, 1, …, for the exponents a of a valley."""
    if not (exponents > 0.0).any():
        edge = np.where(exponents < 0.0, 0.0, x)
        if not oracle.box.contains(edge) or math.isfinite(oracle.probe(edge)):
            return None

    def place(t: float) -> Vector:
        return oracle.box.clip(x * t**exponents)

    reach = math.log10(FAR / max(float(abs(x).max()), 1.0))
    found = _judge(oracle, place, _exponents(reach), slack)
    if found is None:
        return None
    status, limit = found
    return Ray(status, exponents, limit, curve=True)


def _exponents(last: float) -> list[float]:
    """Return the decades at which values are taken: 0, 1, …, then farther and farther apart."""
    exponents = [float(k) for k in range(NEARBY + 1)]
    while exponents[-1] * GROWTH < last:
        exponents.append(exponents[-1] * GROWTH)
    return exponents


def _judge(
    oracle: Oracle, place: Callable[[float], Vector], exponents: Sequence[float], slack: float
) -> tuple[Status, float] | None:
    """Return how the values at `place(10ᵏ)` go on for ever, or None where that is open."""
    times = [10.0**k for k in exponents]
    values: list[float] = []
    measured = oracle.has(Need.NOISE)
    for k, t in enumerate(times):
        value = oracle.probe(place(t))
        if oracle.separated(place(times[0]), place(t)):
            return None
        if value == -math.inf and exponents[k] <= DECADES:
            # An edge of the domain, as of log x at 0, has nothing behind it.
            behind = [oracle.probe(place(later)) for later in times[k + 1 : k + 3]]
            if any(later != -math.inf for later in behind):
                return None
        if math.isnan(value) or value == math.inf:
            if exponents[k] > DECADES:
                break
            return None
        if values:
            rise = value - values[-1] - 4.0 * ROUNDING * abs(values[-1]) - slack
            if rise > 0.0 and not (measured and rise <= 2.0 * oracle.noise(place(t))):
                return None
            scale = abs(values[0]) + abs(values[0] - values[1]) if len(values) > 1 else 0.0
            if value == -math.inf or (scale > 0.0 and value < -ENORMOUS * scale):
                return Status.UNBOUNDED, -math.inf
        elif value == -math.inf:
            return Status.UNBOUNDED, -math.inf
        values.append(value)
        if len(values) == FLAT and values[0] - value <= 4.0 * ROUNDING * abs(value) + slack:
            return None
    if len(values) < FLAT or not values[0] > values[-1]:
        return None
    falls = [a - b for a, b in pairwise(values)]
    near = exponents.index(NEARBY)
    first = near if len(falls) - near >= FEWEST else max(near - LAST, 0)
    last = len(falls) if first == near else near
    tail = falls[first:last]
    decades = [b - a for a, b in pairwise(exponents[first : last + 1])]
    level = 4.0 * ROUNDING * abs(values[-1]) + slack
    if all(fall <= level for fall in tail):
        attained = _suddenly_flat(oracle, place, times, values)
        limit = 0.0 if abs(values[-1]) <= level else values[-1]
        return Status.CONVERGED if attained else Status.NOT_ATTAINED, limit
    slopes = [fall / length for fall, length in zip(tail, decades, strict=True)]
    if all(b >= ENDLESS * a > 0.0 for a, b in pairwise(slopes)):
        return Status.UNBOUNDED, -math.inf
    if all(b <= ENDING * a for a, b in pairwise(tail)):
        return Status.NOT_ATTAINED, _continued(values)
    return None


def _continued(values: Sequence[float]) -> float:
    """Return the limit of a geometric approach (Aitken's Δ²), 0 where it is that to rounding."""
    a, b, c = values[-3:]
    last, change = c - b, (c - b) - (b - a)
    limit = c - last * (last / change) if change else c
    return 0.0 if abs(limit) <= 4.0 * ROUNDING * abs(values[0]) else limit


def _suddenly_flat(
    oracle: Oracle,
    place: Callable[[float], Vector],
    times: Sequence[float],
    values: Sequence[float],
) -> bool:
    """Return whether the last value is reached at a corner, not approached."""
    limit = values[-1]
    tiny = max(SMALLEST, 4.0 * ROUNDING * abs(limit))
    k = next(k for k, value in enumerate(values) if value - limit <= tiny)
    if oracle.has(Need.NOISE):
        tiny = max(tiny, 2.0 * oracle.noise(place(times[k])))
    before, at = times[max(k - 1, 0)], times[k]
    for _ in range(BISECTIONS):
        middle = 0.5 * (before + at)
        if oracle.probe(place(middle)) - limit <= tiny:
            at = middle
        else:
            before = middle
    tiny = max(tiny, oracle.probe(place(before)) - limit)
    whole = max(values[0] - limit, tiny)
    left = max(oracle.probe(place(JUST_BEFORE * before)) - limit, tiny)
    level = math.log(tiny)
    return not math.log(left) - level <= SETTLED * (math.log(whole) - level)
