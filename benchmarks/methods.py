"""How many evaluations gd's methods need, against SciPy's counterparts, on the same problems.

    python -m benchmarks.methods [--smoke] [--verbose]

Problems: the 41 Moré–Garbow–Hillstrom runs, and the smooth unconstrained sample problems. Both
sides get the same compiled value, gradient, Hessian, residuals and Jacobian, in one process,
tolerance 1e-8, through one wrapper that records f wherever anything is asked. Value, gradient,
residuals and Jacobian at one place are one evaluation; what is asked there a second time is
another. Hessians are beside (H), and so are gradients and Jacobians by themselves (g). A run solves
a problem to accuracy τ once f − f* ≤ τ·(f₀ − f*), f* the published minimum; Moré & Wild (2009),
*Benchmarking derivative-free optimization algorithms*, SIAM J. Optim. 20, 172–191, whose data
profiles are printed: the share of
problems solved within κ·(n + 1) evaluations.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from itertools import islice
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

import numpy as np
from scipy import optimize

from benchmarks.more_garbow_hillstrom import problems as more_garbow_hillstrom
from gdcli.deadline import Deadline
from gdcli.graph.structure import is_smooth
from gdcli.model.assemble import make_problem
from gdcli.model.files import read_problems
from gdcli.model.problem import Problem
from gdcli.solving.descend import descend
from gdcli.solving.prepare import Prepared, prepare

SAMPLES = Path(__file__).resolve().parents[1] / "sample_problems"
PAIRS = (
    ("auto", "trust-exact"), ("auto", "least_squares"), ("bfgs", "BFGS"), ("lbfgs", "L-BFGS-B"),
    ("newton", "trust-exact"), ("cg", "CG"),
)  # fmt: skip
KAPPAS = (5, 10, 20, 50, 100, 200)
ACCURACIES = (1e-3, 1e-6)
TOLERANCE = 1e-8
MOST = 5000
"""A run is cut off after so many evaluations."""


class CutOff(Exception):
    """A run has used up its evaluations."""


class Recorder:
    """An objective that notes the value at every evaluation.

    Attributes:
        values: f at each evaluation, in order.
        gradients, hessians, others: How often each was computed; a joint value and gradient is a
            gradient, and so is a Jacobian; others are products and second directional derivatives.
    """

    def __init__(self, objective: Any) -> None:
        self.objective = objective
        self.values: list[float] = []
        self.gradients = self.hessians = self.others = 0
        self._asked: dict[bytes, set[str]] = {}

    def __getattr__(self, name: str) -> Any:
        return getattr(self.objective, name)

    def _visit(self, x: np.ndarray, kind: str) -> None:
        place = x.tobytes()
        known = self._asked.get(place)
        if known is not None and kind not in known:
            known.add(kind)
            return
        if len(self.values) >= MOST:
            raise CutOff
        self._asked[place] = {kind}
        self.values.append(float(self.objective.value(x)))

    def value(self, x: np.ndarray) -> float:
        self._visit(x, "value")
        return float(self.objective.value(x))

    def value_and_gradient(self, x: np.ndarray) -> tuple[float, np.ndarray]:
        self._visit(x, "gradient")
        self.gradients += 1
        value, gradient = self.objective.value_and_gradient(x)
        return value, gradient

    def residuals(self, x: np.ndarray) -> np.ndarray:
        self._visit(x, "residuals")
        return np.asarray(self.objective.residuals(x))

    def jacobian(self, x: np.ndarray) -> np.ndarray:
        self._visit(x, "gradient")
        self.gradients += 1
        return np.asarray(self.objective.jacobian(x))

    def hessian(self, x: np.ndarray) -> np.ndarray:
        self.hessians += 1
        return np.asarray(self.objective.hessian(x))

    def hessian_product(self, x: np.ndarray, v: np.ndarray) -> np.ndarray:
        self.others += 1
        return np.asarray(self.objective.hessian_product(x, v))

    def residual_curvature(self, x: np.ndarray, v: np.ndarray) -> np.ndarray:
        self.others += 1
        return np.asarray(self.objective.residual_curvature(x, v))


class Record(NamedTuple):
    """What a run took.

    Attributes:
        reached: Evaluations until each of `ACCURACIES`; infinity where it was not reached.
        stopped: Evaluations until the method's own stop; infinity where it was cut off.
    """

    reached: tuple[float, ...]
    stopped: float
    gradients: int
    hessians: int
    others: int

    @property
    def both(self) -> float:
        """Evaluations until the method stopped, if it solved the problem to the last accuracy."""
        return self.stopped if self.reached[-1] < np.inf else np.inf


Solver = Callable[[Prepared, Recorder, np.ndarray], None]


def gd(prepared: Prepared, asked: Recorder, x0: np.ndarray) -> None:
    """Solve as `gd solve` does."""
    descend(replace(prepared, objective=asked), (), Deadline())  # type: ignore[arg-type]


def least_squares(prepared: Prepared, asked: Recorder, x0: np.ndarray) -> None:
    """`scipy.optimize.least_squares`, trust region reflective."""
    tight = {"ftol": 1e-15, "xtol": 1e-15, "gtol": TOLERANCE}
    optimize.least_squares(asked.residuals, x0, asked.jacobian, max_nfev=MOST, **tight)


def minimiser(method: str, **options: Any) -> Solver:
    """Return a run of `scipy.optimize.minimize`."""

    def solve(prepared: Prepared, asked: Recorder, x0: np.ndarray) -> None:
        optimize.minimize(
            asked.value_and_gradient, x0, jac=True, method=method,
            options={"gtol": TOLERANCE, "maxiter": MOST, **options},
            **({"hess": asked.hessian} if method == "trust-exact" else {}),
        )  # fmt: skip

    return solve


SOLVERS: Mapping[str, Solver] = {
    "auto": gd, "bfgs": gd, "lbfgs": gd, "newton": gd, "cg": gd,
    "least_squares": least_squares,
    "trust-exact": minimiser("trust-exact"),
    "BFGS": minimiser("BFGS"),
    "L-BFGS-B": minimiser("L-BFGS-B", ftol=0.0, maxfun=10 * MOST),
    "CG": minimiser("CG"),
}  # fmt: skip


def problems() -> Iterator[Problem]:
    """Yield the runs of the collection, then the smooth unconstrained samples."""
    for problem, _ in more_garbow_hillstrom(1.0):
        yield problem
    for path in sorted(SAMPLES.glob("*.toml")):
        for raw in read_problems(str(path)):
            problem = make_problem(raw)
            value = None if problem.expectation is None else problem.expectation.value
            if not problem.bounded and value is not None:
                yield problem


def record(problem: Problem, name: str) -> Record | None:
    """Run a solver; None where it does not apply."""
    method = name if SOLVERS[name] is gd else "bfgs"
    prepared = prepare(
        replace(problem, settings=replace(problem.settings, method=method, max_iter=MOST)),
        Deadline(),
    )
    if not is_smooth(prepared.formula):
        return None
    if name == "least_squares" and "residuals" not in prepared.objective.provides:
        return None
    asked = Recorder(prepared.objective)
    x0 = problem.layout.pack(problem.start)
    stopped = True
    try:
        SOLVERS[name](prepared, asked, x0)
    except (CutOff, ValueError, np.linalg.LinAlgError):
        stopped = False
    assert problem.expectation is not None and problem.expectation.value is not None
    values = prepared.sign * np.array([prepared.value_of(value) for value in asked.values])
    lowest = prepared.sign * problem.expectation.value
    gaps = values - lowest
    begin = prepared.sign * prepared.value_of(prepared.objective.value(x0)) - lowest
    reached = []
    for accuracy in ACCURACIES:
        hits = np.flatnonzero(gaps <= accuracy * begin)
        reached.append(float(hits[0] + 1) if hits.size else np.inf)
    end = float(len(values)) if stopped else np.inf
    return Record(tuple(reached), end, asked.gradients, asked.hessians, asked.others)


def ratios(ours: list[float], theirs: list[float]) -> str:
    """Return the median ratio over problems that both solve, and over how many that is."""
    found = [a / b for a, b in zip(ours, theirs, strict=True) if max(a, b) < np.inf]
    return f"{median(found):6.2f} ({len(found):2})" if found else "     –     "


def compare(ours: list[Record], theirs: list[Record]) -> str:
    """Return the columns of a pair of methods."""
    cells = [
        f"{sum(each.reached[-1] < np.inf for each in side):4}" for side in (ours, theirs)
    ] + [
        ratios([each.reached[k] for each in ours], [each.reached[k] for each in theirs])
        for k in range(len(ACCURACIES))
    ] + [
        ratios([each.both for each in ours], [each.both for each in theirs])
    ]  # fmt: skip
    good = [k for k in range(len(ours)) if max(ours[k].both, theirs[k].both) < np.inf]
    for side in (ours, theirs):
        sums = [sum(getattr(side[k], kind) for k in good) for kind in Record._fields[1:]]
        cells.append("/".join(f"{total:.0f}" for total in sums))
    return "  ".join(cells)


def main() -> None:
    """Print the tables."""
    warnings.simplefilter("ignore")
    chosen = list(islice(problems(), 0, None, 16 if "--smoke" in sys.argv else 1))
    records: dict[str, list[Record | None]] = {}
    with np.errstate(all="ignore"):
        for name in SOLVERS:
            records[name] = [record(problem, name) for problem in chosen]
    kept = [k for k in range(len(chosen)) if records["auto"][k] is not None]
    print(f"{len(kept)} problems; medians of gd's evaluations over SciPy's (over so many problems)")
    print("both to 1e-3, to 1e-6, to the own stop; then evaluations/g/H/others until the stop")
    print(f"{'':24}solved    {'1e-3':11}  {'1e-6':11}  {'own stop':11}  sums: gd, SciPy")
    for mine, peer in PAIRS:
        common = [k for k in kept if records[peer][k] is not None]
        ours = [each for k in common if (each := records[mine][k]) is not None]
        theirs = [each for k in common if (each := records[peer][k]) is not None]
        print(f"{mine:7} {peer:13} {compare(ours, theirs)}")
        if "--verbose" in sys.argv:
            for k, a, b in zip(common, ours, theirs, strict=True):
                print(f"    {chosen[k].name:32} {a.reached} {a.stopped}  {b.reached} {b.stopped}")
    for level, accuracy in enumerate(ACCURACIES):
        print(f"\nshare solved to {accuracy:g} within κ·(n + 1) evaluations")
        print(f"{'κ':15}" + "".join(f"{kappa:>6}" for kappa in KAPPAS))
        for name, rows in records.items():
            runs = [(row, chosen[k].layout.size) for k in kept if (row := rows[k]) is not None]
            shares = [
                sum(row.reached[level] <= kappa * (n + 1) for row, n in runs) / len(runs)
                for kappa in KAPPAS
            ]
            print(f"{name:15}" + "".join(f"{share:6.0%}" for share in shares))


if __name__ == "__main__":
    main()
