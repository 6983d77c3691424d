"""A problem made ready to descend: its formula as a graph, in the engine's sense and unit."""

from __future__ import annotations

from dataclasses import replace
from time import perf_counter

from gdcli.codegen.cache import Cache
from gdcli.codegen.objective import CompiledObjective
from gdcli.codegen.tabulating import tabulated
from gdcli.deadline import Deadline
from gdcli.engine.box import FREE, Box
from gdcli.graph.build import build
from gdcli.graph.domain import edges
from gdcli.graph.formula import Formula
from gdcli.graph.structure import is_smooth, strip_factor
from gdcli.model.problem import Problem
from gdcli.records import dataclass


@dataclass(frozen=True, slots=True)
class Prepared:
    """What is minimised: f_user = constant + sign·factor·f_engine.

    Attributes:
        formula: The user's formula.
        smooth: Whether the formula has no kinks.
        sign: −1 for a maximisation.
        factor, constant: Taken off the root for `auto`, whose test is free of the unit; 1 and 0
            for a method that the user named, whose tolerance is on the gradient as typed.
    """

    problem: Problem
    formula: Formula
    objective: CompiledObjective
    box: Box
    smooth: bool
    sign: float
    factor: float
    constant: float
    seconds_derive: float
    seconds_compile: float

    def value_of(self, value: float) -> float:
        """Return the user's value for one of the engine."""
        if self.constant == 0.0 and self.factor == 1.0:
            return self.sign * value
        return self.constant + self.sign * self.factor * value


def _box(problem: Problem, formula: Formula) -> Box:
    """Return the bounds: the user's, and the edges of the formula's domain with finite values."""
    found = edges(formula)
    if not found:
        return Box(problem.lower, problem.upper) if problem.bounded else FREE
    lower, upper = problem.lower.copy(), problem.upper.copy()
    for edge in found:
        lower[edge.position] = max(lower[edge.position], edge.lower)
        upper[edge.position] = min(upper[edge.position], edge.upper)
    if not bool((lower <= upper).all()):
        return Box(problem.lower, problem.upper) if problem.bounded else FREE
    return Box(lower, upper)


def prepare(problem: Problem, deadline: Deadline) -> Prepared:
    """Build, derive and compile.

    Raises:
        FormulaError: What only the graph shows, such as an index out of range.
        DeadlineReached, Interrupted: From the deadline.
    """
    began = perf_counter()
    formula = build(
        problem.tree, problem.source, problem.layout, problem.constants, deadline=deadline
    )
    sign = -1.0 if problem.sense == "maximize" else 1.0
    minimised = replace(formula, root=formula.graph.scale(sign, formula.root))
    factor, constant = 1.0, 0.0
    if problem.settings.method == "auto":
        stripped = strip_factor(minimised)
        minimised, factor, constant = stripped.formula, stripped.factor, sign * stripped.constant
    built = perf_counter()
    cache = Cache() if problem.settings.cache else None
    objective = CompiledObjective(tabulated(minimised), cache=cache, deadline=deadline)
    box = _box(problem, minimised)
    return Prepared(
        problem,
        formula,
        objective,
        box,
        is_smooth(formula),
        sign,
        factor,
        constant,
        built - began,
        perf_counter() - built,
    )
