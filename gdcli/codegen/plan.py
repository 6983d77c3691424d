"""Graph → `Program`: what has to be computed, in order, and where the results go.

A `Program` is the part of a graph that some outputs need, cut free of the graph: the items in
topological order, each once, so that whatever the outputs share is shared. It knows no target;
`targets` write it out, `codec` turns it into JSON and back.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import assert_never

from gdcli.graph.nodes import (
    Access,
    Affine,
    Apply,
    Array,
    Collect,
    Determinant,
    Index,
    Inverse,
    Leaf,
    Node,
    Number,
    Position,
    Product,
    Reduce,
    Scatter,
    Sum,
)
from gdcli.graph.walk import Item, extent, reachable
from gdcli.records import dataclass


@dataclass(frozen=True, slots=True)
class Placed:
    """An array that is written, in C order, at `offset` of the flat output vector."""

    array: Array
    offset: int


@dataclass(frozen=True, slots=True)
class Program:
    """What a generated function computes from a flat vector (and a direction).

    Attributes:
        items: Everything needed, operands first.
        value: A node without axes, returned as a float; None if there is none.
        outputs: Arrays of the flat output vector. They do not overlap.
        size: Length of the flat output vector; what no output covers is 0.
        inputs: Length of the flat vector of variables.
    """

    items: tuple[Item, ...]
    value: Node | None
    outputs: tuple[Placed, ...]
    size: int
    inputs: int

    @property
    def scalar(self) -> bool:
        """Whether no item has an axis, so that plain floats serve."""
        return all(_is_scalar(item) for item in self.items)

    @property
    def elements(self) -> int:
        """How many elements the largest node has."""
        nodes = (item for item in self.items if not isinstance(item, Array))
        return max((extent(node.axes) for node in nodes), default=1)


def plan(value: Node | None, outputs: Sequence[Placed], size: int, inputs: int) -> Program:
    """Return the Program of a value and of arrays placed in a flat vector of `size`.

    Arrays without elements are nothing to compute. `inputs` is the length of the flat vector of
    variables that the function will be given.
    """
    outputs = [placed for placed in outputs if math.prod(placed.array.shape)]
    roots: list[Item] = [placed.array for placed in outputs]
    if value is not None:
        roots.append(value)
    return Program(tuple(reachable(roots)), value, tuple(outputs), size, inputs)


def place(arrays: Iterable[Array]) -> tuple[tuple[Placed, ...], int]:
    """Place arrays one behind the other; return them and the length of the whole."""
    placed = []
    offset = 0
    for array in arrays:
        placed.append(Placed(array, offset))
        offset += math.prod(array.shape)
    return tuple(placed), offset


def flat_position(shape: tuple[int, ...], index: Iterable[Index]) -> int:
    """Return the place in C order of an index without axes."""
    flat = 0
    for length, part in zip(shape, index, strict=True):
        if not isinstance(part, Affine) or part.terms:
            raise ValueError("the index varies")
        flat = flat * length + part.offset
    return flat


def _is_scalar(item: Item) -> bool:
    match item:
        case Leaf() | Number():
            return True
        case Position() | Reduce() | Inverse() | Determinant():
            return False
        case Sum() | Product() | Apply():
            return not item.axes
        case Collect():
            return not item.axes
        case Access():
            return _is_fixed(item.index)
        case Scatter():
            return all(not e.axes and _is_fixed(e.index) for e in item.entries)
        case _:
            assert_never(item)


def _is_fixed(index: Iterable[Index]) -> bool:
    return all(isinstance(part, Affine) and not part.terms for part in index)
