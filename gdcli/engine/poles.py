"""Steps across a pole: the value on the far side looks fine and means nothing.

1/(x−1)² + x² from x = 3 has a minimum on the right of its pole at 1; a long step lands on the left.
An objective may name what vanishes at its poles (bases of denominators, of negative powers, of
logarithms). A step that changes the sign of one of them is bisected there, and refused if the
objective is not finite or enormous at the crossing.
"""

from __future__ import annotations

import math
from typing import Protocol

import numpy as np

from gdcli.engine.objective import Objective, Vector
from gdcli.engine.point import Point

ENORMOUS = 1e3
"""A value at the crossing above this, against those at both ends, is a pole's."""
BISECTIONS = 60


class WithPoles(Objective, Protocol):
    """An objective that names what vanishes at its poles; `poles` is in its `provides`."""

    def poles(self, x: Vector) -> Vector:
        """Return the quantities whose zeros are poles or edges of the domain, shape (k,)."""
        ...


class PoleGuard:
    """Watches the segments from the present iterate to the points that are tried."""

    __slots__ = ("_anchor", "_objective", "_signs")

    def __init__(self, objective: WithPoles) -> None:
        self._objective = objective
        self._anchor: Point | None = None
        self._signs: Vector = np.empty(0)

    def stand(self, point: Point) -> None:
        """Take the present iterate: segments begin there."""
        self._anchor = point
        self._signs = np.sign(self._objective.poles(point.x))

    def crossed(self, x: Vector, value: float) -> tuple[bool, int]:
        """Return whether there is a pole before x, and how many values it took to see.

        Args:
            value: f(x).
        """
        anchor = self._anchor
        if anchor is None or not (math.isfinite(anchor.value) and math.isfinite(value)):
            return False, 0
        signs = np.sign(self._objective.poles(x))
        limit = ENORMOUS * (abs(anchor.value) + abs(value))
        spent = 0
        for k in np.flatnonzero(signs * self._signs < 0.0):
            for place in self._crossing(anchor.x, x, int(k)):
                spent += 1
                f = self._objective.value(place)
                if not abs(f) <= limit:
                    return True, spent
        return False, spent

    def _crossing(self, a: Vector, b: Vector, k: int) -> tuple[Vector, Vector]:
        """Return points of the segment at both sides of a zero of quantity k, close to it."""
        sign = self._signs[k]
        low, high = 0.0, 1.0
        for _ in range(BISECTIONS):
            middle = 0.5 * (low + high)
            if middle in (low, high):
                break
            if np.sign(self._objective.poles(a + middle * (b - a))[k]) == sign:
                low = middle
            else:
                high = middle
        return a + low * (b - a), a + high * (b - a)
