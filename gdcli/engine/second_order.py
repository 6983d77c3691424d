"""What kind of point is this? Curvature at a stationary point, and ways down from it.

The Hessian is scaled by D_i = √|H_ii| before any of its eigenvalues is compared with another, so
that neither the objective's unit nor the variables' matter. With many variables Hessian products
and Lanczos's process from a *random* vector take its place: the gradient has no component along the
directions that are looked for.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias

import numpy as np

from gdcli.engine import lanczos
from gdcli.engine.box import Mask
from gdcli.engine.objective import Matrix, Need, Vector
from gdcli.engine.oracle import Oracle
from gdcli.engine.point import Point

if TYPE_CHECKING:
    from numpy.random import Generator

Kind: TypeAlias = Literal["minimum", "maximum", "saddle", "degenerate", "unknown"]

DENSE = 200
"""Largest number of variables for which the whole Hessian is cheap."""
LANCZOS_STEPS, LEAST_STEPS = 60, 6
"""Most products spent on curvature where the Hessian is not cheap, and least."""
PART, DEAR_PART = 4, 8
"""One product for so many evaluations of the descent; the same where much data makes a product as
dear as a gradient."""
SHORT = 10_000
"""Up to so many variables all of them are spent, unless the Hessian itself is too dear."""
NEGATIVE = 1e-10
"""An eigenvalue below minus this part of the largest is negative beyond doubt."""
FLAT = 1e-8
"""Below this part of the largest, curvature is next to none: the point is called degenerate."""
LONG = 1_000_000
"""So many variables make a vector long."""
ALONG = 1.0 - 1e-6
"""A variable is flat if its axis lies in the flat directions to this part (cosine squared)."""
ABOVE_ONE = 1.0 + 1e-9
UNDERFLOW = 2.0**-1022
"""Curvature below this has lost its digits: there is next to none."""
FAINT = 1e-5
"""Negative curvature above minus this part of the largest may come from being off the point."""
WEAK = 1e-8
"""A multiplier smaller than this, against curvature and x, does not hold its bound."""


class SecondOrder(NamedTuple):
    """Curvature at a point, over the variables that no bound holds.

    Attributes:
        kind: `unknown` where the curvature is not available, or was not seen everywhere.
        smallest, largest: Eigenvalues of the Hessian itself; None where unknown.
        down: Directions of negative curvature, shape (k, n), most negative first, of length 1.
        flat: Directions without any curvature, shape (k, n), of length 1.
        weak: Whether some bound is held by no multiplier, so that curvature alone cannot decide.
        faint: Whether there is negative curvature, but so little of it that being a little off the
            stationary point may explain it.
    """

    kind: Kind
    smallest: float | None
    largest: float | None
    down: Matrix
    flat: Matrix
    weak: bool = False
    faint: bool = False


def cheap(oracle: Oracle, size: int) -> bool:
    """Return whether the whole Hessian is cheap to have."""
    return size <= DENSE and oracle.has(Need.HESSIAN)


def diagonal_scale(hessian: Matrix) -> Vector:
    """Return D_i = √|H_ii|, or as much as makes no entry of D⁻¹HD⁻¹ larger than 1.

    Where H is positive semidefinite the first is the second. Elsewhere a small diagonal entry says
    nothing of a variable's unit, but its coupling to variables with larger ones does. Without any,
    the largest entry of the row takes its place, and 1 in a row of zeros.
    """
    size = abs(hessian)
    scale = np.sqrt(size.diagonal())
    if bool((size <= ABOVE_ONE * np.outer(scale, scale)).all()) and scale.all():
        return scale
    order = np.argsort(-scale, kind="stable")
    for k, i in enumerate(order):
        known = order[:k][scale[order[:k]] > 0.0]
        scale[i] = max(scale[i], float((size[i, known] / scale[known]).max(initial=0.0)))
    bare = scale == 0.0
    scale[bare] = np.sqrt(size[bare].max(axis=1, initial=0.0))
    scale[scale == 0.0] = 1.0
    return scale


class Spectrum(NamedTuple):
    """Eigenpairs of D⁻¹HD⁻¹, smallest first, with their rounding level."""

    scale: Vector
    values: Vector
    vectors: Matrix
    level: float

    @property
    def negative(self) -> bool:
        """Whether there is negative curvature beyond doubt."""
        return bool(self.values.size) and bool(self.values[0] < -NEGATIVE * abs(self.values).max())


def spectrum(hessian: Matrix) -> Spectrum | None:
    """Return the scaled spectrum; None if the Hessian is not finite."""
    if not np.isfinite(hessian).all():
        return None
    scale = diagonal_scale(hessian)
    values, vectors = np.linalg.eigh(hessian / scale / scale[:, None])
    level = 4.0 * values.size * 2.0**-53 * float(abs(values).max(initial=0.0))
    return Spectrum(scale, values, vectors, level)


def free_variables(oracle: Oracle, point: Point, curvatures: Vector | None) -> tuple[Mask, bool]:
    """Return which variables no bound holds, and whether one of them stands at a bound."""
    box, x, gradient = oracle.box, point.x, point.gradient
    held = box.active(x, gradient)
    if not box.bounded or curvatures is None:
        return ~held, False
    weak = held & (abs(gradient) <= WEAK * abs(curvatures) * np.maximum(1.0, abs(x)))
    weak &= ~box.fixed(x.size)
    return ~held | weak, bool(weak.any())


def classify(oracle: Oracle, point: Point, draw: Callable[[int], Vector]) -> SecondOrder:
    """Return what kind of point a stationary point is."""
    size = point.x.size
    none = np.empty((0, size))
    if cheap(oracle, size):
        hessian = oracle.hessian(point.x)
        free, weak = free_variables(oracle, point, hessian.diagonal())
        if not free.any():
            return SecondOrder("minimum", None, None, none, none)
        inner = hessian[np.ix_(free, free)]
        found = spectrum(inner)
        if found is None:
            return SecondOrder("unknown", None, None, none, none)
        return _judged(found, inner, free, weak)
    if oracle.has(Need.PRODUCT):
        return _by_products(oracle, point, draw)
    return SecondOrder("unknown", None, None, none, none)


def _judged(found: Spectrum, inner: Matrix, free: Mask, weak: bool) -> SecondOrder:
    values = found.values
    plain = np.linalg.eigvalsh(inner)
    smallest, largest = float(plain[0]), float(plain[-1])
    most = abs(values).max()
    if max(-smallest, largest) < UNDERFLOW:
        values, most = np.zeros_like(values), 0.0
    down = values < -NEGATIVE * most
    flat = ~down & (values <= found.level)
    vague = flat | (values <= FLAT * most)
    directions = (found.vectors / found.scale[:, None]).T
    directions = directions / np.linalg.norm(directions, axis=1)[:, None]
    whole = np.zeros((values.size, free.size))
    whole[:, free] = directions
    if down.all():
        kind: Kind = "maximum"
    elif down.any():
        kind = "saddle"
    elif vague.any():
        kind = "degenerate"
    else:
        kind = "minimum"
    faint = bool(down.any()) and bool(values[0] >= -FAINT * most)
    return SecondOrder(kind, smallest, largest, whole[down], whole[flat], weak, faint)


def _by_products(oracle: Oracle, point: Point, draw: Callable[[int], Vector]) -> SecondOrder:
    """Judge by Lanczos's process: negative curvature is seen, its absence is not proved."""
    free, weak = free_variables(oracle, point, None)
    none = np.empty((0, free.size))
    count = int(free.sum())
    if count == 0:
        return SecondOrder("minimum", None, None, none, none)
    everywhere = count == free.size

    def product(v: Vector) -> Vector:
        image = oracle.hessian_product(point.x, v)
        return image if everywhere else np.where(free, image, 0.0)

    start = draw(free.size)
    start[~free] = 0.0
    found = lanczos.spectrum(product, start, min(_steps(oracle, count), count))
    if found is None:
        return SecondOrder("unknown", None, None, none, none)
    smallest, largest = found.smallest, found.largest
    if smallest < -NEGATIVE * max(abs(smallest), abs(largest)):
        down = lanczos.lowest_vector(product, start, found)[None, :]
        kind: Kind = "maximum" if largest < 0.0 and found.steps == count else "saddle"
        return SecondOrder(kind, smallest, largest, down, none, weak)
    return SecondOrder("unknown", None, largest, none, none, weak)


def _steps(oracle: Oracle, count: int) -> int:
    """Return how many products to spend: all of them, or in proportion to the descent."""
    exact = oracle.has(Need.HESSIAN)
    if count <= SHORT and exact:
        return LANCZOS_STEPS
    most = LANCZOS_STEPS if count < LONG else LEAST_STEPS  # each step keeps a vector
    if exact:
        return max(LEAST_STEPS, min(most, oracle.evaluations // PART))
    return max(1, min(most, oracle.evaluations // DEAR_PART))


def flat_variables(flat: Matrix) -> Mask:
    """Return which coordinate axes lie in the span of the rows of `flat`, shape (k, n)."""
    if not flat.size:
        return np.zeros(flat.shape[1], dtype=np.bool_)
    basis = np.linalg.qr(flat.T)[0]
    return np.asarray(np.square(basis).sum(axis=1) >= ALONG)


def largest_curvature(oracle: Oracle, x: Vector, random: Generator) -> float | None:
    """Return λ_max of the Hessian at x (from ten products if there are many variables)."""
    if cheap(oracle, x.size):
        hessian = oracle.hessian(x)
        return float(np.linalg.eigvalsh(hessian)[-1]) if np.isfinite(hessian).all() else None
    if not oracle.has(Need.PRODUCT):
        return None
    found = lanczos.spectrum(
        lambda v: oracle.hessian_product(x, v), random.standard_normal(x.size), min(10, x.size)
    )
    return None if found is None else found.largest
