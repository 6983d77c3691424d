"""Truncated conjugate gradients: as good as a Cauchy step, and never outside."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gdcli.methods.subproblems.steihaug import Conjugate, to_boundary


def model(seed: int, n: int, convex: bool, bounds=None, tolerance: float = 1e-12):
    rng = np.random.default_rng(seed)
    a = rng.standard_normal((n, n))
    hessian = a @ a.T + 0.1 * np.eye(n) if convex else a + a.T
    gradient = rng.standard_normal(n)
    return gradient, hessian, Conjugate(gradient, lambda v: hessian @ v, tolerance, 20 * n, bounds)


def cauchy(gradient, hessian, radius):
    """Return the decrease at the minimiser along −g within the radius."""
    curvature = gradient @ hessian @ gradient
    t = radius / np.linalg.norm(gradient)
    if curvature > 0:
        t = min(t, gradient @ gradient / curvature)
    return t * gradient @ gradient - 0.5 * t**2 * curvature


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 10**6), st.integers(1, 8), st.booleans(), st.floats(-2, 2))
def test_at_least_as_good_as_the_cauchy_step(seed, n, convex, log_radius):
    radius = 10.0**log_radius
    gradient, hessian, conjugate = model(seed, n, convex)
    step = conjugate.step(radius)
    assert np.linalg.norm(step.s) <= radius * (1 + 1e-12)
    assert step.reduction >= cauchy(gradient, hessian, radius) * (1 - 1e-9)
    assert step.reduction == pytest.approx(conjugate.reduction(step.s), rel=1e-8)


def test_solves_a_convex_model_within_the_radius():
    gradient, hessian, conjugate = model(2, 6, convex=True)
    np.testing.assert_allclose(
        conjugate.step(1e6).s, -np.linalg.solve(hessian, gradient), rtol=1e-7
    )


def test_follows_negative_curvature_to_the_boundary():
    conjugate = Conjugate(np.array([1.0, 0.0]), lambda v: np.array([-v[0], v[1]]), 1e-9, 10)
    step = conjugate.step(3.0)
    np.testing.assert_allclose(step.s, [-3.0, 0.0])
    assert step.boundary


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 10**6), st.integers(1, 6), st.booleans(), st.floats(-2, 2))
def test_within_bounds_it_keeps_inside_and_descends(seed, n, convex, log_radius):
    rng = np.random.default_rng(seed + 1)
    lower, upper = -rng.random(n), rng.random(n)
    lower[rng.random(n) < 0.3] = 0.0
    radius = 10.0**log_radius
    gradient, _, conjugate = model(seed, n, convex, (lower, upper))
    step = conjugate.step(radius)
    assert (step.s >= lower).all()
    assert (step.s <= upper).all()
    assert np.linalg.norm(step.s) <= radius * (1 + 1e-9)
    movable = ((gradient < 0) & (upper > 0)) | ((gradient > 0) & (lower < 0))
    assert step.reduction > 0.0 if movable.any() else step.reduction == 0.0


def test_distance_to_the_boundary_does_not_cancel():
    s, d = np.array([1.0 - 1e-12, 0.0]), np.array([1.0, 0.0])
    assert to_boundary(s, d, 1.0) == pytest.approx(1e-12, rel=1e-3)
