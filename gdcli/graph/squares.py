"""Recognising a sum of squares: f = offset + Σ r².

Known are even powers (r⁴ is (r²)²), products and quotients of them, sums and array sums of such
terms with positive coefficients however nested, weights made of data and indices that are plainly
not negative, and squared roots and absolute values. Nothing is expanded: `x**2 - 2*x + 1` is no sum
of squares here.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, NamedTuple

from numpy.typing import NDArray

from gdcli.graph.formula import Formula
from gdcli.graph.interning import Graph
from gdcli.graph.nodes import Access, Apply, Axis, Node, Number, Position, Product, Reduce, Sum
from gdcli.graph.walk import dependent, extent, reachable
from gdcli.records import dataclass

_POSITIVE = frozenset(("exp", "sigmoid", "softplus"))


@dataclass(frozen=True)
class SumOfSquares:
    """f = offset + Σ r² over all residuals r and all of their axes."""

    residuals: tuple[Node, ...]
    offset: float


class _Part(NamedTuple):
    """`coefficient · Π weight · node`, summed over `axes`; to be recognised."""

    node: Node
    coefficient: float
    weights: tuple[tuple[Node, int], ...]
    axes: tuple[Axis, ...]


def sum_of_squares(formula: Formula) -> SumOfSquares | None:
    """Return the residuals of a formula, or None if it isn't recognised as a sum of squares."""
    graph = formula.graph
    order = reachable((formula.root,))
    active = dependent(order, {leaf.serial for leaf in formula.variables})
    signs = _Signs({leaf.serial: array for leaf, array in formula.data}, active)
    residuals: list[Node] = []
    offset = 0.0
    waiting = [_Part(formula.root, 1.0, (), ())]
    while waiting:
        part = waiting.pop()
        node, c, weights, axes = part
        if not math.isfinite(c) or c <= 0:
            return None
        if isinstance(node, (Sum, Number)):
            constant = node.value if isinstance(node, Number) else node.constant
            if constant and weights:
                return None
            offset += c * constant * extent(axes)
            if isinstance(node, Sum):
                waiting += [
                    part._replace(node=term, coefficient=c * k)
                    for term, k in zip(
                        reversed(node.terms), reversed(node.coefficients), strict=True
                    )
                ]
        elif isinstance(node, Reduce) and node.operator == "sum":
            waiting.append(part._replace(node=node.body, axes=(*axes, *node.bound)))
        elif isinstance(node, Product):
            inner = _squared_function(graph, node)
            if inner:
                waiting += [part._replace(node=each) for each in reversed(inner)]
                continue
            pairs = _flattened(node)
            odd = [(f, e) for f, e in pairs if e % 2]
            data = [(f, e) for f, e in odd if signs.of_power(f, e) >= 0]
            rest = [pair for pair in odd if pair not in data]
            if not rest:
                root = graph.multiply((f, e // 2) for f, e in pairs if e % 2 == 0)
                residuals.append(_residual(graph, root, part._replace(weights=(*weights, *data))))
            elif len(rest) == 1 and rest[0][1] == 1 and len(data) + 1 == len(pairs):
                waiting.append(part._replace(node=rest[0][0], weights=(*weights, *data)))
            else:
                return None
        else:
            return None
    return SumOfSquares(tuple(residuals), offset) if residuals else None


def _flattened(node: Product) -> list[tuple[Node, int]]:
    """Return all factors and exponents, those of products among the factors included."""
    found: list[tuple[Node, int]] = []
    waiting: list[tuple[Node, int]] = [(node, 1)]
    while waiting:
        current, exponent = waiting.pop()
        if isinstance(current, Product):
            pairs = zip(current.factors, current.exponents, strict=True)
            waiting += [(factor, e * exponent) for factor, e in pairs]
        else:
            found.append((current, exponent))
    return found


def _squared_function(graph: Graph, node: Product) -> list[Node]:
    """Return the terms that the square of a root, a length or an absolute value stands for."""
    if node.exponents != (2,) or not isinstance(node.factors[0], Apply):
        return []
    function, arguments = node.factors[0].function, node.factors[0].arguments
    if function == "sqrt":
        return list(arguments)
    if function in ("abs", "hypot"):
        return [graph.multiply(((argument, 2),)) for argument in arguments]
    return []


class _Signs:
    """Signs of what does not move: 1 where all is positive, 0 where some is 0, else −1.

    An array of the data is looked at once somebody asks: it may be large.
    """

    def __init__(self, data: Mapping[int, NDArray[Any]], active: set[int]) -> None:
        self._data = data
        self._active = active
        self._known: dict[int, int] = {}

    def of(self, node: Node) -> int:
        """Return the sign of a node, as far as it is plain to see; −1 where a variable enters."""
        if node.serial in self._active:
            return -1
        found = self._known.get(node.serial)
        if found is None:
            found = self._known[node.serial] = self._of(node)
        return found

    def _of(self, node: Node) -> int:
        match node:
            case Number():
                return (node.value > 0.0) - (node.value < 0.0)
            case Position():
                return 0
            case Access():
                leaf = node.array.serial
                return _sign(self._data[leaf]) if leaf in self._data else -1
            case Sum():
                parts = [self.of(term) for term in node.terms]
                if node.constant < 0.0 or min(*parts, *node.coefficients) < 0.0:
                    return -1
                return int(node.constant > 0.0 or max(parts) > 0)
            case Product():
                pairs = zip(node.factors, node.exponents, strict=True)
                return min(self.of_power(factor, exponent) for factor, exponent in pairs)
            case Apply():
                if node.function in _POSITIVE:
                    return 1
                return self.of(node.arguments[0]) if node.function == "sqrt" else -1
        return -1

    def of_power(self, node: Node, exponent: int) -> int:
        """Return the sign of node**exponent; −1 where that may be infinite."""
        sign = self.of(node)
        if exponent < 0:
            return sign if sign > 0 else -1
        return sign if exponent % 2 or sign > 0 or node.serial in self._active else 0


def _sign(array: NDArray[Any]) -> int:
    if array.dtype.kind not in "fiub" or not array.size:
        return -1
    least = array.flat[0]
    if least >= 0:  # else one look was enough
        least = array.min()
    return 1 if least > 0 else 0 if least == 0 else -1


def _residual(graph: Graph, root: Node, part: _Part) -> Node:
    """Return √(coefficient·Π weight)·root; along axes that it lacks, the square is repeated."""
    weight = graph.multiply(part.weights)
    if not isinstance(weight, Number):
        root = graph.multiply(((graph.apply("sqrt", weight), 1), (root, 1)))
    repeats = extent(axis for axis in part.axes if axis not in root.axes)
    return graph.scale(math.sqrt(part.coefficient * repeats), root)
