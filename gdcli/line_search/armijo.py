"""Backtracking: shorten the first trial until the value falls enough.

Armijo (1966), Pacific J. Math. 16, 1–3; Nocedal & Wright (2006), Alg. 3.1, with the next trial by
quadratic interpolation (ibid., §3.5); along bent paths Bertsekas (1982), SIAM J. Control Optim. 20,
221–246. With a reference above the value it is the non-monotone search of Grippo, Lampariello &
Lucidi (1986), SIAM J. Numer. Anal. 23, 707–716.
"""

from __future__ import annotations

import math
from typing import ClassVar

from gdcli.engine.status import Halt
from gdcli.line_search.search import NO_STEP, SHORTER, TRIALS, Found, Line, quadratic_minimum
from gdcli.records import dataclass

LEAST, MOST = 0.1, 0.5
"""A refused step is multiplied by something between these."""
FINITE = 300
"""A step that leads to where the objective is not finite may be shortened as often as this."""


@dataclass(frozen=True)
class Armijo:
    """f(x(t)) ≤ reference + c₁·∇f·(x(t) − x).

    Attributes:
        decrease: c₁. Range 0 < c₁ < 1; default 1e-4.
    """

    decrease: float = 1e-4
    corners: ClassVar[bool] = True

    def search(self, line: Line, first: float) -> Found | Halt:
        """See `LineSearch`."""
        t = min(first, line.longest)
        value0, reference, c1 = line.point.value, line.reference, self.decrease
        refused = lost = 0
        while refused < TRIALS and lost < FINITE:
            point = line.at(t)
            value = point.value
            slope = line.slope_at(point)
            if not (math.isfinite(value) and math.isfinite(slope)):
                lost += 1
                t *= SHORTER
                if t == 0.0 or (lost > 8 and line.vanished(point)):
                    return NO_STEP
                continue
            promised = line.promised(t, point)
            if value <= reference + c1 * promised and value != reference:
                return Found(point, t)
            if line.better_by_gradient(point, slope):
                return Found(point, t)
            refused += 1
            if refused > 4 and line.vanished(point):
                return NO_STEP
            lowest = quadratic_minimum(t, value0, promised / t, value)
            t = min(max(lowest, LEAST * t), MOST * t) if lowest == lowest else MOST * t
        return NO_STEP
