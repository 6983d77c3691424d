"""The Hessian's diagonal from a few products, and the ends of its spectrum from a few more."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gdcli.engine import lanczos
from gdcli.engine.oracle import Oracle
from gdcli.engine.run import run_with
from gdcli.engine.status import Status
from gdcli.methods.newton import NewtonCG
from gdcli.methods.subproblems.combs import MOST, diagonal, period_of


def symmetric(size: int, gaps: tuple[int, ...], seed: int) -> np.ndarray:
    """Return a matrix with entries on the diagonal and at these distances from it."""
    random = np.random.default_rng(seed)
    matrix = np.diag(random.uniform(0.5, 2.0, size))
    for gap in gaps:
        beside = np.diag(random.standard_normal(size - gap), gap)
        matrix += beside + beside.T
    return matrix


@settings(deadline=None, max_examples=40)
@given(st.sets(st.integers(1, 15), max_size=4), st.integers(16, 40), st.integers(0, 9))
def test_combs_read_the_diagonal(gaps: set[int], size: int, seed: int) -> None:
    found = tuple(sorted(gaps))
    period = period_of(found)
    if period is None:
        assert all(any(gap % p == 0 for gap in gaps) for p in range(1, MOST + 1))
        return
    matrix = symmetric(size, found, seed)
    np.testing.assert_array_equal(diagonal(lambda v: matrix @ v, size, period), matrix.diagonal())


def test_a_grid_needs_few_combs() -> None:
    assert period_of((1, 332, 333, 334)) == 5
    assert period_of(()) == 1
    assert period_of(range(1, 9)) is None


@settings(deadline=None, max_examples=25)
@given(st.integers(3, 40), st.integers(0, 99))
def test_the_ends_of_a_spectrum(size: int, seed: int) -> None:
    matrix = symmetric(size, (1, 2), seed)
    values, _ = np.linalg.eigh(matrix)
    start = np.random.default_rng(seed).standard_normal(size)
    found = lanczos.spectrum(lambda v: matrix @ v, start, size)
    assert found is not None
    spread = values[-1] - values[0]
    assert values[0] - 1e-9 * spread <= found.smallest <= values[0] + 1e-2 * spread
    assert values[-1] - 1e-2 * spread <= found.largest <= values[-1] + 1e-9 * spread
    vector = lanczos.lowest_vector(lambda v: matrix @ v, start, found)
    assert np.linalg.norm(vector) == pytest.approx(1.0)
    assert vector @ matrix @ vector == pytest.approx(found.smallest, abs=1e-6 * spread)


def test_a_spectrum_that_is_not_finite_is_none() -> None:
    assert lanczos.spectrum(lambda v: np.full(4, np.nan), np.ones(4), 4) is None


class Quadratic:
    """½xᵀDx − Σd_i·x_i with a diagonal D: the minimum is at 1."""

    offset = 0.0
    provides = frozenset({"value", "gradient", "product"})

    def __init__(self, curvatures: np.ndarray) -> None:
        self.curvatures = curvatures
        self.size = curvatures.size

    def value(self, x: np.ndarray) -> float:
        return self.value_and_gradient(x)[0]

    def value_and_gradient(self, x: np.ndarray) -> tuple[float, np.ndarray]:
        bent = self.curvatures * (x - 1.0)
        return 0.5 * float(bent @ (x - 1.0)), bent

    def hessian_product(self, x: np.ndarray, v: np.ndarray) -> np.ndarray:
        return self.curvatures * v


def test_with_the_diagonal_a_badly_scaled_quadratic_takes_a_step() -> None:
    objective = Quadratic(np.logspace(-6, 6, 300))
    for period, fewest, most in ((1, 1, 3), (None, 4, 10_000)):
        run = run_with(Oracle(objective), NewtonCG(period=period), np.zeros(300), max_iter=most)
        assert fewest <= run.iterations <= most
    run = run_with(Oracle(objective), NewtonCG(period=1), np.zeros(300))
    assert run.reason.status is Status.CONVERGED
    assert run.best is not None
    np.testing.assert_allclose(run.best.x, 1.0, atol=1e-4)
