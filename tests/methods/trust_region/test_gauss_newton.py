"""The Gauss–Newton model from the singular values of J."""

from __future__ import annotations

import numpy as np
import pytest

from gdcli.methods.subproblems.levenberg_marquardt import gauss_newton
from gdcli.methods.subproblems.more_sorensen import diagonalise


@pytest.mark.parametrize(("m", "n"), [(9, 4), (4, 4), (3, 6)])
@pytest.mark.parametrize("radius", [0.1, 1e6])
def test_agrees_with_the_normal_equations(m, n, radius):
    rng = np.random.default_rng(m * n)
    r, jacobian, scale = rng.standard_normal(m), rng.standard_normal((m, n)), 1 + rng.random(n)
    step = gauss_newton(r, jacobian, scale).step(radius)
    normal = diagonalise(2 * jacobian.T @ r, 2 * jacobian.T @ jacobian, scale).step(radius)
    assert step.reduction == pytest.approx(normal.reduction, rel=1e-8)
    if m >= n or radius < 1:
        np.testing.assert_allclose(step.s, normal.s, rtol=1e-6, atol=1e-9)


def test_keeps_what_the_normal_equations_lose():
    jacobian = np.array([[1.0, 1.0], [0.0, 1e-10], [0.0, 0.0]])
    truth = np.array([3.0, -2.0])
    step = gauss_newton(-jacobian @ truth, jacobian, np.ones(2)).step(1e3)
    np.testing.assert_allclose(step.s, truth, rtol=1e-4)


def test_takes_the_shortest_step_where_columns_depend_on_each_other():
    jacobian = np.outer(np.arange(1.0, 6.0), [1.0, 2.0, 3.0])
    r = np.ones(5)
    step = gauss_newton(r, jacobian, np.ones(3)).step(1e8)
    np.testing.assert_allclose(step.s, -np.linalg.pinv(jacobian) @ r, rtol=1e-10)


def test_vanished_jacobian_gives_no_step():
    step = gauss_newton(np.ones(3), np.zeros((3, 2)), np.ones(2)).step(1.0)
    assert step.reduction == 0.0
    assert not step.s.any()
