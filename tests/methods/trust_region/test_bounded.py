"""The exact subproblem within bounds."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from gdcli.methods.subproblems.bounded import Bounded
from gdcli.methods.subproblems.more_sorensen import diagonalise


def parts(seed: int, n: int):
    rng = np.random.default_rng(seed)
    a = rng.standard_normal((n, n))
    return rng.standard_normal(n), a + a.T, np.exp(rng.standard_normal(n)), rng


@settings(deadline=None, max_examples=80)
@given(st.integers(0, 10**6), st.integers(1, 6), st.floats(-2, 2))
def test_keeps_inside_and_descends_unless_every_variable_is_held(seed, n, log_radius):
    gradient, hessian, scale, rng = parts(seed, n)
    lower, upper = -rng.random(n), rng.random(n)
    lower[rng.random(n) < 0.4] = 0.0
    upper[rng.random(n) < 0.2] = np.inf
    radius = 10.0**log_radius
    model = Bounded(gradient, hessian, scale, lower, upper)
    step = model.step(radius)
    assert (step.s >= lower).all()
    assert (step.s <= upper).all()
    assert np.linalg.norm(scale * step.s) <= radius * (1 + 1e-9)
    held = ((gradient > 0) & (lower == 0)) | ((gradient < 0) & (upper == 0))
    assert step.reduction == 0.0 if held.all() else step.reduction > 0.0


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 10**6), st.integers(1, 6))
def test_far_bounds_change_nothing(seed, n):
    gradient, hessian, scale, _ = parts(seed, n)
    far = np.full(n, 1e3)
    step = Bounded(gradient, hessian, scale, -far, far).step(0.5)
    expected = diagonalise(gradient, hessian, scale).step(0.5)
    np.testing.assert_allclose(step.s, expected.s)
    assert step.solve is not None


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 10**6))
def test_separable_model_is_solved_exactly(seed):
    rng = np.random.default_rng(seed)
    gradient, diagonal = rng.standard_normal(5), 0.1 + rng.random(5)
    lower, upper = -rng.random(5), rng.random(5)
    step = Bounded(gradient, np.diag(diagonal), np.ones(5), lower, upper).step(1e3)
    np.testing.assert_allclose(step.s, np.clip(-gradient / diagonal, lower, upper), atol=1e-12)


def test_nothing_to_do_at_a_corner():
    corner = Bounded(np.ones(2), np.eye(2), np.ones(2), np.zeros(2), np.ones(2))
    assert corner.step(1.0).reduction == 0.0
    assert corner.decrement() == 0.0
