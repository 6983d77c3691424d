"""The Python interface: the same problems, solved in this process."""

from __future__ import annotations

from collections.abc import Mapping
from os import PathLike
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gdcli.codegen.objective import CompiledObjective
from gdcli.diagnostics import Diagnostic
from gdcli.errors import GdError, UsageError
from gdcli.graph.build import build
from gdcli.model.assemble import make_problem
from gdcli.model.files import read_problems
from gdcli.model.problem import Problem, Vector
from gdcli.model.raw import RawProblem
from gdcli.result import Result
from gdcli.solving.solve import solve as solve_problem
from gdcli.solving.start import choose_start


def minimize(formula: str, **options: Any) -> Result:
    """Minimise a formula.

    Args:
        formula: In gd's language, such as `"x**2 + 3*y**2"`.
        options: By the keys of problem files: `start`, `set`, `bounds`, `variables`, `method`,
            `tol`, `max_iter`, `time_limit`, `options`, ….

    Raises:
        GdError: A formula or an option that is wrong; `diagnostics` has every fault.
    """
    return _solved(make_problem(RawProblem({"minimize": formula, **options})))


def maximize(formula: str, **options: Any) -> Result:
    """Maximise a formula; see `minimize`."""
    return _solved(make_problem(RawProblem({"maximize": formula, **options})))


def solve(path: str | PathLike[str], *, name: str | None = None, **options: Any) -> Result:
    """Solve a problem file that holds one problem, or the problem called `name` in it.

    Args:
        options: Override what the file says; see `minimize`.

    Raises:
        GdError: A file, formula or option that is wrong.
    """
    found = read_problems(str(path))
    if name is not None:
        found = [raw for raw in found if raw.name == name]
    if len(found) != 1:
        message = (
            f"`{path}` holds no problem called `{name}`"
            if name is not None
            else f"`{path}` holds {len(found)} problems: say which by `name`"
        )
        raise UsageError(Diagnostic("usage", message))
    return _solved(make_problem(found[0], options or None))


class Compiled:
    """A formula with exact derivatives, for any solver that wants them.

    Vectors are flat float64 arrays of shape (size,); `pack` and `unpack` lead to named arrays.

    Attributes:
        size: Number of scalar variables.
        start: The problem's start, or gd's choice; shape (size,).
    """

    def __init__(self, problem: Problem) -> None:
        formula = build(problem.tree, problem.source, problem.layout, problem.constants)
        objective = CompiledObjective(formula)
        self._objective = objective
        self._layout = problem.layout
        self.size: int = objective.size
        chosen = choose_start(problem, lambda x: bool(np.isfinite(objective.value(x))))
        self.start: Vector = chosen.x

    def value(self, z: NDArray[Any]) -> float:
        """Return f(z)."""
        return self._objective.value(self._flat(z))

    def gradient(self, z: NDArray[Any]) -> Vector:
        """Return ∇f(z), shape (size,)."""
        return self._objective.value_and_gradient(self._flat(z))[1]

    def value_and_gradient(self, z: NDArray[Any]) -> tuple[float, Vector]:
        """Return f(z) and ∇f(z), at little more than the price of one."""
        return self._objective.value_and_gradient(self._flat(z))

    def hessian(self, z: NDArray[Any]) -> Vector:
        """Return ∇²f(z), shape (size, size)."""
        return self._objective.hessian(self._flat(z))

    def hessian_product(self, z: NDArray[Any], v: NDArray[Any]) -> Vector:
        """Return ∇²f(z)·v, shape (size,)."""
        return self._objective.hessian_product(self._flat(z), self._flat(v))

    def pack(self, values: Mapping[str, Any]) -> Vector:
        """Return the flat vector of named values; a scalar fills its variable.

        Raises:
            ValueError: A shape does not fit, or a variable has no value.
        """
        return self._layout.pack(values)

    def unpack(self, z: NDArray[Any]) -> dict[str, float | Vector]:
        """Return the named values of a flat vector."""
        return self._layout.unpack(self._flat(z))

    def _flat(self, z: NDArray[Any]) -> Vector:
        flat = np.ascontiguousarray(z, dtype=np.float64)
        if flat.shape != (self.size,):
            raise ValueError(f"expected a vector of shape ({self.size},), got {flat.shape}")
        return flat


def compile(formula: str, **options: Any) -> Compiled:
    """Derive and compile a formula.

    Args:
        options: `set`, `variables`, `start`, `data`, as for `minimize`.

    Raises:
        GdError: A formula or an option that is wrong.
    """
    return Compiled(make_problem(RawProblem({"minimize": formula, **options})))


def _solved(problem: Problem) -> Result:
    """Solve; a fault that only the solve can find is raised like the others."""
    result = solve_problem(problem)
    if result.status == "error":
        raise GdError(result.errors)
    return result
