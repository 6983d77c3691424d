"""What to make of a point of an objective with known kinks: settled, left, or no kink at all."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from gdcli.engine.decrement import NOISY
from gdcli.engine.escape import out_of_flatness
from gdcli.engine.generalised import (
    FLAT,
    NEGATIVE,
    SHRINKAGES,
    Stationarity,
    curvature_along,
    held,
    stationarity,
)
from gdcli.engine.norms import euclidean
from gdcli.engine.objective import Matrix, Vector
from gdcli.engine.oracle import Oracle
from gdcli.engine.point import Point
from gdcli.engine.status import Reason, Status
from gdcli.engine.trail import Onward, Settled, Trail

MOST_KINKS = 10
"""How often a method is started again after a kink."""
MOST_ALTERNATIVES = 60
"""So many other pieces of concave kinks are tried."""
KINK_LENGTHS = (1e-4, 0.01)
FEW = 30
"""Up to so many variables directions at random are tried where curvature does not decide."""
SMALL = 1e-8
"""A stop's d, against |f|, that a method which cannot go on must have reached."""


class Smooth(NamedTuple):
    """No kink is at the point, and it is stationary."""


def settle_pieces(oracle: Oracle, point: Point, trail: Trail) -> Settled | Onward | Smooth | None:
    """Judge a point by the pieces of its kinks; None if the first-order conditions do not hold."""
    size = np.maximum(trail.typical, abs(point.x))
    noise = oracle.noise(point.x)
    level = NOISY * noise + SMALL**2 * abs(point.value)
    found = stationarity(oracle, point.x, size, level)
    if found is None:
        return None
    if not found.stationary(level, trail.slope0):
        return _lower(oracle, point, found, noise, trail)
    found = _landed(oracle, found, size, noise, level)
    point = found.down.point
    meeting = held(found, size)
    x = _other_pieces(oracle, found, meeting.concave, size, noise)
    if x is not None:
        return Onward(x, "left a kink that is no minimum")
    if not meeting.meeting:
        return Smooth()
    found = found._replace(hessian=oracle.lagrangian(found.down, found.weights))
    fixed = oracle.box.active(point.x, down_gradient(found)).astype(np.float64)
    least, direction = curvature_along(found, meeting.across, fixed, size)
    if least < -NEGATIVE and direction is not None:
        x = _along_curvature(oracle, found, meeting.across, direction, noise)
        if x is not None:
            return Onward(x, "left a stationary kink along negative curvature")
    doubtful = least < FLAT or meeting.weak or bool(meeting.concave)
    if doubtful and point.x.size <= FEW:
        length = max(trail.size0, euclidean(point.x))
        eye = np.eye(point.x.size)
        x = out_of_flatness(oracle, point, eye, trail.random, length, KINK_LENGTHS)
        if x is not None:
            return Onward(x, "left a stationary kink that is no minimum")
    if least < -NEGATIVE:
        sentence = "0 lies in the generalised gradient, but curvature is negative along the kink"
        return Settled(Reason(Status.SADDLE, "kink", sentence), None, distance=found.distance)
    sentence = "0 lies in the generalised gradient: the minimum is at a kink"
    reason = Reason(Status.CONVERGED, "kink", sentence)
    measure = (level, found.decrease)
    return Settled(reason, point, measure, noise, distance=found.distance, polished=True)


def down_gradient(found: Stationarity) -> Vector:
    """Return the generalised gradient."""
    return found.down.gradient(found.weights)


def _lower(
    oracle: Oracle, point: Point, found: Stationarity, noise: float, trail: Trail
) -> Onward | None:
    """Return the place that the model promises to be lower, if it is."""
    x = oracle.box.clip(point.x + found.step)
    if trail.kinks < MOST_KINKS and oracle.value(x) < point.value - 2.0 * noise:
        trail.kinks += 1
        return Onward(x, "went on along a kink")
    return None


def _landed(
    oracle: Oracle, found: Stationarity, size: Vector, noise: float, level: float
) -> Stationarity:
    """Take a last step or two, below rounding in value, while they bring 0 nearer."""
    for _ in range(2):
        x = oracle.box.clip(found.down.point.x + found.step)
        if np.array_equal(x, found.down.point.x):
            break
        if not oracle.value(x) <= found.down.point.value + noise:
            break
        there = stationarity(oracle, x, size, level, found.weights)
        if there is None or not there.distance < found.distance:
            break
        found = there
    return found


def _other_pieces(
    oracle: Oracle, found: Stationarity, rows: list[int], size: Vector, noise: float
) -> Vector | None:
    """Return a lower point on another side of a concave kink that is passed here."""
    down = found.down
    box, x = oracle.box, down.point.x
    for row in rows[:MOST_ALTERNATIVES]:
        single = down.single.copy()
        single[down.kink == down.kink[row]] = 0.0
        single[row] = 1.0
        other = down.choosing(single)
        lower, upper = -size, size
        if box.bounded:
            lower, upper = np.maximum(lower, box.lower - x), np.minimum(upper, box.upper - x)
        made = other.step(found.hessian, found.weights, lower, upper, size, oracle.admit)
        if made is None:
            continue
        for k in range(SHRINKAGES):
            trial = box.clip(x + 0.25**k * made[0].d)
            if oracle.value(trial) < down.point.value - 2.0 * noise:
                return trial
    return None


def _along_curvature(
    oracle: Oracle, found: Stationarity, across: Matrix, direction: Vector, noise: float
) -> Vector | None:
    """Return a lower point along the kinks: each trial is put back onto them."""
    x, limit = found.down.point.x, found.down.point.value - 2.0 * noise
    inverse = np.linalg.pinv(across) if len(across) else None
    strong = found.weights > 1e-8
    for k in range(SHRINKAGES):
        for sign in (1.0, -1.0):
            trial = oracle.box.clip(x + (sign * 0.25**k) * direction)
            if oracle.value(trial) < limit:
                return trial
            if inverse is None:
                continue
            there = oracle.break_down(trial)
            back = oracle.box.clip(trial - inverse @ there.parted(strong))
            if np.isfinite(back).all() and oracle.value(back) < limit:
                return back
    return None
