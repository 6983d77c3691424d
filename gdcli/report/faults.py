"""Diagnostics as a person reads them: the message, the formula, a caret under what is wrong."""

from __future__ import annotations

from collections.abc import Iterable

from gdcli.diagnostics import Diagnostic, Source, Span
from gdcli.report.page import Line, Piece, line
from gdcli.report.text import clean, columns

_STYLES = {"error": "bold red", "warning": "bold yellow", "note": "bold cyan"}
_WINDOW = 76


def fault_lines(diagnostics: Iterable[Diagnostic], *, width: int = 100) -> list[Line]:
    """Return the lines that show some diagnostics."""
    lines: list[Line] = []
    for diagnostic in diagnostics:
        lines.extend(_one(diagnostic, max(20, min(width - 4, _WINDOW))))
    return lines


def _one(diagnostic: Diagnostic, window: int) -> list[Line]:
    style = _STYLES[diagnostic.severity]
    file, row, column = diagnostic.place()
    place = ""
    if file is not None:
        place = clean(file) + (f":{row}:{column}" if row is not None else "") + ": "
    message = clean(diagnostic.message)
    lines = [line(place, Piece(f"{diagnostic.severity}: ", style), Piece(message, "bold"))]
    if diagnostic.source is not None and diagnostic.span is not None:
        marks = [(diagnostic.span, diagnostic.label), *diagnostic.related]
        lines.extend(_excerpt(diagnostic.source, marks, style, window))
    elif diagnostic.label:
        lines.append(line(f"  {clean(diagnostic.label)}"))
    if diagnostic.hint:
        lines.append(line(Piece("  hint: ", "cyan"), clean(diagnostic.hint)))
    return lines


def _excerpt(source: Source, marks: list[tuple[Span, str]], style: str, window: int) -> list[Line]:
    """Return the line of the source with the first mark, and a caret line for every mark on it."""
    text = source.text
    anchor = min(marks[0][0].start, len(text))
    begin = text.rfind("\n", 0, anchor) + 1
    end = text.find("\n", anchor)
    end = len(text) if end < 0 else end
    left, right = begin, end
    if end - begin > window:
        left = max(begin, min(anchor - window // 3, end - window))
        right = min(end, left + window)
    head, tail = ("…" if left > begin else ""), ("…" if right < end else "")
    shown = head + clean(text[left:right]) + tail
    lines = [line("  ", shown)]
    for span, label in marks:
        if not left <= span.start <= right:
            continue
        before = columns(head + clean(text[left : span.start]))
        marked = columns(clean(text[span.start : min(max(span.stop, span.start), right)]))
        caret = Piece(" " * before + "^" * max(1, marked), style)
        told = clean(label)
        beside = before + max(1, marked) + 1 + columns(told) <= window + 2
        lines.append(line("  ", caret, f" {told}" if told and beside else ""))
        if told and not beside:
            lines.append(line(f"  {told}"))
    return lines
