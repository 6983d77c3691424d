"""A result as a person reads it: the answer, how sure it is, the way there, what was done."""

from __future__ import annotations

from typing import Any

from gdcli.report.page import Line, Piece, line
from gdcli.report.table import table_lines
from gdcli.report.text import clean, count, duration, number, value_text
from gdcli.result import Result

GOOD, BAD, FAINT = "bold green", "bold red", "dim"


def answer_lines(
    result: Result, *, exact: bool, width: int, quiet: bool = False, verbose: bool = False
) -> list[Line]:
    """Return the page for one result (of status `error`: nothing; its faults are told apart)."""
    if result.status == "error":
        return []
    lines: list[Line] = [] if quiet else [line("")]
    lines.extend(_headline(result, exact=exact, width=width))
    if quiet:
        return lines
    lines.append(line("  ", clean(result.message)))
    lines.extend(_extras(result, exact=exact))
    if result.history:
        lines.append(line(""))
        lines.extend(table_lines(result.history, exact=exact, width=width, every_row=verbose))
    lines.append(line(""))
    lines.append(line(Piece(f"  {_work(result)}", FAINT)))
    return lines


def _headline(result: Result, *, exact: bool, width: int) -> list[Line]:
    solved = result.status == "converged"
    wanted = "maximum" if result.sense == "maximize" else "minimum"
    title = f"{clean(result.name)}: " if result.name else ""
    if result.value is None or result.at is None:
        return [line("  ", title, Piece(result.status.replace("_", " "), BAD))]
    word = Piece(wanted, GOOD) if solved else Piece("best point", BAD)
    if result.status == "unbounded":
        word = Piece(f"no {wanted}: unbounded", BAD)
    elif result.status == "not_attained":
        word = Piece(f"no {wanted}: not attained", BAD)
    value = Piece(number(result.value, exact=exact), "bold")
    names = [f"{clean(n)} = {value_text(v, exact=exact)}" for n, v in result.at.items()]
    head = [line("  ", title, word, "  f = ", value)]
    one_line = "  at  " + "  ".join(names)
    if len(names) <= 12 and len(one_line) + sum(len(p.text) for p in head[0]) <= width:
        return [(*head[0], Piece(one_line))]
    shown = names if len(names) <= 24 else [*names[:20], f"… {len(names) - 22} more …", *names[-2:]]
    return head + [line("    ", name) for name in shown]


def _extras(result: Result, *, exact: bool) -> list[Line]:
    lines: list[Line] = []
    if result.expect is not None:
        met = result.expect["verdict"] == "met"
        lines.append(
            line("  expectation ", Piece("met" if met else "missed", GOOD if met else BAD))
        )
        lines.extend(line("    ", clean(reason)) for reason in result.expect["reasons"])
    for minimum in (result.minima or [])[:12]:
        places = "  ".join(
            f"{clean(n)} = {value_text(v, exact=exact)}" for n, v in minimum["at"].items()
        )
        value = number(minimum["value"], exact=exact)
        lines.append(line(f"    {value}  reached {count(minimum['hits'], 'time')}  at  {places}"))
    lines.extend(line("  ", clean(text)) for text in result.notes.get("sensitivity_lines", ()))
    return lines


def _work(result: Result) -> str:
    """Return what was done: `gradient descent, learning rate 0.1 · 93 evaluations · 3 ms`."""
    parts = [clean(str(result.notes.get("method_summary") or result.method or ""))]
    because = result.notes.get("because")
    if because:
        parts[0] += f" ({clean(str(because))})"
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
