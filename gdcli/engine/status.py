"""Why a run stopped. What the point is (minimum, saddle, …) is another question."""

from __future__ import annotations

from enum import Enum
from typing import NamedTuple


class Status(Enum):
    """The words of the result's `status` that a run can end with."""

    CONVERGED = "converged"
    NOT_FINITE = "not_finite"
    UNBOUNDED = "unbounded"
    NOT_ATTAINED = "not_attained"
    SADDLE = "saddle"
    DIVERGED = "diverged"
    STALLED = "stalled"
    MAX_ITER = "max_iter"
    TIME_LIMIT = "time_limit"
    INTERRUPTED = "interrupted"


class Reason(NamedTuple):
    """Status, and why, in words for a person.

    Attributes:
        kind: What `stop.reason` says: tolerance, rounding, condition, step, limit, signal, ….
        sentence: One sentence.
        hint: What to do about it; may be empty.
    """

    status: Status
    kind: str
    sentence: str
    hint: str = ""


class Halt(NamedTuple):
    """What a method's step returns when it cannot go on."""

    status: Status
    because: str
    hint: str = ""
