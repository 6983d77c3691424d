"""The array language, construct by construct: formulas as they are typed, and what they mean.

`FORMULAS` holds rows of (formula, meaning): the same in terms of `np`, which may be NumPy or JAX's
NumPy, and of `v`, which has the variables of `SHAPES` and the constants of `CONSTANTS`. Points at
which they are compared are positive, away from kinks and from each other.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

SHAPES = {"x": [6], "y": [6], "A": [4, 4], "B": [4, 6], "s": []}
_RANDOM = np.random.default_rng(11)
CONSTANTS: dict[str, Any] = {
    "n": 6,
    "D": _RANDOM.normal(size=(5, 6)),
    "t": _RANDOM.normal(size=5),
    "q": np.array([3, 0, 0, 5, 1]),
    "r": np.array([[1, 2], [3, 0], [1, 1]]),
    "C": np.arange(24.0).reshape(2, 3, 4) / 10.0,
}


def _lower(np: Any, v: Any) -> Any:
    return np.tril(np.ones((6, 6)), -1)


def _lse(np: Any, u: Any, axis: int | None = None) -> Any:
    return np.log(np.exp(u).sum(axis=axis))


FORMULAS: list[tuple[str, Callable[[Any, Any], Any]]] = [
    # indexed sums: offsets, strides, reversed, several `for`, conditions
    ("sum(x[i]*x[i+1]**2 for i in range(n-1))", lambda np, v: (v.x[:-1] * v.x[1:] ** 2).sum()),
    (
        "sum((x[2*i] - x[2*i+1]**2)**2 for i in range(n//2))",
        lambda np, v: ((v.x[::2] - v.x[1::2] ** 2) ** 2).sum(),
    ),
    ("sum(x[i]*y[n-1-i]**3 for i in range(n))", lambda np, v: (v.x * v.y[::-1] ** 3).sum()),
    ("sum(x[i]**i for i in range(1, n, 2))", lambda np, v: (v.x[1::2] ** np.arange(1, 6, 2)).sum()),
    ("sum(x[i]**2 for i in range(n-1, 0, -2))", lambda np, v: (v.x[5:0:-2] ** 2).sum()),
    (
        "sum(1/(1 + (x[i]-y[j])**2) for i in range(n) for j in range(n))",
        lambda np, v: (1 / (1 + (v.x[:, None] - v.y) ** 2)).sum(),
    ),
    (
        "sum(exp(-(x[i]-x[j])**2)*y[i] for i in range(n) for j in range(i))",
        lambda np, v: (np.exp(-((v.x[:, None] - v.x) ** 2)) * v.y[:, None] * _lower(np, v)).sum(),
    ),
    (
        "sum(x[i]*y[j]**2 for i in range(n) for j in range(n) if j < i)",
        lambda np, v: (v.x[:, None] * v.y**2 * _lower(np, v)).sum(),
    ),
    (
        "sum(log(1 + (x[i]-x[j])**2) for i in range(n) for j in range(n) if i != j and i % 2 == 0)",
        lambda np, v: np.log(1 + (v.x[::2, None] - v.x) ** 2).sum(),
    ),
    (
        "sum(sum(x[j] for j in range(i+1))**2 for i in range(n))",
        lambda np, v: ((np.tril(np.ones((6, 6))) @ v.x) ** 2).sum(),
    ),
    (
        "sum((x[i-1] if i > 0 else 0)*x[i]**2 for i in range(n))",
        lambda np, v: (v.x[:-1] * v.x[1:] ** 2).sum(),
    ),
    (
        "sum(x[i]**3 if x[i] > 1 else 2*x[i] for i in range(n))",
        lambda np, v: np.where(v.x > 1, v.x**3, 2 * v.x).sum(),
    ),
    (
        "sum((i+1)*x[i]**2*x[0] for i in range(n))",
        lambda np, v: (np.arange(1, 7) * v.x**2).sum() * v.x[0],
    ),
    (
        "sum(B[i,j]*B[i,j+1]**2*A[i,i] for i in range(4) for j in range(5))",
        lambda np, v: (v.B[:, :-1] * v.B[:, 1:] ** 2 * np.diag(v.A)[:, None]).sum(),
    ),
    ("sum(A[i,3-i]**3 for i in range(4))", lambda np, v: (np.diag(v.A[:, ::-1]) ** 3).sum()),
    (
        "sum(x[i+j]*A[i,j]**2 for i in range(3) for j in range(4))",
        lambda np, v: sum(v.x[i + j] * v.A[i, j] ** 2 for i in range(3) for j in range(4)),
    ),
    # data columns as indices
    ("sum((x[q[k]] - t[k])**2 for k in range(5))", lambda np, v: ((v.x[v.q] - v.t) ** 2).sum()),
    (
        "sum(x[r[e,0]]*y[r[e,1]]**2 for e in range(3))",
        lambda np, v: (v.x[v.r[:, 0]] * v.y[v.r[:, 1]] ** 2).sum(),
    ),
    (
        "sum(A[r[e,0],r[e,1]]**3 for e in range(3))",
        lambda np, v: (v.A[v.r[:, 0], v.r[:, 1]] ** 3).sum(),
    ),
    ("sum(x[q]**2*t)", lambda np, v: (v.x[v.q] ** 2 * v.t).sum()),
    # NumPy's spelling: slices, broadcasting, None, axis=
    ("sum((x[1:] - x[:-1]**2)**2)", lambda np, v: ((v.x[1:] - v.x[:-1] ** 2) ** 2).sum()),
    (
        "sum(x[::-1]*y**2) + x[-1]*x[-2]**2",
        lambda np, v: (v.x[::-1] * v.y**2).sum() + v.x[-1] * v.x[-2] ** 2,
    ),
    ("sum(x[1::2]*x[::2]**3)", lambda np, v: (v.x[1::2] * v.x[::2] ** 3).sum()),
    ("sum(B[1:3,::2]**2*B[:2,1::2])", lambda np, v: (v.B[1:3, ::2] ** 2 * v.B[:2, 1::2]).sum()),
    ("sum((x[:,None] - y[None,:])**4)", lambda np, v: ((v.x[:, None] - v.y[None, :]) ** 4).sum()),
    ("sum(exp(-s*(B - x)**2))", lambda np, v: np.exp(-v.s * (v.B - v.x) ** 2).sum()),
    (
        "sum(sum(B**2, axis=0)**2) + sum(sqrt(sum(B**2, axis=1)))",
        lambda np, v: ((v.B**2).sum(0) ** 2).sum() + np.sqrt((v.B**2).sum(1)).sum(),
    ),
    (
        "sum((B - mean(B, axis=1)[:,None])**3)",
        lambda np, v: ((v.B - v.B.mean(1)[:, None]) ** 3).sum(),
    ),
    (
        "sum(max(B, axis=0)**2) - min(B*s)",
        lambda np, v: (v.B.max(0) ** 2).sum() - (v.B * v.s).min(),
    ),
    (
        "max(x[i]*y[i] for i in range(n)) + min(x[i]**2 for i in range(3))",
        lambda np, v: (v.x * v.y).max() + (v.x[:3] ** 2).min(),
    ),
    (
        "sum(max(x, y)**2 + min(x, 1)*s)",
        lambda np, v: (np.maximum(v.x, v.y) ** 2 + np.minimum(v.x, 1) * v.s).sum(),
    ),
    (
        "prod(x) + prod(x[i] - y[i] for i in range(n))",
        lambda np, v: v.x.prod() + (v.x - v.y).prod(),
    ),
    ("sum(prod(B, axis=1)) + mean(x**3)", lambda np, v: v.B.prod(1).sum() + (v.x**3).mean()),
    (
        "logsumexp(x*s) + sum(logsumexp(B, axis=1)**2)",
        lambda np, v: _lse(np, v.x * v.s) + (_lse(np, v.B, 1) ** 2).sum(),
    ),
    (
        "norm(x - y) + norm(A) + norm1(B)",
        lambda np, v: (
            np.sqrt(((v.x - v.y) ** 2).sum()) + np.sqrt((v.A**2).sum()) + np.abs(v.B).sum()
        ),
    ),
    (
        "sum(hypot(x, y)) + sum(where(x > y, x**2, exp(y)))",
        lambda np, v: np.hypot(v.x, v.y).sum() + np.where(v.x > v.y, v.x**2, np.exp(v.y)).sum(),
    ),
    # matrices
    ("x @ y * s", lambda np, v: v.x @ v.y * v.s),
    ("dot(x, y)**2", lambda np, v: (v.x @ v.y) ** 2),
    ("sum((B @ x)**3)", lambda np, v: ((v.B @ v.x) ** 3).sum()),
    ("sum((x @ B.T)**2*x[:4])", lambda np, v: ((v.x @ v.B.T) ** 2 * v.x[:4]).sum()),
    ("sum((A @ B @ x)**2)", lambda np, v: ((v.A @ v.B @ v.x) ** 2).sum()),
    ("sum(tanh(D @ x - t)**2)", lambda np, v: (np.tanh(v.D @ v.x - v.t) ** 2).sum()),
    ("sum((B.T @ A @ B)**2)", lambda np, v: ((v.B.T @ v.A @ v.B) ** 2).sum()),
    ("sum((C @ A)**2)", lambda np, v: ((v.C @ v.A) ** 2).sum()),
    ("x @ (B.T @ B + s*D.T @ D) @ y", lambda np, v: v.x @ (v.B.T @ v.B + v.s * v.D.T @ v.D) @ v.y),
    (
        "tr(A @ A @ A) + sum(diag(A)**2)",
        lambda np, v: np.trace(v.A @ v.A @ v.A) + (np.diag(v.A) ** 2).sum(),
    ),
    (
        "det(A @ A.T + 3*diag(x[:4]))",
        lambda np, v: np.linalg.det(v.A @ v.A.T + 3 * np.diag(v.x[:4])),
    ),
    (
        "logdet(A @ A.T + 3*diag(x[:4]))",
        lambda np, v: np.linalg.slogdet(v.A @ v.A.T + 3 * np.diag(v.x[:4]))[1],
    ),
    (
        "x[:4] @ inv(A + 5*diag(y[:4])) @ x[2:]",
        lambda np, v: v.x[:4] @ np.linalg.inv(v.A + 5 * np.diag(v.y[:4])) @ v.x[2:],
    ),
    (
        "sum(inv(A @ A.T + diag(x[:4]))*A.T)",
        lambda np, v: (np.linalg.inv(v.A @ v.A.T + np.diag(v.x[:4])) * v.A.T).sum(),
    ),
    # functions of sums
    (
        "log(sum(exp(x)))*sqrt(sum(y**2)) + s",
        lambda np, v: _lse(np, v.x) * np.sqrt((v.y**2).sum()) + v.s,
    ),
    (
        "sum((x - mean(x))**2)/(1 + sum(y**4))**1.5",
        lambda np, v: ((v.x - v.x.mean()) ** 2).sum() / (1 + (v.y**4).sum()) ** 1.5,
    ),
    (
        "sum(softplus(B @ x)) + sum(sigmoid(x*y))",
        lambda np, v: np.logaddexp(0, v.B @ v.x).sum() + (1 / (1 + np.exp(-v.x * v.y))).sum(),
    ),
    (
        "mean(log1p(x**2) + expm1(y/4) + atan2(x, y) + cbrt(x))",
        lambda np, v: (
            np.log1p(v.x**2) + np.expm1(v.y / 4) + np.arctan2(v.x, v.y) + np.cbrt(v.x)
        ).mean(),
    ),
    ("sum(x**y) + sum(s**x) + sum(2**x)", lambda np, v: (v.x**v.y + v.s**v.x + 2**v.x).sum()),
    (
        "sum(relu(x - y)**2) + sum(abs(x - 2*y))",
        lambda np, v: (np.maximum(v.x - v.y, 0) ** 2).sum() + np.abs(v.x - 2 * v.y).sum(),
    ),
]
