"""Exit codes: the only place that knows them."""

from __future__ import annotations

from enum import IntEnum

from gdcli.result import Result


class Exit(IntEnum):
    """What the process ends with."""

    SOLVED = 0
    NOT_SOLVED = 1
    ERROR = 2
    INTERNAL = 3
    NOTHING_TO_RUN = 5
    HANGUP = 129
    INTERRUPTED = 130
    CLOSED_PIPE = 141
    TERMINATED = 143


def of_signal(number: int) -> int:
    """Return the code of a process that stops for a signal."""
    return 128 + number


def of_status(status: str) -> str:
    """Return the code that a status leads to, in words for the help."""
    if status == "interrupted":
        return "130 (Ctrl-C), 143 (SIGTERM), 129 (SIGHUP)"
    return str(int(_OF_STATUS.get(status, Exit.NOT_SOLVED)))


_OF_STATUS = {"converged": Exit.SOLVED, "error": Exit.ERROR}


def of_result(result: Result) -> int:
    """Return the code of one result: solved, and what was expected of it met."""
    if result.status == "error":
        internal = any(error.code == "internal" for error in result.errors)
        return Exit.INTERNAL if internal else Exit.ERROR
    if result.status == "interrupted":
        return of_signal(int(result.notes.get("signal", 2)))
    if result.expect is not None:
        return Exit.SOLVED if result.expect["verdict"] == "met" else Exit.NOT_SOLVED
    solved = result.status == "converged" or result.status in result.notes.get("accept", ())
    return Exit.SOLVED if solved else Exit.NOT_SOLVED


def of_results(codes: list[int]) -> int:
    """Return the code of several results: any error first, then any failure."""
    for signalled in (Exit.INTERRUPTED, Exit.TERMINATED, Exit.HANGUP):
        if signalled in codes:
            return signalled
    for worst in (Exit.INTERNAL, Exit.ERROR, Exit.NOT_SOLVED):
        if worst in codes:
            return worst
    return Exit.SOLVED if codes else Exit.NOTHING_TO_RUN
