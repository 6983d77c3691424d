"""Objectives of the literature as typed: values against NumPy, gradients by complex steps."""

from __future__ import annotations

import math
import re
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from gdcli.codegen.objective import CompiledObjective
from gdcli.errors import GdError
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


@pytest.mark.parametrize(
    ("text", "shapes", "x", "expected"),
    [
        ("norm(x)", {"x": [3]}, [0, 0, 0], [0, 0, 0]),
        ("sum(norm(B, axis=1))", {"B": [2, 2]}, [0, 0, 3, 4], [0, 0, 0.6, 0.8]),
        ("sum(sqrt(x**2))", {"x": [2]}, [0, -2], [0, -1]),
        ("norm1(x)", {"x": [3]}, [0, -1, 2], [0, -1, 1]),
        ("max(x)", {"x": [3]}, [2, 2, 1], [0.5, 0.5, 0]),
        ("min(x[i] for i in range(3))", {"x": [3]}, [1, 2, 1], [0.5, 0, 0.5]),
        ("sum(max(x, 0))", {"x": [2]}, [0, 3], [0.5, 1]),
        ("sum(relu(x))", {"x": [2]}, [0, 3], [0, 1]),
        ("sum(where(x > 0, log(x), x))", {"x": [2]}, [0, 2], [1, 0.5]),
        ("sum(x[i]*log(x[i]) if x[i] > 0 else 0 for i in range(2))", {"x": [2]}, [0, 1], [0, 1]),
        ("prod(x)", {"x": [3]}, [0, 2, 3], [6, 0, 0]),
        ("prod(x)", {"x": [3]}, [0, 0, 3], [0, 0, 0]),
        (
            "sum(norm(P[i] - P[j]) for i in range(2) for j in range(i))",
            {"P": [2, 1]},
            [1, 1],
            [0, 0],
        ),
        ("sum(abs(x)**1.5)", {"x": [2]}, [0, 4], [0, 3]),
        ("sum(x**2)**0.5", {"x": [2]}, [0, 0], [0, 0]),
    ],
)
def test_at_kinks_and_zeros(
    text: str, shapes: dict[str, list[int]], x: list[float], expected: list[float]
) -> None:
    """Norms have the slope 0 at 0, ties are shared equally, the branch not taken never shows."""
    objective, _ = compiled(text, shapes)
    value, gradient = objective.value_and_gradient(np.array(x, dtype=float))
    assert np.isfinite(value)
    near(gradient, expected, 1e-14)


@pytest.mark.parametrize(
    ("text", "advice"),
    [
        ("sum(sum(x[:i+1])**2 for i in range(3))", "`sum(x[k] for k in range(0, i + 1))`"),
        ("sum(norm(x[i:])**2 for i in range(3))", "`sum(x[k] for k in range(i, len(x)))`"),
    ],
)
def test_a_slice_whose_length_moves_is_advised_upon(text: str, advice: str) -> None:
    with pytest.raises(GdError) as caught:
        compiled(text, {"x": [6]})
    assert advice in caught.value.diagnostics[0].hint
