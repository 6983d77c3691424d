"""The law of storage: a step allocates no more vectors and matrices than its row claims."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest

from gdcli.engine.oracle import Oracle
from gdcli.engine.run import iterate
from gdcli.methods.registry import METHODS, make
from gdcli.methods.row import Registered

EVALUATION = 2
"""Vectors that the objective below needs for a value and a gradient."""
SMALL = 30_000
"""Bytes for all that does not grow with the number of variables."""


class Bowl:
    """Σ w_i·x_i⁴ + x_i², whose evaluations allocate two vectors, or a matrix."""

    offset = 0.0

    def __init__(self, size: int) -> None:
        self.size = size
        self.provides = frozenset({"value", "gradient", "product", "noise", "hessian", "residuals"})
        self._weights = np.linspace(0.1, 1.0, size)

    def _residuals(self, x: np.ndarray) -> np.ndarray:
        return np.sqrt(self._weights) * x * x + x

    def residuals(self, x: np.ndarray) -> np.ndarray:
        return self._residuals(x)

    def jacobian(self, x: np.ndarray) -> np.ndarray:
        return np.diag(2.0 * np.sqrt(self._weights) * x + 1.0)

    def residual_curvature(self, x: np.ndarray, v: np.ndarray) -> np.ndarray:
        return 2.0 * np.sqrt(self._weights) * v * v

    def value(self, x: np.ndarray) -> float:
        square = x * x
        square *= self._weights
        square += 1.0
        square *= x
        return float(square @ x)

    def value_and_gradient(self, x: np.ndarray) -> tuple[float, np.ndarray]:
        value = self.value(x)
        gradient = x * x
        gradient *= self._weights
        gradient *= 4.0
        gradient += 2.0
        gradient *= x
        return value, gradient

    def hessian_product(self, x: np.ndarray, v: np.ndarray) -> np.ndarray:
        out = x * x
        out *= self._weights
        out *= 12.0
        out += 2.0
        out *= v
        return out

    def hessian(self, x: np.ndarray) -> np.ndarray:
        return np.diag(12.0 * self._weights * x * x + 2.0)

    def noise(self, x: np.ndarray) -> float:
        return 1e-15 * self.value(x)


@pytest.mark.parametrize("row", METHODS.values(), ids=lambda row: row.name)
def test_allocates_no_more_than_its_row_claims(row: Registered) -> None:
    size = 150 if row.storage.matrices else 30_000
    states = iterate(make(row.name), Oracle(Bowl(size)), np.linspace(1.0, 3.0, size))
    next(states)
    next(states)
    most = 0
    for _ in range(4):
        tracemalloc.start()
        try:
            next(states)
            most = max(most, tracemalloc.get_traced_memory()[1])
        finally:
            tracemalloc.stop()
    vectors, matrices = row.storage
    allowed = 8 * (size * (vectors + EVALUATION) + size * size * matrices) + SMALL
    assert most <= allowed, f"{most / (8 * size):.1f} vectors"
