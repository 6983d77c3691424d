"""A page: lines and grids, written with colour on a terminal and as plain text elsewhere."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, NamedTuple, TextIO, TypeAlias

from gdcli.report.text import columns

if TYPE_CHECKING:
    from rich.console import Console


_LABEL = 24
"""Columns that a label may take, for what is carried over to stand behind it."""


class Piece(NamedTuple):
    """Some text and how it looks; `style` is a Rich style such as `bold green`."""

    text: str
    style: str = ""


Line: TypeAlias = tuple[Piece, ...]


class Grid(NamedTuple):
    """A table: a Rich table on a terminal, aligned columns in a pipe.

    Attributes:
        headers: What the columns are called.
        rows: Their cells as text.
        numeric: The cells of a column are of one width already; headers stand at the right.
        last: The style of the last row.
    """

    headers: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numeric: bool = False
    last: str = ""


Part: TypeAlias = Line | Grid


def line(*pieces: str | Piece) -> Line:
    """Return a line of pieces; strings are plain pieces."""
    return tuple(piece if isinstance(piece, Piece) else Piece(piece) for piece in pieces)


def is_terminal(stream: TextIO) -> bool:
    """Tell whether somebody is looking."""
    return bool(getattr(stream, "isatty", lambda: False)())


def width_of(stream: TextIO) -> int:
    """Return the width to write for: COLUMNS, the terminal's, or 100."""
    given = os.environ.get("COLUMNS", "")
    if given.isascii() and given.isdigit() and 0 < len(given) < 6 and int(given) > 0:
        return max(20, int(given))
    if is_terminal(stream):
        try:
            return max(20, os.get_terminal_size(stream.fileno()).columns or 100)
        except (OSError, ValueError):
            return 100
    return 100


def write(parts: Iterable[Part], stream: TextIO | None = None, *, wrap: bool = True) -> None:
    """Write a page to a stream (standard output), coloured where that is a terminal.

    Args:
        wrap: Whether lines too long for a terminal are broken between words. Nothing is broken
            in a pipe.
    """
    out = sys.stdout if stream is None else stream
    if is_terminal(out) and os.environ.get("TERM") != "dumb":
        _write_to_terminal(parts, out, wrap)
    else:
        rows: list[Line] = []
        for part in parts:
            rows.extend(_aligned(part) if isinstance(part, Grid) else (part,))
        text = "".join("".join(piece.text for piece in row).rstrip() + "\n" for row in rows)
        out.write(_encodable(text, out))
    out.flush()


def _aligned(grid: Grid) -> list[Line]:
    """Return a grid as lines of plain aligned text."""
    table = _padded(grid)
    return [line("  " + "  ".join(row)) for row in table]


def _padded(grid: Grid) -> list[tuple[str, ...]]:
    """Return headers and rows with cells of equal width."""
    table = [grid.headers, *grid.rows]
    widths = [max(columns(row[k]) for row in table) for k in range(len(grid.headers))]
    padded = []
    for row in table:
        blanks = [" " * (w - columns(text)) for text, w in zip(row, widths, strict=True)]
        pairs = zip(row, blanks, strict=True)
        padded.append(tuple(b + t if grid.numeric else t + b for t, b in pairs))
    return padded


def _write_to_terminal(parts: Iterable[Part], out: TextIO, wrap: bool) -> None:
    from rich.console import Console

    plain = bool(os.environ.get("NO_COLOR"))
    console = Console(
        file=out, width=width_of(out), highlight=False, markup=False, emoji=False,
        no_color=plain, force_terminal=True, soft_wrap=not wrap,
    )  # fmt: skip
    for part in parts:
        if isinstance(part, Grid):
            console.print(_rich_table(part), soft_wrap=False)
            continue
        for text in _wrapped(part, console) if wrap else (_text(part),):
            console.print(text, soft_wrap=True)


def _text(row: Line) -> Any:
    from rich.text import Text

    text = Text()
    for piece in row:
        text.append(piece.text, piece.style or None)
    return text


def _wrapped(row: Line, console: Console) -> Iterable[Any]:
    """Yield a line, broken between words.

    What is carried over stands below the beginning, or after a label: a first piece that ends in
    a blank, such as `  hint: `.
    """
    from rich.text import Text

    text = _text(row)
    text.rstrip()
    indent = len(text.plain) - len(text.plain.lstrip(" "))
    if len(row) > 1 and row[0].text.endswith(" ") and columns(row[0].text) <= _LABEL:
        indent = max(indent, columns(row[0].text))
    room = console.width - indent
    if columns(text.plain) <= console.width or room < 20:
        yield text
        return
    for k, part in enumerate(text[indent:].wrap(console, room)):
        part.rstrip()
        yield (Text(" " * indent) if k else text[:indent]).append_text(part)


def _rich_table(grid: Grid) -> Any:
    from rich import box
    from rich.padding import Padding
    from rich.table import Table
    from rich.text import Text

    table = Table(
        box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 1),
        header_style="bold", border_style="dim",
    )  # fmt: skip
    headers, *rows = _padded(grid) if grid.numeric else (grid.headers, *grid.rows)
    for k, header in enumerate(headers):
        table.add_column(Text(header), no_wrap=grid.numeric or k == 0, overflow="fold")
    for k, row in enumerate(rows):
        table.add_row(*map(Text, row), style=grid.last if k == len(rows) - 1 else None)
    return Padding(table, (0, 0, 0, 2))


def _encodable(text: str, out: TextIO) -> str:
    """Return `text` as the stream's encoding can carry it; signs that it lacks become `?`."""
    encoding = getattr(out, "encoding", None) or "utf-8"
    return text.encode(encoding, "replace").decode(encoding)
