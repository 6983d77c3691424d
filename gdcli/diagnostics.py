"""What is wrong, and where: plain data, without carets, colours or wording for a terminal.

A `Diagnostic` is made where a fault is found and drawn in `report`, once for each output format.
"""

from __future__ import annotations

from typing import Any, Literal

from gdcli.records import dataclass

Severity = Literal["error", "warning", "note"]


@dataclass(frozen=True, slots=True)
class Span:
    """A half-open range of code points of a `Source`: `text[start:stop]`.

    At the end of input `start == stop == len(text)`.
    """

    start: int
    stop: int

    def to(self, other: Span) -> Span:
        """Return the smallest span that covers both."""
        return Span(min(self.start, other.start), max(self.stop, other.stop))


@dataclass(frozen=True, slots=True)
class Source:
    """A text that diagnostics point into, and where it stands in a file.

    Attributes:
        text: The text as the user wrote it (after a file format's own unescaping).
        file: The file it came from, or None for the command line.
        line: Line of its first character in that file, counted from 1.
        column: Column of its first character, counted from 1 in code points.
        places: The (line, column) of every code point and of the end, where the text does not
            stand in the file as it is (escapes, multi-line strings); None otherwise.
    """

    text: str
    file: str | None = None
    line: int = 1
    column: int = 1
    places: tuple[tuple[int, int], ...] | None = None

    def position(self, offset: int) -> tuple[int, int]:
        """Return (line, column), from 1, of the code point at `offset`."""
        if self.places is not None:
            return self.places[min(offset, len(self.places) - 1)]
        before = self.text[:offset]
        newlines = before.count("\n")
        if newlines == 0:
            return self.line, self.column + offset
        return self.line + newlines, offset - before.rfind("\n")


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One fault, warning or note.

    Attributes:
        code: A short stable word in kebab-case, such as `unknown-function`.
        message: One sentence without the place; literals in backticks.
        severity: `error`, `warning` or `note`.
        source: The text that `span` counts in; None where there is nothing to point at.
        span: The part of it that is wrong.
        label: What to write beside the caret, such as ``did you mean `sin`?``.
        hint: What to do about it; may be empty.
        related: Further places, each with a label of its own (the other operand's shape, say).
        file, line, column: The place in a file where there is no source text; line and column
            count from 1.
    """

    code: str
    message: str
    severity: Severity = "error"
    source: Source | None = None
    span: Span | None = None
    label: str = ""
    hint: str = ""
    related: tuple[tuple[Span, str], ...] = ()
    file: str | None = None
    line: int | None = None
    column: int | None = None

    def place(self) -> tuple[str | None, int | None, int | None]:
        """Return (file, line, column), each None where unknown."""
        if self.source is not None and self.span is not None:
            line, column = self.source.position(self.span.start)
            return self.source.file, line, column
        return self.file, self.line, self.column

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON form: `code message hint file line column`."""
        file, line, column = self.place()
        hint = "; ".join(part for part in (self.label, self.hint) if part)
        return {
            "code": self.code,
            "message": self.message,
            "hint": hint or None,
            "file": file,
            "line": line,
            "column": column,
        }
