"""Gives every constant its value: numbers, arrays, and expressions of other constants in order."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gdcli.diagnostics import Diagnostic
from gdcli.errors import GdError
from gdcli.model.expressions import Value, prepare
from gdcli.model.fields import Given


def evaluate_constants(
    entries: Mapping[str, Given], data: Mapping[str, Any], faults: list[Diagnostic]
) -> tuple[dict[str, Any], set[str]]:
    """Return the constants' values, and the names that some constant's expression uses.

    Args:
        entries: The table `set`.
        data: Columns and arrays of data files.
        faults: What goes wrong is added here; the constants concerned are then left out.
    """
    constants: dict[str, Any] = dict(data)
    waiting: dict[str, Value] = {}
    used: set[str] = set()
    for name, given in entries.items():
        if name in data:
            message = f"`{name}` is given twice: in `set` and by the data"
            faults.append(given.fault("given-twice", message, hint="rename one of them"))
            continue
        try:
            waiting[name] = prepare(given)
        except GdError as error:
            faults.extend(error.diagnostics)
            continue
        used.update(waiting[name].names)
    failed = {name for name in entries if name not in waiting and name not in data}
    while waiting:
        ready = [n for n, v in waiting.items() if not _open(v, waiting)]
        if not ready:
            faults.append(_cycle(waiting))
            break
        for name in ready:
            value = waiting.pop(name)
            if failed & set(value.names):
                failed.add(name)  # the cause has been reported
                continue
            try:
                constants[name] = value.evaluate(constants)
            except GdError as error:
                faults.extend(error.diagnostics)
                failed.add(name)
    return constants, used


def _open(value: Value, waiting: Mapping[str, Value]) -> bool:
    """Whether a constant still waits for another, or for itself."""
    return any(other in waiting for other in value.names)


def _cycle(waiting: Mapping[str, Value]) -> Diagnostic:
    """Return the error for constants that wait for each other, with one circle of names."""
    seen: list[str] = []
    name = next(iter(waiting))
    while name not in seen:
        seen.append(name)
        name = next(other for other in waiting[name].names if other in waiting)
    circle = [*seen[seen.index(name) :], name]
    spelled = " → ".join(f"`{part}`" for part in circle)
    message = f"constants are defined by each other: {spelled}"
    return waiting[name].given.fault("cycle", message, hint="give one of them a number")
