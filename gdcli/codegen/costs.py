"""What it costs to compute an item, and what costs nothing."""

from __future__ import annotations

from typing import assert_never

from gdcli.graph.nodes import (
    Access,
    Affine,
    Apply,
    Determinant,
    Leaf,
    Node,
    Number,
    Position,
    Product,
    Reduce,
    Sum,
)
from gdcli.graph.walk import Item, extent

_COSTS = {"sqrt": 4.0, "abs": 1.0, "sign": 2.0, "max": 3.0, "min": 3.0, "relu": 3.0, "where": 4.0}
_COST_OF_CONDITION = 1.0
_COST_OF_FUNCTION = 15.0
_CONDITIONS = frozenset(("less", "less_equal", "equal", "not_equal", "and", "or", "not"))


def is_view(item: Item) -> bool:
    """Whether an item costs nothing: numbers, index values, slices of arrays."""
    if isinstance(item, Access):
        return all(isinstance(part, Affine) for part in item.index)
    return isinstance(item, (Leaf, Number, Position))


def cost_of(item: Node) -> float:
    """Return about how many passes over its elements a node costs."""
    match item:
        case Number() | Position() | Determinant():
            return 0.0
        case Access():
            return 4.0
        case Sum():
            return float(len(item.terms))
        case Product():
            return float(sum(abs(e).bit_length() for e in item.exponents))
        case Apply():
            if item.function in _CONDITIONS:
                return _COST_OF_CONDITION
            return _COSTS.get(item.function, _COST_OF_FUNCTION)
        case Reduce():
            return float(extent(item.bound))
        case _:
            assert_never(item)
