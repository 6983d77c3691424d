"""Nonlinear conjugate gradients.

Polak & Ribière (1969) with β ≥ 0: Gilbert & Nocedal (1992), SIAM J. Optim. 2, 21–42. Hager & Zhang
(2005), SIAM J. Optim. 16, 170–192, eq. 1.3–1.4, with the bound on β of their (2013) paper.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

from gdcli.engine.box import Box
from gdcli.engine.objective import Vector
from gdcli.engine.point import Point
from gdcli.records import dataclass

Formula = Literal["hager-zhang", "polak-ribiere"]

FLOOR = 0.4
"""η: β is at least η·d·g/d·d, so that Hager and Zhang's directions do not die out."""


class Memory(NamedTuple):
    """The last direction, shape (n,), and β for the next."""

    direction: Vector
    beta: float


@dataclass(frozen=True)
class ConjugateGradient:
    """d = −∇f + β·d₋. Begun anew where a bound is met or left.

    Attributes:
        formula: How β is computed; default Polak–Ribière.
    """

    formula: Formula = "polak-ribiere"

    def start(self, point: Point) -> Memory:
        """See `Direction`."""
        return Memory(point.gradient, 0.0)

    def direction(self, point: Point, memory: Memory, box: Box) -> Vector:
        """See `Direction`."""
        if memory.beta == 0.0:
            return -box.projected(point.x, point.gradient)
        if box.bounded:
            held = box.active(point.x, point.gradient)
            if ((memory.direction == 0.0) != held).any():
                return -box.projected(point.x, point.gradient)
        direction = memory.beta * memory.direction
        direction -= point.gradient
        if box.bounded:
            direction[held] = 0.0
        return direction

    def update(
        self,
        memory: Memory,
        before: Point,
        after: Point,
        direction: Vector,
        step: float,
        box: Box,
    ) -> Memory:
        """See `Direction`."""
        y = after.gradient - before.gradient
        if box.bounded:
            y[direction == 0.0] = 0.0
        if self.formula == "polak-ribiere":
            beta = max(0.0, float(after.gradient.dot(y) / before.gradient.dot(before.gradient)))
            return Memory(direction, beta if beta == beta else 0.0)
        dy = float(direction.dot(y))
        if not dy > 0.0:
            return Memory(direction, 0.0)
        g, dd = after.gradient, float(direction.dot(direction))
        slope = float(direction.dot(g))
        beta = (float(y.dot(g)) - 2.0 * float(y.dot(y)) * slope / dy) / dy
        least = FLOOR * float(direction.dot(before.gradient)) / dd
        return Memory(direction, max(beta, least))
