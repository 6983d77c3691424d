"""The best NumPy that a person would write for three objectives: value and gradient.

In place, in blocks of 8192 elements (or what keeps a block of rows in cache), powers as products,
sums as dots, the gradient stored first and added to second, scratch allocated once.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Vector: TypeAlias = NDArray[np.float64]
Function: TypeAlias = Callable[[Vector], tuple[float, Vector]]

BLOCK = 8192
_READ = 393_216


def hand_rosenbrock(n: int) -> Function:
    """Return Σ 100(x[i+1] − x[i]²)² + (1 − x[i])² in 8 passes and 2 dots."""
    block = min(BLOCK, n - 1)
    scratch_a, scratch_b = np.empty(block), np.empty(block)
    multiply, subtract, add, dot = np.multiply, np.subtract, np.add, np.dot

    def function(x: Vector) -> tuple[float, Vector]:
        g = np.empty(n)
        g[0] = 0.0
        first = second = 0.0
        for lo in range(0, n - 1, block):
            hi = min(lo + block, n - 1)
            a, b = scratch_a[: hi - lo], scratch_b[: hi - lo]
            here, there = x[lo:hi], x[lo + 1 : hi + 1]
            multiply(here, here, a)
            subtract(there, a, a)
            first += dot(a, a)
            subtract(1.0, here, b)
            second += dot(b, b)
            store = g[lo + 1 : hi + 1]
            multiply(a, 200.0, store)
            multiply(store, here, a)
            add(a, b, a)
            multiply(a, 2.0, a)
            own = g[lo:hi]
            subtract(own, a, own)
        return float(100.0 * first + second), g

    return function


def hand_logistic(data: Vector, labels: Vector) -> Function:
    """Return Σ log(1 + exp(−y·Xw)), X read once, exp and log once an element."""
    rows, columns = data.shape
    block = min(rows, BLOCK, _READ // columns)
    scratch_t, scratch_e, scratch_u = np.empty(block), np.empty(block), np.empty(block)
    step = np.empty(columns)

    def function(w: Vector) -> tuple[float, Vector]:
        g = np.zeros(columns)
        value = 0.0
        for lo in range(0, rows, block):
            hi = min(lo + block, rows)
            t, e, u = scratch_t[: hi - lo], scratch_e[: hi - lo], scratch_u[: hi - lo]
            part, own = data[lo:hi], labels[lo:hi]
            np.matmul(part, w, t)
            np.multiply(t, own, t)
            np.negative(t, t)
            if t.max() < 700.0:
                np.exp(t, e)
                np.add(e, 1.0, u)
                np.divide(e, u, e)
                np.log(u, u)
            else:
                u[:] = np.logaddexp(0.0, t)
                np.divide(1.0, 1.0 + np.exp(-t), e)
            value += np.add.reduce(u)
            np.multiply(e, own, e)
            np.matmul(part.T, e, step)
            np.subtract(g, step, g)
        return float(value), g

    return function


def hand_network(data: Vector, labels: Vector, hidden: int) -> Function:
    """Return mean (y − w₂·tanh(W₁x + b₁) − b₂)² over rows; parameters W₁, b₁, w₂, b₂ in a row."""
    rows, columns = data.shape
    block = 512
    first = hidden * columns
    scratch_h, scratch_d = np.empty((block, hidden)), np.empty((block, hidden))
    scratch_e = np.empty(block)

    def function(z: Vector) -> tuple[float, Vector]:
        matrix = z[:first].reshape(hidden, columns)
        bias, weights, last = z[first : first + hidden], z[first + hidden : -1], z[-1]
        g = np.zeros(z.size)
        g_matrix = g[:first].reshape(hidden, columns)
        g_bias, g_weights = g[first : first + hidden], g[first + hidden : -1]
        value = g_last = 0.0
        for lo in range(0, rows, block):
            hi = min(lo + block, rows)
            h, d, e = scratch_h[: hi - lo], scratch_d[: hi - lo], scratch_e[: hi - lo]
            part = data[lo:hi]
            np.matmul(part, matrix.T, h)
            np.add(h, bias, h)
            np.tanh(h, h)
            np.matmul(h, weights, e)
            np.subtract(labels[lo:hi], e, e)
            np.subtract(e, last, e)
            value += np.dot(e, e)
            g_last += np.add.reduce(e)
            g_weights += np.matmul(h.T, e)
            np.multiply(h, h, d)
            np.subtract(1.0, d, d)
            np.multiply(d, e[:, None], d)
            g_bias += np.add.reduce(d, 0)
            g_matrix += np.matmul(d.T, part)
        scale = -2.0 / rows
        g_bias *= weights
        g_matrix *= weights[:, None]
        g *= scale
        g[-1] = scale * g_last
        return float(value / rows), g

    return function
