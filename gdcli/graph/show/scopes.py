"""Scopes: how axes are written in one place of an expression."""

from __future__ import annotations

from typing import NamedTuple

from gdcli.graph.nodes import Axis, Collect, Reduce
from gdcli.graph.walk import Item, operands


class Line(NamedTuple):
    """How an axis is written: `coefficient·symbol + offset`."""

    coefficient: int
    symbol: str
    offset: int


class Scope(NamedTuple):
    """How the axes of a node are written, and which of the axes bound within it are taken."""

    lines: tuple[tuple[Axis, Line], ...] = ()
    bound: frozenset[Axis] = frozenset()


def bound_inside(order: list[Item]) -> dict[int, frozenset[Axis]]:
    """Return, for every item, the axes that are bound somewhere within it."""
    found: dict[int, frozenset[Axis]] = {}
    none: frozenset[Axis] = frozenset()
    for item in order:
        inside = none
        for child in operands(item):
            if not found[child.serial] <= inside:
                inside |= found[child.serial]
        if isinstance(item, Reduce):
            inside |= set(item.bound)
        elif isinstance(item, Collect):
            inside |= set(item.axes)
        found[item.serial] = inside
    return found
