"""Where the domain of a formula ends with a finite value, variable by variable.

√x is 0 at 0 and nothing beyond. No step of a method ends exactly there, and the gradient says
nothing; but such an edge is what a bound is, and can be treated as one. Only arguments that are a
single element of a variable, times and plus a number, are looked at.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from gdcli.graph.formula import Formula
from gdcli.graph.nodes import Access, Apply, Leaf, Node, Number, Sum
from gdcli.graph.pattern import Place, flat_place
from gdcli.graph.walk import reachable

_INTERVALS: Mapping[str, tuple[float, float]] = {
    "sqrt": (0.0, math.inf),
    "asin": (-1.0, 1.0),
    "acos": (-1.0, 1.0),
}
MOST = 100_000
"""Elements whose edges are listed one by one."""


class Edge(NamedTuple):
    """An element of the flat vector, and the interval outside which the formula is undefined."""

    position: int
    lower: float
    upper: float


def edges(formula: Formula) -> list[Edge]:
    """Return the edges of the domain; none where a conditional may keep a part from counting."""
    order = reachable((formula.root,))
    applied = [item for item in order if isinstance(item, Apply)]
    if any(item.function == "where" for item in applied):
        return []
    found: list[Edge] = []
    for item in applied:
        interval = _interval(item)
        if interval is None:
            continue
        line = _line(item.arguments[0])
        if line is None:
            continue
        place, slope, constant = line
        ends = sorted((end - constant) / slope for end in interval)
        found.extend(Edge(position, *ends) for position in _positions(place))
    return found


def _interval(node: Apply) -> tuple[float, float] | None:
    if node.function == "pow":
        exponent = node.arguments[1]
        if isinstance(exponent, Number) and exponent.value > 0 and exponent.value % 1 != 0.0:
            return 0.0, math.inf
        return None
    return _INTERVALS.get(node.function)


def _line(node: Node) -> tuple[Place, float, float] | None:
    """Return (place, slope, constant) of an element times and plus a number."""
    slope, constant = 1.0, 0.0
    if isinstance(node, Sum):
        if len(node.terms) != 1:
            return None
        slope, constant, node = node.coefficients[0], node.constant, node.terms[0]
    if not isinstance(node, Access) or not isinstance(node.array, Leaf) or slope == 0.0:
        return None
    if node.array.role != "variable":
        return None
    place = flat_place(node.array, node.index)
    return None if place is None else (place, slope, constant)


def _positions(place: Place) -> Iterator[int]:
    extents = [axis.extent for axis, _ in place.strides]
    if math.prod(extents) > MOST:
        return
    for index in itertools.product(*map(range, extents)):
        steps = zip(index, place.strides, strict=True)
        yield place.offset + sum(k * stride for k, (_, stride) in steps)
