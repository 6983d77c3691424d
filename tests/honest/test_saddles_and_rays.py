"""Saddles and maxima are left, and objectives without a minimum are told by their kind."""

from __future__ import annotations

import pytest
from outcomes import CONVERGED, NOT_ATTAINED, UNBOUNDED, ends, solved

BOX45 = {"a": [0, 1], "b": [0, 2], "c": [0, 3], "d": [0, 4], "k": [0, 5]}


@pytest.mark.parametrize(
    ("formula", "start", "bounds", "status", "value"),
    [
        ("(x**2+y**2-1)**2", {"x": 0, "y": 0}, {}, CONVERGED, 0.0),
        ("(x**2+y**2+z**2-1)**2", {"x": 0, "y": 0, "z": 0}, {}, CONVERGED, 0.0),
        ("cos(x)+cos(y)+cos(z)", {"x": 0, "y": 0, "z": 0}, {}, CONVERGED, -3.0),
        ("sin(x)*sin(y)", {"x": 0, "y": 0}, {}, CONVERGED, -1.0),
        ("x**4/4-x**2/2+y**2/2", {"x": 0, "y": 1}, {}, CONVERGED, -0.25),
        ("x**2*y**2*z**2-x*y*z", {"x": 0, "y": 0, "z": 0}, {}, CONVERGED, -0.25),
        ("x**4-x*y**3+y**6", {"x": 0, "y": 0}, {}, CONVERGED, -0.015625),
        ("x**5-x**7+x**8", {"x": 0}, {}, CONVERGED, -0.0352519066498560),
        ("-exp(-x**2)", {"x": 10}, {}, CONVERGED, -1.0),
        ("2-a*b*c*d*k/120", dict.fromkeys("abcdk", 0), BOX45, CONVERGED, 1.0),
        ("2-a*b*c*d*k/120", dict.fromkeys("abcdk", 0), {}, UNBOUNDED, None),
        ("x**3-3*x*y**2", {"x": 0, "y": 0}, {}, UNBOUNDED, None),
        ("x*y", {"x": 0, "y": 0}, {}, UNBOUNDED, None),
        ("x*y*z", {"x": 0, "y": 0, "z": 0}, {}, UNBOUNDED, None),
        ("x**3", {"x": 0}, {}, UNBOUNDED, None),
        ("exp(-x**2)", {"x": 0}, {}, NOT_ATTAINED, None),
        ("-abs(x)+x**2", {"x": 0}, {}, CONVERGED, -0.25),
    ],
)
def test_stationary_points_that_are_no_minima_are_left(
    formula: str, start: dict[str, float], bounds: dict[str, object], status: str,
    value: float | None,
) -> None:  # fmt: skip
    ends(solved(formula, start, bounds=bounds), status, value)


def test_an_array_of_saddles_is_left_too() -> None:
    result = solved("sum(x[i]**4 - x[i]**2 for i in range(6))", {"x": [0.0] * 6})
    ends(result, CONVERGED, -1.5)


LIMITS = [
    ("1/(1+x**2)", {"x": 1}, 0.0),
    ("1/(1+x**2)", {"x": 0}, 0.0),
    ("atan(x)", {"x": 1}, -1.5707963267948966),
    ("tanh(x)", {"x": 0}, -1.0),
    ("erf(x) + 3", {"x": 0.5}, 2.0),
    ("sqrt(1+x**2)-x", {"x": 1}, 0.0),
    ("softplus(x)", {"x": 0}, 0.0),
    ("1/x**2", {"x": 1}, 0.0),
    ("exp(x)+exp(-y)", {"x": 0, "y": 0}, 0.0),
    ("exp(x-y)", {"x": 0, "y": 0}, 0.0),
    ("log(1+exp(-x-y))+log(1+exp(-x+2*y))", {"x": 0, "y": 0}, 0.0),
    ("sum(softplus(-(i+1)*w[0] - w[1]) for i in range(4))", {"w": [0.0, 0.0]}, 0.0),
]


@pytest.mark.parametrize(("formula", "start", "limit"), LIMITS)
def test_limits_that_are_not_attained(formula: str, start: dict[str, object], limit: float) -> None:
    result = solved(formula, start)
    assert result.status == NOT_ATTAINED, result.message
    assert f"tends to {limit:.6g}".replace("-0 ", "0 ") in result.message


def test_a_valley_to_infinity_is_followed_along_a_curve() -> None:
    result = solved("(x*y-1)**2+x**2", {"x": 1, "y": 1})
    ends(result, NOT_ATTAINED)
    assert result.value is not None
    assert 0.0 < result.value < 1e-4
    assert "curve" in result.message
    assert result.ray == {"x": -1.0, "y": 1.0}


@pytest.mark.parametrize(
    ("formula", "start", "end"),
    [
        ("log(x)", {"x": 1}, "x → 0"),
        ("log(x+1)", {"x": 1}, "x → -1"),
        ("log(x-3) + y**2", {"x": 10, "y": 1}, "x → 3"),
        ("-log(x)", {"x": 1}, "x → ∞"),
        ("1/x", {"x": -1}, "x → 0"),
        ("x**3", {"x": 1}, "x → -∞"),
        ("x*exp(-x)", {"x": 0}, "x → -∞"),
        ("x*exp(-x)", {"x": 2}, "x → -∞"),
        ("1e-9*x-1e-9*y", {"x": 5, "y": 5}, "x → -∞, y → ∞"),
        ("-sqrt(x)", {"x": 1}, "x → ∞"),
    ],
)
def test_falls_without_limit(formula: str, start: dict[str, float], end: str) -> None:
    result = solved(formula, start)
    assert result.status == UNBOUNDED, result.message
    assert end in result.message


def test_bounds_end_a_ray_or_leave_another() -> None:
    ends(solved("exp(-x)", {"x": 0}, bounds={"x": [0, 5]}), CONVERGED, 0.006737946999085467)
    free = solved("x-y", {"x": 0, "y": 0}, bounds={"x": [0, 1]})
    assert free.status == UNBOUNDED
    assert free.ray == {"x": 0.0, "y": 1.0}


@pytest.mark.parametrize(
    ("formula", "start"),
    [
        ("x**2/(1+x**2)", {"x": 3}),
        ("log(1+x**2)", {"x": 50}),
        ("log(1+exp(x))-0.3*x", {"x": 9}),
        ("exp(-x)+1e-6*x", {"x": 0}),
        ("sqrt(1+x**2)-0.999*x", {"x": 1}),
        ("max(0, 1-x)**2", {"x": -5}),
    ],
)
def test_slow_falls_that_do_end_are_no_rays(formula: str, start: dict[str, float]) -> None:
    assert solved(formula, start).status == CONVERGED


def test_a_place_that_is_mostly_rounding_is_no_minimum() -> None:
    formula = "-sum(sin(x[i])*sin((i+1)*x[i]**2/pi)**20 for i in range(4))"
    start = {"x": [0.5968072426887456, 0.17964367888010635, -0.3308147611431105, 0.482523141934678]}
    result = solved(formula, start)
    if result.status == CONVERGED:
        assert result.to_dict()["stop"]["noise"] < 1e-6
    for far in (6e8, 1e12):
        result = solved("sin(x**2)", {"x": far})
        assert result.value is not None and result.value >= -1.0


@pytest.mark.parametrize("unit", [1.0, 1e-6, 1e6])
@pytest.mark.parametrize(
    ("formula", "start", "value"),
    [
        ("x/(1+x**2)", {"x": 100}, -0.5),
        ("x/(1+x**2)", {"x": 3}, -0.5),
        ("(x**2-3*x+1)/(x**4+2)", {"x": 100}, -0.33674385888),
        ("(x**2-3*x+1)/(x**4+2)", {"x": -10}, -0.33674385888),
        ("(x-y)/(1+x**2+y**2)", {"x": 40, "y": 3}, -0.70710678119),
    ],
)
def test_a_limit_at_infinity_is_nothing_against_a_lower_place_behind(
    formula: str, start: dict[str, float], value: float, unit: float
) -> None:
    ends(solved(f"{unit}*({formula})", start), CONVERGED, unit * value)


@pytest.mark.parametrize("formula", ["hypot(x, y) + x", "sqrt(x**2 + y**2) - y"])
@pytest.mark.parametrize("start", [(1.0, 1.0), (-3.0, 2.0), (-13.0, -159.0)])
def test_rounding_of_curvature_makes_no_saddle_of_a_level_valley(
    formula: str, start: tuple[float, float]
) -> None:
    result = solved(formula, dict(zip("xy", start, strict=True)))
    ends(result, CONVERGED, 0.0)


def test_a_march_to_infinity_is_seen_early() -> None:
    for formula, start in (("exp(-x)", {"x": 0}), ("exp(x)+y**2", {"x": 1, "y": 1})):
        result = solved(formula, start)
        assert result.status == NOT_ATTAINED
        assert result.to_dict()["evaluations"]["value"] <= 400
