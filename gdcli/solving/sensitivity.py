"""How the optimum and its value move with each named constant.

At a strict minimum x*(c) the implicit function theorem gives dx/dc = −(∇²ₓₓf)⁻¹ ∇²ₓ꜀f and
df/dc = ∂f/∂c (Fiacco 1983). The derivatives are exact: the constants are made variables of the same
formula. A variable that a bound holds does not move.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from gdcli.codegen.objective import CompiledObjective
from gdcli.deadline import Deadline
from gdcli.errors import GdError
from gdcli.graph.build import build
from gdcli.language.tree import (
    Call,
    For,
    IntegerDivision,
    Name,
    Slice,
    Subscript,
    Tree,
    children,
    postorder,
)
from gdcli.model.problem import Layout, Problem
from gdcli.result import Result
from gdcli.solving.descend import Descent
from gdcli.solving.prepare import Prepared

_MOST = 400
"""Variables up to which the dense system is solved."""


NOTHING = 1e-10
"""A relative change below this is shown as 0: x is hardly known any better."""


def sensitivities(
    prepared: Prepared, descent: Descent, deadline: Deadline
) -> dict[str, Any] | None:
    """Return the result's `sensitivity`, or None where there is nothing that could move.

    A derivative that does not exist (a singular Hessian, a kink) is None in its place.
    """
    problem = prepared.problem
    names = movable_constants(problem)
    best = descent.run.best
    if not names or best is None or problem.layout.size > _MOST:
        return None
    shapes = {v.name: v.shape for v in problem.layout.variables} | dict.fromkeys(names, ())
    layout = Layout.of(shapes)
    kept = {k: v for k, v in problem.constants.items() if k not in names}
    try:
        formula = build(problem.tree, problem.source, layout, kept, deadline=deadline)
    except GdError:  # a constant stands where only a number can
        return None
    objective = CompiledObjective(formula, deadline=deadline)
    flat = np.concatenate([best.x, [float(problem.constants[name]) for name in names]])
    n = problem.layout.size
    hessian = objective.hessian(flat)
    _, gradient = objective.value_and_gradient(flat)
    free = (problem.lower < best.x) & (best.x < problem.upper)
    moves = np.zeros((n, len(names)))
    inner = hessian[:n, :n][np.ix_(free, free)]
    moves[free] = _solve(inner, -hessian[:n, n:][free])
    plain = {}
    for k, name in enumerate(names):
        slope = float(gradient[n + k])
        plain[name] = {
            "value": slope if math.isfinite(slope) else None,
            "at": problem.layout.unpack(moves[:, k]),
        }
    return plain


def movable_constants(problem: Problem) -> list[str]:
    """Return the scalar constants that the formula uses as numbers, not as sizes or indices."""
    whole: set[str] = set()
    used: list[str] = []
    for node in postorder(problem.tree):
        for part in _whole_parts(node):
            whole.update(n.name for n in postorder(part) if isinstance(n, Name))
        if isinstance(node, Name) and node.name in problem.constants and node.name not in used:
            used.append(node.name)
    scalars = [name for name in used if np.ndim(problem.constants[name]) == 0]
    return [name for name in scalars if name not in whole]


def _whole_parts(node: Tree) -> Iterator[Tree]:
    """Yield the parts of a node that must be whole numbers."""
    if isinstance(node, (IntegerDivision, Slice)):
        yield from children(node)
    elif isinstance(node, Subscript):
        yield from (item for item in node.items if not isinstance(item, Slice))
    elif isinstance(node, For):
        yield from children(node)
    elif isinstance(node, Call) and node.function == "len":
        yield from node.arguments


def _solve(matrix: Any, right: Any) -> Any:
    """Return matrix⁻¹·right; NaN where the matrix is singular or not finite."""
    if not (np.isfinite(matrix).all() and np.isfinite(right).all()):
        return np.full(right.shape, math.nan)
    try:
        if matrix.size and np.linalg.cond(matrix) > 1e14:
            return np.full(right.shape, math.nan)
        return np.linalg.solve(matrix, right)
    except np.linalg.LinAlgError:
        return np.full(right.shape, math.nan)


def sensitivity_lines(result: Result, problem: Problem) -> tuple[str, ...]:
    """Return a line for each constant: `b +1 %: value +0.9 %, x −0.3 %`."""
    if not result.sensitivity or result.at is None:
        return ("sensitivity: no constant of the formula can be moved",)
    lines = []
    for name, moves in result.sensitivity.items():
        constant = float(problem.constants[name])
        step = 0.01 * constant if constant else 0.01
        head = f"{name} +1 %" if constant else f"{name} +0.01"
        parts = [_change("value", result.value, moves["value"], step)]
        for variable, slope in list(moves["at"].items())[:8]:
            if np.ndim(slope) == 0:
                parts.append(_change(variable, float(result.at[variable]), float(slope), step))
            else:
                size = float(np.linalg.norm(np.asarray(slope))) * abs(step)
                parts.append(f"{variable} by {size:.2g} in norm")
        lines.append(f"{head}: {', '.join(parts)}")
    return tuple(lines)


def _change(name: str, at: float | None, slope: float | None, step: float) -> str:
    if slope is None or at is None or not math.isfinite(slope):
        return f"{name} unknown"
    change = slope * step + 0.0  # not −0
    if abs(change) <= NOTHING * abs(at):
        change = 0.0
    if abs(at) > 1e-9 and abs(change / at) < 10:
        return f"{name} {100 * change / abs(at):+.2g} %".replace("-", "−")
    return f"{name} {change:+.2g}".replace("-", "−")
