"""The array language as typed, through to the compiled function: values, gradients, products."""

from __future__ import annotations

import importlib
import math
import re
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from gdcli.codegen.objective import CompiledObjective
from gdcli.graph.build import build
from gdcli.model.assemble import make_problem
from gdcli.model.problem import Layout
from gdcli.model.raw import RawProblem
from tests.codegen.written_formulas import CONSTANTS, FORMULAS, SHAPES
from tests.graph.construct import differences

ROWS = pytest.mark.parametrize(("text", "meaning"), FORMULAS, ids=[text for text, _ in FORMULAS])


def compiled(text: str) -> tuple[CompiledObjective, Layout]:
    words = re.findall(r"[A-Za-z]\w*", text)
    names = {name for name in (*SHAPES, *CONSTANTS) if name in words}
    problem = make_problem(
        RawProblem(
            {
                "minimize": text,
                "set": {k: a for k, a in CONSTANTS.items() if k in names},
                "variables": {k: shape for k, shape in SHAPES.items() if k in names},
            }
        )
    )
    formula = build(problem.tree, problem.source, problem.layout, problem.constants)
    return CompiledObjective(formula), problem.layout


def point(size: int) -> Any:
    """Return numbers that are apart from each other and from 1, in no order."""
    return np.random.default_rng(size).permutation(np.linspace(0.31, 1.93, size))


def meant(meaning: Callable[[Any, Any], Any], layout: Layout, np: Any) -> Callable[[Any], Any]:
    """Return the meaning as a function of the flat vector."""

    def function(z: Any) -> Any:
        arrays = {}
        for variable in layout.variables:
            stop = variable.offset + math.prod(variable.shape)
            arrays[variable.name] = z[variable.offset : stop].reshape(variable.shape)
        return meaning(np, SimpleNamespace(**CONSTANTS, **arrays))

    return function


def near(found: Any, expected: Any, tolerance: float) -> None:
    scale = max(1.0, float(np.abs(np.asarray(expected)).max()))
    np.testing.assert_allclose(found, expected, rtol=0.0, atol=tolerance * scale)


@ROWS
def test_values_and_gradients_are_what_is_meant(text: str, meaning: Any) -> None:
    objective, layout = compiled(text)
    x = point(objective.size)
    function = meant(meaning, layout, np)
    value, gradient = objective.value_and_gradient(x)
    near(value, function(x), 1e-12)
    near(objective.value(x), function(x), 1e-12)
    near(gradient, differences(function, x), 1e-8)


@ROWS
def test_derivatives_agree_with_jax(text: str, meaning: Any) -> None:
    jax = pytest.importorskip("jax")
    jax.config.update("jax_enable_x64", True)
    objective, layout = compiled(text)
    x = point(objective.size)
    v = np.random.default_rng(7).normal(size=x.size)
    function = meant(meaning, layout, importlib.import_module("jax.numpy"))
    gradient, product = jax.jvp(jax.grad(function), (jax.numpy.asarray(x),), (v,))
    near(objective.value_and_gradient(x)[1], gradient, 1e-10)
    near(objective.hessian_product(x, v), product, 1e-10)
