"""The scalable problems of the CUTEst literature: gd's `auto` against SciPy, derivatives by hand.

    python -m benchmarks.cutest [--smoke] [--processes] [--n 1000,100000] [name ...]

Each problem is solved in this process by gd, from the text of its file to the answer (reading,
deriving and compiling counted, programs not kept), and by SciPy's L-BFGS-B, CG and Newton-CG with
the gradients of `scalable_by_hand` (Newton-CG differences them for its products). SciPy's time is
the least among the methods that come as near to the value that the file expects as the file
demands; gd must do so too. Figures are medians of CPU seconds of a few runs in turns, and their
ratio; set OPENBLAS_NUM_THREADS=1. `alone` is the same ratio for a second descent in gd, whose
programs are there by then, as SciPy's functions are. GENROSE and FLETCHCR, whose iterations grow
with n, stay small.

With --processes the same is also timed as a person at a shell meets it, from the command to the
answer: `gd solve FILE` without its cache, and a Python script that imports NumPy, SciPy's
`minimize` and the function by hand, and calls the method that was best above.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

import numpy as np
from scipy.optimize import minimize

from benchmarks.scalable_by_hand import FUNCTIONS, Function, Vector
from gdcli.deadline import Deadline
from gdcli.model.assemble import make_problem
from gdcli.model.files import read_problems
from gdcli.model.raw import RawProblem
from gdcli.solving.descend import descend
from gdcli.solving.prepare import prepare
from gdcli.solving.solve import solve_raw

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "sample_problems" / "scalable"
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


def descent_alone(raw: RawProblem, n: int) -> float:
    """Return the CPU seconds of a descent for which everything has been derived and compiled."""
    problem = make_problem(raw, {"set": {"n": n}, "cache": False})
    with np.errstate(all="ignore"):
        prepared = prepare(problem, Deadline())
        descend(prepared, [], Deadline(3 * PATIENCE))
        began = time.process_time()
        descend(prepared, [], Deadline(3 * PATIENCE))
        return time.process_time() - began


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


SCRIPT = """
import json, sys
import numpy as np
from scipy.optimize import minimize
from benchmarks.scalable_by_hand import FUNCTIONS
name, n, method, options, start = sys.argv[1:]
x0 = np.load(start)
found = minimize(FUNCTIONS[name](int(n)), x0, jac=True, method=method, options=json.loads(options))
print(found.fun, found.x)
"""
"""What a person would write for one of the functions by hand."""


def of_process(command: list[str]) -> float:
    """Return the CPU seconds of a process."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    environment = {**os.environ, "GD_NO_CACHE": "1"}
    subprocess.run(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, check=False)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def processes(raw: RawProblem, n: int, method: str, x0: Vector, runs: int) -> float:
    """Return the ratio of the CPU seconds of two processes, gd's to SciPy's."""
    name, file = str(raw.name), str(raw.file)
    with tempfile.TemporaryDirectory() as folder:
        start = str(Path(folder, "start.npy"))
        np.save(start, x0)
        gd = [sys.executable, "-m", "gdcli", "solve", file, "--name", name, "--set", f"n={n}"]
        peer = [
            sys.executable,
            "-c",
            SCRIPT,
            name,
            str(n),
            method,
            json.dumps(METHODS[method]),
            start,
        ]
        pairs = [(of_process(gd), of_process(peer)) for _ in range(runs)]
    mine, theirs = zip(*pairs, strict=True)
    return median(mine) / median(theirs)


def compare(
    raw: RawProblem, n: int, runs: int, alone: list[float], whole: list[float] | None
) -> float | None:
    """Print a line about a problem; return the ratio of gd's time to that of SciPy's best.

    Args:
        alone: The ratio for the descent alone is added here.
        whole: The ratio of whole processes is added here; None: they are not run.
    """
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
        alone.append(0.0)
        return 0.0 if gd.reached else None
    best = min(good, key=lambda m: median(row[2] for row in theirs[m]))
    seconds = median(row[2] for row in theirs[best])
    ratio = gd.seconds / seconds
    line += f"   {best:9} {theirs[best][0][1]:6d} it {seconds * 1e3:9.1f} ms   {ratio:6.2f}"
    alone.append(median(descent_alone(raw, size) for _ in range(runs)) / seconds)
    line += f"   alone {alone[-1]:6.2f}"
    if whole is not None:
        whole.append(processes(raw, size, best, x0, runs))
        line += f"   processes {whole[-1]:6.2f}"
    print(line, flush=True)
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
        ratios: list[float] = []
        alone: list[float] = []
        whole: list[float] | None = [] if "--processes" in arguments else None
        for raw in sorted(all_problems(), key=lambda raw: str(raw.name)):
            wanted = names or (SMOKE if smoke else None)
            if wanted is not None and raw.name not in wanted:
                continue
            if raw.name in FUNCTIONS and not (n > 1000 and raw.name in GROWING):
                ratio = compare(raw, n, 1 if smoke else 3, alone, whole)
                failed += ratio is None
                ratios.append(np.inf if ratio is None else ratio)
        print(f"n = {n}: median ratio {median(ratios):.2f} over {len(ratios)} problems")
        print(f"descents alone: median ratio {median(alone):.2f}")
        if whole:
            print(f"whole processes: median ratio {median(whole):.2f} over {len(whole)} problems")
    return 1 if failed else 0


def all_problems() -> list[RawProblem]:
    """Return the problems of the folder, in the order of the files."""
    read: Callable[[Path], list[RawProblem]] = read_problems
    return [raw for path in sorted(FOLDER.glob("*.toml")) for raw in read(path)]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
