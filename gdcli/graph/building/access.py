"""Reading arrays: elements of variables and constants, and indices that must stay in range."""

from __future__ import annotations

import numpy as np

from gdcli.graph.building.faults import literal_negative, outside, whole
from gdcli.graph.building.forms import Grid, Value, axes_of, grid_of, plus, times
from gdcli.graph.building.guards import escape
from gdcli.graph.building.indices import MOST_TABULATED, index_of
from gdcli.graph.building.spelling import shifted, spelt
from gdcli.graph.building.state import Builder, Place, Scope
from gdcli.graph.nodes import Affine, Index, Lookup, Node
from gdcli.language import tree as trees
from gdcli.language.tree import Tree


def element(builder: Builder, tree: trees.Name, place: Place) -> Node:
    """Return an element of a variable or a constant array; of a constant its number if it can."""
    leaf = builder.variables.get(tree.name)
    if leaf is None and tree.name not in builder.constants:
        builder.fail("unknown-name", f"`{tree.name}` has no value and is no variable", tree.span)
    shape = leaf.shape if leaf is not None else np.shape(builder.constants[tree.name])
    if len(shape) != len(place):
        builder.fail("array-as-number", f"`{tree.name}` is an array of shape {shape}", tree.span)
    if leaf is not None:
        return builder.graph.access(leaf, place)
    if all(isinstance(part, Affine) and not part.terms for part in place):
        fixed = tuple(part.offset for part in place if isinstance(part, Affine))
        return builder.graph.number(float(np.asarray(builder.constants[tree.name])[fixed]))
    return builder.graph.access(builder.array(tree.name), place)


def negative_end(builder: Builder, tree: Tree, end: Affine, extent: int) -> Affine:
    """Return a slice's end, counted from the end of the array where it is typed so."""
    if literal_negative(tree):
        return plus(end, Affine(extent))
    low, _ = end.range()
    if low < 0:
        outside(builder, tree, low, extent, {})
    return end


def checked(builder: Builder, tree: Tree, value: Value, extent: int, scope: Scope) -> Index:
    """Return an index that certainly stays within its array.

    Out of range is an error, unless the guards of the scope exclude it: there the index is clamped,
    for what is read then does not count.
    """
    if isinstance(value, Affine):
        low, high = value.range()
        if (low >= 0 and high < extent) or any(axis.extent == 0 for axis, _ in value.terms):
            return value
        if _implied(value, extent, scope):
            return _clamped(builder, value, extent, tree, scope)
    else:
        values = whole(builder, value.values, tree)
        value = Grid(value.axes, values)
        if not values.size or (values.min() >= 0 and values.max() < extent):
            return index_of(builder, value, _table_name(builder, tree, value, scope))
    bad = escape(builder, tree, value, extent, scope)
    if bad is not None:
        outside(builder, tree, bad[0], extent, bad[1])
        if extent == 0:
            builder.conclude()
    return _clamped(builder, value, extent, tree, scope)


def _table_name(builder: Builder, tree: Tree, value: Grid, scope: Scope) -> str:
    """Return the name of a table of indices: the user's, if it is an array of theirs as it is."""
    if isinstance(tree, trees.Subscript) and isinstance(tree.base, trees.Name):
        name = tree.base.name
        if name in builder.constants and np.array_equal(builder.constants[name], value.values):
            return name
    return spelt(tree, scope, value.axes, "index")


def _implied(value: Affine, extent: int, scope: Scope) -> bool:
    """Tell whether guards imply the range, as a sum of one of their forms and what is never < 0."""
    forms = [form for guard in scope.guards for form in guard.forms]
    wanted = (value, plus(Affine(extent - 1), value, -1))
    return all(
        need.range()[0] >= 0 or any(plus(need, form, -1).range()[0] >= 0 for form in forms)
        for need in wanted
    )


def _clamped(builder: Builder, value: Value, extent: int, tree: Tree, scope: Scope) -> Index:
    """Return an index that is moved to the nearest valid one where it is out of range."""
    top = max(extent - 1, 0)
    if not isinstance(value, Affine):
        name = spelt(tree, scope, value.axes, "clamped")
        return index_of(builder, Grid(value.axes, value.values.clip(0, top)), name)
    if not value.terms:
        return Affine(min(max(value.offset, 0), top))
    low, high = value.range()
    if high - low >= MOST_TABULATED:
        axes = axes_of(value)
        name = spelt(tree, scope, axes, "clamped")
        return index_of(builder, Grid(axes, grid_of(value).values.clip(0, top)), name)
    table = builder.table(shifted(low), np.arange(low, high + 1).clip(0, top))
    return Lookup(table, (plus(times(value, 1), Affine(-low)),))
