"""An item made again over other operands."""

from __future__ import annotations

from collections.abc import Mapping

from gdcli.graph.interning import Graph
from gdcli.graph.nodes import Access, Apply, Collect, Node, Product, Reduce, Sum
from gdcli.graph.walk import Item, operands


def rebuilt(graph: Graph, item: Item, new: Mapping[int, Item]) -> Item | None:
    """Return an item over new operands, by serial number; None where that is not provided for."""

    def node(old: Node) -> Node:
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
        case Collect():
            return graph.collect(node(item.body), item.axes)
        case Access():
            return graph.access(new[item.array.serial], item.index)  # type: ignore[arg-type]
        case _:
            return None
