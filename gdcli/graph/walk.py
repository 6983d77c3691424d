"""Walking a graph without recursion: operands, what is reachable, what depends on what."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable
from typing import TypeAlias, assert_never

from gdcli.graph.nodes import (
    Access,
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
    Sum,
)

Item: TypeAlias = Node | Array


def operands(item: Item) -> tuple[Item, ...]:
    """Return what an item is made of, index tables included."""
    match item:
        case Sum():
            return item.terms
        case Product():
            return item.factors
        case Apply():
            return item.arguments
        case Number() | Position() | Leaf():
            return ()
        case Access():
            return (item.array, *index_tables(item.index)) if item.index else (item.array,)
        case Reduce() | Collect():
            return (item.body,)
        case Scatter():
            found: list[Item] = []
            for entry in item.entries:
                found.append(entry.value)
                found.extend(index_tables(entry.index))
            return tuple(found)
        case Inverse() | Determinant():
            return (item.operand,)
    assert_never(item)


def index_tables(index: tuple[Index, ...]) -> tuple[Leaf, ...]:
    """Return the integer arrays that an index looks up."""
    return tuple(part.table for part in index if isinstance(part, Lookup))


def reachable(roots: Iterable[Item]) -> list[Item]:
    """Return everything that the roots are made of, themselves included, operands first."""
    found: dict[int, Item] = {}
    waiting = list(roots)
    while waiting:
        item = waiting.pop()
        if item.serial not in found:
            found[item.serial] = item
            waiting.extend(operands(item))
    return [found[serial] for serial in sorted(found)]


def dependent(order: Iterable[Item], targets: Collection[int]) -> set[int]:
    """Return the serials of items made, directly or not, of the targets; they count too.

    Args:
        order: Items, operands first.
        targets: Serials.
    """
    found: set[int] = set()
    for item in order:
        if item.serial in targets:
            found.add(item.serial)
            continue
        for operand in operands(item):
            if operand.serial in found:
                found.add(item.serial)
                break
    return found


def extent(axes: Iterable[Axis]) -> int:
    """Return how many elements an array along these axes has."""
    return math.prod(axis.extent for axis in axes)


def lacking(axes: tuple[Axis, ...], other: tuple[Axis, ...]) -> tuple[Axis, ...]:
    """Return those of `axes` that are not in `other`."""
    if axes is other or not axes:
        return ()
    return tuple(axis for axis in axes if axis not in other)
