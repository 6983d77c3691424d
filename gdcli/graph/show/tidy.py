"""Derivatives as a person would have written them: equal in value, not fit to be computed.

Code needs guards that a reader does not: exponents shifted by the largest one, an operand chosen
before the function that it would break. Here the shifts are taken out, and conditionals of one test
become one.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from gdcli.graph.formula import Formula
from gdcli.graph.interning import Graph
from gdcli.graph.nodes import Apply, Array, Node, Product, Sum
from gdcli.graph.rebuild import rebuilt
from gdcli.graph.shifts import cancelling_shifts
from gdcli.graph.show.views import alias_of
from gdcli.graph.walk import Item, reachable

_MOST_NODES = 5_000
"""Larger graphs are shown as they are."""


def tidied(formula: Formula, arrays: Sequence[Array]) -> list[Array]:
    """Return the derivatives of a formula, to be shown."""
    order = reachable(arrays)
    if len(order) > _MOST_NODES:
        return list(arrays)
    hidden = cancelling_shifts(reachable((formula.root,)))
    return _Tidying(formula.graph, hidden).arrays(order, arrays)


class _Tidying:
    def __init__(self, graph: Graph, hidden: frozenset[int]) -> None:
        self._graph = graph
        self._hidden = hidden
        self._new: dict[int, Item] = {}

    def arrays(self, order: Sequence[Item], wanted: Sequence[Array]) -> list[Array]:
        """Rebuild everything, operands first."""
        for item in order:
            self._new[item.serial] = self._item(item)
        return [cast(Array, self._new[array.serial]) for array in wanted]

    def _item(self, item: Item) -> Item:
        if item.serial in self._hidden:
            return self._graph.number(0.0)
        match item:
            case Sum():
                terms = map(self._node, item.terms)
                return self._sum(list(zip(item.coefficients, terms, strict=True)), item.constant)
            case Product():
                factors = map(self._node, item.factors)
                return self._product(list(zip(factors, item.exponents, strict=True)))
            case Apply() if alias_of(item) is not None:
                return item
            case Apply():
                return self._apply(item.function, list(map(self._node, item.arguments)))
        return rebuilt(self._graph, item, self._new)

    def _node(self, old: Node) -> Node:
        return cast(Node, self._new[old.serial])

    def _apply(self, function: str, arguments: Sequence[Node]) -> Node:
        """Return a function's value; in each branch of a conditional its own test is decided."""
        if function == "where":
            test, yes, no = arguments
            return self._graph.apply(
                function, test, self._where(yes, test, True), self._where(no, test, False)
            )
        return self._graph.apply(function, *arguments)

    def _where(self, node: Node, test: Node, holds: bool) -> Node:
        """Return a node as it is where a test holds, or does not."""
        order = reachable((node,))
        if not any(_chosen_by(item) is test for item in order):
            return node
        found: dict[int, Item] = {}
        for item in order:
            choice = _chosen_by(item)
            if choice is test and isinstance(item, Apply):
                found[item.serial] = found[item.arguments[1 if holds else 2].serial]
            elif isinstance(item, Sum | Product | Apply) and alias_of(item) is None:
                found[item.serial] = rebuilt(self._graph, item, found)
            else:
                found[item.serial] = item
        return cast(Node, found[node.serial])

    def _sum(self, terms: list[tuple[float, Node]], constant: float) -> Node:
        """Return a sum; its conditionals of one test become one."""
        tests: dict[int, list[int]] = {}
        for k, (_, term) in enumerate(terms):
            test = _chosen_by(term)
            if test is not None:
                tests.setdefault(test.serial, []).append(k)
        graph = self._graph
        rest = list(terms)
        for places in tests.values():
            if len(places) < 2:
                continue
            same = [terms[k] for k in places]
            branches = [
                graph.add((c, term.arguments[side]) for c, term in same if isinstance(term, Apply))
                for side in (1, 2)
            ]
            test = _chosen_by(same[0][1])
            assert test is not None
            rest = [term for term in rest if term not in same]
            rest.append((1.0, graph.apply("where", test, *branches)))
        return graph.add(rest, constant)

    def _product(self, factors: list[tuple[Node, int]]) -> Node:
        """Return a product; a branch that is 0 makes the whole of it so."""
        graph = self._graph
        zero = graph.number(0.0)
        for k, (factor, exponent) in enumerate(factors):
            test = _chosen_by(factor)
            if test is None or exponent < 1 or len(factors) < 2 or not isinstance(factor, Apply):
                continue
            branches = factor.arguments[1:]
            if zero not in branches:
                continue
            others = factors[:k] + factors[k + 1 :]
            products = [
                zero
                if branch is zero
                else self._where(self._product([(branch, exponent), *others]), test, holds)
                for branch, holds in zip(branches, (True, False), strict=True)
            ]
            return graph.apply("where", test, *products)
        return graph.multiply(factors)


def _chosen_by(item: Item) -> Node | None:
    """Return the test of a conditional that is written as such."""
    if isinstance(item, Apply) and item.function == "where" and alias_of(item) is None:
        return item.arguments[0]
    return None
