"""The scale D of a trust region ‖Ds‖ ≤ Δ, and its first radius.

Scaling makes a method blind to the units of the variables (Moré 1978, §6; Conn, Gould & Toint
(2000), §6.7).
"""

from __future__ import annotations

import numpy as np

from gdcli.engine.norms import euclidean
from gdcli.engine.objective import Matrix, Vector

FLOOR = 1e-10
"""Least D_i against the greatest: a vanished column would make an absurd eigenvalue otherwise."""
NOT_FINITE = "a second derivative is not finite at this point"
"""Why a step by second derivatives cannot be made."""


def grown(old: Vector | None, lengths: Vector) -> Vector:
    """Return the scale at a new point: never smaller than on the path so far.

    Args:
        old: D so far, None at the start.
        lengths: The scale that the curvature at the point suggests, shape (n,), at least 0.
    """
    lengths = np.where(np.isfinite(lengths), lengths, 0.0)
    scale = lengths if old is None else np.maximum(old, lengths)
    most = float(scale.max())
    return np.asarray(np.maximum(scale, FLOOR * most)) if most > 0.0 else np.ones_like(scale)


def column_lengths(jacobian: Matrix) -> Vector:
    """Return √(2JᵀJ)_ii, the scale that Gauss–Newton's curvature suggests."""
    return np.asarray(np.sqrt(2.0 * np.einsum("ij,ij->j", jacobian, jacobian)))


def diagonal_lengths(hessian: Matrix) -> Vector:
    """Return √|H_ii|; where that is 0, what makes the largest scaled H_ij of the row 1.

    So the unit of variable i goes into D_i even where its own curvature happens to vanish.
    """
    size = np.abs(hessian)
    lengths = np.sqrt(np.diagonal(size))
    bare = lengths == 0.0
    if not bare.any() or not size[bare].any():
        return np.asarray(lengths)
    known = np.where(bare, np.inf, lengths)
    coupled = (size / known).max(axis=1)
    alone = np.sqrt(size.max(axis=1))
    return np.asarray(np.where(bare, np.where(coupled > 0.0, coupled, alone), lengths))


def finite(hessian: Matrix, scale: Vector) -> bool:
    """Return whether D⁻¹HD⁻¹ is finite, as every decomposition demands."""
    return bool(np.isfinite(hessian / scale / scale[:, None]).all())


def first_radius(factor: float, scale: Vector, x: Vector) -> float:
    """Return factor · ‖Dx₀‖, and factor · ‖D‖ where x₀ = 0: a step of about 1 in each variable."""
    length = euclidean(scale * x)
    return factor * (length if length > 0.0 else euclidean(scale))
