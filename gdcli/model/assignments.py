"""What stands behind `--start`, `--set`, `--bounds`, `--var`, `--data`, `--option`.

Commas separate outside brackets and quotes: `x=1,y=[1,2]`, `x=0:inf`, `W[20,n],b`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from gdcli.diagnostics import Diagnostic, Source, Span
from gdcli.errors import UsageError
from gdcli.model.kinds import normalised

SOLE = ""
"""The name under which `--start 3` waits for the problem's single variable."""

_CLOSING = {"(": ")", "[": "]", "{": "}"}


class Piece(NamedTuple):
    """A part of a text, without surrounding blanks, and where it begins."""

    text: str
    offset: int


class Assignment(NamedTuple):
    """`name = value`. `span` covers both in `source`."""

    name: str
    value: str
    source: Source
    span: Span


def split_outside_brackets(text: str, separator: str) -> list[Piece]:
    """Split at each `separator` that stands outside brackets and quotes.

    An unclosed bracket or quote reaches to the end: the parser of the value will complain.
    """
    pieces = []
    begin = 0
    for place in _outside(text, separator):
        pieces.append(_stripped(text, begin, place))
        begin = place + 1
    pieces.append(_stripped(text, begin, len(text)))
    return pieces


def _outside(text: str, wanted: str) -> Iterator[int]:
    """Yield where `wanted` stands outside brackets and quotes."""
    open_brackets: list[str] = []
    quote = ""
    for place, character in enumerate(text):
        if quote:
            quote = "" if character == quote else quote
        elif character in "\"'":
            quote = character
        elif character in _CLOSING:
            open_brackets.append(_CLOSING[character])
        elif open_brackets and character == open_brackets[-1]:
            open_brackets.pop()
        elif character == wanted and not open_brackets:
            yield place


def _stripped(text: str, begin: int, end: int) -> Piece:
    part = text[begin:end]
    return Piece(part.strip(), begin + len(part) - len(part.lstrip()))


def read_assignments(option: str, texts: list[str], *, sole: bool = False) -> list[Assignment]:
    """Return the assignments of an option that may be repeated.

    Args:
        option: Its name, for messages: `--start`.
        texts: Its values, one for each time that it was given.
        sole: Whether a single value without a name will do (`--start 3`).

    Raises:
        UsageError: Something that is no assignment; with all faults.
    """
    found: list[Assignment] = []
    faults: list[Diagnostic] = []
    for text in texts:
        source = Source(text)
        pieces = split_outside_brackets(text, ",")
        for piece in pieces:
            span = Span(piece.offset, piece.offset + len(piece.text))
            place = next(_outside(piece.text, "="), -1)
            name, value = piece.text[:place].strip(), piece.text[place + 1 :].strip()
            if place < 0 and sole and piece.text and len(pieces) == len(texts) == 1:
                found.append(Assignment(SOLE, piece.text, source, span))
            elif place < 0 or not name or not value:
                faults.append(
                    Diagnostic(
                        "not-an-assignment",
                        f"`{option}` takes `name=value`: `{piece.text}`",
                        source=source,
                        span=span,
                        hint=_assignment_hint(option, piece.text),
                    )
                )
            else:
                found.append(Assignment(normalised(name), value, source, span))
    faults.extend(_repeated(option, found))
    if faults:
        raise UsageError(faults)
    return found


def read_shapes(option: str, texts: list[str]) -> list[Assignment]:
    """Return `x[n]`, `W[20,n]`, `b` as assignments whose value is the text between the brackets.

    Raises:
        UsageError: Something that is no name with extents; with all faults.
    """
    found: list[Assignment] = []
    faults: list[Diagnostic] = []
    for text in texts:
        source = Source(text)
        for piece in split_outside_brackets(text, ","):
            span = Span(piece.offset, piece.offset + len(piece.text))
            name, bracket, rest = piece.text.partition("[")
            extents = rest[:-1].strip()
            if not name.strip().isidentifier() or (bracket and (rest[-1:] != "]" or not extents)):
                faults.append(
                    Diagnostic(
                        "not-a-shape",
                        f"`{option}` takes a name with its extents: `{piece.text}`",
                        source=source,
                        span=span,
                        hint=f'write, say, `{option} "x[10]"` or `{option} "W[20,n]"`',
                    )
                )
            else:
                found.append(Assignment(normalised(name), extents, source, span))
    faults.extend(_repeated(option, found))
    if faults:
        raise UsageError(faults)
    return found


def _assignment_hint(option: str, text: str) -> str:
    if not text:
        return "there is a comma too many"
    return f"write, say, `{option} x=1,y=2`"


def _repeated(option: str, found: list[Assignment]) -> Iterator[Diagnostic]:
    first: dict[str, Assignment] = {}
    for assignment in found:
        if first.setdefault(assignment.name, assignment) is not assignment:
            yield Diagnostic(
                "given-twice",
                f"`{assignment.name}` is given twice in `{option}`",
                source=assignment.source,
                span=assignment.span,
                hint="keep one of the two",
            )
