"""What a method may ask of the thing it minimises."""

from __future__ import annotations

from enum import StrEnum
from typing import Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

Vector: TypeAlias = NDArray[np.float64]
Matrix: TypeAlias = NDArray[np.float64]
Indices: TypeAlias = NDArray[np.intp]


class Need(StrEnum):
    """What an objective can answer, and a method can need."""

    VALUE = "value"
    GRADIENT = "gradient"
    HESSIAN = "hessian"
    PRODUCT = "product"
    RESIDUALS = "residuals"
    NOISE = "noise"
    POLES = "poles"
    STRUCTURED = "structured"
    SQUARES = "structured_squares"
    PIECES = "pieces"


class Structured(Protocol):
    """A Hessian by its diagonals and the border of an arrow, as `engine.structured` says."""

    @property
    def gaps(self) -> tuple[int, ...]:
        """How far each diagonal is below the main one, which is the first: 0, then in order."""
        ...

    @property
    def bands(self) -> Matrix:
        """bands[k, j] = B[j + d, j] with d = gaps[k], 0 where j + d ≥ n; shape (len(gaps), n)."""
        ...

    @property
    def border(self) -> tuple[int, ...]:
        """Flat positions, k of them."""
        ...

    @property
    def columns(self) -> Matrix:
        """Cᵀ, shape (k, n)."""
        ...

    @property
    def corner(self) -> Matrix:
        """K, shape (k, k)."""
        ...


class Layout(Protocol):
    """Of which smooth pieces the kinks of an objective are made: f = F(x, z),

    z_j = sense_j · max of sign_i·m_(piece_i) over the rows i of kink j, which are consecutive.

    Attributes:
        piece, sign, slot: Of each row: which piece, its sign, and the place of its weight among all
            weights (−1: a number that does not move has none), shape (r,).
        first: The first row of each kink, shape (k,).
        sense: 1 or −1 for each kink, shape (k,).
        pieces, weights: How many there are.
    """

    @property
    def piece(self) -> Indices: ...
    @property
    def sign(self) -> Vector: ...
    @property
    def slot(self) -> Indices: ...
    @property
    def first(self) -> Indices: ...
    @property
    def sense(self) -> Vector: ...
    @property
    def pieces(self) -> int: ...
    @property
    def weights(self) -> int: ...


class WithSquares(Protocol):
    """A sum of squares whose 2·JᵀJ has the form of its Hessian: diagonals and a border."""

    def structured_squares(self, x: Vector) -> Structured:
        """Return 2·JᵀJ at x."""
        ...


class Kinked(Protocol):
    """What an objective with PIECES answers besides.

    With every kink replaced by Σ w·m + s, `weighted` is a smooth function of x for fixed shifts s
    of shape (k,) and weights of shape (weights,).
    """

    @property
    def pieces(self) -> Layout: ...

    def piece_values(self, x: Vector) -> Vector:
        """Return all pieces m(x), shape (pieces,)."""
        ...

    def piece_jacobian(self, x: Vector) -> Matrix:
        """Return ∂m/∂x, shape (pieces, size)."""
        ...

    def weighted(self, x: Vector, shifts: Vector, weights: Vector) -> tuple[float, Vector, Vector]:
        """Return the weighted function, its gradient in x, and its derivative in each shift."""
        ...

    def weighted_hessian(self, x: Vector, shifts: Vector, weights: Vector) -> Matrix:
        """Return the Hessian of that in x, shape (size, size)."""
        ...


class Objective(Protocol):
    """A smooth function of a flat float64 vector, always to be minimised.

    Every method takes `x` of shape (size,) and leaves it alone; what it returns belongs to the
    caller. Undefined values come back as NaN or infinity, never as an exception.

    Attributes:
        size: How many variables.
        provides: What can be asked, in the words of `Need`. Value and gradient always.
        offset: With RESIDUALS: f(x) = offset + Σ r_k(x)².
    """

    size: int
    provides: frozenset[str]
    offset: float

    def value(self, x: Vector) -> float:
        """Return f(x)."""
        ...

    def value_and_gradient(self, x: Vector) -> tuple[float, Vector]:
        """Return f(x) and ∇f(x), shape (size,)."""
        ...

    def hessian(self, x: Vector) -> Matrix:
        """Return ∇²f(x), shape (size, size)."""
        ...

    def hessian_product(self, x: Vector, v: Vector) -> Vector:
        """Return ∇²f(x)·v, shape (size,)."""
        ...

    def structured_hessian(self, x: Vector) -> Structured:
        """Return ∇²f(x) by its diagonals and border."""
        ...

    def residuals(self, x: Vector) -> Vector:
        """Return r(x), shape (m,)."""
        ...

    def jacobian(self, x: Vector) -> Matrix:
        """Return ∂r/∂x, shape (m, size)."""
        ...

    def residual_curvature(self, x: Vector, v: Vector) -> Vector:
        """Return d²r(x + t·v)/dt² at t = 0, shape (m,)."""
        ...

    def noise(self, x: Vector) -> float:
        """Return a bound on the rounding error of `value` at x (running error analysis)."""
        ...
