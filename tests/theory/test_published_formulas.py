"""The first steps of the adaptive rules against their papers' formulas, in plain floats."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest

from gdcli.engine.box import FREE
from gdcli.methods.first_order import Rule
from gdcli.methods.rules.adagrad import Adadelta, AdaGrad, RMSProp
from gdcli.methods.rules.adam import Adam, AMSGrad, Nadam
from gdcli.methods.rules.lion import Lion

GRADIENTS = [3.0, -1.0, 0.5, 4.0, -2.0, 0.25, 7.0, -0.5]
Formula = Callable[[list[float]], list[float]]


def moments(gradients: list[float], b1: float, b2: float) -> list[tuple[float, float]]:
    """m_k and v_k as sums, not as recursions."""
    found = []
    for k in range(1, len(gradients) + 1):
        m = sum((1 - b1) * b1 ** (k - i) * g for i, g in enumerate(gradients[:k], 1))
        v = sum((1 - b2) * b2 ** (k - i) * g * g for i, g in enumerate(gradients[:k], 1))
        found.append((m, v))
    return found


def adam(gradients: list[float], decay: float = 0.0) -> list[float]:
    """Kingma & Ba (2015), Alg. 1; with decay Loshchilov & Hutter (2019), Alg. 2."""
    x, xs = 1.0, []
    for k, (m, v) in enumerate(moments(gradients, 0.9, 0.999), 1):
        m_hat, v_hat = m / (1 - 0.9**k), v / (1 - 0.999**k)
        x = x - 0.1 * (m_hat / (math.sqrt(v_hat) + 1e-8) + decay * x)
        xs.append(x)
    return xs


def amsgrad(gradients: list[float]) -> list[float]:
    """Reddi, Kale & Kumar (2018), Alg. 2."""
    x, xs, largest = 1.0, [], 0.0
    for m, v in moments(gradients, 0.9, 0.999):
        largest = max(largest, v)
        x -= 0.1 * m / (math.sqrt(largest) + 1e-8)
        xs.append(x)
    return xs


def nadam(gradients: list[float]) -> list[float]:
    """Dozat (2016), Alg. 8, μ_k = β₁·(1 − 0.5·0.96^(0.004·k))."""
    x, xs = 1.0, []
    mu = [0.9 * (1 - 0.5 * 0.96 ** (0.004 * k)) for k in range(1, len(gradients) + 2)]
    for k, (m, v) in enumerate(moments(gradients, 0.9, 0.999), 1):
        g_hat = gradients[k - 1] / (1 - math.prod(mu[:k]))
        m_hat = m / (1 - math.prod(mu[: k + 1]))
        v_hat = v / (1 - 0.999**k)
        x -= 0.1 * ((1 - mu[k - 1]) * g_hat + mu[k] * m_hat) / (math.sqrt(v_hat) + 1e-8)
        xs.append(x)
    return xs


def adagrad(gradients: list[float]) -> list[float]:
    """Duchi, Hazan & Singer (2011), fig. 1."""
    x, xs = 1.0, []
    for k, g in enumerate(gradients, 1):
        x -= 0.1 * g / (math.sqrt(sum(h * h for h in gradients[:k])) + 1e-10)
        xs.append(x)
    return xs


def rmsprop(gradients: list[float]) -> list[float]:
    """Tieleman & Hinton (2012), lecture 6.5."""
    x, xs = 1.0, []
    for g, (_, v) in zip(gradients, moments(gradients, 0.9, 0.9), strict=True):
        x -= 0.1 * g / (math.sqrt(v) + 1e-8)
        xs.append(x)
    return xs


def adadelta(gradients: list[float]) -> list[float]:
    """Zeiler (2012), Alg. 1."""
    x, xs, steps = 1.0, [], 0.0
    for g, (_, v) in zip(gradients, moments(gradients, 0.95, 0.95), strict=True):
        step = -math.sqrt(steps + 1e-6) / math.sqrt(v + 1e-6) * g
        steps = 0.95 * steps + 0.05 * step * step
        x += 0.1 * step
        xs.append(x)
    return xs


def lion(gradients: list[float], decay: float = 0.0) -> list[float]:
    """Chen et al. (2023), Alg. 2."""
    x, m, xs = 1.0, 0.0, []
    for g in gradients:
        x -= 0.1 * (math.copysign(1.0, 0.9 * m + 0.1 * g) + decay * x)
        m = 0.99 * m + 0.01 * g
        xs.append(x)
    return xs


@pytest.mark.parametrize(
    ("rule", "formula"),
    [
        (Adam(), adam),
        (Adam(weight_decay=0.3), lambda g: adam(g, 0.3)),
        (AMSGrad(), amsgrad),
        (Nadam(), nadam),
        (AdaGrad(), adagrad),
        (RMSProp(), rmsprop),
        (Adadelta(), adadelta),
        (Lion(), lion),
        (Lion(weight_decay=0.3), lambda g: lion(g, 0.3)),
    ],
    ids=lambda v: repr(v) if not callable(v) else "",
)
def test_the_published_formula(rule: Rule[object], formula: Formula) -> None:
    x, memory = np.array([1.0, 1.0]), rule.start(np.array([1.0, 1.0]))
    doubled = [2.0 * g for g in GRADIENTS]
    expected = list(zip(formula(GRADIENTS), formula(doubled), strict=True))
    for k, g in enumerate(GRADIENTS):
        x, memory = rule.move(x, np.array([g, 2.0 * g]), 0.1, k, memory, FREE)
        np.testing.assert_allclose(x, expected[k], rtol=1e-12)


def test_adams_first_step_has_the_length_of_the_rate() -> None:
    x = np.zeros(4)
    gradient = np.array([1e-3, -1.0, 1e6, -1e-5])
    moved, _ = Adam().move(x, gradient, 0.01, 0, Adam().start(x), FREE)
    np.testing.assert_allclose(moved, -0.01 * np.sign(gradient), rtol=2e-3)


def test_adagrad_adds_up_the_squares_and_so_slows_down() -> None:
    x, memory = np.zeros(1), AdaGrad().start(np.zeros(1))
    lengths = []
    for k in range(50):
        moved, memory = AdaGrad().move(x, np.array([2.0]), 1.0, k, memory, FREE)
        lengths.append(float(x[0] - moved[0]))
        x = moved
    np.testing.assert_allclose(lengths, 1.0 / np.sqrt(np.arange(1, 51)), rtol=1e-9)
