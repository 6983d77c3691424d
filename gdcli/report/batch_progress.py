"""How far a batch has come: one live line on a terminal, a plain line now and then in a pipe."""

from __future__ import annotations

import sys
from collections import deque
from time import monotonic
from typing import TextIO

from gdcli.report.page import is_terminal, width_of
from gdcli.report.text import duration

_LIVE, _PLAIN = 0.2, 10.0
_WINDOW = 15.0


class BatchProgress:
    """Shows done, failed, running, rate and time left.

    On a terminal: a line that is written over, and gone at the end.
    """

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = sys.stderr if stream is None else stream
        self._live = is_terminal(self._stream)
        self._interval = _LIVE if self._live else _PLAIN
        now = monotonic()
        self._began = now
        self._due = now + self._interval
        self._past: deque[tuple[float, int]] = deque([(now, 0)])
        self._shown = False

    def show(self, *, done: int, failed: int, running: int, fresh: int, total: int | None) -> None:
        """Show it, if it is time to.

        Args:
            fresh: How many were solved now, and not read from a store.
            total: How many there will be; None if unknown.
        """
        now = monotonic()
        if now < self._due:
            return
        self._due = now + self._interval
        self._past.append((now, fresh))
        while len(self._past) > 2 and self._past[0][0] < now - max(_WINDOW, self._interval):
            self._past.popleft()
        then, before = self._past[0]
        rate = (fresh - before) / (now - then) if now > then else 0.0
        of = f" of {total:,}" if total is not None else ""
        parts = [f"{done:,}{of} done", f"{failed:,} failed", f"{running} running", f"{rate:.3g}/s"]
        if total is not None and rate > 0 and total > done:
            parts.append(f"{duration((total - done) / rate)} left")
        text = "   ".join(parts)
        if self._live:
            self._stream.write("\r  " + text[: width_of(self._stream) - 3] + "\x1b[K")
            self._shown = True
        else:
            self._stream.write(text + "\n")
        self._stream.flush()

    def clear(self) -> None:
        """Take the live line away."""
        if self._shown:
            self._stream.write("\r\x1b[K")
            self._stream.flush()
            self._shown = False
