"""Minima at kinks: the value is right, the kink is named, and the measure is the subgradient's."""

from __future__ import annotations

from typing import Any

import pytest
from outcomes import CONVERGED, ends, maximized, solved

import gdcli

LASSO = "sum((sum(A[i, j]*w[j] for j in range(3)) - b[i])**2 for i in range(4)) + 2*norm1(w)"
DATA = {
    "A": [[1.0, 0.0, 0.5], [0.0, 1.0, 0.2], [1.0, 1.0, 0.0], [0.3, -1.0, 0.1]],
    "b": [3.0, 0.2, 3.1, 0.6],
}

AT_KINKS: list[tuple[str, dict[str, Any], float, str]] = [
    ("abs(x)", {"x": 1}, 0.0, "`abs(x)`"),
    ("abs(x - 3) + 2", {"x": 0}, 2.0, "`abs(x - 3)`"),
    ("max(x, -x)", {"x": 5}, 0.0, "`max(x, -x)`"),
    ("max(x, 2 - x)", {"x": 5}, 1.0, "`max(x, 2 - x)`"),
    ("relu(x) + relu(-x)", {"x": 2}, 0.0, "`relu(x)`"),
    ("min(abs(x-1), abs(x+1) + 0.5)", {"x": 3}, 0.0, "`abs(x - 1)`"),
    ("abs(x) + 2*abs(y)", {"x": 1, "y": -3}, 0.0, "`abs(y)`"),
    ("max(abs(x), abs(y))", {"x": 3, "y": 4}, 0.0, "`max(abs(x), abs(y))`"),
    ("exp(abs(x))", {"x": 2}, 1.0, "`abs(x)`"),
    ("sqrt(abs(x))", {"x": 2}, 0.0, "`abs(x)`"),
    ("abs(sin(x)) + 0.01*x**2", {"x": 1}, 0.0, "`abs(sin(x))`"),
    ("(x-1)**2 + 2*abs(x)", {"x": 3}, 1.0, ""),
    ("(1-x)**2 + 8*abs(y-x**2)", {"x": -1.2, "y": 1}, 0.0, "`abs(y - x**2)`"),
    ("max(x**2+y**4, (2-x)**2+(2-y)**2, 2*exp(y-x))", {"x": 1, "y": -0.1}, 1.9522244938, "`max("),
    ("hypot(x, y)", {"x": 3, "y": 4}, 0.0, "the derivative of `hypot(x, y)` is undefined"),
    ("sqrt(x**2+y**2) + x/2", {"x": 3, "y": 4}, 0.0, "`sqrt(x**2 + y**2)` is undefined"),
    ("sum(abs(w[i]-i) for i in range(6))", {"w": [9.0] * 6}, 0.0, "`abs(w[i] - i)` (6 of 6 terms)"),
    ("norm1(w) + w @ w", {"w": [1.0, -2.0, 0.5]}, 0.0, "`norm1(w)`"),
    ("max(w) + w @ w", {"w": [1.0, -2.0, 0.5]}, -1 / 12, "`max(w)`"),
    ("max(x, y) + x**2 + y**2", {"x": 1, "y": 1}, -0.125, "`max(x, y)`"),
]


@pytest.mark.parametrize(("formula", "start", "value", "named"), AT_KINKS)
def test_minima_at_kinks(formula: str, start: dict[str, Any], value: float, named: str) -> None:
    result = solved(formula, start)
    ends(result, CONVERGED, value, 1e-7)
    assert named in result.message
    assert result.gradient_norm is not None
    assert result.gradient_norm <= 1e-6


@pytest.mark.parametrize(
    ("formula", "start", "value"),
    [
        ("x**2 + abs(x-1)", {"x": 3}, 0.75),
        ("(x-2)**2 + 2*abs(x)", {"x": -3}, 3.0),
        ("max(0, 1-x)**2", {"x": -5}, 0.0),
        ("sqrt((x-1)**2+y**2)+sqrt(x**2+(y-2)**2)+sqrt((x+1)**2+(y+1)**2)",
         {"x": 3, "y": 4}, 4.31975161761),
        ("abs(x)**3 + (x-1)**2", {"x": -2}, 0.3688696906),
    ],
)  # fmt: skip
def test_smooth_minima_of_formulas_with_kinks(
    formula: str, start: dict[str, Any], value: float
) -> None:
    result = solved(formula, start)
    ends(result, CONVERGED, value, 1e-7)
    assert "generalised" not in result.message


def test_the_lasso_leaves_some_weights_at_zero() -> None:
    result = solved(LASSO, {"w": [1.0, 1.0, 1.0]}, set=DATA)
    assert result.status == CONVERGED
    assert "of 3 terms" in result.message or "norm1(w)" in result.message
    assert result.at is not None
    assert min(abs(result.at["w"])) < 1e-8


@pytest.mark.parametrize("unit", [1e-12, 1e12])
def test_the_unit_of_a_kink_does_not_matter(unit: float) -> None:
    result = solved(f"{unit!r}*(abs(x)+abs(y-1))", {"x": 3, "y": 4})
    ends(result, CONVERGED)
    assert result.at is not None
    assert result.at["y"] == pytest.approx(1.0, abs=1e-9)


@pytest.mark.parametrize("size", [1e-6, 1e6])
def test_the_size_of_the_variables_does_not_matter(size: float) -> None:
    result = solved(f"abs(x/{size!r}) + abs(y/{size!r} - 1)", {"x": 3 * size, "y": 4 * size})
    ends(result, CONVERGED, 0.0)


@pytest.mark.parametrize("method", ["gd", "momentum", "bfgs", "lbfgs", "cg", "newton", "bb"])
def test_a_named_method_ends_at_a_kink_honestly(method: str) -> None:
    result = solved("abs(x)+abs(y-1)", {"x": 3, "y": 4}, method=method)
    if result.status == CONVERGED:
        ends(result, CONVERGED, 0.0)
        assert "`abs(x)`" in result.message
    else:
        assert result.status in ("stalled", "max_iter")


def test_fixed_steps_across_a_kink_are_not_called_converged() -> None:
    result = solved("abs(x)", {"x": 1.05}, method="gd", learning_rate=0.1, max_iter=200)
    assert result.status == "max_iter"
    assert result.value == pytest.approx(0.05, abs=1e-9)


EDGES = [
    ("sqrt(x)", {"x": 4}, 0.0),
    ("sqrt(x) + sqrt(y)", {"x": 1, "y": 3}, 0.0),
    ("sqrt(x-1) + y**2", {"x": 3, "y": 1}, 0.0),
    ("x**0.3 + (y-2)**2", {"x": 1, "y": 1}, 0.0),
    ("sqrt(x)*(1+y**2)", {"x": 1, "y": 1}, 0.0),
    ("sqrt(x) + x*y + y**2", {"x": 1, "y": 1}, 0.0),
    ("acos(x)", {"x": 0.5}, 0.0),
    ("asin(2*x - 1)", {"x": 0.5}, -1.5707963267948966),
    ("sum(sqrt(v[i] + i) for i in range(4)) + 3", {"v": [2.0] * 4}, 3.0),
    ("sqrt(5 - x) + y**2", {"x": 1, "y": 1}, 0.0),
]


@pytest.mark.parametrize("scale", [1.0, 1e-6, 1e6])
@pytest.mark.parametrize(("formula", "start", "value"), EDGES)
def test_minima_at_the_edge_of_the_domain(
    formula: str, start: dict[str, Any], value: float, scale: float
) -> None:
    ends(solved(f"{scale!r}*({formula})", start), CONVERGED, scale * value, 1e-9 * scale)
    ends(maximized(f"-({formula})", start), CONVERGED, -value, 1e-9)


def test_a_minimum_inside_the_domain_is_found_too() -> None:
    ends(solved("x - sqrt(x)", {"x": 0}), CONVERGED, -0.25)
    ends(solved("(sqrt(x) - 2)**2 + (y - x)**2", {"x": 1, "y": 1}), CONVERGED, 0.0)
    result = solved("x", {"x": 2}, bounds={"x": [0, 5]})
    assert "what the bounds leave of the gradient is exactly zero" in result.message


def test_a_slope_along_a_steep_kink_is_not_called_flat() -> None:
    formula = "100*sqrt(abs(y-0.01*x**2)) + 0.01*abs(x+10)"
    result = solved(formula, {"x": 3.0, "y": 4.2}, time_limit=20)
    assert result.value is not None
    assert result.status != CONVERGED or abs(result.value) < 1e-5


@pytest.mark.parametrize("unit", [1.0, 1e-6, 1e6])
@pytest.mark.parametrize(
    ("formula", "start", "value"),
    [
        ("sqrt(1-x**2)", 0.3, 0.0),
        ("sqrt(1-x**2)", -0.9, 0.0),
        ("sqrt(log(x))", 2.5, 0.0),
        ("acosh(x)", 2.3, 0.0),
        ("(1-x**2)**1.5+x", 0.2, -1.0),
        ("-x**2+sqrt(9-x**2)", 0.1, -9.0),
    ],
)
def test_a_minimum_that_the_edge_of_the_domain_holds(
    formula: str, start: float, value: float, unit: float
) -> None:
    ends(solved(f"{unit}*({formula})", {"x": start}), "converged", unit * value)


@pytest.mark.parametrize("start", [(3.0, 4.0), (1.0, 1.0), (-2.0, 0.5)])
def test_next_to_a_steep_kink_the_last_digits_of_x_are_right(start: tuple[float, float]) -> None:
    result = gdcli.minimize(
        "sqrt(abs(x)) + sqrt(abs(y - 1))", start=dict(zip("xy", start, strict=True))
    )
    assert result.status == "converged", result.message
    assert result.value == 0.0
