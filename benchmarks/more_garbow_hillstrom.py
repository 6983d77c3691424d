"""The Moré–Garbow–Hillstrom problems: `auto` against SciPy, evaluations counted alike.

    python benchmarks/more_garbow_hillstrom.py [FACTOR ...] [--peers] [--verbose]

FACTOR multiplies the standard start (1, 10 and 100 by default; starts at the origin are left out
beyond 1). Every solver gets the same compiled value, gradient, Hessian, residuals and Jacobian.
A run solves a problem if its value is at most the published minimum within the tolerance of the
problem file. Columns: g gradients and Jacobians, f values, H Hessians, a second directional
derivatives of the residuals.

Moré, Garbow & Hillstrom (1981), ACM TOMS 7, 17–41.
"""

from __future__ import annotations

import argparse
import warnings
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from gdcli.deadline import Deadline
from gdcli.model.assemble import make_problem
from gdcli.model.files import read_problems
from gdcli.model.problem import Problem
from gdcli.solving.descend import descend
from gdcli.solving.prepare import Prepared, prepare

FOLDER = Path(__file__).resolve().parents[1] / "tests" / "problems" / "mgh"
LIMIT = 1000
"""Most iterations (`least_squares`: values) of a peer."""


class Outcome(NamedTuple):
    """Value reached, what the solver said of it, and what it asked for."""

    value: float
    status: str
    g: int
    f: int
    hessians: int = 0
    bends: int = 0


class Counted:
    """An objective that counts; a joint value and gradient counts one in each."""

    def __init__(self, objective: Any) -> None:
        self.objective = objective
        self.f = self.g = self.hessians = 0

    def joint(self, x: np.ndarray) -> tuple[float, np.ndarray]:
        self.f += 1
        self.g += 1
        value, gradient = self.objective.value_and_gradient(x)
        return value, gradient

    def value(self, x: np.ndarray) -> float:
        self.f += 1
        return float(self.objective.value(x))

    def gradient(self, x: np.ndarray) -> np.ndarray:
        self.g += 1
        return np.asarray(self.objective.value_and_gradient(x)[1])

    def hessian(self, x: np.ndarray) -> np.ndarray:
        self.hessians += 1
        return np.asarray(self.objective.hessian(x))

    def residuals(self, x: np.ndarray) -> np.ndarray:
        self.f += 1
        return np.asarray(self.objective.residuals(x))

    def jacobian(self, x: np.ndarray) -> np.ndarray:
        self.g += 1
        return np.asarray(self.objective.jacobian(x))


def auto(prepared: Prepared, x0: np.ndarray) -> Outcome:
    """Solve as `gd solve` does."""
    run = descend(prepared, (), Deadline()).run
    value = np.inf if run.best is None else prepared.value_of(run.best.value)
    counts = run.counts
    return Outcome(
        value, run.reason.status.value, counts.gradient, counts.value, counts.hessian,
        counts.curvature,
    )  # fmt: skip


def least_squares(prepared: Prepared, x0: np.ndarray) -> Outcome:
    """`scipy.optimize.least_squares`, trust region reflective."""
    from scipy import optimize

    asked = Counted(prepared.objective)
    tight = {"ftol": 1e-15, "xtol": 1e-15, "gtol": 1e-15}
    found = optimize.least_squares(asked.residuals, x0, asked.jacobian, max_nfev=LIMIT, **tight)
    value = prepared.objective.offset + 2.0 * found.cost
    return Outcome(prepared.value_of(value), str(found.status), asked.g, asked.f)


def minimiser(method: str, **options: Any) -> Callable[[Prepared, np.ndarray], Outcome]:
    """Return a run of `scipy.optimize.minimize`."""

    def solve(prepared: Prepared, x0: np.ndarray) -> Outcome:
        from scipy import optimize

        asked = Counted(prepared.objective)
        hessian = {"hess": asked.hessian} if method == "trust-exact" else {}
        found = optimize.minimize(
            asked.joint, x0, jac=True, method=method, options={"maxiter": LIMIT, **options},
            **hessian,
        )  # fmt: skip
        value = prepared.value_of(float(found.fun))
        return Outcome(value, str(found.status), asked.g, asked.f, asked.hessians)

    return solve


SOLVERS: dict[str, Callable[[Prepared, np.ndarray], Outcome]] = {
    "gd auto": auto,
    "least_squares": least_squares,
    "trust-exact": minimiser("trust-exact", gtol=1e-8),
    "BFGS": minimiser("BFGS", gtol=1e-8),
    "L-BFGS-B": minimiser("L-BFGS-B", ftol=0.0, gtol=1e-8, maxfun=10 * LIMIT),
}


def problems(factor: float) -> Iterator[tuple[Problem, np.ndarray]]:
    """Yield every problem with its start multiplied by `factor`."""
    for path in sorted(FOLDER.glob("*.toml")):
        for raw in read_problems(str(path)):
            problem = make_problem(raw)
            x0 = factor * problem.layout.pack(problem.start)
            if factor == 1.0 or x0.any():
                yield replace(problem, start=problem.layout.unpack(x0)), x0


def solved(problem: Problem, value: float) -> bool:
    """Return whether the value is the published minimum or lower, to the file's tolerance."""
    expected = problem.expectation
    assert expected is not None and expected.value is not None
    return value <= expected.value + expected.tol * max(1.0, abs(expected.value))


def compare(factor: float, names: list[str], verbose: bool) -> None:
    """Print a table of totals, and every miss."""
    prepared = [(prepare(problem, Deadline()), x0) for problem, x0 in problems(factor)]
    print(f"\n{factor:g} × the standard start: {len(prepared)} runs")
    print(f"{'':14}  solved      g      f      H      a")
    for name in names:
        outcomes = []
        for each, x0 in prepared:
            try:
                outcome = SOLVERS[name](each, x0)
            except (ValueError, np.linalg.LinAlgError) as error:
                outcome = Outcome(np.inf, type(error).__name__, 0, 0)
            outcomes.append(outcome)
            good = solved(each.problem, outcome.value)
            if verbose or (name == "gd auto" and not good):
                mark = "" if good else "missed"
                print(f"    {each.problem.name:32} {outcome.value:<12.6g} {outcome[1:]} {mark}")
        count = sum(
            solved(each.problem, outcome.value)
            for (each, _), outcome in zip(prepared, outcomes, strict=True)
        )
        totals = np.array([outcome[2:] for outcome in outcomes]).sum(axis=0)
        print(f"{name:14}  {count:6}" + "".join(f" {total:6}" for total in totals), flush=True)


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("factors", nargs="*", type=float, default=[1.0, 10.0, 100.0])
    parser.add_argument("--peers", action="store_true", help="run SciPy's solvers too")
    parser.add_argument("--verbose", action="store_true", help="print every run")
    parser.add_argument("--smoke", action="store_true", help="the standard starts only")
    arguments = parser.parse_args()
    if arguments.smoke:
        arguments.factors = [1.0]
    names = list(SOLVERS) if arguments.peers else ["gd auto"]
    warnings.simplefilter("ignore")
    with np.errstate(all="ignore"):
        for factor in arguments.factors:
            compare(factor, names, arguments.verbose)


if __name__ == "__main__":
    main()
