"""The objectives of `benchmarks/hand.py` in JAX and CasADi, where these are installed.

Each function returns value and gradient as a function of a NumPy vector, in float64, on one thread.
JAX's results stay JAX's own arrays: turning them into NumPy's is not counted.
"""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Callable
from typing import Any

import numpy as np

from benchmarks.hand import Function, Vector

# Read by XLA when JAX is imported.
os.environ.setdefault(
    "XLA_FLAGS", "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"
)


def installed(name: str) -> bool:
    """Whether a peer is there."""
    return importlib.util.find_spec(name) is not None


def _jitted(function: Callable[..., Any], *data: Vector) -> Function:
    import jax

    jax.config.update("jax_enable_x64", True)
    joint = jax.jit(jax.value_and_grad(function))
    arrays = [jax.numpy.asarray(array) for array in data]

    def run(x: Vector) -> tuple[float, Vector]:
        result: tuple[float, Vector] = jax.block_until_ready(joint(x, *arrays))
        return result

    return run


def jax_rosenbrock() -> Function:
    """Return the chained Rosenbrock function."""

    def function(x: Any) -> Any:
        return (100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1.0 - x[:-1]) ** 2).sum()

    return _jitted(function)


def jax_logistic(data: Vector, labels: Vector) -> Function:
    """Return Σ log(1 + exp(−y·Xw))."""
    import jax

    def function(w: Any, data: Any, labels: Any) -> Any:
        return jax.numpy.logaddexp(0.0, -labels * (data @ w)).sum()

    return _jitted(function, data, labels)


def jax_network(data: Vector, labels: Vector, hidden: int) -> Function:
    """Return mean (y − w₂·tanh(W₁x + b₁) − b₂)² over rows."""
    import jax

    first = hidden * data.shape[1]

    def function(z: Any, data: Any, labels: Any) -> Any:
        matrix = z[:first].reshape(hidden, -1)
        bias, weights, last = z[first : first + hidden], z[first + hidden : -1], z[-1]
        units = jax.numpy.tanh(data @ matrix.T + bias)
        return ((labels - units @ weights - last) ** 2).mean()

    return _jitted(function, data, labels)


def casadi_rosenbrock(n: int) -> Function:
    """Return the chained Rosenbrock function on matrix symbols (faster than scalars)."""
    import casadi

    x = casadi.MX.sym("x", n)
    here, there = x[:-1], x[1:]
    value = casadi.sumsqr(10.0 * (there - here**2)) + casadi.sumsqr(1.0 - here)
    made = casadi.Function("joint", [x], [value, casadi.gradient(value, x)])
    buffer, run = made.buffer()
    value_out, gradient_out = np.empty(1), np.empty(n)
    buffer.set_res(0, memoryview(value_out))
    buffer.set_res(1, memoryview(gradient_out))

    def function(z: Vector) -> tuple[float, Vector]:
        buffer.set_arg(0, memoryview(z))
        run()
        return float(value_out[0]), gradient_out

    function.keeps = made  # type: ignore[attr-defined]  # the buffer does not
    return function
