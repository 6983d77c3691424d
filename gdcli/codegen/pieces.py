"""The pieces of a formula with kinks, compiled: where each is found, and the weighted formula."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from gdcli.codegen.batches import Matrix, Vector
from gdcli.graph.nodes import Axis, Node
from gdcli.graph.pieces import Group, Pieces
from gdcli.graph.walk import extent

if TYPE_CHECKING:
    from gdcli.codegen.objective import CompiledObjective

Places = NDArray[np.intp]


class Layout(NamedTuple):
    """Of which pieces each kink is made; see `engine.objective.Layout`."""

    piece: Places
    sign: Vector
    slot: Places
    first: Places
    sense: Vector
    pieces: int
    weights: int


class CompiledPieces:
    """What `CompiledObjective` answers of its kinks.

    Args:
        size: Number of scalar variables of the formula itself.
        smooth: Compiles the weighted formula; called when that is first evaluated.

    Attributes:
        nodes: The pieces, each along its own axes.
        layout: Of which of them each kink is made.
    """

    def __init__(self, pieces: Pieces, size: int, smooth: Callable[[], CompiledObjective]) -> None:
        self.groups = pieces.groups
        self._size = size
        self._make = smooth
        self._smooth: CompiledObjective | None = None
        members = {m.node.serial: m.node for g in pieces.groups for m in g.members}
        self.nodes: tuple[Node, ...] = tuple(members.values())
        offsets: dict[int, int] = {}
        count = 0
        for node in self.nodes:
            offsets[node.serial] = count
            count += extent(node.axes)
        self._total = sum(math.prod(leaf.shape) for leaf in pieces.weighted.variables)
        self._shift_places = np.concatenate(
            [np.arange(extent(g.axes)) + g.shift.offset for g in self.groups]
        )
        self._weight_places = np.concatenate(
            [
                np.arange(math.prod(m.weight.shape)) + m.weight.offset
                for g in self.groups
                for m in g.members
                if m.weight is not None
            ]
        ).astype(np.intp)
        slots = np.full(self._total, -1, dtype=np.intp)
        slots[self._weight_places] = np.arange(self._weight_places.size)
        self.layout = _layout(self.groups, offsets, slots, count)

    def weighted(self, x: Vector, shifts: Vector, weights: Vector) -> tuple[float, Vector, Vector]:
        """Return f with every kink replaced by Σ w·m + s; its gradient in x, and that in s."""
        value, gradient = self._compiled().value_and_gradient(self._whole(x, shifts, weights))
        return value, gradient[: self._size], gradient[self._shift_places]

    def hessian(self, x: Vector, shifts: Vector, weights: Vector) -> Matrix:
        """Return the Hessian of that in x, shape (n, n)."""
        n = self._size
        whole = self._whole(x, shifts, weights)
        return np.ascontiguousarray(self._compiled().hessian_rows(whole, n)[:, :n])

    def _whole(self, x: Vector, shifts: Vector, weights: Vector) -> Vector:
        whole = np.empty(self._total)
        whole[: self._size] = x
        whole[self._shift_places] = shifts
        whole[self._weight_places] = weights
        return whole

    def _compiled(self) -> CompiledObjective:
        if self._smooth is None:
            self._smooth = self._make()
        return self._smooth


def _layout(groups: Sequence[Group], offsets: dict[int, int], slots: Places, count: int) -> Layout:
    piece, sign, slot, first, sense = [], [], [], [], []
    rows = 0
    for group in groups:
        kinks, whole = extent(group.axes), (*group.axes, *group.bound)
        columns: list[Places] = []
        for member in group.members:
            places = _along(member.node.axes, whole) + offsets[member.node.serial]
            weights = np.full(places.shape, -1, dtype=np.intp)
            if member.weight is not None:
                order = tuple(sorted(whole, key=lambda axis: axis.number))
                weights = slots[_along(order, whole) + member.weight.offset]
            for factor in member.signs:
                three = (places, np.full(places.shape, factor, dtype=np.intp), weights)
                columns.append(np.stack([part.reshape(kinks, -1) for part in three]))
        table = np.concatenate(columns, axis=2)
        piece.append(table[0].ravel())
        sign.append(table[1].ravel())
        slot.append(table[2].ravel())
        width = table.shape[2]
        first.append(rows + width * np.arange(kinks))
        sense.append(np.full(kinks, float(group.sense)))
        rows += kinks * width
    return Layout(
        np.concatenate(piece),
        np.concatenate(sign).astype(np.float64),
        np.concatenate(slot),
        np.concatenate(first),
        np.concatenate(sense),
        count,
        int((slots >= 0).sum()),
    )


def _along(own: Sequence[Axis], whole: Sequence[Axis]) -> Places:
    """Return the flat places of an array over its own axes, for all values of the whole ones."""
    table = np.arange(extent(own)).reshape([axis.extent for axis in own])
    table = table.transpose([own.index(axis) for axis in whole if axis in own])
    shape = [axis.extent if axis in own else 1 for axis in whole]
    return np.broadcast_to(table.reshape(shape), [axis.extent for axis in whole])
