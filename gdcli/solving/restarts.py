"""`--starts N`: many starts, the distinct minima, and the chance that another start finds more."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from gdcli.deadline import Deadline
from gdcli.engine.oracle import Counts
from gdcli.engine.status import Status
from gdcli.model.problem import Settings
from gdcli.records import dataclass
from gdcli.solving.descend import Descent, descend
from gdcli.solving.prepare import Prepared
from gdcli.solving.start import inside, quasi_random

SAME_VALUE = 1e-6
SAME_PLACE = 1e-3
STRIDE = 7919
"""How far apart in the sequence of places two seeds begin."""
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
        wanted = self.prepared.problem.settings.starts
        starts = str(self.starts) if self.starts == wanted else f"{self.starts} of {wanted}"
        kind = "maxima" if sense == "maximize" else "minima"
        if chance is None:
            return f"none of {starts} starts converged"
        if len(self.minima) == 1:
            kind = "maximum" if sense == "maximize" else "minimum"
        return (
            f"{len(self.minima)} distinct {kind} from {starts} starts; another start finds a "
            f"new one with a chance of about {100 * chance:.0f} %"
        )


def search_minima(
    prepared: Prepared, observers: Sequence[Callable[[Any], None]], deadline: Deadline
) -> Search:
    """Descend from `starts` places: the usual start first, then quasi-random ones.

    The places are spread over the bounds, or around the first start where there are none, and
    depend on the seed alone. Limits hold for all runs together, and where one is reached the search
    ends with what it has.
    """
    problem = prepared.problem
    wanted = problem.settings.starts or 1
    descents = [descend(prepared, observers, deadline)]
    centre = descents[0].start.x
    for index in range(1, wanted):
        left = _left(problem.settings, descents)
        if left is None:
            break
        again = replace(prepared, problem=replace(problem, settings=left))
        unit = quasi_random(centre.size, index + STRIDE * problem.settings.seed)
        place = inside(unit, centre, problem.lower, problem.upper, RADIUS)
        descents.append(descend(again, (), deadline, place))
    minima = _distinct([d for d in descents if d.run.reason.status is Status.CONVERGED])
    return Search(
        prepared, _in_all(_most_telling(descents, minima), descents), minima, len(descents)
    )


def _left(settings: Settings, descents: Sequence[Descent]) -> Settings | None:
    """Return the settings with what is left of the limits; None if nothing is."""
    if descents[-1].run.reason.status in (Status.TIME_LIMIT, Status.INTERRUPTED):
        return None
    iterations = settings.max_iter - sum(d.run.iterations for d in descents)
    evaluations = settings.max_evaluations
    if evaluations is not None:
        evaluations -= sum(max(d.run.counts.value, d.run.counts.gradient) for d in descents)
    if iterations <= 0 or (evaluations is not None and evaluations <= 0):
        return None
    return replace(settings, max_iter=iterations, max_evaluations=evaluations)


def _most_telling(descents: Sequence[Descent], minima: Sequence[Minimum]) -> Descent:
    """Return the run to report: one that shows that there is no minimum, or the lowest.

    A run that was cut short below every minimum is the lowest: then nothing is solved. Between
    equals to rounding the one that converged is.
    """
    endless = [d for d in descents if d.run.reason.status is Status.UNBOUNDED]
    if endless:
        return endless[0]
    seen = [d for d in descents if d.run.best is not None]
    if not seen:
        return descents[0]
    lowest = min(seen, key=_value)
    if not minima:
        return lowest
    best = minima[0].descent
    slack = SAME_VALUE * max(1.0, abs(_value(best)))
    return lowest if _value(lowest) < _value(best) - slack else best


def _in_all(descent: Descent, descents: Sequence[Descent]) -> Descent:
    """Return a run with the iterations and evaluations, and the seconds, of all of them."""
    counts = Counts(
        *(sum(column) for column in zip(*(d.run.counts for d in descents), strict=True))
    )
    run = descent.run._replace(counts=counts, iterations=sum(d.run.iterations for d in descents))
    return replace(descent, run=run, seconds=sum(d.seconds for d in descents))


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
