"""The convergence table: first, last and well-chosen iterations between."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from gdcli.report.page import Line, Piece, line
from gdcli.report.text import number

ROWS = 12
HEADERS = ("iteration", "value", "|∇f|", "step")


def chosen(history: Sequence[Any], rows: int = ROWS) -> list[Any | None]:
    """Return at most `rows` rows of a history; None stands where iterations are left out.

    The first few and the last are kept; between them iterations are spaced evenly in the
    logarithm of their number, since most happens early.
    """
    if len(history) <= rows:
        return _with_gaps(list(history))
    last = len(history) - 1
    picked = {0, 1, 2, last}
    ratio = max(last / 2, 2.0)
    for k in range(1, rows - 4):
        picked.add(min(last, round(2 * ratio ** (k / (rows - 4)))))
    return _with_gaps([history[k] for k in sorted(picked)])


def _with_gaps(rows: list[Any]) -> list[Any | None]:
    out: list[Any | None] = []
    for row in rows:
        if out and out[-1] is not None and row.iteration > out[-1].iteration + 1:
            out.append(None)
        out.append(row)
    return out


def table_lines(
    history: Sequence[Any], *, exact: bool, width: int, every_row: bool = False
) -> list[Line]:
    """Return the table as aligned lines; narrow terminals lose the step column, then digits."""
    rows = _with_gaps(list(history)) if every_row else chosen(history)
    digits = 10 if width >= 72 else 6
    columns = list(HEADERS if width >= 56 else HEADERS[:3])
    cells: list[list[str] | None] = []
    for row in rows:
        if row is None:
            cells.append(None)
            continue
        texts = [
            str(row.iteration),
            number(row.value, exact=exact, digits=digits),
            number(row.gradient_norm, exact=exact, digits=4),
            number(row.step, exact=exact, digits=4) if row.iteration else "–",
        ]
        cells.append(texts[: len(columns)])
    widths = [
        max(len(head), *(len(c[k]) for c in cells if c is not None), 9)
        for k, head in enumerate(columns)
    ]
    head = "  ".join(h.rjust(w) for h, w in zip(columns, widths, strict=True))
    lines = [line("  ", Piece(head, "bold"))]
    for cell in cells:
        if cell is None:
            lines.append(line("  ", Piece("…".rjust(widths[0]), "dim")))
            continue
        body = "  ".join(c.rjust(w) for c, w in zip(cell, widths, strict=True))
        lines.append(line("  ", body))
    return lines
