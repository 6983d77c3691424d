"""Arithmetic: sums, products, powers, and functions applied element by element."""

from __future__ import annotations

import math
from collections.abc import Sequence
from types import GeneratorType
from typing import Any

import numpy as np

from gdcli.diagnostics import Span
from gdcli.graph.building import rewrites
from gdcli.graph.building.state import Builder, Place, Scope, Work, extreme
from gdcli.graph.nodes import Node, Number
from gdcli.language import tree as trees
from gdcli.language.numeric import FUNCTIONS as NUMERIC

MOST_WRITTEN_POWER = 64
"""Whole exponents up to here become products; beyond, `pow` computes the power."""


def negative(builder: Builder, tree: trees.Negative, place: Place, scope: Scope) -> Work:
    """`-a`."""
    node = yield builder.operand(tree.operand, place, scope)
    return builder.made(builder.graph.scale(-1.0, node), tree)


def sum_of(builder: Builder, tree: trees.Sum, place: Place, scope: Scope) -> Work:
    """`a + b - c`."""
    terms = []
    total = 0.0
    numbers = True
    for part, negated in zip(tree.terms, tree.negated, strict=True):
        node = builder.operand(part, place, scope)
        if type(node) is GeneratorType:
            node = yield node
        if type(node) is Number:
            total += -node.value if negated else node.value
        else:
            numbers = False
        terms.append((-1.0 if negated else 1.0, node))
    if numbers:
        return folded(builder, total, [node for _, node in terms], tree.span)
    result = builder.graph.add(terms)
    stable = rewrites.difference(builder.graph, result)
    return builder.made(result if stable is None else stable, tree)


def product(builder: Builder, tree: trees.Product, place: Place, scope: Scope) -> Work:
    """`a * b / c`."""
    factors = []
    coefficient: float = 1.0
    numbers = []
    for part, divided in zip(tree.factors, tree.divided, strict=True):
        node = builder.operand(part, place, scope)
        if type(node) is GeneratorType:
            node = yield node
        if type(node) is not Number:
            factors.append((node, -1 if divided else 1))
            continue
        numbers.append(node)
        if divided and node.value == 0.0:
            text = "this is 0" if isinstance(part, trees.Number) else "this is 0 here"
            builder.fault("division-by-zero", "division by zero", part.span, text)
            continue
        coefficient = coefficient / node.value if divided else coefficient * node.value
    number = folded(builder, coefficient, numbers, tree.span)
    return builder.made(multiplied(builder, number.value, factors), tree)


def multiplied(builder: Builder, coefficient: float, factors: Sequence[tuple[Node, int]]) -> Node:
    """Return `coefficient · Π node**exponent` in a stable form."""
    graph = builder.graph
    found: list[tuple[Node, int]] = []
    if len(factors) > 1 and any(exponent < 0 for _, exponent in factors):
        factors = rewrites.logistic(graph, factors)
    for node, exponent in factors:
        stable = rewrites.product_factor(graph, node, exponent)
        found.extend([(node, exponent)] if stable is None else stable)
    result = graph.multiply(found) if len(found) != 1 or found[0][1] != 1 else found[0][0]
    return graph.scale(coefficient, result)


def power(builder: Builder, tree: trees.Power, place: Place, scope: Scope) -> Work:
    """`a ** b`."""
    exponent = builder.operand(tree.exponent, place, scope)
    if type(exponent) is GeneratorType:
        exponent = yield exponent
    base = builder.operand(tree.base, place, scope)
    if type(base) is GeneratorType:
        base = yield base
    return builder.made(raised(builder, base, exponent, tree.span), tree)


def raised(builder: Builder, base: Node, exponent: Node, span: Span) -> Node:
    """Return `base ** exponent` as a product, a root, a division, `exp` or `pow`."""
    graph = builder.graph
    if not isinstance(exponent, Number):
        if isinstance(base, Number) and base.value == math.e:
            return applied(builder, "exp", (exponent,), span)
        return graph.apply("pow", base, exponent)
    p = exponent.value
    if isinstance(base, Number):
        with np.errstate(all="ignore"):
            return folded(builder, float(np.power(base.value, p)), (base, exponent), span)
    if p.is_integer() and abs(p) <= MOST_WRITTEN_POWER:
        return multiplied(builder, 1.0, ((base, int(p)),))
    if abs(p) == 0.5:
        root = applied(builder, "sqrt", (base,), span)
        return root if p > 0 else graph.multiply(((root, -1),))
    return graph.apply("pow", base, exponent)


def applied(builder: Builder, function: str, arguments: Sequence[Node], span: Span) -> Node:
    """Return an elementwise function of nodes, in a stable form; of numbers its value."""
    graph = builder.graph
    if function in ("max", "min"):
        return extreme(builder, function, list({a.serial: a for a in arguments}.values()))
    if function == "log" and len(arguments) == 2:
        return _log_to_base(builder, arguments[0], arguments[1], span)
    if all(isinstance(a, Number) for a in arguments):
        values = [np.array([a.value]) for a in arguments if isinstance(a, Number)]
        with np.errstate(all="ignore"):
            value = float(np.asarray(NUMERIC[function](*values))[0])
        return folded(builder, value, arguments, span)
    row = rewrites.FUNCTIONS.get(function)
    if row is not None:
        stable = row(graph, arguments[0])
        if stable is not None:
            return stable
    return graph.apply(function, *arguments)


def _log_to_base(builder: Builder, argument: Node, base: Node, span: Span) -> Node:
    known = {2.0: "log2", 10.0: "log10", math.e: "log"}
    if isinstance(base, Number) and base.value in known:
        return applied(builder, known[base.value], (argument,), span)
    above = applied(builder, "log", (argument,), span)
    below = applied(builder, "log", (base,), span)
    if isinstance(below, Number):
        if below.value == 0.0:
            builder.fault("division-by-zero", "a logarithm to base 1 is not defined", span)
            return argument
        if isinstance(above, Number):
            return folded(builder, above.value / below.value, (above, below), span)
        return builder.graph.scale(1.0 / below.value, above)
    return builder.graph.multiply(((above, 1), (below, -1)))


def folded(builder: Builder, value: float, parts: Sequence[Node], span: Span) -> Number:
    """Return a constant sub-formula's value; it is an error if only the result isn't finite."""
    if not math.isfinite(value):
        infinite = any(isinstance(p, Number) and not math.isfinite(p.value) for p in parts)
        if math.isnan(value) or not infinite:
            what = "not defined" if math.isnan(value) else "infinite, or beyond 1.8e308"
            builder.fault("not-finite", f"a constant part of this is {what}", span)
            value = 1.0
    return builder.graph.number(value)


def comparison(builder: Builder, operator: str, left: Node, right: Node) -> Node:
    """Return the test `left operator right`, 1.0 or 0.0."""
    graph = builder.graph
    if operator in (">", ">="):
        left, right = right, left
    function = _TESTS[operator]
    if isinstance(left, Number) and isinstance(right, Number):
        return graph.number(float(_COMPARE[function](left.value, right.value)))
    return graph.apply(function, left, right)


_TESTS = {
    "<": "less",
    ">": "less",
    "<=": "less_equal",
    ">=": "less_equal",
    "==": "equal",
    "!=": "not_equal",
}
_COMPARE: dict[str, Any] = {
    "less": np.less,
    "less_equal": np.less_equal,
    "equal": np.equal,
    "not_equal": np.not_equal,
}


def everything(builder: Builder, tests: Sequence[Node], operator: str = "and") -> Node:
    """Return `and` or `or` of tests, with what is certain folded."""
    deciding = 0.0 if operator == "and" else 1.0
    rest: dict[int, Node] = {}
    for test in tests:
        if not isinstance(test, Number):
            rest[test.serial] = test
        elif (test.value != 0.0) == (deciding != 0.0):
            return builder.graph.number(deciding)
    if not rest:
        return builder.graph.number(1.0 - deciding)
    kept = list(rest.values())
    return kept[0] if len(kept) == 1 else builder.graph.apply(operator, *kept)


def chosen(builder: Builder, test: Node, body: Node, otherwise: Node) -> Node:
    """Return `body` where the test holds and `otherwise` elsewhere."""
    if isinstance(test, Number):
        return body if test.value else otherwise
    return body if body is otherwise else builder.graph.apply("where", test, body, otherwise)
