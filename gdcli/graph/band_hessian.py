"""The Hessian of a formula whose variables each meet few others: diagonals, and a border.

Every entry of the gradient gives what a place i of a variable gets, as a node along some axes. Its
partial derivative with respect to each access in it, along the same axes, is an entry of the
Hessian's row i: on a diagonal where the access moves as i does, in a column where it stands still.
So the entries come from the second partials of what is summed, each in one pass, without products.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from gdcli.graph.adjoint import reverse
from gdcli.graph.derivatives import gradient
from gdcli.graph.formula import Formula
from gdcli.graph.nodes import (
    Access,
    Affine,
    Array,
    Axis,
    Collect,
    Determinant,
    Index,
    Inverse,
    Leaf,
    Node,
    Reduce,
    Scatter,
    ScatterEntry,
)
from gdcli.graph.pattern import Pattern, Place, flat_place
from gdcli.graph.shifts import cancelling_shifts
from gdcli.graph.squares import SumOfSquares
from gdcli.graph.tangent import partial_along
from gdcli.graph.walk import dependent, reachable

_MIXING = (Collect, Determinant, Inverse, Reduce, Scatter)
"""What lets a place depend on others than those that are accessed along with it."""
MOST_ENTRIES = 200
"""Entries of a gradient that are differentiated; more are scalars written out."""


class BandHessian(NamedTuple):
    """∇²f as arrays; see `engine.structured` for how they are put together.

    Attributes:
        bands: Shape (d + 1, n): the main diagonal, and one for each gap of the pattern.
        columns: Shape (k, n) for k places in the border.
        corner: Shape (k, k).
    """

    bands: Array
    columns: Array
    corner: Array


def band_hessian(formula: Formula, pattern: Pattern) -> BandHessian | None:
    """Return the Hessian of a formula with this pattern; None where it is not of that form."""
    if pattern.kind not in ("diagonal", "banded", "arrow"):
        return None
    entries = [
        (leaf, entry)
        for leaf, array in zip(formula.variables, gradient(formula), strict=True)
        for entry in (array.entries if isinstance(array, Scatter) else ())
    ]
    if len(entries) > MOST_ENTRIES:
        return None
    parts = _Parts(formula, pattern)
    for leaf, entry in entries:
        if not parts.take(leaf, entry):
            return None
    return parts.result()


def band_gauss_newton(
    formula: Formula, squares: SumOfSquares, pattern: Pattern
) -> BandHessian | None:
    """Return 2·JᵀJ of the residuals in the same form; None where it is not of that form."""
    parts = _Parts(formula, pattern)
    if not all(parts.take_residual(node) for node in squares.residuals):
        return None
    return parts.result()


class _Parts:
    def __init__(self, formula: Formula, pattern: Pattern) -> None:
        self._formula = formula
        self._graph = formula.graph
        self._bands_at = {gap: k for k, gap in enumerate((0, *pattern.gaps))}
        self._border = {place: k for k, place in enumerate(pattern.border)}
        self._leaves = {leaf.serial: leaf for leaf in formula.variables}
        self._still = cancelling_shifts(reachable((formula.root,)))
        self._bands: list[ScatterEntry] = []
        self._columns: list[ScatterEntry] = []
        self._corner: list[ScatterEntry] = []

    def result(self) -> BandHessian:
        """Return what was gathered."""
        n = sum(math.prod(leaf.shape) for leaf in self._formula.variables)
        k, scatter = len(self._border), self._graph.scatter
        return BandHessian(
            scatter((len(self._bands_at), n), self._bands),
            scatter((k, n), self._columns),
            scatter((k, k), self._corner),
        )

    def take(self, leaf: Leaf, entry: ScatterEntry) -> bool:
        """Note the derivatives of an entry of the gradient; False where they have no place."""
        row = flat_place(leaf, entry.index)
        if row is None:
            return False
        if not row.strides:
            return self._take_fixed(row, entry.value)
        graph, order = self._graph, reachable((entry.value,))
        active = dependent(order, self._leaves).difference(self._still)
        for item in order:
            if item.serial in active and isinstance(item, _MIXING):
                return False
        for item in order:
            if not isinstance(item, Access) or item.array.serial not in self._leaves:
                continue
            column = flat_place(self._leaves[item.array.serial], item.index)
            value = partial_along(graph, entry.value, item, self._still)
            if value is None:
                continue
            if column is None or not self._add(row, column, entry.axes, value):
                return False
        return True

    def take_residual(self, node: Node) -> bool:
        """Note 2·∂r/∂a·∂r/∂b for all accesses a and b of a residual r; False as `take`."""
        graph, order = self._graph, reachable((node,))
        active = dependent(order, self._leaves)
        slopes: list[tuple[Place, Node]] = []
        for item in order:
            if item.serial in active and isinstance(item, _MIXING):
                return False
            if not isinstance(item, Access) or item.array.serial not in self._leaves:
                continue
            place = flat_place(self._leaves[item.array.serial], item.index)
            if place is None or any(axis not in node.axes for axis in item.axes):
                return False
            slope = partial_along(graph, node, item)
            if slope is not None:
                slopes.append((place, slope))
        for row, a in slopes:
            for column, b in slopes:
                moving = {axis for place in (row, column) for axis, _ in place.strides}
                kept = tuple(axis for axis in node.axes if axis in moving)
                value = graph.scale(2.0, graph.multiply(((a, 1), (b, 1))))
                missing = [axis for axis in node.axes if axis not in moving]
                if missing:
                    value = graph.reduce("sum", missing, value)
                if not self._add(row, column, kept, value):
                    return False
        return True

    def _take_fixed(self, row: Place, value: Node) -> bool:
        """Note those derivatives of a single place that no moving place has noted."""
        found = reverse(
            self._graph, [(value, self._graph.number(1.0))], self._leaves, still=self._still
        )
        for serial, entries in found.arrays.items():
            for entry in entries:
                column = flat_place(self._leaves[serial], entry.index)
                if column is None:
                    return False
                if column.strides:
                    if row.offset in self._border:
                        continue  # the same stands in this place's column
                    return False
                if not self._add(row, column, entry.axes, entry.value):
                    return False
        return True

    def _add(self, row: Place, column: Place, axes: tuple[Axis, ...], value: Node) -> bool:
        """Note H[row, column] += value along axes, in the lower half."""
        fixed = None if column.strides else self._border.get(column.offset)
        own = None if row.strides else self._border.get(row.offset)
        if own is not None:
            if fixed is not None:
                index: tuple[Index, ...] = (Affine(own), Affine(fixed))
                self._corner.append(ScatterEntry(index, axes, value))
            return True
        if fixed is not None:
            self._columns.append(ScatterEntry((Affine(fixed), row.affine), axes, value))
            return True
        gap = row.offset - column.offset
        if row.strides != column.strides or abs(gap) not in self._bands_at:
            return False
        if gap >= 0:
            index = Affine(self._bands_at[gap]), column.affine
            self._bands.append(ScatterEntry(index, axes, value))
        return True
