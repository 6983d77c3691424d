"""`--starts N`: many starts, the distinct minima, and the chance that another start finds more."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from gdcli.deadline import Deadline
from gdcli.engine.status import Status
from gdcli.solving.descend import Descent, descend, descend_from, starting_point
from gdcli.solving.prepare import Prepared
from gdcli.solving.start import Start, inside, quasi_random

SAME_VALUE = 1e-6
SAME_PLACE = 1e-3
RADIUS = 10.0
"""Reach of starts around a first one, where no bounds say how far, against max(1, |x|)."""


@dataclass(slots=True)
class Minimum:
    """A minimum, the run that found it best, and how many starts led there."""

    descent: Descent
    hits: int


@dataclass(frozen=True, slots=True)
class Search:
    """What many starts found.

    Attributes:
        best: The run with the lowest value that converged; without any, the lowest of all.
        minima: Best first.
        starts: How many were run, converged or not.
    """

    prepared: Prepared
    best: Descent
    minima: list[Minimum]
    starts: int

    @property
    def chance_of_new(self) -> float | None:
        """Good and Turing's estimate (Good 1953) that another start finds a new minimum."""
        runs = sum(minimum.hits for minimum in self.minima)
        if runs == 0:
            return None
        return sum(minimum.hits == 1 for minimum in self.minima) / runs

    def as_plain(self) -> list[dict[str, Any]]:
        """Return the result's `minima`."""
        layout = self.prepared.problem.layout
        plain = []
        for minimum in self.minima:
            best = minimum.descent.run.best
            assert best is not None
            plain.append(
                {
                    "value": self.prepared.value_of(best.value),
                    "at": layout.unpack(best.x),
                    "hits": minimum.hits,
                }
            )
        return plain

    def sentence(self) -> str:
        """Return what was found in words."""
        chance = self.chance_of_new
        sense = self.prepared.problem.sense
        kind = "maxima" if sense == "maximize" else "minima"
        if chance is None:
            return f"none of {self.starts} starts converged"
        if len(self.minima) == 1:
            kind = "maximum" if sense == "maximize" else "minimum"
        return (
            f"{len(self.minima)} distinct {kind} from {self.starts} starts; another start finds a "
            f"new one with a chance of about {100 * chance:.0f} %"
        )


def search_minima(
    prepared: Prepared, observers: Sequence[Callable[[Any], None]], deadline: Deadline
) -> Search:
    """Descend from `starts` places: the usual start first, then quasi-random ones.

    The places are spread over the bounds, or around the first start where there are none, and
    depend on the seed alone. Runs stopped by time or a signal end the search with what it has.
    """
    settings = prepared.problem.settings
    wanted = settings.starts or 1
    first = descend(prepared, observers, deadline)
    descents = [first]
    centre = first.start.x
    for index in range(1, wanted):
        if descents[-1].run.reason.status in (Status.TIME_LIMIT, Status.INTERRUPTED):
            break
        unit = quasi_random(centre.size, index + 7919 * settings.seed)
        place = inside(unit, centre, prepared.problem.lower, prepared.problem.upper, RADIUS)
        if not starting_point(prepared)(place):
            descents.append(descend_from(prepared, Start(place, None, False, False), (), deadline))
            continue
        descents.append(descend_from(prepared, Start(place, None, False, True), (), deadline))
    minima = _distinct([d for d in descents if d.run.reason.status is Status.CONVERGED])
    if minima:
        best = minima[0].descent
    else:
        seen = [d for d in descents if d.run.best is not None]
        best = min(seen, key=_value) if seen else first
    return Search(prepared, best, minima, len(descents))


def _value(descent: Descent) -> float:
    assert descent.run.best is not None
    return descent.run.best.value


def _distinct(descents: list[Descent]) -> list[Minimum]:
    """Put runs that ended in the same place together, best value first."""
    found: list[Minimum] = []
    for descent in sorted(descents, key=_value):
        for minimum in found:
            if _same(minimum.descent, descent):
                minimum.hits += 1
                break
        else:
            found.append(Minimum(descent, 1))
    return found


def _same(one: Descent, other: Descent) -> bool:
    """Tell whether two runs ended in the same minimum: equal values, and near each other."""
    p, q = one.run.best, other.run.best
    assert p is not None and q is not None
    scale = max(1.0, abs(p.value))
    if abs(p.value - q.value) > SAME_VALUE * scale:
        return False
    reach = SAME_PLACE * np.maximum(1.0, np.abs(p.x))
    return bool((np.abs(p.x - q.x) <= reach).all())
