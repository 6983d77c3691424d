"""A valley that bends on its way to infinity is no minimum, wherever the run gives up in it."""

from __future__ import annotations

import pytest

import gdcli

BEALE = "(1.5-x+x*y)^2 + (2.25-x+x*y^2)^2 + (2.625-x+x*y^3)^2"


@pytest.mark.parametrize("start", [(-10, 10), (-300, 50), (-3000, 1000)])
def test_a_variable_that_tends_to_a_place_of_its_own(start: tuple[float, float]) -> None:
    result = gdcli.minimize(BEALE, start=dict(zip("xy", map(float, start), strict=True)))
    assert result.status == "not_attained", result.message
    # Published limits: as x → −∞ with y → 1 the value tends to 0.45201 (to five digits).
    assert result.value == pytest.approx(0.45201, abs=1e-5)


@pytest.mark.parametrize("shift", [(3, -2), (0, 5), (-40, 1)])
@pytest.mark.parametrize("scale", [1e-6, 1.0, 1e6])
def test_a_shifted_hyperbola(shift: tuple[int, int], scale: float) -> None:
    a, b = shift
    formula = f"{scale}*(((x-({a}))*(y-({b}))-1)**2 + (x-({a}))**2)"
    result = gdcli.minimize(formula, start={"x": a + 1.0, "y": b + 2.0})
    assert result.status == "not_attained", result.message


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
