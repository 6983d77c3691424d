"""Which files do these paths mean? Folders give their problem files, in order of name."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from glob import glob, has_magic
from pathlib import Path

from gdcli.diagnostics import Diagnostic
from gdcli.errors import FileError
from gdcli.records import dataclass

_KEYS = (b'"minimize"', b'"maximize"', b'"fit"', b'"problem"')
_LOOK = 1 << 20
_OURS = re.compile(rb'"schema"\s*:\s*"gd\.')
"""What gd wrote itself, such as a result: no problem, though it has a problem's keys."""


@dataclass(frozen=True, slots=True)
class Found:
    """Problem files, and how many others were passed over in folders."""

    files: tuple[Path, ...]
    skipped: int


def find_files(paths: Iterable[str]) -> Found:
    """Return the problem files that files, folders (recursively) and glob patterns stand for.

    In folders: `*.toml`, and `*.json` that hold a problem; hidden files and folders are not
    entered. A file that is named outright is taken whatever it is called.

    Raises:
        FileError: Paths that do not exist, all of them.
    """
    files: dict[Path, None] = {}
    skipped = 0
    faults = []
    for word in paths:
        named = [word] if Path(word).exists() or not has_magic(word) else sorted(
            glob(word, recursive=True)
        )  # fmt: skip
        if not named or not Path(named[0]).exists():
            faults.append(Diagnostic("no-file", f"no such file or folder: `{word}`", file=word))
            continue
        for name in named:
            path = Path(name)
            if not path.is_dir():
                files[path] = None
                continue
            for inner in _walk(path):
                if _is_problem(inner):
                    files[inner] = None
                else:
                    skipped += 1
    if faults:
        raise FileError(faults)
    return Found(tuple(files), skipped)


def _walk(folder: Path) -> Iterator[Path]:
    waiting = [folder]
    seen = set()
    while waiting:
        current = waiting.pop()
        real = current.resolve()
        if real in seen:
            continue
        seen.add(real)
        try:
            entries = sorted(current.iterdir())
        except OSError as error:
            why = error.strerror or str(error)
            raise FileError(
                Diagnostic("unreadable", f"cannot read folder `{current}`: {why}")
            ) from None
        shown = [entry for entry in entries if not entry.name.startswith(".")]
        yield from (entry for entry in shown if entry.is_file())
        waiting.extend(entry for entry in reversed(shown) if entry.is_dir())


def _is_problem(path: Path) -> bool:
    if path.suffix == ".toml":
        return True
    if path.suffix != ".json":
        return False
    try:
        with path.open("rb") as file:
            head = file.read(_LOOK)
    except OSError:
        return True  # so that reading it says what is wrong
    return _OURS.search(head) is None and any(key in head for key in _KEYS)
