"""Value and gradient by two programs, or for a while by one.

To make a program takes as long as some fifty evaluations of a small one. So the first values that
are asked for come from the program that computes the gradient too, which is kept: most points that
are tried are accepted, and then asked for their gradient.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from gdcli.codegen.batches import Vector
from gdcli.codegen.compile import Function
from gdcli.codegen.plan import Program

_SMALL = 16_384
"""Elements of the largest node up to which a gradient costs little more than a value."""
_TIMES = 32
"""So many values come from the program of both."""


class Joint:
    """f and ∇f of a formula.

    Args:
        both: Returns f(x) and ∇f(x).
        alone: Makes the program's function that returns f(x) only, and returns it.
        program: What that one computes.
    """

    def __init__(self, both: Function, alone: Callable[[], Function], program: Program) -> None:
        self._both = both
        self._alone = alone
        self._left = 0 if program.scalar or program.elements > _SMALL else _TIMES
        self._kept: tuple[Vector, float, Vector] | None = None

    def value(self, x: Vector) -> float:
        """Return f(x)."""
        if self._left == 0:
            result: float = self._alone()(x)
            return result
        self._left -= 1
        value, gradient = self._both(x)
        self._kept = x.copy(), value, gradient
        return float(value)

    def value_and_gradient(self, x: Vector) -> tuple[float, Vector]:
        """Return f(x) and ∇f(x), shape (n,)."""
        if self._kept is not None:
            (place, value, gradient), self._kept = self._kept, None
            if np.array_equal(place, x):
                return value, gradient
        result: tuple[float, Vector] = self._both(x)
        return result
