"""Where a problem's keys stand, for problems that travel to a worker without their file's text."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from functools import lru_cache
from pathlib import Path as FilePath

from gdcli.diagnostics import Source
from gdcli.model.kinds import Path
from gdcli.model.positions import FileLocator, LazyPositions
from gdcli.model.raw import Locator, Place
from gdcli.records import dataclass


@dataclass(frozen=True, slots=True)
class Shifted:
    """The places of a text that begins in line `lines + 1` of its stream."""

    inner: Locator
    lines: int

    def key(self, path: Path) -> Place:
        """Return where a key stands."""
        return self._place(self.inner.key(path))

    def value(self, path: Path) -> Place:
        """Return where a value stands."""
        return self._place(self.inner.value(path))

    def text(self, path: Path, text: str) -> Source:
        """Return the source of a text value."""
        return self._source(self.inner.text(path, text))

    def _place(self, place: Place) -> Place:
        source = None if place.source is None else self._source(place.source)
        line = None if place.line is None else place.line + self.lines
        return replace(place, source=source, line=line)

    def _source(self, source: Source) -> Source:
        places = source.places
        if places is not None:
            places = tuple((line + self.lines, column) for line, column in places)
        return replace(source, line=source.line + self.lines, places=places)


@dataclass(frozen=True, slots=True)
class OneFormula:
    """The places of a line that is a formula."""

    file: str
    line: int

    def key(self, path: Path) -> Place:
        """Return the line."""
        return Place(file=self.file, line=self.line, column=1)

    def value(self, path: Path) -> Place:
        """Return the line."""
        return self.key(path)

    def text(self, path: Path, text: str) -> Source:
        """Return the formula, which begins in column 1."""
        return Source(text, self.file, self.line)


class LateLocator:
    """Points into a file that is read when it is asked for a place.

    If the file is no longer what is being solved, only its name is told.

    Args:
        index: The number of the problem in its file; None for the file's `[defaults]`.
    """

    def __init__(self, file: str, sha256: str, index: int | None) -> None:
        self._file = file
        self._sha256 = sha256
        self._index = index

    def key(self, path: Path) -> Place:
        """Return where a key stands."""
        found = self._locator()
        return Place(file=self._file) if found is None else found.key(path)

    def value(self, path: Path) -> Place:
        """Return where a value stands."""
        found = self._locator()
        return Place(file=self._file) if found is None else found.value(path)

    def text(self, path: Path, text: str) -> Source:
        """Return the source of a text value."""
        found = self._locator()
        return Source(text, self._file) if found is None else found.text(path, text)

    def _locator(self) -> Locator | None:
        positions = _scanned(self._file, self._sha256)
        return None if positions is None else located(positions, self._index)


def located(positions: LazyPositions, index: int | None) -> FileLocator:
    """Return the locator of a problem, or of `[defaults]`, in a file of one or of many."""
    if index is None:
        return FileLocator(positions, ("defaults",))
    many = positions.get().value_span(("problem", index)) is not None
    return FileLocator(positions, ("problem", index) if many else ())


@lru_cache(maxsize=2)  # a file of many problems is scanned once, not once a problem
def _scanned(file: str, sha256: str) -> LazyPositions | None:
    try:
        content = FilePath(file).read_bytes()
    except OSError:
        return None
    if hashlib.sha256(content).hexdigest() != sha256:
        return None
    return positions_of(content.decode("utf-8-sig"), file)


def positions_of(text: str, file: str) -> LazyPositions:
    """Return the positions of a problem file's text."""
    suffix = FilePath(file).suffix.lower()
    toml = suffix == ".toml" if suffix in (".toml", ".json") else not text.lstrip().startswith("{")
    return LazyPositions(text, file, toml=toml)
