"""The Gauss–Newton model of a sum of squares, from J itself and never from JᵀJ.

Moré (1978), *The Levenberg–Marquardt algorithm: implementation and theory*, LNM 630, 105–116. The
singular values of JD⁻¹ keep small curvatures that squaring would lose in rounding.
"""

from __future__ import annotations

import numpy as np

from gdcli.engine.objective import Matrix, Vector
from gdcli.methods.subproblems.more_sorensen import ROUNDING, Spectral


def gauss_newton(residuals: Vector, jacobian: Matrix, scale: Vector) -> Spectral:
    """Return the model of f = ‖r‖² with curvature 2JᵀJ.

    Args:
        residuals: r, shape (m,).
        jacobian: J, shape (m, n); finite.
        scale: D, positive, shape (n,).
    """
    n = scale.size
    left, singular, right = np.linalg.svd(jacobian / scale, full_matrices=jacobian.shape[0] < n)
    floor = 4 * max(jacobian.shape) * ROUNDING * float(singular[0]) or 1.0
    # A direction that moves no residual beyond rounding has no slope either: no step along it.
    known = int(np.count_nonzero(singular > floor))
    slopes = np.zeros(n)
    slopes[:known] = 2.0 * singular[:known] * (left.T[:known] @ residuals)
    widths = np.full(n, floor)
    widths[:known] = singular[:known]
    return Spectral(2.0 * widths**2, right.T, slopes, scale)
