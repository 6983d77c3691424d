"""A batch as a person reads it: what failed and why, and how it went in all."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gdcli.report.page import Line, Piece, line
from gdcli.report.text import clean, count, duration, number

_STYLES = {"solved": "bold green", "failed": "bold red", "error": "bold magenta"}
_WORDS = {"solved": "solved", "failed": "failed", "error": "errors"}


def failure_lines(result: Mapping[str, Any], label: str, outcome: str) -> list[Line]:
    """Return the lines that say why a result is no success."""
    name = " ".join(part for part in (result["name"] or "problem", label) if part)
    place = _place(result)
    style = _STYLES[outcome]
    head = line(
        Piece("error  " if outcome == "error" else "failed ", style),
        Piece(clean(name), "bold"),
        f"  {clean(place)}" if place else "",
    )
    lines = [head]
    reasons = (result.get("expect") or {}).get("reasons") or ()
    lines.extend(line("       ", Piece("expected: ", "red"), clean(r)) for r in reasons)
    if result["status"] != "error":
        value = "" if result["value"] is None else f", f = {number(result['value'], exact=False)}"
        lines.append(line(f"       {result['status']}{value}: ", clean(result["message"])))
    for error in result["errors"]:
        spot = ":".join(str(error[k]) for k in ("line", "column") if error[k] is not None)
        lines.append(line(f"       {spot + ': ' if spot else ''}", clean(error["message"])))
        if error["hint"]:
            lines.append(line("       ", Piece("hint: ", "cyan"), clean(error["hint"])))
    return lines


def summary_lines(
    statuses: Mapping[str, int],
    outcomes: Mapping[str, int],
    *,
    seconds: float,
    stored: int,
    skipped: int,
) -> list[Line]:
    """Return the table of statuses and the sentence at the end."""
    lines: list[Line] = []
    total = sum(statuses.values())
    if len(statuses) > 1:
        lines.append(line(""))
        width = max(len(status) for status in statuses)
        for status, many in sorted(statuses.items(), key=lambda item: -item[1]):
            lines.append(line(f"  {status:<{width}}  {many:>9,}"))
        lines.append(line(""))
    parts: list[str | Piece] = [f"{count(total, 'result')}: "]
    for outcome in ("solved", "failed", "error"):
        many = outcomes.get(outcome, 0)
        if many or outcome == "solved":
            separator = ", " if len(parts) > 1 else ""
            word = "error" if outcome == "error" and many == 1 else _WORDS[outcome]
            parts.extend([separator, Piece(f"{many:,} {word}", _STYLES[outcome])])
    parts.append(f" in {duration(seconds)}")
    if stored:
        parts.append(f"; {stored:,} of them were in the store")
    if skipped:
        parts.append(f"; {count(skipped, 'other file')} skipped")
    lines.append(line(*parts))
    return lines


def _place(result: Mapping[str, Any]) -> str:
    source = result.get("input") or {}
    if not source.get("file"):
        return ""
    errors = result["errors"]
    row = errors[0]["line"] if errors and errors[0]["line"] else source.get("line")
    return f"({source['file']}:{row})" if row else f"({source['file']})"


def listing_lines(rows: list[tuple[Any, ...]], *, exact: bool) -> list[Line]:
    """Return aligned lines of a store's rows.

    Args:
        rows: name, point, status, value, method, iterations, seconds, message, outcome.
    """
    lines = []
    cells = []
    for name, point, status, value, method, iterations, seconds, message, outcome in rows:
        label = "" if point == "{}" else f" {point}"
        cells.append(
            (
                clean(f"{name or '–'}{label}"),
                status,
                number(value, exact=exact) if value is not None else "–",
                clean(method or "–"),
                "–" if iterations is None else f"{iterations:,}",
                "–" if seconds is None else duration(seconds),
                clean(message or "") if outcome != "solved" else "",
                outcome,
            )
        )
    widths = [min(60, max(len(row[k]) for row in cells)) for k in range(6)]
    for row in cells:
        name, status, value, method, iterations, seconds, message, outcome = row
        lines.append(
            line(
                f"{name:<{widths[0]}}  ",
                Piece(f"{status:<{widths[1]}}", _STYLES[outcome]),
                f"  {value:>{widths[2]}}  {method:<{widths[3]}}  {iterations:>{widths[4]}}"
                f"  {seconds:>{widths[5]}}  {message}",
            )
        )
    return lines


def change_lines(kind: str, name: str, before: str, after: str, *, bad: bool) -> list[Line]:
    """Return the line of a difference between two runs."""
    style = "bold red" if bad else "green"
    return [line(Piece(f"{kind:<13}", style), f"  {clean(name)}: {clean(before)} → {clean(after)}")]
