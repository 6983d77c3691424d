"""What an iteration costs beyond the evaluations, in units of `x.dot(x)` for two elements.

    python benchmarks/iteration.py [--smoke]

A whole run through the engine's loop, less the compiled evaluations that it made; minima over
repeats, since other work on the machine only ever adds.
"""

from __future__ import annotations

import sys
import timeit
from time import perf_counter
from typing import Any

import numpy as np

import gdcli
from gdcli.codegen.objective import CompiledObjective
from gdcli.engine.run import Limits, run
from gdcli.engine.stopping import GradientTest
from gdcli.graph.build import build
from gdcli.methods import registry
from gdcli.model.assemble import make_problem
from gdcli.model.raw import RawProblem

ROSENBROCK = "100*(y - x**2)**2 + (1 - x)**2"
METHODS: tuple[tuple[str, dict[str, Any], float | None], ...] = (
    ("gd", {"learning_rate": 1e-5}, 16.0),
    ("adam", {"learning_rate": 1e-5}, None),
    ("lbfgs", {}, 100.0),
    ("bfgs", {}, None),
)


def objective_of(formula: str) -> CompiledObjective:
    """Compile a formula."""
    problem = make_problem(RawProblem({"minimize": formula}))
    return CompiledObjective(build(problem.tree, problem.source, problem.layout, problem.constants))


def main() -> None:
    """Print the table."""
    repeats, loops = (1, 2_000) if "--smoke" in sys.argv else (15, 20_000)
    objective = objective_of(ROSENBROCK)
    x = np.array([-1.2, 1.0])
    dot = min(timeit.repeat(lambda: x.dot(x), number=loops, repeat=5)) / loops
    once = min(
        timeit.repeat(lambda: objective.value_and_gradient(x), number=loops, repeat=5)
    ) / loops  # fmt: skip
    print(f"gd {gdcli.__version__}: x.dot(x) {dot * 1e6:.2f} µs, evaluation {once / dot:.1f} ×")
    print("method   beyond the evaluations, × x.dot(x)   wanted")
    for name, options, wanted in METHODS:
        costs = []
        for _ in range(repeats):
            began = perf_counter()
            made = run(
                objective, registry.make(name, options), x,
                limits=Limits(max_iter=3000), stopping=GradientTest(1e-9),
            )  # fmt: skip
            spent = perf_counter() - began
            costs.append((spent - made.counts.value * once) / max(1, made.iterations) / dot)
        limit = "" if wanted is None else f"≤ {wanted:g}"
        print(f"{name:8s} {min(costs):10.1f} {'':23s} {limit}")


if __name__ == "__main__":
    main()
