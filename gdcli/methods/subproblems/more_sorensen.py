"""The exact subproblem by eigenvalues: global minimiser within the radius, hard case included.

Moré & Sorensen (1983), SIAM J. Sci. Stat. Comput. 4, 553–572; Conn, Gould & Toint (2000),
*Trust-Region Methods*, §7.3. With D⁻¹BD⁻¹ = QΛQᵀ and c = QᵀD⁻¹g the step is p = −c/(λ + μ) in the
eigenbasis, and another radius costs O(n): a rejected trial is nearly free. Above
`CHOLESKY_FROM` variables the Newton step is tried by a factorisation first, for near the end it
lies inside and an eigen-decomposition costs some ten times as much.
"""

from __future__ import annotations

import numpy as np

from gdcli.engine.norms import euclidean
from gdcli.engine.objective import Matrix, Vector
from gdcli.methods.subproblems.step import Step

CHOLESKY_FROM = 100
SECULAR_STEPS = 60
ROUNDING = 2.0**-53
SMALLEST = 2.0**-1022
"""What stands for curvature where there is none at all: the step goes as far as it may."""


class Spectral:
    """gᵀs + ½sᵀBs with B given by the eigen-decomposition of D⁻¹BD⁻¹.

    Args:
        eigenvalues: Λ, shape (n,), any order.
        eigenvectors: Q in columns, shape (n, n).
        slopes: c = QᵀD⁻¹g, shape (n,).
        scale: D, positive, shape (n,).
    """

    def __init__(
        self, eigenvalues: Vector, eigenvectors: Matrix, slopes: Vector, scale: Vector
    ) -> None:
        self.eigenvalues = eigenvalues
        self.eigenvectors = eigenvectors
        self.slopes = slopes
        self.scale = scale

    def step(self, radius: float) -> Step:
        """Return the global minimiser within the radius."""
        p, shift, boundary = minimise_in_ball(self.eigenvalues, self.slopes, radius)
        length = float(np.sqrt(p @ p))
        reduction = float(p * p @ (0.5 * self.eigenvalues + shift))
        s = (self.eigenvectors @ p) / self.scale
        return Step(s, reduction, length, boundary, lambda v: self.solve(v, shift))

    def reduction(self, s: Vector) -> float:
        """Return −m(s)."""
        p = self.eigenvectors.T @ (self.scale * s)
        return -float(self.slopes @ p + 0.5 * (self.eigenvalues @ (p * p)))

    def decrement(self) -> float:
        """Return ½Σc²/|λ|."""
        return 0.5 * float(np.sum(self.slopes**2 / np.abs(self.eigenvalues)))

    def reach(self) -> float:
        """Return ‖D·|B|⁻¹g‖."""
        return euclidean(self.slopes / self.eigenvalues)

    def solve(self, v: Vector, shift: float) -> Vector:
        """Return −(B + μD²)⁻¹v; directions in which the shifted model is flat are left alone."""
        shifted = self.eigenvalues + shift
        flat = shifted <= ROUNDING * np.abs(shifted).max()
        q = self.eigenvectors.T @ (v / self.scale)
        q = np.where(flat, 0.0, -q / np.where(flat, 1.0, shifted))
        return np.asarray((self.eigenvectors @ q) / self.scale)


def diagonalise(gradient: Vector, hessian: Matrix, scale: Vector) -> Spectral:
    """Return the model of a symmetric matrix; all arguments finite."""
    eigenvalues, eigenvectors = np.linalg.eigh(hessian / scale / scale[:, None])
    # Below the rounding of the decomposition an eigenvalue is not known, not even its sign: its
    # size is all that can be said, and that keeps the step in such a direction short.
    floor = 4 * eigenvalues.size * ROUNDING * float(np.abs(eigenvalues).max())
    eigenvalues = np.where(np.abs(eigenvalues) <= floor, floor or SMALLEST, eigenvalues)
    return Spectral(eigenvalues, eigenvectors, eigenvectors.T @ (gradient / scale), scale)


class Factored:
    """The same model for many variables: Cholesky while that does, eigenvalues when it does not."""

    def __init__(self, gradient: Vector, hessian: Matrix, scale: Vector) -> None:
        self.gradient = gradient
        self.hessian = hessian
        self.scale = scale
        self._spectral: Spectral | None = None
        self._newton = self._newton_step()

    def _newton_step(self) -> Step | None:
        try:
            np.linalg.cholesky(self.hessian / self.scale / self.scale[:, None])
        except np.linalg.LinAlgError:
            return None
        s = self._solve(self.gradient)
        length = euclidean(self.scale * s)
        return Step(s, -0.5 * float(self.gradient @ s), length, False, self._solve)

    def _solve(self, v: Vector) -> Vector:
        return np.asarray(-np.linalg.solve(self.hessian, v), dtype=np.float64)

    @property
    def spectral(self) -> Spectral:
        """The model in its eigenbasis, made when first needed."""
        if self._spectral is None:
            self._spectral = diagonalise(self.gradient, self.hessian, self.scale)
        return self._spectral

    def step(self, radius: float) -> Step:
        """Return the global minimiser within the radius."""
        newton = self._newton
        if newton is not None and newton.length <= radius and newton.reduction >= 0.0:
            return newton
        return self.spectral.step(radius)

    def reduction(self, s: Vector) -> float:
        """Return −m(s)."""
        return -float(self.gradient @ s + 0.5 * (s @ (self.hessian @ s)))

    def decrement(self) -> float:
        """Return ½gᵀ|B|⁻¹g."""
        return self.spectral.decrement() if self._newton is None else self._newton.reduction

    def reach(self) -> float:
        """Return ‖D·|B|⁻¹g‖."""
        return self.spectral.reach() if self._newton is None else self._newton.length


def exact(gradient: Vector, hessian: Matrix, scale: Vector) -> Spectral | Factored:
    """Return the model with the cheaper way to its exact step."""
    if gradient.size > CHOLESKY_FROM:
        return Factored(gradient, hessian, scale)
    return diagonalise(gradient, hessian, scale)


def minimise_in_ball(
    eigenvalues: Vector, slopes: Vector, radius: float
) -> tuple[Vector, float, bool]:
    """Minimise Σ(c_i p_i + ½λ_i p_i²) over ‖p‖ ≤ Δ.

    Returns:
        p, the multiplier μ ≥ max(0, −λ_min), and whether ‖p‖ = Δ.
    """
    least = float(eigenvalues.min())
    if least > 0.0:
        p = -slopes / eigenvalues
        if float(np.sqrt(p @ p)) <= radius:
            return p, 0.0, False
    # μ = floor + θ, and θ is what is looked for: where the step is long because μ is close to
    # −λ_min, the difference λ_min + μ itself has all its digits. ‖p(μ)‖ ≥ |c_j|/(λ_j + μ) for each
    # j, so the first θ lies left of the root, from where Newton's iteration on 1/‖p(μ)‖ = 1/Δ is
    # monotone (Conn, Gould & Toint, Lemma 7.3.2).
    floor = max(0.0, -least)
    gaps = eigenvalues + floor
    theta = max(0.0, float((np.abs(slopes) / radius - gaps).max()))
    if theta == 0.0:
        hard = _hard_case(gaps, slopes, radius)
        if hard is not None:
            return hard, floor, True
    live = slopes != 0.0
    c, gaps = slopes[live], gaps[live]
    for _ in range(SECULAR_STEPS):
        p = -c / (gaps + theta)
        norm = float(np.sqrt(p @ p))
        if norm <= radius * (1 + 1e-12):
            break
        theta += (norm / radius - 1.0) * norm**2 / float(p * p @ (1.0 / (gaps + theta)))
    full = np.zeros_like(slopes)
    full[live] = p
    return full, floor + theta, True


def _hard_case(gaps: Vector, slopes: Vector, radius: float) -> Vector | None:
    """Return the step at μ = −λ_min, completed along the lowest eigenvector, if that is it."""
    lowest = gaps <= 0.0
    if not lowest.any() or np.any(slopes[lowest] != 0.0):
        return None
    p = np.where(lowest, 0.0, -slopes / np.where(lowest, 1.0, gaps))
    rest = radius**2 - float(p @ p)
    if rest < 0.0:
        return None
    p[int(np.argmax(lowest))] = np.sqrt(rest)
    return p
