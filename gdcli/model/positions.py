"""Where keys and values stand in a TOML or JSON file: key path → span of its text.

`tomllib` and `json` give no positions. This scanner reads text that they have accepted already, so
it need not judge it; it runs once a file, and looks into arrays only when asked for an element.
"""

from __future__ import annotations

import re
from bisect import bisect_right

from gdcli.diagnostics import Source, Span
from gdcli.model.kinds import Path
from gdcli.model.quoted import decoded
from gdcli.model.raw import Place

# What looks ahead is in atomic groups: in Python up to 3.11.3 possessive ones lose their way there.
_BLANK = re.compile(r"(?:[\s,]|#[^\n]*+)*+")
_STRING = re.compile(
    r'"""(?>(?:[^"\\]++|\\.|"(?!""))*)"{3,5}' r"|'''(?>(?:[^']++|'(?!''))*)'{3,5}"
    r'|"(?:[^"\\\n]++|\\.)*+"' r"|'[^'\n]*+'", re.S
)  # fmt: skip
_BARE = re.compile(r"[A-Za-z0-9_\-]++")
_DOT = re.compile(r"[ \t]*\.[ \t]*")
_EQUALS = re.compile(r"\s*[=:]\s*")
_ATOM = re.compile(r"[^\s,\]}#]++(?: [0-9][^\s,\]}#]*+)?")
_STRUCTURE = re.compile(_STRING.pattern + r"|#[^\n]*|[\[\]{}]", re.S)
_WINDOW = 160


class Positions:
    """The spans of a file's keys and values.

    Args:
        text: The file's text, accepted by `tomllib` (`toml`) or `json` (not `toml`).
    """

    def __init__(self, text: str, file: str, *, toml: bool) -> None:
        self.text = text
        self.file = file
        self.keys: dict[Path, Span] = {}
        self.values: dict[Path, Span] = {}
        self._duplicates: list[Path] = []
        self._lines = [0, *(match.end() for match in re.finditer("\n", text))]
        self._opened: set[Path] = set()
        if toml:
            self._document()
        else:
            self._value(self._blank(0), ())

    def key_span(self, path: Path) -> Span | None:
        """Return the span of a key, or of an element of an array."""
        self._open_arrays(path)
        return self.keys.get(path)

    def value_span(self, path: Path) -> Span | None:
        """Return the span of a value, with its quotes or brackets."""
        self._open_arrays(path)
        return self.values.get(path)

    def duplicates(self) -> list[Path]:
        """Return the keys that their table has already, those within arrays too."""
        waiting = list(self.values)
        while waiting:
            known = len(self.values)
            for path in waiting:
                self._open_arrays((*path, 0))
            waiting = list(self.values)[known:]
        return self._duplicates

    def line_and_column(self, offset: int) -> tuple[int, int]:
        """Return the line and column, from 1, of a code point."""
        line = bisect_right(self._lines, offset)
        return line, offset - self._lines[line - 1] + 1

    def place(self, span: Span | None) -> Place:
        """Return the place of a span, with a piece of its first line to show."""
        if span is None:
            return Place(file=self.file, line=1, column=1)
        line, column = self.line_and_column(span.start)
        begin = self._lines[line - 1]
        end = self.text.find("\n", begin)
        end = len(self.text) if end < 0 else end
        first = max(begin, span.start - _WINDOW // 2) if end - begin > _WINDOW else begin
        last = min(end, first + _WINDOW)
        shown = self.text[first:last].rstrip()
        stop = max(span.start, min(span.stop, first + len(shown)))
        source = Source(shown, self.file, line, first - begin + 1)
        return Place(source, Span(span.start - first, stop - first), self.file, line, column)

    def source(self, path: Path, text: str) -> Source:
        """Return the source of a text value, whose spans count in the unescaped text."""
        span = self.value_span(path)
        if span is None:  # a part of a text, such as an end of "0:inf"
            span = self.value_span(path[:-1]) if path else None
            line, column = (1, 1) if span is None else self.line_and_column(span.start)
            return Source(text, self.file, line, column)
        line, column = self.line_and_column(span.start)
        raw = self.text[span.start : span.stop]
        if raw[:1] in ('"', "'") and raw[1:-1] == text:
            return Source(text, self.file, line, column + 1)
        characters, offsets = decoded(self.text, span)
        if characters != text:
            return Source(text, self.file, line, column)
        return Source(
            text, self.file, line, column, tuple(self.line_and_column(at) for at in offsets)
        )

    def _open_arrays(self, path: Path) -> None:
        """Scan the arrays on the way to `path`, if that has not been done yet."""
        for length in range(len(path)):
            above = path[:length]
            span = self.values.get(above)
            if span is None or above in self._opened or self.text[span.start] != "[":
                continue
            self._opened.add(above)
            place = self._blank(span.start + 1)
            index = 0
            while place < span.stop - 1:
                place = self._blank(self._value(place, (*above, index)))
                self.keys[(*above, index)] = self.values[(*above, index)]
                index += 1

    def _blank(self, place: int) -> int:
        match = _BLANK.match(self.text, place)
        return match.end() if match else place

    def _document(self) -> None:
        """Scan a TOML document: headers and key-value pairs."""
        counts: dict[Path, int] = {}
        table: Path = ()
        place = self._blank(0)
        while place < len(self.text):
            if self.text[place] == "[":
                array = self.text.startswith("[[", place)
                begin = place
                names, place = self._dotted(self._blank(place + (2 if array else 1)))
                place = self._blank(place) + (2 if array else 1)
                table = self._resolved(names[:-1], counts)
                table = (*table, names[-1])
                if array:
                    counts[table] = counts.get(table, -1) + 1
                    table = (*table, counts[table])
                elif table in counts:
                    table = (*table, counts[table])
                self.keys.setdefault(table, Span(begin, place))
                self.values.setdefault(table, Span(begin, place))
            else:
                place = self._pair(place, table)
            place = self._blank(place)

    @staticmethod
    def _resolved(names: Path, counts: dict[Path, int]) -> Path:
        """Return the path of a header's upper parts, into the last table of arrays of tables."""
        path: Path = ()
        for name in names:
            path = (*path, name)
            if path in counts:
                path = (*path, counts[path])
        return path

    def _pair(self, place: int, table: Path) -> int:
        """Scan `key = value` and return where it ends."""
        begin = place
        names, end = self._dotted(place)
        path = (*table, *names)
        if path in self.keys:
            self._duplicates.append(path)
        for length in range(len(table) + 1, len(path) + 1):
            self.keys.setdefault(path[:length], Span(begin, end))
        match = _EQUALS.match(self.text, end)
        return self._value(match.end() if match else end, path)

    def _dotted(self, place: int) -> tuple[Path, int]:
        """Read a dotted key; return its parts and where it ends."""
        names: list[str] = []
        while True:
            match = _STRING.match(self.text, place)
            if match:
                names.append(decoded(self.text, Span(place, match.end()))[0])
            else:
                match = _BARE.match(self.text, place)
                if match is None:  # not accepted by tomllib or json: cannot happen
                    return tuple(names) or ("",), len(self.text)
                names.append(match.group())
            dot = _DOT.match(self.text, match.end())
            if dot is None:
                return tuple(names), match.end()
            place = dot.end()

    def _value(self, place: int, path: Path) -> int:
        """Scan a value, note its span and return where it ends."""
        first = self.text[place : place + 1]
        if first == "{":
            end = self._blank(place + 1)
            while self.text[end : end + 1] not in ("}", ""):
                end = self._blank(self._pair(end, path))
            end += 1
        elif first == "[":
            end = self._balanced(place)
        else:
            match = _STRING.match(self.text, place) or _ATOM.match(self.text, place)
            end = match.end() if match else len(self.text)
        self.values.setdefault(path, Span(place, end))
        return end

    def _balanced(self, place: int) -> int:
        """Return where the array that begins at `place` ends."""
        depth = 0
        for match in _STRUCTURE.finditer(self.text, place):
            token = match.group()
            if token in ("[", "{"):
                depth += 1
            elif token in ("]", "}"):
                depth -= 1
                if depth == 0:
                    return match.end()
        return len(self.text)


class FileLocator:
    """Points into one problem of a file. The file is scanned at the first question."""

    def __init__(self, positions: LazyPositions, prefix: Path) -> None:
        self._positions = positions
        self._prefix = prefix

    def key(self, path: Path) -> Place:
        """Return where a key, or the element of a list, stands; else the table around it."""
        positions = self._positions.get()
        for length in range(len(path), -1, -1):
            span = positions.key_span((*self._prefix, *path[:length]))
            if span is not None:
                return positions.place(span)
        return positions.place(None)

    def value(self, path: Path) -> Place:
        """Return where a value stands; else the value around it."""
        positions = self._positions.get()
        for length in range(len(path), -1, -1):
            span = positions.value_span((*self._prefix, *path[:length]))
            if span is not None:
                return positions.place(span)
        return positions.place(None)

    def text(self, path: Path, text: str) -> Source:
        """Return the source of a text value."""
        return self._positions.get().source((*self._prefix, *path), text)


class LazyPositions:
    """A file's positions, scanned when they are first asked for."""

    def __init__(self, text: str, file: str, *, toml: bool) -> None:
        self._text = text
        self._file = file
        self._toml = toml
        self._scanned: Positions | None = None

    def get(self) -> Positions:
        """Return the positions."""
        if self._scanned is None:
            self._scanned = Positions(self._text, self._file, toml=self._toml)
        return self._scanned
