"""Random formulas: both targets against the plain evaluator, and there and back through JSON."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from gdcli.codegen.codec import decode, encode
from gdcli.codegen.compile import compile_program
from gdcli.codegen.load import load
from gdcli.codegen.objective import CompiledObjective
from gdcli.codegen.plan import Placed, Program, plan
from gdcli.codegen.targets import arrays, writer
from gdcli.graph import derivatives
from gdcli.graph.formula import Formula
from tests.codegen.random_graphs import formulas, points
from tests.codegen.sizes import SIZES, sized
from tests.graph.construct import Values


@pytest.fixture(autouse=True)
def _poisoned(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fill fresh buffers with NaN, so that reading what was never written shows."""

    def empty(shape: Any, kind: Any = np.float64) -> Any:
        return np.full(shape, np.nan).astype(kind)

    monkeypatch.setitem(writer.FUNCTIONS, "empty", empty)


SEEDS = st.integers(0, 1000)
RELAXED = settings(
    deadline=None,
    max_examples=60,
    suppress_health_check=list(HealthCheck),
    derandomize=True,
    phases=(Phase.explicit, Phase.generate),
)


def near(found: Any, expected: Any) -> None:
    expected = np.asarray(expected)
    finite = np.abs(expected[np.isfinite(expected)])
    scale = max(1.0, float(finite.max(initial=0.0)))
    np.testing.assert_allclose(found, expected, rtol=0.0, atol=1e-10 * scale)


def joint(formula: Formula) -> Program:
    gradient = derivatives.gradient(formula)
    pairs = zip(gradient, formula.variables, strict=True)
    placed = [Placed(array, leaf.offset) for array, leaf in pairs]
    return plan(formula.root, placed, 49, 49)


@pytest.mark.parametrize("size", SIZES)
@given(formulas(), SEEDS)
@RELAXED
def test_array_code_against_the_plain_evaluator(size: str, formula: Formula, seed: int) -> None:
    x = points(seed)
    values = Values(formula)
    v = np.random.default_rng(seed + 1).normal(size=49)
    with sized(size):
        objective = CompiledObjective(formula)
        value, gradient = objective.value_and_gradient(x)
        product = objective.hessian_product(x, v)
    near(value, values.value(x))
    near(gradient, values.flat(derivatives.gradient(formula), x))
    near(product, values.flat(derivatives.hessian_product(formula), x, v))


@given(formulas(scalar=True), SEEDS)
@RELAXED
def test_the_two_targets_agree(formula: Formula, seed: int) -> None:
    program = joint(formula)
    assert program.scalar
    x = points(seed)
    value, gradient = compile_program(program, {})(x)
    text, names = arrays.generate(program, {k: a for k, (_, a) in enumerate(formula.data)})
    with np.errstate(all="ignore"):
        other, other_gradient = load(text, arrays.ENTRY, names)(x)
    near(value, other)
    near(gradient, other_gradient)


@given(formulas(), SEEDS)
@RELAXED
def test_programs_survive_json(formula: Formula, seed: int) -> None:
    program = joint(formula)
    text = encode(program)
    again = decode(text)
    assert encode(again) == text
    data = {leaf.offset: array for leaf, array in formula.data}
    x = points(seed)
    value, gradient = compile_program(program, data)(x)
    value_again, gradient_again = compile_program(again, data)(x)
    assert np.float64(value).tobytes() == np.float64(value_again).tobytes()
    assert gradient.tobytes() == gradient_again.tobytes()
