"""Logarithms of sums of exponentials: the shift that keeps them stable is not differentiated."""

from __future__ import annotations

import numpy as np
import pytest

from gdcli.graph.derivatives import gradient, hessian_product, scalar_hessian
from gdcli.graph.nodes import Apply
from gdcli.graph.shifts import cancelling_shifts
from gdcli.graph.structure import is_smooth
from gdcli.graph.walk import reachable
from tests.graph.construct import Canvas, Term, Values


def of_an_array(c: Canvas) -> tuple[Term, Term]:
    """Return (logsumexp, its shift) of an array of four."""
    x, i = c.variable("x", 4), c.axis(4)
    shift = c.reduce("max", i, c.at(x, i))
    return shift + c.f("log", c.sum(i, c.f("exp", c.at(x, i) - shift))), shift


def of_scalars(c: Canvas) -> tuple[Term, Term]:
    a, b = c.scalars("a b")
    shift = c.f("max", a, 2 * b)
    total = c.f("exp", a - shift) + 3 * c.f("exp", 2 * b - shift)
    return shift + c.f("log", total), shift


def test_the_gradient_is_a_softmax_without_tests() -> None:
    c = Canvas()
    root, _ = of_an_array(c)
    values = Values(c.formula(root))
    x = np.array([1000.0, 999.0, 1000.0, -5.0])
    gradients = gradient(values.formula)
    expected = np.exp(x - 1000) / np.exp(x - 1000).sum()
    assert values.flat(gradients, x) == pytest.approx(expected, rel=1e-14)
    products = hessian_product(values.formula)
    hessian = np.diag(expected) - np.outer(expected, expected)
    v = np.array([1.0, -2.0, 0.5, 3.0])
    assert values.flat(products, x, v) == pytest.approx(hessian @ v, rel=1e-13, abs=1e-14)
    for item in reachable(products):
        assert not (isinstance(item, Apply) and item.function == "equal")


def test_scalars() -> None:
    c = Canvas()
    root, _ = of_scalars(c)
    formula = c.formula(2 * root)
    assert is_smooth(formula)
    values, x = Values(formula), np.array([1.0, 0.5])
    weights = np.array([1, 3]) * np.exp([1.0, 1.0])
    p = weights / weights.sum()
    assert values.flat(gradient(formula), x) == pytest.approx(2 * p * [1, 2])
    entries = scalar_hessian(formula)
    found = dict(zip(entries, values.at(list(entries.values()), x), strict=True))
    assert found[1, 1] == pytest.approx(8 * p[1] * (1 - p[1]))
    assert found[1, 0] == pytest.approx(-4 * p[0] * p[1])


@pytest.mark.parametrize("make", [of_an_array, of_scalars])
def test_a_shift_that_is_used_otherwise_is_differentiated(make: object) -> None:
    c = Canvas()
    root, shift = make(c)  # type: ignore[operator]
    for whole, cancels in (
        (root, True),
        (3 * root + 1, True),
        (root - shift, False),
        (root + shift**2, False),
        (c.f("sin", root - shift), False),
    ):
        order = reachable([whole.node])
        assert cancelling_shifts(order) == ({shift.node.serial} if cancels else frozenset())
    values = Values(c.formula(root - shift))
    x = np.linspace(0.1, 0.6, values.size)
    slope = values.flat(gradient(values.formula), x)
    for k, e in enumerate(1e-6 * np.eye(values.size)):
        expected = (values.value(x + e) - values.value(x - e)) / 2e-6
        assert slope[k] == pytest.approx(expected, rel=1e-6, abs=1e-8)


def test_the_logarithm_alone_depends_on_the_shift() -> None:
    c = Canvas()
    x, i = c.variable("x", 4), c.axis(4)
    shift = c.reduce("max", i, c.at(x, i))
    alone = c.f("log", c.sum(i, c.f("exp", c.at(x, i) - shift)))
    assert cancelling_shifts(reachable([alone.node])) == frozenset()
