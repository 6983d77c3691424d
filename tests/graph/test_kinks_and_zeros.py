"""What derivatives are where there is none, or where a careless rule makes NaN."""

from __future__ import annotations

import math

import numpy as np
import pytest

from gdcli.graph.derivatives import gradient, hessian_product
from tests.graph.construct import Canvas, Term, Values


def slope(c: Canvas, root: Term, *x: float) -> list[float]:
    values = Values(c.formula(root))
    return [float(g) for g in values.flat(gradient(values.formula), np.array(x))]


@pytest.mark.parametrize(
    ("function", "at", "expected"),
    [
        ("abs", 0.0, 0.0),
        ("abs", -2.0, -1.0),
        ("sign", 0.0, 0.0),
        ("floor", 1.5, 0.0),
        ("ceil", 1.0, 0.0),
        ("relu", 0.0, 0.0),
        ("relu", 3.0, 1.0),
        ("softplus", 800.0, 1.0),
        ("softplus", -800.0, 0.0),
        ("sigmoid", 800.0, 0.0),
        ("sqrt", 0.0, math.inf),
        ("tanh", 20.0, 0.0),
    ],
)
def test_one_argument(function: str, at: float, expected: float) -> None:
    c = Canvas()
    (x,) = c.scalars("x")
    root = c.f(function, x) + 0 * x
    assert slope(c, root, at) == [expected]


def test_ties_are_shared_equally() -> None:
    c = Canvas()
    x, y, z = c.scalars("x y z")
    assert slope(c, c.f("max", x, y) + 0 * z, 1, 1, 0) == [0.5, 0.5, 0]
    c = Canvas()
    x, y, z = c.scalars("x y z")
    assert slope(c, c.f("min", x, y, z) * 3, 1, 1, 1) == [1, 1, 1]
    c = Canvas()
    array, i = c.variable("x", 4), c.axis(4)
    root = c.reduce("max", i, c.at(array, i))
    assert slope(c, root, 2, 1, 2, 0) == [0.5, 0, 0.5, 0]


def test_norms_have_the_slope_0_at_0() -> None:
    c = Canvas()
    x, y = c.scalars("x y")
    root = c.f("sqrt", x**2 + y**2) + c.f("hypot", x, y)
    assert slope(c, root, 0, 0) == [0, 0]
    assert slope(c, root, 3, 4) == pytest.approx([1.2, 1.6])
    values = Values(c.formula(root))
    product = values.flat(hessian_product(values.formula), np.zeros(2), np.ones(2))
    assert list(product) == [0, 0]


@pytest.mark.parametrize("inner", ["log", "sqrt", "reciprocal", "exp"])
def test_the_branch_not_taken_never_shows(inner: str) -> None:
    c = Canvas()
    (x,) = c.scalars("x")
    dangerous = 1 / x if inner == "reciprocal" else c.f(inner, x) * c.f(inner, x)
    at = 2000.0 if inner == "exp" else 0.0
    safe = c.f("equal", x, at)
    values = Values(c.formula(c.f("where", safe, 5 * x, dangerous * x)))
    assert values.flat(gradient(values.formula), np.array([at])) == 5
    product = values.flat(hessian_product(values.formula), np.array([at]), np.array([1.0]))
    assert product == 0


def test_the_smaller_argument_never_shows() -> None:
    c = Canvas()
    (x,) = c.scalars("x")
    root = c.f("max", c.f("sqrt", x), 1 + x) + c.f("relu", c.f("sqrt", x) - 1)
    assert slope(c, root, 0) == [1]


@pytest.mark.parametrize(
    ("exponent", "at", "expected"),
    [(2.5, 0.0, 0.0), (1.5, 4.0, 3.0), (0.5, 4.0, 0.25), (-0.5, 4.0, -0.0625), (3.0, -2.0, 12.0)],
)
def test_powers_with_a_number(exponent: float, at: float, expected: float) -> None:
    c = Canvas()
    (x,) = c.scalars("x")
    assert slope(c, c.f("pow", x, exponent), at) == pytest.approx([expected])


def test_powers_with_a_variable_exponent() -> None:
    c = Canvas()
    x, p = c.scalars("x p")
    root = x**p
    assert slope(c, root, 2, 3) == pytest.approx([12, 8 * math.log(2)])
    assert slope(c, root, 0, 2) == [0, 0]
    assert slope(c, root, 0, 0)[0] == 0
    c = Canvas()
    (p,) = c.scalars("p")
    assert slope(c, c.f("pow", 3.0, p), 2) == pytest.approx([9 * math.log(3)])


def test_a_negative_base_is_not_poisoned_by_a_fixed_exponent() -> None:
    c = Canvas()
    x, p = c.scalars("x p")
    fixed = c.at(c.array(np.array(3.0)))
    assert slope(c, x**fixed + 0 * p, -2, 1)[0] == 12


def test_tests_and_steps_have_no_derivative() -> None:
    c = Canvas()
    x, y = c.scalars("x y")
    root = c.f("less", x, y) + c.f("and", x, y) + c.f("not", x) + c.f("floor", x * y)
    assert slope(c, root, 1, 2) == [0, 0]


def test_products_of_many_factors_with_zeros() -> None:
    c = Canvas()
    xs = c.scalars("a b c d e f g")
    root = Term(c.graph, c.graph.multiply([(t.node, 1) for t in xs]))
    assert slope(c, root, 0, 2, 3, 1, 1, 1, 2) == [12, 0, 0, 0, 0, 0, 0]
