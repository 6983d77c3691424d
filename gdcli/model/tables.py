"""Comma-separated tables with a header: columns of numbers, by name."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from pathlib import Path as FilePath
from typing import Any, NoReturn

import numpy as np

from gdcli.diagnostics import Diagnostic
from gdcli.errors import DataError

_MISSING = frozenset(("", "na", "n/a", "nan", "null", "none", "?", "-"))


def read_csv(path: FilePath) -> Mapping[str, np.ndarray[Any, Any] | Diagnostic]:
    """Return a table's columns as float64, or int64 where all cells are whole numbers.

    The first line names the columns, in quotes where a name holds the delimiter. The delimiter is
    whichever of comma, semicolon and tab the header holds most of. A column of texts is given as
    the fault of using it; a table of nothing else is refused.

    Raises:
        DataError: No header, a row of another length, a cell that is missing or infinite, a text
            in a column of numbers, quotes that do not close; with the line.
    """
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError:
        raise DataError(
            Diagnostic("not-text", f"`{path}` is not UTF-8 text", file=str(path), line=1, column=1)
        ) from None
    header_line = text.lstrip().partition("\n")[0]
    delimiter = max(",;\t", key=lambda mark: _outside_quotes(header_line, mark))
    if len(text) > _LARGE:
        numbers = _all_numbers(text, delimiter)
        if numbers is not None:
            return numbers
    reader = csv.reader(
        text.splitlines(keepends=True), delimiter=delimiter, skipinitialspace=True, strict=True
    )
    lines: list[int] = []
    rows: list[list[str]] = []
    try:
        for row in reader:
            if row and any(cell.strip() for cell in row):
                rows.append(row)
                lines.append(reader.line_num)
    except csv.Error as error:
        _fault(path, reader.line_num, f"this is no table: {error}")
    if not rows:
        _fault(path, 1, "the table is empty")
    header = [cell.strip() for cell in rows[0]]
    _check_header(path, lines[0], header)
    if len(rows) == 1:
        _fault(path, lines[0], "the table has a header and no rows")
    for row, line in zip(rows[1:], lines[1:], strict=True):
        if len(row) != len(header):
            _fault(path, line, f"the row has {len(row)} cells, the header {len(header)}")
    columns: dict[str, np.ndarray[Any, Any] | Diagnostic] = {}
    for k, name in enumerate(header):
        cells = [row[k].strip() for row in rows[1:]]
        columns[name] = _column(path, name, cells, lines[1:], delimiter)
    if all(isinstance(column, Diagnostic) for column in columns.values()):
        _fault(path, lines[0], "no column holds numbers")
    return columns


_LARGE = 1_000_000
"""Characters from which on it pays to try whether a table holds nothing but sound numbers."""


def _all_numbers(text: str, delimiter: str) -> dict[str, np.ndarray[Any, Any]] | None:
    """Return the columns of a table that needs no explanation, at C speed; None of any other."""
    first, _, body = text.lstrip().partition("\n")
    header = [cell.strip() for cell in first.split(delimiter)]
    body = body.rstrip()
    if '"' in text or "\r" in first.rstrip("\r") or "\n\n" in body or "\n\r" in body:
        return None
    if (
        not all(header)
        or len(set(header)) < len(header)
        or any(_is_number(cell) for cell in header)
    ):
        return None

    def loaded(column: int | None, kind: type) -> np.ndarray[Any, Any]:
        return np.loadtxt(
            io.StringIO(body, newline=None),
            kind,
            delimiter=delimiter,
            comments=None,
            usecols=column,
            ndmin=2 if column is None else 1,
        )

    try:
        table = loaded(None, float)
    except ValueError:
        return None
    if table.shape[1] != len(header) or not np.isfinite(table).all():
        return None
    columns: dict[str, np.ndarray[Any, Any]] = {}
    for k, name in enumerate(header):
        column = np.ascontiguousarray(table[:, k])
        whole = bool((column == np.floor(column)).all())  # else its texts need not be looked at
        columns[name] = _typed(column, loaded(k, str) if whole else ("",))
    return columns


def _outside_quotes(line: str, mark: str) -> int:
    return sum(part.count(mark) for part in line.split('"')[::2])


def _check_header(path: FilePath, line: int, header: list[str]) -> None:
    if all(_is_number(cell) for cell in header):
        _fault(path, line, "the first line must name the columns", "add a line such as `x,y`")
    for k, name in enumerate(header):
        if not name:
            _fault(path, line, f"column {k + 1} has no name")
        if name in header[:k]:
            _fault(path, line, f"two columns are called `{name}`")


def _column(
    path: FilePath, name: str, cells: list[str], lines: list[int], delimiter: str
) -> np.ndarray[Any, Any] | Diagnostic:
    """Return a column of numbers, or the fault of using a column of texts throughout."""
    try:
        column = np.array(cells, dtype=np.float64)
    except ValueError:
        return _texts(path, name, cells, lines, delimiter)
    if np.isnan(column).any():
        row = int(np.nonzero(np.isnan(column))[0][0])
        _missing(path, lines[row], name, cells[row])
    if np.isinf(column).any():
        row = int(np.nonzero(np.isinf(column))[0][0])
        _fault(path, lines[row], f"`{cells[row][:60]}` in column `{name}` is not finite")
    return _typed(column, cells)


def _typed(column: np.ndarray[Any, Any], cells: Iterable[str]) -> np.ndarray[Any, Any]:
    """Return a column as integers if all cells are whole numbers that a float holds."""
    if (abs(column) < 2**53).all() and all(c.strip().lstrip("+-").isdigit() for c in cells):
        return column.astype(np.int64)
    return column


def _texts(
    path: FilePath, name: str, cells: list[str], lines: list[int], delimiter: str
) -> Diagnostic:
    """Return the fault of using a column of texts; raise that of texts and gaps among numbers."""
    filled = [cell for cell in cells if cell.lower() not in _MISSING]
    mixed = not filled or any(_is_number(cell) for cell in filled)
    for cell, line in zip(cells, lines, strict=True):
        if cell.lower() in _MISSING:
            if mixed:
                _missing(path, line, name, cell)
        elif not _is_number(cell):
            break
    commas = delimiter != "," and "," in cell
    hint = "write a decimal point" if commas else "write plain numbers, such as 1000 or 0.5"
    found = _diagnostic(path, line, f"`{cell[:60]}` in column `{name}` is no number", hint)
    if mixed:
        raise DataError(found)
    return found


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


def _missing(path: FilePath, line: int, name: str, cell: str) -> NoReturn:
    shown = f" (`{cell}`)" if cell else ""
    _fault(path, line, f"column `{name}` has no value here{shown}",
           "fill in or leave out what is missing")  # fmt: skip


def _fault(path: FilePath, line: int, message: str, hint: str = "") -> NoReturn:
    raise DataError(_diagnostic(path, line, message, hint))


def _diagnostic(path: FilePath, line: int, message: str, hint: str) -> Diagnostic:
    return Diagnostic("bad-table", message, file=str(path), line=line, column=1, hint=hint)
