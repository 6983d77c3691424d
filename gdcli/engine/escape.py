"""Ways down from a stationary point that is no minimum, or may be none: by values, mostly."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations, product
from typing import TYPE_CHECKING

import numpy as np

from gdcli.engine.norms import euclidean
from gdcli.engine.objective import Matrix, Vector
from gdcli.engine.oracle import Oracle
from gdcli.engine.point import Point
from gdcli.engine.second_order import NEGATIVE, cheap, spectrum

if TYPE_CHECKING:
    from numpy.random import Generator

SHRINKAGES = 26
"""Steps along negative curvature go down to 4⁻²⁵ of the size of x."""
LENGTHS = (0.01, 0.1, 1.0)
"""How far flat directions are followed, against the size of x …"""
UNSIZED = (*LENGTHS, 1e-4, 1e-6)
"""… and where a run began at 0 and nothing is known of that."""
HALVINGS = 11
"""How often x is halved in search of the end of a plateau."""
LEVEL = 1e4 * NEGATIVE
"""Negative curvature, against the largest, for which a level valley is left."""
LOOKS = 5
"""How often the distance is halved at which a level valley is looked at."""
GLANCES = 3
"""Random directions that tell a flat valley."""
ALL_SIGNS, ALL_PAIRS = 5, 30
"""Largest numbers of flat directions of which all sign vectors, and all pairs, are tried."""


def down_curvature(oracle: Oracle, point: Point, down: Matrix, size: float) -> Vector | None:
    """Return a point below a saddle or maximum, along its directions of negative curvature.

    Args:
        down: Shape (k, n), most negative first.
        size: The size of x.
    """
    limit = point.value - 2.0 * oracle.noise(point.x)
    for direction in down[:ALL_SIGNS]:
        for k in range(SHRINKAGES):
            for sign in (1.0, -1.0):
                x = oracle.box.clip(point.x + (sign * size / 4.0**k) * direction)
                if oracle.value(x) < limit:
                    return x
    return None


def out_of_flatness(
    oracle: Oracle,
    point: Point,
    flat: Matrix,
    random: Generator,
    size: float,
    lengths: Sequence[float] = LENGTHS,
) -> Vector | None:
    """Return a point below a degenerate one, along combinations of its flat directions.

    Along each direction alone a minimum can be one along every line and yet be none; so sums and
    differences of pairs, all sign vectors of a few, and random combinations are tried too.

    Args:
        flat: Directions without curvature, shape (k, n).
        size: The size of x.
        lengths: How far they are followed, against that.
    """
    level = 4.0 * oracle.noise(point.x)
    limit = point.value - level
    if (
        len(flat) > 1
        and not oracle.box.bounded
        and _level_ground(oracle, point, flat, random, size, level)
    ):
        return None
    for direction in _combinations(flat, random):
        for t in lengths:
            x = oracle.box.clip(point.x + (t * size) * direction)
            if oracle.value(x) < limit:
                return x
    return None


def _level_ground(
    oracle: Oracle, point: Point, flat: Matrix, random: Generator, size: float, level: float
) -> bool:
    """Return whether the value stays as it is along some random combinations: a flat valley."""
    for _ in range(GLANCES):
        direction = size * _unit(random.standard_normal(len(flat)) @ flat)
        for t in LENGTHS:
            x = oracle.box.clip(point.x + t * direction)
            if not abs(oracle.value(x) - point.value) <= level:
                return False
    return True


def along_the_level(oracle: Oracle, point: Point, flat: Matrix) -> Vector | None:
    """Return a place on a level valley through a point where curvature across it is negative.

    On a line of stationary points, as of a model with two equal terms, a minimum across the line
    may turn into a saddle farther on. For few flat directions, and cheap Hessians.
    """
    if len(flat) > ALL_SIGNS or oracle.box.bounded or not cheap(oracle, point.x.size):
        return None
    size = euclidean(point.x) or 1.0
    level = 4.0 * oracle.noise(point.x) + NEGATIVE * abs(point.value)
    for direction in flat:
        for t in (sign * size / 2.0**k for k in range(LOOKS) for sign in (1.0, -1.0)):
            x = point.x + t * direction
            if not abs(oracle.probe(x) - point.value) <= level:
                continue
            hessian = oracle.hessian(x)
            found = spectrum(hessian)
            if found is None or not found.values[0] < -LEVEL * found.values[-1]:
                continue
            plain = np.linalg.eigvalsh(hessian)  # of next to nothing a scale makes something
            if plain[0] < -NEGATIVE * plain[-1]:
                return np.asarray(x)
    return None


def off_the_plateau(oracle: Oracle, point: Point) -> Vector | None:
    """Return the first of x/2, x/4, … that is lower, from a place without slope and curvature.

    A plateau reached by underflow may have its valley nearer to the origin.
    """
    limit = point.value - 4.0 * oracle.noise(point.x)
    for k in range(1, HALVINGS + 1):
        x = oracle.box.clip(point.x * 0.5**k)
        if oracle.value(x) < limit:
            return x
    return None


def _combinations(flat: Matrix, random: Generator) -> Iterator[Vector]:
    """Yield directions in the span of the rows, of length 1."""
    for row in flat:
        yield row
        yield -row
    count = len(flat)
    if count < 2:
        return
    if count <= ALL_PAIRS:
        for a, b in combinations(range(count), 2):
            for signs in product((1.0, -1.0), repeat=2):
                yield _unit(signs[0] * flat[a] + signs[1] * flat[b])
    if 2 < count <= ALL_SIGNS:
        for signs in product((1.0, -1.0), repeat=count):
            yield _unit(np.array(signs) @ flat)
    for _ in range(4 * count):
        yield _unit(random.standard_normal(count) @ flat)


def _unit(v: Vector) -> Vector:
    length = euclidean(v)
    return v / length if length > 0.0 else v
