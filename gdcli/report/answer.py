"""A result as a person reads it: the answer, how sure it is, the way there, what was done."""

from __future__ import annotations

from typing import Any

from gdcli.report.page import Line, Part, Piece, line
from gdcli.report.statuses import STATUSES
from gdcli.report.table import convergence_grid, value_scale
from gdcli.report.text import clean, columns, count, duration, number, value_text
from gdcli.result import Result

_FAINT = "dim"
_SHOWN = 24
_MINIMA = 12


def answer_lines(
    result: Result, *, exact: bool, width: int, quiet: bool = False, verbose: bool = False
) -> list[Part]:
    """Return the page for one result (of status `error`: nothing; its faults are told apart).

    Args:
        exact: Whether numbers have all their digits.
        quiet: The answer alone.
        verbose: Every iteration in the table, not a choice of them.
    """
    if result.status == "error":
        return []
    if quiet:
        return list(_headline(result, exact=exact, width=width))
    parts: list[Part] = [line(""), *_headline(result, exact=exact, width=width)]
    parts.append(line("  ", clean(result.message)))
    parts.extend(_extras(result, exact=exact))
    if result.history:
        parts.append(line(""))
        parts.append(convergence_grid(result.history, exact=exact, width=width, every_row=verbose))
    parts.append(line(""))
    parts.append(line(Piece(f"  {_work(result, verbose)}", _FAINT)))
    return parts


def _headline(result: Result, *, exact: bool, width: int) -> list[Line]:
    words = STATUSES[result.status]
    sense = "maximum" if result.sense == "maximize" else "minimum"
    title = f"{clean(result.name)}: " if result.name else ""
    headline = Piece(words.headline.format(sense=sense), words.style)
    if result.value is None or result.at is None:
        return [line("  ", title, headline)]
    best = "  " if result.status in ("converged", "saddle") else "  best point  "
    scale = value_scale(result.history)
    value = Piece(number(result.value, exact=exact, scale=scale), "bold")
    size = _size(result.start, result.at)
    names = [f"{clean(n)} = {value_text(v, exact=exact, scale=size)}" for n, v in result.at.items()]
    head = line("  ", title, headline, f"{best}f = ", value)
    place = "  at  " + "  ".join(names)
    if len(names) <= 12 and columns(place) + sum(columns(p.text) for p in head) <= width:
        return [(*head, Piece(place))]
    if len(names) > _SHOWN:
        names = [*names[: _SHOWN - 4], f"… {len(names) - _SHOWN + 2} more …", *names[-2:]]
    return [head, *(line("    ", name) for name in names)]


def _size(*places: dict[str, Any] | None) -> float:
    """Return the size that coordinates are seen against: the largest, but at most 1."""
    import numpy as np

    parts = [np.abs(v).max(initial=0.0) for place in places if place for v in place.values()]
    return min(1.0, float(max(parts, default=0.0)))


def _extras(result: Result, *, exact: bool) -> list[Line]:
    lines: list[Line] = []
    if result.expect is not None:
        met = result.expect["verdict"] == "met"
        verdict = Piece("met", "green") if met else Piece("missed", "bold red")
        lines.append(line("  expectation ", verdict))
        lines.extend(line("    ", clean(reason)) for reason in result.expect["reasons"])
    minima = result.minima or []
    for minimum in minima[:_MINIMA]:
        places = "  ".join(
            f"{clean(n)} = {value_text(v, exact=exact)}" for n, v in minimum["at"].items()
        )
        value = number(minimum["value"], exact=exact)
        lines.append(line(f"    {value}  reached {count(minimum['hits'], 'time')}  at  {places}"))
    if len(minima) > _MINIMA:
        lines.append(line(f"    … {len(minima) - _MINIMA} more …"))
    lines.extend(line("  ", clean(text)) for text in result.notes.get("sensitivity_lines", ()))
    return lines


def _work(result: Result, verbose: bool) -> str:
    """Return what was done: `gradient descent, learning rate 0.1 · 93 evaluations · 3 ms`."""
    parts = [clean(str(result.notes.get("method_summary") or result.method or ""))]
    because = str(result.notes.get("because") or "")
    if because:
        reason = because if verbose else because.partition(":")[0]
        parts[0] += f" (auto: {clean(reason)})"
    if result.evaluations is not None:
        parts.append(_evaluations(result.evaluations))
    if result.seconds is not None:
        parts.append(duration(result.seconds["total"]))
    return " · ".join(part for part in parts if part)


def _evaluations(counts: dict[str, Any]) -> str:
    most = max(counts["value"], counts["gradient"])
    text = count(most, "evaluation")
    if counts.get("hessian"):
        text += f", {count(counts['hessian'], 'Hessian')}"
    if counts.get("product"):
        text += f", {count(counts['product'], 'Hessian product')}"
    return text
