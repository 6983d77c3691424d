"""Momentum, and Nesterov's acceleration.

Polyak (1964), *Some methods of speeding up the convergence of iteration methods*, USSR Comput.
Math. Math. Phys. 4(5), 1–17. Nesterov (1983), *A method of solving a convex programming problem
with convergence rate O(1/k²)*, Soviet Math. Dokl. 27, 372–376; restarts: O'Donoghue & Candès
(2015), *Adaptive restart for accelerated gradient schemes*, Found. Comput. Math. 15, §3.2.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from gdcli.engine.box import Box
from gdcli.engine.objective import Vector
from gdcli.records import dataclass


@dataclass(frozen=True)
class HeavyBall:
    """v ← β·v − a·∇f, x ← x + v.

    Attributes:
        momentum: β. Range 0 ≤ β < 1; default 0.9.
    """

    momentum: float = 0.9

    def start(self, x: Vector) -> Vector:
        """Return v = 0."""
        return np.zeros_like(x)

    def move(
        self, x: Vector, gradient: Vector, rate: float, k: int, memory: Vector, box: Box
    ) -> tuple[Vector, Vector]:
        """See `Rule`. Where a bound cuts the step off, v is what is left of it."""
        memory *= self.momentum
        memory -= rate * gradient
        moved = x + memory
        if box.bounded:
            moved = box.clip(moved)
            np.subtract(moved, x, out=memory)
        return moved, memory

    def stable_limit(self, curvature: float) -> float:
        """Return 2(1 + β)/L (Polyak 1964)."""
        return 2.0 * (1.0 + self.momentum) / curvature


class Accelerated(NamedTuple):
    """Nesterov's memory.

    Attributes:
        main: The last main iterate x; the gradient is taken at y, extrapolated beyond it.
        t: The sequence t₀ = 1, t ← (1 + √(1 + 4t²))/2 that sets the extrapolation.
    """

    main: Vector
    t: float


def next_t(t: float) -> float:
    """Return the next member of Nesterov's sequence."""
    return 0.5 * (1.0 + math.sqrt(1.0 + 4.0 * t * t))


@dataclass(frozen=True)
class Nesterov:
    """x⁺ ← y − a·∇f(y), y ← x⁺ + β·(x⁺ − x). The states' points are y.

    Attributes:
        momentum: β. Range 0 ≤ β < 1; None, the default: (t − 1)/t⁺ with Nesterov's sequence.
        restart: Begin the sequence anew where ∇f(y)·(x⁺ − x) > 0: the extrapolation climbs.
    """

    momentum: float | None = None
    restart: bool = True

    def start(self, x: Vector) -> Accelerated:
        """Return x, and t = 1."""
        return Accelerated(x, 1.0)

    def move(
        self, x: Vector, gradient: Vector, rate: float, k: int, memory: Accelerated, box: Box
    ) -> tuple[Vector, Accelerated]:
        """See `Rule`; here `x` is y."""
        main = box.clip(x - rate * gradient)
        advance = main - memory.main
        if self.restart and gradient.dot(advance) > 0.0:
            return main, Accelerated(main, 1.0)
        t = next_t(memory.t)
        beta = (memory.t - 1.0) / t if self.momentum is None else self.momentum
        advance *= beta
        advance += main
        return box.clip(advance), Accelerated(main, t)

    def stable_limit(self, curvature: float) -> float:
        """Return (2 + 2β)/((1 + 2β)·L), with β = 1 for the sequence, which tends to it."""
        beta = 1.0 if self.momentum is None else self.momentum
        return (2.0 + 2.0 * beta) / ((1.0 + 2.0 * beta) * curvature)
