"""What a method may ask of the thing it minimises."""

from __future__ import annotations

from enum import StrEnum
from typing import Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

Vector: TypeAlias = NDArray[np.float64]
Matrix: TypeAlias = NDArray[np.float64]


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


class Structured(Protocol):
    """A Hessian by its diagonals and the border of an arrow, as `engine.structured` says."""

    @property
    def bands(self) -> Matrix:
        """bands[d, j] = B[j + d, j], 0 where j + d ≥ n; shape (w + 1, n)."""
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
