"""Where problems come from: files, folders, patterns, and lines of standard input."""

from __future__ import annotations

import hashlib
import queue
import threading
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

from gdcli.batches.locate import OneFormula, Shifted
from gdcli.diagnostics import Diagnostic
from gdcli.errors import FileError
from gdcli.model.collect import find_files
from gdcli.model.files import read_problems_text, scan_problems
from gdcli.model.raw import RawProblem
from gdcli.records import dataclass

STDIN = "-"
STDIN_NAME = "stdin"
_MAX_LINE = 10_000_000
_LINES_AHEAD = 64


@dataclass(frozen=True, slots=True)
class Found:
    """A problem, or a file or line that holds none.

    Attributes:
        faults: Why it holds none.
        text: A line of JSON, from which places in it are found; None for files, read again.
    """

    raw: RawProblem
    faults: tuple[Diagnostic, ...] = ()
    text: str | None = None


class Files:
    """The problems of files, in order; a file is read when its turn comes.

    Attributes:
        skipped: How many files in folders are no problems.
        expected: How many problems there will be, as far as is known now.
        count: How many files there are.
    """

    def __init__(self, paths: Sequence[str]) -> None:
        found = find_files(paths)
        self._files = found.files
        self.skipped = found.skipped
        self.count = len(found.files)
        self.expected: int | None = self.count

    def __iter__(self) -> Iterator[Found | None]:
        """Yield every problem."""
        for path in self._files:
            problems, faults = scan_problems(path)
            if self.expected is not None and not faults:
                self.expected += len(problems) - 1
            if faults:
                yield Found(_nameless(path), tuple(faults))
                continue
            for raw in problems:
                yield Found(raw)


class Lines:
    """The problems of a stream, one a line: `{` begins JSON, anything else is a formula.

    A thread reads ahead, so that a slow stream does not hold up what is being solved; as long as
    no line is there, None is yielded. Memory does not grow with the stream.
    """

    skipped = 0
    expected: int | None = None

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._lines: queue.Queue[tuple[int, bytes] | None] = queue.Queue(_LINES_AHEAD)
        self.count = 1

    def __iter__(self) -> Iterator[Found | None]:
        """Yield every problem, or None where the next is not there yet."""
        threading.Thread(target=self._read, daemon=True).start()
        while True:
            try:
                line = self._lines.get_nowait()
            except queue.Empty:
                yield None
                continue
            if line is None:
                return
            yield from _problems_of(*line)

    def _read(self) -> None:
        number = 0
        try:
            while line := self._stream.readline(_MAX_LINE + 1):
                number += 1
                if len(line) > _MAX_LINE:
                    while line and not line.endswith(b"\n"):
                        line = self._stream.readline(_MAX_LINE + 1)
                    line = b"\0"
                if line.strip():
                    self._lines.put((number, line))
        except (OSError, ValueError):  # the stream was closed
            pass
        finally:
            self._lines.put(None)


def _problems_of(number: int, line: bytes) -> Iterator[Found]:
    """Yield the problems of a line; nearly always one."""
    name = f"{STDIN_NAME}:{number}"
    sha256 = hashlib.sha256(line).hexdigest()
    bare = RawProblem(
        {}, OneFormula(STDIN_NAME, number), STDIN_NAME, 0, number, sha256, default_name=name
    )
    if line == b"\0":
        yield Found(bare, (_fault(number, "line-too-long", "the line is longer than 10 MB"),))
        return
    try:
        text = line.decode("utf-8-sig" if number == 1 else "utf-8").rstrip("\r\n")
    except UnicodeDecodeError:
        yield Found(bare, (_fault(number, "not-text", "the line is not UTF-8 text"),))
        return
    if not text.lstrip().startswith("{"):
        yield Found(replace(bare, fields={"minimize": text}))
        return
    try:
        problems = read_problems_text(text, STDIN_NAME)
    except FileError as error:
        yield Found(bare, tuple(_moved(fault, number) for fault in error.diagnostics))
        return
    for raw in problems:
        own = name if raw.index == 0 else f"{name}#{raw.index + 1}"
        locator = Shifted(raw.locator, number - 1)
        yield Found(
            replace(raw, locator=locator, line=number, sha256=sha256, default_name=own), text=text
        )


def _moved(fault: Diagnostic, number: int) -> Diagnostic:
    """Return a fault of a line, with the line's place in the stream."""
    source = fault.source
    if source is not None:
        source = replace(source, line=source.line + number - 1)
    line = None if fault.line is None else fault.line + number - 1
    return replace(fault, source=source, line=line)


def _fault(number: int, code: str, message: str) -> Diagnostic:
    return Diagnostic(code, message, file=STDIN_NAME, line=number, column=1)


def _nameless(path: Path) -> RawProblem:
    try:
        with path.open("rb") as file:
            sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    except (OSError, ValueError):
        sha256 = ""
    return RawProblem({}, file=str(path), sha256=sha256, default_name=path.stem)
