"""The laws that every graph obeys, checked: for tests, and for graphs that come from elsewhere."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise
from typing import assert_never

from gdcli.graph.interning import index_axes, union_axes
from gdcli.graph.nodes import (
    Access,
    Affine,
    Apply,
    Array,
    Axis,
    Collect,
    Determinant,
    Index,
    Inverse,
    Leaf,
    Lookup,
    Node,
    Number,
    Position,
    Product,
    Reduce,
    Scatter,
    ScatterEntry,
    Sum,
)
from gdcli.graph.walk import Item, operands, reachable

_ARGUMENTS = {
    **dict.fromkeys(("pow", "atan2", "polygamma"), 2),
    "where": 3,
    "not": 1,
    **dict.fromkeys(("less", "less_equal", "equal", "not_equal"), 2),
}


def violations(roots: Iterable[Item]) -> list[str]:
    """Return what is wrong with the graph under the roots, a sentence each; none for a good one."""
    found = []
    order = reachable(roots)
    for item in order:
        problems = list(_array_problems(item) if isinstance(item, Array) else _node_problems(item))
        problems += [
            f"its operand {child.serial} is not older than itself"
            for child in operands(item)
            if child.serial >= item.serial
        ]
        found += [f"{type(item).__name__} {item.serial}: {problem}" for problem in problems]
    return found


def _node_problems(node: Item) -> Iterable[str]:
    match node:
        case Number():
            yield from _expect_axes(node, ())
        case Position():
            yield from _expect_axes(node, (node.axis,))
        case Access():
            yield from _expect_axes(node, union_axes(index_axes(part) for part in node.index))
            yield from _index_problems(node.index, node.array)
        case Sum():
            yield from _expect_axes(node, union_axes(t.axes for t in node.terms))
            yield from _ordered([t.serial for t in node.terms], strictly=True)
            if len(node.terms) != len(node.coefficients) or not node.terms:
                yield "as many coefficients as terms, and at least one"
            if node.coefficients == (1.0,) and node.constant == 0.0:
                yield "a sum of one bare term"
        case Product():
            yield from _expect_axes(node, union_axes(f.axes for f in node.factors))
            yield from _ordered([f.serial for f in node.factors], strictly=False)
            if len(node.factors) != len(node.exponents) or 0 in node.exponents:
                yield "an exponent other than 0 for each factor"
            signs = {(f.serial, e > 0) for f, e in zip(node.factors, node.exponents, strict=False)}
            if len(signs) != len(node.factors):
                yield "a factor stands twice with exponents of one sign"
            if any(isinstance(f, Number) for f in node.factors):
                yield "a number as a factor"
        case Apply():
            yield from _expect_axes(node, union_axes(a.axes for a in node.arguments))
            if len(node.arguments) != _ARGUMENTS.get(node.function, len(node.arguments)):
                yield f"`{node.function}` with {len(node.arguments)} arguments"
        case Reduce():
            rest = tuple(axis for axis in node.body.axes if axis not in node.bound)
            yield from _expect_axes(node, rest)
            if not node.bound or any(axis not in node.body.axes for axis in node.bound):
                yield "it binds axes that its body has, at least one"
        case Determinant():
            yield from _expect_axes(node, ())
            yield from _square(node.operand)
        case Leaf() | Collect() | Scatter() | Inverse():
            pass
        case _:
            assert_never(node)


def _array_problems(array: Item) -> Iterable[str]:
    match array:
        case Collect():
            if any(axis not in array.axes for axis in array.body.axes):
                yield "its body has axes that it does not lay out"
            if len(set(array.axes)) != len(array.axes):
                yield "an axis laid out twice"
        case Scatter():
            for entry in array.entries:
                yield from _entry_problems(entry, array)
        case Inverse():
            yield from _square(array.operand)
        case _:
            pass


def _entry_problems(entry: ScatterEntry, array: Scatter) -> Iterable[str]:
    known = set(entry.axes)
    if any(axis not in known for part in entry.index for axis in index_axes(part)):
        yield "an entry's index has axes that the entry lacks"
    if any(axis not in known for axis in entry.value.axes):
        yield "an entry's value has axes that the entry lacks"
    yield from _index_problems(entry.index, array)


def _index_problems(index: tuple[Index, ...], array: Array) -> Iterable[str]:
    if len(index) != len(array.shape):
        yield f"{len(index)} indices for {len(array.shape)} positions"
        return
    for part, extent in zip(index, array.shape, strict=True):
        if isinstance(part, Affine):
            yield from _affine_problems(part)
            low, high = part.range()
            if low < 0 or high >= extent:
                yield f"index {low} … {high} outside 0 … {extent - 1}"
        elif isinstance(part, Lookup):
            if part.table.role != "data":
                yield "an index looked up in what is no data"
            for position in part.position:
                yield from _affine_problems(position)


def _affine_problems(index: Affine) -> Iterable[str]:
    numbers = [axis.number for axis, _ in index.terms]
    yield from _ordered(numbers, strictly=True)
    if any(coefficient == 0 for _, coefficient in index.terms):
        yield "an index with a coefficient of 0"


def _expect_axes(node: Node, axes: tuple[Axis, ...]) -> Iterable[str]:
    if node.axes != axes:
        yield f"axes {node.axes}, where {axes} follow from its operands"
    numbers = [axis.number for axis in node.axes]
    if len(set(numbers)) != len(numbers):
        yield "two axes of one number"


def _ordered(numbers: list[int], *, strictly: bool) -> Iterable[str]:
    pairs = pairwise(numbers)
    if any(a > b or (strictly and a == b) for a, b in pairs):
        yield "parts out of order"


def _square(array: Array) -> Iterable[str]:
    if len(array.shape) != 2 or array.shape[0] != array.shape[1]:
        yield f"a square matrix is needed, not one of shape {array.shape}"
