"""The gradient of a formula, to be shown, evaluated at a point, and checked."""

from __future__ import annotations

from typing import Any

import numpy as np

from gdcli.codegen.objective import CompiledObjective
from gdcli.deadline import Deadline
from gdcli.graph import derivatives
from gdcli.graph.build import build
from gdcli.graph.formula import Formula
from gdcli.graph.show.latex import gradient_latex
from gdcli.graph.show.python import gradient_python
from gdcli.graph.show.text import gradient_formulas, gradient_text, hessian_text
from gdcli.model.problem import Problem, Vector
from gdcli.records import dataclass

_CHECKED = 200
"""Components that a check compares; of more variables, as many evenly spaced."""
TOLERANCE = 1e-6


@dataclass(slots=True)
class Derived:
    """A formula with its gradient."""

    problem: Problem
    formula: Formula
    objective: CompiledObjective

    def texts(self) -> dict[str, str]:
        """Return the gradient's formulas by variable."""
        return gradient_text(self.formula)

    def equations(self) -> list[str]:
        """Return `∂f/∂x = …` for each part of each variable, shared parts first."""
        found = gradient_formulas(self.formula)
        named = [_with_range(f"{name} = {text}", where) for name, text, where in found.definitions]
        return named + [
            _with_range(f"∂f/∂{p.left} {p.sign} {p.text}", p.where) for p in found.parts
        ]

    def latex(self) -> dict[str, str]:
        """Return them as LaTeX."""
        return gradient_latex(self.formula)

    def python(self) -> str:
        """Return a standalone NumPy function."""
        return gradient_python(self.formula)

    def hessian_texts(self) -> dict[tuple[str, str], str] | None:
        """Return second derivatives by pairs of variables; None where they are not scalars."""
        if any(variable.shape for variable in self.problem.layout.variables):
            return None
        entries = hessian_text(derivatives.scalar_hessian(self.formula))
        name = self.problem.layout.element_name
        return {(name(i), name(j)): text for (i, j), text in entries.items()}

    def point(self) -> Vector | None:
        """Return the point that the user gave, or None."""
        names = {variable.name for variable in self.problem.layout.variables}
        if not names <= set(self.problem.start):
            return None
        return self.problem.layout.pack(self.problem.start)


@dataclass(frozen=True, slots=True)
class Check:
    """A gradient against differences.

    Attributes:
        error: Largest difference, relative to the gradient where that is above 1.
        component: The name of the worst component.
        passed: Whether `error` is within what differences can tell.
    """

    error: float
    component: str
    passed: bool

    def as_plain(self) -> dict[str, Any]:
        """Return the JSON form."""
        return {"error": self.error, "component": self.component, "passed": self.passed}


def derive(problem: Problem, deadline: Deadline) -> Derived:
    """Build and derive.

    Raises:
        FormulaError: What only the graph shows.
        DeadlineReached, Interrupted: From the deadline.
    """
    formula = build(
        problem.tree,
        problem.source,
        problem.layout,
        problem.constants,
        deadline=deadline,
        unroll_limit=0,  # arrays are shown as such, however small
        roll_up=False,
    )
    return Derived(problem, formula, CompiledObjective(formula, deadline=deadline))


def check_at(derived: Derived, x: Vector) -> Check:
    """Compare the gradient with extrapolated central differences (Richardson) at x."""
    _, gradient = derived.objective.value_and_gradient(x)
    value = derived.objective.value
    worst, name = -1.0, ""
    components = np.unique(np.linspace(0, x.size - 1, min(x.size, _CHECKED)).astype(int))
    for k in components:
        step = 1e-3 * max(1.0, abs(float(x[k])))
        slopes = []
        for h in (step, step / 2, step / 4):
            ahead, behind = x.copy(), x.copy()
            ahead[k] += h
            behind[k] -= h
            slopes.append((value(ahead) - value(behind)) / (ahead[k] - behind[k]))
        first = [(4 * slopes[j + 1] - slopes[j]) / 3 for j in (0, 1)]
        estimate = (16 * first[1] - first[0]) / 15
        error = abs(estimate - float(gradient[k])) / max(1.0, abs(estimate))
        if not error <= worst:
            worst, name = float(error), derived.problem.layout.element_name(int(k))
    return Check(worst, name, bool(worst <= TOLERANCE))


def _with_range(text: str, where: str) -> str:
    return f"{text}   for {where}" if where else text
