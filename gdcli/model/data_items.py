"""What `data` and `--data` may say: which file, and which of its columns under which names."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from gdcli.model.assignments import split_outside_brackets
from gdcli.model.kinds import Kind, Unfit, normalised


class DataItem(NamedTuple):
    """One data file.

    Attributes:
        file: Its path as it was written.
        columns: Constant's name → column (or array of an `.npz`; empty for the only array); None
            takes every column under its own name.
    """

    file: str
    columns: Mapping[str, str] | None


_EXTENSION = re.compile(r"(.*\.(?:npy|npz|csv|tsv|txt|parquet))(?::(.*))?", re.I | re.S)
_QUOTED = re.compile(r"(\"[^\"]*\"|'[^']*')(?::(.*))?", re.S)


def read_data(value: Any) -> tuple[DataItem, ...]:
    """Return the data files of a text (`points.csv`, `X=X.npy,y=t.csv:Sepal Length`) or table.

    Raises:
        Unfit: Something else.
    """
    if isinstance(value, str):
        return _from_text(value)
    if isinstance(value, Mapping):
        return (_from_table(value),)
    if isinstance(value, (list, tuple)):
        items: list[DataItem] = []
        for k, part in enumerate(value):
            try:
                if isinstance(part, (list, tuple)):
                    raise Unfit
                items.extend(read_data(part))
            except Unfit as unfit:
                raise unfit.below(k) from None
        return tuple(items)
    raise Unfit


def _from_text(text: str) -> tuple[DataItem, ...]:
    items: list[DataItem] = []
    for piece in split_outside_brackets(text, ","):
        name, sign, rest = piece.text.partition("=")
        if not sign:
            name, rest = "", piece.text
        path, column = _file_and_column(rest.strip())
        if not path:
            raise Unfit("a file's name is missing")
        if not sign and not column:
            items.append(DataItem(path, None))
        elif not sign:
            items.append(DataItem(path, {normalised(column): column}))
        elif not name.strip():
            raise Unfit("a constant's name is missing before `=`")
        else:
            items.append(DataItem(path, {normalised(name): column}))
    return tuple(items)


def _file_and_column(text: str) -> tuple[str, str]:
    match = _QUOTED.fullmatch(text) or _EXTENSION.fullmatch(text)
    if match is None:
        return text, ""
    return _unquoted(match.group(1)), _unquoted((match.group(2) or "").strip())


def _unquoted(text: str) -> str:
    if len(text) >= 2 and text[0] == text[-1] and text[0] in "\"'":
        return text[1:-1]
    return text


def _from_table(table: Mapping[Any, Any]) -> DataItem:
    for key in table:
        if key not in ("file", "columns"):
            from gdcli.suggest import did_you_mean

            hint = did_you_mean(str(key), ("file", "columns"))
            raise Unfit(
                f"unknown key `{key}`", (str(key),), hint or "`file` and `columns` may be given"
            )
    file = table.get("file")
    if not isinstance(file, str) or not file:
        raise Unfit("`file` must be a file's name", ("file",) if "file" in table else ())
    columns = table.get("columns")
    if columns is None:
        return DataItem(file, None)
    if not isinstance(columns, Mapping) or not columns:
        raise Unfit("`columns` must be a table: constant's name = column's name", ("columns",))
    for name, column in columns.items():
        if not isinstance(column, str):
            raise Unfit("a column's name must be a text", ("columns", str(name)))
    return DataItem(file, {normalised(str(name)): column for name, column in columns.items()})


_ONE_FILE: Mapping[str, Any] = {
    "anyOf": [
        {"type": "string", "minLength": 1},
        {
            "type": "object",
            "required": ["file"],
            "additionalProperties": False,
            "properties": {
                "file": {"type": "string", "minLength": 1},
                "columns": {"type": "object", "additionalProperties": {"type": "string"}},
            },
        },
    ]
}

DATA = Kind(
    'a file\'s name, or `{ file = "points.csv", columns = { y = "Sepal Length" } }`',
    {"anyOf": [*_ONE_FILE["anyOf"], {"type": "array", "items": _ONE_FILE}]},
    read_data,
)
