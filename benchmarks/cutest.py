"""The scalable problems of the CUTEst literature: gd's `auto` against SciPy, derivatives by hand.

    python benchmarks/cutest.py [--smoke] [--n 1000,100000] [name ...]

Each problem is solved in this process by gd, from the text of its file to the answer (reading,
deriving and compiling counted, programs not kept), and by SciPy's L-BFGS-B, CG and Newton-CG with
the gradients of `scalable_by_hand` (Newton-CG differences them for its products). SciPy's time is
the least among the methods that come as near to the value that the file expects as the file
demands; gd must do so too. Figures are medians of CPU seconds of a few runs in turns, and their
ratio; set OPENBLAS_NUM_THREADS=1. GENROSE and FLETCHCR, whose iterations grow with n, stay small.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

import numpy as np
from scipy.optimize import minimize

from benchmarks.scalable_by_hand import FUNCTIONS, Function, Vector
from gdcli.model.assemble import make_problem
from gdcli.model.files import read_problems
from gdcli.model.raw import RawProblem
from gdcli.solving.solve import solve_raw

FOLDER = Path(__file__).parents[1] / "sample_problems" / "scalable"
GROWING = ("genrose", "fletchcr")
SMOKE = ("arwhead", "engval1", "tridia")
PATIENCE = 10.0
METHODS: dict[str, dict[str, Any]] = {
    "L-BFGS-B": {"gtol": 1e-5, "ftol": 1e-13, "maxiter": 100_000, "maxfun": 100_000},
    "CG": {"gtol": 1e-5, "maxiter": 100_000},
    "Newton-CG": {"xtol": 1e-8, "maxiter": 10_000},
}


class Solved(NamedTuple):
    """A way to a solution: who, whether it got there, iterations, and seconds."""

    who: str
    reached: bool
    iterations: int
    seconds: float


class TooLong(Exception):
    """A peer's time is up."""


def near(value: float | None, expected: float, tolerance: float) -> bool:
    """Return whether a value is what a file expects, or lower."""
    return value is not None and value - expected <= tolerance * max(1.0, abs(expected))


def by_gd(raw: RawProblem, n: int) -> Solved:
    """Solve a problem as the command line would, without its programs from earlier runs."""
    began = time.process_time()
    result = solve_raw(raw, {"set": {"n": n}, "cache": False, "time_limit": 3 * PATIENCE})
    seconds = time.process_time() - began
    summary = str(result.notes.get("method_summary", result.status)).split(" (")[0]
    met = result.expect is not None and result.expect["verdict"] == "met"
    reached = met or (n != 1000 and met_at(raw, n, result))
    return Solved(summary, reached, result.iterations, seconds)


def met_at(raw: RawProblem, n: int, result: Any) -> bool:
    """Return whether gd converged, where the file's value holds for another n."""
    expected = expectation(raw, n)
    return result.status == "converged" and (expected is None or near(result.value, *expected))


def expectation(raw: RawProblem, n: int) -> tuple[float, float] | None:
    """Return value and tolerance that a file expects at n; None where it knows only its own n."""
    problem = make_problem(raw, {"set": {"n": n}})
    expected = problem.expectation
    if expected is None or expected.value is None:
        return None
    text = raw.fields.get("expect", {}).get("value", 0)
    fixed = isinstance(text, float) and text not in (0.0, 1.0)
    return None if fixed and n != 1000 else (float(expected.value), float(expected.tol))


def by_scipy(method: str, function: Function, x0: Vector) -> tuple[float, int, float]:
    """Return value, iterations and seconds of a peer; infinity where its time is up."""
    began = time.process_time()

    def watched(x: Vector) -> tuple[float, Vector]:
        if time.process_time() - began > PATIENCE:
            raise TooLong
        return function(x)

    try:
        with np.errstate(all="ignore"):
            found = minimize(watched, x0, jac=True, method=method, options=METHODS[method])
    except TooLong:
        return np.inf, 0, np.inf
    return float(found.fun), int(found.nit), time.process_time() - began


def compare(raw: RawProblem, n: int, runs: int) -> float | None:
    """Print a line about a problem; return the ratio of gd's time to that of SciPy's best."""
    name = str(raw.name)
    size = n // 3 * 3 if name.startswith("dixmaan") else n
    function = FUNCTIONS[name](size)
    problem = make_problem(raw, {"set": {"n": size}})
    x0 = problem.layout.pack(problem.start)
    mine = [by_gd(raw, size) for _ in range(runs)]
    theirs = {method: [by_scipy(method, function, x0)] for method in METHODS}
    values = [rows[0][0] for rows in theirs.values()]
    known = expectation(raw, size) or (min(values), 1e-6)
    good = [m for m, rows in theirs.items() if near(rows[0][0], *known)]
    for method in good:
        theirs[method] += [by_scipy(method, function, x0) for _ in range(runs - 1)]
    gd = mine[0]._replace(seconds=median(run.seconds for run in mine))
    line = f"{name:10} {size:7d}  gd {gd.who[:34]:34} {gd.iterations:6d} it "
    line += f"{gd.seconds * 1e3:9.1f} ms"
    line += "" if gd.reached else "  NOT REACHED"
    if not good:
        print(f"{line}   SciPy: none within {PATIENCE:g} s reaches the value")
        return 0.0 if gd.reached else None
    best = min(good, key=lambda m: median(row[2] for row in theirs[m]))
    seconds = median(row[2] for row in theirs[best])
    ratio = gd.seconds / seconds
    print(
        f"{line}   {best:9} {theirs[best][0][1]:6d} it {seconds * 1e3:9.1f} ms   {ratio:6.2f}",
        flush=True,
    )
    return ratio if gd.reached else None


def main(arguments: list[str]) -> int:
    """Run the comparison; the exit code says whether gd solved everything."""
    smoke = "--smoke" in arguments
    sizes = [1000] if smoke else [1000, 100_000]
    if "--n" in arguments:
        k = arguments.index("--n")
        sizes = [int(text) for text in arguments[k + 1].split(",")]
        del arguments[k : k + 2]
    names = [text for text in arguments if not text.startswith("-")]
    failed = 0
    for n in sizes:
        ratios = []
        for raw in sorted(all_problems(), key=lambda raw: str(raw.name)):
            wanted = names or (SMOKE if smoke else None)
            if wanted is not None and raw.name not in wanted:
                continue
            if raw.name in FUNCTIONS and not (n > 1000 and raw.name in GROWING):
                ratio = compare(raw, n, 1 if smoke else 3)
                failed += ratio is None
                ratios.append(np.inf if ratio is None else ratio)
        print(f"n = {n}: median ratio {median(ratios):.2f} over {len(ratios)} problems\n")
    return 1 if failed else 0


def all_problems() -> list[RawProblem]:
    """Return the problems of the folder, in the order of the files."""
    read: Callable[[Path], list[RawProblem]] = read_problems
    return [raw for path in sorted(FOLDER.glob("*.toml")) for raw in read(path)]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
