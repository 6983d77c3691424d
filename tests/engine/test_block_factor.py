"""Blocks on the diagonal: seen in a band, and factorised together."""

from __future__ import annotations

import numpy as np
import pytest

import gdcli
from gdcli.engine.band_factor import dense
from gdcli.engine.block_factor import block_of
from gdcli.engine.structured import System
from tests.engine.test_band_factor import Arrow, band


def blocks(size: int, n: int, shift: float) -> np.ndarray:
    """Return the band of n/size random blocks."""
    bands = band(size - 1, n, shift)
    for d in range(1, size):
        bands[d].reshape(-1, size)[:, size - d :] = 0.0
    return bands


@pytest.mark.parametrize("shift", [0.0, 20.0])
@pytest.mark.parametrize(("size", "n"), [(2, 4), (2, 300), (3, 99), (4, 1000), (8, 64)])
def test_solutions_and_inertia(size: int, n: int, shift: float) -> None:
    bands = blocks(size, n, shift)
    assert block_of(bands) == size
    empty = np.zeros((0, n)), np.zeros((0, 0))
    system = System(Arrow(bands, (), *empty), np.ones(n))
    whole, v = dense(bands) + 0.5 * np.eye(n), np.random.default_rng(1).normal(size=n)
    factor = system.factor(0.5)
    assert factor.negative == np.count_nonzero(np.linalg.eigvalsh(whole) < 0.0)
    layout = system.layout
    found = layout.flat(factor.solve(layout.lay(v)))
    np.testing.assert_allclose(whole @ found, v, rtol=1e-6, atol=1e-7)


def test_what_is_no_blocks() -> None:
    assert block_of(band(1, 30, 1.0)) == 0
    assert block_of(band(0, 30, 1.0)) == 0
    assert block_of(blocks(2, 30, 1.0)[:, :29].copy()) == 0


def test_a_sum_of_squares_in_blocks_takes_exact_steps() -> None:
    formula = (
        "sum((x[4*i]+10*x[4*i+1])**2+5*(x[4*i+2]-x[4*i+3])**2"
        "+(x[4*i+1]-2*x[4*i+2])**4+10*(x[4*i]-x[4*i+3])**4 for i in range(n//4))"
    )
    result = gdcli.minimize(formula, variables={"x": ["n"]}, set={"n": 800}, start={"x": 1.0})
    assert result.status == "converged" and result.value < 1e-20
    assert "banded Hessian" in result.notes["method_summary"]
