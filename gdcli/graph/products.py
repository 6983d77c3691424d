"""Products under derivatives: contractions, and the product of all factors but one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from gdcli.graph.interning import Graph
from gdcli.graph.nodes import Axis, Node, Product, Reduce, Sum

_WRITTEN_OUT = 4
"""Up to so many factors, each derivative is written as its own product; beyond, prefixes and
suffixes are shared, so that k derivatives cost about 3k multiplications."""


def contract(graph: Graph, bound: Sequence[Axis], factors: Iterable[tuple[Node, int]]) -> Node:
    """Return the sum over `bound` of a product, with what does not vary along them taken out.

    Products among the factors are opened only where that takes something out.
    """
    if not bound:
        return graph.multiply(factors)
    outside: list[tuple[Node, int]] = []
    inside: list[tuple[Node, int]] = []
    coefficient = 1.0
    for factor in factors:
        # What is left of one factor stays together: it has no more axes than the factor had.
        left: list[tuple[Node, int]] = []
        waiting = [factor]
        while waiting:
            node, exponent = waiting.pop()
            if not _varies(node, bound):
                outside.append((node, exponent))
            elif exponent == 1 and isinstance(node, Sum) and is_scaled(node):
                coefficient *= node.coefficients[0]
                waiting.append((node.terms[0], 1))
            elif isinstance(node, Product) and exponent == 1 and _opens(node, bound):
                waiting += reversed(_pairs(node))
            else:
                left.append((node, exponent))
        inside.append(left[0] if len(left) == 1 else (graph.multiply(left), 1))
    total = graph.reduce("sum", bound, graph.multiply(inside))
    return graph.scale(coefficient, graph.multiply((*outside, (total, 1))))


def _varies(node: Node, bound: Sequence[Axis]) -> bool:
    return any(axis in bound for axis in node.axes)


def is_scaled(node: Sum) -> bool:
    """Tell whether a sum is just a coefficient times a node."""
    return len(node.terms) == 1 and node.constant == 0.0


def _pairs(node: Product) -> list[tuple[Node, int]]:
    return list(zip(node.factors, node.exponents, strict=True))


def _opens(node: Product, bound: Sequence[Axis]) -> bool:
    """Tell whether a factor, or a factor of a factor and so on, does not vary along `bound`."""
    waiting: list[Node] = [node]
    while waiting:
        current = waiting.pop()
        if not isinstance(current, Product):
            continue
        for factor, exponent in _pairs(current):
            if not _varies(factor, bound):
                return True
            if exponent == 1:
                waiting.append(factor)
    return False


def others_of_factors(
    graph: Graph, node: Product, wanted: Sequence[bool]
) -> list[tuple[float, Node]]:
    """Return ∂node/∂factor, for every factor, as (coefficient, node).

    Where `wanted` is false, the entry stands for nothing. A divisor is never 0 where the product is
    defined, so its derivative is −exponent·node/divisor; other factors may be 0, and none of them
    is divided by.
    """
    pairs = _pairs(node)
    rates: list[tuple[float, Node]] = [(0.0, node)] * len(pairs)
    above = [k for k, (_, e) in enumerate(pairs) if e > 0]
    below = [pair for pair in pairs if pair[1] < 0]
    for k, (factor, e) in enumerate(pairs):
        if e < 0 and wanted[k]:
            rates[k] = float(e), graph.multiply(((node, 1), (factor, -1)))
    if len(above) <= _WRITTEN_OUT:
        for k in above:
            if wanted[k]:
                factor, e = pairs[k]
                rest = [pairs[j] for j in above if j != k]
                rates[k] = float(e), graph.multiply([*rest, *below, (factor, e - 1)])
        return rates
    suffixes: list[Node] = [graph.number(1.0)]
    for k in reversed(above[1:]):
        suffixes.append(graph.multiply(((suffixes[-1], 1), pairs[k])))
    prefix = graph.multiply(below)
    for k, suffix in zip(above, reversed(suffixes), strict=True):
        factor, e = pairs[k]
        if wanted[k]:
            rates[k] = float(e), graph.multiply(((prefix, 1), (suffix, 1), (factor, e - 1)))
        prefix = graph.multiply(((prefix, 1), pairs[k]))
    return rates


def others_of_reduced(graph: Graph, node: Reduce) -> Node:
    """Return, along the axes of its body, the product of all elements but each one.

    Without zeros that is product/element. With zeros it is made of the product of the elements that
    aren't 0 and the sum `s` of those that are: s is 0, but its derivative is 1, so that second
    derivatives at zeros are right as well (third ones are not).
    """
    body, bound = node.body, node.bound
    zero, one = graph.number(0.0), graph.number(1.0)
    is_zero = graph.apply("equal", body, zero)
    zeros = graph.reduce("sum", bound, is_zero)
    single = graph.apply("equal", zeros, one)
    double = graph.apply("equal", zeros, graph.number(2.0))
    nonzero = graph.reduce("prod", bound, graph.apply("where", is_zero, one, body))
    small = graph.reduce("sum", bound, graph.apply("where", is_zero, body, zero))
    no_zero = graph.multiply(((node, 1), (body, -1)))
    other_zero = graph.multiply(((nonzero, 1), (graph.add(((1.0, small), (-1.0, body))), 1)))
    at_zero = graph.apply("where", single, nonzero, graph.apply("where", double, other_zero, zero))
    beside = graph.multiply(((nonzero, 1), (small, 1), (body, -1)))
    beside_zero = graph.apply("where", single, beside, zero)
    some_zero = graph.apply("where", is_zero, at_zero, beside_zero)
    return graph.apply("where", graph.apply("equal", zeros, zero), no_zero, some_zero)
