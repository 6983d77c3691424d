"""The one clock and interrupt token, for both wings.

A `Deadline` is made where a command or an API call begins, handed to everything that may take long,
and asked there. It raises, so that no answer is lost in a half-finished step: the caller that owns
the best answer so far catches `DeadlineReached` or `Interrupted`.
"""

from __future__ import annotations

from time import monotonic


class DeadlineReached(Exception):
    """The time limit has passed."""


class Interrupted(Exception):
    """Somebody asked to stop. `signal` is the signal's number."""

    def __init__(self, signal: int) -> None:
        self.signal = signal
        super().__init__(f"interrupted by signal {signal}")


class Deadline:
    """A time limit in seconds from now (None: none), which can also be interrupted.

    Setting `interrupt` is all that a signal handler does; the next `check` raises.
    """

    __slots__ = ("_end", "interrupted_by", "started")

    def __init__(self, seconds: float | None = None) -> None:
        self.started = monotonic()
        self._end = float("inf") if seconds is None else self.started + seconds
        self.interrupted_by = 0

    def limit(self, seconds: float | None) -> None:
        """Set the time limit, counted from the start of this deadline; None takes it away."""
        self._end = float("inf") if seconds is None else self.started + seconds

    def interrupt(self, signal: int) -> None:
        """Ask for a stop at the next `check`."""
        self.interrupted_by = signal

    def elapsed(self) -> float:
        """Return the seconds since the start."""
        return monotonic() - self.started

    def remaining(self) -> float:
        """Return the seconds left, at least 0; infinity without a limit."""
        return max(0.0, self._end - monotonic())

    def check(self) -> None:
        """Raise `Interrupted` or `DeadlineReached` if it is time to stop."""
        if self.interrupted_by:
            raise Interrupted(self.interrupted_by)
        if monotonic() >= self._end:
            raise DeadlineReached
