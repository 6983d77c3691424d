"""The Hessian of many variables that each meet few others: diagonals, and the border of an arrow.

H = B + C·Eᵀ + E·Cᵀ + E·K·Eᵀ with B a band, E the unit vectors of the border's places, C its columns
and K its corner. What a column has at a border's own place counts twice, as the formula says.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import numpy as np

from gdcli.engine.band_factor import BandFactor, Layout
from gdcli.engine.block_factor import BlockFactor, block_of
from gdcli.engine.objective import Matrix, Structured, Vector

NARROW = 8
"""Width of a band from which its factorisation costs more memory and time than can be had."""
CANCELLED = 1e-4
"""What is left of a border's corner below this part of it has lost digits."""
SMALL = 4096
"""Up to so many variables it takes less time to write all factors of a product and add them up than
to call for every diagonal."""
BLOCK = 8192
"""Places that are worked through at once, for what is intermediate to stay in the cache."""


class Scaled(NamedTuple):
    """D⁻¹HD⁻¹ in the form of H."""

    gaps: tuple[int, ...]
    bands: Matrix
    border: tuple[int, ...]
    columns: Matrix
    corner: Matrix


def scaled(hessian: Structured, scale: Vector) -> Scaled:
    """Return D⁻¹HD⁻¹ for a scale D, positive, shape (n,)."""
    inverse = 1.0 / scale
    n = inverse.size
    bands = hessian.bands * inverse
    for gap, band in zip(hessian.gaps[1:], bands[1:], strict=True):
        band[: n - gap] *= inverse[gap:]
    bands[0] *= inverse
    there = inverse[list(hessian.border)]
    return Scaled(
        hessian.gaps,
        bands,
        hessian.border,
        hessian.columns * inverse * there[:, None],
        hessian.corner * there * there[:, None],
    )


def product(hessian: Structured, v: Vector) -> Vector:
    """Return H·v, shape (n,)."""
    bands, n = hessian.bands, v.size
    result: Vector = np.empty(n)
    scratch = np.empty(min(n, BLOCK))
    for low in range(0, n, BLOCK):
        high = min(low + BLOCK, n)
        out = np.multiply(bands[0, low:high], v[low:high], out=result[low:high])
        for gap, band in zip(hessian.gaps[1:], bands[1:], strict=True):
            first, last = max(low, gap), min(high, n - gap)
            if first < high:  # what is to the left of the diagonal, and then to the right
                part = scratch[: high - first]
                np.multiply(band[first - gap : high - gap], v[first - gap : high - gap], out=part)
                out[first - low :] += part
            if low < last:
                part = scratch[: last - low]
                np.multiply(band[low:last], v[low + gap : last + gap], out=part)
                out[: last - low] += part
    if hessian.border:
        places = list(hessian.border)
        there = v[places]
        result += there @ hessian.columns
        result[places] += hessian.columns @ v + hessian.corner @ there
    return result


def multiplier(hessian: Structured) -> Callable[[Vector], Vector]:
    """Return the function of v that returns H·v, for many products with one H."""
    gaps, n = hessian.gaps, hessian.bands.shape[1]
    step = gaps[1] if len(gaps) > 1 else 1
    if n > SMALL or hessian.border or gaps != tuple(range(0, len(gaps) * step, step)):
        return partial(product, hessian)
    rows = np.zeros((2 * len(gaps) - 1, n))  # of row k what meets v at k - step·w … k + step·w
    middle = len(gaps) - 1
    rows[middle:] = hessian.bands
    for d, gap in enumerate(gaps[1:], 1):
        rows[middle + d, n - gap :] = 0.0
        rows[middle - d, gap:] = hessian.bands[d, : n - gap]
    width = gaps[-1]
    padded, products = np.zeros(n + 2 * width), np.empty_like(rows)
    strides = step * padded.itemsize, padded.itemsize
    windows: Matrix = np.ndarray(rows.shape, buffer=padded, strides=strides)
    inside = padded[width : width + n]

    def multiplied(v: Vector) -> Vector:
        inside[:] = v
        return np.asarray(np.add.reduce(np.multiply(rows, windows, out=products), axis=0))

    return multiplied


def diagonal(hessian: Structured) -> Vector:
    """Return the diagonal of H, shape (n,)."""
    found: Vector = hessian.bands[0].copy()
    places = list(hessian.border)
    if places:
        found[places] += 2.0 * hessian.columns[range(len(places)), places]
        found[places] += hessian.corner.diagonal()
    return found


def finite(hessian: Structured) -> bool:
    """Return whether every entry is finite."""
    parts = (hessian.bands, hessian.columns, hessian.corner)
    if math.isfinite(sum(float(part.sum()) for part in parts)):
        return True
    return all(bool(np.isfinite(part).all()) for part in parts)


def narrow(hessian: Structured) -> bool:
    """Return whether the band is so narrow that a factorisation is to be thought of."""
    return hessian.gaps[-1] <= NARROW


class System:
    """H + μ·D² for one H and many μ, all of it laid out for `BandFactor` once.

    Args:
        hessian: Finite.
        squares: D², positive, shape (n,).
    """

    def __init__(self, hessian: Structured, squares: Vector) -> None:
        bands = _filled(hessian)
        self.layout = layout = Layout(bands.shape[1], bands.shape[0] - 1, block_of(bands))
        self.border = list(hessian.border)
        self.places = np.array(self.border, dtype=np.intp)
        self._hessian = hessian
        if self.border:
            bands = _without(bands, self.border)
        self._diagonals = [layout.lay(band, 1.0 if d == 0 else 0.0) for d, band in enumerate(bands)]
        self.squares = layout.lay(squares)
        if not self.border:
            return
        self.rows = np.empty((len(self.border), squares.size))
        unit = np.zeros(squares.size)
        for k, place in enumerate(self.border):
            unit[place] = 1.0
            self.rows[k] = product(hessian, unit)
            unit[place] = 0.0
        self.corner = self.rows[:, self.border].copy()
        self.corner_squares = squares[self.border]
        self.rows[:, self.border] = 0.0
        self.laid_rows = [layout.lay(row) for row in self.rows]

    def product(self, shift: float, laid: Matrix) -> Matrix:
        """Return (H + shift·D²)·v, both laid out."""
        layout = self.layout
        image = layout.lay(product(self._hessian, layout.flat(laid)))
        return image + shift * self.squares * laid

    def factor(self, shift: float) -> Factor:
        """Return the factorisation of H + shift·D²."""
        diagonals = np.array(self._diagonals)
        if shift:
            diagonals[0] += shift * self.squares
        kind = BlockFactor if self.layout.block else BandFactor
        return Factor(self, kind(self.layout, diagonals), shift)


class Factor:
    """LDLᵀ of H + shift·D², the border taken last. Vectors are laid out as `System.layout` says.

    Attributes:
        negative: How many eigenvalues are negative; −1 where that is not known, and nothing can be
            solved.
    """

    def __init__(self, system: System, band: BandFactor | BlockFactor, shift: float) -> None:
        self._system, self._band, self._shift = system, band, shift
        self.negative = band.negative
        if not system.border or self.negative < 0:
            return
        layout = system.layout
        if layout.width == 0:
            self._solved = band.solve(system.rows)
        else:
            self._solved = np.array([layout.flat(band.solve(row)) for row in system.laid_rows])
        corner = system.corner.copy()
        corner.flat[:: len(corner) + 1] += shift * system.corner_squares
        left = corner - system.rows @ self._solved.T
        pairs = zip(left.diagonal().tolist(), corner.diagonal().tolist(), strict=True)
        self._cancels = any(abs(what_is_left) < CANCELLED * abs(c) for what_is_left, c in pairs)
        values, vectors = _spectrum(left)
        listed = values.tolist()
        if not all(value and math.isfinite(value) for value in listed):
            self.negative = -1
            return
        self._values, self._vectors = values, vectors
        self.negative += sum(value < 0.0 for value in listed)

    def solve(self, laid: Matrix) -> Matrix:
        """Return (H + shift·D²)⁻¹v, both laid out.

        What the border takes from the band may cancel most of its corner; then the solution is
        refined once by its residual.
        """
        if not self._system.border:
            return self._band.solve(laid)
        found = self._solve(laid)
        if not self._cancels:
            return found
        return found + self._solve(laid - self._system.product(self._shift, found))

    def _solve(self, laid: Matrix) -> Matrix:
        system = self._system
        layout = system.layout
        x = layout.flat(self._band.solve(laid))  # the border's places are apart from the others
        right = layout.flat(laid)[system.places] - system.rows @ x
        y = self._vectors @ ((self._vectors.T @ right) / self._values)
        x -= y @ self._solved
        x[system.places] = y
        return layout.lay(x)


def _filled(hessian: Structured) -> Matrix:
    """Return all diagonals of the band, shape (w + 1, n)."""
    if hessian.gaps[-1] == len(hessian.gaps) - 1:
        return hessian.bands
    bands = np.zeros((hessian.gaps[-1] + 1, hessian.bands.shape[1]))
    bands[list(hessian.gaps)] = hessian.bands
    return bands


def _spectrum(a: Matrix) -> tuple[Vector, Matrix]:
    """Return eigenvalues and eigenvectors of a symmetric matrix; most borders have one or two."""
    if len(a) > 2:
        return np.linalg.eigh(a)
    if len(a) == 1:
        return a[0], np.ones((1, 1))
    size = float(abs(a).max())
    (p, q), (_, r) = (a / (size or 1.0)).tolist()  # squares are not to underflow
    half, mean = 0.5 * (p - r), 0.5 * (p + r)
    large = mean + math.copysign(math.hypot(half, q), mean)
    small = (p * r - q * q) / large if large else 0.0  # a difference would cancel
    angle = 0.5 * math.atan2(2.0 * q, p - r)  # of the greater eigenvalue's vector
    c, s = math.cos(angle), math.sin(angle)
    return size * np.array((max(large, small), min(large, small))), np.array(((c, -s), (s, c)))


def _without(bands: Matrix, places: list[int]) -> Matrix:
    """Return the band with rows and columns of the unit matrix at these places."""
    inner = bands.copy()
    for place in places:
        inner[0, place] = 1.0
        for d in range(1, bands.shape[0]):
            inner[d, place] = 0.0
            if place >= d:
                inner[d, place - d] = 0.0
    return inner
