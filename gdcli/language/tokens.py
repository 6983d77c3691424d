"""The words of a formula, each with its place in the original text.

One pass of a regular expression cuts the text into pieces; what it costs does not depend on what
the pieces are. Tokens are kept as parallel lists, which is lean for a formula of a megabyte.
"""

from __future__ import annotations

import re

from gdcli.diagnostics import Source, Span
from gdcli.language.characters import normal_name, refuse
from gdcli.language.faults import Faults, shown
from gdcli.language.functions import RESERVED
from gdcli.language.operators import OPERATORS, SPELLINGS
from gdcli.records import dataclass

MAX_LENGTH = 1_000_000
"""The longest formula, in characters."""

SMALLEST_NORMAL = 2.2250738585072014e-308

# Characters beyond ASCII, without `² ³ · × − ≤ ≥`, which are operators.
_BEYOND = "\x80-\xb1\xb4-\xb6\xb8-\xd6\xd8-\u2211\u2213-\u2263\u2266-\U0010ffff"
_PATTERN = r"""
    [ \t\n\r\f\v]+
  | [A-Za-z_{beyond}][A-Za-z0-9_{beyond}]*
  | (?:[0-9]|\.[0-9])[0-9_.]*(?:[eE][+-]?[0-9][0-9_.]*)?
  | \*\* | // | <= | >= | == | != | \.\.\. | && | \|\| | := | =< | => | <>
  | "[^"]*" | '[^']*'
  | [²³]+
  | .
"""
_PIECES_OF_ASCII = re.compile(_PATTERN.format(beyond=""), re.VERBOSE | re.DOTALL)
_PIECES = re.compile(_PATTERN.format(beyond=_BEYOND), re.VERBOSE | re.DOTALL)
_SPACE = frozenset(" \t\n\r\f\v")
_OTHER_BASE = re.compile(r"[xX][0-9a-fA-F]+|[oO][0-7]+|[bB][01]+")
_SUPERSCRIPTS = {"²": "2", "³": "3"}

# Pieces that are tokens as they stand: piece → kind.
_PUNCTUATION = ("(", ")", "[", "]", ",", ":", ".", "=", "|")
_MISTAKEN = ("...", "&&", "||", ":=", "=<", "=>", "<>")
_KINDS: dict[str, str] = {
    **{word: word for word in (*OPERATORS, *RESERVED, *_PUNCTUATION, *_MISTAKEN)},
    **SPELLINGS,
}


@dataclass(frozen=True, slots=True)
class Tokens:
    """The tokens of a formula, as parallel lists that end with the kind `end`.

    Attributes:
        kinds: `name`, `number`, `superscript`, `bad` (its error is noted already), `end`, or the
            operator, bracket or reserved word itself in its first spelling (`**` for `^`).
        texts: Names normalised, everything else as it was written (a superscript's digit).
        starts, stops: Half-open ranges in code points of the original text.
    """

    kinds: list[str]
    texts: list[str]
    starts: list[int]
    stops: list[int]

    def span(self, index: int) -> Span:
        """Return the place of a token."""
        return Span(self.starts[index], self.stops[index])


def tokenize(source: Source, faults: Faults) -> Tokens:
    """Cut a formula into tokens, noting errors and warnings in `faults`."""
    text = source.text
    pieces = (_PIECES_OF_ASCII if text.isascii() else _PIECES).findall(text)
    kinds: list[str] = []
    texts: list[str] = []
    starts: list[int] = []
    stops: list[int] = []
    start = 0
    known = dict(_KINDS)  # and names and numbers met before, for most stand in a text repeatedly
    for piece in pieces:
        stop = start + len(piece)
        kind = known.get(piece)
        if kind is None or (kind == "name" and kinds and kinds[-1] == "number"):
            first = piece[0]
            if first in _SPACE:
                start = stop
                continue
            if first.isalpha() or first == "_" or not first.isascii():
                kind, piece = _word(piece, start, faults)
                if kind == "name" and piece.isascii():
                    known[piece] = kind
                if kinds and kinds[-1] == "number" and stops[-1] == start:
                    kind = _after_number(kind, piece, texts[-1], starts[-1], start, stop, faults)
                    if kind == "bad":
                        kinds[-1] = "bad"
                        stops[-1] = start = stop
                        continue
            elif first.isdigit() or first == ".":
                kind = _number(piece, start, faults)
                if kind == "number" and piece.isdigit():
                    known[piece] = kind
            else:
                kind = _stray(piece, start, faults)
        kinds.append(kind)
        texts.append(piece)
        starts.append(start)
        stops.append(stop)
        start = stop
    end = stops[-1] if stops else 0
    kinds.append("end")
    texts.append("")
    starts.append(end)
    stops.append(end)
    return Tokens(kinds, texts, starts, stops)


def _word(piece: str, start: int, faults: Faults) -> tuple[str, str]:
    """Return kind and text of a name or a superscript."""
    if piece.isascii():
        return "name", piece
    if piece[0] in _SUPERSCRIPTS:
        if len(piece) == 1:
            return "superscript", _SUPERSCRIPTS[piece]
        digits = "".join(_SUPERSCRIPTS[c] for c in piece)
        span = Span(start, start + len(piece))
        faults.error(
            "superscripts", "only a single `²` or `³` is read as a power", span,
            f"write {shown(f'**{digits}')}",
        )  # fmt: skip
        return "bad", ""
    name = normal_name(piece, start, faults)
    if name is None:
        return "bad", ""
    return ("name", name) if name not in RESERVED else (name, name)


def _number(piece: str, start: int, faults: Faults) -> str:
    """Return the kind of a number: `number`, or `bad` if it is malformed."""
    span = Span(start, start + len(piece))
    try:
        value = float(piece)
    except ValueError:
        faults.error(
            "malformed-number", f"{shown(piece)} is not a number", span,
            hint="write `1`, `2.`, `.5`, `1e-3` or `1_000`",
        )  # fmt: skip
        return "bad"
    if value > 1.7976931348623157e308:
        faults.error(
            "number-too-large",
            f"{shown(piece)} is larger than the largest double, 1.8e308",
            span,
            hint="write `inf` for infinity",
        )
        return "bad"
    if value < SMALLEST_NORMAL and any(c in "123456789" for c in re.split("[eE]", piece)[0]):
        became = "0" if value == 0 else "a double of reduced precision"
        faults.warning(
            "number-too-small",
            f"{shown(piece)} is smaller than 2.2e-308",
            span,
            f"read as {became}",
        )
    return "number"


def _after_number(
    kind: str, name: str, number: str, start: int, middle: int, stop: int, faults: Faults
) -> str:
    """Return the kind of a word directly after a number: `bad` where that is no product."""
    span = Span(start, stop)
    both = number + name
    if kind == "bad":
        return kind
    if number == "0" and _OTHER_BASE.fullmatch(name):
        faults.error(
            "malformed-number", f"{shown(both)} is not a number: numbers are decimal", span,
            hint=f"write `0*{name}` for a product",
        )  # fmt: skip
        return "bad"
    if name in ("j", "J"):
        faults.error(
            "complex-number", f"{shown(both)} looks like a complex number, which gd does not know",
            span, hint=f"write {shown(f'{number}*{name}')} for a product",
        )  # fmt: skip
        return "bad"
    if name in ("e", "E"):
        faults.error(
            "ambiguous-product", f"{shown(both)} can be read in two ways", span,
            "a product or an unfinished exponent?",
            f"write {shown(f'{number}*{name}')}, or {shown(f'{number}e0')} for a power of ten",
        )  # fmt: skip
        return "bad"
    if number.endswith("."):
        faults.error(
            "malformed-number", f"{shown(both)} is neither a number nor a product", span,
            hint=f"write {shown(f'{number[:-1]}*{name}')}",
        )  # fmt: skip
        return "bad"
    return kind


def _stray(piece: str, start: int, faults: Faults) -> str:
    """Note the error of a piece that means nothing, and return the kind `bad`."""
    if piece[0] in "\"'" and len(piece) > 1:
        faults.error(
            "text", "text in quotes means nothing in a formula",
            Span(start, start + len(piece)), hint="write names without quotes",
        )  # fmt: skip
    else:
        refuse(piece, start, faults)
    return "bad"
