"""Does a curved valley run to infinity? Its floor, at one variable ever farther away.

In the valley of (x·y − 1)² + x² no ray falls for ever, but the floor does: with y held at ever
larger values, and x where the objective is least then. So the variable that has gone farthest is
held, at distances that grow by a constant factor, and the others follow by Newton's method. Where
they are a + b·tᵖ, successive changes have a constant ratio, which tells where to look next.

As on rays, a claim needs values that only fall, as far as rounding lets them be told apart, and
falls whose sum clearly has a limit.
"""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np

from gdcli.engine.norms import euclidean
from gdcli.engine.objective import Need, Vector
from gdcli.engine.oracle import Oracle
from gdcli.engine.point import Point
from gdcli.engine.rays import ENDING, FAR, Ray
from gdcli.engine.second_order import spectrum
from gdcli.engine.status import Status

MOST_VARIABLES = 50
FACTOR = 10.0 ** (1.0 / 3.0)
"""From one place to the next."""
FALLS = 6
"""So many falls in a row must be above rounding."""
CLEAR = 8.0
"""A fall is, that is larger than so many times the noise of its values."""
STEPS, HALVINGS = 12, 8
"""Newton steps to the floor, and how often each may be halved."""
ON_THE_FLOOR = 0.01
"""What a Newton step would still gain, against the fall."""
MOST_PLACES = 90


def along_valley(oracle: Oracle, point: Point, x0: Vector) -> Ray | None:
    """Return a valley's way to infinity from a point of it; None if it ends, or that is open.

    Args:
        x0: Where the run began.
    """
    size = point.x.size
    if not 1 < size <= MOST_VARIABLES or not oracle.has(Need.HESSIAN) or oracle.has(Need.PIECES):
        return None
    way = point.x - x0
    usual = np.maximum(abs(x0), euclidean(x0) / math.sqrt(size)) + 1e-300
    lead = int(np.argmax(abs(way) / usual))
    if way[lead] * point.x[lead] <= 0.0:
        return None
    valley = _Valley(oracle, lead)
    ray = valley.judge(point.x)
    if ray is not None or not valley.fell:
        return ray
    # Rounding hides what comes after the next falls: those on the way here count as well.
    back = point.x.copy()
    back[lead] /= FACTOR ** (FALLS - 1)
    ray = valley.judge(back)
    return ray if valley.reached > abs(point.x[lead]) else None


class _Valley:
    """The floor of a valley, with one variable held.

    Attributes:
        fell: Whether the floor fell from the first place judged to the next, and rose nowhere.
        reached: The size of that variable at the last place below the one before.
    """

    def __init__(self, oracle: Oracle, lead: int) -> None:
        self.oracle = oracle
        self.lead = lead
        self.noise = 0.0
        self.fell, self.reached = False, 0.0

    def judge(self, guess: Vector) -> Ray | None:
        """Follow the floor from a place near it, and return what its values say."""
        places: list[Vector] = []
        values: list[float] = []
        self.fell = False
        while len(places) < MOST_PLACES and abs(guess[self.lead]) < FAR:
            promised = values[-2] - values[-1] if len(values) > 1 else 0.0
            found = self.floor(guess, promised)
            if found is None:
                break
            if values and values[-1] - found.value <= CLEAR * self.noise:
                if found.value - values[-1] > CLEAR * self.noise:
                    return None
                break
            places.append(found.x)
            values.append(found.value)
            guess = self.next(places)
            if not self.oracle.box.contains(guess):
                return None
        falls = [a - b for a, b in pairwise(values)]
        self.fell = len(falls) > 0
        if len(falls) < FALLS:
            return None
        self.reached = abs(places[-1][self.lead])
        tail = falls[-FALLS:]
        ratio = ENDING ** math.log10(FACTOR)
        if not all(b <= ratio * a for a, b in pairwise(tail)):
            return None
        with np.errstate(all="ignore"):
            powers = np.log(abs(places[-1] / places[-2])) / math.log(FACTOR)
        exponents = np.round(4.0 * np.where(np.isfinite(powers), powers, 0.0)) / 4.0
        return Ray(Status.NOT_ATTAINED, exponents, values[-1], curve=True)

    def next(self, places: list[Vector]) -> Vector:
        """Return where the floor is expected at the next distance."""
        x = places[-1].copy()
        if len(places) > 2:
            before, last = places[-2] - places[-3], places[-1] - places[-2]
            with np.errstate(all="ignore"):
                q = last / before
            x += np.where(np.isfinite(q) & (q > 0.0) & (q < 2.0 * FACTOR), q * last, 0.0)
        x[self.lead] = places[-1][self.lead] * FACTOR
        return x

    def floor(self, x: Vector, promised: float) -> Point | None:
        """Return the point of the floor next to x; None if Newton's method does not find it."""
        oracle = self.oracle
        point = oracle.survey(x)
        free = np.arange(x.size) != self.lead
        for _ in range(STEPS):
            if not (math.isfinite(point.value) and np.isfinite(point.gradient).all()):
                return None
            self.noise = oracle.noise(point.x)
            held = oracle.box.active(point.x, point.gradient)
            inner = free & ~held
            if not inner.any():
                return point
            found = spectrum(oracle.hessian(point.x)[np.ix_(inner, inner)])
            if found is None:
                return None
            c = found.vectors.T @ (point.gradient[inner] / found.scale)
            curved = abs(found.values) > found.level
            step = np.zeros(x.size)
            parts = c[curved] / abs(found.values[curved])
            step[inner] = -(found.vectors[:, curved] @ parts) / found.scale
            gain = 0.5 * float(parts @ c[curved])
            if gain <= max(self.noise, ON_THE_FLOOR * promised) and not found.negative:
                return point
            lower = self.lower(point, step)
            if lower is None:
                return point if gain <= CLEAR * self.noise else None
            point = lower
        return None

    def lower(self, point: Point, step: Vector) -> Point | None:
        """Return a lower point along a step, or one that rounding hides; None if there is none."""
        oracle = self.oracle
        for k in range(HALVINGS):
            x = oracle.box.clip(point.x + 0.5**k * step)
            if np.array_equal(x, point.x):
                return None
            if oracle.probe(x) < point.value:
                return oracle.survey(x)
        return None
