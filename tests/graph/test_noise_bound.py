"""The estimate of rounding noise, against the true error in high precision."""

from __future__ import annotations

import numpy as np
import pytest

from gdcli.graph.noise import noise
from tests.graph.catalogue import CATALOGUE
from tests.graph.construct import Canvas, Values
from tests.graph.precise import precise


def rosenbrock() -> Values:
    c = Canvas()
    x, y = c.scalars("x y")
    return Values(c.formula(100 * (y - x**2) ** 2 + (1 - x) ** 2))


def cancelling() -> Values:
    c = Canvas()
    x, y = c.scalars("x y")
    whole = (x + y) ** 3 - x**3 - 3 * x**2 * y - 3 * x * y**2 - y**3
    return Values(c.formula(whole + c.f("exp", x) * c.f("sin", y) - c.f("exp", x) * y))


@pytest.mark.parametrize("make", [rosenbrock, cancelling])
def test_the_true_error_stays_within(make: object) -> None:
    values = make()  # type: ignore[operator]
    bound = noise(values.formula)
    random = np.random.default_rng(3)
    for _ in range(40):
        x = 1 + random.normal(size=2) * 10.0 ** random.integers(-6, 1)
        found, estimate = values.at([values.formula.root, bound], x)
        error = abs(precise(values.formula, x) - found)
        assert error <= estimate
        assert estimate <= 1e-13 * (1 + np.abs(x).max() ** 4) * 100


def test_an_added_constant_is_noise() -> None:
    c = Canvas()
    (x,) = c.scalars("x")
    values = Values(c.formula(1e-3 * c.f("sin", x) + 1e6))
    (estimate,) = values.at([noise(values.formula)], [1.0])
    assert 1e-10 <= estimate <= 3e-10


def test_noise_follows_the_unit() -> None:
    sizes = []
    for unit in (1.0, 2.0**40):
        c = Canvas()
        x, y = c.scalars("x y")
        values = Values(c.formula(unit * (3 * x**2 + c.f("exp", y))))
        (estimate,) = values.at([noise(values.formula)], [1.5, 0.5])
        sizes.append(estimate / unit)
    assert sizes[0] <= sizes[1] <= 1.5 * sizes[0]


@pytest.mark.parametrize("name", CATALOGUE)
def test_it_is_a_small_number_without_axes(name: str) -> None:
    case = CATALOGUE[name]
    values = Values(case.formula)
    node = noise(case.formula)
    found, estimate = values.at([case.formula.root, node], case.point)
    assert node.axes == ()
    assert 0 < estimate < 1e-11 * (1 + abs(found))


def test_what_is_not_taken_makes_no_noise() -> None:
    c = Canvas()
    (x,) = c.scalars("x")
    root = c.f("where", c.f("less", 0.0, x), c.f("log", x) * x, 2 * x + 1)
    values = Values(c.formula(root))
    (estimate,) = values.at([noise(values.formula)], [-1.0])
    assert 0 < estimate < 1e-14
