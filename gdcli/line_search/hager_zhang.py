"""The line search of CG_DESCENT: secant steps on the slope, and the approximate Wolfe conditions.

Hager & Zhang (2005), *A new conjugate gradient method with guaranteed descent and an efficient line
search*, SIAM J. Optim. 16, 170–192 (§4), and (2006), Algorithm 851, ACM TOMS 32, 113–137. Slopes
are known to more digits near a minimum than values are, so it goes on where Wolfe's conditions can
no longer be tested. The permitted rise ε is the rounding noise of this objective at this point, in
the place of their 1e-6·|f|.

The bracketing is a generator: it yields the next step and is sent the trial there, so that every
evaluation and every test for acceptance stand in one place.
"""

from __future__ import annotations

import math
from collections.abc import Generator
from typing import ClassVar, NamedTuple, TypeAlias

from gdcli.engine.status import Halt
from gdcli.line_search.search import NO_STEP, SHORTER, TRIALS, Found, Line
from gdcli.records import dataclass

EXPANSION = 5.0
"""ρ: growth of the step while nothing brackets a minimum."""
SHRINKAGE = 0.66
"""γ: the bracket must shrink by this factor in an iteration, or it is halved."""


class Trial(NamedTuple):
    """A step, the slope there, and whether its value is at most φ(0) + ε."""

    step: float
    slope: float
    low: bool


Interval: TypeAlias = tuple[Trial, Trial]
"""[a, b] with φ(a) ≤ φ(0) + ε, φ′(a) < 0 and φ′(b) ≥ 0: a minimum lies between."""


@dataclass(frozen=True)
class HagerZhang:
    """Wolfe's conditions, or the approximate ones where the value is as good as equal.

    Attributes:
        decrease: δ. Range 0 < δ < 0.5; default 0.1.
        curvature: σ. Range δ ≤ σ < 1; default 0.9.
    """

    decrease: float = 0.1
    curvature: float = 0.9
    corners: ClassVar[bool] = False

    def search(self, line: Line, first: float) -> Found | Halt:
        """See `LineSearch`."""
        value0, slope0 = line.point.value, line.slope
        steep, rising = self.curvature * slope0, (2.0 * self.decrease - 1.0) * slope0
        best: Found | None = None
        steps = _bracketing(Trial(0.0, slope0, True), min(first, line.longest), line.longest)
        t = next(steps)
        for _ in range(TRIALS):
            point = line.at(t)
            value, slope = point.value, line.slope_at(point)
            if math.isfinite(value) and math.isfinite(slope):
                drop = self.decrease * t * slope0
                if value <= value0 + drop and value < value0:
                    if slope >= steep or t == line.longest:
                        return Found(point, t)
                    if best is None or value < best.point.value:
                        best = Found(point, t)
                if steep <= slope <= rising and (
                    value < value0 or line.better_by_gradient(point, slope)
                ):
                    return Found(point, t)
            elif line.vanished(point):
                break
            try:
                t = steps.send(Trial(t, slope, value <= value0 or line.as_low(value)))
            except StopIteration:
                break
        return best or NO_STEP


Steps: TypeAlias = Generator[float, Trial, Interval]


def _bracketing(start: Trial, first: float, longest: float) -> Generator[float, Trial, None]:
    """Yield steps until the interval cannot be divided (algorithm 5.1 of the 2005 paper)."""
    a, b = yield from _bracket(start, first, longest)
    while True:
        width = b.step - a.step
        a, b = yield from _double_secant(a, b)
        if b.step - a.step > SHRINKAGE * width:
            middle = 0.5 * (a.step + b.step) if a.step > 0.0 else SHORTER * b.step
            if not a.step < middle < b.step:
                return
            a, b = yield from _update(a, b, (yield middle))


def _bracket(low: Trial, first: float, longest: float) -> Steps:
    """Expand the step until it brackets a minimum (steps B0–B3)."""
    t, ceiling = first, longest
    while True:
        trial = yield t
        if not math.isfinite(trial.slope):
            ceiling = t
            t = low.step + SHORTER * (t - low.step)
        elif trial.slope >= 0.0:
            return low, trial
        elif not trial.low:
            return (yield from _bisect(low, trial))
        else:
            low = trial
            limit = ceiling if ceiling == longest else 0.5 * (t + ceiling)
            t = min(EXPANSION * t, limit)


def _bisect(a: Trial, b: Trial) -> Steps:
    """Halve [a, b], where φ is high at b but falling, until the slope rises (step U3)."""
    while True:
        middle = 0.5 * (a.step + b.step)
        trial = yield middle
        if trial.slope >= 0.0:
            return a, trial
        if trial.low:
            a = trial
        else:
            b = trial


def _update(a: Trial, b: Trial, c: Trial) -> Steps:
    """Return the interval that a trial within [a, b] leaves (steps U1–U3)."""
    if c.slope >= 0.0:
        return a, c
    if c.low:
        return c, b
    return (yield from _bisect(a, c))


def _double_secant(a: Trial, b: Trial) -> Steps:
    """Take a secant step, and another with the end that it replaced (steps S1–S4)."""
    t = _secant(a, b)
    if not a.step < t < b.step:
        return a, b
    c = yield t
    new_a, new_b = yield from _update(a, b, c)
    if c is new_b:
        again = _secant(b, new_b)
    elif c is new_a:
        again = _secant(a, new_a)
    else:
        return new_a, new_b
    if not new_a.step < again < new_b.step:
        return new_a, new_b
    return (yield from _update(new_a, new_b, (yield again)))


def _secant(a: Trial, b: Trial) -> float:
    """Return where the line through the slopes at a and b is 0; NaN where it is level."""
    rise = b.slope - a.slope
    return (a.step * b.slope - b.step * a.slope) / rise if rise != 0.0 else math.nan
