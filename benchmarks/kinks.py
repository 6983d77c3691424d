"""How many evaluations problems with kinks need: by pieces, by what there was before, and in SciPy.

    python -m benchmarks.kinks [--smoke]

Columns: evaluations of the value (v), of gradients (g) and Hessians (H) until `auto` stops, and how
it ends; the same for BFGS and then gradient sampling, which `auto` takes where the pieces of a
formula are not known; and values until SciPy's BFGS and Nelder–Mead stop. An end is marked `*` that
is not within 1e-6, relative where it is large, of the lowest value that any of them found, or of
the published minimum where that is lower.
"""

from __future__ import annotations

import sys
import warnings
from statistics import median
from time import perf_counter
from typing import NamedTuple

import numpy as np
from scipy import optimize

from benchmarks._kinks_problems import Kinked, problems
from gdcli.deadline import Deadline
from gdcli.engine.oracle import Oracle
from gdcli.engine.run import run_with
from gdcli.engine.unit_free import automatic
from gdcli.methods.registry import make
from gdcli.model.assemble import make_problem
from gdcli.model.raw import RawProblem
from gdcli.solving.corners import Corners
from gdcli.solving.descend import descend
from gdcli.solving.prepare import Prepared, prepare

ACCURACY = 1e-6
SMOKE = ("valley", "CB2", "Wong 1", "Chained LQ 20", "quantile 0.9")
MOST = 20_000
"""SciPy's runs, and BFGS's, are cut off after so many evaluations."""


class Ended(NamedTuple):
    """How one run ended: its value, evaluations, status and seconds."""

    value: float
    values: int
    gradients: int
    hessians: int
    status: str
    seconds: float


def prepared_for(problem: Kinked) -> Prepared:
    """Return a problem, compiled."""
    fields = {"minimize": problem.formula, "start": problem.start}
    if problem.set:
        fields["set"] = dict(problem.set)
    return prepare(make_problem(RawProblem(fields)), Deadline())


def by_pieces(prepared: Prepared) -> tuple[Ended, np.ndarray]:
    """Run `auto`; return the start as well."""
    began = perf_counter()
    descent = descend(prepared, (), Deadline())
    run = descent.run
    assert run.best is not None
    counts, value = run.counts, prepared.value_of(run.best.value)
    status, seconds = run.reason.status.value, perf_counter() - began
    ended = Ended(value, counts.value, counts.gradient, counts.hessian, status, seconds)
    return ended, descent.start.x


def by_sampling(prepared: Prepared, start: np.ndarray) -> Ended:
    """Run BFGS, and sample gradients where it stalls, as `auto` does without known pieces."""
    began = perf_counter()
    oracle = Oracle(prepared.objective, max_evaluations=MOST, too_dear=frozenset({"pieces"}))
    run = run_with(oracle, make("bfgs"), start, stopping=automatic(oracle, start.size),
                   kinked=Corners(prepared, start).near)  # fmt: skip
    value = np.inf if run.best is None else prepared.value_of(run.best.value)
    counts = run.counts
    return Ended(value, counts.value, counts.gradient, counts.hessian, run.reason.status.value,
                 perf_counter() - began)  # fmt: skip


def by_scipy(prepared: Prepared, start: np.ndarray, name: str) -> Ended:
    """Run SciPy, with the exact gradient where the method takes one."""
    began, objective = perf_counter(), prepared.objective
    exact = name == "BFGS"
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        found = optimize.minimize(
            objective.value_and_gradient if exact else objective.value,
            start, jac=exact, method=name,
            options={"maxiter" if exact else "maxfev": MOST},
        )  # fmt: skip
    status = "converged" if found.success else "stopped"
    evaluations = int(found.nfev)
    value = prepared.value_of(float(found.fun))
    return Ended(value, evaluations, evaluations * exact, 0, status, perf_counter() - began)


def main() -> None:
    """Print the table."""
    smoke = "--smoke" in sys.argv
    chosen = [p for p in problems() if not smoke or p.name in SMOKE]
    ratios, right = [], [0, 0, 0, 0]
    print(f"{'':22}{'auto':>24}{'BFGS + sampling':>26}{'SciPy BFGS':>14}{'Nelder–Mead':>14}")
    for problem in chosen:
        prepared = prepared_for(problem)
        first, start = by_pieces(prepared)
        ends = [
            first,
            by_sampling(prepared, start),
            by_scipy(prepared, start, "BFGS"),
            by_scipy(prepared, start, "Nelder-Mead"),
        ]
        lowest = min([e.value for e in ends] + ([] if problem.value is None else [problem.value]))
        good = [e.value - lowest <= ACCURACY * max(1.0, abs(lowest)) for e in ends]
        right = [count + each for count, each in zip(right, good, strict=True)]
        cells = [
            f"{e.values}v {e.gradients}g {e.hessians}H" if k < 2 else f"{e.values}"
            for k, e in enumerate(ends)
        ]
        marked = [cell + (" " if fine else "*") for cell, fine in zip(cells, good, strict=True)]
        print(f"{problem.name:22}{marked[0]:>24}{marked[1]:>26}{marked[2]:>14}{marked[3]:>14}"
              f"  {ends[0].status}, {ends[1].status}")  # fmt: skip
        if good[0] and good[1]:
            before, now = (e.values + e.gradients for e in (ends[1], ends[0]))
            ratios.append(before / now)
    ratio = f"median ratio of v + g where both are: {median(ratios):.1f}"
    print(f"right: {right} of {len(chosen)}; {ratio}")


if __name__ == "__main__":
    main()
