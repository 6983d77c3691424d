"""Loads data files: `.npy`, `.npz`, `.csv`, Parquet. Columns and arrays become constants.

Nothing is ever unpickled. Floats keep their type (float32 stays float32), integers stay integers,
so that they may serve as indices; the graph converts them where they are numbers. Booleans become
0 and 1. NaN and missing cells are errors: an objective that sums over them would be NaN everywhere,
and leaving rows out in silence would answer another question than the one asked.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import field
from pathlib import Path as FilePath
from tokenize import TokenError
from typing import Any

import numpy as np

from gdcli.diagnostics import Diagnostic
from gdcli.errors import DataError
from gdcli.model.data_items import DataItem
from gdcli.model.fields import Given
from gdcli.model.kinds import Unfit, normalised
from gdcli.model.tables import read_csv
from gdcli.model.values import array_value
from gdcli.records import dataclass
from gdcli.suggest import did_you_mean

Arrays = Mapping[str, "np.ndarray[Any, Any] | Diagnostic"]


@dataclass(frozen=True, slots=True)
class Data:
    """What data files give.

    Attributes:
        constants: By name: numbers and arrays.
        texts: Columns that no formula can use, by name: the fault of using one.
        files: File names with the names that each gave.
    """

    constants: dict[str, Any] = field(default_factory=dict)
    texts: dict[str, Diagnostic] = field(default_factory=dict)
    files: list[tuple[str, list[str]]] = field(default_factory=list)


def load_data(given: Given | None, faults: list[Diagnostic]) -> Data:
    """Return what data files give; faults are added to `faults`.

    Paths are relative to the problem file that names them, otherwise to the working folder.
    """
    data = Data()
    if given is None:
        return data
    folder = FilePath(given.raw.file).parent if given.raw.file is not None else FilePath()
    loaded: dict[str, Arrays] = {}
    for item in given.value:
        try:
            arrays = loaded.get(item.file)
            if arrays is None:
                arrays = loaded[item.file] = load_file(folder / item.file)
            chosen = choose(item, arrays)
        except DataError as error:
            faults.extend(_placed(given, fault) for fault in error.diagnostics)
            continue
        data.files.append((item.file, list(chosen)))
        for name, array in chosen.items():
            if name in data.constants:
                message = f"the data gives `{name}` twice"
                hint = 'rename one: `--data "name=FILE:COLUMN"`'
                faults.append(given.fault("given-twice", message, hint=hint))
            if isinstance(array, Diagnostic):
                data.texts[name] = _placed(given, array)
            else:
                data.constants[name] = array
    return data


def _placed(given: Given, fault: Diagnostic) -> Diagnostic:
    """Return the fault; one without a place of its own is put where the file is named."""
    if fault.file is not None:
        return fault
    return given.fault(fault.code, fault.message, hint=fault.hint)


def load_file(path: FilePath) -> Arrays:
    """Return a file's arrays by column; the only array of an `.npy` file has the name "".

    Of several columns one that holds texts is given as the fault of using it.

    Raises:
        DataError: It cannot be read, is of an unknown kind, or holds what is no number.
    """
    reader = _READERS.get(path.suffix.lower())
    if reader is None:
        known = ", ".join(f"`{suffix}`" for suffix in _READERS)
        message = f"`{path}` is of an unknown kind: known are {known}"
        raise DataError(Diagnostic("unknown-data", message))
    try:
        arrays = reader(path)
    except OSError as error:
        message = f"cannot read `{path}`: {error.strerror or error}"
        raise DataError(Diagnostic("unreadable-file", message)) from None
    except MemoryError:
        message = f"`{path}` does not fit into memory"
        raise DataError(Diagnostic("too-large", message)) from None
    except _BROKEN as error:
        hint = "files with Python objects are never read" if "pickle" in str(error) else ""
        message = f"`{path}` is not a sound {path.suffix} file"
        raise DataError(Diagnostic("unreadable-file", message, hint=hint)) from None
    return {
        name: array if isinstance(array, Diagnostic) else _sound(path, name, array)
        for name, array in arrays.items()
    }


def choose(item: DataItem, arrays: Arrays) -> dict[str, Any]:
    """Return the columns that a data item asks for, under its names.

    Raises:
        DataError: There is no such column, or it holds texts.
    """
    if item.columns is None:
        return {_own_name(item, column): array for column, array in arrays.items()}
    chosen = {}
    for name, column in item.columns.items():
        if not column and len(arrays) == 1:
            chosen[name] = next(iter(arrays.values()))
        elif not column and name in arrays:
            chosen[name] = arrays[name]
        elif not column or column not in arrays:
            raise DataError(_no_column(item.file, name, column, list(arrays)))
        else:
            chosen[name] = arrays[column]
        if isinstance(chosen[name], Diagnostic):
            raise DataError(chosen[name])
    return chosen


def _own_name(item: DataItem, column: str) -> str:
    """Return the constant's name for a column that keeps its own."""
    return normalised(column or FilePath(item.file).stem)


def _no_column(file: str, name: str, column: str, known: list[str]) -> Diagnostic:
    listed = ", ".join(f"`{other}`" for other in known[:20])
    noun = "array" if file.lower().endswith((".npy", ".npz")) else "column"
    if not column:
        message = f"`{file}` has {len(known)} {noun}s: which one is `{name}`?"
        hint = f"write `{name}={file}:{noun.upper()}`: {listed}"
        return Diagnostic("no-such-column", message, hint=hint)
    message = f"`{file}` has no {noun} `{column}`"
    hint = did_you_mean(column, known) or f"it has {listed}"
    return Diagnostic("no-such-column", message, hint=hint)


def _sound(path: FilePath, name: str, array: np.ndarray[Any, Any]) -> Any:
    """Return the array as gd keeps it, in passes that copy nothing.

    Raises:
        DataError: Objects, texts, complex numbers, NaN or infinity.
    """
    named = f"`{name}` in `{path}`" if name else f"`{path}`"
    try:
        value = array_value(np.asarray(array))
    except Unfit as unfit:
        where = "".join(f"[{step}]" for step in unfit.path)
        at = f" at {where}, counted from 0" if where else ""
        hint = "fill in or leave out what is missing" if where else ""
        message = f"{named}: {unfit.message}{at}"
        raise DataError(Diagnostic("bad-data", message, hint=hint)) from None
    values = np.asarray(value)
    if values.size == 0:
        raise DataError(Diagnostic("bad-data", f"{named} is empty"))
    if values.dtype.kind == "f" and np.isinf((values.min(), values.max())).any():
        where = "".join(f"[{int(k[0])}]" for k in np.nonzero(np.isinf(values)))
        message = f"{named} is infinite at {where}, counted from 0"
        raise DataError(Diagnostic("bad-data", message))
    return value


def _read_npy(path: FilePath) -> Arrays:
    with path.open("rb") as stream:
        array = np.load(stream, allow_pickle=False)
    if not isinstance(array, np.ndarray):
        raise ValueError("not a single array")
    return {"": array}


def _read_npz(path: FilePath) -> Arrays:
    import zipfile
    import zlib

    try:
        with path.open("rb") as stream, np.load(stream, allow_pickle=False) as archive:
            if isinstance(archive, np.ndarray):
                raise ValueError("a single array")
            arrays = {name: np.asarray(archive[name]) for name in archive.files}
    except (zipfile.BadZipFile, zlib.error, KeyError) as error:
        raise ValueError(str(error)) from None
    if not any(array.dtype.kind in "US" for array in arrays.values()) or len(arrays) == 1:
        return arrays
    return {
        name: _of_texts(path, name, "an array") if array.dtype.kind in "US" else array
        for name, array in arrays.items()
    }


def _of_texts(path: FilePath, name: str, noun: str) -> Diagnostic:
    return Diagnostic("bad-data", f"`{name}` in `{path}`: {noun} of texts is no use here")


def _read_parquet(path: FilePath) -> Arrays:
    try:
        import polars
    except ImportError:
        message = f"reading `{path}` needs polars"
        hint = 'install it: `pip install "gd-minimize[data]"`, or save the table as .csv'
        raise DataError(Diagnostic("not-installed", message, hint=hint)) from None
    try:
        frame = polars.read_parquet(path)
    except OSError:
        raise
    except Exception as error:  # polars has a dozen kinds for broken files
        raise ValueError(str(error)) from None
    arrays: dict[str, np.ndarray[Any, Any] | Diagnostic] = {}
    for column in frame.columns:
        series = frame[column]
        if not (series.dtype.is_numeric() or series.dtype == polars.Boolean):
            arrays[column] = _of_texts(path, column, f"a column of {series.dtype}")
            continue
        if series.null_count():
            row = int(np.nonzero(series.is_null().to_numpy())[0][0])
            message = f"`{column}` in `{path}` has no value in row {row + 1}"
            hint = "fill in or leave out what is missing"
            raise DataError(Diagnostic("bad-data", message, hint=hint))
        arrays[column] = series.to_numpy()
    return arrays


_BROKEN = (ValueError, EOFError, SyntaxError, TokenError, TypeError, OverflowError, RuntimeError)
"""What NumPy and the modules below it say of broken headers and members."""

_READERS: Mapping[str, Callable[[FilePath], Arrays]] = {
    ".csv": read_csv,
    ".tsv": read_csv,
    ".npy": _read_npy,
    ".npz": _read_npz,
    ".parquet": _read_parquet,
}
