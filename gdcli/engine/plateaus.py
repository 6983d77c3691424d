"""Variables that make no difference any more: a minimum, or a limit reached by underflow?

Where exp(−a·t) is 0 in numbers f no longer depends on a, although its infimum is at infinity, and
what a could do is at values of it many orders of magnitude away. Values only, along the axes.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from gdcli.engine.box import Mask
from gdcli.engine.objective import Vector
from gdcli.engine.oracle import Oracle
from gdcli.engine.point import Point
from gdcli.engine.rays import Ray
from gdcli.engine.status import Status

SHRINK, SHRINKAGES = 3.0, 25
"""A variable is shrunk so often by this factor, to 1e-12 of what it is: exponentials appear and
saturate within one decade."""
OUTWARD = (1e3, 1e6, 1e100)
"""Factors by which it must stay without effect for the place to be a limit at infinity."""
MOST = 20
"""Variables that are looked at."""


class Plateau(NamedTuple):
    """What was found along the axes.

    Attributes:
        lower: A place below the plateau; None if none was seen.
        ray: The limit that the plateau is, if it is one.
    """

    lower: Vector | None
    ray: Ray | None


def along_axes(oracle: Oracle, point: Point, flat: Mask) -> Plateau:
    """Look along axes on which a smooth objective is flat, nearer to 0 and farther away.

    Args:
        flat: Which variables make no difference at the point, shape (n,).
    """
    noise = oracle.noise(point.x)
    ray = None
    for k in np.flatnonzero(flat & (point.x != 0.0))[:MOST]:
        rises = False
        for j in range(1, SHRINKAGES + 1):
            x, value = _moved(oracle, point, k, SHRINK**-j)
            if value < point.value - 4.0 * noise:
                return Plateau(x, None)
            rises |= value > point.value + 4.0 * noise
        if rises and ray is None and _flat_outward(oracle, point, k, 4.0 * noise):
            direction = np.zeros_like(point.x)
            direction[k] = math.copysign(1.0, point.x[k])
            ray = Ray(Status.NOT_ATTAINED, direction, point.value)
    return Plateau(None, ray)


def _moved(oracle: Oracle, point: Point, k: int, factor: float) -> tuple[Vector, float]:
    x = point.x.copy()
    x[k] *= factor
    x = oracle.box.clip(x)
    return x, oracle.probe(x)


def _flat_outward(oracle: Oracle, point: Point, k: int, level: float) -> bool:
    for factor in OUTWARD:
        x, value = _moved(oracle, point, k, factor)
        if x[k] != point.x[k] * factor or not abs(value - point.value) <= level:
            return False
    return True
