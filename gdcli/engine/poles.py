"""Steps across a pole: the value on the far side looks fine and means nothing.

1/(x−1)² + x² from x = 3 has a minimum on the right of its pole at 1; a long step lands on the left.
An objective may name what changes its sign at its poles (denominators, cosines of a tangent's
argument). A step that changes one of these signs, there and back included, is bisected at the
crossing, and refused if the objective is not finite or enormous there.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Protocol

import numpy as np

from gdcli.engine.objective import Objective, Vector
from gdcli.engine.point import Point

ENORMOUS = 1e3
"""A value at the crossing above this is a pole's, against that where the step begins and, as far as
the way to it has been gone, that where it ends."""
BISECTIONS = 200
MOST_CROSSINGS = 16
"""So many crossings of a step are looked at, those of the first quantities."""
STRAIGHT = 1e-9
"""A quantity whose value in the middle is the mean to this part is taken for linear."""
PARTS = 8
"""Where one is not linear, the signs are looked at in as many places on the way."""
MANY, GENTLE = 1000, 0.1
"""Of so many quantities all bend by no more than this part of themselves only where the way is
short for each: then none of them has turned round twice between the places looked at."""


class WithPoles(Objective, Protocol):
    """An objective that names its poles; `poles` is in its `provides`."""

    def poles(self, x: Vector) -> Vector:
        """Return quantities of which one changes its sign between two sides of a pole, (k,)."""
        ...


class PoleGuard:
    """Watches the segments from the present iterate to the points that are tried."""

    __slots__ = ("_anchor", "_judged", "_latest", "_objective", "_quantities")

    def __init__(self, objective: WithPoles) -> None:
        self._objective = objective
        self._anchor: Point | None = None
        self._quantities: Vector = np.empty(0)
        self._latest: tuple[Vector, Vector] | None = None  # a place, and the quantities there
        self._judged: tuple[Vector, bool] | None = None  # the last place that was asked about

    def stand(self, point: Point | None) -> None:
        """Take the present iterate: segments begin there. None: there is none yet."""
        self._anchor, self._judged = point, None
        if point is not None:
            self._quantities = self._poles(point.x)

    def lower(self, value: float) -> bool:
        """Return whether a value is below the present iterate's: others are refused anyway."""
        return self._anchor is None or value < self._anchor.value

    def crossed(self, x: Vector, value: float, evaluate: Callable[[Vector], float]) -> bool:
        """Return whether there is a pole between the present iterate and x.

        Args:
            value: f(x).
            evaluate: f; asked at the crossings.
        """
        anchor = self._anchor
        if anchor is None or not (math.isfinite(anchor.value) and math.isfinite(value)):
            return False
        if self._judged is None or self._judged[0] is not x:
            self._judged = x, self._crossed(anchor, x, value, evaluate)
        return self._judged[1]

    def _crossed(
        self, anchor: Point, x: Vector, value: float, evaluate: Callable[[Vector], float]
    ) -> bool:
        way = x - anchor.x
        for k, low, high in self._changes(anchor.x, x):
            for t in self._crossing(anchor.x, way, k, low, high):
                place = anchor.x + t * way
                found = evaluate(place)
                if math.isnan(found) and self._objective.poles(place)[k] == 0.0:
                    continue  # 0/0 in one place is no wall
                if not abs(found) <= ENORMOUS * (abs(anchor.value) + t * abs(value)):
                    return True
        return False

    def separated(self, a: Vector, b: Vector) -> bool:
        """Return whether some quantity has different signs at two places, pole or not."""
        return bool(((self._objective.poles(a) < 0.0) != (self._objective.poles(b) < 0.0)).any())

    def _poles(self, x: Vector) -> Vector:
        """Return the quantities at x; asked again at the same x they cost nothing."""
        if self._latest is None or self._latest[0] is not x:
            self._latest = x, self._objective.poles(x)
        return self._latest[1]

    def _changes(self, a: Vector, b: Vector) -> list[tuple[int, float, float]]:
        """Return which quantities change their signs, and between which parts of the way."""
        first, last = self._quantities, self._poles(b)
        middle = self._objective.poles(a + 0.5 * (b - a))
        bend = abs(middle - 0.5 * (first + last))
        if (bend <= STRAIGHT * (abs(first) + abs(last))).all():
            changed = np.flatnonzero((first < 0.0) != (last < 0.0))
            return [(int(k), 0.0, 1.0) for k in changed[:MOST_CROSSINGS]]
        if first.size >= MANY and _clear(first, middle, last, bend):
            return []
        times = np.linspace(0.0, 1.0, PARTS + 1)
        between = [self._objective.poles(a + t * (b - a)) for t in times[1:-1]]
        below = np.array([first, *between, last]) < 0.0
        where = np.argwhere(below[:-1] != below[1:])[:MOST_CROSSINGS]
        return [(int(k), float(times[j]), float(times[j + 1])) for j, k in where]

    def _crossing(
        self, a: Vector, way: Vector, k: int, low: float, high: float
    ) -> tuple[float, float]:
        """Return how far along the way quantity k is next to 0, on either side of it."""
        below = self._objective.poles(a + low * way)[k] < 0.0
        for _ in range(BISECTIONS):
            middle = 0.5 * (low + high)
            place = a + middle * way
            if np.array_equal(place, a + low * way) or np.array_equal(place, a + high * way):
                break
            if (self._objective.poles(place)[k] < 0.0) == below:
                low = middle
            else:
                high = middle
        return low, high


def _clear(first: Vector, middle: Vector, last: Vector, bend: Vector) -> bool:
    """Return whether all quantities keep their signs, as parabolas through three places do."""
    least = np.minimum(np.minimum(abs(first), abs(last)), abs(middle))
    below = first < 0.0
    kept = (below == (middle < 0.0)) & (below == (last < 0.0))
    return bool((kept & (bend <= GENTLE * least)).all())
