"""Two runs compared: what newly fails, got worse, became slower, and what is better now."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal

from gdcli.batches.query import Reader
from gdcli.records import dataclass

Kind = Literal["newly failing", "worse", "slower", "newly solved", "better", "gone", "new"]

REGRESSIONS: tuple[Kind, ...] = ("newly failing", "worse")
"""What a comparison is judged by."""

SLOWER = 1.5
SLOWER_SECONDS = 0.1
"""Slower is `SLOWER` times as long, and `SLOWER_SECONDS` more: less is noise."""

_COLUMNS = ("name", "point", "file", "line", "status", "outcome", "value", "seconds", "message",
            "result")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Change:
    """One difference; `before` and `after` are in words."""

    kind: Kind
    name: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class _Row:
    status: str
    outcome: str
    value: float | None
    seconds: float | None
    message: str
    maximize: bool


def compare(new: Reader, old: Reader, where: str | None = None) -> Iterator[Change]:
    """Yield the differences, in the order of the newer run.

    Problems are paired by name and point of the grid; namesakes by file too, then by order.

    Args:
        where: Which of the newer run's rows count; the others are not missed.
    """
    before = dict(_paired(old, None))
    everything = before if where is None else {}
    for key, row in _paired(new, where):
        earlier = before.pop(key, None)
        name = " ".join(part for part in key[:2] if part)
        if earlier is None:
            yield Change("new", name, "–", _told(row))
        else:
            yield from _changes(name, earlier, row)
    for key, row in everything.items():
        yield Change("gone", " ".join(part for part in key[:2] if part), _told(row), "–")


def _paired(reader: Reader, where: str | None) -> Iterator[tuple[tuple[Any, ...], _Row]]:
    met: dict[tuple[Any, ...], int] = {}
    for row in reader.rows(_COLUMNS, where):
        name, point, _file, _line, status, outcome, value, seconds, message, result = row
        shown = "" if point == "{}" else str(point)
        key = (name, shown)
        times = met[key] = met.get(key, -1) + 1
        maximize = '"sense": "maximize"' in result[:2000]
        yield (*key, times), _Row(status, outcome, value, seconds, message, maximize)


def _changes(name: str, old: _Row, new: _Row) -> Iterator[Change]:
    if old.outcome == "solved" and new.outcome != "solved":
        yield Change("newly failing", name, _told(old), f"{_told(new)}: {new.message}")
        return
    if old.outcome != "solved" and new.outcome == "solved":
        yield Change("newly solved", name, _told(old), _told(new))
        return
    if old.value is not None and new.value is not None:
        gain = (old.value - new.value) * (-1 if new.maximize else 1)
        margin = 1e-6 * max(1.0, abs(old.value))
        if abs(gain) > margin:
            kind: Kind = "better" if gain > 0 else "worse"
            yield Change(kind, name, repr(old.value), repr(new.value))
    if old.seconds is not None and new.seconds is not None:
        more = new.seconds - old.seconds
        if more > SLOWER_SECONDS and new.seconds > SLOWER * old.seconds:
            yield Change("slower", name, f"{old.seconds:.3g} s", f"{new.seconds:.3g} s")


def _told(row: _Row) -> str:
    return row.status if row.value is None else f"{row.status} {row.value:.10g}"
