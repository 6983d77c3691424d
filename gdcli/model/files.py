"""Reads problem files: TOML, or JSON of the same shape; one problem, or many with `[defaults]`."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from pathlib import Path as FilePath
from typing import Any

from gdcli.diagnostics import Diagnostic
from gdcli.errors import FileError
from gdcli.model.faults import bounded
from gdcli.model.fields import unknown_key
from gdcli.model.keys import KEYS, Key
from gdcli.model.kinds import TEXT, Path
from gdcli.model.positions import FileLocator, LazyPositions
from gdcli.model.raw import RawProblem
from gdcli.model.syntax import load_json, load_toml

MAX_BYTES = 10_000_000


def read_problems(path: str | FilePath) -> list[RawProblem]:
    """Return the problems of a file, in order.

    Keys and values of a problem are checked by `make_problem`; here only what concerns the file.

    Raises:
        FileError: It cannot be read or parsed, holds no problem, or two of one name; all faults.
    """
    return _sound(*_scan(_read(FilePath(path)), str(path)))


def read_problems_text(text: str, name: str = "stdin") -> list[RawProblem]:
    """Return the problems of a text that comes from elsewhere; `name` stands for the file."""
    return _sound(*_scan(text.encode("utf-8", "surrogateescape"), name))


def scan_problems(path: str | FilePath) -> tuple[list[RawProblem], list[Diagnostic]]:
    """Return the problems of a file, and its faults instead of raising them.

    For whoever wants all errors of a file at once, those inside the problems too. What cannot be
    read or parsed at all has no problems and one fault.
    """
    try:
        problems, faults = _scan(_read(FilePath(path)), str(path))
    except FileError as error:
        return [], list(error.diagnostics)
    return problems, bounded(faults)


def _sound(problems: list[RawProblem], faults: list[Diagnostic]) -> list[RawProblem]:
    if faults:
        raise FileError(bounded(faults))
    return problems


def _read(path: FilePath) -> bytes:
    try:
        if path.is_dir():
            raise FileError(_whole(str(path), "is-a-folder", f"`{path}` is a folder, not a file"))
        with path.open("rb") as stream:
            return stream.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        message = f"cannot read `{path}`: {reason}"
        raise FileError(_whole(str(path), "unreadable-file", message)) from None


def _whole(file: str, code: str, message: str, hint: str = "") -> Diagnostic:
    """Return an error about a file as a whole."""
    return Diagnostic(code, message, file=file, line=1, column=1, hint=hint)


def _scan(content: bytes, file: str) -> tuple[list[RawProblem], list[Diagnostic]]:
    text = _decoded(content, file)
    toml = _is_toml(text, file)
    positions = LazyPositions(text, file, toml=toml)
    document = load_toml(text, file) if toml else load_json(text, file, positions)
    sha256 = hashlib.sha256(content).hexdigest()
    if "problem" not in document:
        return _single(document, positions, file, sha256)
    return _many(document, positions, file, sha256)


def _decoded(content: bytes, file: str) -> str:
    if len(content) > MAX_BYTES:
        message = f"the file is larger than {MAX_BYTES // 1_000_000} MB"
        raise FileError(
            _whole(file, "file-too-large", message, "put large arrays into `data` files")
        )
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = content[: error.start]
        raise FileError(
            Diagnostic(
                "not-text",
                "the file is not UTF-8 text",
                file=file,
                line=before.count(b"\n") + 1,
                column=len(before.rpartition(b"\n")[2].decode("utf-8", "replace")) + 1,
                hint="a problem file is TOML or JSON",
            )
        ) from None
    if not text.strip():
        raise FileError(_whole(file, "empty-file", "the file is empty", _MINIMAL))
    return text


_MINIMAL = 'a problem is at least `minimize = "…"`'


def _is_toml(text: str, file: str) -> bool:
    suffix = FilePath(file).suffix.lower()
    if suffix in (".toml", ".json"):
        return suffix == ".toml"
    return not text.lstrip().startswith("{")


def _single(
    document: Mapping[str, Any], positions: LazyPositions, file: str, sha256: str
) -> tuple[list[RawProblem], list[Diagnostic]]:
    raw = RawProblem(
        document, FileLocator(positions, ()), file, 0, 1, sha256, default_name=_stem(file)
    )
    if not document:
        return [], [_whole(file, "no-problem", "the file holds no problem", _MINIMAL)]
    if "defaults" in document:
        message = "`[defaults]` serves files with `[[problem]]` tables"
        return [raw], [raw.fault(("defaults",), "unknown-key", message, at_key=True)]
    return [raw], []


def _many(
    document: Mapping[str, Any], positions: LazyPositions, file: str, sha256: str
) -> tuple[list[RawProblem], list[Diagnostic]]:
    top = RawProblem(document, FileLocator(positions, ()), file, 0, 1, sha256)
    faults = list(_misplaced(top))
    tables = document["problem"]
    if isinstance(tables, Mapping):
        message = "`problem` must be a list of tables"
        hint = "write `[[problem]]` with two brackets"
        return [], [*faults, top.fault(("problem",), "wrong-value", message, hint=hint)]
    if not isinstance(tables, list) or not all(isinstance(t, Mapping) for t in tables):
        message = "`problem` must be a list of tables"
        return [], [*faults, top.fault(("problem",), "wrong-value", message)]
    if not tables:
        return [], [*faults, top.fault(("problem",), "no-problem", "the file holds no problem")]
    defaults = _defaults(document, positions, file, sha256, faults)
    problems = []
    for index, table in enumerate(tables):
        path: Path = ("problem", index)
        locator = FileLocator(positions, path)
        name = _stem(file) if index == 0 else f"{_stem(file)}#{index + 1}"
        line = locator.key(()).line or 1
        problems.append(
            RawProblem(
                table, locator, file, index, line, sha256, defaults=defaults, default_name=name
            )
        )
    faults.extend(_namesakes(problems))
    return problems, faults


def _defaults(
    document: Mapping[str, Any],
    positions: LazyPositions,
    file: str,
    sha256: str,
    faults: list[Diagnostic],
) -> RawProblem | None:
    if "defaults" not in document:
        return None
    fields = document["defaults"]
    raw = RawProblem({}, FileLocator(positions, ("defaults",)), file, 0, 1, sha256)
    if not isinstance(fields, Mapping):
        faults.append(raw.fault((), "wrong-value", "`defaults` must be a table"))
        return None
    if "name" in fields:
        message = "`name` in `[defaults]` would give all problems one name"
        faults.append(raw.fault(("name",), "unknown-key", message, at_key=True))
    kept = {key: value for key, value in fields.items() if key != "name"}
    usual = kept.get("method", "auto")
    named = [table.get("method", usual) for table in document["problem"]]
    methods = tuple(dict.fromkeys(name for name in named if isinstance(name, str)))
    return RawProblem(kept, raw.locator, file, 0, 1, sha256, shared=True, methods=methods)


def _misplaced(top: RawProblem) -> Iterator[Diagnostic]:
    """Report keys beside `[[problem]]` and `[defaults]`."""
    for key in top.fields:
        if key in KEYS and key != "$schema":
            message = f"`{key}` stands outside the `[[problem]]` tables"
            hint = "put what holds for all problems into `[defaults]`"
            yield top.fault((key,), "unknown-key", message, hint=hint, at_key=True)
        elif key not in ("problem", "defaults", "$schema"):
            rows = (Key("problem", TEXT, ""), Key("defaults", TEXT, ""))
            yield unknown_key(top, (key,), rows)


def _namesakes(problems: list[RawProblem]) -> Iterator[Diagnostic]:
    """Report every problem that bears the name of an earlier one."""
    first: dict[str, RawProblem] = {}
    for raw in problems:
        name = raw.name or ""
        other = first.setdefault(name, raw)
        if other is not raw:
            message = f"two problems are called `{name}`"
            hint = f"the other one begins in line {other.line}"
            yield raw.fault(("name",), "name-given-twice", message, hint=hint)


def _stem(file: str) -> str:
    """Return what a problem without a name is called: its file, without folder and extension."""
    return re.sub(r"\.(toml|json)\Z", "", FilePath(file).name, flags=re.I) or file
