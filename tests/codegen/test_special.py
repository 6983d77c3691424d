"""Functions that NumPy lacks, against mpmath; scalar and array forms agree."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import mpmath
import numpy as np
import pytest

from gdcli.codegen import special
from gdcli.codegen.operations import OPERATIONS
from gdcli.deadline import Deadline
from gdcli.language.functions import FUNCTIONS
from gdcli.model.assemble import make_problem
from gdcli.model.raw import RawProblem
from gdcli.solving.prepare import prepare

POINTS = [1e-8, 1e-3, 0.3, 0.7, 1.0, 1.2, 1.4616, 1.46163214, 1.9, 2.0, 2.5, 3.0, 7.0, 11.9]
POINTS += [12.0, 20.0, 100.0, 1e6, 1e150, -0.3, -0.7, -1.2, -2.9, -10.4, -100.3]


@pytest.mark.parametrize("order", [0, 1, 2, 3, 5])
@pytest.mark.parametrize("x", POINTS)
def test_polygamma(order: int, x: float) -> None:
    with mpmath.workdps(40):
        expected = float(mpmath.polygamma(order, mpmath.mpf(x)))
    assert special.polygamma(float(order), x) == pytest.approx(expected, rel=3e-15)


@pytest.mark.parametrize("x", [0.0, -1.0, -7.0])
def test_poles_raise_for_scalars_and_show_in_arrays(x: float) -> None:
    with pytest.raises(ValueError, match="pole"):
        special.digamma(x)
    with pytest.raises(ValueError, match="pole"):
        special.trigamma(x)
    assert np.isnan(special.array_digamma(np.array([x]))).all()
    assert special.array_trigamma(np.array([x, 1.0]))[0] == math.inf
    assert not np.isfinite(special.array_gamma(np.array([x]))).any()
    assert special.array_lgamma(np.array([x]))[0] == math.inf


@pytest.mark.parametrize("name", ["erf", "gamma", "lgamma", "digamma", "trigamma"])
def test_array_forms_are_the_scalar_ones(name: str) -> None:
    row = OPERATIONS[name]
    x = np.linspace(0.05, 9.3, 24).reshape(4, 6)
    expected = [row.scalar(value) for value in x.ravel().tolist()]
    out = np.empty_like(x)
    assert row.array(x, out) is out
    assert out.ravel().tolist() == expected
    assert row.array(np.float64(0.7)) == row.scalar(0.7)


@pytest.mark.parametrize(
    ("function", "exact"),
    [
        (special.array_sigmoid, lambda x: 1 / (1 + mpmath.exp(-x))),
        (special.array_softplus, lambda x: mpmath.log(1 + mpmath.exp(x))),
    ],
)
def test_logistic_functions_far_out(
    function: Callable[..., Any], exact: Callable[[Any], Any]
) -> None:
    x = np.array([-700.0, -50.0, -36.5, -1.0, 0.0, 1e-9, 2.0, 40.0, 699.0])
    with mpmath.workdps(500):
        expected = [float(exact(mpmath.mpf(value))) for value in x.tolist()]
    with np.errstate(over="ignore"):
        np.testing.assert_allclose(function(x, np.empty_like(x)), expected, rtol=2e-15)
        far = np.array([-2000.0, 2000.0, -np.inf, np.inf, np.nan])
        found = function(far, np.empty_like(far))
    top = 1.0 if function is special.array_sigmoid else 2000.0
    assert found[:3].tolist() == [0.0, top, 0.0]
    assert np.isnan(found[4])


@pytest.mark.parametrize("lift", [0.0, 900.0])
def test_pairs_share_the_exponential(lift: float) -> None:
    x = np.linspace(-40.0, 30.0, 11) + lift
    for pair in (special.softplus_sigmoid, special.summed_softplus_sigmoid):
        soft, sigmoid = np.empty_like(x), np.empty_like(x)
        pair(x, soft, sigmoid)
        np.testing.assert_allclose(soft, np.logaddexp(0.0, x), rtol=1e-15, atol=2.3e-16)
        np.testing.assert_allclose(sigmoid, [special.sigmoid(v) for v in x], rtol=1e-15)
    np.testing.assert_allclose(
        special.summed_softplus(x, np.empty_like(x)), np.logaddexp(0.0, x), atol=2.3e-16, rtol=1e-15
    )


def test_matrices_without_inverse_give_nan() -> None:
    singular = np.ones((2, 2))
    assert np.isnan(special.inverse(singular)).all()
    assert np.isnan(special.log_determinant(-np.eye(3)))
    assert special.determinant(2.0 * np.eye(3)) == pytest.approx(8.0)
    assert special.log_determinant(2.0 * np.eye(3)) == pytest.approx(math.log(8.0))


ELEMENTWISE = [
    function.name
    for function in FUNCTIONS.values()
    if function.kind == "elementwise" and function.least == function.most == 1
]
EXTREMES = [0.0, -0.0, 1e-300, -1e300, np.inf, -np.inf, np.nan, 171.7, -170.5, -3.0, 745.2, 1e17]


@pytest.mark.parametrize("name", ELEMENTWISE)
def test_no_number_makes_a_function_raise(name: str) -> None:
    summed = f"sum({name}(x[i]) for i in range(50))"
    for formula, variables in ((f"{name}(-1/x)+x**2", {}), (summed, {"x": [50]})):
        raw = RawProblem({"minimize": formula, "variables": variables, "start": {"x": 1.0}})
        objective = prepare(make_problem(raw), Deadline()).objective
        for number in EXTREMES:
            x = np.full(objective.size, number)
            objective.value_and_gradient(x)
            objective.hessian_product(x, np.ones_like(x))
            objective.noise(x)
            if "poles" in objective.provides:
                objective.poles(x)
