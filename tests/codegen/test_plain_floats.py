"""Formulas without axes on plain floats: NumPy's rules at the edges, and the size of the text."""

from __future__ import annotations

import math
import time
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from gdcli.codegen.compile import compile_program
from gdcli.codegen.objective import CompiledObjective
from gdcli.codegen.plan import plan
from gdcli.codegen.targets import floats
from gdcli.graph.formula import Formula
from gdcli.graph.interning import Graph
from tests.graph.construct import Canvas, Term


def objective_of(build: Any, names: str = "x") -> CompiledObjective:
    c = Canvas()
    variables = c.scalars(names)
    return CompiledObjective(c.formula(build(c, *variables)))


@pytest.mark.parametrize(
    ("build", "x", "expected"),
    [
        (lambda c, x: c.f("exp", x), 1000.0, math.inf),
        (lambda c, x: c.f("log", x), 0.0, -math.inf),
        (lambda c, x: c.f("log", x), -1.0, math.nan),
        (lambda c, x: c.f("sqrt", x), -1.0, math.nan),
        (lambda c, x: 1 / x, 0.0, math.inf),
        (lambda c, x: 1 / x, -0.0, -math.inf),
        (lambda c, x: x**3 / x**2, 0.0, math.nan),
        (lambda c, x: x**2, 1e200, math.inf),
        (lambda c, x: x**-3, 1e-200, math.inf),
        (lambda c, x: c.f("pow", x, 0.5), -1.0, math.nan),
        (lambda c, x: c.f("pow", x, 1 / 3), -8.0, math.nan),
        (lambda c, x: c.f("pow", x, -1.5), 0.0, math.inf),
        (lambda c, x: c.f("sin", x), math.inf, math.nan),
        (lambda c, x: c.f("gamma", x), 200.0, math.inf),
        (lambda c, x: c.f("gamma", x), -2.0, math.nan),
        (lambda c, x: c.f("sigmoid", x), -1000.0, 0.0),
        (lambda c, x: c.f("softplus", x), 1e4, 1e4),
        (lambda c, x: c.f("floor", x), math.inf, math.inf),
        (lambda c, x: c.f("max", x, 1.0), math.nan, math.nan),
        (lambda c, x: c.f("min", x, 1.0), math.nan, math.nan),
        (lambda c, x: c.f("max", x, 1.0, 2.0), 5.0, 5.0),
        (lambda c, x: c.f("sign", x), math.nan, math.nan),
        (lambda c, x: c.f("relu", x), math.nan, math.nan),
        (lambda c, x: c.f("relu", x), -3.0, 0.0),
        (lambda c, x: c.f("less", x, 1.0), math.nan, 0.0),
        (lambda c, x: c.f("where", c.f("less", x, 1.0), 3.0, c.f("log", x)), -5.0, 3.0),
        (lambda c, x: 1 / c.f("less", x, 1.0), 2.0, math.inf),
        (lambda c, x: c.f("not", c.f("and", c.f("less", x, 9.0), x)) + 0 * x, 2.0, 0.0),
    ],
)
def test_what_is_undefined_is_as_in_numpy(build: Any, x: float, expected: float) -> None:
    found = objective_of(build).value(np.array([x]))
    assert type(found) is float
    assert found == expected or (math.isnan(found) and math.isnan(expected))


def test_an_exception_in_the_gradient_alone_does_not_spoil_the_value() -> None:
    objective = objective_of(lambda c, x: c.f("sqrt", x))
    value, gradient = objective.value_and_gradient(np.array([0.0]))
    assert value == 0.0
    assert not np.isfinite(gradient).any()


def test_the_answer_belongs_to_the_caller_and_the_point_is_left_alone() -> None:
    objective = objective_of(lambda c, x, y: x**2 + 3 * y**2, "x y")
    x = np.array([1.0, 2.0])
    _, first = objective.value_and_gradient(x)
    first[:] = 99.0
    assert objective.value_and_gradient(x)[1].tolist() == [2.0, 12.0]
    assert x.tolist() == [1.0, 2.0]


def test_integer_powers_are_products() -> None:
    c = Canvas()
    (x,) = c.scalars("x")
    text = floats.source(plan((x**13 + x**-3).node, (), 0, 1))
    assert "**" not in text
    assert "pow" not in text
    assert objective_of(lambda c, x: x**13 + x**-3).value(np.array([2.0])) == 8192.125


def test_user_names_never_reach_the_text() -> None:
    c = Canvas()
    hostile = ["__import__('os')", "x\n import os", "_t0", "lambda", "_z", "λ", "exec"]
    terms = [c.at(c.variable(name)) ** 2 for name in hostile]
    total = terms[0]
    for term in terms[1:]:
        total = total + term
    formula = c.formula(total)
    text = floats.source(plan(formula.root, (), 0, len(hostile)))
    assert "import" not in text and "exec" not in text and "λ" not in text
    assert CompiledObjective(formula).value(np.ones(len(hostile))) == len(hostile)


def chained(count: int) -> Formula:
    graph = Graph()
    leaves = tuple(graph.leaf("variable", f"x{k}", (), k) for k in range(count))
    x = [Term(graph, graph.access(leaf, ())) for leaf in leaves]
    terms = [(100 * (b - a**2) ** 2 + (1 - a) ** 2).node for a, b in pairwise(x)]
    return Formula(graph, graph.add((1.0, term) for term in terms), leaves, (), {})


def test_thousands_of_terms_are_cut_into_short_statements() -> None:
    formula = chained(4000)
    text = floats.source(plan(formula.root, (), 0, 4000))
    assert max(len(line) for line in text.splitlines()) < 800
    value = compile_program(plan(formula.root, (), 0, 4000), {})(np.full(4000, 2.0))
    assert value == 3999 * 401.0


def test_writing_and_compiling_is_linear() -> None:
    def seconds(count: int) -> float:
        program = plan(chained(count).root, (), 0, count)
        began = time.process_time()
        compile_program(program, {})
        return time.process_time() - began

    seconds(200)
    assert seconds(4000) < 12.0 * max(seconds(1000), 0.01)


def test_a_thousand_levels_deep() -> None:
    c = Canvas()
    (x,) = c.scalars("x")
    term = x
    for _ in range(1000):
        term = c.f("sin", 1 + term * 0.5)
    value, gradient = CompiledObjective(c.formula(term)).value_and_gradient(np.array([0.3]))
    assert 0.9 < value < 1.0
    assert np.isfinite(gradient).all()


def test_hessians_with_few_entries() -> None:
    formula = chained(12)
    objective = CompiledObjective(formula)
    hessian = objective.hessian(np.full(12, 1.1))
    by_products = np.array([objective.hessian_product(np.full(12, 1.1), e) for e in np.eye(12)])
    np.testing.assert_allclose(hessian, by_products, rtol=1e-14)
    assert np.count_nonzero(hessian) == 12 + 2 * 11
