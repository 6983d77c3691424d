"""Value and gradient of the scalable sample problems, written by hand in NumPy.

By name: `FUNCTIONS[name](n)` is a function x ↦ (f, ∇f) of n variables, or of as many as the
formula takes. The gradients are derived on paper, in whole vectors, slices and products for powers;
nothing of `gdcli` is used, so that they are an oracle for it too.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Vector: TypeAlias = NDArray[np.float64]
Function: TypeAlias = Callable[[Vector], tuple[float, Vector]]
Maker: TypeAlias = Callable[[int], Function]


def arwhead(n: int) -> Function:
    def function(x: Vector) -> tuple[float, Vector]:
        a, last = x[:-1], x[-1]
        t = a * a + last * last
        g = np.empty(n)
        g[:-1] = 4.0 * t * a - 4.0
        g[-1] = 4.0 * last * t.sum()
        return float(t @ t - 4.0 * a.sum() + 3.0 * (n - 1)), g

    return function


def bdqrtic(n: int) -> Function:
    def function(x: Vector) -> tuple[float, Vector]:
        m = n - 4
        q = x * x
        r = 3.0 - 4.0 * x[:m]
        t = q[:m] + 2.0 * q[1 : m + 1] + 3.0 * q[2 : m + 2] + 4.0 * q[3 : m + 3] + 5.0 * q[-1]
        g = np.zeros(n)
        g[:m] = -8.0 * r
        for k in range(4):
            g[k : m + k] += 4.0 * (k + 1) * t * x[k : m + k]
        g[-1] += 20.0 * x[-1] * t.sum()
        return float(r @ r + t @ t), g

    return function


def broydn3d(n: int) -> Function:
    def function(x: Vector) -> tuple[float, Vector]:
        r = (3.0 - 2.0 * x) * x + 1.0
        r[:-1] -= 2.0 * x[1:]
        r[1:] -= x[:-1]
        g = (3.0 - 4.0 * x) * r
        g[1:] -= 2.0 * r[:-1]
        g[:-1] -= r[1:]
        return float(r @ r), 2.0 * g

    return function


def brybnd(n: int) -> Function:
    def function(x: Vector) -> tuple[float, Vector]:
        q, dq = x * (1.0 + x), 1.0 + 2.0 * x
        r = x * (2.0 + 5.0 * x * x) + 1.0
        r[:-1] -= q[1:]
        for k in range(1, 6):
            r[k:] -= q[:-k]
        own = (2.0 + 15.0 * x * x) * r
        across = np.zeros(n)
        across[1:] += r[:-1]
        for k in range(1, 6):
            across[:-k] += r[k:]
        return float(r @ r), 2.0 * (own - dq * across)

    return function


def cosine(n: int) -> Function:
    def function(x: Vector) -> tuple[float, Vector]:
        t = x[:-1] * x[:-1] - 0.5 * x[1:]
        s = np.sin(t)
        g = np.zeros(n)
        g[:-1] = -2.0 * s * x[:-1]
        g[1:] += 0.5 * s
        return float(np.cos(t).sum()), g

    return function


def cragglvy(n: int) -> Function:
    m = n // 2 - 1

    def function(x: Vector) -> tuple[float, Vector]:
        a, b = x[0 : 2 * m : 2], x[1 : 2 * m + 1 : 2]
        c, d = x[2 : 2 * m + 2 : 2], x[3 : 2 * m + 3 : 2]
        e = np.exp(a)
        p, q, u = e - b, b - c, c - d
        tangent = np.tan(u)
        t = tangent + u
        p3, q2, t3, a2 = p * p * p, q * q, t * t * t, a * a
        q5, a7 = q2 * q2 * q, a2 * a2 * a2 * a
        value = p3 @ p + 100.0 * (q5 @ q) + t3 @ t + a7 @ a + (d - 1.0) @ (d - 1.0)
        slope = 4.0 * t3 * (2.0 + tangent * tangent)
        g = np.zeros(n)
        g[0 : 2 * m : 2] += 4.0 * p3 * e + 8.0 * a7
        g[1 : 2 * m + 1 : 2] += 600.0 * q5 - 4.0 * p3
        g[2 : 2 * m + 2 : 2] += slope - 600.0 * q5
        g[3 : 2 * m + 3 : 2] += 2.0 * (d - 1.0) - slope
        return float(value), g

    return function


def dqdrtic(n: int) -> Function:
    weights = np.zeros(n)
    weights[:-2] += 1.0
    weights[1:-1] += 100.0
    weights[2:] += 100.0

    def function(x: Vector) -> tuple[float, Vector]:
        t = weights * x
        return float(t @ x), 2.0 * t

    return function


def edensch(n: int) -> Function:
    def function(x: Vector) -> tuple[float, Vector]:
        a, b = x[:-1], x[1:]
        p, q, r = a - 2.0, (a - 2.0) * b, b + 1.0
        p3 = p * p * p
        g = np.zeros(n)
        g[:-1] = 4.0 * p3 + 2.0 * q * b
        g[1:] += 2.0 * q * p + 2.0 * r
        return float(16.0 + p3 @ p + q @ q + r @ r), g

    return function


def engval1(n: int) -> Function:
    def function(x: Vector) -> tuple[float, Vector]:
        a, b = x[:-1], x[1:]
        t = a * a + b * b
        g = np.zeros(n)
        g[:-1] = 4.0 * t * a - 4.0
        g[1:] += 4.0 * t * b
        return float(t @ t - 4.0 * a.sum() + 3.0 * (n - 1)), g

    return function


def fletchcr(n: int) -> Function:
    def function(x: Vector) -> tuple[float, Vector]:
        a, b = x[:-1], x[1:]
        r = b - a + 1.0 - a * a
        g = np.zeros(n)
        g[:-1] = -200.0 * r * (1.0 + 2.0 * a)
        g[1:] += 200.0 * r
        return float(100.0 * (r @ r)), g

    return function


def freuroth(n: int) -> Function:
    def function(x: Vector) -> tuple[float, Vector]:
        a, b = x[:-1], x[1:]
        r = ((5.0 - b) * b - 2.0) * b + a - 13.0
        s = ((1.0 + b) * b - 14.0) * b + a - 29.0
        g = np.zeros(n)
        g[:-1] = 2.0 * (r + s)
        g[1:] += 2.0 * (r * ((10.0 - 3.0 * b) * b - 2.0) + s * ((2.0 + 3.0 * b) * b - 14.0))
        return float(r @ r + s @ s), g

    return function


def genrose(n: int) -> Function:
    def function(x: Vector) -> tuple[float, Vector]:
        a, b = x[:-1], x[1:]
        r, s = b - a * a, b - 1.0
        g = np.zeros(n)
        g[:-1] = -400.0 * r * a
        g[1:] += 200.0 * r + 2.0 * s
        return float(1.0 + 100.0 * (r @ r) + s @ s), g

    return function


def liarwhd(n: int) -> Function:
    def function(x: Vector) -> tuple[float, Vector]:
        r, s = x * x - x[0], x - 1.0
        g = 16.0 * r * x + 2.0 * s
        g[0] -= 8.0 * r.sum()
        return float(4.0 * (r @ r) + s @ s), g

    return function


def nondia(n: int) -> Function:
    def function(x: Vector) -> tuple[float, Vector]:
        a, s = x[:-1], x[0] - 1.0
        r = x[0] - a * a
        g = np.zeros(n)
        g[:-1] = -400.0 * r * a
        g[0] += 200.0 * r.sum() + 2.0 * s
        return float(s * s + 100.0 * (r @ r)), g

    return function


def nondquar(n: int) -> Function:
    def function(x: Vector) -> tuple[float, Vector]:
        p, q = x[0] - x[1], x[-2] + x[-1]
        t = x[:-2] + x[1:-1] + x[-1]
        t3 = t * t * t
        g = np.zeros(n)
        g[:-2] = 4.0 * t3
        g[1:-1] += 4.0 * t3
        g[-1] = 4.0 * t3.sum() + 2.0 * q
        g[-2] += 2.0 * q
        g[0] += 2.0 * p
        g[1] -= 2.0 * p
        return float(p * p + q * q + t3 @ t), g

    return function


def penalty1(n: int) -> Function:
    def function(x: Vector) -> tuple[float, Vector]:
        s, t = x - 1.0, x @ x - 0.25
        return float(1e-5 * (s @ s) + t * t), 2e-5 * s + (4.0 * t) * x

    return function


def powellsg(n: int) -> Function:
    def function(x: Vector) -> tuple[float, Vector]:
        a, b, c, d = (x[k : n // 4 * 4 : 4] for k in range(4))
        p, q, r, s = a + 10.0 * b, c - d, b - 2.0 * c, a - d
        r3, s3 = r * r * r, s * s * s
        g = np.zeros(n)
        g[0 : n // 4 * 4 : 4] = 2.0 * p + 40.0 * s3
        g[1 : n // 4 * 4 : 4] = 20.0 * p + 4.0 * r3
        g[2 : n // 4 * 4 : 4] = 10.0 * q - 8.0 * r3
        g[3 : n // 4 * 4 : 4] = -10.0 * q - 40.0 * s3
        return float(p @ p + 5.0 * (q @ q) + r3 @ r + 10.0 * (s3 @ s)), g

    return function


def power(n: int) -> Function:
    weights = np.arange(1.0, n + 1.0)

    def function(x: Vector) -> tuple[float, Vector]:
        t = weights * x
        s = float(t @ x)
        return s * s, (4.0 * s) * t

    return function


def quartc(n: int) -> Function:
    centre = np.arange(1.0, n + 1.0)

    def function(x: Vector) -> tuple[float, Vector]:
        t = x - centre
        t3 = t * t * t
        return float(t3 @ t), 4.0 * t3

    return function


def schmvett(n: int) -> Function:
    def function(x: Vector) -> tuple[float, Vector]:
        a, b, c = x[:-2], x[1:-1], x[2:]
        d = a - b
        p = 1.0 / (1.0 + d * d)
        u = 0.5 * (np.pi * b + c)
        w = 1.0 / b
        v = (a + c) * w - 2.0
        e = np.exp(-v * v)
        slope, bent, swing = 2.0 * d * p * p, 2.0 * v * e, 0.5 * np.cos(u)
        g = np.zeros(n)
        g[:-2] = slope + bent * w
        g[1:-1] += -slope - np.pi * swing - bent * (a + c) * w * w
        g[2:] += bent * w - swing
        return float(-(p.sum() + np.sin(u).sum() + e.sum())), g

    return function


def sinquad(n: int) -> Function:
    def function(x: Vector) -> tuple[float, Vector]:
        first, last, a = x[0], x[-1], x[1:-1]
        t = a - last
        r = np.sin(t) - first * first + a * a
        swing = 2.0 * r * np.cos(t)
        p, q = first - 1.0, last * last - first * first
        g = np.empty(n)
        g[1:-1] = swing + 4.0 * r * a
        g[0] = 4.0 * p**3 - 4.0 * first * (r.sum() + q)
        g[-1] = 4.0 * q * last - swing.sum()
        return float(p**4 + r @ r + q * q), g

    return function


def srosenbr(n: int) -> Function:
    def function(x: Vector) -> tuple[float, Vector]:
        a, b = x[0::2], x[1::2]
        r, s = b - a * a, a - 1.0
        g = np.empty(n)
        g[0::2] = 2.0 * s - 400.0 * r * a
        g[1::2] = 200.0 * r
        return float(100.0 * (r @ r) + s @ s), g

    return function


def tointgss(n: int) -> Function:
    def function(x: Vector) -> tuple[float, Vector]:
        d, c = x[:-2] - x[1:-1], x[2:]
        q, h = c * c, 1.0 / (0.1 + c * c)
        u = d * h
        e = np.exp(-d * u)
        w, t = 10.0 / (n + 2) + q, 2.0 - e
        slope = 2.0 * w * e * u
        g = np.zeros(n)
        g[:-2] = slope
        g[1:-1] -= slope
        g[2:] += 2.0 * c * (t - w * e * u * u)
        return float(w @ t), g

    return function


def tquartic(n: int) -> Function:
    def function(x: Vector) -> tuple[float, Vector]:
        a, s = x[1:], x[0] - 1.0
        r = x[0] * x[0] - a * a
        g = np.empty(n)
        g[1:] = -4.0 * r * a
        g[0] = 2.0 * s + 4.0 * x[0] * r.sum()
        return float(s * s + r @ r), g

    return function


def tridia(n: int) -> Function:
    weights = np.arange(2.0, n + 1.0)

    def function(x: Vector) -> tuple[float, Vector]:
        s, r = x[0] - 1.0, 2.0 * x[1:] - x[:-1]
        w = weights * r
        g = np.zeros(n)
        g[1:] = 4.0 * w
        g[:-1] -= 2.0 * w
        g[0] += 2.0 * s
        return float(s * s + w @ r), g

    return function


def woods(n: int) -> Function:
    def function(x: Vector) -> tuple[float, Vector]:
        a, b, c, d = (x[k : n // 4 * 4 : 4] for k in range(4))
        p, q, r, s = b - a * a, 1.0 - a, d - c * c, 1.0 - c
        t, u = b + d - 2.0, b - d
        g = np.zeros(n)
        g[0 : n // 4 * 4 : 4] = -400.0 * p * a - 2.0 * q
        g[1 : n // 4 * 4 : 4] = 200.0 * p + 20.0 * t + 0.2 * u
        g[2 : n // 4 * 4 : 4] = -360.0 * r * c - 2.0 * s
        g[3 : n // 4 * 4 : 4] = 180.0 * r + 20.0 * t - 0.2 * u
        value = 100.0 * (p @ p) + q @ q + 90.0 * (r @ r) + s @ s + 10.0 * (t @ t) + 0.1 * (u @ u)
        return float(value), g

    return function


def vareigvl(n: int) -> Function:
    """Return the function of (x, mu), n + 1 numbers."""
    place = np.arange(1.0, n + 1.0)
    bands = []
    for k in range(7):
        reach = n - k
        bands.append(np.sin(place[:reach] * place[k:]) * np.exp(-(k**2) / n**2))

    def multiply(v: Vector) -> Vector:
        out = bands[0] * v
        for k in range(1, 7):
            out[:-k] += bands[k] * v[k:]
            out[k:] += bands[k] * v[:-k]
        return out

    def function(z: Vector) -> tuple[float, Vector]:
        x, mu = z[:-1], z[-1]
        r = multiply(x) - mu * x
        square = float(x @ x)
        g = np.empty(n + 1)
        g[:-1] = multiply(r) - mu * r + 2.0 * np.sqrt(square) * x
        g[-1] = -float(r @ x)
        return 0.5 * float(r @ r) + square**1.5 / 1.5, g

    return function


def _dixmaan(
    alpha: float, beta: float, gamma: float, delta: float, powers: tuple[int, int, int, int]
) -> Maker:
    def maker(n: int) -> Function:
        m = n // 3
        place = np.arange(1.0, n + 1.0) / n
        a, b = alpha * place ** powers[0], beta * place[:-1] ** powers[1]
        c, d = gamma * place[: 2 * m] ** powers[2], delta * place[:m] ** powers[3]

        def function(x: Vector) -> tuple[float, Vector]:
            q = x * x
            h = x[1:] + q[1:]
            bh, cy = b * h, c * q[m : 3 * m]
            ah, cq = bh * q[:-1], cy * q[: 2 * m]
            ax = a * x
            near, far = x[:m], x[2 * m : 3 * m]
            value = 1.0 + ax @ x + ah @ h + cq @ q[m : 3 * m] + (d * near) @ far
            g = 2.0 * ax
            g[:-1] += 2.0 * bh * h * x[:-1]
            g[1:] += 2.0 * ah * (1.0 + 2.0 * x[1:])
            g[: 2 * m] += 2.0 * cy * q[m : 3 * m] * x[: 2 * m]
            g[m : 3 * m] += 4.0 * cq * x[m : 3 * m]
            g[:m] += d * far
            g[2 * m : 3 * m] += d * near
            return float(value), g

        return function

    return maker


_SIZES = ((1.0, 0.0, 0.125, 0.125), *((1.0, s, s, s) for s in (0.0625, 0.125, 0.26)))
_POWERS = ((0, 0, 0, 0), (1, 0, 0, 1), (2, 0, 0, 2), (2, 1, 1, 2))

FUNCTIONS: dict[str, Maker] = {
    maker.__name__: maker
    for maker in (
        arwhead, bdqrtic, broydn3d, brybnd, cosine, cragglvy, dqdrtic, edensch, engval1, fletchcr,
        freuroth, genrose, liarwhd, nondia, nondquar, penalty1, powellsg, power, quartc, schmvett,
        sinquad, srosenbr, tointgss, tquartic, tridia, vareigvl, woods,
    )
} | {
    f"dixmaan{'abcdefghijklmnop'[4 * row + column]}": _dixmaan(*sizes, powers)
    for row, powers in enumerate(_POWERS)
    for column, sizes in enumerate(_SIZES)
}  # fmt: skip
