"""Factorised bands and arrows against dense linear algebra."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pytest

from gdcli.engine.band_factor import dense, factorised
from gdcli.engine.structured import SMALL, Scaled, System, diagonal, finite, multiplier, product

RANDOM = np.random.default_rng(5)


class Arrow(NamedTuple):
    bands: np.ndarray
    border: tuple[int, ...]
    columns: np.ndarray
    corner: np.ndarray

    @property
    def gaps(self) -> tuple[int, ...]:
        """How far each diagonal is below the main one."""
        return tuple(range(len(self.bands)))

    def whole(self) -> np.ndarray:
        """Return the matrix that the parts stand for."""
        n, k = self.bands.shape[1], len(self.border)
        unit = np.zeros((n, k))
        unit[list(self.border), range(k)] = 1.0
        side = self.columns.T @ unit.T
        return np.asarray(dense(self.bands) + side + side.T + unit @ self.corner @ unit.T)


def band(width: int, n: int, shift: float) -> np.ndarray:
    """Return a random symmetric band, its diagonal raised by a shift."""
    bands = RANDOM.standard_normal((width + 1, n))
    bands[0] += shift
    for d in range(1, width + 1):
        bands[d, n - d :] = 0.0
    return bands


def arrow(width: int, n: int, border: tuple[int, ...], shift: float) -> Arrow:
    """Return a random arrow."""
    k = len(border)
    corner = RANDOM.standard_normal((k, k))
    return Arrow(band(width, n, shift), border, RANDOM.standard_normal((k, n)), corner + corner.T)


@pytest.mark.parametrize("shift", [0.0, 20.0])
@pytest.mark.parametrize("n", [3, 70, 300, 1503])
@pytest.mark.parametrize("width", [0, 1, 2, 3, 6])
def test_solutions_and_inertia_of_bands(width: int, n: int, shift: float) -> None:
    if width >= n:
        pytest.skip("no such band")
    bands, v = band(width, n, shift), RANDOM.standard_normal(n)
    whole, factor = dense(bands), factorised(bands.copy())
    assert factor.negative == np.count_nonzero(np.linalg.eigvalsh(whole) < 0.0)
    layout = factor.layout
    found = layout.flat(factor.solve(layout.lay(v)))
    assert found == pytest.approx(np.linalg.solve(whole, v), rel=1e-8, abs=1e-8)


@pytest.mark.parametrize(
    ("width", "n", "border"),
    [(0, 50, (49,)), (1, 300, (0, 17)), (2, 500, (3, 4, 499)), (3, 90, ())],
)
def test_arrows(width: int, n: int, border: tuple[int, ...]) -> None:
    hessian, v = arrow(width, n, border, 8.0), RANDOM.standard_normal(n)
    whole, squares = hessian.whole(), RANDOM.uniform(0.5, 2.0, n)
    assert product(hessian, v) == pytest.approx(whole @ v, rel=1e-12, abs=1e-11)
    assert diagonal(hessian) == pytest.approx(whole.diagonal(), rel=1e-13, abs=1e-13)
    assert finite(hessian)
    system = System(hessian, squares)
    for shift in (0.0, 0.7):
        shifted = whole + shift * np.diag(squares)
        factor = system.factor(shift)
        assert factor.negative == np.count_nonzero(np.linalg.eigvalsh(shifted) < 0.0)
        found = system.layout.flat(factor.solve(system.layout.lay(v)))
        assert found == pytest.approx(np.linalg.solve(shifted, v), rel=1e-9, abs=1e-9)


def test_a_vanished_pivot_is_not_divided_by() -> None:
    bands = np.zeros((2, 200))
    with np.errstate(all="ignore"):
        assert factorised(bands).negative == -1


@pytest.mark.parametrize("n", [9, 70, SMALL + 5])
@pytest.mark.parametrize("gaps", [(0,), (0, 1), (0, 1, 2, 3), (0, 4, 8), (0, 2, 3)])
def test_a_multiplier_is_the_product(gaps: tuple[int, ...], n: int) -> None:
    bands = RANDOM.standard_normal((len(gaps), n))  # what is beyond the matrix does not count
    nothing = np.zeros((0, 0))
    hessian = Scaled(gaps, bands, (), np.zeros((0, n)), nothing)
    multiplied = multiplier(hessian)
    for _ in range(3):
        v = RANDOM.standard_normal(n)
        np.testing.assert_allclose(multiplied(v), product(hessian, v), atol=1e-13)


@pytest.mark.parametrize("scale", [1e-160, 1.0, 1e150])
@pytest.mark.parametrize("ratio", [-1.0, 1e-12, -1e-3, 1.0])
def test_borders_of_two(ratio: float, scale: float) -> None:
    """The corner that is left has eigenvalues far apart, or of different signs."""
    angle = 0.3
    turn = np.array(((np.cos(angle), -np.sin(angle)), (np.sin(angle), np.cos(angle))))
    n, border = 80, (0, 79)
    corner = turn @ np.diag((1.0, ratio)) @ turn.T
    bands = np.full((1, n), scale)
    bands[0, list(border)] = 0.0
    hessian = Arrow(bands, border, np.zeros((2, n)), scale * 0.5 * (corner + corner.T))
    system = System(hessian, np.full(n, scale))
    factor = system.factor(0.0)
    assert factor.negative == (ratio < 0.0)
    v = RANDOM.standard_normal(n)
    found = system.layout.flat(factor.solve(system.layout.lay(v)))
    np.testing.assert_allclose(
        hessian.whole() @ found, v, atol=1e-3 if abs(ratio) < 1e-9 else 1e-12
    )


def test_a_border_of_nothing_is_not_divided_by() -> None:
    hessian = Arrow(np.array([[0.0, 1.0, 1.0, 0.0]]), (0, 3), np.zeros((2, 4)), np.zeros((2, 2)))
    assert System(hessian, np.ones(4)).factor(0.0).negative == -1
