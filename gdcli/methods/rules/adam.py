"""Adam and its family: a running mean of gradients over the root of one of their squares.

Adam: Kingma & Ba (2015), ICLR, arXiv:1412.6980, Alg. 1. AMSGrad: Reddi, Kale & Kumar (2018), ICLR,
Alg. 2. Nadam: Dozat (2016), ICLR workshop, Alg. 8 with the momentum schedule of its §3. AdamW:
Loshchilov & Hutter (2019), ICLR, Alg. 2.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from gdcli.engine.box import Box
from gdcli.engine.objective import Vector
from gdcli.records import dataclass

SLOWNESS = 0.004
"""Nadam's momentum warms up as β₁·(1 − 0.5·0.96^(0.004·k))."""


class Moments(NamedTuple):
    """The first and second moment of the gradient, m and v, shape (n,) each."""

    first: Vector
    second: Vector


@dataclass(frozen=True)
class Adam:
    """x ← x − a·m̂/(√v̂ + ε) with m̂ = m/(1 − β₁ᵏ), v̂ = v/(1 − β₂ᵏ).

    Attributes:
        beta1, beta2: Decay of the moments. Range 0 ≤ β < 1; default 0.9 and 0.999.
        epsilon: ε. Range > 0; default 1e-8.
        weight_decay: λ of AdamW: x shrinks by a·λ·x besides. Range ≥ 0; 0: Adam.
    """

    beta1: float = 0.9
    beta2: float = 0.999
    epsilon: float = 1e-8
    weight_decay: float = 0.0

    def start(self, x: Vector) -> Moments:
        """Return zeros."""
        return Moments(np.zeros_like(x), np.zeros_like(x))

    def move(
        self, x: Vector, gradient: Vector, rate: float, k: int, memory: Moments, box: Box
    ) -> tuple[Vector, Moments]:
        """See `Rule`."""
        averaged(memory, gradient, self.beta1, self.beta2)
        change = np.sqrt(memory.second)
        change *= 1.0 / math.sqrt(1.0 - self.beta2 ** (k + 1))
        change += self.epsilon
        np.divide(memory.first, change, out=change)
        change *= -rate / (1.0 - self.beta1 ** (k + 1))
        if self.weight_decay:
            change -= (rate * self.weight_decay) * x
        change += x
        return box.clip(change), memory

    def stable_limit(self, curvature: float) -> float:
        """Return infinity: steps are normalised."""
        return math.inf


def averaged(memory: Moments, gradient: Vector, beta1: float, beta2: float) -> None:
    """Take a gradient into both moments."""
    first, second = memory
    work = gradient * (1.0 - beta1)
    first *= beta1
    first += work
    np.multiply(gradient, gradient, out=work)
    work *= 1.0 - beta2
    second *= beta2
    second += work


class Bounded(NamedTuple):
    """m, v, and the largest v so far, shape (n,) each."""

    first: Vector
    second: Vector
    largest: Vector


@dataclass(frozen=True)
class AMSGrad:
    """x ← x − a·m/(√v̂ + ε), with v̂ the largest v so far: rates never grow.

    Attributes:
        beta1, beta2, epsilon: As for `Adam`.
    """

    beta1: float = 0.9
    beta2: float = 0.999
    epsilon: float = 1e-8

    def start(self, x: Vector) -> Bounded:
        """Return zeros."""
        return Bounded(np.zeros_like(x), np.zeros_like(x), np.zeros_like(x))

    def move(
        self, x: Vector, gradient: Vector, rate: float, k: int, memory: Bounded, box: Box
    ) -> tuple[Vector, Bounded]:
        """See `Rule`."""
        averaged(Moments(memory.first, memory.second), gradient, self.beta1, self.beta2)
        np.maximum(memory.largest, memory.second, out=memory.largest)
        change = np.sqrt(memory.largest)
        change += self.epsilon
        np.divide(memory.first, change, out=change)
        change *= -rate
        change += x
        return box.clip(change), memory

    def stable_limit(self, curvature: float) -> float:
        """Return infinity: steps are normalised."""
        return math.inf


class Warming(NamedTuple):
    """m, v, and the product of all momentum coefficients so far."""

    first: Vector
    second: Vector
    product: float


@dataclass(frozen=True)
class Nadam:
    """Adam with Nesterov's momentum: m̂ looks one step ahead.

    Attributes:
        beta1, beta2, epsilon: As for `Adam`; default 0.9 (published: 0.99), 0.999 and 1e-8.
    """

    beta1: float = 0.9
    beta2: float = 0.999
    epsilon: float = 1e-8

    def start(self, x: Vector) -> Warming:
        """Return zeros, and 1."""
        return Warming(np.zeros_like(x), np.zeros_like(x), 1.0)

    def move(
        self, x: Vector, gradient: Vector, rate: float, k: int, memory: Warming, box: Box
    ) -> tuple[Vector, Warming]:
        """See `Rule`."""
        first, second, product = memory
        averaged(Moments(first, second), gradient, self.beta1, self.beta2)
        now, ahead = self._momentum(k + 1), self._momentum(k + 2)
        product *= now
        bottom = np.sqrt(second)
        bottom *= 1.0 / math.sqrt(1.0 - self.beta2 ** (k + 1))
        bottom += self.epsilon
        change = first * (-rate * ahead / (1.0 - product * ahead))
        change -= (rate * (1.0 - now) / (1.0 - product)) * gradient
        change /= bottom
        change += x
        return box.clip(change), Warming(first, second, product)

    def _momentum(self, k: int) -> float:
        return float(self.beta1 * (1.0 - 0.5 * 0.96 ** (SLOWNESS * k)))

    def stable_limit(self, curvature: float) -> float:
        """Return infinity: steps are normalised."""
        return math.inf
