"""The BFGS update of a dense inverse Hessian.

Broyden (1970), Fletcher (1970), Goldfarb (1970), Shanno (1970); Nocedal & Wright (2006), eq. 6.17
and, for the first scaling but its factor, 6.20.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from gdcli.engine.box import Box
from gdcli.engine.objective import Matrix, Vector
from gdcli.engine.point import Point
from gdcli.methods.directions.direction import Mask, held, onto_bounds
from gdcli.records import dataclass

FLAT = 1e-10
"""A pair is left out where s·y is at most this part of ‖s‖·‖y‖: no curvature, or rounding."""

LONG = 5.0
"""The first H, against s·y/y·y: that is the inverse of the largest curvature, nearly, as the first
step goes along the gradient. Steps that are too long are put right by one search, and too short
ones by many updates (Byrd, Nocedal & Yuan (1987), SIAM J. Numer. Anal. 24, 1171–1190)."""


class Memory(NamedTuple):
    """H ≈ (∇²f)⁻¹, shape (n, n), and how many pairs have gone into it."""

    inverse: Matrix
    updates: int


@dataclass(frozen=True)
class BFGS:
    """d = −H·∇f.

    With bounds −(H⁻¹ restricted to the free variables)⁻¹·∇f, from the same H.
    """

    def start(self, point: Point) -> Memory:
        """See `Direction`."""
        return Memory(np.empty((0, 0)), 0)

    def direction(self, point: Point, memory: Memory, box: Box) -> Vector:
        """See `Direction`."""
        mask = held(box, point)
        if memory.updates == 0:
            direction = -box.projected(point.x, point.gradient)
        elif mask is None:
            direction = memory.inverse.dot(point.gradient)
            np.negative(direction, out=direction)
        else:
            direction = restricted(memory.inverse, point.gradient, mask)
        return direction if mask is None else onto_bounds(box, point, mask, direction)

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
        s = after.x - before.x
        y = after.gradient - before.gradient
        sy, yy = float(s.dot(y)), float(y.dot(y))
        if not sy * sy > FLAT * FLAT * yy * float(s.dot(s)) or sy <= 0.0:
            return memory
        inverse = memory.inverse
        if memory.updates == 0:
            inverse = np.zeros((s.size, s.size))
            np.fill_diagonal(inverse, LONG * sy / yy)
        hy = inverse.dot(y)
        rho = 1.0 / sy
        u = (0.5 * rho * (1.0 + rho * float(y.dot(hy)))) * s
        u -= rho * hy
        half = np.multiply.outer(s, u)
        half += half.T
        inverse += half
        return Memory(inverse, memory.updates + 1)


def restricted(inverse: Matrix, gradient: Vector, mask: Mask) -> Vector:
    """Return −(B_FF)⁻¹·g_F with B = H⁻¹ and F the variables outside the mask; 0 inside.

    From H alone: μ is chosen such that H·(g_F, μ) vanishes on the mask.
    """
    some = np.flatnonzero(mask)
    right = np.where(mask, 0.0, gradient)
    image = inverse.dot(right)
    block = inverse[np.ix_(some, some)]
    try:
        right[some] = -np.linalg.solve(block, image[some])
    except np.linalg.LinAlgError:
        return np.where(mask, 0.0, -gradient)
    direction: Vector = -inverse.dot(right)
    direction[some] = 0.0
    return direction
