"""LDLᵀ of a symmetric matrix of many small blocks on its diagonal, all of them at once.

Row r of every block is eliminated in one vector operation, so that 25,000 blocks of 4 cost hardly
more than a few passes over the matrix.
"""

from __future__ import annotations

import numpy as np

from gdcli.engine.band_factor import Layout, signs
from gdcli.engine.objective import Matrix

LARGEST = 8
"""Rows of a block, at most."""


def block_of(bands: Matrix) -> int:
    """Return the size of the blocks that a band falls into; 0 where it does not, or is a diagonal.

    Args:
        bands: Shape (w + 1, n), the d-th holding A[j + d, j] at j.
    """
    width, n = bands.shape[0] - 1, bands.shape[1]
    if width == 0:
        return 0
    for size in range(width + 1, LARGEST + 1):
        if n % size == 0 and not any(
            bands[d].reshape(-1, size)[:, size - d :].any() for d in range(1, width + 1)
        ):
            return size
    return 0


class BlockFactor:
    """LDLᵀ of a symmetric matrix of blocks.

    Args:
        layout: Row r of all blocks side by side.
        diagonals: Shape (w + 1, m, p), laid out, as for `BandFactor`; used up.

    Attributes:
        negative: How many eigenvalues are negative; −1 where a pivot was 0 or not finite.
    """

    def __init__(self, layout: Layout, diagonals: Matrix) -> None:
        w, (m, p) = diagonals.shape[0] - 1, layout.shape
        product = np.empty(p)
        for r in range(m):
            pivot, reach = diagonals[0, r], min(w, m - 1 - r)
            coupled = [diagonals[k, r].copy() for k in range(1, reach + 1)]
            for k in range(1, reach + 1):
                factor = np.divide(coupled[k - 1], pivot, out=diagonals[k, r])
                for j in range(1, k + 1):
                    np.multiply(factor, coupled[j - 1], out=product)
                    diagonals[k - j, r + j] -= product
        self._lower, self._pivots = diagonals[1:], diagonals[0]
        self.negative = signs(self._pivots)

    def solve(self, laid: Matrix) -> Matrix:
        """Return A⁻¹v, both laid out."""
        found = laid.copy()
        w, m = self._lower.shape[0], found.shape[0]
        for r in range(m):
            for k in range(1, min(w, m - 1 - r) + 1):
                found[r + k] -= self._lower[k - 1, r] * found[r]
        found /= self._pivots
        for r in range(m - 1, -1, -1):
            for k in range(1, min(w, m - 1 - r) + 1):
                found[r] -= self._lower[k - 1, r] * found[r + k]
        return found
