"""Value and gradient of generated code against the best hand-written NumPy and peers, in turns.

    OPENBLAS_NUM_THREADS=1 python -m benchmarks.evaluation [NAME ... | --smoke]

with the names `rosenbrock logistic network products`. "Best hand" is in `benchmarks/hand.py`; JAX
and CasADi are in `benchmarks/peers.py`, and left out where they are not installed, as is `[fast]`
without numba. What stands in a line is run in turns; printed is the ratio of the medians to the
hand-written one, what that takes, and how far the gradients differ. `products` gives what a
Hessian·vector product costs in gradients, and a gradient in values.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from statistics import median
from typing import Any, NamedTuple

import numpy as np

from benchmarks import peers
from benchmarks.hand import Function, Vector, hand_logistic, hand_network, hand_rosenbrock
from gdcli.codegen import fast
from gdcli.codegen.objective import CompiledObjective
from gdcli.graph.build import build
from gdcli.model.assemble import make_problem
from gdcli.model.raw import RawProblem

ROSENBROCK = "sum(100*(x[i+1] - x[i]**2)**2 + (1 - x[i])**2 for i in range(n-1))"
LOGISTIC = "sum(log(1 + exp(-y[i]*sum(w[k]*X[i,k] for k in range(p)))) for i in range(m))"
NETWORK = "mean((y - w2 @ tanh(W1 @ X.T + b1[:,None]) - b2)**2)"
SURFACE = (
    "sum(sqrt(1 + ((u[i+1,j] - u[i,j])*(n-1))**2 + ((u[i,j+1] - u[i,j])*(n-1))**2)"
    " for i in range(n-1) for j in range(n-1))/(n-1)**2"
)
SECONDS = 2.0


class Pair(NamedTuple):
    """An objective typed as a formula, by hand, and where to evaluate it.

    Attributes:
        fast: The same compiled by numba, if that is there and fit.
        others: The same by other libraries.
    """

    name: str
    objective: CompiledObjective
    hand: Function
    x: Vector
    fast: CompiledObjective | None
    others: dict[str, Function]


def objective(formula: str, **fields: Any) -> CompiledObjective:
    """Return a formula's objective as NumPy code, and print how long text to function took."""
    os.environ[fast.SWITCH] = "0"
    began = time.perf_counter()
    problem = make_problem(RawProblem({"minimize": formula, **fields}))
    made = CompiledObjective(build(problem.tree, problem.source, problem.layout, problem.constants))
    print(f"  text to function: {(time.perf_counter() - began) * 1e3:.1f} ms", flush=True)
    return made


def compiled(formula: str, **fields: Any) -> CompiledObjective | None:
    """Return a formula's objective compiled by numba, None without numba."""
    if not peers.installed("numba"):
        return None
    os.environ[fast.SWITCH] = "1"
    problem = make_problem(RawProblem({"minimize": formula, **fields}))
    return CompiledObjective(build(problem.tree, problem.source, problem.layout, problem.constants))


def rosenbrock(largest: int = 7) -> Iterator[Pair]:
    random = np.random.default_rng(0)
    for power in range(3, largest + 1):
        n = 10**power
        fields: dict[str, Any] = {"set": {"n": n}, "variables": {"x": [n]}}
        made = objective(ROSENBROCK, **fields)
        x = 1.0 + random.uniform(-0.5, 0.5, n)
        others = {}
        if peers.installed("jax"):
            others["JAX"] = peers.jax_rosenbrock()
        if peers.installed("casadi") and n <= 10**6:
            others["CasADi"] = peers.casadi_rosenbrock(n)
        name = f"Rosenbrock 10^{power}"
        yield Pair(name, made, hand_rosenbrock(n), x, compiled(ROSENBROCK, **fields), others)


def logistic() -> Iterator[Pair]:
    random = np.random.default_rng(1)
    for m, p in ((10**6, 20), (10**5, 200)):
        data = random.normal(size=(m, p))
        labels = np.where(random.random(m) < 0.5, -1.0, 1.0)
        made = objective(LOGISTIC, set={"X": data, "y": labels, "m": m, "p": p})
        others = {"JAX": peers.jax_logistic(data, labels)} if peers.installed("jax") else {}
        x = 0.1 * random.normal(size=p)
        yield Pair(f"logistic {m}x{p}", made, hand_logistic(data, labels), x, None, others)


def network() -> Iterator[Pair]:
    random = np.random.default_rng(2)
    data, labels = random.normal(size=(10**5, 20)), random.normal(size=10**5)
    shapes = {"W1": [32, 20], "b1": [32], "w2": [32], "b2": []}
    made = objective(NETWORK, set={"X": data, "y": labels}, variables=shapes)
    others = {"JAX": peers.jax_network(data, labels, 32)} if peers.installed("jax") else {}
    x = 0.3 * random.normal(size=made.size)
    yield Pair("network 20-32-1", made, hand_network(data, labels, 32), x, None, others)


def products() -> None:
    """Print what derivatives cost in terms of each other."""
    random = np.random.default_rng(3)
    made = [pair for pair in rosenbrock() if pair.x.size == 10**5]
    made += [next(logistic()), next(network())]
    surface = objective(SURFACE, set={"n": 500}, variables={"u": [500, 500]})
    cases = [(pair.name, pair.objective, pair.x) for pair in made]
    cases.append(("surface 500x500", surface, random.normal(size=surface.size)))
    for name, one, x in cases:
        v = random.normal(size=x.size)
        value, gradient, product = in_turns(
            lambda one=one, x=x: one.value(x),
            lambda one=one, x=x: one.value_and_gradient(x),
            lambda one=one, x=x, v=v: one.hessian_product(x, v),
        )
        ratios = f"gradient/value {gradient / value:.2f}, product/gradient {product / gradient:.2f}"
        print(f"{name:22} {ratios}", flush=True)


def in_turns(*functions: Callable[[], object]) -> list[float]:
    """Return the median seconds of functions that are called one after the other."""
    seconds: list[list[float]] = [[] for _ in functions]
    for function in functions:
        function()
    began = time.perf_counter()
    while len(seconds[0]) < 5 or time.perf_counter() - began < SECONDS:
        for times, function in zip(seconds, functions, strict=True):
            start = time.perf_counter()
            function()
            times.append(time.perf_counter() - start)
    return [median(times) for times in seconds]


def compare(pair: Pair) -> None:
    """Print one line."""
    _, expected = pair.hand(pair.x)
    functions = {"gd": pair.objective.value_and_gradient}
    if pair.fast is not None:
        functions["[fast]"] = pair.fast.value_and_gradient
    functions |= pair.others
    scale = np.abs(expected).max()
    error = max(np.abs(f(pair.x)[1] - expected).max() / scale for f in functions.values())
    hand, *seconds = in_turns(*(partial(f, pair.x) for f in (pair.hand, *functions.values())))
    columns = (f"{name} {s / hand:6.3f}" for name, s in zip(functions, seconds, strict=True))
    print(
        f"{pair.name:20} × hand ({hand * 1e3:8.3f} ms): {', '.join(columns)};"
        f" differ by {error:.0e}",
        flush=True,
    )


def main(names: list[str]) -> None:
    """Run the benchmarks of these names, or all; `--smoke`: a small one."""
    for peer in ("numba", "jax", "casadi"):
        if not peers.installed(peer):
            print(f"{peer} is not installed: left out")
    if names == ["--smoke"]:
        for pair in rosenbrock(largest=4):
            compare(pair)
        return
    tables = {"rosenbrock": rosenbrock, "logistic": logistic, "network": network}
    for name in names or [*tables, "products"]:
        if name == "products":
            products()
        else:
            for pair in tables[name]():
                compare(pair)


if __name__ == "__main__":
    main(sys.argv[1:])
