"""Kinks, poles, patterns of Hessians, and the factor at the root."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from gdcli.graph.derivatives import hessian_product, scalar_hessian
from gdcli.graph.formula import Formula
from gdcli.graph.pattern import Pattern, hessian_pattern
from gdcli.graph.show.text import node_text
from gdcli.graph.structure import is_smooth, kinks, poles, strip_factor
from tests.graph.catalogue import CATALOGUE
from tests.graph.construct import Canvas, Values


def test_kinks_and_what_decides_at_them() -> None:
    c = Canvas()
    x, y = c.scalars("x y")
    root = c.f("abs", x - 1) + c.f("max", x, y) + c.f("sqrt", x**2 + y**2)
    root = root + c.f("where", c.f("less", x, y), x, y) + c.f("abs", c.at(c.array(np.array(2.0))))
    found = [(k.kind, [node_text(a) for a in k.arguments]) for k in kinks(c.formula(root))]
    assert found == [
        ("abs", ["x - 1"]),
        ("max", ["x", "y"]),
        ("norm", ["x**2 + y**2"]),
        ("choice", ["x < y"]),
    ]


@pytest.mark.parametrize(
    ("make", "smooth"),
    [
        (lambda c, x: c.f("sqrt", 1 + x**2), True),
        (lambda c, x: c.f("sqrt", x), False),
        (lambda c, x: c.f("pow", x, 2.5), True),
        (lambda c, x: c.f("pow", x, 1.5), False),
        (lambda c, x: c.f("pow", x, -0.5), True),
        (lambda c, x: x**3 / (1 + x**2), True),
        (lambda c, x: c.f("where", c.f("less", 0.0, 1.0), x, 2.0), True),
        (lambda c, x: c.f("floor", x), False),
        (lambda c, x: c.f("relu", x), False),
    ],
)
def test_smoothness(make: Any, smooth: bool) -> None:
    c = Canvas()
    (x,) = c.scalars("x")
    assert is_smooth(c.formula(make(c, x) + 0 * x)) is smooth


def test_poles() -> None:
    c = Canvas()
    x, y = c.scalars("x y")
    fixed = c.at(c.array(np.array(2.0)))
    root = 1 / (x - 1) ** 2 + c.f("log", y) / (1 + x**2) + c.f("tan", x) + x / fixed
    root = root + c.f("log1p", x) + 1 / c.f("sqrt", x + y) + c.f("pow", y + 3, -1.5)
    found = {(p.kind, node_text(p.node)) for p in poles(c.formula(root))}
    assert found == {
        ("zero", "x - 1"),
        ("zero", "y"),
        ("tangent", "x"),
        ("zero", "x + 1"),
        ("zero", "x + y"),
        ("zero", "y + 3"),
    }


def scalar_chain(n: int) -> Formula:
    c = Canvas()
    xs = c.scalars(" ".join(f"x{k}" for k in range(n)))
    root = 0 * xs[0]
    for a, b in pairwise(xs):
        root = root + 100 * (b - a**2) ** 2 + (1 - a) ** 2
    return c.formula(root)


def arrow_of_scalars() -> Formula:
    c = Canvas()
    xs = c.scalars(" ".join(f"x{k}" for k in range(12)))
    root = sum((a * xs[0] for a in xs[1:]), start=xs[0] ** 2)
    return c.formula(sum((c.f("exp", a) for a in xs), start=root))


def separable() -> Formula:
    c = Canvas()
    x, i = c.variable("x", 8), c.axis(8)
    return c.formula(c.sum(i, c.f("exp", c.at(x, i)) - c.at(x, i)))


def linear() -> Formula:
    c = Canvas()
    x, i = c.variable("x", 8), c.axis(8)
    return c.formula(c.sum(i, c.at(x, i) * c.position(i)))


def grid() -> Formula:
    c = Canvas()
    u, i, j = c.variable("u", 5, 4), c.axis(4), c.axis(3)
    down, right = c.at(u, (i, 1, 1), j), c.at(u, i, (j, 1, 1))
    return c.formula(c.sum((i, j), c.f("sqrt", 1 + (down - right) ** 2)))


PATTERNS: dict[str, tuple[Formula, Pattern]] = {
    "rosenbrock": (CATALOGUE["rosenbrock"].formula, Pattern("banded", 1, (), (1,))),
    "arwhead": (CATALOGUE["arrow"].formula, Pattern("arrow", 0, (4,))),
    "logistic": (CATALOGUE["logistic"].formula, Pattern("dense")),
    "centred": (CATALOGUE["centred"].formula, Pattern("dense")),
    "scalars": (scalar_chain(12), Pattern("banded", 1, (), (1,))),
    "scalar arrow": (arrow_of_scalars(), Pattern("arrow", 0, (0,))),
    "separable": (separable(), Pattern("diagonal")),
    "linear": (linear(), Pattern("zero")),
    "grid": (grid(), Pattern("banded", 3, (), (3,))),
}


@pytest.mark.parametrize("name", PATTERNS)
def test_patterns(name: str) -> None:
    formula, expected = PATTERNS[name]
    found = hessian_pattern(formula)
    assert found == expected
    values = Values(formula)
    x = np.random.default_rng(4).normal(size=values.size)
    hessian = values.flat(hessian_product(formula, values.size), x, np.eye(values.size))
    if expected.kind != "dense":
        free = np.ones_like(hessian, dtype=bool)
        free[list(found.border)] = free[:, list(found.border)] = False
        i, j = np.nonzero(hessian * free)
        assert np.abs(i - j).max(initial=0) == found.width


def test_scalar_hessians_are_as_sparse_as_their_pattern() -> None:
    assert len(scalar_hessian(scalar_chain(12))) == 12 + 11 - 1 + 1


@pytest.mark.parametrize("unit", [1e12, 1e-12, 3.7])
def test_a_factor_comes_off_whole(unit: float) -> None:
    c = Canvas()
    x, y = c.scalars("x y")
    plain = 100 * (y - x**2) ** 2 + (1 - x) ** 2
    stripped = strip_factor(c.formula(unit * plain + 5))
    assert (stripped.factor, stripped.constant) == (unit, 5)
    assert stripped.formula.root is plain.node


def test_factors_come_off_through_sums_and_signs_stay() -> None:
    c = Canvas()
    x, i = c.variable("x", 5), c.axis(5)
    stripped = strip_factor(c.formula(-1e-9 * c.sum(i, 4 * c.f("exp", c.at(x, i)) + 4)))
    values, point = Values(stripped.formula), np.linspace(0, 1, 5)
    assert stripped.factor == pytest.approx(4e-9)
    assert stripped.constant == pytest.approx(-2e-8)
    assert values.value(point) == pytest.approx(-np.exp(point).sum())


def test_terms_of_different_sizes_stay() -> None:
    c = Canvas()
    x, y = c.scalars("x y")
    root = 100 * x**2 + y**2
    assert strip_factor(c.formula(root)).formula.root is root.node
    both = strip_factor(c.formula(1e-9 * x**2 - 1e-9 * y))
    assert both.factor == 1e-9
    assert node_text(both.formula.root) == "x**2 - y"
