"""The exact subproblem: the conditions that only a global minimiser in the region meets."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gdcli.methods.subproblems.more_sorensen import (
    CHOLESKY_FROM,
    Factored,
    diagonalise,
    exact,
    minimise_in_ball,
)


def random_model(seed: int, n: int, *, convex: bool = False):
    rng = np.random.default_rng(seed)
    a = rng.standard_normal((n, n))
    hessian = a @ a.T + np.eye(n) if convex else a + a.T
    return rng.standard_normal(n), hessian, np.exp(rng.standard_normal(n))


def assert_optimal(eigenvalues, slopes, radius) -> None:
    """Moré & Sorensen's conditions, in the eigenbasis."""
    p, shift, boundary = minimise_in_ball(eigenvalues, slopes, radius)
    length = np.linalg.norm(p)
    assert length <= radius * (1 + 1e-9)
    assert shift >= 0.0
    assert eigenvalues.min() + shift >= -1e-12 * abs(eigenvalues).max()
    if boundary:
        assert length == pytest.approx(radius, rel=1e-8)
    else:
        assert shift == 0.0
    size = np.linalg.norm(slopes) + abs(eigenvalues).max() * radius
    np.testing.assert_allclose((eigenvalues + shift) * p, -slopes, atol=1e-9 * size)


@settings(deadline=None, max_examples=150)
@given(
    st.lists(st.floats(-10, 10), min_size=1, max_size=8),
    st.integers(0, 10**6),
    st.floats(-3, 3),
    st.booleans(),
)
def test_meets_the_conditions_of_a_global_minimiser(values, seed, log_radius, sparse):
    rng = np.random.default_rng(seed)
    slopes = rng.standard_normal(len(values))
    if sparse:
        slopes[rng.random(len(values)) < 0.5] = 0.0
    eigenvalues = np.array([v if abs(v) > 1e-6 else 1e-3 for v in values])
    assert_optimal(eigenvalues, slopes, 10.0**log_radius)


def test_hard_case_is_completed_along_the_lowest_eigenvector():
    p, shift, boundary = minimise_in_ball(np.array([-2.0, 1.0]), np.array([0.0, 1.0]), 5.0)
    assert boundary
    assert shift == 2.0
    assert p[1] == pytest.approx(-1 / 3)
    assert np.linalg.norm(p) == pytest.approx(5.0)


def test_nearly_hard_case_still_reaches_the_boundary():
    eigenvalues, slopes = np.array([-2.0, 1.0]), np.array([1e-14, 1.0])
    assert_optimal(eigenvalues, slopes, 5.0)


def test_zero_gradient_with_negative_curvature_gives_a_descent_step():
    p, _, boundary = minimise_in_ball(np.array([-1.0, 3.0]), np.zeros(2), 2.0)
    assert boundary
    np.testing.assert_allclose(abs(p), [2.0, 0.0])


@pytest.mark.parametrize("seed", range(6))
def test_reduction_is_the_models_own(seed):
    gradient, hessian, scale = random_model(seed, 6)
    model = diagonalise(gradient, hessian, scale)
    step = model.step(0.7)
    plain = -(gradient @ step.s + 0.5 * step.s @ hessian @ step.s)
    assert step.reduction == pytest.approx(plain, rel=1e-10)
    assert model.reduction(step.s) == pytest.approx(plain, rel=1e-10)
    assert step.length == pytest.approx(np.linalg.norm(scale * step.s), rel=1e-10)


@pytest.mark.parametrize("seed", range(6))
def test_no_other_point_of_the_region_is_lower(seed):
    gradient, hessian, scale = random_model(seed, 4)
    model = diagonalise(gradient, hessian, scale)
    best = model.step(1.3).reduction
    rng = np.random.default_rng(seed)
    for _ in range(300):
        p = rng.standard_normal(4)
        s = p / np.linalg.norm(p) * 1.3 * rng.random() ** 0.25 / scale
        assert model.reduction(s) <= best * (1 + 1e-12)


@pytest.mark.parametrize("radius", [0.05, 1e3])
@pytest.mark.parametrize("convex", [True, False])
def test_many_variables_by_factorisation_give_the_same_step(radius, convex):
    gradient, hessian, scale = random_model(3, CHOLESKY_FROM + 10, convex=convex)
    factored = exact(gradient, hessian, scale)
    assert isinstance(factored, Factored)
    other = diagonalise(gradient, hessian, scale)
    step, expected = factored.step(radius), other.step(radius)
    np.testing.assert_allclose(step.s, expected.s, rtol=1e-6, atol=1e-9 * expected.length)
    assert factored.decrement() == pytest.approx(other.decrement(), rel=1e-8)
    assert factored.reduction(step.s) == pytest.approx(step.reduction, rel=1e-8)


def test_solve_uses_the_multiplier_of_its_step():
    gradient, hessian, scale = random_model(1, 5)
    step = diagonalise(gradient, hessian, scale).step(0.2)
    assert step.solve is not None
    np.testing.assert_allclose(step.solve(gradient), step.s, rtol=1e-7)
