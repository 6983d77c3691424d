"""Rays and curves: claims where they are due, none where they are not."""

from __future__ import annotations

import math

import numpy as np
import pytest
from smooth_formulas import Formula

from gdcli.engine.box import Box
from gdcli.engine.oracle import Oracle
from gdcli.engine.rays import along_ray, endless, find_ray, in_whole_numbers, valley
from gdcli.engine.status import Status


@pytest.mark.parametrize("x0", [0.5, 3.0, 40.0])
@pytest.mark.parametrize("sign", [1.0, -1.0])
@pytest.mark.parametrize(
    "text",
    [
        "x**2", "x**100", "x - sqrt(x)", "exp(-x) + 1e-12*x", "sqrt(1 + x**2) - 0.999999*x",
        "-1/(1 + (x - 1000)**2)", "log(1 + exp(x)) - 0.3*x", "x**2/(1 + x**2)", "log(1 + x**2)",
        "cosh(x)", "sin(x)", "x*sin(x)", "-exp(-x**2)", "x + 1e-30*x**2", "abs(x) - 0.999*x",
        "log(log(x + 2))", "-log(log(x + 3))", "1/log(log(x + 20))", "exp(-x) + x**2",
    ],
)  # fmt: skip
def test_functions_with_a_minimum_or_too_slow_a_fall_bring_no_claim(
    text: str, sign: float, x0: float
) -> None:
    oracle = Oracle(Formula(text.replace("abs(", "Abs(")))
    x = np.array([x0])
    value = oracle.at(x).value
    assert find_ray(oracle, x, value, [x, x + 1.0], [np.array([sign])]) is None


@pytest.mark.parametrize(
    ("text", "status", "limit"),
    [
        ("-x", Status.UNBOUNDED, -math.inf),
        ("-log(x)", Status.UNBOUNDED, -math.inf),
        ("-sqrt(x)", Status.UNBOUNDED, -math.inf),
        ("1e-200*(-x**3)", Status.UNBOUNDED, -math.inf),
        ("x**(-1/10)", Status.NOT_ATTAINED, 0.0),
        ("exp(-x)", Status.NOT_ATTAINED, 0.0),
        ("exp(-x**2)", Status.NOT_ATTAINED, 0.0),
        ("7 + 1/sqrt(x)", Status.NOT_ATTAINED, 7.0),
        ("1 + exp(-x)", Status.NOT_ATTAINED, 1.0),
        ("-atan(x)", Status.NOT_ATTAINED, -math.pi / 2),
        ("Max(0, 100 - x)", Status.CONVERGED, 0.0),
        ("Max(0, 100 - x)**3 + 2", Status.CONVERGED, 2.0),
    ],
)
def test_rays_are_told_apart(text: str, status: Status, limit: float) -> None:
    found = along_ray(Oracle(Formula(text)), np.array([1.0]), np.array([1.0]))
    assert found is not None
    assert found.status is status
    assert found.limit == pytest.approx(limit, rel=1e-9, abs=1e-12)


def test_probing_leaves_the_best_point_alone() -> None:
    oracle = Oracle(Formula("-x"))
    oracle.at(np.array([2.0]))
    along_ray(oracle, np.array([2.0]), np.array([1.0]))
    assert oracle.best_value == -2.0


def test_bounds_take_away_what_they_end() -> None:
    box = Box(np.array([-math.inf, 0.0]), np.array([5.0, math.inf]))
    direction = endless(box, np.zeros(2), np.array([3.0, 4.0]))
    assert direction is not None
    assert direction.tolist() == [0.0, 4.0]
    assert endless(box, np.zeros(2), np.array([3.0, -4.0])) is None


def test_a_valley_is_read_from_two_iterates() -> None:
    exponents = valley(np.array([1e-3, 1.01e3]), np.array([1e-2, 0.99e2]))
    assert exponents is not None
    assert exponents.tolist() == [-1.0, 1.0]
    assert valley(np.array([0.0]), np.array([1.0])) is None


@pytest.mark.parametrize("x0", [2.0, 1e20, 1e90])
def test_the_slowest_falls_are_never_said_to_have_no_end(x0: float) -> None:
    found = along_ray(Oracle(Formula("1/log(x)")), np.array([x0]), np.array([1.0]))
    assert found is None or (found.status is Status.NOT_ATTAINED and found.limit < 1e-2)


def test_a_ray_takes_few_values() -> None:
    for text in ("exp(-x)", "1/x", "-x", "-log(x)"):
        oracle = Oracle(Formula(text))
        assert along_ray(oracle, np.array([1.0]), np.array([1.0])) is not None
        assert oracle.evaluations <= 60


@pytest.mark.parametrize(
    ("direction", "whole"),
    [
        ([1.0, 0.9999], [1, 1]),
        ([0.70710678, -0.70710678, 1e-9], [1, -1, 0]),
        ([2e-7, 3e-7], [2, 3]),
        ([1.0, 0.3], [10, 3]),
        ([1.0, 0.64], None),
        ([1.0, math.pi / 10, 0.77], None),
    ],
)
def test_directions_next_to_whole_numbers(direction: list[float], whole: list[int] | None) -> None:
    found = in_whole_numbers(np.array(direction))
    assert (None if found is None else found.tolist()) == whole
