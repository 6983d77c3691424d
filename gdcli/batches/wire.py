"""What passes between the batch and its workers: one JSON object a line, never a pickle."""

from __future__ import annotations

import json
from datetime import date, datetime, time
from typing import Any

_DATED = "$date"
_TYPES: dict[str, Any] = {"datetime": datetime, "date": date, "time": time}


def encode(message: dict[str, Any]) -> bytes:
    """Return a message as a line. TOML's dates are carried so that checking can refuse them."""
    return json.dumps(message, ensure_ascii=True, default=_dated).encode("ascii") + b"\n"


def decode(line: bytes) -> dict[str, Any]:
    """Return the message of a line that `encode` made."""
    message = json.loads(line, object_hook=_undated if b'"$date"' in line else None)
    assert isinstance(message, dict)
    return message


def canonical(value: Any) -> bytes:
    """Return the bytes that stand for a value in hashes: keys sorted, no blanks."""
    text = json.dumps(value, ensure_ascii=True, sort_keys=True, separators=(",", ":"), default=str)
    return text.encode("ascii")


def _dated(value: Any) -> dict[str, Any]:
    if isinstance(value, (date, time)):
        return {_DATED: [type(value).__name__, value.isoformat()]}
    raise TypeError(f"{type(value).__name__} has no place in a problem")


def _undated(table: dict[str, Any]) -> Any:
    marked = table.get(_DATED)
    if len(table) != 1 or not isinstance(marked, list):
        return table
    try:
        return _TYPES[marked[0]].fromisoformat(marked[1])
    except (KeyError, IndexError, TypeError, ValueError):  # a user's own key of that name
        return table
