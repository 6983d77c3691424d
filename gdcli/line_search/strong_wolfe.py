"""A step that satisfies the strong Wolfe conditions, by safeguarded cubic interpolation.

Moré & Thuente (1994), *Line search algorithms with guaranteed sufficient decrease*, ACM TOMS 20,
286–307: the interval of uncertainty, the auxiliary function ψ of the first stage, and the four
cases of trial values (§4).
"""

from __future__ import annotations

import math
from typing import ClassVar, NamedTuple

from gdcli.engine.status import Halt
from gdcli.line_search.search import NO_STEP, SHORTER, TRIALS, Found, Line
from gdcli.records import dataclass

EXPAND_LEAST, EXPAND_MOST = 1.1, 4.0
"""While nothing brackets a minimum, the next trial lies between these multiples of the last
advance beyond the best step."""
NEARER = 0.66
"""The interval must shrink by this factor in two trials, or it is halved."""
NARROW = 1e-15
"""An interval as narrow as this, relative to its end, cannot be divided."""


class End(NamedTuple):
    """An end of the interval of uncertainty: step, value and slope there."""

    step: float
    value: float
    slope: float


@dataclass(frozen=True)
class StrongWolfe:
    """φ(t) ≤ φ(0) + c₁·t·φ′(0) and |φ′(t)| ≤ c₂·|φ′(0)|.

    Attributes:
        decrease: c₁. Range 0 < c₁ < c₂; default 1e-4.
        curvature: c₂. Range c₁ < c₂ < 1; default 0.9, for conjugate gradients 0.1 is usual.
    """

    decrease: float = 1e-4
    curvature: float = 0.9
    corners: ClassVar[bool] = False

    def search(self, line: Line, first: float) -> Found | Halt:
        """See `LineSearch`."""
        value0, slope0 = line.point.value, line.slope
        least_drop, flat = self.decrease * slope0, -self.curvature * slope0
        ceiling = line.longest
        t = min(first, ceiling)
        best = other = End(0.0, value0, slope0)
        found: Found | None = None
        bracketed, auxiliary = False, True
        width, width_before = math.inf, math.inf
        for _ in range(TRIALS):
            point = line.at(t)
            trial = End(t, point.value, line.slope_at(point))
            if not (math.isfinite(trial.value) and math.isfinite(trial.slope)):
                if t > best.step:
                    ceiling, bracketed = t, False
                t = best.step + SHORTER * (t - best.step)
                if t == best.step or line.vanished(point):
                    break
                del point
                continue
            enough = value0 + t * least_drop
            if trial.value <= enough:
                if trial.value < value0 and abs(trial.slope) <= flat:
                    return Found(point, t)
                if t == line.longest and trial.slope <= least_drop:
                    return Found(point, t)
            lost = trial.value > enough or trial.value >= value0
            if lost and abs(trial.slope) <= flat and line.better_by_gradient(point, trial.slope):
                return Found(point, t)
            if auxiliary and trial.value <= enough and trial.slope >= self.decrease * slope0:
                auxiliary = False
            tilt = least_drop if auxiliary and enough < trial.value <= best.value else 0.0
            limit = ceiling if ceiling == line.longest else 0.5 * (t + ceiling)
            t, best, other, bracketed = interpolate(
                _tilted(best, tilt), _tilted(other, tilt), _tilted(trial, tilt), bracketed, limit
            )
            best, other = _tilted(best, -tilt), _tilted(other, -tilt)
            if best.step == trial.step and trial.value <= enough and trial.value < value0:
                found = Found(point, trial.step)
            del point  # its vectors may be long
            if t == trial.step:
                break
            if bracketed:
                span = abs(other.step - best.step)
                if span <= NARROW * max(other.step, best.step):
                    break
                if span >= NEARER * width_before:
                    t = best.step + 0.5 * (other.step - best.step)
                width_before, width = width, span
        return found or NO_STEP


def _tilted(end: End, tilt: float) -> End:
    """Return an end of φ(t) − tilt·t."""
    if tilt == 0.0:
        return end
    return End(end.step, end.value - tilt * end.step, end.slope - tilt)


def interpolate(
    best: End, other: End, trial: End, bracketed: bool, ceiling: float
) -> tuple[float, End, End, bool]:
    """Return the next trial step and the new interval (Moré & Thuente (1994), §4).

    Args:
        best: The end with the lowest value so far; φ falls from there towards the other end.
        bracketed: Whether a minimum lies between the two ends.
        ceiling: Upper limit of trial steps.
    """
    opposite = trial.slope * math.copysign(1.0, best.slope) < 0.0
    away = trial.step - best.step
    bound = False
    if trial.value > best.value:
        cubic = _cubic(best, trial)
        secant = best.slope / ((best.value - trial.value) / away + best.slope) / 2.0 * away
        quadratic = best.step + secant
        if abs(cubic - best.step) < abs(quadratic - best.step):
            t = cubic
        else:
            t = cubic + (quadratic - cubic) / 2.0
        bracketed = bound = True
    elif opposite:
        cubic = _cubic(best, trial)
        secant = trial.step + trial.slope / (trial.slope - best.slope) * -away
        t = cubic if abs(cubic - trial.step) > abs(secant - trial.step) else secant
        bracketed = True
    elif abs(trial.slope) < abs(best.slope):
        t, bound = _nearly_flat(best, trial, ceiling, bracketed), True
    elif bracketed:
        t = _cubic(other, trial)
    else:
        t = ceiling if away > 0.0 else 0.0
    if trial.value > best.value:
        new_best, new_other = best, trial
    else:
        new_best, new_other = trial, (best if opposite else other)
    if not bracketed:
        low = trial.step + EXPAND_LEAST * away
        high = trial.step + EXPAND_MOST * away
        t = min(max(t, low), high, ceiling) if t == t else min(high, ceiling)
        return t, new_best, new_other, False
    low, high = sorted((new_best.step, new_other.step))
    if bound and new_best is trial:
        limit = trial.step + NEARER * (new_other.step - trial.step)
        t = min(t, limit) if trial.step > best.step else max(t, limit)
    if not low < t < high:
        t = 0.5 * (low + high)
    return t, new_best, new_other, True


def _cubic(a: End, b: End) -> float:
    """Return the local minimum of the cubic through both ends (Nocedal & Wright, eq. 3.59)."""
    d1 = a.slope + b.slope - 3.0 * (a.value - b.value) / (a.step - b.step)
    d2 = math.copysign(math.sqrt(max(d1 * d1 - a.slope * b.slope, 0.0)), b.step - a.step)
    below = b.slope - a.slope + 2.0 * d2
    if below == 0.0:
        return 0.5 * (a.step + b.step)
    return b.step - (b.step - a.step) * (b.slope + d2 - d1) / below


def _nearly_flat(best: End, trial: End, ceiling: float, bracketed: bool) -> float:
    """Return the next trial where the value and the steepness both fell (case 3)."""
    away = trial.step - best.step
    secant = trial.step - trial.slope / (trial.slope - best.slope) * away
    cubic = _cubic(best, trial)
    if not (cubic - trial.step) * away > 0.0:
        cubic = ceiling if away > 0.0 else 0.0
    nearer = abs(cubic - trial.step) < abs(secant - trial.step)
    return cubic if nearer == bracketed else secant
