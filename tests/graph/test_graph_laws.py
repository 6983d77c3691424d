"""The checker of graphs finds what it should: a law that cannot be broken is none."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from gdcli.graph.interning import Graph
from gdcli.graph.laws import violations
from gdcli.graph.nodes import (
    Access,
    Affine,
    Apply,
    Axis,
    Collect,
    Inverse,
    Leaf,
    Node,
    Number,
    Product,
    Reduce,
    Scatter,
    ScatterEntry,
    Sum,
)
from gdcli.graph.walk import Item
from tests.graph.catalogue import CATALOGUE

I, J = Axis(1, 3), Axis(2, 4)  # noqa: E741
ONE = Number(1, 1.0)
X = Leaf(2, "variable", "x", (3,), 0)
XI = Access(3, X, (Affine(0, ((I, 1),)),), (I,))
X0 = Access(4, X, (Affine(0),), ())

BROKEN: dict[str, Callable[[], Item]] = {
    "axes": lambda: Access(9, X, (Affine(0, ((I, 1),)),), ()),
    "outside": lambda: Access(9, X, (Affine(1, ((I, 1),)),), (I,)),
    "indices": lambda: Access(9, X, (), ()),
    "older": lambda: Sum(3, (XI, ONE), (1.0, 1.0), 0.0, (I,)),
    "order": lambda: Sum(9, (X0, XI), (1.0, 1.0), 0.0, (I,)),
    "bare term": lambda: Sum(9, (XI,), (1.0,), 0.0, (I,)),
    "exponent": lambda: Product(9, (XI,), (0,), (I,)),
    "number as a factor": lambda: Product(9, (ONE, XI), (1, 1), (I,)),
    "one sign": lambda: Product(9, (XI, XI), (1, 2), (I,)),
    "arguments": lambda: Apply(9, "where", (XI, XI), (I,)),
    "binds": lambda: Reduce(9, "sum", (J,), XI, (I,)),
    "does not lay out": lambda: Collect(9, XI, (J,)),
    "square": lambda: Inverse(9, X),
    "value has axes": lambda: Scatter(9, (3,), (ScatterEntry((Affine(0),), (), XI),)),
    "index has axes": lambda: Scatter(9, (3,), (ScatterEntry((Affine(0, ((I, 1),)),), (), X0),)),
    "coefficient of 0": lambda: Access(9, X, (Affine(0, ((I, 0),)),), (I,)),
}


@pytest.mark.parametrize("word", BROKEN)
def test_a_broken_law_is_found(word: str) -> None:
    assert any(word in sentence for sentence in violations([BROKEN[word]()]))


@pytest.mark.parametrize("name", CATALOGUE)
def test_formulas_of_the_catalogue_obey(name: str) -> None:
    assert violations([CATALOGUE[name].formula.root]) == []


def test_what_graphs_make_obeys() -> None:
    graph = Graph()
    x = graph.access(graph.leaf("variable", "x", (3,), 0), (Affine(0, ((I, 1),)),))
    node: Node = graph.multiply(((x, 2), (graph.add(((2.0, x),), 1.0), -1)))
    assert violations([graph.reduce("sum", (I,), node)]) == []
