"""Derivatives as a person would have written them: equal in value, not fit to be computed.

Code needs guards that a reader does not: exponents shifted by the largest one, an operand chosen
before the function that it would break. Here the shifts are taken out, and conditionals of one test
become one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from gdcli.graph.formula import Formula
from gdcli.graph.interning import Graph
from gdcli.graph.nodes import (
    Access,
    Apply,
    Array,
    Collect,
    Determinant,
    Inverse,
    Node,
    Product,
    Reduce,
    Scatter,
    Sum,
)
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
        self._nodes: dict[int, Node] = {}
        self._arrays: dict[int, Array] = {}

    def arrays(self, order: Sequence[Item], wanted: Sequence[Array]) -> list[Array]:
        """Rebuild everything, operands first."""
        for item in order:
            if isinstance(item, Collect | Scatter | Inverse):
                self._arrays[item.serial] = self._array(item)
            elif not hasattr(item, "role"):
                self._nodes[item.serial] = self._node(item)
        return [self._arrays.get(array.serial, array) for array in wanted]

    def _array(self, item: Collect | Scatter | Inverse) -> Array:
        graph = self._graph
        match item:
            case Collect():
                return graph.collect(self._nodes[item.body.serial], item.axes)
            case Inverse():
                return graph.inverse(self._arrays.get(item.operand.serial, item.operand))
            case Scatter():
                entries = [replace(e, value=self._nodes[e.value.serial]) for e in item.entries]
                return graph.scatter(item.shape, entries)

    def _node(self, item: Item) -> Node:
        graph, known = self._graph, self._nodes
        if item.serial in self._hidden:
            return graph.number(0.0)
        match item:
            case Access():
                return graph.access(self._arrays.get(item.array.serial, item.array), item.index)
            case Determinant():
                operand = self._arrays.get(item.operand.serial, item.operand)
                return graph.determinant(item.function, operand)
            case Sum():
                terms = [known[t.serial] for t in item.terms]
                return self._sum(list(zip(item.coefficients, terms, strict=True)), item.constant)
            case Product():
                factors = [known[f.serial] for f in item.factors]
                return self._product(list(zip(factors, item.exponents, strict=True)))
            case Reduce():
                return graph.reduce(item.operator, item.bound, known[item.body.serial])
            case Apply() if alias_of(item) is not None:
                return item
            case Apply():
                return self._apply(item.function, [known[a.serial] for a in item.arguments])
            case _:
                return item  # type: ignore[return-value]

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
        found: dict[int, Node] = {}
        for item in order:
            choice = _chosen_by(item)
            if choice is test and isinstance(item, Apply):
                found[item.serial] = found_or(found, item.arguments[1 if holds else 2])
            elif isinstance(item, Sum):
                terms = [found_or(found, t) for t in item.terms]
                pairs = zip(item.coefficients, terms, strict=True)
                found[item.serial] = self._graph.add(pairs, item.constant)
            elif isinstance(item, Product):
                factors = [found_or(found, f) for f in item.factors]
                found[item.serial] = self._graph.multiply(zip(factors, item.exponents, strict=True))
            elif isinstance(item, Apply) and alias_of(item) is None:
                arguments = [found_or(found, a) for a in item.arguments]
                found[item.serial] = self._graph.apply(item.function, *arguments)
        return found_or(found, node)

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


def found_or(found: Mapping[int, Node], node: Node) -> Node:
    """Return what a node has become, or itself."""
    return found.get(node.serial, node)


def _chosen_by(item: Item) -> Node | None:
    """Return the test of a conditional that is written as such."""
    if isinstance(item, Apply) and item.function == "where" and alias_of(item) is None:
        return item.arguments[0]
    return None
