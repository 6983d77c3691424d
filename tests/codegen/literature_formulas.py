"""Objectives of the literature as a person types them, with arrays, and what they mean in NumPy.

`LITERATURE` holds rows of (name, formula, shapes of its variables, meaning): the meaning is a
function of `np`, NumPy or `tests.codegen.complex_numpy`, and of `v`, which has the variables and
the constants of `DATA`. The meanings are written with whole arrays where the formulas have indices
and with loops where the formulas have whole arrays, so that the two have little in common.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations
from typing import Any

import numpy as np

Shapes = dict[str, list[int]]
Meaning = Callable[[Any, Any], Any]

_R = np.random.default_rng(23)
_K = np.array([0, 2, 1, 1, 0, 2, 2])
_LOW = _R.normal(size=(5, 5))
_EDGES = np.array([[0, 1], [1, 2], [2, 3], [3, 4], [4, 0], [1, 4], [0, 3]])

DATA: dict[str, Any] = {
    "n": 6,
    "m": 7,
    "p": 4,
    "lam": 0.3,
    "delta": 0.4,
    "eps": 0.05,
    "beta": 2.5,
    "X": _R.normal(size=(7, 4)),
    "y": _R.normal(size=7),
    "z": np.array([1, 0, 0, 1, 1, 0, 1]),
    "s": np.array([1, -1, -1, 1, 1, -1, 1]),
    "c": np.array([0, 2, 1, 5, 3, 0, 1]),
    "k": _K,
    "Y": np.eye(3)[_K],
    "times": np.array([5.0, 3.0, 8.0, 1.0, 9.0, 4.0, 6.0]),
    "event": np.array([1, 0, 1, 1, 1, 0, 1]),
    "R": _R.uniform(0.5, 3.0, size=(7, 4)),
    "seen": (_R.uniform(size=(7, 4)) < 0.6).astype(np.int8),
    "E": _EDGES,
    "dist": _R.uniform(0.5, 2.0, size=7),
    "G": _LOW @ _LOW.T + 3.0 * np.eye(5),
    "mu": _R.normal(size=5),
    "t": np.linspace(0.1, 2.0, 7),
    "I7": np.eye(7),
    "D3": _R.normal(size=(3, 4, 5)),
    "S4": np.diag([1.0, 2.0, 3.0, 4.0]) + 0.2,
}


def _sigmoid(np: Any, u: Any) -> Any:
    return 1.0 / (1.0 + np.exp(-u))


def _lse(np: Any, u: Any, axis: int | None = None) -> Any:
    return np.log(np.exp(u).sum(axis=axis))


def _huber(np: Any, v: Any) -> Any:
    return sum(
        r**2 / 2 if abs(r.real) <= v.delta else v.delta * (np.abs(r) - v.delta / 2)
        for r in v.X @ v.w - v.y
    )


def _gauss(np: Any, v: Any) -> Any:
    apart = (v.t[:, None] - v.t) ** 2
    return np.exp(2 * v.a - 0.5 * apart * np.exp(-2 * v.l)) + np.exp(2 * v.q) * np.eye(7)


def _cox(np: Any, v: Any) -> Any:
    score, total = v.X @ v.w, 0.0
    for i in range(7):
        if v.event[i]:
            total = total - score[i] + np.log(np.exp(score[v.times >= v.times[i]]).sum())
    return total


def _pairs(np: Any, P: Any) -> Any:
    first, second = np.array(list(combinations(range(len(P)), 2))).T
    return ((P[first] - P[second]) ** 2).sum(axis=1)


def _unit(np: Any, P: Any) -> Any:
    return P / np.sqrt((P**2).sum(axis=1))[:, None]


def _kalman(np: Any, v: Any) -> Any:
    seen, total = v.y[:6], 0.0
    for k in range(6):
        total = total + (seen[k] - v.P[k, 0]) ** 2 / 0.1
        if k:
            step = v.P[k] - np.array([[1, 0.5], [0, 1]]) @ v.P[k - 1]
            total = total + step @ step / 0.01
    return total


def _minimal(np: Any, u: Any) -> Any:
    right, down = np.diff(u, axis=0)[:, :-1], np.diff(u, axis=1)[:-1]
    left, up = np.diff(u, axis=0)[:, 1:], np.diff(u, axis=1)[1:]
    return (np.sqrt(1 + right**2 + down**2) + np.sqrt(1 + left**2 + up**2)).sum() / 2


def _padded(np: Any, u: Any) -> Any:
    rows, columns = u.shape
    whole = np.zeros((rows + 2, columns + 2), dtype=u.dtype)
    whole[1:-1, 1:-1] = u
    return whole


def _dirichlet(np: Any, u: Any) -> Any:
    whole = _padded(np, u)
    return (np.diff(whole, axis=0) ** 2).sum() / 2 + (np.diff(whole, axis=1) ** 2).sum() / 2


def _moving(np: Any, v: Any) -> Any:
    errors: list[Any] = []
    for value in v.y:
        errors.append(value - v.th * errors[-1] if errors else value)
    return sum(error**2 for error in errors)


def _attention(np: Any, v: Any) -> Any:
    scores = np.exp(v.X @ v.Q @ (v.X @ v.K).T / 2.0)
    return ((scores / scores.sum(axis=1)[:, None] @ v.X @ v.V - v.Y) ** 2).sum()


def _normalised(np: Any, v: Any) -> Any:
    u = v.X @ v.W
    u = (u - u.mean(axis=0)) / np.sqrt(((u - u.mean(axis=0)) ** 2).mean(axis=0) + v.eps)
    return ((v.gam * u + v.bet - v.Y) ** 2).mean()


def _robot(np: Any, v: Any) -> Any:
    angle = np.cumsum(v.th)
    return (
        (np.cos(angle).sum() - 3.0) ** 2
        + (np.sin(angle).sum() - 1.5) ** 2
        + (v.lam * (np.diff(v.th) ** 2).sum())
    )


def _dixmaan(np: Any, x: Any) -> Any:
    m = 2
    return (
        1.0
        + (x**2).sum()
        + sum(0.125 * x[i] ** 2 * x[i + m] ** 4 for i in range(2 * m))
        + sum(0.125 * x[i] * x[i + 2 * m] for i in range(m))
    )


def _varying(np: Any, v: Any) -> Any:
    a, b = v.x, v.P[:, 0]
    return ((1 - a) ** 2).sum() + sum(
        (b[i] - a[i] ** 2 * (2 if i % 2 else 3)) ** 2 for i in (0, 1, 2)
    )


LITERATURE: list[tuple[str, str, Shapes, Meaning]] = [
    # regression
    (
        "ridge",
        "norm(X @ w - y)**2 + lam*norm(w)**2",
        {"w": [4]},
        lambda np, v: ((v.X @ v.w - v.y) ** 2).sum() + v.lam * (v.w**2).sum(),
    ),
    (
        "ridge, indexed, with an intercept",
        "sum((sum(X[i,j]*w[j] for j in range(p)) + b - y[i])**2 for i in range(m))/(2*m)"
        " + lam/2*sum(w[j]**2 for j in range(p))",
        {"w": [4], "b": []},
        lambda np, v: ((v.X @ v.w + v.b - v.y) ** 2).mean() / 2 + v.lam / 2 * (v.w @ v.w),
    ),
    (
        "lasso, smoothed",
        "1/2*norm(X @ w - y)^2 + lam*sum(sqrt(w^2 + delta^2))",
        {"w": [4]},
        lambda np, v: (
            ((v.X @ v.w - v.y) ** 2).sum() / 2 + v.lam * np.sqrt(v.w**2 + v.delta**2).sum()
        ),
    ),
    (
        "group lasso, smoothed",
        "norm(X @ w - y)**2/2 + lam*sum(sqrt(eps + sum(w[2*g+j]**2 for j in range(2)))"
        " for g in range(2))",
        {"w": [4]},
        lambda np, v: (
            ((v.X @ v.w - v.y) ** 2).sum() / 2
            + v.lam * np.sqrt(v.eps + (v.w.reshape(2, 2) ** 2).sum(axis=1)).sum()
        ),
    ),
    (
        "logistic, labels 0 and 1",
        "-mean(z*log(sigmoid(X @ w + b)) + (1 - z)*log(1 - sigmoid(X @ w + b)))",
        {"w": [4], "b": []},
        lambda np, v: np.log(1 + np.exp(-v.s * (v.X @ v.w + v.b))).mean(),
    ),
    (
        "logistic, labels -1 and 1",
        "sum(log(1 + exp(-s[i]*(X[i] @ w))) for i in range(m))/m + lam/2*w @ w",
        {"w": [4]},
        lambda np, v: -np.log(_sigmoid(np, v.s * (v.X @ v.w))).mean() + v.lam / 2 * (v.w @ v.w),
    ),
    (
        "logistic, as an exponential family",
        "sum(log(1 + exp(X[i,:] @ w)) - z[i]*(X[i,:] @ w) for i in range(m))",
        {"w": [4]},
        lambda np, v: np.log(1 + np.exp(-v.s * (v.X @ v.w))).sum(),
    ),
    (
        "softmax regression, one-hot labels",
        "sum(logsumexp(X @ W, axis=1)) - sum(Y*(X @ W))",
        {"W": [4, 3]},
        lambda np, v: -np.log(np.exp((v.Y * (v.X @ v.W)).sum(1)) / np.exp(v.X @ v.W).sum(1)).sum(),
    ),
    (
        "softmax regression, class numbers",
        "mean(logsumexp(X[i] @ W) - X[i] @ W[:, k[i]] for i in range(m))",
        {"W": [4, 3]},
        lambda np, v: (_lse(np, v.X @ v.W, 1) - (v.X @ v.W)[np.arange(7), v.k]).mean(),
    ),
    (
        "cross entropy, written out",
        "-sum(Y[i,j]*log(exp(X[i] @ W[:,j])/sum(exp(X[i] @ W[:,d]) for d in range(3)))"
        " for i in range(m) for j in range(3))",
        {"W": [4, 3]},
        lambda np, v: (_lse(np, v.X @ v.W, 1) - (v.X @ v.W)[np.arange(7), v.k]).sum(),
    ),
    (
        "Poisson regression",
        "sum(exp(X @ w) - c*(X @ w) + lgamma(c + 1))",
        {"w": [4]},
        lambda np, v: sum(
            np.exp(v.X[i] @ v.w)
            - v.c[i] * (v.X[i] @ v.w)
            + np.log(float(np.prod(np.arange(1, v.c[i] + 1))))
            for i in range(7)
        ),
    ),
    (
        "probit",
        "-sum(log((1 + erf(s*(X @ w)/sqrt(2)))/2))",
        {"w": [4]},
        lambda np, v: -np.log((1 + np.erf(v.s * (v.X @ v.w) / np.sqrt(2.0))) / 2).sum(),
    ),
    (
        "Huber",
        "sum(where(abs(X @ w - y) <= delta, (X @ w - y)**2/2, delta*(abs(X @ w - y) - delta/2)))",
        {"w": [4]},
        _huber,
    ),
    (
        "Huber, indexed conditional",
        "sum((X[i] @ w - y[i])**2/2 if abs(X[i] @ w - y[i]) <= delta"
        " else delta*(abs(X[i] @ w - y[i]) - delta/2) for i in range(m))",
        {"w": [4]},
        _huber,
    ),
    (
        "pseudo-Huber",
        "delta**2*sum(sqrt(1 + ((y - X @ w)/delta)**2) - 1)",
        {"w": [4]},
        lambda np, v: sum(
            v.delta * np.sqrt(v.delta**2 + (v.y[i] - v.X[i] @ v.w) ** 2) - v.delta**2
            for i in range(7)
        ),
    ),
    (
        "Cauchy loss",
        "sum(log1p((X @ w - y)**2/delta**2))",
        {"w": [4]},
        lambda np, v: sum(np.log(1 + ((v.X[i] @ v.w - v.y[i]) / v.delta) ** 2) for i in range(7)),
    ),
    (
        "quantile loss",
        "sum(max(0.8*(y - X @ w), -0.2*(y - X @ w)))",
        {"w": [4]},
        lambda np, v: sum((0.8 if r.real > 0 else -0.2) * r for r in v.y - v.X @ v.w),
    ),
    (
        "squared hinge",
        "sum(relu(1 - s*(X @ w + b))**2) + lam*norm(w)**2",
        {"w": [4], "b": []},
        lambda np, v: (
            sum(r**2 if r.real > 0 else 0 for r in 1 - v.s * (v.X @ v.w + v.b))
            + v.lam * (v.w @ v.w)
        ),
    ),
    (
        "hinge",
        "sum(max(0, 1 - s[i]*(X[i] @ w + b)) for i in range(m)) + lam*w @ w",
        {"w": [4], "b": []},
        lambda np, v: (
            sum(r if r.real > 0 else 0 for r in 1 - v.s * (v.X @ v.w + v.b)) + v.lam * (v.w @ v.w)
        ),
    ),
    (
        "negative binomial",
        "sum(lgamma(r) - lgamma(c + r) + (c + r)*log(r + exp(X @ w)) - r*log(r) - c*(X @ w))",
        {"w": [4], "r": []},
        lambda np, v: sum(
            -sum(np.log(v.r + j) for j in range(v.c[i]))
            + (v.c[i] + v.r) * np.log(v.r + np.exp(v.X[i] @ v.w))
            - v.r * np.log(v.r)
            - v.c[i] * (v.X[i] @ v.w)
            for i in range(7)
        ),
    ),
    (
        "Cox partial likelihood",
        "-sum(event[i]*(X[i] @ w - log(sum(exp(X[j] @ w) for j in range(m)"
        " if times[j] >= times[i]))) for i in range(m))",
        {"w": [4]},
        _cox,
    ),
    (
        "Cox, sorted by time",
        "sum(event[i]*(log(sum(exp(X[j] @ w) for j in range(i, m))) - X[i] @ w) for i in range(m))",
        {"w": [4]},
        lambda np, v: sum(
            v.event[i] * (_lse(np, (v.X @ v.w)[i:]) - (v.X @ v.w)[i]) for i in range(7)
        ),
    ),
    # mixtures, clusters, factors
    (
        "Gaussian mixture",
        "-sum(log(sum(exp(a[j] - (y[i] - c0[j])**2/(2*exp(2*l[j])) - l[j]) for j in range(2)))"
        " for i in range(m)) + m*log(sum(exp(a[j]) for j in range(2)))",
        {"a": [2], "c0": [2], "l": [2]},
        lambda np, v: (
            -_lse(np, v.a - 0.5 * ((v.y[:, None] - v.c0) / np.exp(v.l)) ** 2 - v.l, 1).sum()
            + 7 * _lse(np, v.a)
        ),
    ),
    (
        "Gaussian mixture, arrays",
        "m*logsumexp(a) - sum(logsumexp(a - l - (y[:,None] - c0)**2*exp(-2*l)/2, axis=1))",
        {"a": [2], "c0": [2], "l": [2]},
        lambda np, v: (
            -sum(
                np.log(
                    sum(
                        np.exp(v.a[j] - v.l[j] - (u - v.c0[j]) ** 2 * np.exp(-2 * v.l[j]) / 2)
                        for j in range(2)
                    )
                    / np.exp(v.a).sum()
                )
                for u in v.y
            )
        ),
    ),
    (
        "soft k-means",
        "-sum(logsumexp(-beta*sum((X[:,None,:] - C[None,:,:])**2, axis=2), axis=1))/beta",
        {"C": [3, 4]},
        lambda np, v: (
            -sum(
                np.log(sum(np.exp(-v.beta * ((row - v.C[j]) ** 2).sum()) for j in range(3)))
                for row in v.X
            )
            / v.beta
        ),
    ),
    (
        "k-means",
        "sum(min(norm(X[i] - C[j])**2 for j in range(3)) for i in range(m))",
        {"C": [3, 4]},
        lambda np, v: sum(
            min((((row - v.C[j]) ** 2).sum() for j in range(3)), key=lambda d: d.real)
            for row in v.X
        ),
    ),
    (
        "matrix factorisation of what is seen",
        "sum((R[i,j] - U[i] @ V[j])**2 for i in range(m) for j in range(p) if seen[i,j] == 1)"
        " + lam*(norm(U)**2 + norm(V)**2)",
        {"U": [7, 2], "V": [4, 2]},
        lambda np, v: (
            (v.seen * (v.R - v.U @ v.V.T) ** 2).sum() + v.lam * ((v.U**2).sum() + (v.V**2).sum())
        ),
    ),
    (
        "matrix factorisation, masked",
        "sum(seen*(R - U @ V.T)**2)",
        {"U": [7, 2], "V": [4, 2]},
        lambda np, v: sum(
            (v.R[i, j] - v.U[i] @ v.V[j]) ** 2 for i in range(7) for j in range(4) if v.seen[i, j]
        ),
    ),
    (
        "non-negative factors, Kullback-Leibler",
        "sum(R*log(R/(U @ V.T)) - R + U @ V.T)",
        {"U": [7, 2], "V": [4, 2]},
        lambda np, v: sum(
            v.R[i, j] * np.log(v.R[i, j] / (v.U[i] @ v.V[j])) - v.R[i, j] + v.U[i] @ v.V[j]
            for i in range(7)
            for j in range(4)
        ),
    ),
    (
        "principal components",
        "norm(X - X @ V @ V.T)**2",
        {"V": [4, 2]},
        lambda np, v: ((v.X.T - v.V @ (v.V.T @ v.X.T)) ** 2).sum(),
    ),
    (
        "Rayleigh quotient",
        "(x @ G @ x)/(x @ x)",
        {"x": [5]},
        lambda np, v: (v.G * v.x[:, None] * v.x).sum() / (v.x**2).sum(),
    ),
    (
        "trace quotient",
        "-tr(inv(V.T @ V) @ V.T @ G @ V)",
        {"V": [5, 2]},
        lambda np, v: -(np.linalg.inv(v.V.T @ v.V) * (v.V.T @ v.G @ v.V).T).sum(),
    ),
    (
        "three-way factors",
        "sum((D3[i,j,l] - sum(A[i,r]*B[j,r]*C[l,r] for r in range(2)))**2"
        " for i in range(3) for j in range(4) for l in range(5))",
        {"A": [3, 2], "B": [4, 2], "C": [5, 2]},
        lambda np, v: ((v.D3 - (v.A[:, None, None] * v.B[:, None] * v.C).sum(axis=-1)) ** 2).sum(),
    ),
    (
        "three-way factors, broadcast",
        "sum((D3 - sum(A[:,None,None,:]*B[None,:,None,:]*C[None,None,:,:], axis=3))**2)",
        {"A": [3, 2], "B": [4, 2], "C": [5, 2]},
        lambda np, v: sum(
            (v.D3[i, j, q] - (v.A[i] * v.B[j] * v.C[q]).sum()) ** 2
            for i in range(3)
            for j in range(4)
            for q in range(5)
        ),
    ),
    # likelihoods with matrices
    (
        "multivariate normal",
        "m/2*logdet(L @ L.T + eps*diag(exp(d))) + sum((X - c0) @ inv(L @ L.T + eps*diag(exp(d)))"
        "*(X - c0))/2",
        {"c0": [4], "L": [4, 4], "d": [4]},
        lambda np, v: (
            lambda S: (
                3.5 * np.log(np.linalg.det(S))
                + sum((r - v.c0) @ np.linalg.inv(S) @ (r - v.c0) for r in v.X) / 2
            )
        )(v.L @ v.L.T + v.eps * np.diag(np.exp(v.d))),
    ),
    (
        "graphical model",
        "tr(G @ Q @ Q.T) - logdet(Q @ Q.T) + lam*sum(sqrt((Q @ Q.T)**2 + eps))",
        {"Q": [5, 5]},
        lambda np, v: (
            (v.G * (v.Q @ v.Q.T)).sum()
            - 2 * np.log(np.abs(np.linalg.det(v.Q)))
            + v.lam * np.sqrt((v.Q @ v.Q.T) ** 2 + v.eps).sum()
        ),
    ),
    (
        "Gaussian process",
        "y @ inv(exp(2*a)*exp(-(t[:,None] - t)**2*exp(-2*l)/2) + exp(2*q)*I7) @ y/2"
        " + logdet(exp(2*a)*exp(-(t[:,None] - t)**2*exp(-2*l)/2) + exp(2*q)*I7)/2 + m/2*log(2*pi)",
        {"a": [], "l": [], "q": []},
        lambda np, v: (
            v.y @ np.linalg.inv(_gauss(np, v)) @ v.y / 2
            + np.log(np.linalg.det(_gauss(np, v))) / 2
            + 3.5 * np.log(2 * np.pi)
        ),
    ),
    (
        "D-optimal design",
        "-logdet(X.T @ diag(exp(w)/sum(exp(w))) @ X)",
        {"w": [7]},
        lambda np, v: (
            -np.log(np.linalg.det(sum(np.exp(v.w[i]) * np.outer(v.X[i], v.X[i]) for i in range(7))))
            + 4 * _lse(np, v.w)
        ),
    ),
    # signals and time
    (
        "spline smoothing",
        "sum((y - f)**2) + lam*sum((f[2:] - 2*f[1:-1] + f[:-2])**2)",
        {"f": [7]},
        lambda np, v: ((v.y - v.f) ** 2).sum() + v.lam * (np.diff(v.f, 2) ** 2).sum(),
    ),
    (
        "spline smoothing, indexed",
        "sum((y[i]-f[i])^2 for i in range(m)) + lam*sum((f[i-1] - 2f[i] + f[i+1])^2"
        " for i in range(1, m-1))",
        {"f": [7]},
        lambda np, v: ((v.y - v.f) ** 2).sum() + v.lam * (np.diff(v.f, 2) ** 2).sum(),
    ),
    (
        "total variation",
        "norm(y - f)**2/2 + lam*sum(sqrt((f[1:] - f[:-1])**2 + eps))",
        {"f": [7]},
        lambda np, v: (
            ((v.y - v.f) ** 2).sum() / 2 + v.lam * np.sqrt(np.diff(v.f) ** 2 + v.eps).sum()
        ),
    ),
    (
        "total variation, not smoothed",
        "norm(y - f)**2/2 + lam*sum(abs(f[i+1] - f[i]) for i in range(m-1))",
        {"f": [7]},
        lambda np, v: ((v.y - v.f) ** 2).sum() / 2 + v.lam * np.abs(np.diff(v.f)).sum(),
    ),
    (
        "total variation of an image",
        "sum((R - u)**2) + lam*sum(sqrt((u[i+1,j] - u[i,j])**2 + (u[i,j+1] - u[i,j])**2 + eps)"
        " for i in range(m-1) for j in range(p-1))",
        {"u": [7, 4]},
        lambda np, v: (
            ((v.R - v.u) ** 2).sum()
            + v.lam
            * np.sqrt(
                np.diff(v.u, axis=0)[:, :-1] ** 2 + np.diff(v.u, axis=1)[:-1] ** 2 + v.eps
            ).sum()
        ),
    ),
    (
        "Kalman smoothing",
        "sum((y[k1] - P[k1,0])**2/0.1 for k1 in range(n))"
        " + sum((P[k1,0] - P[k1-1,0] - 0.5*P[k1-1,1])**2 + (P[k1,1] - P[k1-1,1])**2"
        " for k1 in range(1, n))/0.01",
        {"P": [6, 2]},
        _kalman,
    ),
    (
        "autoregression",
        "sum((y[i] - b - sum(a[j]*y[i-1-j] for j in range(2)))**2 for i in range(2, m))",
        {"a": [2], "b": []},
        lambda np, v: sum(
            (v.y[i] - v.b - v.a[0] * v.y[i - 1] - v.a[1] * v.y[i - 2]) ** 2 for i in range(2, 7)
        ),
    ),
    (
        "moving average",
        "sum(sum((-th)**j*y[i-j] for j in range(i+1))**2 for i in range(m))",
        {"th": []},
        _moving,
    ),
    (
        "deconvolution",
        "sum((y[i] - sum(h[j]*f[i+2-j] for j in range(3)))**2 for i in range(m)) + lam*norm(f)**2",
        {"h": [3], "f": [9]},
        lambda np, v: ((v.y - np.convolve(v.f, v.h, "valid")) ** 2).sum() + v.lam * (v.f**2).sum(),
    ),
    (
        "exponentials, fitted",
        "sum((y[i] - sum(a[j]*exp(-b[j]*t[i]) for j in range(2)))**2 for i in range(m))",
        {"a": [2], "b": [2]},
        lambda np, v: ((v.y - np.exp(-v.t[:, None] * v.b) @ v.a) ** 2).sum(),
    ),
    # graphs and places
    (
        "graph Laplacian",
        "sum(G[i,j]*(x[i] - x[j])**2 for i in range(5) for j in range(5) if i != j)/2",
        {"x": [5]},
        lambda np, v: (v.G.sum(0) * v.x**2).sum() - v.x @ v.G @ v.x,
    ),
    (
        "spectral, over edges",
        "sum(dist[e1]*(x[E[e1,0]] - x[E[e1,1]])**2 for e1 in range(len(E)))",
        {"x": [5]},
        lambda np, v: (v.dist * (v.x[v.E[:, 0]] - v.x[v.E[:, 1]]) ** 2).sum(),
    ),
    (
        "molecular distances",
        "sum((norm(P[E[e1,0]] - P[E[e1,1]])**2 - dist[e1]**2)**2 for e1 in range(len(dist)))",
        {"P": [5, 3]},
        lambda np, v: (
            (((v.P[v.E[:, 0]] - v.P[v.E[:, 1]]) ** 2).sum(axis=1) - v.dist**2) ** 2
        ).sum(),
    ),
    (
        "stress of a map",
        "sum((norm(P[i] - P[j]) - abs(mu[i] - mu[j]))**2 for i in range(5) for j in range(i))",
        {"P": [5, 2]},
        lambda np, v: ((np.sqrt(_pairs(np, v.P)) - np.sqrt(_pairs(np, v.mu[:, None]))) ** 2).sum(),
    ),
    (
        "Thomson",
        "sum(1/norm(P[i]/norm(P[i]) - P[j]/norm(P[j])) for i in range(5) for j in range(i))",
        {"P": [5, 3]},
        lambda np, v: (_pairs(np, _unit(np, v.P)) ** -0.5).sum(),
    ),
    (
        "Lennard-Jones",
        "sum(4*(norm(P[i] - P[j])**-12 - norm(P[i] - P[j])**-6) for i in range(5)"
        " for j in range(5) if j < i)",
        {"P": [5, 3]},
        lambda np, v: 4 * (_pairs(np, v.P) ** -6 - _pairs(np, v.P) ** -3).sum(),
    ),
    (
        "Lennard-Jones, both ways",
        "2*sum(1/r2**6 - 1/r2**3 for i in range(5) for j in range(5) if i != j)".replace(
            "r2", "sum((P[i,c1] - P[j,c1])**2 for c1 in range(3))"
        ),
        {"P": [5, 3]},
        lambda np, v: 4 * (_pairs(np, v.P) ** -6 - _pairs(np, v.P) ** -3).sum(),
    ),
    (
        "Weber",
        "sum(dist[i]*norm(x - X[i,:2]) for i in range(m))",
        {"x": [2]},
        lambda np, v: (v.dist * np.sqrt(((v.x - v.X[:, :2]) ** 2).sum(1))).sum(),
    ),
    (
        "trilateration",
        "sum((hypot(x - X[i,0], w - X[i,1]) - dist[i])**2 for i in range(m))",
        {"x": [], "w": []},
        lambda np, v: (
            (np.sqrt((v.x - v.X[:, 0]) ** 2 + (v.w - v.X[:, 1]) ** 2) - v.dist) ** 2
        ).sum(),
    ),
    # grids
    (
        "minimal surface",
        "sum(sqrt(1 + (u[i+1,j] - u[i,j])**2 + (u[i,j+1] - u[i,j])**2)"
        " + sqrt(1 + (u[i+1,j+1] - u[i,j+1])**2 + (u[i+1,j+1] - u[i+1,j])**2)"
        " for i in range(4) for j in range(3))/2",
        {"u": [5, 4]},
        lambda np, v: _minimal(np, v.u),
    ),
    (
        "Bratu",
        "sum(((u[i+1,j] if i < 3 else 0) - (u[i,j] if i >= 0 else 0))**2"
        " for i in range(-1, 4) for j in range(3))/2"
        " + sum(((u[i,j+1] if j < 2 else 0) - (u[i,j] if j >= 0 else 0))**2"
        " for i in range(4) for j in range(-1, 3))/2 - lam*sum(exp(u))",
        {"u": [4, 3]},
        lambda np, v: _dirichlet(np, v.u) - v.lam * np.exp(v.u).sum(),
    ),
    (
        "obstacle, inner grid",
        "sum((u[1:,:] - u[:-1,:])**2)/2 + sum((u[:,1:] - u[:,:-1])**2)/2"
        " + beta*sum(relu(0.9 - u[1:-1,1:-1])**2) - sum(u[1:-1,1:-1])*eps",
        {"u": [5, 4]},
        lambda np, v: (
            sum((v.u[i + 1, j] - v.u[i, j]) ** 2 for i in range(4) for j in range(4)) / 2
            + sum((v.u[i, j + 1] - v.u[i, j]) ** 2 for i in range(5) for j in range(3)) / 2
            + sum(
                v.beta * (0.9 - q) ** 2 * (q.real < 0.9) - v.eps * q for q in v.u[1:4, 1:3].ravel()
            )
        ),
    ),
    # networks
    (
        "two layers",
        "mean((tanh(X @ W + b) @ a + b2 - y)**2)",
        {"W": [4, 3], "b": [3], "a": [3], "b2": []},
        lambda np, v: (
            sum(
                (
                    sum(v.a[h] * np.tanh(v.X[i] @ v.W[:, h] + v.b[h]) for h in range(3))
                    + v.b2
                    - v.y[i]
                )
                ** 2
                for i in range(7)
            )
            / 7
        ),
    ),
    (
        "two layers, indexed",
        "sum((sum(a[h]*tanh(sum(W[h,j]*X[i,j] for j in range(p)) + b[h]) for h in range(3))"
        " - y[i])**2 for i in range(m))",
        {"W": [3, 4], "b": [3], "a": [3]},
        lambda np, v: ((np.tanh(v.X @ v.W.T + v.b) @ v.a - v.y) ** 2).sum(),
    ),
    (
        "three layers, cross entropy",
        "sum(logsumexp(relu(softplus(X @ W + b) @ V) @ U, axis=1)"
        " - sum(Y*(relu(softplus(X @ W + b) @ V) @ U), axis=1))",
        {"W": [4, 3], "b": [3], "V": [3, 3], "U": [3, 3]},
        lambda np, v: (lambda o: (_lse(np, o, 1) - o[np.arange(7), v.k]).sum())(
            np.log(1 + np.exp(v.X @ v.W + v.b)) @ v.V @ v.U
        ),
    ),
    (
        "attention",
        "norm(exp((X @ Q) @ (X @ K).T/sqrt(4))"
        "/sum(exp((X @ Q) @ (X @ K).T/sqrt(4)), axis=1)[:,None] @ X @ V - Y)**2",
        {"Q": [4, 2], "K": [4, 2], "V": [4, 3]},
        _attention,
    ),
    (
        "batch normalisation",
        "mean((gam*(X @ W - mean(X @ W, axis=0))"
        "/sqrt(mean((X @ W - mean(X @ W, axis=0))**2, axis=0) + eps) + bet - Y)**2)",
        {"W": [4, 3], "gam": [3], "bet": [3]},
        _normalised,
    ),
    (
        "autoencoder",
        "norm(sigmoid(X @ W + b) @ W.T + d - X)**2/m",
        {"W": [4, 2], "b": [2], "d": [4]},
        lambda np, v: (
            ((_sigmoid(np, np.einsum("ij,jk->ik", v.X, v.W) + v.b) @ v.W.T + v.d - v.X) ** 2).sum()
            / 7
        ),
    ),
    (
        "a layer without a loop over weights",
        "sum((W[-1] @ tanh(W[0]*t[i] + W[1]) - y[i])**2 for i in range(m))",
        {"W": [3, 5]},
        lambda np, v: ((np.tanh(v.t[:, None] * v.W[0] + v.W[1]) @ v.W[2] - v.y) ** 2).sum(),
    ),
    # decisions
    (
        "portfolio",
        "lam*w @ G @ w - mu @ w + beta*(sum(w) - 1)**2",
        {"w": [5]},
        lambda np, v: (
            v.lam * (v.G * np.outer(v.w, v.w)).sum()
            - (v.mu * v.w).sum()
            + v.beta * (v.w.sum() - 1) ** 2
        ),
    ),
    (
        "Sharpe ratio",
        "-(mu @ (exp(w)/sum(exp(w))))/sqrt((exp(w)/sum(exp(w))) @ G @ (exp(w)/sum(exp(w))))",
        {"w": [5]},
        lambda np, v: -(np.exp(v.w) @ v.mu) / np.sqrt(np.exp(v.w) @ v.G @ np.exp(v.w)),
    ),
    (
        "min-max",
        "max(X @ w - y)",
        {"w": [4]},
        lambda np, v: max((v.X[i] @ v.w - v.y[i] for i in range(7)), key=lambda u: u.real),
    ),
    (
        "min-max, indexed and absolute",
        "max(abs(X[i] @ w - y[i]) for i in range(m))",
        {"w": [4]},
        lambda np, v: max((np.abs(v.X[i] @ v.w - v.y[i]) for i in range(7)), key=lambda u: u.real),
    ),
    (
        "fair shares",
        "-sum(log(w)) + beta*relu(sum(w) - 3)**2 + norm1(w - 1)",
        {"w": [5]},
        lambda np, v: (
            -np.log(v.w.prod())
            + v.beta * max(v.w.sum() - 3, 0, key=lambda u: u.real) ** 2
            + sum(np.abs(u - 1) for u in v.w)
        ),
    ),
    (
        "entropic transport, dual",
        "eps*sum(exp((f[i] + g[j] - abs(t[i] - mu[j])*5)/0.9) for i in range(m) for j in range(5))"
        " - mean(f) - mean(g)",
        {"f": [7], "g": [5]},
        lambda np, v: (
            v.eps
            * (
                np.exp(v.f / 0.9)[:, None]
                * np.exp(v.g / 0.9)
                * np.exp(-np.abs(v.t[:, None] - v.mu) * 5 / 0.9)
            ).sum()
            - v.f.sum() / 7
            - v.g.sum() / 5
        ),
    ),
    (
        "entropy",
        "sum(w*log(w)) + beta*(sum(w) - 1)**2 + lam*(mu @ w)",
        {"w": [5]},
        lambda np, v: (
            np.log(v.w) @ v.w + v.beta * (v.w.sum() - 1) ** 2 + v.lam * (v.mu * v.w).sum()
        ),
    ),
    (
        "geometric mean",
        "-prod(w)**(1/5) + mean(w**2)",
        {"w": [5]},
        lambda np, v: -np.exp(np.log(v.w).mean()) + (v.w @ v.w) / 5,
    ),
    (
        "robot arm",
        "(sum(cos(sum(th[j] for j in range(i+1))) for i in range(n)) - 3)**2"
        " + (sum(sin(sum(th[j] for j in range(i+1))) for i in range(n)) - 1.5)**2"
        " + lam*sum((th[i+1] - th[i])**2 for i in range(n-1))",
        {"th": [6]},
        _robot,
    ),
    # the collection CUTEst
    (
        "ARWHEAD",
        "sum(-4*x[i] + 3 + (x[i]**2 + x[n-1]**2)**2 for i in range(n-1))",
        {"x": [6]},
        lambda np, v: (3 - 4 * v.x[:-1] + (v.x[:-1] ** 2 + v.x[-1] ** 2) ** 2).sum(),
    ),
    (
        "BDQRTIC",
        "sum((-4*x[i] + 3)**2 + (x[i]**2 + 2*x[i+1]**2 + 3*x[i+2]**2 + 4*x[i+3]**2"
        " + 5*x[n-1]**2)**2 for i in range(n-4))",
        {"x": [6]},
        lambda np, v: sum(
            (3 - 4 * v.x[i]) ** 2 + (np.arange(1, 5) @ v.x[i : i + 4] ** 2 + 5 * v.x[5] ** 2) ** 2
            for i in range(2)
        ),
    ),
    (
        "BROYDN7D",
        "abs(-2*x[1] + 1 + (3 - 2*x[0])*x[0])**(7/3)"
        " + sum(abs(1 - x[i-1] - 2*x[i+1] + (3 - 2*x[i])*x[i])**(7/3) for i in range(1, n-1))"
        " + abs(-x[n-2] + 1 + (3 - 2*x[n-1])*x[n-1])**(7/3)"
        " + sum(abs(x[i] + x[i+n//2])**(7/3) for i in range(n//2))",
        {"x": [6]},
        lambda np, v: (
            (
                np.abs(
                    1 + 3 * v.x - 2 * v.x**2 - np.append(0, v.x[:-1]) - 2 * np.append(v.x[1:], 0)
                )
                ** (7 / 3)
            ).sum()
            + ((v.x[:3] + v.x[3:]) ** (7 / 3)).sum()
        ),
    ),
    (
        "DIXMAANA",
        "1 + sum(x[i]**2 for i in range(n)) + sum(0.125*x[i]**2*x[i+n//3]**4"
        " for i in range(2*n//3)) + sum(0.125*x[i]*x[i+2*n//3] for i in range(n//3))",
        {"x": [6]},
        lambda np, v: _dixmaan(np, v.x),
    ),
    (
        "ENGVAL1",
        "sum((x[:-1]**2 + x[1:]**2)**2) + sum(-4*x[:-1] + 3)",
        {"x": [6]},
        lambda np, v: sum((v.x[i] ** 2 + v.x[i + 1] ** 2) ** 2 - 4 * v.x[i] + 3 for i in range(5)),
    ),
    (
        "GENROSE",
        "1 + sum(100*(x[i] - x[i-1]^2)^2 + (x[i] - 1)^2 for i in range(1, n))",
        {"x": [6]},
        lambda np, v: 1 + (100 * (v.x[1:] - v.x[:-1] ** 2) ** 2 + (v.x[1:] - 1) ** 2).sum(),
    ),
    (
        "LIARWHD",
        "sum(4*(x[i]**2 - x[0])**2 + (x[i] - 1)**2 for i in range(n))",
        {"x": [6]},
        lambda np, v: 4 * ((v.x**2 - v.x[0]) ** 2).sum() + ((v.x - 1) ** 2).sum(),
    ),
    (
        "NONCVXU2",
        "sum((x[i] + x[(3*i-2)%n] + x[(7*i-3)%n])**2 + 4*cos(x[i] + x[(3*i-2)%n] + x[(7*i-3)%n])"
        " for i in range(n))",
        {"x": [6]},
        lambda np, v: (lambda a: (a**2 + 4 * np.cos(a)).sum())(
            v.x + v.x[(3 * np.arange(6) - 2) % 6] + v.x[(7 * np.arange(6) - 3) % 6]
        ),
    ),
    (
        "SROSENBR",
        "sum(100*(x[2*i+1] - x[2*i]**2)**2 + (x[2*i] - 1)**2 for i in range(n//2))",
        {"x": [6]},
        lambda np, v: 100 * ((v.x[1::2] - v.x[::2] ** 2) ** 2).sum() + ((v.x[::2] - 1) ** 2).sum(),
    ),
    (
        "TRIDIA, with conditions",
        "sum((i+1)*(2*x[i] - x[i-1])**2 if i > 0 else (x[0] - 1)**2 for i in range(n))",
        {"x": [6]},
        lambda np, v: (v.x[0] - 1) ** 2 + (np.arange(2, 7) * (2 * v.x[1:] - v.x[:-1]) ** 2).sum(),
    ),
    (
        "VAREIGVL",
        "sum(x[i]**2*(i+1) for i in range(n))/(x @ x) + sum(sum(G[i,j]*x[i]*x[j]"
        " for j in range(5)) for i in range(5))**1.5/100",
        {"x": [6]},
        lambda np, v: (
            np.arange(1, 7) @ v.x**2 / (v.x**2).sum() + (v.x[:5] @ v.G @ v.x[:5]) ** 1.5 / 100
        ),
    ),
    (
        "even and odd",
        "sum((1 - x[i])**2 + (P[i,0] - (3 if i % 2 == 0 else 2)*x[i]**2)**2 for i in range(3))",
        {"x": [3], "P": [3, 2]},
        _varying,
    ),
    (
        "SCHMVETT",
        "sum(-1/(1 + (x[i] - x[i+1])**2) - sin((pi*x[i+1] + x[i+2])/2)"
        " - exp(-((x[i] + x[i+2])/x[i+1] - 2)**2) for i in range(n-2))",
        {"x": [6]},
        lambda np, v: (
            -sum(
                1 / (1 + (v.x[i] - v.x[i + 1]) ** 2)
                + np.sin((np.pi * v.x[i + 1] + v.x[i + 2]) / 2)
                + np.exp(-(((v.x[i] + v.x[i + 2]) / v.x[i + 1] - 2) ** 2))
                for i in range(4)
            )
        ),
    ),
    (
        "Ackley",
        "-20*exp(-0.2*sqrt(mean(x**2))) - exp(mean(cos(2*pi*x))) + 20 + e",
        {"x": [6]},
        lambda np, v: (
            -20 * np.exp(-0.2 * np.sqrt((v.x @ v.x) / 6))
            - np.exp(sum(np.cos(2 * np.pi * u) for u in v.x) / 6)
            + 20
            + np.exp(1.0)
        ),
    ),
    (
        "Griewank",
        "1 + sum(x**2)/4000 - prod(cos(x[i]/sqrt(i+1)) for i in range(n))",
        {"x": [6]},
        lambda np, v: 1 + (v.x @ v.x) / 4000 - np.prod(np.cos(v.x / np.sqrt(np.arange(1, 7)))),
    ),
    (
        "Rastrigin",
        "10*n + sum(x[i]**2 - 10*cos(2*pi*x[i]) for i in range(n))",
        {"x": [6]},
        lambda np, v: 60 + (v.x**2 - 10 * np.cos(2 * np.pi * v.x)).sum(),
    ),
    (
        "Chebyquad",
        "sum((mean(cos(q1*acos(2*x - 1))) - (-1/(q1**2 - 1) if q1 % 2 == 0 else 0))**2"
        " for q1 in range(1, 4))",
        {"x": [3]},
        lambda np, v: (
            (2 * v.x - 1).mean() ** 2
            + ((2 * (2 * v.x - 1) ** 2 - 1).mean() + 1 / 3) ** 2
            + (4 * (2 * v.x - 1) ** 3 - 3 * (2 * v.x - 1)).mean() ** 2
        ),
    ),
    (
        "Watson",
        "sum((sum(j*t[i]**(j-1)*x[j] for j in range(1, n)) - sum(t[i]**j*x[j] for j in range(n))**2"
        " - 1)**2 for i in range(m)) + x[0]**2 + (x[1] - x[0]**2 - 1)**2",
        {"x": [6]},
        lambda np, v: (
            sum(
                (np.polyval(np.polyder(v.x[::-1]), u) - np.polyval(v.x[::-1], u) ** 2 - 1) ** 2
                for u in v.t
            )
            + v.x[0] ** 2
            + (v.x[1] - v.x[0] ** 2 - 1) ** 2
        ),
    ),
    # the language's corners
    (
        "reversed and strided slices",
        "sum((x[::-2] - x[4::-2]**2)**2) + sum(x[-2:0:-1]*x[1:-1]**2)",
        {"x": [6]},
        lambda np, v: (
            sum((v.x[5 - 2 * i] - v.x[4 - 2 * i] ** 2) ** 2 for i in range(3))
            + sum(v.x[5 - i] * v.x[i] ** 2 for i in range(1, 5))
        ),
    ),
    (
        "four indices",
        "sum(A[i,j]*A[j,l]*A[l,q]*x[q]*x[i] for i in range(3) for j in range(3)"
        " for l in range(3) for q in range(3) if i <= j)",
        {"A": [3, 3], "x": [6]},
        lambda np, v: ((np.triu(v.A) @ v.A @ v.A @ v.x[:3]) * v.x[:3]).sum(),
    ),
    (
        "a sum over a part that grows",
        "sum(prod(x[j] for j in range(i, i+2))*max(x[j] for j in range(i+1)) for i in range(n-1))",
        {"x": [6]},
        lambda np, v: sum(
            v.x[i] * v.x[i + 1] * max(v.x[: i + 1], key=lambda u: u.real) for i in range(5)
        ),
    ),
    (
        "variance by columns",
        "sum((mean(B**2, axis=0) - mean(B, axis=0)**2)*mu[:3]) + sum(norm(B, axis=1))",
        {"B": [6, 3]},
        lambda np, v: (
            ((v.B - v.B.mean(axis=0)) ** 2 * v.mu[:3]).sum() / 6
            + np.sqrt((v.B**2).sum(axis=1)).sum()
        ),
    ),
    (
        "determinant of a Gram matrix",
        "det(B.T @ B)**0.5 + tr(diag(B[0]) @ B.T @ B)",
        {"B": [6, 3]},
        lambda np, v: np.sqrt(np.linalg.det(v.B.T @ v.B)) + (v.B[0] * v.B**2).sum(),
    ),
]
