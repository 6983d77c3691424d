"""Results on disk: `-o` and `--trace`, written so that a reader never meets half a file."""

from __future__ import annotations

import json
import math
import os
import sys
import tempfile
from pathlib import Path
from typing import IO, Any, Protocol

from gdcli.diagnostics import Diagnostic
from gdcli.errors import FileError
from gdcli.result import Result


class Row(Protocol):
    """A row of a trace: a NamedTuple."""

    _fields: Any

    def _asdict(self) -> dict[str, Any]: ...


def write_json_line(value: dict[str, Any]) -> str:
    """Return a JSON object as one line, without NaN and infinity.

    What a terminal might obey, or standard output cannot carry, is written as `\\uXXXX`.
    """
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(", ", ": "))
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    try:
        text.encode(encoding)
        if text.isprintable():
            return text
    except UnicodeEncodeError:
        pass
    escaped = json.dumps(value, ensure_ascii=True, allow_nan=False, separators=(", ", ": "))
    return escaped.replace("\x7f", "\\u007f")


def save_result(results: list[Result], path: Path) -> None:
    """Write results to `x.json` (the objects) or `x.npz` (the arrays of `at`), atomically.

    Raises:
        FileError: The ending is neither, several results are to go into one .npz, or writing fails.
    """
    if path.suffix == ".json":
        objects = [result.to_dict() for result in results]
        text = json.dumps(objects[0] if len(objects) == 1 else objects, allow_nan=False)
        _replace(path, lambda file: file.write(text.encode() + b"\n"))
    elif path.suffix == ".npz":
        import numpy as np

        if len(results) != 1:
            raise _fault(path, "an .npz file holds one result; use .json for several")
        arrays = {name: np.asarray(v) for name, v in (results[0].at or {}).items()}
        # NumPy takes arrays by keyword; a variable called `file` would be taken for the file.
        _replace(path, lambda file: _write_npz(file, arrays))
    else:
        raise _fault(path, "unknown ending: use .json or .npz")


def check_output(path: Path, endings: tuple[str, ...]) -> None:
    """Raise FileError before any work is done where `path` cannot be written later."""
    if path.suffix not in endings:
        raise _fault(path, f"unknown ending: use {' or '.join(endings)}")
    if not path.parent.is_dir():
        raise _fault(path, "its folder does not exist")
    if path.is_dir():
        raise _fault(path, "is a folder")


class TraceWriter:
    """An observer that writes every iteration to `x.jsonl` or `x.csv` as it comes.

    The rows written so far are there whatever ends the run.
    """

    def __init__(self, path: Path, *, append: bool = False) -> None:
        self._path = path
        self._csv = path.suffix == ".csv"
        self._head = self._csv and not append
        try:
            self._file = path.open("a" if append else "w", encoding="utf-8", newline="")
        except OSError as error:
            raise _fault(path, error.strerror or str(error)) from None

    def __call__(self, row: Row) -> None:
        """Write a row."""
        fields = {name: _finite(value) for name, value in row._asdict().items()}
        try:
            if self._head:
                self._file.write(",".join(fields) + "\n")
                self._head = False
            if self._csv:
                cells = ("" if value is None else repr(value) for value in fields.values())
                self._file.write(",".join(cells) + "\n")
            else:
                self._file.write(json.dumps(fields, allow_nan=False) + "\n")
        except OSError as error:
            raise _fault(self._path, error.strerror or str(error)) from None

    def close(self) -> None:
        """Finish the file."""
        try:
            self._file.close()
        except OSError as error:
            raise _fault(self._path, error.strerror or str(error)) from None


def _finite(value: Any) -> Any:
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _write_npz(file: IO[bytes], arrays: dict[str, Any]) -> None:
    import zipfile

    import numpy as np

    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        for name, array in arrays.items():
            with archive.open(f"{name}.npy", "w", force_zip64=True) as member:
                np.lib.format.write_array(member, array, allow_pickle=False)


def _replace(path: Path, write: Any) -> None:
    if path.exists() and not path.is_file():  # a device or a pipe: nothing to replace
        try:
            with path.open("wb") as file:
                write(file)
            return
        except OSError as error:
            raise _fault(path, error.strerror or str(error)) from None
    temporary = None
    try:
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        with os.fdopen(handle, "wb") as file:
            write(file)
        umask = os.umask(0)
        os.umask(umask)
        os.chmod(temporary, 0o666 & ~umask)
        os.replace(temporary, path)
    except OSError as error:
        if temporary is not None:
            Path(temporary).unlink(missing_ok=True)
        raise _fault(path, error.strerror or str(error)) from None


def _fault(path: Path, why: str) -> FileError:
    return FileError(Diagnostic("output", f"cannot write `{path}`: {why}"))
