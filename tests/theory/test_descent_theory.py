"""Finite termination, invariances and rates of the searched methods."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from gdcli.engine.box import FREE
from gdcli.engine.point import Point
from gdcli.line_search.first_step import SameChange, Unit
from gdcli.line_search.strong_wolfe import StrongWolfe
from gdcli.methods.descent import Descent
from gdcli.methods.directions.bfgs import BFGS, Memory
from gdcli.methods.directions.conjugate_gradient import ConjugateGradient, Formula
from gdcli.methods.directions.lbfgs import LBFGS
from gdcli.methods.registry import make
from tests.methods.objectives import Squares, linear, rosenbrock
from tests.theory.sequences import bowl, places, states

EXACT = StrongWolfe(1e-4, 1e-9)
"""A search so strict that its steps are the exact minima along a quadratic's lines."""


def ellipsoid(size: int, seed: int) -> tuple[Squares, np.ndarray]:
    """Return ‖Ax‖², and its Hessian."""
    matrix = np.random.default_rng(seed).standard_normal((size, size)) + 3.0 * np.eye(size)
    return linear(matrix, np.zeros(size)), 2.0 * matrix.T @ matrix


@pytest.mark.parametrize("formula", ["polak-ribiere", "hager-zhang"])
@pytest.mark.parametrize("size", [2, 4, 7])
def test_conjugate_gradients_end_in_n_steps(formula: Formula, size: int) -> None:
    """Hestenes & Stiefel (1952)."""
    objective, _ = ellipsoid(size, size)
    method = Descent(ConjugateGradient(formula), EXACT, SameChange())
    found = states(method, objective, np.ones(size).tolist(), size)
    first, last = found[0].point.gradient, found[-1].point.gradient
    assert np.linalg.norm(last) <= 1e-5 * np.linalg.norm(first)


def test_conjugate_directions_are_conjugate() -> None:
    objective, hessian = ellipsoid(4, 9)
    method = Descent(ConjugateGradient(), EXACT, SameChange())
    xs = places(method, objective, [1.0, 1.0, 1.0, 1.0], 4)
    steps = np.diff(np.array(xs), axis=0)
    across = steps @ hessian @ steps.T
    sizes = np.sqrt(np.diagonal(across))
    cosines = across / np.multiply.outer(sizes, sizes)
    np.testing.assert_allclose(cosines, np.eye(4), atol=1e-3)


@pytest.mark.parametrize("size", [2, 4, 6])
def test_bfgs_with_exact_steps_ends_in_n_steps_with_the_inverse_hessian(size: int) -> None:
    """Nocedal & Wright (2006), Theorem 6.4."""
    objective, hessian = ellipsoid(size, size)
    found = states(Descent(BFGS(), EXACT, Unit()), objective, np.ones(size).tolist(), size)
    last = found[-1]
    assert np.linalg.norm(last.point.gradient) <= 1e-5 * np.linalg.norm(found[0].point.gradient)
    np.testing.assert_allclose(last.memory.inner.inverse @ hessian, np.eye(size), atol=1e-3)


def test_lbfgs_with_exact_steps_walks_with_conjugate_gradients() -> None:
    """Nazareth (1979): on quadratics both make the same iterates."""
    objective, _ = ellipsoid(5, 3)
    start = [1.0, -1.0, 2.0, 0.5, 1.0]
    ours = places(Descent(LBFGS(10), EXACT, Unit()), objective, start, 4)
    theirs = places(Descent(ConjugateGradient(), EXACT, SameChange()), objective, start, 4)
    for x, y in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(x, y, atol=1e-4)


@pytest.mark.parametrize("seed", range(4))
def test_the_bfgs_update_does_not_depend_on_the_coordinates(seed: int) -> None:
    """x = Tz: gradients become Tᵀg, H becomes T⁻¹HT⁻ᵀ, before and after the update."""
    random = np.random.default_rng(seed)
    turn = random.standard_normal((4, 4)) + 2.0 * np.eye(4)
    back = np.linalg.inv(turn)
    s = random.standard_normal(4)
    y = s + 0.1 * random.standard_normal(4)
    here = Point(np.zeros(4), 0.0, random.standard_normal(4))
    there = Point(s, 0.0, here.gradient + y)
    inverse = np.diag([1.0, 2.0, 3.0, 4.0])

    def turned(point: Point) -> Point:
        return Point(back @ point.x, point.value, turn.T @ point.gradient)

    rule = BFGS()
    plain = rule.update(Memory(inverse.copy(), 1), here, there, s, 1.0, FREE)
    moved = rule.update(
        Memory(back @ inverse @ back.T, 1), turned(here), turned(there), s, 1.0, FREE
    )
    np.testing.assert_allclose(moved.inverse, back @ plain.inverse @ back.T, rtol=1e-8)


@pytest.mark.parametrize("name", ["gd", "bb", "momentum", "nesterov", "cg", "bfgs", "lbfgs"])
@pytest.mark.parametrize("factor", [2.0**-40, 2.0**30])
def test_searched_methods_do_not_depend_on_the_unit(name: str, factor: float) -> None:
    """f and 2ᵖ·f have the same iterates, bit for bit."""

    class Scaled(Squares):
        def value_and_gradient(self, x: np.ndarray) -> tuple[float, np.ndarray]:
            value, gradient = super().value_and_gradient(x)
            return factor * value, factor * gradient

        def value(self, x: np.ndarray) -> float:
            return factor * super().value(x)

        def noise(self, x: np.ndarray) -> float:
            return factor * super().noise(x)

    base = rosenbrock()
    scaled = Scaled(base.size, base.rs, base.slopes, base.bends)
    plain = places(make(name), base, [-1.2, 1.0], 25)
    other = places(make(name), scaled, [-1.2, 1.0], 25)
    assert [x.tolist() for x in plain] == [x.tolist() for x in other]


@pytest.mark.parametrize("name", ["bfgs", "lbfgs"])
def test_quasi_newton_is_superlinear(name: str) -> None:
    """Nocedal & Wright (2006), Theorem 6.6 (for L-BFGS in few variables, as observed)."""
    norms = [
        float(np.linalg.norm(s.point.gradient))
        for s in states(make(name), rosenbrock(), [-1.2, 1.0], 200)
    ]
    norms = [n for n in norms if n > 0.0]
    close = next(k for k, n in enumerate(norms) if n < 1e-3)
    assert min(b / a for a, b in zip(norms[close:], norms[close + 1 :], strict=False)) < 1e-2
    assert len(norms) - close < 15


def test_barzilai_borwein_is_fast_in_two_variables() -> None:
    """R-superlinear there (Barzilai & Borwein 1988), where plain descent is linear."""
    found = states(make("bb"), bowl([1.0, 400.0]), [1.0, 1.0], 40)
    assert found[-1].point.value < 1e-20


@pytest.mark.parametrize("name", ["gd", "momentum", "cg", "bfgs", "lbfgs"])
def test_values_fall_at_every_step(name: str) -> None:
    objective, _ = ellipsoid(6, 4)
    values = [s.point.value for s in states(make(name), objective, [1.0] * 6, 40)]
    assert all(b <= a for a, b in pairwise(values))
    assert values[-1] < 1e-3 * values[0]


@pytest.mark.parametrize("name", ["gd", "momentum", "nesterov", "bb", "cg", "bfgs", "lbfgs"])
def test_near_a_large_value_the_gradient_leads(name: str) -> None:
    """1e9 + ‖x‖²: values show x to 1e-4 only, gradients to the last digit."""
    base = bowl([2.0, 20.0])

    class Raised(Squares):
        def value_and_gradient(self, x: np.ndarray) -> tuple[float, np.ndarray]:
            value, gradient = super().value_and_gradient(x)
            return 1e9 + value, gradient

        def value(self, x: np.ndarray) -> float:
            return 1e9 + super().value(x)

        def noise(self, x: np.ndarray) -> float:
            return 1.2e-7

    raised = Raised(base.size, base.rs, base.slopes, base.bends)
    found = states(make(name), raised, [3.0, -1.0], 400)
    assert min(float(abs(s.point.gradient).max()) for s in found) < 1e-8
