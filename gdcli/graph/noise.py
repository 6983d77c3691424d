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
    Axis,
    Determinant,
    Node,
    Number,
    Position,
    Product,
    Reduce,
    Sum,
)
from gdcli.graph.products import is_scaled
from gdcli.graph.shifts import cancelling_shifts
from gdcli.graph.walk import extent, lacking, reachable

UNIT_ROUNDOFF = 2.0**-53

_EXACT = CONSTANT | {"abs", "max", "min", "relu", "where"}
_ROUNDINGS: Mapping[str, float] = {
    "sqrt": 1.0,
    "erf": 4.0,
    "tanh": 6.0,
    "sigmoid": 4.0,
    "softplus": 4.0,
    "gamma": 8.0,
    "lgamma": 8.0,
}
_LIBRARY_ROUNDINGS = 2.0
"""Of a library function not in the table: an error below one unit in the last place."""

_POSITIVE = frozenset(("abs", "sqrt", "exp", "sigmoid", "softplus", "relu"))
"""Functions that are their own absolute value."""

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
    """Return Σ|value·adjoint| over the axes of both.

    What the adjoint lacks is summed first: a sum of products and each of its products then have the
    same weight, and none of them is laid out.
    """
    if adjoint.support is not None:
        # Where it is not taken, the value may be infinite: the product is cut as a whole.
        product = graph.apply("abs", graph.multiply(((value, 1), (adjoint.node, 1))))
        size = graph.apply("where", adjoint.support, product, graph.number(0.0))
        return graph.reduce("sum", size.axes, size)
    inner = graph.reduce("sum", lacking(value.axes, adjoint.node.axes), _magnitude(graph, value))
    size = graph.multiply(((inner, 1), (_magnitude(graph, adjoint.node), 1)))
    return graph.reduce("sum", size.axes, size)


def _magnitude(graph: Graph, node: Node) -> Node:
    """Return |node|; of factors with different axes one by one, so that it can be contracted."""
    coefficient = 1.0
    by_axes: dict[tuple[Axis, ...], list[tuple[Node, int]]] = {}
    waiting = [(node, 1)]
    while waiting:
        factor, exponent = waiting.pop()
        if isinstance(factor, Product) and any(f.axes != factor.axes for f in factor.factors):
            pairs = zip(factor.factors, factor.exponents, strict=True)
            waiting += [(f, e * exponent) for f, e in pairs]
        elif exponent == 1 and isinstance(factor, Sum) and is_scaled(factor):
            coefficient *= abs(factor.coefficients[0])
            waiting.append((factor.terms[0], exponent))
        else:
            by_axes.setdefault(factor.axes, []).append((factor, exponent))
    parts = [_absolute(graph, graph.multiply(group)) for group in by_axes.values()]
    return graph.scale(coefficient, graph.multiply((part, 1) for part in parts))


def _absolute(graph: Graph, node: Node) -> Node:
    if isinstance(node, Number):
        return graph.number(abs(node.value))
    even = isinstance(node, Product) and all(e % 2 == 0 for e in node.exponents)
    positive = isinstance(node, Apply) and node.function in _POSITIVE
    return node if even or positive else graph.apply("abs", node)


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
            length = extent(node.bound)
            if node.operator == "sum":
                roundings = min(float(length - 1), _ARRAY_SUM_ROUNDINGS)
                yield roundings, graph.reduce("sum", node.bound, _magnitude(graph, node.body))
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
