"""The rounding noise of a formula at a point: running error analysis in one adjoint sweep.

δ(x) = u·Σ_k c_k·|v_k·∂f/∂v_k| over all operations k, with u = 2⁻⁵³ and c_k the rounding errors that
the operation makes, in units of u·|v_k|. Higham (2002), Accuracy and Stability of Numerical
Algorithms, §3.3. A bound in practice, not in theory: long sums are counted by the square root of
their length, for rounding errors do not all point the same way.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import assert_never

from gdcli.graph.adjoint import Adjoint, reverse
from gdcli.graph.calculus import CONSTANT
from gdcli.graph.formula import Formula
from gdcli.graph.interning import Graph
from gdcli.graph.nodes import (
    Access,
    Apply,
    Determinant,
    Node,
    Number,
    Position,
    Product,
    Reduce,
    Sum,
)
from gdcli.graph.shifts import cancelling_shifts
from gdcli.graph.walk import reachable

UNIT_ROUNDOFF = 2.0**-53

_EXACT = CONSTANT | {"abs", "max", "min", "relu", "where"}
_ROUNDINGS: Mapping[str, float] = {
    "sqrt": 1.0,
    "erf": 4.0,
    "sigmoid": 4.0,
    "softplus": 4.0,
    "gamma": 8.0,
    "lgamma": 8.0,
}
_LIBRARY_ROUNDINGS = 2.0
"""Of a library function not in the table: an error below one unit in the last place."""

_MOST_PARTIAL_SUMS = 8
"""Sums of up to so many terms are followed partial sum by partial sum."""

_ARRAY_SUM_ROUNDINGS = 8.0
"""Of a sum over an axis, in units of u·Σ|terms|: pairwise, or in blocks."""


def noise(formula: Formula) -> Node:
    """Return δ, a node without axes: the rounding error that `f` can be expected to stay within.

    Only operations that depend on a variable count: the others err the same way everywhere.
    """
    graph = formula.graph
    order = reachable((formula.root,))
    seeds = [(formula.root, graph.number(1.0))]
    leaves = {leaf.serial for leaf in formula.variables}
    found = reverse(graph, seeds, leaves, order, cancelling_shifts(order))
    parts = []
    for item in order:
        adjoint = found.nodes.get(item.serial)
        # Only nodes have adjoints under `nodes`.
        if adjoint is not None and not isinstance(item, Access):
            for count, value in _errors(graph, item):  # type: ignore[arg-type]
                parts.append((count, _weighed(graph, value, adjoint)))
    return graph.scale(UNIT_ROUNDOFF, graph.add(parts))


def _weighed(graph: Graph, value: Node, adjoint: Adjoint) -> Node:
    """Return Σ|value·adjoint| over the axes of both."""
    size = graph.apply("abs", graph.multiply(((value, 1), (adjoint.node, 1))))
    if adjoint.support is not None:
        size = graph.apply("where", adjoint.support, size, graph.number(0.0))
    return graph.reduce("sum", size.axes, size)


def _errors(graph: Graph, node: Node) -> Iterator[tuple[float, Node]]:
    """Yield pairs (count, value): the node's own rounding errors are Σ count·u·|value|."""
    match node:
        case Sum():
            yield from _sum_errors(graph, node)
        case Product():
            count = sum(abs(e) for e in node.exponents)
            if max(node.exponents) > 0:
                count -= 1
            yield float(count), node
        case Apply():
            if node.function not in _EXACT:
                yield _ROUNDINGS.get(node.function, _LIBRARY_ROUNDINGS), node
        case Reduce():
            length = math.prod(axis.extent for axis in node.bound)
            if node.operator == "sum":
                roundings = min(float(length - 1), _ARRAY_SUM_ROUNDINGS)
                size = graph.apply("abs", node.body)
                yield roundings, graph.reduce("sum", node.bound, size)
            elif node.operator == "prod":
                yield float(length - 1), node
        case Determinant():
            # Gaussian elimination: n steps of an error each, relative to the result where it is
            # well conditioned; what is lost to the condition is not seen here.
            yield float(4 * node.operand.shape[0] ** 2), node
        case Access() | Number() | Position():
            pass
        case _:
            assert_never(node)


def _sum_errors(graph: Graph, node: Sum) -> Iterator[tuple[float, Node]]:
    pairs = list(zip(node.coefficients, node.terms, strict=True))
    for c, term in pairs:
        if abs(c) != 1.0:
            yield 1.0, graph.scale(c, term)
    additions = len(pairs) - 1 + (node.constant != 0.0)
    if additions <= _MOST_PARTIAL_SUMS:
        for length in range(2, len(pairs)):
            yield 1.0, graph.add(pairs[:length])
        if len(pairs) > 1 and node.constant != 0.0:
            yield 1.0, graph.add(pairs)
        if additions:
            yield 1.0, node
    else:
        sizes = ((abs(c), graph.apply("abs", term)) for c, term in pairs)
        yield math.sqrt(additions), graph.add(sizes, abs(node.constant))
