"""The problems that tell an honest solver: saddles, tiny units, rays, kinks, poles, rounding."""

from __future__ import annotations

import pytest
from outcomes import CONVERGED, NOT_ATTAINED, UNBOUNDED, ends, solved

TABLE = [
    ("x**2-y**2+y**4", {"x": 1, "y": 0}, CONVERGED, -0.25),
    ("cos(x)", {"x": 0}, CONVERGED, -1.0),
    ("1e-9*(x-3)**2", {"x": 0}, CONVERGED, 0.0),
    ("1e12*(x-3)**2", {"x": 0}, CONVERGED, 0.0),
    ("exp(-x)", {"x": 1}, NOT_ATTAINED, None),
    ("-x**3", {"x": 1}, UNBOUNDED, None),
    ("x", {"x": 1}, UNBOUNDED, None),
    ("-x**2-y", {"x": 1, "y": 1}, UNBOUNDED, None),
    ("x-log(x-1)", {"x": 0.5}, CONVERGED, 2.0),
    ("abs(x)+abs(y-1)", {"x": 3, "y": 4}, CONVERGED, 0.0),
    ("sqrt(x**2+y**2)", {"x": 3, "y": 4}, CONVERGED, 0.0),
    ("x**4", {"x": 1}, CONVERGED, 0.0),
    ("(x-y)**4+(x+y-2)**2", {"x": 3, "y": 0}, CONVERGED, 0.0),
    ("1/x", {"x": 1}, NOT_ATTAINED, None),
    ("1/x", {"x": -1}, UNBOUNDED, None),
    ("1/(x-1)**2+x**2", {"x": 3}, CONVERGED, 4.799604753596071),
    ("log(1+exp(-x))+log(1+exp(-2*x))", {"x": 0}, NOT_ATTAINED, None),
    ("sin(x)*1e-3 + 1e6", {"x": 1}, CONVERGED, 999999.999),
    ("0*x", {"x": 1}, CONVERGED, 0.0),
]


@pytest.mark.parametrize(("formula", "start", "status", "value"), TABLE)
def test_outcomes(formula: str, start: dict[str, float], status: str, value: float | None) -> None:
    ends(solved(formula, start), status, value)


def test_the_tiny_and_the_huge_unit_end_in_the_same_place() -> None:
    for unit in ("1e-9", "1e12"):
        result = solved(f"{unit}*(x-3)**2", {"x": 0})
        assert result.at is not None
        assert result.at["x"] == pytest.approx(3.0, abs=1e-7)


def test_the_undefined_start_is_blamed_on_the_logarithm() -> None:
    result = solved("x-log(x-1)", {"x": 0.5})
    (warning,) = result.warnings
    assert "`log(x - 1)`" in warning.message
    assert "-0.5" in warning.message
    assert result.at is not None
    assert result.at["x"] == pytest.approx(2.0, abs=1e-7)


def test_kinks_are_named() -> None:
    result = solved("abs(x)+abs(y-1)", {"x": 3, "y": 4})
    assert "kinks of `abs(x)` and `abs(y - 1)`" in result.message
    assert result.gradient_norm is not None
    assert result.gradient_norm <= 1e-8


def test_an_undefined_derivative_is_said_to_be_so() -> None:
    result = solved("sqrt(x**2+y**2)", {"x": 3, "y": 4})
    assert "the derivative of `sqrt(x**2 + y**2)` is undefined" in result.message


@pytest.mark.parametrize(
    ("formula", "start"),
    [
        ("x**4", {"x": 1}),
        ("x**100", {"x": 2}),
        ("x**6+y**2", {"x": 1, "y": 1}),
        ("(x-y)**4+(x+y-2)**2", {"x": 3, "y": 0}),
        (
            "(x1+10*x2)**2+5*(x3-x4)**2+(x2-2*x3)**4+10*(x1-x4)**4",
            {"x1": 3, "x2": -1, "x3": 0, "x4": 1},
        ),
        ("(x**2+y**2-1)**2", {"x": 2, "y": 0}),
        ("(x+y)**2", {"x": 1, "y": 2}),
    ],
)
def test_singular_minima_are_called_degenerate(formula: str, start: dict[str, float]) -> None:
    result = solved(formula, start)
    ends(result, CONVERGED, 0.0)
    assert result.second_order is not None
    assert result.second_order["kind"] == "degenerate"
    assert "degenerate minimum" in result.message


def test_rounding_is_said_in_the_unit_of_the_formula() -> None:
    result = solved("sin(x)*1e-3 + 1e6", {"x": 1})
    assert "below the rounding level" in result.message
    assert result.stop is not None
    assert result.stop["reason"] == "rounding"
    assert 1e-11 < result.stop["noise"] < 1e-8
    assert result.at is not None
    assert result.at["x"] == pytest.approx(-1.5707963267948966, abs=1e-6)


def test_a_constant_is_called_one() -> None:
    for formula, start in (("0*x", {"x": 1}), ("5 + 0*x + y - y", {"x": 2, "y": 3})):
        result = solved(formula, start)
        assert result.status == CONVERGED
        assert result.iterations == 0
        assert "constant" in result.message
