"""Sums of squares: which are recognised, and what their residuals do."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from gdcli.graph.derivatives import residual_tangent, scalar_jacobian, sum_of_squares
from gdcli.graph.formula import Formula
from tests.graph.catalogue import CATALOGUE
from tests.graph.construct import Canvas, Term, Values, differences

Build = Callable[[Canvas, Term, Term], Term]

RECOGNISED: dict[str, Build] = {
    "rosenbrock": lambda c, x, y: 100 * (y - x**2) ** 2 + (1 - x) ** 2,
    "fourth powers": lambda c, x, y: (x - y) ** 4 + x**2 * y**2 / (1 + x**2) ** 2,
    "constant": lambda c, x, y: 5 + 2 * (x**2 + 3 * (y**2 + 1)),
    "one square": lambda c, x, y: c.f("sin", x * y) ** 2,
    "squared norm": lambda c, x, y: 3 * c.f("sqrt", x**2 + 2 * y**2) ** 2 + c.f("hypot", x, y) ** 2,
    "squared modulus": lambda c, x, y: c.f("abs", x - y) ** 2 - 7,
}
NOT_RECOGNISED: dict[str, Build] = {
    "linear term": lambda c, x, y: x**2 + y,
    "difference": lambda c, x, y: x**2 - y**2,
    "cube": lambda c, x, y: x**2 + y**3,
    "expanded": lambda c, x, y: x**2 - 2 * x + 1,
    "exponential": lambda c, x, y: x**2 + c.f("exp", y),
    "mixed product": lambda c, x, y: x**2 * y,
}


def weighted() -> Formula:
    c = Canvas()
    x = c.variable("x", 3)
    weights, spread = c.array(np.array([1.0, 2, 3, 0])), c.array(np.array([1, 2, 3, 4]))
    data = c.array(np.random.default_rng(5).normal(size=(4, 3)))
    i, k = c.axis(4), c.axis(3)
    r = c.sum(k, c.at(x, k) * c.at(data, i, k)) - 1
    chi = c.sum(i, c.at(weights, i) * r**2 / c.at(spread, i) / 4)
    outer = c.sum(i, c.at(weights, i) * c.sum(k, (c.at(x, k) * r) ** 2)) / 5
    return c.formula(3 * chi + outer + c.sum(i, r**4 + c.at(x, 0) ** 2 + 2))


def residuals_sum(formula: Formula, x: Any) -> float:
    squares = sum_of_squares(formula)
    assert squares is not None
    values = Values(formula).at(squares.residuals, x)
    return squares.offset + float(sum((r**2).sum() for r in values))


@pytest.mark.parametrize("name", RECOGNISED)
def test_recognised(name: str) -> None:
    c = Canvas()
    formula = c.formula(RECOGNISED[name](c, *c.scalars("x y")))
    x = np.array([0.7, -1.3])
    assert residuals_sum(formula, x) == pytest.approx(Values(formula).value(x), rel=1e-13)


@pytest.mark.parametrize("name", NOT_RECOGNISED)
def test_not_recognised(name: str) -> None:
    c = Canvas()
    assert sum_of_squares(c.formula(NOT_RECOGNISED[name](c, *c.scalars("x y")))) is None


@pytest.mark.parametrize(
    "formula",
    [CATALOGUE["rosenbrock"].formula, CATALOGUE["network"].formula, weighted()],
    ids=["rosenbrock", "network", "weighted"],
)
def test_arrays_and_their_tangents(formula: Formula) -> None:
    values = Values(formula)
    x, v = np.random.default_rng(6).normal(size=(2, values.size))
    assert residuals_sum(formula, x) == pytest.approx(values.value(x), rel=1e-12)
    squares = sum_of_squares(formula)
    assert squares is not None
    for k, residual in enumerate(squares.residuals):
        first = residual_tangent(formula, squares, 1)[k]
        second = residual_tangent(formula, squares, 2)[k]

        def along(t: Any, residual: Any = residual) -> Any:
            return values.at([residual], x + t[0] * v)[0]

        def slope(t: Any, first: Any = first) -> Any:
            return values.at([first], x + t[0] * v, v)[0]

        expected = differences(along, np.zeros(1), 1e-4)[0]
        assert np.allclose(values.at([first], x, v)[0], expected, rtol=1e-7, atol=1e-8)
        expected = differences(slope, np.zeros(1), 1e-4)[0]
        assert np.allclose(values.at([second], x, v)[0], expected, rtol=1e-7, atol=1e-8)


def test_batches_of_tangents_are_columns_of_the_jacobian() -> None:
    c = Canvas()
    x, y = c.scalars("x y")
    formula = c.formula(RECOGNISED["rosenbrock"](c, x, y))
    values, point = Values(formula), np.array([-1.2, 1.0])
    squares = sum_of_squares(formula)
    assert squares is not None
    rows = values.at(residual_tangent(formula, squares, 1, 2), point, np.eye(2))
    jacobian = np.zeros((len(squares.residuals), 2))
    for place, node in scalar_jacobian(formula, squares).items():
        jacobian[place] = values.at([node], point)[0]
    assert sorted(map(tuple, jacobian.tolist())) == sorted([(24.0, 10.0), (-1.0, 0.0)])
    for row, tangent in zip(jacobian, rows, strict=True):
        assert np.allclose(row, tangent)


def test_weights_must_not_be_negative() -> None:
    for weights, known in (([1.0, 0.0], True), ([1.0, -1e-9], False), ([1.0, np.nan], False)):
        c = Canvas()
        x, i = c.variable("x", 2), c.axis(2)
        root = c.sum(i, c.at(c.array(np.array(weights)), i) * c.at(x, i) ** 2)
        assert (sum_of_squares(c.formula(root)) is not None) == known
