"""Objectives of the literature as typed: values against NumPy, gradients by complex steps."""

from __future__ import annotations

import math
import re
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from gdcli.codegen.objective import CompiledObjective
from gdcli.graph.build import build
from gdcli.model.assemble import make_problem
from gdcli.model.problem import Layout
from gdcli.model.raw import RawProblem
from tests.codegen import complex_numpy
from tests.codegen.literature_formulas import DATA, LITERATURE

ROWS = pytest.mark.parametrize(
    ("text", "shapes", "meaning"), [row[1:] for row in LITERATURE], ids=[r[0] for r in LITERATURE]
)


def constants_of(text: str, shapes: dict[str, list[int]]) -> dict[str, Any]:
    words = set(re.findall(r"[A-Za-z]\w*", text))
    return {name: value for name, value in DATA.items() if name in words and name not in shapes}


def compiled(text: str, shapes: dict[str, list[int]]) -> tuple[CompiledObjective, Layout]:
    given = constants_of(text, shapes)
    problem = make_problem(RawProblem({"minimize": text, "set": given, "variables": shapes}))
    formula = build(problem.tree, problem.source, problem.layout, problem.constants)
    return CompiledObjective(formula), problem.layout


def point(size: int) -> Any:
    """Return numbers in (0.2, 0.9) that are apart from each other, in no order."""
    return np.random.default_rng(size).permutation(np.linspace(0.21, 0.89, size))


def meant(meaning: Any, layout: Layout, np: Any) -> Any:
    def function(z: Any) -> Any:
        arrays = dict(DATA)
        for variable in layout.variables:
            stop = variable.offset + math.prod(variable.shape)
            arrays[variable.name] = z[variable.offset : stop].reshape(variable.shape)[()]
        return meaning(np, SimpleNamespace(**arrays))

    return function


def near(found: Any, expected: Any, tolerance: float) -> None:
    scale = max(1.0, float(np.abs(np.asarray(expected)).max()))
    np.testing.assert_allclose(found, expected, rtol=0.0, atol=tolerance * scale)


@ROWS
def test_values_and_gradients(text: str, shapes: dict[str, list[int]], meaning: Any) -> None:
    objective, layout = compiled(text, shapes)
    x = point(objective.size)
    value, gradient = objective.value_and_gradient(x)
    function = meant(meaning, layout, complex_numpy)
    near(value, function(x.astype(complex)).real, 1e-11)
    near(objective.value(x), value, 1e-12)
    near(gradient, complex_numpy.gradient(function, x), 1e-10)


@ROWS
def test_products_are_differences_of_gradients(
    text: str, shapes: dict[str, list[int]], meaning: Any
) -> None:
    objective, _ = compiled(text, shapes)
    x = point(objective.size)
    v = np.random.default_rng(7).normal(size=x.size)
    v /= np.abs(v).max()

    def slopes(h: float) -> Any:
        steps = [objective.value_and_gradient(x + sign * h * v)[1] for sign in (1.0, -1.0)]
        return (steps[0] - steps[1]) / (2.0 * h)

    near(objective.hessian_product(x, v), (4.0 * slopes(5e-4) - slopes(1e-3)) / 3.0, 1e-5)
