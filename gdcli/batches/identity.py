"""When are two problems the same? A hash of what is solved and how, not of where it stands."""

from __future__ import annotations

import hashlib
import stat
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from gdcli import __version__
from gdcli.batches.wire import canonical
from gdcli.model.data_items import read_data
from gdcli.model.keys import KEYS
from gdcli.model.kinds import Unfit
from gdcli.model.raw import RawProblem

_TOLD = frozenset(("name", "source", "description", "tags", "$schema"))
"""Keys that say something about a problem and change nothing in its solution."""

_BLOCK = 1 << 20


def merged_fields(*layers: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields of several layers, the strongest first; tables merge key by key."""
    merged: dict[str, Any] = {}
    for layer in reversed(layers):
        for key, value in layer.items():
            row = KEYS.get(key)
            below = merged.get(key)
            if row and row.table and isinstance(below, Mapping) and isinstance(value, Mapping):
                merged[key] = {**below, **value}
            else:
                merged[key] = value
    return merged


def key_of(raw: RawProblem, options: Mapping[str, Any]) -> str:
    """Return the key under which a result is stored, 64 hexadecimal digits.

    Equal keys: the same content with defaults and data files, the same options of the command
    line and the same version of gd.

    Args:
        options: What the command line gives on top, as keys of the problem file, and the limits
            of the batch.
    """
    fields = merged_fields(raw.fields, raw.defaults.fields if raw.defaults else {})
    content = {key: value for key, value in fields.items() if key not in _TOLD}
    folder = Path(raw.file).parent if raw.file is not None else Path()
    files = [*_data_files(content.get("data"), folder), *_data_files(options.get("data"), Path())]
    kept = {key: value for key, value in options.items() if key != "cache"}
    whole = [content, kept, [_digest_of(path) for path in files], __version__]
    return hashlib.sha256(canonical(whole)).hexdigest()


def _data_files(data: Any, folder: Path) -> list[Path]:
    if data is None:
        return []
    try:
        return [folder / item.file for item in read_data(data)]
    except Unfit:
        return []


def _digest_of(path: Path) -> str:
    """Return the hash of a data file; empty for what cannot be read twice, or at all."""
    try:
        found = path.stat()
    except (OSError, ValueError):
        return ""
    if not stat.S_ISREG(found.st_mode):
        return ""
    return _digest(str(path), found.st_mtime_ns, found.st_size)


@lru_cache(maxsize=256)
def _digest(path: str, _changed: int, _size: int) -> str:
    digest = hashlib.sha256()
    try:
        with open(path, "rb") as file:
            while block := file.read(_BLOCK):
                digest.update(block)
    except OSError:
        return ""
    return digest.hexdigest()
