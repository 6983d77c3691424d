"""Strings of TOML and JSON, character by character, with the place of each in the file."""

from __future__ import annotations

import re

from gdcli.diagnostics import Span

_SIMPLE = {
    "b": "\b", "t": "\t", "n": "\n", "f": "\f", "r": "\r", "e": "\x1b",
    '"': '"', "\\": "\\", "/": "/",
}  # fmt: skip
_HEXADECIMAL = {"x": 2, "u": 4, "U": 8}
_LINE_END = re.compile(r"[ \t]*\r?\n\s*")


def decoded(text: str, span: Span) -> tuple[str, list[int]]:
    """Return the string that stands in quotes at `span`, and the offset of each character.

    One offset more than characters: the last is that of the closing quote. A part that the
    format would not have accepted is copied as it is.
    """
    quote = text[span.start]
    width = 3 if text.startswith(quote * 3, span.start) and span.stop - span.start >= 6 else 1
    place, stop = span.start + width, span.stop - width
    if width == 3 and text[place : place + 2] == "\r\n":
        place += 2
    elif width == 3 and text[place : place + 1] == "\n":
        place += 1
    characters: list[str] = []
    offsets: list[int] = []
    while place < stop:
        step, character = 1, text[place]
        if character == "\\" and quote == '"':
            step, character = _escape(text, place, multiline=width == 3)
        elif text.startswith("\r\n", place):
            step, character = 2, "\n"
        if character:
            characters.append(character)
            offsets.append(place)
        place += step
    offsets.append(stop)
    return "".join(characters), offsets


def _escape(text: str, place: int, *, multiline: bool) -> tuple[int, str]:
    """Return the length of the escape at `place`, and its character (empty for a line's end)."""
    letter = text[place + 1 : place + 2]
    if letter in _SIMPLE:
        return 2, _SIMPLE[letter]
    if letter in _HEXADECIMAL:
        digits = _HEXADECIMAL[letter]
        code = _code(text[place + 2 : place + 2 + digits])
        if 0xD800 <= code < 0xDC00 and text.startswith("\\u", place + 6):  # JSON: a pair
            low = _code(text[place + 8 : place + 12])
            if 0xDC00 <= low < 0xE000:
                return 12, chr(0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00))
        if 0 <= code < 0x110000:
            return 2 + digits, chr(code)
    if multiline:
        match = _LINE_END.match(text, place + 1)
        if match:
            return match.end() - place, ""
    return 1, "\\"


def _code(digits: str) -> int:
    try:
        return int(digits, 16)
    except ValueError:
        return -1
