"""Who watches a run: one row an iteration, and a history of bounded size."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, TypeAlias


class Iteration(NamedTuple):
    """One row of the convergence table and of `--trace`.

    Attributes:
        iteration: 0 is the start.
        gradient_norm: Infinity norm of the (projected) gradient.
        step: Euclidean length of the step that led here; NaN at the start.
        evaluations: How many values were computed so far.
        seconds: Since the run began.
    """

    iteration: int
    value: float
    gradient_norm: float
    step: float
    evaluations: int
    seconds: float


Observer: TypeAlias = Callable[[Iteration], None]


class History:
    """Keeps the first rows, the last ones, and rows spread evenly between, in bounded memory.

    Between the first and the last few, every row whose number is a multiple of a stride is kept;
    when there are too many, the stride doubles.

    Attributes:
        first, last, between: How many rows are kept at the beginning, at the end, and at most
            between them.
    """

    def __init__(self, first: int = 16, last: int = 16, between: int = 256) -> None:
        self.first, self.last, self.between = first, last, between
        self._head: list[Iteration] = []
        self._middle: list[Iteration] = []
        self._tail: list[Iteration] = []
        self._stride = 1

    def __call__(self, row: Iteration) -> None:
        """Take a row."""
        if len(self._head) < self.first:
            self._head.append(row)
            return
        self._tail.append(row)
        if len(self._tail) > self.last:
            oldest = self._tail.pop(0)
            if oldest.iteration % self._stride == 0:
                self._middle.append(oldest)
        if len(self._middle) > self.between:
            self._stride *= 2
            self._middle = [r for r in self._middle if r.iteration % self._stride == 0]

    @property
    def rows(self) -> list[Iteration]:
        """The rows kept, in order."""
        return [*self._head, *self._middle, *self._tail]
