"""An objective with known kinks about a point: what is smooth in it, and the pieces of each kink.

f(x + d) ≈ f + gᵀd + ½dᵀBd + Σ_j e_j·(max_i (r_i + A_i·d) − max_i r_i) with the derivative e_j of f
by the kink's value; B is the Hessian of the Lagrangian, with the multipliers of the pieces. Where
e_j < 0 the kink is concave, and taken as the piece that is the largest at x. Womersley & Fletcher
(1986), *An algorithm for composite nonsmooth optimization problems*, JOTA 48, 493–523.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cached_property

import numpy as np

from gdcli.engine.interior_point import Solution, Subproblem, solve
from gdcli.engine.objective import Indices, Layout, Matrix, Vector
from gdcli.engine.point import Point
from gdcli.records import dataclass

ATTEMPTS = 12
"""How often the weight of active pieces is multiplied to make B positive definite."""
LEAST = 1e-12
"""Eigenvalues of B are raised to this part of the largest."""


@dataclass(frozen=True)
class Breakdown:
    """The model about a point, without B.

    Attributes:
        values, rows: r and A, signed, shapes (r,) and (r, n).
        kink: j of each row, shape (r,).
        shared: Weights with which the gradient at the point was taken: 1 for the largest piece,
            the same for all that are.
        slopes: e, shape (k,).
    """

    point: Point
    layout: Layout
    values: Vector
    rows: Matrix
    kink: Indices
    shared: Vector
    slopes: Vector

    @cached_property
    def top(self) -> Vector:
        """The value of the largest piece of each kink, shape (k,)."""
        return np.maximum.reduceat(self.values, self.layout.first)

    @cached_property
    def gaps(self) -> Vector:
        """How far each row is below that, shape (r,)."""
        return self.top[self.kink] - self.values

    @cached_property
    def convex(self) -> np.ndarray:
        """Which kinks are convex, shape (k,)."""
        return self.slopes > 0.0

    @cached_property
    def single(self) -> Vector:
        """Weights with one largest piece for each kink, shape (r,)."""
        found = np.zeros(self.values.size)
        best = np.nonzero(self.gaps == 0.0)[0]
        lead = np.zeros(self.layout.first.size, dtype=np.intp)
        lead[self.kink[best[::-1]]] = best[::-1]
        found[lead] = 1.0
        return found

    def weights(self, y: Vector | None) -> Vector:
        """Return weights that sum to 1 for each kink: multipliers where it is convex."""
        if y is None:
            return np.where(self.convex[self.kink], self.shared, self.single)
        return np.where(self.convex[self.kink], y, self.single)

    def gradient(self, weights: Vector) -> Vector:
        """Return the generalised gradient with these weights of the rows."""
        change = (weights - self.shared) * self.slopes[self.kink]
        return np.asarray(self.point.gradient + change @ self.rows)

    def corrected(self, d: Vector, values: Vector) -> Breakdown:
        """Return the model with constants that make it right at d, where the pieces are `values`.

        A step along a curved kink leaves it by as much as the kink is curved; this one returns to
        it (Fletcher (1982), *Second order corrections for non-differentiable optimization*).
        """
        return self.choosing(self.single, values - self.rows @ d)

    def choosing(self, single: Vector, values: Vector | None = None) -> Breakdown:
        """Return the model with other pieces in the place of the largest of concave kinks."""
        other = replace(self, values=self.values if values is None else values)
        other.__dict__["single"] = single
        return other

    def subproblem(
        self, hessian: Matrix, weights: Vector, lower: Vector, upper: Vector, size: Vector
    ) -> tuple[Subproblem, Indices]:
        """Return the model in a box, with variables in units of `size`, and which rows it has.

        Rows that cannot become the largest in the box are left out.
        """
        reach = np.maximum(upper, -lower)
        scaled = self.rows * size
        span = abs(scaled) @ (reach / size)
        most = self.values + span
        least = np.maximum.reduceat(self.values - span, self.layout.first)
        alive = (most >= least[self.kink]) & self.convex[self.kink]
        count = np.add.reduceat(alive.astype(np.intp), self.layout.first)
        alone = count[self.kink] <= 1
        kept = np.nonzero(alive & ~alone)[0]
        # Kinks with one row left, and concave ones, are linear: their slope joins the gradient.
        linear = np.where(alive & alone, 1.0, 0.0)
        base = np.where(self.convex[self.kink], linear, self.single)
        smooth = self.gradient(base)
        _, first, kink = np.unique(self.kink[kept], return_index=True, return_inverse=True)
        problem = Subproblem(
            smooth * size,
            hessian * size * size[:, None],
            self.slopes[self.kink[kept[first]]],
            -self.gaps[kept],
            scaled[kept],
            kink.astype(np.intp),
            first.astype(np.intp),
            lower / size,
            upper / size,
        )
        return problem, kept

    def step(
        self,
        hessian: Matrix,
        y: Vector | None,
        lower: Vector,
        upper: Vector,
        size: Vector,
        check: Callable[[], object],
    ) -> tuple[Solution, Vector] | None:
        """Return the minimiser of the model within d ∈ [lower, upper], and the rows' weights.

        Args:
            check: Called now and then; raises where there is no time for more.
        """
        weights = self.weights(y)
        active = weights > 0.0
        definite = self._convexified(hessian * size * size[:, None], active, size)
        inverse = 1.0 / size
        problem, kept = self.subproblem(
            definite * inverse * inverse[:, None], weights, lower, upper, size
        )
        found = solve(problem, check)
        if found is None:
            return None
        made = np.zeros(self.values.size)
        made[kept] = found.y / self.slopes[self.kink[kept]]
        missing = np.add.reduceat(made, self.layout.first) == 0.0
        made = np.where(missing[self.kink], self.single, made)
        return found._replace(d=found.d * size), made

    def _convexified(self, hessian: Matrix, active: np.ndarray, size: Vector) -> Matrix:
        """Return B, raised until it is positive definite: where kinks are active across them.

        Along the surface on which they stay active the model is as it was, so that convergence
        remains quadratic (Bertsekas (1982), §4.2).
        """
        n = hessian.shape[0]
        most = float(abs(hessian).max())
        lift = LEAST * most * np.eye(n)
        if most == 0.0 or _definite(hessian + lift):
            return hessian + lift
        across = self.across(active) * size
        if across.shape[0]:
            unit = across / (np.linalg.norm(across, axis=1)[:, None] + 1e-300)
            square = unit.T @ unit
            for k in range(ATTEMPTS):
                raised = hessian + (most * 4.0 ** (k - 1)) * square
                if _definite(raised + lift):
                    return np.asarray(raised + lift)
        values, vectors = np.linalg.eigh(hessian)
        raised = (vectors * np.maximum(values, 1e-8 * most)) @ vectors.T
        return np.asarray(0.5 * (raised + raised.T))

    def across(self, active: np.ndarray) -> Matrix:
        """Return the gradients of the differences of pieces that are active together."""
        others, lead = self._pairs(active)
        return np.asarray(self.rows[others] - self.rows[lead])

    def parted(self, active: np.ndarray) -> Vector:
        """Return those differences."""
        others, lead = self._pairs(active)
        return np.asarray(self.values[others] - self.values[lead])

    def _pairs(self, active: np.ndarray) -> tuple[Indices, Indices]:
        """Return the active rows of convex kinks but the first of each, and that first one."""
        chosen = np.nonzero(active & self.convex[self.kink])[0]
        lead = np.zeros(self.layout.first.size, dtype=np.intp)
        lead[self.kink[chosen[::-1]]] = chosen[::-1]
        others = chosen[chosen != lead[self.kink[chosen]]]
        return others, lead[self.kink[others]]


def _definite(matrix: Matrix) -> bool:
    try:
        np.linalg.cholesky(matrix)
    except np.linalg.LinAlgError:
        return False
    return True
