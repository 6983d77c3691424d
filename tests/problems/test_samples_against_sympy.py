"""On every sample, value and gradient agree with SymPy's own derivative of the whole formula."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import sympy
from in_sympy import as_sympy

from gdcli.codegen.objective import CompiledObjective
from gdcli.graph.build import build
from gdcli.language.functions import CONSTANTS
from gdcli.model.assemble import make_problem
from gdcli.model.files import read_problems

FOLDER = Path(__file__).parents[2] / "sample_problems"
FILES = sorted(FOLDER.glob("*.toml"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_value_and_gradient_are_sympys(path: Path) -> None:
    (raw,) = read_problems(path)
    problem = make_problem(raw)
    if any(variable.shape for variable in problem.layout.variables):
        pytest.skip("SymPy has no arrays of this kind; compared with JAX elsewhere")
    symbols = {v.name: sympy.Dummy(real=True) for v in problem.layout.variables}
    constants = {name: sympy.Float(value, 30) for name, value in CONSTANTS.items()}
    given = {name: sympy.Float(float(value), 30) for name, value in problem.constants.items()}
    expression = as_sympy(problem.tree, {**constants, **given, **symbols})
    dummies = list(symbols.values())
    derived = [expression, *(sympy.diff(expression, d) for d in dummies)]
    reference = sympy.lambdify(dummies, derived, modules="mpmath")

    formula = build(problem.tree, problem.source, problem.layout, problem.constants)
    objective = CompiledObjective(formula)
    start = problem.layout.pack(problem.start)
    random = np.random.default_rng(0)
    nearby = start + 0.01 * np.maximum(1.0, abs(start)) * random.uniform(-1, 1, start.size)
    for place in (start, np.clip(nearby, problem.lower, problem.upper)):
        wanted = [complex(part) for part in reference(*place.tolist())]
        value, gradient = objective.value_and_gradient(place)
        assert value == pytest.approx(wanted[0].real, rel=1e-11, abs=1e-12)
        slopes = np.array([part.real for part in wanted[1:]])
        scale = max(1.0, float(abs(slopes).max()))
        assert gradient == pytest.approx(slopes, rel=1e-10, abs=1e-11 * scale)
