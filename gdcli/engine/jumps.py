"""Does the value itself jump at a point, as sign x and floor x do? Values only.

Where it does the gradient says nothing, and the point may stand on the upper side.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gdcli.engine.objective import Vector
from gdcli.engine.oracle import Oracle
from gdcli.engine.point import Point

if TYPE_CHECKING:
    from numpy.random import Generator

BESIDE = 1e-9
"""How far away values are taken, against the size of each variable."""
EXPLAINED = 4.0
"""A fall by less than so many times what the slope explains, or rounding, is no jump."""
ALONE = 10
"""Up to so many variables are each moved alone; of more, all together at random."""
TRIES = 8


def down_a_jump(oracle: Oracle, point: Point, typical: Vector, random: Generator) -> Vector | None:
    """Return a place next to a point where the value is lower by more than slope and rounding."""
    x = point.x
    reach = BESIDE * np.maximum(typical, abs(x))
    slope = float(abs(point.gradient) @ reach) if np.isfinite(point.gradient).all() else 0.0
    limit = point.value - EXPLAINED * (slope + oracle.noise(x))
    if x.size <= ALONE:
        moves = [sign * reach * unit for unit in np.eye(x.size) for sign in (1.0, -1.0)]
    else:
        moves = [reach * random.choice((-1.0, 1.0), x.size) for _ in range(TRIES)]
    for move in moves:
        place = oracle.box.clip(x + move)
        if oracle.value(place) < limit:
            return place
    return None
