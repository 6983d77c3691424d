"""Whole solves at large n: gd against SciPy's L-BFGS-B with the best gradient written by hand.

    python benchmarks/large_solves.py [--smoke] [--n 1000000] [--runs 3]

Chained Rosenbrock from 1 ± 0.5 (seeded), by L-BFGS with ten pairs on both sides, to |∇f|∞ ≤ 1e-5;
and by gd's `auto`. The two are run in turns in one process, gd's time from the text of the formula
to the answer; the figure is the ratio of median CPU seconds (≤ 0.6 is wanted). For each of gd's
runs the share of value and gradient in its time is told: what is left is gd's own. Set
OPENBLAS_NUM_THREADS=1.
"""

from __future__ import annotations

import sys
import time
from statistics import median
from typing import Any

import numpy as np
from scipy.optimize import minimize

import gdcli
from benchmarks.hand import Vector, hand_rosenbrock

FORMULA = "sum(100*(x[i+1]-x[i]**2)**2 + (1-x[i])**2 for i in range(n-1))"
TOLERANCE = 1e-5


def start(n: int) -> Vector:
    """Return 1 + U(−½, ½), the same every time."""
    return 1.0 + np.random.default_rng(1).uniform(-0.5, 0.5, n)


def by_gd(x0: Vector, method: str) -> tuple[float, Any]:
    """Return seconds and gd's result."""
    settings: dict[str, Any] = {"method": method, "cache": False}
    if method != "auto":
        settings["tol"] = TOLERANCE
    began = time.process_time()
    result = gdcli.minimize(FORMULA, set={"n": x0.size}, start={"x": x0}, **settings)
    return time.process_time() - began, result


def by_scipy(x0: Vector) -> tuple[float, Any]:
    """Return seconds and SciPy's result."""
    function = hand_rosenbrock(x0.size)
    options = {"maxcor": 10, "gtol": TOLERANCE, "ftol": 0.0, "maxiter": 10_000, "maxfun": 20_000}
    began = time.process_time()
    result = minimize(function, x0, jac=True, method="L-BFGS-B", options=options)
    return time.process_time() - began, result


def evaluation(x0: Vector) -> float:
    """Return the seconds of one value and gradient of gd's."""
    compiled = gdcli.compile(FORMULA, set={"n": x0.size}, variables={"x": "n"})
    times = []
    for _ in range(5):
        began = time.process_time()
        compiled.value_and_gradient(x0)
        times.append(time.process_time() - began)
    return median(times)


def main(arguments: list[str]) -> int:
    """Run and print; fail where somebody does not get there."""
    smoke = "--smoke" in arguments
    n = 10_000 if smoke else 1_000_000
    runs = 1 if smoke else 3
    if "--n" in arguments:
        n = int(arguments[arguments.index("--n") + 1])
    if "--runs" in arguments:
        runs = int(arguments[arguments.index("--runs") + 1])
    x0 = start(n)
    once = evaluation(x0)
    print(f"chained Rosenbrock, n = {n}: one value and gradient {once * 1e3:.2f} ms")
    rows: dict[str, list[float]] = {"lbfgs": [], "auto": [], "SciPy": []}
    results: dict[str, Any] = {}
    for _ in range(runs):
        for method in ("lbfgs", "auto"):
            seconds, results[method] = by_gd(x0, method)
            rows[method].append(seconds)
        seconds, results["SciPy"] = by_scipy(x0)
        rows["SciPy"].append(seconds)
    peer = median(rows["SciPy"])
    found = results["SciPy"]
    norm = float(abs(found.jac).max())
    print(f"SciPy  {found.nit:5d} it {found.nfev:5d} ev {peer:7.2f} s   |g| = {norm:.1e}")
    failed = norm > TOLERANCE
    for method in ("lbfgs", "auto"):
        result, seconds = results[method], median(rows[method])
        counts = result.evaluations
        share = counts["gradient"] * once / seconds
        print(
            f"{method:6} {result.iterations:5d} it {counts['gradient']:5d} ev {seconds:7.2f} s   "
            f"|g| = {result.gradient_norm:.1e}  products {counts['product']}  ratio "
            f"{seconds / peer:.2f}, of it value and gradient {share:.0%}, {result.status}"
        )
        failed |= result.status != "converged"
    return int(failed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
