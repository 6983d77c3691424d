"""One live line on a terminal for whatever takes longer than half a second."""

from __future__ import annotations

import sys
from time import monotonic
from typing import Any, TextIO

from gdcli.report.page import is_terminal, width_of
from gdcli.report.text import duration, number

DELAY = 0.5
INTERVAL = 0.1


class Progress:
    """An observer of iterations. Silent where nobody looks; leaves nothing behind when done."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = sys.stderr if stream is None else stream
        self._due = monotonic() + DELAY if is_terminal(self._stream) else float("inf")
        self._shown = False

    def __call__(self, row: Any) -> None:
        """Show an iteration, if it is time to."""
        now = monotonic()
        if now < self._due:
            return
        self._due = now + INTERVAL
        self._shown = True
        text = (
            f"  iteration {row.iteration:,}   f = {number(row.value, exact=False, digits=8)}"
            f"   |∇f| = {number(row.gradient_norm, exact=False, digits=3)}"
            f"   {duration(row.seconds)}"
        )
        self._stream.write("\r" + text[: width_of(self._stream) - 1] + "\x1b[K")
        self._stream.flush()

    def close(self) -> None:
        """Take the line away."""
        if self._shown:
            self._stream.write("\r\x1b[K")
            self._stream.flush()
            self._shown = False
