"""Curvature against step length: how long a given step may be."""

from __future__ import annotations

from typing import NamedTuple


class Stability(NamedTuple):
    """Descent with given steps is stable about a minimum only below a limit that curvature sets.

    Attributes:
        curvature: L, the largest eigenvalue of the Hessian.
        step: The step length in use.
        limit: The largest stable one: 2/L for plain descent.
    """

    curvature: float
    step: float
    limit: float
