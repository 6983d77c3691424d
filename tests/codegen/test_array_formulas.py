"""All parts of the catalogue's objectives, whole and in blocks, against the plain evaluator."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from gdcli.codegen.objective import CompiledObjective
from gdcli.graph import derivatives, noise
from tests.codegen.sizes import SIZES, sized
from tests.graph.catalogue import CATALOGUE
from tests.graph.construct import Values, differences

CASES = pytest.mark.parametrize("name", CATALOGUE)
EACH_SIZE = pytest.mark.parametrize("size", SIZES)


def near(found: Any, expected: Any, tolerance: float = 1e-11) -> None:
    scale = max(1.0, float(np.abs(expected).max(initial=0.0)))
    np.testing.assert_allclose(found, expected, rtol=0.0, atol=tolerance * scale)


@CASES
@EACH_SIZE
def test_value_gradient_and_noise(name: str, size: str) -> None:
    formula, x = CATALOGUE[name].formula, np.asarray(CATALOGUE[name].point, float)
    with sized(size):
        objective = CompiledObjective(formula)
        value, gradient = objective.value_and_gradient(x)
        alone, bound = objective.value(x), objective.noise(x)
    values = Values(formula)
    near(value, values.value(x))
    near(alone, values.value(x))
    near(gradient, values.flat(derivatives.gradient(formula), x))
    near(gradient, differences(values.value, x), 1e-6)
    assert bound == pytest.approx(values.at([noise.noise(formula)], x)[0], rel=1e-9)


@CASES
@EACH_SIZE
def test_second_derivatives(name: str, size: str) -> None:
    formula, x = CATALOGUE[name].formula, np.asarray(CATALOGUE[name].point, float)
    v = np.random.default_rng(4).normal(size=x.size)
    with sized(size):
        objective = CompiledObjective(formula)
        product, hessian = objective.hessian_product(x, v), objective.hessian(x)
    values = Values(formula)
    product_arrays = derivatives.hessian_product(formula)
    near(product, values.flat(product_arrays, x, v))
    near(hessian, [values.flat(product_arrays, x, e) for e in np.eye(x.size)])


@CASES
@EACH_SIZE
def test_residuals(name: str, size: str) -> None:
    formula, x = CATALOGUE[name].formula, np.asarray(CATALOGUE[name].point, float)
    v = np.random.default_rng(5).normal(size=x.size)
    with sized(size):
        objective = CompiledObjective(formula)
        if "residuals" not in objective.provides:
            with pytest.raises(ValueError, match="sum of squares"):
                objective.residuals(x)
            return
        residuals, jacobian = objective.residuals(x), objective.jacobian(x)
        curvature = objective.residual_curvature(x, v)
        near(jacobian.T, differences(objective.residuals, x), 1e-7)

        def along(t: Any) -> Any:
            return objective.jacobian(x + t[0] * v) @ v

        near(curvature, differences(along, np.zeros(1))[0], 1e-6)
    value, gradient = objective.value_and_gradient(x)
    assert residuals.shape == (objective.residual_count,)
    near(objective.offset + residuals @ residuals, value)
    near(2.0 * residuals @ jacobian, gradient)


@CASES
def test_the_same_bits_every_time(name: str) -> None:
    formula, x = CATALOGUE[name].formula, np.asarray(CATALOGUE[name].point, float)
    with sized("blocks"):
        first, second = CompiledObjective(formula), CompiledObjective(formula)
        value, gradient = first.value_and_gradient(x)
        again, gradient_again = second.value_and_gradient(x)
        _, third = first.value_and_gradient(x)
    assert value == again
    assert gradient.tobytes() == gradient_again.tobytes() == third.tobytes()
