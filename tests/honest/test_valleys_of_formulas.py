"""Valleys that run to infinity are no minima, wherever their floors lie."""

from __future__ import annotations

import numpy as np
import pytest
from outcomes import CONVERGED, NOT_ATTAINED, ends, solved

import gdcli

BEALE = "(1.5-x+x*y)**2+(2.25-x+x*y**2)**2+(2.625-x+x*y**3)**2"


@pytest.mark.parametrize(
    ("formula", "start", "limit"),
    [
        (BEALE, {"x": -10, "y": 10}, 0.452009),
        (BEALE, {"x": -700, "y": 20}, 0.452009),
        (BEALE, {"x": 30, "y": 1000}, 0.452009),
        (BEALE, {"x": -3000, "y": 1000}, 0.452009),
        ("((x-3)*(y+2)-1)**2+(x-3)**2", {"x": 1, "y": 1}, 0.0),
        ("((x-3)*(y+2)-1)**2+(x-3)**2", {"x": -17, "y": -58}, 0.0),
        ("((x+5)*(y-7)-1)**2+(x+5)**2+(z-1)**2", {"x": 0, "y": 6, "z": 3}, 0.0),
        ("(x*(y-1)-2)**2+(x*(y-1)-3)**2+(y-1)**2", {"x": 2, "y": 3}, 0.5),
        ("(exp(x)*y-1)**2+exp(x)", {"x": -1, "y": -1}, 0.0),
        ("(1-x*exp(-y))**2+exp(-2*y)", {"x": -4, "y": -2}, 0.0),
        ("(log(x)-y)**2+1/x", {"x": 1, "y": 0.5}, 0.0),
        ("1/(x*y)+(x-y)**2", {"x": 1, "y": 2}, 0.0),
        ("exp(-x)+exp(-y)+(x-y)**2", {"x": 0, "y": 3}, 0.0),
    ],
)
@pytest.mark.parametrize("unit", [1.0, 1e-6, 1e6])
def test_a_valley_that_runs_to_infinity_is_no_minimum(
    formula: str, start: dict[str, float], limit: float, unit: float
) -> None:
    result = solved(f"{unit}*({formula})", start)
    assert result.status == NOT_ATTAINED, result.message
    assert result.value is not None
    assert limit - 1e-6 <= result.value / unit <= limit + 0.01


@pytest.mark.parametrize(
    ("formula", "start", "value"),
    [
        (BEALE, {"x": 10, "y": 10}, 0.0),
        (BEALE, {"x": 500, "y": -300}, 0.0),
        (BEALE, {"x": 700, "y": 700}, 0.0),
        ("(x*y-1)**2+1e-8*x**2+1e-8*y**2", {"x": 50, "y": 3}, 2e-8 - 1e-16),
        ("(x*y-1)**2+1/x+1e-6*x", {"x": 1, "y": 1}, 2e-3),
        ("(y-log(x))**2+1/x+1e-9*x", {"x": 1, "y": 1}, 6.324555e-5),
    ],
)
def test_a_valley_that_ends_far_away_has_its_minimum_there(
    formula: str, start: dict[str, float], value: float
) -> None:
    ends(solved(formula, start), CONVERGED, value)


@pytest.mark.parametrize(
    "formula",
    [
        "(x-1e6)**2 + (y-1)**2*(1+(x/1e6)**2)",
        "log(1+(x-1e5)**2) + (x*y-1e5)**2*1e-6",
        "(x/1e4-1)**4 + (y-x**2/1e8)**2",
    ],
)
def test_a_minimum_far_away_is_still_one(formula: str) -> None:
    result = gdcli.minimize(formula, start={"x": 2.0, "y": 3.0})
    assert result.status == "converged", result.message


@pytest.mark.parametrize("scale", [1e-6, 1.0, 1e6])
@pytest.mark.parametrize("start", [(3.0, 4.0), (1.0, 1.0), (0.5, -2.0)])
def test_a_level_valley_whose_curvature_is_lost_in_rounding(
    start: tuple[float, float], scale: float
) -> None:
    """0 is attained all along the negative axis, where the smaller eigenvalue is 0 in truth."""
    formula = f"{scale}*(hypot(x, y) + x)"
    result = gdcli.minimize(formula, start=dict(zip("xy", start, strict=True)))
    assert result.status == "converged", result.message
    assert result.value == pytest.approx(0.0, abs=1e-8 * scale)


@pytest.mark.parametrize(
    ("formula", "start", "limit"),
    [
        ("sqrt(1+(x-y)**2)+exp(-x)", {"x": -2, "y": 4}, 1.0),
        ("1+(x-y)**4+exp(-x-y)", {"x": 1, "y": 1}, 1.0),
        ("exp(3*x-2*y)+sqrt(1+(2*x-y)**2)", {"x": -2, "y": 3}, 1.0),
        # Far out the constants within the first two terms are lost, and 1.5 is left of them:
        ("sqrt(1+(2*x+2*y-1)**2)+1/(1+exp(-x-y-1))+exp(x/2-3*y)", {"x": -1, "y": 3.7}, 1.814722037),
    ],
)
def test_a_floor_that_leads_to_a_limit(formula: str, start: dict[str, float], limit: float) -> None:
    result = solved(formula, start)
    ends(result, NOT_ATTAINED, limit, 1e-5)
    said = float(result.message.split("tends to ")[1].split()[0])
    assert said == pytest.approx(limit, rel=1e-5)


@pytest.mark.parametrize("n", [10_000, 20_000, 30_000])
def test_the_bottom_of_a_long_curved_valley(n: int) -> None:
    """SINQUAD: down there no step lowers the value any more, by rounding."""
    formula = (
        "(x[0]-1)**4 + sum((sin(x[i]-x[n-1]) - x[0]**2 + x[i]**2)**2 for i in range(1, n-1))"
        " + (x[n-1]**2 - x[0]**2)**2"
    )
    result = gdcli.minimize(formula, start={"x": np.full(n, 0.1)}, set={"n": n})
    ends(result, CONVERGED, 0.0, 1e-12)
