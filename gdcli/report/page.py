"""A page: lines of styled pieces, written with colour on a terminal and as plain text elsewhere."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from typing import NamedTuple, TextIO, TypeAlias


class Piece(NamedTuple):
    """Some text and how it looks; `style` is a Rich style such as `bold green`."""

    text: str
    style: str = ""


Line: TypeAlias = tuple[Piece, ...]


def line(*pieces: str | Piece) -> Line:
    """Return a line of pieces; strings are plain pieces."""
    return tuple(piece if isinstance(piece, Piece) else Piece(piece) for piece in pieces)


def is_terminal(stream: TextIO) -> bool:
    """Tell whether somebody is looking."""
    return bool(getattr(stream, "isatty", lambda: False)())


def width_of(stream: TextIO) -> int:
    """Return the width to write for: COLUMNS, the terminal's, or 100."""
    import shutil

    columns = os.environ.get("COLUMNS", "")
    if columns.isdigit() and int(columns) > 0:
        return int(columns)
    if is_terminal(stream):
        try:
            return max(20, os.get_terminal_size(stream.fileno()).columns)
        except OSError:
            return shutil.get_terminal_size((100, 24)).columns
    return 100


def write(lines: Iterable[Line], stream: TextIO | None = None) -> None:
    """Write a page to a stream (standard output), coloured where that is a terminal."""
    out = sys.stdout if stream is None else stream
    if is_terminal(out) and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb":
        _write_coloured(lines, out)
    else:
        text = "".join("".join(piece.text for piece in row).rstrip() + "\n" for row in lines)
        out.write(_encodable(text, out))
    out.flush()


def _write_coloured(lines: Iterable[Line], out: TextIO) -> None:
    from rich.console import Console
    from rich.text import Text

    console = Console(file=out, width=width_of(out), highlight=False, markup=False, emoji=False)
    for row in lines:
        text = Text(no_wrap=False)
        for piece in row:
            text.append(piece.text, piece.style or None)
        console.print(text, soft_wrap=True)


def _encodable(text: str, out: TextIO) -> str:
    """Return `text` as the stream's encoding can carry it; signs that it lacks become `?`."""
    encoding = getattr(out, "encoding", None) or "utf-8"
    return text.encode(encoding, "replace").decode(encoding)
