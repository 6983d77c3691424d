"""Factorised bands and arrows against dense linear algebra."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pytest

from gdcli.engine.band_factor import dense, factorised
from gdcli.engine.structured import System, diagonal, finite, product

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
