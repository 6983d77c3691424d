"""Expressions as sums of products, and what is written in place of a node."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple, TypeGuard

from gdcli.graph.nodes import NEUTRAL, Affine, Apply, Leaf, Node, Number, Product, Reduce, Sum
from gdcli.graph.show.scopes import Scope
from gdcli.graph.show.style import Factor, Written
from gdcli.graph.walk import Item
from gdcli.language.characters import WORD
from gdcli.language.operators import ATOM


class View(NamedTuple):
    """An expression as a sum of products: (coefficient, factors), a constant without factors."""

    terms: tuple[tuple[float, tuple[Factor, ...]], ...]


def index_view(index: Affine, scope: Scope) -> View:
    """Return an index, its axes written as the scope says."""
    lines = dict(scope.lines)
    offset = index.offset
    slopes: dict[str, int] = {}
    for axis, coefficient in index.terms:
        line = lines[axis]
        offset += coefficient * line.offset
        slope = slopes.get(line.symbol, 0) + coefficient * line.coefficient
        slopes[line.symbol] = slope
    terms: list[tuple[float, tuple[Factor, ...]]] = [
        (float(c), (Factor(Written(symbol, ATOM), 1),)) for symbol, c in slopes.items() if c
    ]
    if offset or not terms:
        terms.append((float(offset), ()))
    return View(tuple(terms))


def names_in_order(
    terms: tuple[tuple[float, tuple[Factor, ...]], ...],
) -> list[tuple[float, tuple[Factor, ...]]]:
    """Return terms of which those that are bare names stand in alphabetical order."""
    found = list(terms)
    bare = [
        k
        for k, (c, factors) in enumerate(terms)
        if c == 1
        and len(factors) == 1
        and factors[0].exponent == 1
        and factors[0].base.text.isidentifier()
    ]
    texts = sorted(bare, key=lambda k: terms[k][1][0].base.text)
    for place, k in zip(bare, texts, strict=True):
        found[place] = terms[k]
    return found


def atom(part: Written) -> View:
    """Return a text as a view of its own."""
    return View(((1.0, (Factor(part, 1),)),))


def alias_of(item: Item) -> Node | None:
    """Return what is written in place of a guard against 0/0 that the calculus put in.

    These are x/|x| with 0 at 0, and product/element of a product that may have zeros.
    """
    if not isinstance(item, Apply) or item.function != "where":
        return None
    test, yes, no = item.arguments
    if not isinstance(test, Apply) or test.function != "equal":
        return None
    tested = test.arguments[0]
    if isinstance(tested, Apply) and tested.function in ("sqrt", "hypot"):
        slope = no.terms[0] if isinstance(no, Sum) and len(no.terms) == 1 else no
        return no if isinstance(slope, Product) and tested in slope.factors else None
    if isinstance(tested, Reduce) and isinstance(yes, Product):
        whole = [f for f in yes.factors if isinstance(f, Reduce) and f.operator == "prod"]
        return yes if any(f.bound == tested.bound for f in whole) else None
    return None


def others_in(item: Item) -> Reduce | None:
    """Return the product of which an item is all elements but one, along one axis."""
    if not isinstance(item, Apply) or alias_of(item) is None:
        return None
    counted, yes = item.arguments[0].arguments[0], item.arguments[1]  # type: ignore[union-attr]
    if not isinstance(counted, Reduce) or len(counted.bound) != 1 or not isinstance(yes, Product):
        return None
    for factor in yes.factors:
        if isinstance(factor, Reduce) and factor.operator == "prod":
            is_zero = counted.body
            if isinstance(is_zero, Apply) and factor.body is is_zero.arguments[0]:
                return factor
    return None


def is_left_out(body: Node, operator: str) -> TypeGuard[Apply]:
    """Return whether what is reduced does not count unless a test holds: `… if test else 0`."""
    return (
        isinstance(body, Apply)
        and body.function == "where"
        and alias_of(body) is None
        and _is(body.arguments[2], NEUTRAL[operator])
    )


def words_of(order: Iterable[Item]) -> set[str]:
    """Return the words in the names of variables and data."""
    return {word for item in order if isinstance(item, Leaf) for word in WORD.findall(item.name)}


def indicator_in(node: Node) -> Apply | None:
    """Return the factor `1 if … else 0` of a product, if it has one."""
    if not isinstance(node, Product):
        return None
    for factor, exponent in zip(node.factors, node.exponents, strict=True):
        if exponent == 1 and isinstance(factor, Apply) and factor.function == "where":
            _, yes, no = factor.arguments
            if _is(yes, 1.0) and _is(no, 0.0) and len(node.factors) > 1:
                return factor
    return None


def _is(node: Node, value: float) -> bool:
    return isinstance(node, Number) and node.value == value
