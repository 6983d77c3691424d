"""What a key's value may be: how it is read, what it must be in words, and its JSON Schema.

One row a kind. The reading function, the message and the schema stand side by side, so that what is
accepted, what is said and what an editor underlines cannot drift apart.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

import numpy as np

from gdcli.records import dataclass

Path: TypeAlias = "tuple[str | int, ...]"

STATUSES = (
    "converged", "not_finite", "unbounded", "not_attained", "infeasible", "saddle", "diverged",
    "stalled", "max_iter", "time_limit", "interrupted", "memory_limit", "crashed",
)  # fmt: skip
"""The statuses that a problem may expect or accept."""

_SECONDS = {"": 1.0, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}
_DURATION = re.compile(r"\s*([0-9.eE+_-]+?)\s*(ms|s|m|h|)\s*")


class Unfit(Exception):
    """A value that its kind refuses.

    Attributes:
        message: What is wrong with it; empty where `Kind.expects` says it all.
        path: Where inside the value, from the key downwards.
        hint: What to write instead.
    """

    def __init__(self, message: str = "", path: Path = (), hint: str = "") -> None:
        self.message = message
        self.path = path
        self.hint = hint
        super().__init__(message)

    def below(self, step: str | int) -> Unfit:
        """Return the same fault, seen from one level further out."""
        return Unfit(self.message, (step, *self.path), self.hint)


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of value.

    Attributes:
        expects: What it must be, such as `a number, at least 0`.
        schema: Its JSON Schema.
        read: Returns the value that gd works with; raises `Unfit`.
        from_text: Turns the text of a command-line option into what `read` takes.
    """

    expects: str
    schema: Mapping[str, Any]
    read: Callable[[Any], Any]
    from_text: Callable[[str], Any] = str


def normalised(name: str) -> str:
    """Return a name as the formula language reads it: NFKC, without surrounding blanks."""
    return unicodedata.normalize("NFKC", name.strip())


def _text(value: Any) -> str:
    if not isinstance(value, str) or not value.strip():
        raise Unfit
    return value


def _name(value: Any) -> str:
    text = _text(value)
    if len(text) > 200 or not text.isprintable():
        raise Unfit("a name is one line of at most 200 printable characters")
    return text.strip()


def _texts(value: Any) -> tuple[str, ...]:
    if not isinstance(value, (list, tuple)):
        raise Unfit
    for k, part in enumerate(value):
        if not isinstance(part, str) or not part.strip():
            raise Unfit("each must be a text", (k,))
    return tuple(value)


def number(value: Any) -> float:
    """Return a float for a finite or infinite number of any numeric type; never for a bool."""
    if isinstance(value, (bool, np.bool_)) or not isinstance(
        value, (int, float, np.integer, np.floating)
    ):
        raise Unfit
    try:
        converted = float(value)
    except OverflowError:
        raise Unfit("the number is too large for a double") from None
    if math.isnan(converted):
        raise Unfit("it is not a number (nan)")
    return converted


def _at_least_zero(value: Any) -> float:
    converted = number(value)
    if converted < 0 or math.isinf(converted):
        raise Unfit
    return converted


def _whole(least: int) -> Callable[[Any], int]:
    def read(value: Any) -> int:
        converted = number(value)
        if converted < least or not converted.is_integer() or converted > 2**63:
            raise Unfit
        return int(value)

    return read


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise Unfit
    return value


def _duration(value: Any) -> float:
    if not isinstance(value, str):
        return _at_least_zero(value)
    match = _DURATION.fullmatch(value)
    if match is None:
        raise Unfit
    try:
        amount = float(match.group(1))
    except ValueError:
        raise Unfit from None
    return _at_least_zero(amount * _SECONDS[match.group(2)])


def _learning_rate(value: Any) -> float | str:
    if isinstance(value, str):
        try:
            value = float(value)
        except ValueError:
            return _text(value).strip()
    converted = number(value)
    if converted <= 0 or math.isinf(converted):
        raise Unfit
    return converted


def _status(value: Any) -> str:
    if value not in STATUSES:
        from gdcli.suggest import did_you_mean

        raise Unfit(hint=did_you_mean(value, STATUSES) if isinstance(value, str) else "")
    return str(value)


def _statuses(value: Any) -> tuple[str, ...]:
    words = value.split(",") if isinstance(value, str) else value
    if not isinstance(words, (list, tuple)):
        raise Unfit
    found = []
    for k, word in enumerate(words):
        try:
            found.append(_status(word.strip() if isinstance(word, str) else word))
        except Unfit as unfit:
            raise (unfit if isinstance(value, str) else unfit.below(k)) from None
    return tuple(found)


def _option_value(value: Any) -> float | int | bool | str:
    if isinstance(value, (bool, str)):
        return value
    converted = number(value)
    return int(value) if isinstance(value, (int, np.integer)) else converted


def number_from_text(text: str) -> Any:
    """Return the number that a text is, or the text itself, for `read` to refuse."""
    try:
        return int(text) if len(text) < 20 else float(text)
    except ValueError:
        pass
    try:
        return float(text)
    except ValueError:
        return text


def word_from_text(text: str) -> Any:
    """Return the number, `true` or `false` that a text is, or the text itself."""
    return {"true": True, "false": False}.get(text.strip().lower(), number_from_text(text))


_NUMBER_SCHEMA = {"type": "number"}

NAME = Kind("a name (text)", {"type": "string", "minLength": 1, "maxLength": 200}, _name)
TEXT = Kind("a text", {"type": "string", "minLength": 1}, _text)
TEXTS = Kind("a list of texts", {"type": "array", "items": {"type": "string"}}, _texts)
TOLERANCE = Kind(
    "a number, at least 0", {"type": "number", "minimum": 0}, _at_least_zero, number_from_text
)
COUNT = Kind(
    "a whole number, at least 0", {"type": "integer", "minimum": 0}, _whole(0), number_from_text
)
POSITIVE_COUNT = Kind(
    "a whole number, at least 1", {"type": "integer", "minimum": 1}, _whole(1), number_from_text
)
FLAG = Kind("`true` or `false`", {"type": "boolean"}, _flag, word_from_text)
DURATION = Kind(
    "a number of seconds, at least 0, or a text such as `10s`, `500ms`, `2m`",
    {"anyOf": [{"type": "number", "minimum": 0},
               {"type": "string", "pattern": r"^\s*[0-9][0-9.eE+_-]*\s*(ms|s|m|h)?\s*$"}]},
    _duration,
)  # fmt: skip
LEARNING_RATE = Kind(
    "a number above 0, or a schedule such as `exponential(0.1, 0.99)`",
    {"anyOf": [{"type": "number", "exclusiveMinimum": 0}, {"type": "string", "minLength": 1}]},
    _learning_rate,
)
STATUS = Kind(f"one of {', '.join(STATUSES)}", {"enum": list(STATUSES)}, _status)
ACCEPT = Kind(
    f"a list of statuses: {', '.join(STATUSES)}",
    {"anyOf": [{"type": "array", "items": {"enum": list(STATUSES)}}, {"type": "string"}]},
    _statuses,
)
OPTION = Kind(
    "a number, a text, `true` or `false`",
    {"type": ["number", "string", "boolean"]},
    _option_value,
    word_from_text,
)
