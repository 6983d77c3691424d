"""Results back in input order, waiting for each other a bounded number ahead."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator

from gdcli.batches.pool import Done

AHEAD = 2_000
"""No more problems beyond the first unfinished one are begun."""

AHEAD_BYTES = 64_000_000
"""And no more while results of this size wait."""


class InOrder:
    """Takes results as they come, gives them in the order in which their problems were begun."""

    def __init__(self) -> None:
        self._due: deque[int] = deque()
        self._waiting: dict[int, Done] = {}
        self._bytes = 0

    def begin(self, position: int) -> None:
        """Note that a result from this position will come; called in input order."""
        self._due.append(position)

    def may_begin(self) -> bool:
        """Tell whether a further problem may be begun."""
        return len(self._waiting) < AHEAD and self._bytes < AHEAD_BYTES

    def take(self, done: Done) -> Iterator[Done]:
        """Take a result; yield those that nothing waits before any more."""
        self._waiting[done.task.position] = done
        self._bytes += len(done.text)
        while self._due and self._due[0] in self._waiting:
            ready = self._waiting.pop(self._due.popleft())
            self._bytes -= len(ready.text)
            yield ready
