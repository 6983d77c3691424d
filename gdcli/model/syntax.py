"""TOML and JSON text to tables, with limits first and positions in every syntax error."""

from __future__ import annotations

import json
import re
import tomllib
from typing import Any, NoReturn

from gdcli.diagnostics import Diagnostic, Source, Span
from gdcli.errors import FileError
from gdcli.model.positions import LazyPositions, Positions

MAX_NESTING = 64
MAX_DOTS = 16
MAX_DIGITS = 1_000

_PART = r"(?:[\w\-]++|\"(?:[^\"\\\n]++|\\.)*+\"|'[^'\n]*+')"
_DOTTED = rf"(?<![\w\-.]){_PART}(?:[ \t]*+\.[ \t]*+{_PART}){{{MAX_DOTS},}}+"
# an unclosed string reaches to the end: trying again behind each of its quotes would be quadratic
_TOML_TEXT = (
    r'"""(?>(?:[^"\\]++|\\.|"(?!""))*)(?:"{3,5})?|'
    r"'''(?>(?:[^']++|'(?!''))*)(?:'{3,5})?|"
    r'"(?:[^"\\\n]++|\\[^\n])*+"?|'
    r"'[^'\n]*+'?|#[^\n]*+"
)
_JSON_TEXT = r'"(?:[^"\\]++|\\.)*+"?'
_DIGITS = rf"(?<![\w.])[+-]?[0-9][0-9_]{{{MAX_DIGITS},}}+"
_TOML_TOKENS = re.compile(
    rf"(?P<dotted>{_DOTTED})|{_TOML_TEXT}|(?P<open>[\[{{])|(?P<close>[\]}}])|(?P<digits>{_DIGITS})",
    re.S,
)
_JSON_TOKENS = re.compile(
    rf"{_JSON_TEXT}|(?P<open>[\[{{])|(?P<close>[\]}}])|(?P<digits>{_DIGITS})"
    r"|(?P<constant>-?\b(?:NaN|Infinity)\b)",
    re.S,
)
_KEY = rf"{_PART}(?:[ \t]*+\.[ \t]*+{_PART})*+"
_TOML_KEYS = re.compile(
    rf"^[ \t]*+(?P<header>\[{{1,2}})[ \t]*+(?P<table>{_KEY})|(?P<key>{_KEY})[ \t]*+=|"
    rf"{_TOML_TEXT}|(?P<open>[\[{{])|(?P<close>[\]}}])",
    re.S | re.M,
)
_TOML_PLACE = re.compile(r" ?\(at (?:line (\d+), column (\d+)|end of document)\)\Z")
_SURROGATE = re.compile(r"\\ud[89a-f]", re.I)


def load_toml(text: str, file: str) -> dict[str, Any]:
    """Return the document's table.

    Raises:
        FileError: Over a limit (`tomllib` alone is quadratic in dotted keys and recursive in
            brackets), or not TOML.
    """
    _check_limits(_TOML_TOKENS, text, file)
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        message = str(error)
        match = _TOML_PLACE.search(message)
        what = message[: match.start()] if match else message
        offset = len(text.rstrip())
        if match and match.group(1):
            offset = _offset(text, int(match.group(1)), int(match.group(2)))
        if any(word in what.lower() for word in ("overwrite", "twice", "duplicate", "immutable")):
            _key_error(text, file, offset)
        _syntax_error(text, file, offset, f"not TOML: {_lowered(what)}", _toml_hint(text, offset))
    except (ValueError, RecursionError, OverflowError) as error:  # such as a date of 31 February
        _syntax_error(text, file, 0, f"not TOML: {_lowered(str(error))}", "")


def load_json(text: str, file: str, positions: LazyPositions) -> dict[str, Any]:
    """Return the document's object; keys given twice, NaN and Infinity are errors.

    Raises:
        FileError: Over a limit, or not a JSON object; all duplicate keys at once.
    """
    _check_limits(_JSON_TOKENS, text, file)
    repeated: list[str] = []

    def as_table(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        table = dict(pairs)
        if len(table) < len(pairs):
            repeated.append(pairs[0][0])
        return table

    try:
        document = json.loads(text, object_pairs_hook=as_table)
    except json.JSONDecodeError as error:
        _syntax_error(text, file, error.pos, f"not JSON: {_lowered(error.msg)}", "")
    except (ValueError, RecursionError, OverflowError) as error:
        _syntax_error(text, file, 0, f"not JSON: {_lowered(str(error))}", "")
    if not isinstance(document, dict):
        _syntax_error(text, file, 0, "not a problem: the file must hold an object `{…}`", "")
    if repeated:
        raise FileError(_given_twice(positions.get()))
    surrogate = _SURROGATE.search(text)
    if surrogate and not _encodable(document):
        message = "not JSON: half of a surrogate pair stands alone"
        _syntax_error(text, file, surrogate.start(), message, "")
    return document


def _check_limits(tokens: re.Pattern[str], text: str, file: str) -> None:
    """Refuse what parsers need very long, or much stack, for."""
    depth = 0
    for match in tokens.finditer(text):
        kind = match.lastgroup
        if kind == "open":
            depth += 1
            if depth > MAX_NESTING:
                message = f"brackets are nested more than {MAX_NESTING} deep"
                _syntax_error(text, file, match.start(), message, "")
        elif kind == "close":
            depth -= 1
        elif kind == "dotted":
            message = f"a dotted key has more than {MAX_DOTS} parts"
            _syntax_error(text, file, match.start(), message, "")
        elif kind == "digits":
            message = f"a number has more than {MAX_DIGITS:,} digits"
            _syntax_error(text, file, match.start(), message, "")
        elif kind == "constant":
            message = f"JSON has no `{match.group()}`"
            hint = 'write "inf" or "-inf" in quotes' if "Inf" in match.group() else ""
            _syntax_error(text, file, match.start(), message, hint)


def _given_twice(positions: Positions) -> list[Diagnostic]:
    """Return an error for every key that its object has already."""
    lines = []
    for path in positions.duplicates():
        first = positions.place(positions.key_span(path))
        lines.append(
            Diagnostic(
                "key-given-twice",
                f"the key `{path[-1]}` is given twice",
                source=first.source,
                span=first.span,
                hint="JSON would keep the last one in silence; keep one",
            )
        )
    return lines


def _encodable(document: dict[str, Any]) -> bool:
    try:
        json.dumps(document, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return False
    return True


def _key_error(text: str, file: str, offset: int) -> NoReturn:
    """Raise the fault of a key that has a value already; `tomllib` has read its value to `offset`.

    A key whose value is a table or list comes back where that closes.
    """
    key: Span | None = None
    around: list[Span | None] = []
    noun = "key"
    for match in _TOML_KEYS.finditer(text, 0, offset):
        if match.group("key"):
            key, noun = Span(*match.span("key")), "key"
        elif match.group("table") and not around:
            key, noun = Span(*match.span("table")), "table"
        elif match.group("open") or match.group("header"):
            around.extend([key] * len(match.group("open") or match.group("header")))
        elif match.group("close") and around:
            key = around.pop()
    span = key or Span(offset, offset)
    message = f"not TOML: the {noun} `{text[span.start : span.stop]}` has a value already"
    hint = "keep one of them" if noun == "key" else "put all its entries under one heading"
    _syntax_error(text, file, span.start, message, hint, span.stop - span.start)


def _offset(text: str, line: int, column: int) -> int:
    """Return the offset of a line and column; `tomllib` counts a CR LF as one character."""
    place = 0
    for _ in range(line - 1):
        place = text.find("\n", place) + 1
    return min(place + column - 1, len(text))


def _toml_hint(text: str, offset: int) -> str:
    """Guess what was meant where TOML gives up."""
    begin = text.rfind("\n", 0, offset) + 1
    line = text[begin : offset + 80].partition("\n")[0].strip()
    key, equals, value = line.partition("=")
    if equals and key.strip() in ("minimize", "maximize", "fit") and value.strip()[:1] not in "\"'":
        return f'put the formula into quotes: `{key.strip()} = "…"`'
    if ":" in line and not equals:
        return "TOML writes `key = value`"
    return ""


def _lowered(message: str) -> str:
    """Return a parser's message as the middle of a sentence."""
    return message[:1].lower() + message[1:].rstrip(".").removesuffix(" starting at")


def _syntax_error(
    text: str, file: str, offset: int, message: str, hint: str, length: int = 1
) -> NoReturn:
    """Raise a fault that shows the line at `offset`."""
    begin = text.rfind("\n", 0, offset) + 1
    end = text.find("\n", offset)
    end = len(text) if end < 0 else end
    first = max(begin, offset - 80)
    shown = text[first : min(end, first + 160)].rstrip()
    at = min(offset - first, len(shown))
    source = Source(shown, file, text.count("\n", 0, offset) + 1, first - begin + 1)
    span = Span(at, min(at + length, len(shown)))
    raise FileError(Diagnostic("syntax", message, source=source, span=span, hint=hint))
