"""Derivatives of random formulas against high-precision differences."""

from __future__ import annotations

from typing import Any

import mpmath
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from gdcli.graph.derivatives import (
    component_gradient,
    gradient,
    hessian_product,
    scalar_hessian,
)
from gdcli.graph.formula import Formula
from gdcli.graph.laws import violations
from tests.graph.construct import Canvas, Term, Values
from tests.graph.precise import precise

NUMBERS = st.floats(-3, 3, allow_subnormal=False).map(lambda v: round(v, 3))
UNARY = ("exp", "sin", "cos", "tanh", "atan", "sigmoid", "softplus", "asinh", "erf")


def formulas() -> st.SearchStrategy[Any]:
    """Random expressions of x, y, z that are smooth everywhere, as nested tuples."""
    leaves = st.one_of(st.sampled_from(["x", "y", "z"]), NUMBERS)

    def larger(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
        return st.one_of(
            st.tuples(st.sampled_from(UNARY), inner),
            st.tuples(st.sampled_from(["+", "-", "*", "/"]), inner, inner),
            st.tuples(st.just("**"), inner, st.integers(-2, 4)),
            st.tuples(st.sampled_from(["sqrt", "log", "pow"]), inner),
        )

    return st.recursive(leaves, larger, max_leaves=12)


def term(c: Canvas, names: dict[str, Term], tree: Any) -> Term:
    match tree:
        case str():
            return names[tree]
        case float():
            return Term(c.graph, c.graph.number(tree))
        case ("+", a, b):
            return term(c, names, a) + term(c, names, b)
        case ("-", a, b):
            return term(c, names, a) - term(c, names, b)
        case ("*", a, b):
            return term(c, names, a) * term(c, names, b)
        case ("/", a, b):
            return term(c, names, a) / (term(c, names, b) ** 2 + 0.5)
        case ("**", a, n):
            base = c.f("tanh", term(c, names, a))
            return base**n if n >= 0 else (base**2 + 0.7) ** n
        case ("pow", a):
            return c.f("pow", term(c, names, a) ** 2 + 0.5, 1.7)
        case (("sqrt" | "log") as f, a):
            return c.f(f, term(c, names, a) ** 2 + 0.5)
        case (f, a):
            return c.f(f, c.f("sin", term(c, names, a)))
    raise AssertionError(tree)


def made(tree: Any) -> Formula:
    c = Canvas()
    names = dict(zip("xyz", c.scalars("x y z"), strict=True))
    root = term(c, names, tree) + names["x"] * names["y"] + 0 * names["z"]
    return c.formula(root)


def slope(formula: Formula, x: Any, k: int) -> Any:
    """Return ∂f/∂x_k by differences in 60 digits."""
    with mpmath.workdps(60):
        step = mpmath.mpf(10) ** -20
        high, low = [mpmath.mpf(v) for v in x], [mpmath.mpf(v) for v in x]
        high[k] += step
        low[k] -= step
        return (precise(formula, high) - precise(formula, low)) / (2 * step)


POINTS = st.lists(st.floats(-2, 2), min_size=3, max_size=3)


@settings(deadline=None, max_examples=60)
@given(formulas(), POINTS)
def test_gradients_agree_with_high_precision(tree: Any, x: list[float]) -> None:
    formula = made(tree)
    found = Values(formula).flat(gradient(formula), x)
    expected = [float(slope(formula, x, k)) for k in range(3)]
    assert np.allclose(found, expected, rtol=1e-9, atol=1e-9 * (1 + np.abs(expected).max()))


@settings(deadline=None, max_examples=30)
@given(formulas(), POINTS)
def test_all_ways_to_the_hessian_agree(tree: Any, x: list[float]) -> None:
    formula = made(tree)
    values = Values(formula)
    products = values.flat(hessian_product(formula, 3), x, np.eye(3))
    entries = scalar_hessian(formula)
    written = np.zeros((3, 3))
    for (i, j), value in zip(entries, values.at(list(entries.values()), x), strict=True):
        written[i, j] = written[j, i] = value
    scale = 1e-9 * (1 + np.abs(products).max())
    assert np.allclose(products, products.T, rtol=1e-9, atol=scale)
    assert np.allclose(products, written, rtol=1e-9, atol=scale)
    assert violations(entries.values()) == []


@settings(deadline=None, max_examples=30)
@given(formulas(), POINTS)
def test_second_derivatives_agree_with_high_precision(tree: Any, x: list[float]) -> None:
    formula = made(tree)
    (place, first), *_ = component_gradient(formula, formula.root)
    derivative = Formula(formula.graph, first, formula.variables, (), {})
    expected = float(slope(derivative, x, place))
    node = scalar_hessian(formula).get((place, place))
    found = 0.0 if node is None else Values(formula).at([node], x)[0]
    assert np.isclose(found, expected, rtol=1e-8, atol=1e-8 * (1 + abs(expected)))
