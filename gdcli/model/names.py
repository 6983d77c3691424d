"""Sorts a formula's names into variables, constants and sizes, and finds those nobody knows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import field
from typing import Any

from gdcli.diagnostics import Diagnostic, Source, Span
from gdcli.language.characters import WORD
from gdcli.language.check import name_diagnostics
from gdcli.language.functions import CONSTANTS
from gdcli.language.tree import Tree
from gdcli.model.data import Data
from gdcli.model.fields import Fields, Given
from gdcli.model.kinds import normalised
from gdcli.model.scopes import Scopes, find_scopes
from gdcli.records import dataclass
from gdcli.suggest import did_you_mean

_DECLARING = ("start", "variables", "bounds")


@dataclass(slots=True)
class Names:
    """A formula's names.

    Attributes:
        variables: In the order in which starts and shapes list them, then of their first use.
        sizes: Names of ranges, slices and indices without a value, to be bound by a shape.
    """

    scopes: Scopes
    variables: dict[str, Span] = field(default_factory=dict)
    sizes: dict[str, Span] = field(default_factory=dict)
    faults: list[Diagnostic] = field(default_factory=list)
    warnings: list[Diagnostic] = field(default_factory=list)


def sort_names(
    tree: Tree,
    source: Source,
    fields: Fields,
    constants: Mapping[str, Any],
    used_by_constants: set[str],
    data: Data,
) -> Names:
    """Return the names of a formula, with faults for what does not fit together.

    Args:
        constants: Every constant that has a value, and those that failed to get one.
        used_by_constants: Names in the expressions of constants.
        data: What data files give, which need not all be used.
    """
    names = Names(find_scopes(tree))
    free = names.scopes.free()
    declared = {name for key in _DECLARING for name in fields.table(key) if name}
    known = set(constants) | set(fields.table("set"))
    listed = [n for key in ("start", "variables") for n in fields.table(key) if n in free]
    for name in dict.fromkeys([*listed, *free]):
        span = free[name]
        if name in known or (name in CONSTANTS and name not in declared):
            continue
        if name in names.scopes.size_uses:
            names.sizes[name] = names.scopes.size_uses[name]
            if name in declared:
                names.faults.append(_variable_as_index(name, source, names.sizes[name]))
        else:
            names.variables[name] = span
    for found in name_diagnostics(tree, source, names.variables, known & set(free), declared, free):
        (names.faults if found.severity == "error" else names.warnings).append(found)
    names.faults.extend(_unknown(names, fields, known, used_by_constants, set(free)))
    names.faults.extend(
        fault
        for name, fault in data.texts.items()
        if (name in names.variables or name in names.sizes) and name not in declared
    )
    names.warnings.extend(_unused(data, fields, {*free, *_mentioned(fields), *used_by_constants}))
    return names


def _unused(data: Data, fields: Fields, mentioned: set[str]) -> Iterator[Diagnostic]:
    """Warn of data files that give nothing that is used."""
    given = fields.plain.get("data")
    if given is None or given.raw.shared:
        return
    for file, names in data.files:
        if mentioned.isdisjoint(names):
            listed = ", ".join(f"`{name}`" for name in names[:8])
            message = f"nothing of `{file}` is used: it gives {listed}"
            yield given.warning("unused-data", message)


def _variable_as_index(name: str, source: Source, span: Span) -> Diagnostic:
    return Diagnostic(
        "variable-as-index",
        f"the variable `{name}` cannot be an index or the end of a range",
        source=source,
        span=span,
        hint=f"give `{name}` a value with `set`, and no start",
    )


def _unknown(
    names: Names,
    fields: Fields,
    known: set[str],
    used_by_constants: set[str],
    free: set[str],
) -> Iterator[Diagnostic]:
    """Report names in tables that the formula does not know."""
    for key in _DECLARING:
        for name, given in fields.table(key).items():
            if not name or name in names.variables or name in names.sizes or given.raw.shared:
                continue
            if name in known:
                message = f"`{name}` is a constant and has no {_NOUNS[key]}"
                hint = "leave it out here, or out of `set` and the data"
                yield given.unknown(message, hint=hint)
            else:
                yield _not_in_formula(name, given, names.variables)
    mentioned = set(_mentioned(fields)) | used_by_constants | free
    for name, given in fields.table("set").items():
        if name not in mentioned and not given.raw.shared:
            others = [other for other in free if other not in known]
            yield _not_in_formula(name, given, others)
    points = fields.table("expect").get("at")
    if points is None:
        return
    listed = isinstance(points.raw.fields["expect"]["at"], (list, tuple))
    for k, point in enumerate(points.value):
        for name in point:
            if name not in names.variables:
                path = ("expect", "at", k, name) if listed else ("expect", "at", name)
                yield _not_in_formula(name, Given(None, points.raw, path), names.variables)


_NOUNS = {"start": "start", "variables": "shape as a variable", "bounds": "bounds"}


def _not_in_formula(name: str, given: Given, others: Any) -> Diagnostic:
    known = list(others)
    listed = ", ".join(f"`{other}`" for other in known[:8])
    hint = did_you_mean(name, known) or (f"the formula has {listed}" if listed else "")
    return given.unknown(f"`{name}` does not occur in the formula", hint=hint)


def _mentioned(fields: Fields) -> Iterator[str]:
    """Yield the words in all texts of starts, bounds, shapes and expected values."""
    stack: list[Any] = [
        given.value for key in (*_DECLARING, "expect") for given in fields.table(key).values()
    ]
    stack.append(fields.value("stop_when"))
    while stack:
        value = stack.pop()
        if isinstance(value, str):
            yield from (normalised(word) for word in WORD.findall(value))
        elif isinstance(value, Mapping):
            stack.extend(value.values())
        elif isinstance(value, (list, tuple)):
            stack.extend(value)
