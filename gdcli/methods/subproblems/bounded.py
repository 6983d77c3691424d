"""The subproblem within bounds: candidates are compared by the model alone, nothing is evaluated.

A projected Newton trust region in the sense of Lin & Moré (1999), SIAM J. Optim. 9, 1100–1127, and
Bertsekas (1982), SIAM J. Control Optim. 20, 221–246: exact steps on faces of the box, and clipped
gradient steps, which warrant at least a Cauchy decrease.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from gdcli.engine.norms import euclidean
from gdcli.engine.objective import Matrix, Vector
from gdcli.methods.subproblems.more_sorensen import Spectral, diagonalise
from gdcli.methods.subproblems.step import Step

Mask = NDArray[np.bool_]

GRADIENT_LENGTHS = 12


class Bounded:
    """gᵀs + ½sᵀBs within the radius and within lower ≤ s ≤ upper.

    Args:
        gradient: g, shape (n,).
        hessian: B, symmetric, shape (n, n).
        scale: D, positive, shape (n,).
        lower, upper: Distances to the bounds, −∞ ≤ lower ≤ 0 ≤ upper ≤ ∞, shape (n,).
    """

    def __init__(
        self, gradient: Vector, hessian: Matrix, scale: Vector, lower: Vector, upper: Vector
    ) -> None:
        self.gradient = gradient
        self.hessian = hessian
        self.scale = scale
        self.lower = lower
        self.upper = upper
        self.free = ~(((lower >= 0.0) & (gradient >= 0.0)) | ((upper <= 0.0) & (gradient <= 0.0)))
        self._face: Spectral | None = None

    def face(self) -> Spectral:
        """Return the model over the variables that are free at the point."""
        if self._face is None:
            self._face = self._restricted(self.free, self.gradient)
        return self._face

    def step(self, radius: float) -> Step:
        """Return the best candidate within radius and bounds."""
        nothing = Step(np.zeros_like(self.gradient), 0.0, 0.0, False)
        if not self.free.any():
            return nothing
        newton = self.face().step(radius)
        s = self._spread(newton.s)
        if ((s >= self.lower) & (s <= self.upper)).all():
            solve = newton.solve
            assert solve is not None
            return newton._replace(s=s, solve=lambda v: self._spread(solve(v[self.free])))
        return max(self._candidates(radius), key=lambda step: step.reduction, default=nothing)

    def reduction(self, s: Vector) -> float:
        """Return −m(s)."""
        return -float(self.gradient @ s + 0.5 * (s @ (self.hessian @ s)))

    def decrement(self) -> float:
        """Return the decrease that a full step over the free variables promises."""
        return self.face().decrement() if self.free.any() else 0.0

    def reach(self) -> float:
        """Return how far a full step over the free variables goes, bounds aside."""
        return self.face().reach() if self.free.any() else 0.0

    def _restricted(self, free: Mask, gradient: Vector) -> Spectral:
        within = np.ix_(free, free)
        return diagonalise(gradient[free], self.hessian[within], self.scale[free])

    def _candidates(self, radius: float) -> Iterator[Step]:
        yield from self._faces(radius)
        d = np.where(self.free, -self.gradient / self.scale**2, 0.0)
        length = euclidean(self.scale * d)
        if length > 0.0:
            for k in range(GRADIENT_LENGTHS):
                yield self._judged(d * (radius / length / 4.0**k), radius)

    def _faces(self, radius: float) -> Iterator[Step]:
        """Solve on the free face; fix what leaves the box at its bound; repeat."""
        free = self.free.copy()
        s = np.zeros_like(self.gradient)
        face = self.face()
        while True:
            rest = radius**2 - float(np.sum((self.scale * s)[~free] ** 2))
            if rest <= 0.0:
                return
            exact = face.step(float(np.sqrt(rest)))
            s[free] = exact.s
            outside = (s < self.lower) | (s > self.upper)
            if not outside.any():
                yield self._judged(s, radius)
                return
            yield self._judged(s, radius)
            yield self._judged(s * self._room(s), radius)
            s = np.clip(s, self.lower, self.upper)
            free &= ~outside
            if not free.any():
                return
            held = np.where(free, 0.0, s)
            face = self._restricted(free, self.gradient + self.hessian @ held)

    def _room(self, s: Vector) -> float:
        """Return the largest t ≤ 1 for which t·s keeps to the bounds."""
        distance = np.where(s < 0.0, self.lower, self.upper)
        moving = s != 0.0
        return min(1.0, float((distance[moving] / s[moving]).min()))

    def _judged(self, s: Vector, radius: float) -> Step:
        s = np.clip(s, self.lower, self.upper)
        length = euclidean(self.scale * s)
        return Step(s, self.reduction(s), length, length >= 0.9 * radius)

    def _spread(self, part: Vector) -> Vector:
        """Return a vector over the free variables with 0 for the others."""
        whole = np.zeros_like(self.gradient)
        whole[self.free] = part
        return whole
