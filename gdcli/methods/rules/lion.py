"""Lion: only the sign of a momentum counts.

Chen et al. (2023), *Symbolic discovery of optimization algorithms*, NeurIPS, arXiv:2302.06675,
Alg. 2.
"""

from __future__ import annotations

import math

import numpy as np

from gdcli.engine.box import Box
from gdcli.engine.objective import Vector
from gdcli.records import dataclass


@dataclass(frozen=True)
class Lion:
    """x ← x − a·(sign(β₁·m + (1 − β₁)·g) + λ·x), m ← β₂·m + (1 − β₂)·g.

    Attributes:
        beta1, beta2: Range 0 ≤ β < 1; default 0.9 and 0.99.
        weight_decay: λ. Range ≥ 0; default 0.
    """

    beta1: float = 0.9
    beta2: float = 0.99
    weight_decay: float = 0.0

    def start(self, x: Vector) -> Vector:
        """Return m = 0."""
        return np.zeros_like(x)

    def move(
        self, x: Vector, gradient: Vector, rate: float, k: int, memory: Vector, box: Box
    ) -> tuple[Vector, Vector]:
        """See `Rule`."""
        change = self.beta1 * memory
        change += (1.0 - self.beta1) * gradient
        np.sign(change, out=change)
        if self.weight_decay:
            change += self.weight_decay * x
        change *= -rate
        change += x
        memory *= self.beta2
        memory += (1.0 - self.beta2) * gradient
        return box.clip(change), memory

    def stable_limit(self, curvature: float) -> float:
        """Return infinity: steps have the same length everywhere."""
        return math.inf
