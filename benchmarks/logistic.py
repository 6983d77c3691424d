"""Logistic regression: gd against scikit-learn's L-BFGS, to the same gradient norm.

    python benchmarks/logistic.py [--smoke] [--runs 3]

No intercept, C = 1: Σ log(1 + exp(−y·Xw)) + ½‖w‖². scikit-learn solves first, at the tolerance
1e-8 (its default, 1e-4, ends after three steps here); gd's `auto` and its L-BFGS then go at least
as far, to the |∇f|∞ that scikit-learn reached. They take turns in one process; the figure is the
ratio of median CPU seconds (≤ 0.9 is wanted), gd's time from the text of the formula to the answer.
Set OPENBLAS_NUM_THREADS=1.
"""

from __future__ import annotations

import sys
import time
import warnings
from statistics import median
from typing import Any

import numpy as np
from sklearn.linear_model import LogisticRegression

import gdcli
from benchmarks.hand import Vector

FORMULA = (
    "sum(log(1+exp(-y[i]*sum(w[k]*X[i,k] for k in range(p)))) for i in range(m)) + norm(w)**2/2"
)


def data(rows: int, columns: int) -> tuple[Vector, Vector]:
    """Return X and y = ±1 of a model with noise."""
    random = np.random.default_rng(0)
    matrix = random.standard_normal((rows, columns))
    weights = random.standard_normal(columns) / np.sqrt(columns)
    chance = 1.0 / (1.0 + np.exp(-matrix @ weights))
    return matrix, np.where(random.random(rows) < chance, 1.0, -1.0)


def slope(matrix: Vector, labels: Vector, w: Vector) -> float:
    """Return |∇f|∞, independently of both."""
    t = labels * (matrix @ w)
    return float(abs(w - matrix.T @ (labels / (1.0 + np.exp(t)))).max())


def by_peer(matrix: Vector, labels: Vector) -> tuple[float, Vector, int]:
    """Return seconds, weights and iterations of scikit-learn."""
    model = LogisticRegression(C=1.0, fit_intercept=False, solver="lbfgs", tol=1e-8, max_iter=1000)
    began = time.process_time()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model.fit(matrix, labels)
    return time.process_time() - began, model.coef_[0], int(model.n_iter_[0])


def by_gd(matrix: Vector, labels: Vector, tol: float, method: str) -> tuple[float, Any]:
    """Return seconds and gd's result."""
    settings: dict[str, Any] = {"method": method, "cache": False}
    settings |= {"stop_when": f"gradient_norm <= {tol!r}"} if method == "auto" else {"tol": tol}
    began = time.process_time()
    result = gdcli.minimize(
        FORMULA, set={"X": matrix, "y": labels}, start={"w": np.zeros(matrix.shape[1])}, **settings
    )
    return time.process_time() - began, result


def main(arguments: list[str]) -> int:
    """Run and print; fail where gd does not get there."""
    smoke = "--smoke" in arguments
    runs = 1 if smoke else 3
    if "--runs" in arguments:
        runs = int(arguments[arguments.index("--runs") + 1])
    failed = False
    shapes = ((5_000, 20), (2_000, 50)) if smoke else ((1_000_000, 20), (100_000, 200))
    for rows, columns in shapes:
        matrix, labels = data(rows, columns)
        seconds, weights, count = by_peer(matrix, labels)
        tol = slope(matrix, labels, weights)
        peer, mine = [seconds], dict[str, list[float]](auto=[], lbfgs=[])
        found: dict[str, Any] = {}
        for k in range(runs):
            for method in mine:
                seconds, found[method] = by_gd(matrix, labels, tol, method)
                mine[method].append(seconds)
            if k + 1 < runs:
                peer.append(by_peer(matrix, labels)[0])
        theirs = median(peer)
        print(f"{rows} × {columns}: scikit-learn {theirs:.3f} s, {count} it, |g| = {tol:.1e}")
        for method, times in mine.items():
            result = found[method]
            norm = slope(matrix, labels, np.asarray(result.at["w"]))
            print(
                f"  gd {method:6} {median(times):.3f} s, {result.iterations} it, "
                f"{result.evaluations['gradient']} ev, {result.evaluations['product']} products, "
                f"|g| = {norm:.1e}, {result.notes['method_summary']}: "
                f"ratio {median(times) / theirs:.2f}"
            )
            failed |= result.status != "converged" or norm > 1.1 * tol
    return int(failed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
