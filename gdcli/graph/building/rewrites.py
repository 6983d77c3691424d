"""Stable forms, put in while a graph is built: derivatives would scatter the patterns.

Each row of `FUNCTIONS` looks at the argument of one function, `product_factor` at one factor of a
product, `logistic` at all of them, `difference` at a sum. What they return is equal to what was
written wherever that can be computed without overflow.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from gdcli.graph.calculus import vanishing_squares
from gdcli.graph.interning import Graph
from gdcli.graph.nodes import Apply, Axis, Node, Product, Reduce, Sum

Factor = tuple[Node, int]


def _exponential(node: Node, constant: float = 0.0) -> tuple[float, Node] | None:
    """Return (c, t) where the node is `constant + c·exp(t)`."""
    if isinstance(node, Sum) and len(node.terms) == 1 and node.constant == constant:
        term = node.terms[0]
        if isinstance(term, Apply) and term.function == "exp":
            return node.coefficients[0], term.arguments[0]
    if constant == 0.0 and isinstance(node, Apply) and node.function == "exp":
        return 1.0, node.arguments[0]
    return None


def _one_plus_exponential(node: Node) -> Node | None:
    """Return t where the node is 1 + exp(t)."""
    found = _exponential(node, 1.0)
    return found[1] if found is not None and found[0] == 1.0 else None


def _log(graph: Graph, u: Node) -> Node | None:
    """log(exp(t)), log(sigmoid(t)), log(1 - sigmoid(t)), log(1 + exp(t)), log Σ exp, log(1 + u)."""
    if isinstance(u, Apply):
        if u.function == "exp":
            return u.arguments[0]
        if u.function == "sigmoid":
            return graph.scale(-1.0, graph.apply("softplus", graph.scale(-1.0, u.arguments[0])))
    t = _one_plus_exponential(u)
    if t is not None:
        return graph.apply("softplus", t)
    powers = _exponentials(graph, u)
    if powers:
        return log_sum_exp(graph, powers)
    if isinstance(u, Sum) and u.constant == 1.0:
        rest = graph.add(zip(u.coefficients, u.terms, strict=True))
        return graph.apply("log1p", rest)
    return None


class Power(NamedTuple):
    """`coefficient · Σ exp(exponent)` over the axes `bound`."""

    coefficient: float
    exponent: Node
    bound: tuple[Axis, ...] = ()


def _exponentials(graph: Graph, u: Node) -> list[Power] | None:
    """Return the powers of which a node is the sum, all positive, None if it is no such sum."""
    found = []
    if isinstance(u, Sum):
        if u.constant < 0.0 or not u.constant < math.inf:
            return None
        if u.constant:
            found.append(Power(1.0, graph.number(math.log(u.constant))))
        pairs = list(zip(u.coefficients, u.terms, strict=True))
    else:
        pairs = [(1.0, u)]
    for c, term in pairs:
        bound: tuple[Axis, ...] = ()
        if isinstance(term, Reduce) and term.operator == "sum":
            bound, term = term.bound, term.body
        inner = _exponential(term)
        if inner is None or not 0.0 < c * inner[0] < math.inf:
            return None
        found.append(Power(c * inner[0], inner[1], bound))
    return found


def log_sum_exp(graph: Graph, powers: Sequence[Power]) -> Node:
    """Return the logarithm of a sum of powers, shifted by the largest exponent."""
    tops = {p.serial: p for p in (graph.reduce("max", p.bound, p.exponent) for p in powers)}
    shift = graph.apply("max", *tops.values()) if len(tops) > 1 else next(iter(tops.values()))
    terms = []
    for c, exponent, bound in powers:
        power = graph.apply("exp", graph.add(((1.0, exponent), (-1.0, shift))))
        terms.append((c, graph.reduce("sum", bound, power)))
    return graph.add(((1.0, shift), (1.0, graph.apply("log", graph.add(terms)))))


def _sqrt(graph: Graph, u: Node) -> Node | None:
    """sqrt(x**2) is |x|."""
    if isinstance(u, Product) and u.exponents == (2,):
        return graph.apply("abs", u.factors[0])
    return None


def _exp(graph: Graph, u: Node) -> Node | None:
    """exp(-softplus(t)) is sigmoid(-t)."""
    if isinstance(u, Sum) and u.constant == 0.0 and u.coefficients == (-1.0,):
        inner = u.terms[0]
        if isinstance(inner, Apply) and inner.function == "softplus":
            return graph.apply("sigmoid", graph.scale(-1.0, inner.arguments[0]))
    return None


def _abs(graph: Graph, u: Node) -> Node | None:
    """The absolute value of an even power, of a root, of an exponential is itself."""
    even = isinstance(u, Product) and all(e % 2 == 0 for e in u.exponents)
    positive = isinstance(u, Apply) and u.function in ("sqrt", "exp", "abs", "sigmoid", "softplus")
    return u if even or positive else None


FUNCTIONS: Mapping[str, Callable[[Graph, Node], Node | None]] = {
    "log": _log,
    "sqrt": _sqrt,
    "exp": _exp,
    "abs": _abs,
}
"""By function of one argument: what else stands for it."""


def product_factor(graph: Graph, node: Node, exponent: int) -> list[Factor] | None:
    """Return the factors that stand for `node**exponent`.

    1/(1 + exp(t)) is sigmoid(-t); the square of a norm is a sum of squares, that of an absolute
    value a square.
    """
    if exponent < 0:
        t = _one_plus_exponential(node)
        if t is not None:
            return [(graph.apply("sigmoid", graph.scale(-1.0, t)), -exponent)]
    if not isinstance(node, Apply) or exponent % 2:
        return None
    match node.function:
        case "abs":
            return [(node.arguments[0], exponent)]
        case "sqrt" if vanishing_squares(node.arguments[0]):
            return [(node.arguments[0], exponent // 2)]
        case "hypot":
            squares = ((1.0, graph.multiply(((a, 2),))) for a in node.arguments)
            return [(graph.add(squares), exponent // 2)]
    return None


def logistic(graph: Graph, factors: Sequence[Factor]) -> Sequence[Factor]:
    """Return factors in which sigmoid(t) stands for exp(t)/(1 + exp(t))."""
    below = {}
    for k, (node, exponent) in enumerate(factors):
        t = _one_plus_exponential(node) if exponent == -1 else None
        if t is not None:
            below[t.serial] = k
    if not below:
        return factors
    for k, (node, exponent) in enumerate(factors):
        if exponent == 1 and isinstance(node, Apply) and node.function == "exp":
            place = below.get(node.arguments[0].serial)
            if place is not None:
                rest = [factor for j, factor in enumerate(factors) if j not in (k, place)]
                return [*rest, (graph.apply("sigmoid", node.arguments[0]), 1)]
    return factors


def difference(graph: Graph, node: Node) -> Node | None:
    """exp(t) - 1 is expm1(t), and so are its multiples; 1 - sigmoid(t) is sigmoid(-t)."""
    if not isinstance(node, Sum) or len(node.terms) != 1 or node.constant == 0.0:
        return None
    term, c = node.terms[0], node.coefficients[0]
    if c != -node.constant or not isinstance(term, Apply):
        return None
    if term.function == "exp":
        return graph.scale(c, graph.apply("expm1", term.arguments[0]))
    if term.function == "sigmoid":
        return graph.scale(-c, graph.apply("sigmoid", graph.scale(-1.0, term.arguments[0])))
    return None
