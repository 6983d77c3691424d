"""Lines to search: functions of one variable, seen through an Oracle."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from gdcli.engine.box import Box
from gdcli.engine.oracle import Oracle
from gdcli.line_search.search import Line

Phi = Callable[[float], tuple[float, float]]


class OneVariable:
    """An objective of one variable from φ and φ′."""

    size = 1
    provides = frozenset({"value", "gradient", "noise"})
    offset = 0.0

    def __init__(self, phi: Phi) -> None:
        self._phi = phi

    def value(self, x: np.ndarray) -> float:
        return self._phi(float(x[0]))[0]

    def noise(self, x: np.ndarray) -> float:
        return 2.0**-53 * abs(self.value(x))

    def value_and_gradient(self, x: np.ndarray) -> tuple[float, np.ndarray]:
        value, slope = self._phi(float(x[0]))
        return value, np.array([slope])


def line(phi: Phi, *, at: float = 0.0, upper: float = math.inf) -> tuple[Line, Oracle]:
    """Return φ as a line from `at` in direction 1, and the Oracle that counts."""
    box = Box(np.array([-math.inf]), np.array([upper])) if upper < math.inf else None
    oracle = Oracle(OneVariable(phi), box=box)  # type: ignore[arg-type]
    point = oracle.at(np.array([at]))
    longest = upper - at
    return Line(oracle, point, np.ones(1), float(point.gradient[0]), longest=longest), oracle


def more_thuente_1(beta: float = 2.0) -> Phi:
    """φ(t) = −t/(t² + β): Moré & Thuente (1994), eq. 5.1."""
    return lambda t: (-t / (t * t + beta), (t * t - beta) / (t * t + beta) ** 2)


def more_thuente_2(beta: float = 0.004) -> Phi:
    """φ(t) = (t + β)⁵ − 2(t + β)⁴: ibid., eq. 5.2."""

    def phi(t: float) -> tuple[float, float]:
        u = t + beta
        return u**5 - 2.0 * u**4, 5.0 * u**4 - 8.0 * u**3

    return phi


def more_thuente_3(beta: float = 0.01, waves: int = 39) -> Phi:
    """A kinked valley with ripples: ibid., eq. 5.3."""
    pi = math.pi

    def phi(t: float) -> tuple[float, float]:
        if t <= 1.0 - beta:
            base, slope = 1.0 - t, -1.0
        elif t >= 1.0 + beta:
            base, slope = t - 1.0, 1.0
        else:
            base, slope = (t - 1.0) ** 2 / (2.0 * beta) + 0.5 * beta, (t - 1.0) / beta
        ripple = 2.0 * (1.0 - beta) / (waves * pi)
        return (
            base + ripple * math.sin(0.5 * waves * pi * t),
            slope + (1.0 - beta) * math.cos(0.5 * waves * pi * t),
        )

    return phi


def yanai(beta1: float, beta2: float) -> Phi:
    """Yanai, Ozawa & Kaneko (1981), as ibid., eq. 5.4."""

    def gamma(b: float) -> float:
        return math.sqrt(1.0 + b * b) - b

    def phi(t: float) -> tuple[float, float]:
        left, right = math.hypot(1.0 - t, beta2), math.hypot(t, beta1)
        value = gamma(beta1) * left + gamma(beta2) * right
        return value, gamma(beta1) * (t - 1.0) / left + gamma(beta2) * t / right

    return phi


CLASSICS: dict[str, Phi] = {
    "mt1": more_thuente_1(),
    "mt2": more_thuente_2(),
    "mt3": more_thuente_3(),
    "yanai-a": yanai(0.001, 0.001),
    "yanai-b": yanai(0.01, 0.001),
    "yanai-c": yanai(0.001, 0.01),
    "parabola": lambda t: ((t - 3.0) ** 2, 2.0 * (t - 3.0)),
    "exponential": lambda t: (
        (math.exp(t) - 5.0 * t, math.exp(t) - 5.0) if t < 700.0 else (math.inf, math.inf)
    ),
    "edge at 5": lambda t: (
        (t - 3.0 * math.log1p(t), 1.0 - 3.0 / (1.0 + t)) if t < 5.0 else (math.nan, math.nan)
    ),
}
