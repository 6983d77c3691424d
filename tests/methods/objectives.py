"""Objectives in closed form for the laws: sums of squares with every derivative written by hand.

They watch over what they are asked: vectors that pass through them become read-only, so that a
method that writes to what is not its own fails at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float64]
EVERYTHING = frozenset({"value", "gradient", "hessian", "product", "residuals", "noise"})


@dataclass
class Squares:
    """f = Σ r_k², from residuals, their Jacobian and their Hessians.

    Attributes:
        bends: x ↦ ∂²r, shape (m, n, n).
        asked: What was asked so far, in the words of `Need`.
        places: Every x at which value or gradient was asked.
        values: Every value that was returned.
    """

    size: int
    rs: Callable[[Vector], Vector]
    slopes: Callable[[Vector], Vector]
    bends: Callable[[Vector], Vector]
    provides: frozenset[str] = EVERYTHING
    offset: float = 0.0
    asked: set[str] = field(default_factory=set)
    places: list[Vector] = field(default_factory=list)
    values: list[float] = field(default_factory=list)

    def _ask(self, *needs: str) -> None:
        assert self.provides.issuperset(needs), f"asks for {needs}"
        self.asked.update(needs)

    def _seen(self, x: Vector, value: float) -> float:
        x.flags.writeable = False
        self.places.append(x)
        self.values.append(value)
        return value

    def _f(self, x: Vector) -> float:
        r = self.rs(x)
        return float(r @ r)

    def value(self, x: Vector) -> float:
        self._ask("value")
        return self._seen(x, self._f(x))

    def value_and_gradient(self, x: Vector) -> tuple[float, Vector]:
        self._ask("value", "gradient")
        gradient = 2.0 * self.rs(x) @ self.slopes(x)
        gradient.flags.writeable = False
        return self._seen(x, self._f(x)), gradient

    def _hessian(self, x: Vector) -> Vector:
        jacobian = self.slopes(x)
        bent = np.einsum("k,kij->ij", self.rs(x), self.bends(x))
        return np.asarray(2.0 * (jacobian.T @ jacobian + bent))

    def hessian(self, x: Vector) -> Vector:
        self._ask("hessian")
        return self._hessian(x)

    def hessian_product(self, x: Vector, v: Vector) -> Vector:
        self._ask("product")
        return self._hessian(x) @ v

    def residuals(self, x: Vector) -> Vector:
        self._ask("residuals")
        r = self.rs(x)
        self._seen(x, float(r @ r))
        return r

    def jacobian(self, x: Vector) -> Vector:
        self._ask("residuals")
        return self.slopes(x)

    def residual_curvature(self, x: Vector, v: Vector) -> Vector:
        self._ask("residuals")
        return np.einsum("kij,i,j->k", self.bends(x), v, v)

    def noise(self, x: Vector) -> float:
        self._ask("noise")
        r, jacobian = self.rs(x), self.slopes(x)
        terms = r @ r + 4.0 * float(abs(r) @ (abs(jacobian) @ abs(x) + abs(r)))
        return float(2.0**-53 * terms)


def linear(matrix: Vector, right: Vector) -> Squares:
    """Return ‖Ax − b‖²."""
    rows, size = matrix.shape
    flat = np.zeros((rows, size, size))
    return Squares(size, lambda x: matrix @ x - right, lambda x: matrix, lambda x: flat)


def quadratic(provides: Iterable[str] = EVERYTHING) -> Squares:
    """Return x² + 3y²."""
    made = linear(np.diag([1.0, np.sqrt(3.0)]), np.zeros(2))
    made.provides = frozenset(provides)
    return made


def rosenbrock(provides: Iterable[str] = EVERYTHING) -> Squares:
    """Return 100(y − x²)² + (1 − x)²: Rosenbrock (1960), Comput. J. 3, 175–184."""
    bends = np.zeros((2, 2, 2))
    bends[0, 0, 0] = -20.0
    return Squares(
        2,
        lambda x: np.array([10.0 * (x[1] - x[0] ** 2), 1.0 - x[0]]),
        lambda x: np.array([[-20.0 * x[0], 10.0], [-1.0, 0.0]]),
        lambda x: bends,
        frozenset(provides),
    )


def root_of_log() -> Squares:
    """Return (log x)² + y², which is not defined for x ≤ 0, with its minimum at (1, 0)."""

    def rs(x: Vector) -> Vector:
        return np.array([np.log(x[0]) if x[0] > 0.0 else np.nan, x[1]])

    def bends(x: Vector) -> Vector:
        out = np.zeros((2, 2, 2))
        out[0, 0, 0] = -1.0 / x[0] ** 2
        return out

    return Squares(2, rs, lambda x: np.diag([1.0 / x[0], 1.0]), bends)


def flat() -> Squares:
    """Return 0·x."""
    return linear(np.zeros((1, 2)), np.zeros(1))


@dataclass
class Falling(Squares):
    """−x² − y², without a minimum; the residuals only say what a sum of squares would ask."""

    def _f(self, x: Vector) -> float:
        return -float(x @ x)

    def value_and_gradient(self, x: Vector) -> tuple[float, Vector]:
        self._ask("value", "gradient")
        return self._seen(x, self._f(x)), -2.0 * x

    def _hessian(self, x: Vector) -> Vector:
        return -2.0 * np.eye(x.size)


def falling() -> Falling:
    """Return −x² − y²."""
    base = quadratic()
    return Falling(2, base.rs, base.slopes, base.bends)


STARTS = {"quadratic": (4.0, -2.0), "rosenbrock": (-1.2, 1.0)}
PROBLEMS: dict[str, Callable[..., Squares]] = {"quadratic": quadratic, "rosenbrock": rosenbrock}
