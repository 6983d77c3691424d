"""What guards exclude: indices that would leave their array, were it not for a condition."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from gdcli.graph.building.faults import indices_at
from gdcli.graph.building.forms import Grid, Value, axes_of, grid_of
from gdcli.graph.building.indices import MOST_TABULATED, value_of
from gdcli.graph.building.state import Builder, Guard, Scope
from gdcli.graph.interning import index_axes, union_axes
from gdcli.graph.nodes import Affine, Axis
from gdcli.language import tree as trees
from gdcli.language.tree import Tree, postorder


def escape(
    builder: Builder, tree: Tree, value: Value, extent: int, scope: Scope
) -> tuple[int, dict[str, int]] | None:
    """Return an index value out of range, and the indices at which it is reached; None: never."""
    axes = axes_of(value)
    if scope.guards:
        axes = union_axes((axes, *map(guard_axes, scope.guards)))
        if math.prod(a.extent for a in axes) > MOST_TABULATED:
            axes = axes_of(value)
    if math.prod(a.extent for a in axes) > MOST_TABULATED:
        if not scope.guards and isinstance(value, Affine):
            return _corner(value, extent, scope)
        builder.fail(
            "index-unchecked",
            "that this index stays in range cannot be checked for so many values",
            tree.span,
            hint="let the ranges of `for` keep it in range",
        )
    places = grid_of(value, axes).values
    bad: Any = (places < 0) | (places >= extent)
    for guard in scope.guards:
        truth = truth_of(builder, guard, axes)
        if truth is not None:
            bad = bad & truth
    bad = np.broadcast_to(bad, tuple(a.extent for a in axes))
    if not bad.any():
        return None
    at = np.unravel_index(int(np.argmax(bad)), bad.shape)
    steps = {axis: int(k) for axis, k in zip(axes, at, strict=True)}
    first = np.broadcast_to(places, bad.shape)[at]
    return int(first), indices_at(steps, scope)


def _corner(value: Affine, extent: int, scope: Scope) -> tuple[int, dict[str, int]]:
    low, high = value.range()
    up = high >= extent
    steps = {a: a.extent - 1 if (c > 0) == up else 0 for a, c in value.terms}
    return (high if up else low), indices_at(steps, scope)


def truth_of(builder: Builder, guard: Guard, axes: tuple[Axis, ...]) -> Any:
    """Return where a guard holds, as booleans over `axes`; None where it has further axes."""
    if any(axis not in axes for axis in guard_axes(guard)):
        return None
    if guard.truth is not None:
        return grid_of(Grid(guard.over, guard.truth), axes).values
    if guard.tree is None or guard.scope is None:
        found = None
        for form in guard.forms:
            part = grid_of(form, axes).values >= 0
            found = part if found is None else found & part
        return found
    value = value_of(builder, guard.tree, guard.scope)
    truth = grid_of(value, axes).values != 0
    return truth if guard.wanted else ~truth


def guard_axes(guard: Guard) -> tuple[Axis, ...]:
    """Return the axes of the indices that a guard speaks of."""
    found = [guard.over, *(index_axes(form) for form in guard.forms)]
    if guard.tree is not None and guard.scope is not None:
        indices = guard.scope.indices
        for node in postorder(guard.tree):
            if isinstance(node, trees.Name) and node.name in indices:
                found.append(index_axes(indices[node.name]))
    return union_axes(found)
