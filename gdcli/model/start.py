"""Starts and bounds of variables whose shapes are known, as flat vectors and named arrays."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from gdcli.diagnostics import Diagnostic
from gdcli.errors import GdError
from gdcli.model.expressions import prepare
from gdcli.model.fields import Given
from gdcli.model.problem import Layout, Variable, Vector


def fill(value: Any, variable: Variable, given: Given, what: str) -> Any:
    """Return a value in its variable's shape: a float, or a float64 array not to be written to.

    A number fills it, and takes no memory for that.

    Raises:
        GdError: The shapes differ.
    """
    array = np.asarray(value, dtype=np.float64)
    if array.shape not in ((), variable.shape):
        message = (
            f"the {what} of `{variable.name}` has shape {array.shape}, "
            f"`{variable.name}` has {shape_words(variable.shape)}"
        )
        raise GdError(given.fault("shape-mismatch", message))
    if not variable.shape:
        return float(array)
    return np.broadcast_to(array, variable.shape)


def shape_words(shape: tuple[int, ...]) -> str:
    """Return `shape (3,)`, or `no shape: it is one number`."""
    return f"shape {shape}" if shape else "none: it is one number"


def read_starts(
    values: Mapping[str, tuple[Given, Any]], layout: Layout, faults: list[Diagnostic]
) -> dict[str, Any]:
    """Return the evaluated starts in their variables' shapes; infinite ones are errors."""
    starts: dict[str, Any] = {}
    for variable in layout.variables:
        if variable.name not in values:
            continue
        given, value = values[variable.name]
        if not np.isfinite(value).all():
            message = f"the start of `{variable.name}` is not finite: `{_short(value)}`"
            faults.append(given.fault("not-finite", message))
            continue
        try:
            starts[variable.name] = fill(value, variable, given, "start")
        except GdError as error:
            faults.extend(error.diagnostics)
    return starts


def read_limits(
    entries: Mapping[str, Given],
    layout: Layout,
    constants: Mapping[str, Any],
    faults: list[Diagnostic],
) -> tuple[Vector, Vector]:
    """Return the flat lower and upper bounds. Reversed ones are errors, equal ones are not.

    Where nothing is bounded they take no memory, and are not to be written to.
    """
    if not entries:
        low, high = (np.broadcast_to(np.array(end), (layout.size,)) for end in (-np.inf, np.inf))
        return low, high
    ends = np.full(layout.size, -np.inf), np.full(layout.size, np.inf)
    for variable in layout.variables:
        given = entries.get(variable.name)
        if given is None:
            continue
        part = slice(variable.offset, variable.offset + variable.size)
        for k, end in enumerate(given.value):
            if end is None:
                continue
            try:
                value = prepare(given, end, (k,)).evaluate(constants)
                ends[k][part] = np.ravel(fill(value, variable, given, "bound"))
            except GdError as error:
                faults.extend(error.diagnostics)
        fault = _impossible(variable, given, ends[0][part], ends[1][part])
        if fault is not None:
            faults.append(fault)
    return ends


def reversed_limits(entries: Mapping[str, Given], constants: Mapping[str, Any]) -> list[Diagnostic]:
    """Return the errors for reversed bounds that are numbers, whatever the formula says."""
    faults = []
    for name, given in entries.items():
        try:
            low, high = (
                -np.inf if end is None else prepare(given, end, (k,)).evaluate(constants)
                for k, end in enumerate(given.value)
            )
        except GdError:
            continue  # told where the variables are known
        if np.ndim(low) == np.ndim(high) == 0 and None not in given.value:
            fault = _impossible(Variable(name, (), 0), given, np.array([low]), np.array([high]))
            faults += [] if fault is None else [fault]
    return faults


def _impossible(
    variable: Variable, given: Given, lower: Vector, upper: Vector
) -> Diagnostic | None:
    """Return the error for bounds that leave no point, naming the first element concerned."""
    wrong = np.nonzero((lower > upper) | (lower == np.inf) | (upper == -np.inf))[0]
    if not wrong.size:
        return None
    first = int(wrong[0])
    name = Layout((Variable(variable.name, variable.shape, 0),)).element_name(first)
    low, high = float(lower[first]), float(upper[first])
    message = f"the bounds of `{name}` are reversed: {low:g} is above {high:g}"
    if low == high:
        message = f"the bounds of `{name}` leave no finite point: both are {low:g}"
    return given.fault("reversed-bounds", message, hint="write the lower bound first")


def move_inside(
    starts: dict[str, Any],
    given: Mapping[str, Given],
    layout: Layout,
    lower: Vector,
    upper: Vector,
) -> list[Diagnostic]:
    """Move starts outside the bounds to the nearest point inside; return a warning for each."""
    warnings = []
    for variable in layout.variables:
        if variable.name not in starts:
            continue
        part = slice(variable.offset, variable.offset + variable.size)
        before = np.ravel(starts[variable.name])
        after = np.clip(before, lower[part], upper[part])
        if (after == before).all():
            continue
        moved = after.reshape(variable.shape)
        starts[variable.name] = moved if variable.shape else float(moved)
        message = (
            f"the start of `{variable.name}` lies outside its bounds and was moved "
            f"from {_short(before)} to {_short(after)}"
        )
        warnings.append(given[variable.name].warning("start-moved", message))
    return warnings


def _short(value: Any) -> str:
    """Show a number, or the first few of an array."""
    flat = np.ravel(value)
    shown = ", ".join(f"{float(part):.6g}" for part in flat[:4])
    if flat.size == 1:
        return shown
    return f"[{shown}, …]" if flat.size > 4 else f"[{shown}]"
