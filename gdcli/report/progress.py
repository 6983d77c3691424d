"""One live line on a terminal for whatever takes longer than half a second."""

from __future__ import annotations

import os
import sys
from threading import Event, Thread
from time import monotonic
from typing import Any, TextIO

from gdcli.report.page import is_terminal, width_of
from gdcli.report.text import duration, number

DELAY = 0.5
INTERVAL = 0.1


class Progress:
    """An observer of iterations, shown by a thread of its own: what takes long may be anything.

    Silent where nobody looks; leaves nothing behind when closed.

    Args:
        stream: Where to; standard error.
        delay: Seconds before the first line.
    """

    def __init__(self, stream: TextIO | None = None, *, delay: float = DELAY) -> None:
        self._stream = sys.stderr if stream is None else stream
        self._began = monotonic()
        self._row: Any = None
        self._done = Event()
        self._thread: Thread | None = None
        if is_terminal(self._stream) and os.environ.get("TERM") != "dumb":
            self._thread = Thread(target=self._watch, args=(delay,), daemon=True)
            self._thread.start()

    def __call__(self, row: Any) -> None:
        """Take an iteration."""
        self._row = row

    def close(self) -> None:
        """Take the line away."""
        self._done.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def text(self) -> str:
        """Return what there is to say now."""
        passed = duration(monotonic() - self._began)
        row = self._row
        if row is None:
            return f"  reading and deriving …   {passed}"
        value = number(row.value, exact=False, digits=8)
        norm = number(row.gradient_norm, exact=False, digits=3)
        return f"  iteration {row.iteration:,}   f = {value}   |∇f| = {norm}   {passed}"

    def _watch(self, delay: float) -> None:
        wait = delay
        shown = False
        try:
            while not self._done.wait(wait):
                room = width_of(self._stream) - 1
                self._stream.write(f"\r{self.text()[:room]}\x1b[K")
                self._stream.flush()
                shown, wait = True, INTERVAL
            if shown:
                self._stream.write("\r\x1b[K")
                self._stream.flush()
        except (OSError, ValueError):  # the terminal has gone: nobody looks any more
            return
