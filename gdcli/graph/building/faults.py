"""What can be wrong with an index, and how it is told."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gdcli.graph.building.state import Builder, Scope
from gdcli.graph.nodes import Axis
from gdcli.language import tree as trees
from gdcli.language.tree import Tree
from gdcli.language.unparse import describe

MOST_EXACT = 2.0**53
"""Whole numbers beyond are no longer exact as doubles."""


def whole(builder: Builder, values: NDArray[Any], tree: Tree) -> NDArray[np.int64]:
    """Return index values as integers; that they are none is an error."""
    if values.dtype.kind not in "iu":
        rounded = np.round(values)
        if not np.array_equal(rounded, values) or (values.size and abs(values).max() > MOST_EXACT):
            builder.fail(
                "not-whole",
                f"the index `{describe(tree)}` is not a whole number",
                tree.span,
                hint="`//` divides to a whole number",
            )
        values = rounded
    return values.astype(np.int64)


def literal_negative(tree: Tree | None) -> bool:
    """Tell whether an index is a negative number as typed, which counts from the end."""
    return (isinstance(tree, trees.Number) and tree.value < 0) or (
        isinstance(tree, trees.Negative) and isinstance(tree.operand, trees.Number)
    )


def outside(
    builder: Builder, tree: Tree, value: int, extent: int, where: Mapping[str, int]
) -> None:
    """Note that an index leaves its array; `where` are the index values at which it does."""
    text = describe(tree)
    at = ", ".join(f"{name} = {at}" for name, at in where.items())
    at = f" at {at}" if at else ""
    if value < 0 and not literal_negative(tree):
        builder.fault(
            "negative-index",
            f"the index `{text}` becomes {value}{at}",
            tree.span,
            "must not be negative",
            "only a literal such as `x[-1]` counts from the end; shift the range, or write "
            "`… if i > 0 else …`",
        )
        return
    literal = literal_negative(tree) or isinstance(tree, trees.Number)
    happens = "is out of range:" if literal else f"becomes {value}{at}, but"
    least = -extent if literal_negative(tree) else 0
    builder.fault(
        "index-out-of-range",
        f"the index `{text}` {happens} the array has {extent} elements there",
        tree.span,
        f"valid: {least} … {extent - 1}" if extent else "the array is empty",
    )


def indices_at(steps: dict[Axis, int], scope: Scope) -> dict[str, int]:
    """Return the values of the indices by name, where the axes are at `steps`."""
    return {
        name: form.offset + sum(c * steps[axis] for axis, c in form.terms)
        for name, form in scope.indices.items()
        if all(axis in steps for axis, _ in form.terms)
        and (any(axis in steps for axis, _ in form.terms) or not form.terms)
    }
