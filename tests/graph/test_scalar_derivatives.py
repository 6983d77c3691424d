"""Formulas of scalars against SymPy's own derivatives of the whole formula."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import sympy as sp

from gdcli.graph.derivatives import gradient, scalar_gradient, scalar_hessian
from gdcli.graph.structure import nonlinear_variables
from tests.graph.construct import Canvas, Values

FORMULAS: dict[str, tuple[str, Callable[..., Any]]] = {
    "rosenbrock": ("x y", lambda f, x, y: 100 * (y - x**2) ** 2 + (1 - x) ** 2),
    "quotients": ("x y z", lambda f, x, y, z: x / y / z + 1 / (x**2 * y) - z**3 / x**2),
    "products": ("a b c d e g", lambda f, a, b, c, d, e, g: a * b**2 * c * d**3 * e * g / b),
    "nested": ("x y", lambda f, x, y: f("exp", f("sin", x * y) ** 2) * f("log", x + y**2)),
    "shared": ("x y", lambda f, x, y: (x * y + f("exp", x * y)) * f("exp", x * y)),
    "angles": ("x y", lambda f, x, y: f("atan2", y, x) + f("asin", x / (x + y)) + f("tan", y)),
    "special": ("x y", lambda f, x, y: f("lgamma", x) * f("erf", y) + f("gamma", x * y)),
    "roots": ("x y", lambda f, x, y: f("sqrt", x + f("sqrt", y)) + f("cbrt", x * y) ** 2),
}
SPELLINGS = {"lgamma": "loggamma"}


@pytest.mark.parametrize("name", FORMULAS)
def test_gradient_and_hessian(name: str) -> None:
    names, write = FORMULAS[name]
    c = Canvas()
    formula = c.formula(write(c.f, *c.scalars(names)))
    values = Values(formula)
    symbols = [sp.Dummy(n, positive=True) for n in names.split()]
    whole = write(lambda f, *a: getattr(sp, SPELLINGS.get(f, f))(*a), *symbols)
    point = np.linspace(0.4, 1.3, len(symbols))
    at = dict(zip(symbols, point, strict=True))
    expected = [float(whole.diff(s).evalf(30, subs=at)) for s in symbols]
    found = values.flat(gradient(formula), point)
    assert found == pytest.approx(expected, rel=1e-12)
    assert values.at([n for _, n in scalar_gradient(formula)], point) == pytest.approx(
        expected, rel=1e-12
    )
    entries = scalar_hessian(formula)
    for (i, j), value in zip(entries, values.at(list(entries.values()), point), strict=True):
        second = whole.diff(symbols[i], symbols[j]).evalf(30, subs=at)
        assert value == pytest.approx(float(second), rel=1e-10)


def test_only_structural_entries_are_there() -> None:
    c = Canvas()
    a, b, d, e = c.scalars("a b d e")
    formula = c.formula(a**2 * b + c.f("exp", d) + 3 * e + e)
    assert set(scalar_hessian(formula)) == {(0, 0), (1, 0), (2, 2)}
    assert nonlinear_variables(formula) == {"a", "b", "d"}


def test_elements_of_arrays_count_in_the_flat_vector() -> None:
    c = Canvas()
    s, x = c.variable("s"), c.variable("x", 2, 3)
    formula = c.formula(c.at(s) * c.at(x, 1, 2) + c.at(x, 0, 1) ** 2)
    assert [place for place, _ in scalar_gradient(formula)] == [0, 2, 6]
    assert set(scalar_hessian(formula)) == {(2, 2), (6, 0)}


def test_axes_are_refused() -> None:
    c = Canvas()
    x, i = c.variable("x", 3), c.axis(3)
    formula = c.formula(c.sum(i, c.at(x, i) ** 2))
    with pytest.raises(ValueError, match="axes"):
        scalar_hessian(formula)


def test_a_variable_that_does_not_occur_has_the_gradient_0() -> None:
    c = Canvas()
    x, _ = c.scalars("x unused")
    x3 = c.variable("array", 3)
    values = Values(c.formula(x**2))
    assert x3.offset == 2
    assert list(values.flat(gradient(values.formula), np.ones(5))) == [2, 0, 0, 0, 0]
