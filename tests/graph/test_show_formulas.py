"""Gradients as people read them."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from gdcli.graph.derivatives import gradient, scalar_hessian
from gdcli.graph.show.latex import gradient_latex, node_latex
from gdcli.graph.show.python import gradient_python
from gdcli.graph.show.text import Part, gradient_formulas, gradient_text, hessian_text, node_text
from tests.graph.catalogue import CATALOGUE
from tests.graph.construct import Canvas, Values


def test_scalars() -> None:
    c = Canvas()
    x, y = c.scalars("x y")
    formula = c.formula(100 * (y - x**2) ** 2 + (1 - x) ** 2)
    assert gradient_text(formula) == {
        "x": "-2*(1 - x) - 400*x*(y - x**2)",
        "y": "200*(y - x**2)",
    }
    assert hessian_text(scalar_hessian(formula))[1, 0] == "-400*x"


def test_arrays_by_the_place_they_belong_to() -> None:
    assert gradient_text(CATALOGUE["rosenbrock"].formula) == {
        "x": "[k]: 200*(x[k] - x[k - 1]**2) - 2*(1 - x[k]) - 400*x[k]*(x[k + 1] - x[k]**2)"
        "  for k = 1 … 4\n"
        "[0]: -2*(1 - x[0]) - 400*x[0]*(x[1] - x[0]**2)\n"
        "[5]: 200*(x[5] - x[4]**2)"
    }
    assert gradient_text(CATALOGUE["arrow"].formula) == {
        "x": "[k]: 4*x[k]*(x[k]**2 + x[4]**2) - 4  for k = 1 … 3\n"
        "[0]: 3*sum(i for i in range(4)) + 4*x[0]*(x[0]**2 + x[4]**2) - 4\n"
        "[4]: 4*x[4]*sum(x[i]**2 + x[4]**2 for i in range(4))"
    }


def test_an_index_that_is_free_outside_is_another_one_inside() -> None:
    texts = gradient_text(CATALOGUE["logistic"].formula)
    inner = "sum(w[j]*d0[i, j] for j in range(3))"
    assert texts["w"] == (
        f"[k]: 0.2*w[k] - sum(d0[i, k]*d1[i]*sigmoid(-d1[i]*{inner}) for i in range(7))"
    )


def test_steps_and_tables_stay_in_their_own_index() -> None:
    parts = gradient_formulas(CATALOGUE["gather"].formula).parts
    assert parts == (Part("x", "x[d0[i]]", "3*i*x[d0[i]]**2", "i = 0 … 5", adds=True),)


def test_places_are_cut_into_regions_where_the_same_parts_meet() -> None:
    c = Canvas()
    u, i, j = c.variable("u", 4, 4), c.axis(3), c.axis(3)
    body = (c.at(u, (i, 1, 1), j) - c.at(u, i, j)) ** 2
    parts = gradient_formulas(c.formula(c.sum(i, c.sum(j, body)))).parts
    assert {(p.left, p.where) for p in parts} == {
        ("u[j, k]", "j = 1 … 2, k = 0 … 2"),
        ("u[0, k]", "k = 0 … 2"),
        ("u[3, k]", "k = 0 … 2"),
        ("u[j, 3]", ""),
    }
    assert [p.text for p in parts if p.left == "u[j, 3]"] == ["0"]
    assert not any(p.adds for p in parts)


def test_steps_that_never_meet_are_not_added() -> None:
    c = Canvas()
    x, i = c.variable("x", 6), c.axis(3)
    parts = gradient_formulas(
        c.formula(c.sum(i, c.at(x, (i, 2, 0)) ** 3 + c.at(x, (i, 2, 1)) ** 2))
    ).parts
    assert sorted((p.left, p.adds) for p in parts) == [("x[2*i + 1]", False), ("x[2*i]", False)]
    parts = gradient_formulas(c.formula(c.sum(i, c.at(x, (i, 2, 0)) ** 3 + c.at(x, i) ** 2))).parts
    assert all(p.adds for p in parts)


@pytest.mark.parametrize(
    ("make", "expected"),
    [
        (lambda c, x, y: 1 - x, "1 - x"),
        (lambda c, x, y: -(x + y), "-(x + y)"),
        (lambda c, x, y: x - (x - y) * 2, "x - 2*(x - y)"),
        (lambda c, x, y: x / (y * (1 + x)), "x/(y*(x + 1))"),
        (lambda c, x, y: 1 / x / y, "1/(x*y)"),
        (lambda c, x, y: (x / y) ** 2, "x**2/y**2"),
        (lambda c, x, y: (-x) ** 2, "x**2"),
        (lambda c, x, y: 0.1 * x + 1e-9, "0.1*x + 1e-09"),
        (lambda c, x, y: (x**y) ** 2, "(x**y)**2"),
        (lambda c, x, y: x ** (y + 1), "x**(y + 1)"),
        (lambda c, x, y: x**2.5 * 0.30000000000000004, "0.30000000000000004*x**2.5"),
        (lambda c, x, y: c.f("where", c.f("less", x, y), x, 2.0) * 3, "3*(x if x < y else 2)"),
        (lambda c, x, y: -3 * c.f("exp", -x * y) / 2, "-1.5*exp(-x*y)"),
        (lambda c, x, y: -2 / 3 * x + 2 / 3, "2/3 - 2/3*x"),
        (lambda c, x, y: 2 / 3 / x, "2/(3*x)"),
        (lambda c, x, y: x ** (1 / 3), "x**(1/3)"),
    ],
)
def test_signs_powers_fractions_and_brackets(make: Any, expected: str) -> None:
    c = Canvas()
    x, y = c.scalars("x y")
    assert node_text(make(c, x, y).node) == expected


def test_latex() -> None:
    c = Canvas()
    alpha, x1 = c.scalars("alpha x1")
    root = alpha * c.f("sqrt", x1) / (1 + x1**2) + 1e-9 * c.f("exp", alpha)
    assert node_latex(root.node) == (
        r"\frac{\alpha \, \sqrt{x_{1}}}{x_{1}^{2} + 1} + 1 \cdot 10^{-9} \, "
        r"\exp\left(\alpha\right)"
    )
    lines = gradient_latex(CATALOGUE["rosenbrock"].formula)["x"].split("\n")
    assert lines[2] == (
        r"\frac{\partial f}{\partial x_{5}} = 200 \, \left(x_{5} - x_{4}^{2}\right)"
    )
    assert lines[0].endswith(r" \qquad (k = 1 \ldots 4)")


def test_shared_parts_keep_the_text_small() -> None:
    c = Canvas()
    x, t1 = c.scalars("x t1")
    deep = x * t1
    for _ in range(200):
        deep = c.f("sin", deep) * deep
    formula = c.formula(deep)
    found = gradient_formulas(formula)
    assert sum(len(text) for _, text, _ in found.definitions) < 100 * len(formula.graph)
    names = [name for name, _, _ in found.definitions]
    assert len(set(names)) == len(names)
    assert "t1" not in names


@pytest.mark.parametrize("name", CATALOGUE)
def test_exported_python_computes_the_same(name: str) -> None:
    case = CATALOGUE[name]
    formula, values = case.formula, Values(case.formula)
    namespace: dict[str, Any] = {}
    exec(gradient_python(formula), namespace)
    parts = [
        case.point[v.offset : v.offset + int(np.prod(v.shape))].reshape(v.shape)
        for v in formula.variables
    ]
    data = [array for _, array in formula.data]
    value, derivatives = namespace["value_and_gradient"](*parts, *data)
    assert value == pytest.approx(values.value(case.point), rel=1e-13)
    expected = values.flat(gradient(formula), case.point)
    flat = np.concatenate([np.ravel(d) for d in derivatives])
    assert flat == pytest.approx(expected, rel=1e-12, abs=1e-12)
    for variable, derivative in zip(formula.variables, derivatives, strict=True):
        assert np.shape(derivative) == variable.shape


@pytest.mark.parametrize(
    "name", ["lambda", "np", "x\n    import os", "__import__", "value", "β", "math", "_1", "exp()"]
)
def test_hostile_names_never_become_code(name: str) -> None:
    c = Canvas()
    x, plain = c.at(c.variable(name)), c.at(c.variable("x0"))
    text = gradient_python(c.formula(c.f("lgamma", x + 1) * plain + c.f("erf", x)))
    assert "import os" not in text
    assert "def value_and_gradient(x0_, x0):" in text
    namespace: dict[str, Any] = {}
    exec(text, namespace)
    value, (first, second) = namespace["value_and_gradient"](2.0, 3.0)
    assert second == pytest.approx(math.log(2), rel=1e-14)
    assert value == pytest.approx(3 * math.log(2) + math.erf(2), rel=1e-14)
    digamma = 1.5 - 0.5772156649015329
    assert first == pytest.approx(3 * digamma + 2 / math.sqrt(math.pi) * math.exp(-4), rel=1e-13)
