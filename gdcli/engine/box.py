"""Bounds on the variables: projection, the projected gradient, and how far a direction may go."""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

from gdcli.engine.objective import Vector

Mask = NDArray[np.bool_]


class Box:
    """lower ≤ x ≤ upper, ∓infinity where there is no bound. Equal bounds fix a variable.

    Attributes:
        lower, upper: Shape (n,); shape () in `FREE`, where the same holds for every variable.
        bounded: Whether there is any finite bound. Where there is none, nothing here costs
            anything: arguments come back as they are.
    """

    __slots__ = ("bounded", "lower", "upper")

    def __init__(self, lower: Vector, upper: Vector) -> None:
        self.lower: Final = np.asarray(lower, dtype=np.float64)
        self.upper: Final = np.asarray(upper, dtype=np.float64)
        self.bounded: Final = bool(np.isfinite(self.lower).any() or np.isfinite(self.upper).any())

    def clip(self, x: Vector) -> Vector:
        """Return the nearest point inside; `x` itself where there are no bounds."""
        if not self.bounded:
            return x
        return np.minimum(np.maximum(x, self.lower), self.upper)

    def contains(self, x: Vector) -> bool:
        """Return whether every bound holds exactly."""
        return not self.bounded or bool(((x >= self.lower) & (x <= self.upper)).all())

    def active(self, x: Vector, gradient: Vector) -> Mask:
        """Return where x is at a bound and descent would leave the box; fixed variables always."""
        if not self.bounded:
            return np.zeros(x.shape, dtype=np.bool_)
        at_lower = (x <= self.lower) & (gradient >= 0.0)
        at_upper = (x >= self.upper) & (gradient <= 0.0)
        held: Mask = at_lower | at_upper | (self.lower == self.upper)
        return held

    def projected(self, x: Vector, gradient: Vector) -> Vector:
        """Return the gradient with 0 where a bound is active: 0 everywhere at a KKT point."""
        if not self.bounded:
            return gradient
        return np.where(self.active(x, gradient), 0.0, gradient)

    def steep(self, x: Vector, gradient: Vector) -> Vector:
        """Return the gradient with finite slopes where an infinite one holds x at a bound.

        So it is at the edge of a domain, as of √x at 0: the variable stays, and all that a method
        needs to know is that the slope holds it. It gets the size of the largest finite one.
        """
        held = ((x <= self.lower) & (gradient == math.inf)) | (
            (x >= self.upper) & (gradient == -math.inf)
        )
        if not held.any():
            return gradient
        rest = abs(gradient[np.isfinite(gradient)])
        size = max(1.0, float(rest.max(initial=0.0)))
        return np.where(held, np.copysign(size, gradient), gradient)

    def fixed(self, size: int) -> Mask:
        """Return which of `size` variables have equal bounds."""
        return np.broadcast_to(self.lower == self.upper, (size,))

    def longest(self, x: Vector, direction: Vector) -> float:
        """Return the largest t ≥ 0 with x + t·direction inside; infinity where no bound is hit."""
        if not self.bounded:
            return math.inf
        with np.errstate(all="ignore"):
            up = np.where(direction > 0.0, (self.upper - x) / direction, math.inf)
            down = np.where(direction < 0.0, (self.lower - x) / direction, math.inf)
        return max(0.0, float(np.minimum(up, down).min(initial=math.inf)))


FREE: Final = Box(np.array(-math.inf), np.array(math.inf))
"""No bounds, for any number of variables."""
