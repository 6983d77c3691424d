"""Lengths of vectors, without what general functions cost where there are few variables."""

from __future__ import annotations

import math

from gdcli.engine.objective import Vector

SHORT = 48
"""Components up to which a list of floats is faster than an array."""


def largest(v: Vector) -> float:
    """Return the infinity norm; not finite if any component is not.

    For short vectors without NumPy's overhead, which a few variables would feel.
    """
    if v.size <= SHORT:
        values = v.tolist()
        total = sum(values)
        if total - total == 0.0:
            return max(map(abs, values), default=0.0)
        return abs(float(total))
    return float(abs(v).max())


def euclidean(v: Vector) -> float:
    """Return the Euclidean norm of v, shape (n,)."""
    return math.sqrt(v.dot(v))
