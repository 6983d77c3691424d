"""Limits hold exactly, conditions end a run where they become true."""

from __future__ import annotations

import pytest

import gdcli

ROSENBROCK = "100*(y-x**2)**2+(1-x)**2"
START = {"x": -1.2, "y": 1}


@pytest.mark.parametrize("method", ["auto", "gd", "lbfgs", "newton", "adam", "lm"])
@pytest.mark.parametrize("limit", [1, 2, 3, 7, 20])
def test_evaluations_never_exceed_their_limit(method: str, limit: int) -> None:
    result = gdcli.minimize(ROSENBROCK, start=START, method=method, max_evaluations=limit)
    assert result.evaluations is not None
    assert result.evaluations["value"] <= limit
    assert result.evaluations["gradient"] <= limit
    if result.status == "max_iter":
        assert result.value is not None
        assert result.value <= 24.2 + 1e-9


@pytest.mark.parametrize("formula", ["1/(x-1)**2+x**2", "abs(x)+abs(x-3)", "log(x)", "exp(-x)"])
@pytest.mark.parametrize("limit", [1, 4, 9, 40])
def test_questions_on_the_side_count_too(formula: str, limit: int) -> None:
    result = gdcli.minimize(formula, start={"x": 5}, max_evaluations=limit)
    assert result.evaluations is not None
    assert result.evaluations["value"] <= limit


def test_an_optimal_start_needs_no_iteration() -> None:
    result = gdcli.minimize("(x-2)**2", start={"x": 2}, max_iter=0)
    assert result.status == "converged"
    other = gdcli.minimize("(x-2)**2", start={"x": 1}, max_iter=0)
    assert (other.status, other.value, other.gradient_norm) == ("max_iter", 1.0, 2.0)


def test_no_time_at_all() -> None:
    result = gdcli.minimize("(x-2)**2", start={"x": 1}, time_limit=0)
    assert (result.status, result.value, result.at) == ("time_limit", None, None)


def test_a_condition_in_the_users_sense_ends_the_run() -> None:
    result = gdcli.maximize(
        "-(x**2+3*y**2)", start={"x": 5, "y": 5}, method="gd", learning_rate=0.1,
        stop_when="f > -1e-3 and gradient_norm < 1",
    )  # fmt: skip
    assert result.status == "converged"
    assert result.stop is not None
    assert result.stop["reason"] == "condition"
    assert result.value is not None
    assert -1e-3 < result.value < -1e-5


def test_a_condition_on_a_variable_and_the_iteration() -> None:
    result = gdcli.minimize(
        "x**2", start={"x": 8}, method="gd", learning_rate=0.25, stop_when="x < 1 or iteration >= 9"
    )
    assert result.at == {"x": 0.5}
    assert result.iterations == 4


def test_places_tried_for_a_start_are_counted_and_limited() -> None:
    free = gdcli.minimize("x - log(x - 1)", start={"x": 0.5})
    assert free.status == "converged"
    one = gdcli.minimize("x - log(x - 1)", start={"x": 0.5}, max_evaluations=1)
    assert one.status == "max_iter"
    assert one.evaluations is not None and one.evaluations["value"] == 1
    assert one.at is None


@pytest.mark.parametrize("method", ["auto", "newton", "bfgs", "gd", "lm"])
def test_the_start_is_evaluated_once(method: str) -> None:
    result = gdcli.minimize("(x-1)**2+(y-2)**2", start={"x": 1, "y": 2}, method=method)
    assert result.status == "converged" and result.evaluations is not None
    assert result.evaluations["value"] == result.evaluations["gradient"] == 1


def test_a_limit_is_named_as_it_was_set() -> None:
    formula, start = "(1-x)**2+100*(y-x**2)**2", {"x": -1.2, "y": 1}
    result = gdcli.minimize(formula, start=start, method="gd", learning_rate=1e-3, max_iter=400)
    assert result.status == "max_iter" and result.iterations == 400
    assert "limit of 400 iterations" in result.message
