"""From a result back to its problem: for checking it, and for solving it again."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import field, replace
from pathlib import Path
from typing import Any

from gdcli.batches.query import Reader
from gdcli.batches.worker import overriding
from gdcli.diagnostics import Diagnostic, Source
from gdcli.errors import FileError, GdError
from gdcli.language.check import free_names
from gdcli.language.functions import CONSTANTS
from gdcli.language.parse import parse
from gdcli.model.files import read_problems
from gdcli.model.options import from_options
from gdcli.model.raw import RawProblem
from gdcli.records import dataclass
from gdcli.result import SCHEMA

_SQLITE = b"SQLite format 3\0"


@dataclass(frozen=True, slots=True)
class Recalled:
    """A result that was read, and where its problem is to be found.

    Attributes:
        kept: The problem as a store kept it; None for a file of results.
    """

    result: dict[str, Any]
    kept: dict[str, Any] | None = None

    @property
    def name(self) -> str:
        """What to call it."""
        return str(self.result.get("name") or self.result.get("objective") or "result")


@dataclass(frozen=True, slots=True)
class Again:
    """A problem as it was solved: what was given, and what the command line gave on top."""

    raw: RawProblem
    overrides: RawProblem | None
    notes: tuple[str, ...] = field(default=())


def read_results(path: Path) -> Iterator[Recalled]:
    """Yield the results of a JSON file, of JSON lines, or of a store.

    Raises:
        FileError: The file cannot be read, or holds something else.
    """
    try:
        with path.open("rb") as file:
            store = file.read(len(_SQLITE)) == _SQLITE
    except OSError as error:
        why = error.strerror or str(error)
        raise _fault(path, f"cannot read `{path}`: {why}") from None
    if store:
        reader = Reader(path)
        try:
            for text, problem in reader.rows(("result", "problem")):
                yield Recalled(json.loads(text), json.loads(problem))
        finally:
            reader.close()
        return
    for value in _objects(path):
        if not isinstance(value, dict) or value.get("schema") != SCHEMA:
            message = f"`{path}` holds no result: expected an object with schema `{SCHEMA}`"
            raise _fault(path, message, "a result is written by `--json` or `-o x.json`")
        missing = [key for key in ("status", "objective", "value", "at") if key not in value]
        if missing:
            raise _fault(path, f"`{path}`: the result lacks `{missing[0]}`")
        yield Recalled(value)


def _objects(path: Path) -> Iterator[Any]:
    """Yield the values of a file that is one JSON value, or one a line."""
    with path.open("rb") as file:
        first = file.readline()
        rest = file.readline()
        file.seek(0)
        if not rest.strip():
            whole = _parsed(path, first, 1)
            yield from whole if isinstance(whole, list) else [whole]
            return
        try:
            json.loads(first)
        except ValueError:
            whole = _parsed(path, file.read(), 1)
            yield from whole if isinstance(whole, list) else [whole]
            return
        for number, line in enumerate(file, 1):
            if line.strip():
                yield _parsed(path, line, number)


def _parsed(path: Path, text: bytes, line: int) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        message = f"`{path}` is not JSON: {error}"
        fault = Diagnostic("not-json", message, file=str(path), line=line, column=1)
        raise FileError(fault) from None


def recall(recalled: Recalled, given: Mapping[str, Any]) -> Again:
    """Return the problem of a result, as it was solved.

    From a store: what it kept. Otherwise from the problem file that the result names; a formula
    of the command line is in the result itself, but its constants must be given again.

    Args:
        given: Texts of `--set`, `--var`, `--data`, `--bounds`, by key of the problem file.

    Raises:
        GdError: The file is not there, or holds no such problem any more.
    """
    result = recalled.result
    if recalled.kept is not None:
        return _kept(recalled.kept, result, given)
    source = result.get("input")
    if source and source.get("file"):
        return _from_file(source, result, given)
    sense = result.get("sense") or "minimize"
    if not isinstance(result["objective"], str):
        raise GdError(Diagnostic("no-objective", "the result does not name its objective"))
    fields: dict[str, Any] = {sense: result["objective"]}
    start = result.get("start") or result.get("at")
    if start:
        fields["start"] = start
        _check_constants(fields[sense], set(start), given)
    return Again(replace(RawProblem(fields), default_name=result.get("name")), from_options(given))


def _check_constants(formula: str, variables: set[str], given: Mapping[str, Any]) -> None:
    """Refuse a formula whose constants are unknown: they would be taken for variables."""
    names = set(free_names(parse(Source(formula), variables).tree)) - variables - set(CONSTANTS)
    names -= set(from_options(given).fields.get("set", {}))
    if names and "data" not in given:
        missing = ", ".join(f"`{name}`" for name in sorted(names))
        message = f"the result does not hold the constants of its formula: {missing}"
        again = ",".join(f"{name}=…" for name in sorted(names))
        hint = f"give them again: add `--set {again}`, or the `--data` they came from"
        raise GdError(Diagnostic("constants", message, hint=hint))


def _kept(kept: Mapping[str, Any], result: Mapping[str, Any], given: Mapping[str, Any]) -> Again:
    source = result.get("input") or {}
    defaults = kept["defaults"]
    file = kept["file"]
    raw = RawProblem(
        kept["fields"],
        file=file,
        line=source.get("line") or 1,
        sha256=source.get("sha256") or "",
        defaults=None if defaults is None else RawProblem(defaults, file=file),
        default_name=result.get("name"),
    )
    return Again(raw, overriding({**kept["overrides"], **given}, kept["point"]))


def _from_file(
    source: Mapping[str, Any], result: Mapping[str, Any], given: Mapping[str, Any]
) -> Again:
    file, name = source["file"], result.get("name")
    if file == "stdin" and not Path(file).exists():
        message = "the problem came from standard input and is not kept in the result"
        hint = "`gd batch --store runs.db` keeps problems; check the store instead"
        raise GdError(Diagnostic("no-problem", message, hint=hint))
    problems = read_problems(file)
    found = [raw for raw in problems if raw.name == name] or (
        problems if len(problems) == 1 else []
    )
    if len(found) != 1:
        message = f"`{file}` holds no problem called `{name}` any more"
        raise GdError(Diagnostic("no-problem", message, file=file))
    notes: tuple[str, ...] = ()
    if source.get("sha256") and found[0].sha256 != source["sha256"]:
        notes = (f"`{file}` has changed since this result was made",)
    return Again(found[0], from_options(given), notes)


def options_of(result: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options that a result was made with, by key of the problem file."""
    from gdcli.model.keys import KEYS

    options = dict(result.get("options") or {})
    known = {
        key: value
        for key, value in options.items()
        if key in KEYS and KEYS[key].setting and value is not None
    }
    return {k: v for k, v in known.items() if k != "options" and not (k == "accept" and not v)}


def _fault(path: Path, message: str, hint: str = "") -> FileError:
    return FileError(Diagnostic("not-a-result", message, file=str(path), hint=hint))
