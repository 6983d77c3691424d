"""A plain drawing of diagnostics, and the files of expected errors that it is compared with.

A file holds cases separated by blank lines: a formula on a line that begins with `> ` (`= ` for a
value, `? ` for a condition), then the drawing of all its diagnostics.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from gdcli.diagnostics import Diagnostic, Source
from gdcli.errors import FormulaError
from gdcli.language.parse import parse, parse_condition, parse_value

READERS = {">": parse, "=": parse_value, "?": parse_condition}
FOLDER = Path(__file__).parent / "errors"


class Case(NamedTuple):
    """A formula and what is said about it."""

    place: str
    kind: str
    formula: str
    expected: str


def cases() -> Iterator[Case]:
    """Yield every case of every file."""
    for path in sorted(FOLDER.glob("*.txt")):
        for number, block in enumerate(path.read_text("utf-8").strip().split("\n\n"), start=1):
            first, _, rest = block.partition("\n")
            kind, _, formula = first.partition(" ")
            yield Case(f"{path.stem}-{number}", kind, formula, rest)


def drawn(diagnostics: Iterable[Diagnostic]) -> str:
    """Return message, formula, caret and label, and hint of each diagnostic."""
    lines: list[str] = []
    for diagnostic in diagnostics:
        lines.append(f"{diagnostic.severity}: {diagnostic.message}  [{diagnostic.code}]")
        if diagnostic.source is not None and diagnostic.span is not None:
            span = diagnostic.span
            carets = "^" * max(1, span.stop - span.start)
            lines.append(f"  {diagnostic.source.text}")
            lines.append(f"  {' ' * span.start}{carets} {diagnostic.label}".rstrip())
            for place, label in diagnostic.related:
                lines.append(f"  {' ' * place.start}{'-' * (place.stop - place.start)} {label}")
        if diagnostic.hint:
            lines.append(f"  hint: {diagnostic.hint}")
    return "\n".join(lines)


def reading(kind: str, formula: str) -> str:
    """Return the drawing of all errors, or else of all warnings, of a formula."""
    try:
        return drawn(READERS[kind](Source(formula)).warnings)
    except FormulaError as error:
        return drawn(error.diagnostics)
