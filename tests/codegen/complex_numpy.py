"""NumPy for complex steps: what NumPy decides by size or sign is decided by the real part.

The derivative of a function that is built of these is `imag(f(x + ih))/h` to rounding, whatever h;
Squire & Trapp (1998), SIAM Review 40, 110-112. Names that are not here are NumPy's own.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np


def abs(u: Any) -> Any:
    """Return -u where the real part is negative."""
    return np.where(np.real(u) < 0.0, -u, u)


def erf(u: Any) -> Any:
    """Return the error function of every element; the step is too short for a second order."""
    real, step = np.real(u), np.imag(u)
    values = np.vectorize(math.erf)(real)
    return values + 2j * step * np.exp(-(real**2)) / math.sqrt(math.pi)


def __getattr__(name: str) -> Any:
    return getattr(np, name)


def gradient(function: Any, x: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Return the derivative of `function` at x, shape (size,), by complex steps."""
    steps = 1e-40j * np.eye(x.size)
    return np.array([complex(function(x + step)).imag / 1e-40 for step in steps])
