"""The verdict on a result that a problem's `expect` gives."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gdcli.model.expectation import verdict
from gdcli.model.problem import Expectation


@settings(deadline=None)
@given(st.floats(-1e6, 1e6), st.floats(-3, 3))
def test_the_value_counts_relative_above_one_and_absolute_below(value: float, part: float) -> None:
    if abs(abs(part) - 1) < 1e-3:  # rounding decides there
        return
    found = value + part * 1e-6 * max(1.0, abs(value))
    met, reasons = verdict(Expectation(value=value), "converged", found, {})
    assert met == (abs(part) < 1) == (not reasons)


@pytest.mark.parametrize(
    ("expected", "status", "accepted", "met"),
    [
        (None, "converged", (), True),
        (None, "max_iter", (), False),
        (None, "max_iter", ("max_iter",), True),
        ("unbounded", "unbounded", (), True),
        ("unbounded", "converged", (), False),
        ("converged", "max_iter", ("max_iter",), False),
    ],
)
def test_statuses(expected: str | None, status: str, accepted: Any, met: bool) -> None:
    assert verdict(Expectation(status=expected), status, 0.0, {}, accepted)[0] is met


def test_any_of_several_points_will_do() -> None:
    expectation = Expectation(at=({"x": 1.0, "y": 2.0}, {"x": -1.0}))
    assert verdict(expectation, "converged", 0.0, {"x": -1.00001, "y": 9.0})[0]
    met, reasons = verdict(expectation, "converged", 0.0, {"x": 1.0, "y": 2.1})
    assert not met
    assert reasons == ["`y` is off by 0.05 from the nearest of 2 expected points, at_tol 0.0001"]


def test_arrays_are_compared_element_by_element() -> None:
    expectation = Expectation(at=({"x": np.array([1.0, 100.0])},), at_tol=1e-3)
    assert verdict(expectation, "converged", 0.0, {"x": np.array([1.0, 100.05])})[0]
    assert not verdict(expectation, "converged", 0.0, {"x": np.array([1.002, 100.0])})[0]


@pytest.mark.parametrize("value", [None, float("nan"), float("inf")])
def test_no_value_is_a_miss(value: float | None) -> None:
    met, reasons = verdict(Expectation(value=1.0), "converged", value, {"x": 1.0})
    assert not met and len(reasons) == 1


def test_no_point_is_a_miss() -> None:
    assert verdict(Expectation(at=({"x": 1.0},)), "converged", 0.0, None)[1] == [
        "there is no point, expected one"
    ]


def test_the_reason_says_which_side() -> None:
    assert "better by" in verdict(Expectation(value=1.0), "converged", 0.5, {})[1][0]
    assert "worse by" in verdict(Expectation(value=1.0), "converged", 0.5, {}, (), "maximize")[1][0]


def test_every_miss_has_its_reason() -> None:
    expectation = Expectation(value=1.0, at=({"x": 1.0},), status="converged")
    assert len(verdict(expectation, "stalled", 2.0, {"x": 2.0})[1]) == 3
