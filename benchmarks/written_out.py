"""A formula written out in thousands of scalars: how long until its gradient runs, and how fast.

    python benchmarks/written_out.py [--smoke]

Chained Rosenbrock, written out and in indexed form. Whole processes are run in turns with
`python -c "import numpy, sympy"` and figures are medians of the ratios of neighbours; evaluations
likewise. Compile the package to bytecode first, as an installation does.
"""

from __future__ import annotations

import math
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from statistics import median
from typing import Any

import numpy as np

from gdcli.codegen.objective import CompiledObjective
from gdcli.graph.build import build
from gdcli.model.assemble import make_problem
from gdcli.model.raw import RawProblem

INDEXED = "sum(100*(x[i+1]-x[i]**2)**2 + (1-x[i])**2 for i in range(n-1))"
YARDSTICK = "import numpy, sympy"
DERIVE = """
from gdcli.codegen.objective import CompiledObjective
from gdcli.graph.build import build
from gdcli.model.assemble import make_problem
from gdcli.model.raw import RawProblem
import sys
problem = make_problem(RawProblem({"minimize": sys.stdin.read()}))
CompiledObjective(build(problem.tree, problem.source, problem.layout, problem.constants))
"""
START_UP = 2
"""The size that stands for a process in which there is next to nothing to do."""


def written_out(n: int) -> str:
    """Return chained Rosenbrock of n scalars."""
    return "+".join(f"100*(x{i + 1}-x{i}**2)**2+(1-x{i})**2" for i in range(1, n))


def compiled(text: str, *, roll_up: bool = True, **fields: Any) -> CompiledObjective:
    """Return the function of a formula."""
    problem = make_problem(RawProblem({"minimize": text, **fields}))
    formula = build(
        problem.tree, problem.source, problem.layout, problem.constants, roll_up=roll_up
    )
    return CompiledObjective(formula)


def process_seconds(code: str, text: str = "") -> float:
    """Return how long a whole process takes that is given `text`."""
    began = time.perf_counter()
    subprocess.run([sys.executable, "-c", code], input=text, text=True, check=True)
    return time.perf_counter() - began


def whole_processes(sizes: Sequence[int], rounds: int) -> None:
    """Print what text to compiled gradient costs, against importing NumPy and SymPy."""
    texts = {n: written_out(n) for n in (START_UP, *sizes)}
    seconds: dict[int, list[float]] = {n: [] for n in texts}
    yardstick = []
    process_seconds(YARDSTICK), process_seconds(DERIVE, texts[START_UP])
    for _ in range(rounds):
        yardstick.append(process_seconds(YARDSTICK))
        for n, text in texts.items():
            seconds[n].append(process_seconds(DERIVE, text))
    print(f"import numpy, sympy: {median(yardstick):.3f} s")
    for n in sizes:
        ratio = median(s / y for s, y in zip(seconds[n], yardstick, strict=True))
        print(f"text to compiled gradient, {n:>6,} scalars: {ratio:.2f} × that")
    beyond = {
        n: median(s - low for s, low in zip(seconds[n], seconds[START_UP], strict=True))
        for n in sizes
    }
    first, last = sizes[0], sizes[-1]
    if min(beyond[first], beyond[last]) > 0.0:  # with one run each, noise can exceed the cost
        growth = math.log(beyond[last] / beyond[first]) / math.log(last / first)
        print(f"beyond start-up, from {first:,} to {last:,}: grows as n^{growth:.2f}")


def evaluations(n: int, rounds: int) -> None:
    """Print what an evaluation costs: rolled up, in indexed form, written out."""
    text = written_out(n)
    rolled, scalar = compiled(text), compiled(text, roll_up=False)
    indexed = compiled(INDEXED, set={"n": n}, variables={"x": [n]})
    x = np.random.default_rng(1).uniform(-1.0, 1.0, n)
    functions: list[Callable[[Any], Any]] = [
        rolled.value_and_gradient,
        indexed.value_and_gradient,
        scalar.value_and_gradient,
        rolled.value,
    ]
    seconds: list[list[float]] = [[] for _ in functions]
    for _ in range(rounds):
        for function, times in zip(functions, seconds, strict=True):
            began = time.perf_counter()
            function(x)
            times.append(time.perf_counter() - began)
    ours, others, scalars, value = (median(times) for times in seconds)
    print(
        f"value+gradient of {n:,} scalars: {1e6 * ours:.1f} µs, {ours / others:.2f} × the indexed"
        f" form, {ours / scalars:.3f} × not rolled up, {ours / value:.2f} × the value"
    )


def main() -> None:
    """Print all figures."""
    smoke = "--smoke" in sys.argv[1:]
    whole_processes((300, 1_000) if smoke else (300, 1_000, 3_000), 1 if smoke else 11)
    for n in (300, 1_000) if smoke else (300, 1_000, 3_000, 10_000):
        evaluations(n, 20 if smoke else 300)


if __name__ == "__main__":
    main()
