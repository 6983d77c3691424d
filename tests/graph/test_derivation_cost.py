"""What a derivative costs: operations, and how the work to derive it grows."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import pytest

from gdcli.graph.derivatives import gradient, hessian_product, scalar_hessian
from gdcli.graph.formula import Formula
from gdcli.graph.walk import reachable
from tests.counting import calls
from tests.graph.construct import Canvas


def chain(n: int) -> Formula:
    """Return the chained Rosenbrock function written out in n scalars."""
    c = Canvas()
    xs = [c.at(c.variable(f"x{k}")) for k in range(n)]
    terms = []
    for a, b in pairwise(xs):
        terms += [(100.0, ((b - a**2) ** 2).node), (1.0, ((1 - a) ** 2).node)]
    graph = c.graph
    return Formula(graph, graph.add(terms), tuple(c.variables), (), {})


def test_a_gradient_costs_a_small_multiple_of_the_value() -> None:
    formula = chain(1000)
    value = len(reachable([formula.root]))
    both = len(reachable([formula.root, *gradient(formula)]))
    assert both <= 3 * value
    everything = len(reachable([formula.root, *hessian_product(formula)]))
    assert everything <= 6 * value


@pytest.mark.parametrize("work", [gradient, scalar_hessian])
def test_deriving_grows_with_the_size_of_the_formula(work: Callable[[Formula], object]) -> None:
    def cost(n: int) -> int:
        formula = chain(n)
        return calls(lambda: work(formula))

    cost(30)
    assert cost(2000) <= 11 * cost(200)


def test_depth_is_no_limit() -> None:
    c = Canvas()
    (x,) = c.scalars("x")
    deep = x
    for _ in range(5000):
        deep = c.f("sin", deep) * x
    formula = c.formula(deep)
    before = len(formula.graph)
    hessian_product(formula)
    assert len(formula.graph) < 20 * before
