"""LDLᵀ of a symmetric band matrix, worked through many places at once.

A band is eliminated row after row, which would be a loop over all rows in Python. So the rows are
cut into p chunks of m, and row r of all chunks is eliminated in one vector operation; the last w
rows of each chunk, its *separator*, are left over and make a smaller band matrix of p·w rows, to
which the same is done (a substructuring, or partition, method: Wang (1981), ACM TOMS 7, 170–183).
There is no pivoting: for positive definite matrices none is needed, and of others the signs of the
pivots still count the negative eigenvalues (Sylvester's law of inertia).
"""

from __future__ import annotations

import math

import numpy as np

from gdcli.engine.objective import Matrix, Vector

DENSE, WIDE = 64, 32
"""Up to so many rows, or so many times its width, the matrix is taken as a whole."""
LONG = 8
"""Chunks are at least so many times as long as the band is wide: what is left over has a band about
twice as wide, and must be so much smaller."""


class Layout:
    """How vectors of n are laid out for a band of width w: row r of all chunks side by side.

    Attributes:
        shape: (m, p), for p chunks of m; (1, n) for a diagonal, (n, 1) for a matrix taken whole.
        whole: Whether the matrix is taken as a whole.
        block: The length of chunks that nothing couples; 0 where they are coupled.
    """

    def __init__(self, size: int, width: int, block: int = 0) -> None:
        self.size, self.width, self.block = size, width, block
        self.whole = width > 0 and not block and size <= max(DENSE, WIDE * width)
        if block:
            self.shape = (block, size // block)
            return
        if width == 0 or self.whole:
            self.shape = (size, 1) if self.whole else (1, size)
            return
        length = max(LONG * width, math.isqrt(size) // 4)
        self.shape = length, -(-size // length)

    def lay(self, v: Vector, filling: float = 0.0) -> Matrix:
        """Return v laid out, what is left of the last chunk filled; not to be written to."""
        m, p = self.shape
        if m == 1 or p == 1:
            return v.reshape(self.shape)
        if self.size == m * p:
            return np.ascontiguousarray(v.reshape(p, m).T)
        whole = np.full(m * p, filling)
        whole[: self.size] = v
        return np.ascontiguousarray(whole.reshape(p, m).T)

    def flat(self, laid: Matrix) -> Vector:
        """Return what `lay` made this of, shape (n,)."""
        if 1 in self.shape:
            return laid.reshape(-1)
        whole: Vector = np.ascontiguousarray(laid.T).reshape(-1)
        return whole[: self.size]


class BandFactor:
    """LDLᵀ of a symmetric band matrix A.

    Args:
        layout: For its size and width.
        diagonals: Shape (w + 1, m, p), laid out: the d-th holds A[j + d, j] at j, and 0 where
            j + d ≥ n; the first is 1 in what fills the last chunk. Used up.

    Attributes:
        negative: How many eigenvalues are negative; −1 where a pivot was 0 or not finite, and
            nothing is known.
    """

    def __init__(self, layout: Layout, diagonals: Matrix) -> None:
        self.layout = layout
        self._whole: Matrix | None = None
        if layout.width == 0:
            self._pivots = diagonals[0]
            self.negative = signs(self._pivots)
        elif layout.whole:
            self._whole = dense(diagonals[:, :, 0])
            self.negative = _inertia(self._whole)
        else:
            self._eliminate(diagonals)

    def _eliminate(self, a: Matrix) -> None:
        w, (m, p) = self.layout.width, self.layout.shape
        q = m - w
        spikes = np.zeros((w, m, p))  # spikes[s, r]: row r against row s of the separator before
        for r in range(w):
            for s in range(r, w):
                spikes[s, r, 1:] = a[w + r - s, q + s, :-1]
        before = np.zeros((w, w, p))  # what the rows take from the separator before
        product = np.empty(p)
        for r in range(q):
            pivot = a[0, r]
            coupled = [a[k, r].copy() for k in range(1, w + 1)]
            for k in range(1, w + 1):
                np.divide(coupled[k - 1], pivot, out=a[k, r])
            for k in range(1, w + 1):
                factor = a[k, r]
                for j in range(1, k + 1):
                    np.multiply(factor, coupled[j - 1], out=product)
                    a[k - j, r + j] -= product
                for s in range(w):
                    np.multiply(factor, spikes[s, r], out=product)
                    spikes[s, r + k] -= product
            for s in range(w):
                spike = spikes[s, r].copy()
                np.divide(spike, pivot, out=spikes[s, r])
                for t in range(s, w):
                    other = spike if t == s else spikes[t, r]
                    np.multiply(spikes[s, r], other, out=product)
                    before[t, s] -= product
        self._lower = a[1:, :q]
        self._pivots = a[0, :q]
        self._spikes = spikes[:, :q]
        reduced = np.zeros((2 * w, p * w))
        for k in range(w):
            for j in range(k + 1):
                block = a[k - j, q + j].copy()
                block[:-1] += before[k, j, 1:]
                reduced[k - j, j::w] = block
            for s in range(w):
                reduced[w + k - s, s::w][:-1] = spikes[s, q + k, 1:]
        self._reduced = factorised(reduced)
        inner = signs(self._pivots)
        both = self._reduced.negative
        self.negative = -1 if inner < 0 or both < 0 else inner + both

    def solve(self, laid: Matrix) -> Matrix:
        """Return A⁻¹v, both laid out."""
        if self._whole is not None:
            return np.asarray(np.linalg.solve(self._whole, laid))
        if self.layout.width == 0:
            return np.asarray(laid / self._pivots)
        w, (m, p) = self.layout.width, self.layout.shape
        q = m - w
        f = laid.copy()
        before, product = np.zeros((w, p)), np.empty(p)
        lower, spikes, pivots = self._lower, self._spikes, self._pivots
        for r in range(q):
            row = f[r]
            for k in range(1, w + 1):
                np.multiply(lower[k - 1, r], row, out=product)
                f[r + k] -= product
            for s in range(w):
                np.multiply(spikes[s, r], row, out=product)
                before[s] -= product
        right = f[q:].copy()
        right[:, :-1] += before[:, 1:]
        inner = self._reduced.layout
        ends = inner.flat(self._reduced.solve(inner.lay(right.T.reshape(-1)))).reshape(p, w).T
        f[q:] = ends
        previous = np.zeros((w, p))
        previous[:, 1:] = ends[:, :-1]
        f[:q] /= pivots
        for r in range(q - 1, -1, -1):
            row = f[r]
            for k in range(1, w + 1):
                np.multiply(lower[k - 1, r], f[r + k], out=product)
                row -= product
            for s in range(w):
                np.multiply(spikes[s, r], previous[s], out=product)
                row -= product
        return f


def factorised(bands: Matrix) -> BandFactor:
    """Return the factorisation of A given by its diagonals, shape (w + 1, n), not laid out."""
    layout = Layout(bands.shape[1], bands.shape[0] - 1)
    laid = [layout.lay(band, 1.0 if d == 0 else 0.0) for d, band in enumerate(bands)]
    return BandFactor(layout, np.array(laid))


def dense(bands: Matrix) -> Matrix:
    """Return the whole symmetric matrix, shape (n, n)."""
    width, n = bands.shape[0] - 1, bands.shape[1]
    whole = np.zeros((n, n))
    places = np.arange(n)
    whole[places, places] = bands[0]
    for d in range(1, min(width, n - 1) + 1):
        whole[places[d:], places[:-d]] = whole[places[:-d], places[d:]] = bands[d, : n - d]
    return whole


def signs(pivots: Matrix) -> int:
    """Return how many are negative; −1 if one is 0 or not finite."""
    if pivots.min() > 0.0 and pivots.max() < np.inf:
        return 0
    if not bool(np.isfinite(pivots).all()) or not bool(pivots.all()):
        return -1
    return int(np.count_nonzero(pivots < 0.0))


def _inertia(whole: Matrix) -> int:
    if not bool(np.isfinite(whole).all()):
        return -1
    try:
        np.linalg.cholesky(whole)
    except np.linalg.LinAlgError:
        values = np.linalg.eigvalsh(whole)
        return -1 if not values.all() else int(np.count_nonzero(values < 0.0))
    return 0
