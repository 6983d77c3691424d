"""Checks a problem's keys and values against the table, and merges where it was given.

The command line overrides the problem, the problem its file's `[defaults]`; tables merge key by
key. Every layer is checked, also where a stronger one overrides it, so that no error hides.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field
from typing import Any

from gdcli.diagnostics import Diagnostic, Source
from gdcli.model.faults import MOST
from gdcli.model.keys import KEYS, OBJECTIVES, Key
from gdcli.model.kinds import Path, Unfit, normalised
from gdcli.model.raw import RawProblem
from gdcli.records import dataclass
from gdcli.suggest import did_you_mean


@dataclass(frozen=True, slots=True)
class Given:
    """A checked value, and where it was given."""

    value: Any
    raw: RawProblem
    path: Path

    def fault(self, code: str, message: str, *, hint: str = "", below: Path = ()) -> Diagnostic:
        """Return an error that points at the value, or at a part of it."""
        return self.raw.fault((*self.path, *below), code, message, hint=hint)

    def warning(self, code: str, message: str, *, hint: str = "") -> Diagnostic:
        """Return a warning that points at the value."""
        return self.raw.fault(self.path, code, message, hint=hint, severity="warning")

    def unknown(self, message: str, *, hint: str = "") -> Diagnostic:
        """Return an error that points at the key, for a name that nothing knows."""
        return self.raw.fault(self.path, "unknown-name", message, hint=hint, at_key=True)

    def source(self, text: str, below: Path = ()) -> Source:
        """Return the source of a value that is a formula or expression."""
        return self.raw.locator.text((*self.path, *below), text)


@dataclass(slots=True)
class Fields:
    """All that a problem was given, checked key by key and merged.

    Attributes:
        plain: Values of plain keys.
        tables: Entries of tables, by key and name. Names are normalised.
        faults: What was refused.
    """

    plain: dict[str, Given] = field(default_factory=dict)
    tables: dict[str, dict[str, Given]] = field(default_factory=dict)
    faults: list[Diagnostic] = field(default_factory=list)

    def value(self, key: str, default: Any = None) -> Any:
        """Return the value of a plain key, or `default`."""
        found = self.plain.get(key)
        return default if found is None else found.value

    def table(self, key: str) -> dict[str, Given]:
        """Return the entries of a table; empty where it was not given."""
        return self.tables.get(key, {})


def read_fields(layers: Sequence[RawProblem]) -> Fields:
    """Return the merged fields of the layers, the strongest first; faults are in it."""
    fields = Fields()
    for raw in layers:
        chosen = [key for key in OBJECTIVES if key in raw.fields]
        if len(chosen) > 1:
            fields.faults.append(
                raw.fault(
                    (chosen[1],),
                    "two-objectives",
                    f"`{chosen[0]}` and `{chosen[1]}` are both given",
                    hint="a problem has one objective",
                    at_key=True,
                )
            )
        objective_known = any(key in fields.plain for key in OBJECTIVES)
        for key, value in raw.fields.items():
            row = KEYS.get(key)
            if row is None or (raw.file is not None and not row.in_files):
                guessing = len(fields.faults) < MOST
                rows = KEYS.values() if guessing else ()
                fields.faults.append(unknown_key(raw, (key,), rows))
            elif row.table:
                _read_table(fields, raw, row, value)
            elif key not in OBJECTIVES or not objective_known:
                _read_plain(fields, fields.plain, key, raw, row, value, (key,))
    return fields


def unknown_key(raw: RawProblem, path: Path, rows: Iterable[Key]) -> Diagnostic:
    """Return the error for a key that no row knows, with a suggestion or the list of keys.

    Without rows it says neither.
    """
    names = [row.name for row in rows if row.in_files and not row.name.startswith("$")]
    key = str(path[-1])
    hint = did_you_mean(key, names) or _WRONG_CASE.get(key.lower(), "")
    return raw.fault(
        path,
        "unknown-key",
        f"unknown key `{key}`",
        hint=hint or (f"{_NO_GUESS} {', '.join(names)}" if names else ""),
        at_key=True,
    )


def is_harmless(fault: Diagnostic) -> bool:
    """Return whether nothing follows from a fault for the rest of the problem.

    So it is with a key that means nothing; a misspelt one may have held a start or a shape.
    """
    foreign = fault.code == "unknown-key" and fault.hint.startswith(_NO_GUESS)
    return foreign or fault.code == "not-supported"


_NO_GUESS = "known are"
_WRONG_CASE = {
    "objective": "write `minimize` or `maximize`",
    "constants": "write `set`",
    "parameters": "write `set` for constants, `start` for variables",
    "x0": "write `start`",
    "initial": "write `start`",
    "constraints": "write `subject_to`",
}


def _read_plain(
    fields: Fields,
    into: dict[str, Given],
    name: str,
    raw: RawProblem,
    row: Key,
    value: Any,
    path: Path,
) -> None:
    try:
        read = row.kind.read(value)
    except Unfit as unfit:
        fields.faults.append(_refused(raw, row, value, path, unfit))
        return
    into.setdefault(name, Given(read, raw, path))


def _read_table(fields: Fields, raw: RawProblem, row: Key, value: Any) -> None:
    if not isinstance(value, Mapping):
        known = f" of {', '.join(row.keys)}" if row.keys else ": name = value"
        fields.faults.append(
            raw.fault(
                (row.name,),
                "wrong-value",
                f"`{row.spelled(raw.as_options)}` must be a table{known}",
            )
        )
        return
    table = fields.tables.setdefault(row.name, {})
    seen: dict[str, str] = {}
    for key, part in value.items():
        name = normalised(str(key)) if row.table == "open" else str(key)
        path = (row.name, str(key))
        if seen.setdefault(name, str(key)) != str(key):
            message = f"`{name}` is given twice in `{row.name}`"
            fields.faults.append(raw.fault(path, "given-twice", message, at_key=True))
        elif row.table == "open":
            _read_plain(fields, table, name, raw, row, part, path)
        elif name in row.keys:
            _read_plain(fields, table, name, raw, row.keys[name], part, path)
        else:
            fields.faults.append(unknown_key(raw, path, row.keys.values()))


def _refused(raw: RawProblem, row: Key, value: Any, path: Path, unfit: Unfit) -> Diagnostic:
    """Say what a value must be, what it is, and where in it the fault lies."""
    named = _named(raw, path, row)
    part = _part(value, unfit.path)
    if unfit.message:
        message = f"{named}: {unfit.message}" if unfit.path == () else (
            f"{named}: {unfit.message}, at {_steps(unfit.path)}"
        )  # fmt: skip
        hint = unfit.hint or f"it must be {row.kind.expects}"
    else:
        message = f"{named} must be {row.kind.expects}: `{_shown(part)}`"
        hint = unfit.hint
    return raw.fault((*path, *unfit.path), "wrong-value", message, hint=hint)


def _named(raw: RawProblem, path: Path, row: Key) -> str:
    if len(path) == 1:
        return f"`{row.spelled(raw.as_options)}`"
    top = KEYS[str(path[0])].spelled(raw.as_options)
    if raw.as_options:
        return f"`{path[1]}` in `{top}`" if path[1] else f"`{top}`"
    return f"`{top}.{path[1]}`"


def _part(value: Any, path: Path) -> Any:
    for step in path:
        try:
            value = value[step]
        except (KeyError, IndexError, TypeError):
            return value
    return value


def _steps(path: Path) -> str:
    """Spell a path inside a value: `[2][0]`, or `at.x`."""
    spelled = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
    return f"`{spelled.lstrip('.')}`"


def _shown(value: Any) -> str:
    """Show a value in a message, cut where it is long."""
    words = {True: "true", False: "false"}
    text = words[value] if isinstance(value, bool) else str(value)
    return text if len(text) <= 60 else f"{text[:57]}…"
