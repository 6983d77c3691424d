"""How many elements a generator has, where its conditions are on indices alone."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from gdcli.diagnostics import Span
from gdcli.graph.building.faults import indices_at
from gdcli.graph.building.forms import Grid, grid_of
from gdcli.graph.building.guards import guard_axes, truth_of
from gdcli.graph.building.indices import MOST_TABULATED
from gdcli.graph.building.state import Builder, Guard, Scope
from gdcli.graph.interning import along, union_axes
from gdcli.graph.nodes import Axis, Node
from gdcli.graph.walk import extent


def counted(builder: Builder, bound: tuple[Axis, ...], guards: Sequence[Guard]) -> Grid | None:
    """Return how many combinations of `bound` the guards leave, for all values of outer axes.

    None where that takes too long to find out.
    """
    if not guards:
        return Grid((), np.array(extent(bound)))
    axes = union_axes((bound, *map(guard_axes, guards)))
    if extent(axes) > MOST_TABULATED:
        return None
    found = np.ones((1,) * len(axes), dtype=bool)
    for guard in guards:
        truth = truth_of(builder, guard, axes)
        if truth is None:
            return None
        found = found & truth
    whole = np.broadcast_to(found, tuple(axis.extent for axis in axes))
    dimensions = tuple(k for k, axis in enumerate(axes) if axis in bound)
    repeats = extent(axis for axis in bound if axis not in axes)
    outer = tuple(axis for axis in axes if axis not in bound)
    return Grid(outer, whole.sum(axis=dimensions) * repeats)


def total(counts: Sequence[Grid | None]) -> Grid | None:
    """Return the sum of counts, None if one is not known."""
    known = [count for count in counts if count is not None]
    if len(known) < len(counts):
        return None
    axes = union_axes(count.axes for count in known)
    if extent(axes) > MOST_TABULATED:
        return None
    found = sum((grid_of(count, axes).values for count in known), np.zeros((1,) * len(axes), int))
    return Grid(axes, np.broadcast_to(found, tuple(axis.extent for axis in axes)))


def count_node(builder: Builder, count: Grid) -> Node:
    """Return a count as a number along its outer axes."""
    if not count.axes:
        return builder.graph.number(float(count.values))
    table = builder.table("count", count.values.astype(float))
    return builder.graph.access(table, along(count.axes))


def expect_elements(
    builder: Builder, function: str, count: Grid | None, scope: Scope, span: Span
) -> None:
    """See to it that a function of at least one element never has none."""
    if count is None:
        return
    if count.values.all():
        return
    axes = union_axes((count.axes, *map(guard_axes, scope.guards)))
    if extent(axes) > MOST_TABULATED:
        return
    missing = grid_of(count, axes).values == 0
    for guard in scope.guards:
        truth = truth_of(builder, guard, axes)
        if truth is not None:
            missing = missing & truth
    if missing.any():
        missing = np.broadcast_to(missing, tuple(axis.extent for axis in axes))
        at = np.unravel_index(int(np.argmax(missing)), missing.shape)
        steps = {axis: int(k) for axis, k in zip(axes, at, strict=True)}
        where = ", ".join(f"{name} = {k}" for name, k in indices_at(steps, scope).items())
        where = f" at {where}" if where else ""
        builder.fail("empty", f"`{function}` of nothing is not defined{where}", span)
