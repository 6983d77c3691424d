"""The shapes that `variables` and `--var` declare, and how large they may be."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

import numpy as np

from gdcli.diagnostics import Diagnostic, Span
from gdcli.errors import GdError
from gdcli.model.expressions import prepare
from gdcli.model.fields import Given
from gdcli.model.names import Names
from gdcli.model.problem import Layout

_VECTORS = 6
"""How many vectors of the variables' size a solve needs at least."""


def read_declared(
    entries: Mapping[str, Given],
    names: Names,
    constants: Mapping[str, Any],
    faults: list[Diagnostic],
) -> dict[str, tuple[int | str, ...]]:
    """Return the declared extents, as numbers or as names of sizes that nobody set.

    Such names are added to `names.sizes`.
    """
    declared: dict[str, tuple[int | str, ...]] = {}
    for name, given in entries.items():
        if name not in names.variables:
            continue
        extents: list[int | str] = []
        for k, extent in enumerate(given.value):
            if isinstance(extent, str) and extent.isidentifier() and extent not in constants:
                if extent in names.variables:
                    message = f"the variable `{extent}` cannot be the size of `{name}`"
                    hint = f"give `{extent}` a value with `set`"
                    faults.append(given.fault("variable-as-index", message, hint=hint))
                names.sizes.setdefault(extent, Span(0, 0))
                extents.append(extent)
                continue
            try:
                extents.append(_evaluated(name, given, extent, k, constants))
            except GdError as error:
                faults.extend(error.diagnostics)
        if len(extents) == len(given.value):
            declared[name] = tuple(extents)
    return declared


def _evaluated(
    name: str, given: Given, extent: int | str, index: int, constants: Mapping[str, Any]
) -> int:
    """Return an extent that is a number or an expression of constants.

    Raises:
        GdError: It is no whole number above 0.
    """
    if isinstance(extent, int):
        return extent
    below = (index,) if len(given.value) > 1 else ()
    value = prepare(given, extent, below).evaluate(constants)
    if np.ndim(value) or not float(value).is_integer() or not 1 <= float(value) <= 2**40:
        message = f"an extent of `{name}` is a whole number, at least 1: `{extent}` is {value}"
        raise GdError(given.fault("wrong-value", message))
    return int(value)


def check_size(layout: Layout, faults: list[Diagnostic]) -> None:
    """Refuse variables that no solve could hold in this machine's memory."""
    needed = layout.size * 8 * _VECTORS
    if needed > _memory():
        largest = max(layout.variables, key=lambda variable: variable.size)
        message = (
            f"the variables are too large for this machine's memory: {layout.size:,} numbers, "
            f"`{largest.name}` has shape {largest.shape}"
        )
        faults.append(Diagnostic("too-large", message, hint="declare a smaller shape"))


def _memory() -> int:
    """Return this machine's memory in bytes; 64 GB where it does not tell."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        return 64 * 2**30
