"""No search: the first trial step is taken, shortened only where the objective is not finite."""

from __future__ import annotations

import math
from typing import ClassVar

from gdcli.engine.status import Halt
from gdcli.line_search.search import NO_STEP, SHORTER, Found, Line
from gdcli.records import dataclass


@dataclass(frozen=True)
class Fixed:
    """t = `step`, whatever the value does.

    Attributes:
        step: None: the first trial that is suggested. Range > 0.
    """

    step: float | None = None
    corners: ClassVar[bool] = True

    def search(self, line: Line, first: float) -> Found | Halt:
        """See `LineSearch`."""
        t = min(first if self.step is None else self.step, line.longest)
        while t > 0.0:
            point = line.at(t)
            if math.isfinite(point.value):
                return NO_STEP if line.vanished(point) else Found(point, t)
            t *= SHORTER
        return NO_STEP
