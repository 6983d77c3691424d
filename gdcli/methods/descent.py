"""Shape 1 of a method: direction × line search × first step.

One iteration asks the direction where to go, the first step how far to try, and the line search for
a point that is lower. Where a direction leads nowhere its memory is emptied, and steepest descent
has the last word.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Generic, NamedTuple, TypeVar

import numpy as np

from gdcli.engine.objective import Need, Vector
from gdcli.engine.point import Point, State
from gdcli.engine.status import Halt, Status
from gdcli.line_search.armijo import Armijo
from gdcli.line_search.first_step import Before, FirstStep
from gdcli.line_search.search import Found, Line, LineSearch, inward
from gdcli.methods.directions.direction import Direction
from gdcli.records import dataclass

if TYPE_CHECKING:
    from gdcli.engine.oracle import Oracle

M = TypeVar("M")


class Memory(NamedTuple, Generic[M]):
    """What a descent remembers.

    Attributes:
        before: The step that led here; None at the start.
        values: The last few values, for non-monotone searches.
        inner: The direction's own memory.
    """

    before: Before | None
    values: tuple[float, ...]
    inner: M


@dataclass(frozen=True)
class Descent(Generic[M]):
    """A direction, how far to try first, and a line search.

    Attributes:
        window: A step must lower the largest of so many last values; 1, the default: the last
            one, which makes the method monotone. Range ≥ 1.
    """

    direction: Direction[M]
    search: LineSearch
    first: FirstStep
    window: int = 1

    @property
    def needs(self) -> frozenset[Need]:
        """What it asks of the objective beyond values and gradients."""
        return frozenset({Need.NOISE})

    def stable_limit(self, curvature: float) -> float:
        """Return infinity: steps are searched."""
        return math.inf

    def start(self, oracle: Oracle, x: Vector) -> State[Memory[M]]:
        """Return the first state."""
        point = oracle.at(x)
        return State(
            0, point, float("nan"), Memory(None, (point.value,), self.direction.start(point))
        )

    def step(self, oracle: Oracle, state: State[Memory[M]]) -> State[Memory[M]] | Halt:
        """Return the next state."""
        point, memory = state.point, state.memory
        inner = memory.inner
        direction = self.direction.direction(point, inner, oracle.box)
        line = self._line(oracle, point, direction, memory.values)
        found = None if line is None else self._search(oracle, line, memory.before)
        if found is None or isinstance(found, Halt):
            inner = self.direction.start(point)
            steepest = self.direction.direction(point, inner, oracle.box)
            if found is not None and np.array_equal(direction, steepest):
                return found
            line = self._line(oracle, point, steepest, memory.values)
            if line is None:
                return Halt(Status.STALLED, "the gradient shows no way down from this point")
            found = self._search(oracle, line, None)
            if isinstance(found, Halt):
                return found
        assert line is not None
        after, t = found
        inner = self.direction.update(inner, point, after, line.direction, t, oracle.box)
        values = memory.values
        if self.window > 1:
            values = (*values[1 - self.window :], after.value)
        origin = point if self.first.looks_back else None
        kept = Memory(Before(t, line.slope, origin), values, inner)
        return State(state.iteration + 1, after, t, kept)

    def _line(
        self, oracle: Oracle, point: Point, direction: Vector, values: tuple[float, ...]
    ) -> Line | None:
        """Return the line to search, or None where the direction does not lead down."""
        if oracle.box.bounded:
            direction = inward(oracle, point.x, direction)
        slope = float(point.gradient.dot(direction))
        if not -math.inf < slope < 0.0:
            return None
        reference = max(values) if self.window > 1 else point.value
        return Line(oracle, point, direction, slope, reference=reference)

    def _search(self, oracle: Oracle, line: Line, before: Before | None) -> Found | Halt:
        """Search a line: straight while the first trial is inside the bounds, bent otherwise."""
        first = self.first.guess(line.point, line.direction, line.slope, before)
        if not oracle.box.bounded:
            return self.search.search(line, first)
        longest = oracle.box.longest(line.point.x, line.direction)
        if first <= longest:
            line.longest = longest
            return self.search.search(line, first)
        line.bent = True
        search = self.search if self.search.corners else Armijo()
        return search.search(line, first)
