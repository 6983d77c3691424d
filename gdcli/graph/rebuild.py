"""An item made again over other operands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import assert_never

from gdcli.graph.interning import Graph
from gdcli.graph.nodes import (
    Access,
    Apply,
    Array,
    Collect,
    Determinant,
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
from gdcli.graph.walk import Item, operands


def rebuilt(graph: Graph, item: Item, new: Mapping[int, Item]) -> Item:
    """Return an item over new operands, which are given by the serial numbers of the old."""

    def node(old: Node) -> Node:
        return new[old.serial]  # type: ignore[return-value]

    def array(old: Array) -> Array:
        return new[old.serial]  # type: ignore[return-value]

    if all(new[part.serial] is part for part in operands(item)):
        return item
    match item:
        case Sum():
            pairs = zip(item.coefficients, map(node, item.terms), strict=True)
            return graph.add(pairs, item.constant)
        case Product():
            return graph.multiply(zip(map(node, item.factors), item.exponents, strict=True))
        case Apply():
            return graph.apply(item.function, *map(node, item.arguments))
        case Reduce():
            return graph.reduce(item.operator, item.bound, node(item.body))
        case Access():
            return graph.access(array(item.array), item.index)
        case Determinant():
            return graph.determinant(item.function, array(item.operand))
        case Collect():
            return graph.collect(node(item.body), item.axes)
        case Scatter():
            entries = [replace(entry, value=node(entry.value)) for entry in item.entries]
            return graph.scatter(item.shape, entries)
        case Inverse():
            return graph.inverse(array(item.operand))
        case Leaf() | Number() | Position():
            return item
    assert_never(item)
