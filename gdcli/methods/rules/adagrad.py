"""Rates of their own for every variable, from the squares of its gradients.

AdaGrad: Duchi, Hazan & Singer (2011), JMLR 12, 2121–2159, fig. 1 (diagonal). RMSProp: Tieleman &
Hinton (2012), *Neural networks for machine learning*, lecture 6.5. Adadelta: Zeiler (2012),
arXiv:1212.5701, Alg. 1.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from gdcli.engine.box import Box
from gdcli.engine.objective import Vector
from gdcli.records import dataclass


@dataclass(frozen=True)
class AdaGrad:
    """G ← G + g², x ← x − a·g/(√G + ε).

    Attributes:
        epsilon: ε, against division by 0. Range > 0; default 1e-10.
    """

    epsilon: float = 1e-10

    def start(self, x: Vector) -> Vector:
        """Return G = 0."""
        return np.zeros_like(x)

    def move(
        self, x: Vector, gradient: Vector, rate: float, k: int, memory: Vector, box: Box
    ) -> tuple[Vector, Vector]:
        """See `Rule`."""
        memory += gradient * gradient
        change = np.sqrt(memory)
        change += self.epsilon
        np.divide(gradient, change, out=change)
        change *= -rate
        change += x
        return box.clip(change), memory

    def stable_limit(self, curvature: float) -> float:
        """Return infinity: G grows until steps are short enough."""
        return math.inf


@dataclass(frozen=True)
class RMSProp:
    """E ← ρ·E + (1 − ρ)·g², x ← x − a·g/(√E + ε).

    Attributes:
        decay: ρ. Range 0 ≤ ρ < 1; default 0.9.
        epsilon: ε. Range > 0; default 1e-8.
    """

    decay: float = 0.9
    epsilon: float = 1e-8

    def start(self, x: Vector) -> Vector:
        """Return E = 0."""
        return np.zeros_like(x)

    def move(
        self, x: Vector, gradient: Vector, rate: float, k: int, memory: Vector, box: Box
    ) -> tuple[Vector, Vector]:
        """See `Rule`."""
        change = gradient * gradient
        change *= 1.0 - self.decay
        memory *= self.decay
        memory += change
        np.sqrt(memory, out=change)
        change += self.epsilon
        np.divide(gradient, change, out=change)
        change *= -rate
        change += x
        return box.clip(change), memory

    def stable_limit(self, curvature: float) -> float:
        """Return infinity: steps are normalised."""
        return math.inf


class Averages(NamedTuple):
    """Running averages of squared gradients and of squared steps, shape (n,)."""

    gradients: Vector
    steps: Vector


@dataclass(frozen=True)
class Adadelta:
    """Δ = −√(E[Δ²] + ε)/√(E[g²] + ε)·g, x ← x + a·Δ, with running averages E.

    Attributes:
        decay: ρ. Range 0 ≤ ρ < 1; default 0.95.
        epsilon: ε; sets the length of the first steps. Range > 0; default 1e-6.
    """

    decay: float = 0.95
    epsilon: float = 1e-6

    def start(self, x: Vector) -> Averages:
        """Return zeros."""
        return Averages(np.zeros_like(x), np.zeros_like(x))

    def move(
        self, x: Vector, gradient: Vector, rate: float, k: int, memory: Averages, box: Box
    ) -> tuple[Vector, Averages]:
        """See `Rule`."""
        gradients, steps = memory
        work = gradient * gradient
        work *= 1.0 - self.decay
        gradients *= self.decay
        gradients += work
        np.add(gradients, self.epsilon, out=work)
        change = steps + self.epsilon
        change /= work
        np.sqrt(change, out=change)
        change *= gradient
        np.multiply(change, change, out=work)
        work *= 1.0 - self.decay
        steps *= self.decay
        steps += work
        change *= -rate
        change += x
        return box.clip(change), memory

    def stable_limit(self, curvature: float) -> float:
        """Return infinity: steps are normalised."""
        return math.inf
