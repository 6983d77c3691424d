"""Nonsmooth problems of the literature: solved to rounding, from few evaluations, and honestly."""

from __future__ import annotations

from typing import Any

import pytest
from outcomes import CONVERGED, UNBOUNDED, ends, maximized, solved

WONG = (
    "max(F, F+10*(2*x[0]**2+3*x[1]**4+x[2]+4*x[3]**2+5*x[4]-127),"
    "F+10*(7*x[0]+3*x[1]+10*x[2]**2+x[3]-x[4]-282), F+10*(23*x[0]+x[1]**2+6*x[5]**2-8*x[6]-196),"
    "F+10*(4*x[0]**2+x[1]**2-3*x[0]*x[1]+2*x[2]**2+5*x[5]-11*x[6]))"
).replace(
    "F", "((x[0]-10)**2+5*(x[1]-12)**2+x[2]**4+3*(x[3]-11)**2+10*x[4]**6+7*x[5]**2+x[6]**4"
    "-4*x[5]*x[6]-10*x[5]-8*x[6])"
)  # fmt: skip
OET6 = "max(abs(a*exp(c*t[i])+b*exp(d*t[i])-1/(1+t[i])) for i in range(21))"
CHAIN = "for i in range(n-1))"
CB3 = "max(x[i]**4+x[i+1]**2, (2-x[i])**2+(2-x[i+1])**2, 2*exp(-x[i]+x[i+1]))"

LITERATURE: list[tuple[str, dict[str, Any], dict[str, Any], float]] = [
    ("(1-x)**2 + 8*abs(y-x**2)", {"x": -1.2, "y": 1}, {}, 0.0),
    ("max(x**2+y**4, (2-x)**2+(2-y)**2, 2*exp(y-x))", {"x": 1, "y": -0.1}, {}, 1.9522244938),
    ("max(5*x+y, -5*x+y, x**2+y**2+4*y)", {"x": 1, "y": 1}, {}, -3.0),
    ("max(x**2+y**2, x**2+y**2+10*(-4*x-y+4), x**2+y**2+10*(-x-2*y+6))", {"x": -1, "y": 5}, {},
     7.2),
    ("-x + 20*max(x**2+y**2-1, 0)", {"x": 0.8, "y": 0.6}, {}, -1.0),
    ("max(x**2+(y-1)**2+y-1, -x**2-(y-1)**2+y+1)", {"x": -1.5, "y": 2}, {}, 0.0),
    (WONG, {"x": [1.0, 2, 0, 4, 0, 1, 1]}, {}, 680.6300573744),
    (OET6, {"a": 1, "b": 1, "c": -3, "d": -1}, {"t": [-0.5 + 0.05 * i for i in range(21)]},
     0.00201607538),
    ("50*max(x) - sum(x)", {"x": [i - 25.5 for i in range(1, 51)]}, {}, 0.0),
    ("max(abs(x[i]) for i in range(20))", {"x": [3.0 - i for i in range(20)]}, {}, 0.0),
    (f"sum({CB3} {CHAIN}", {"x": [2.0] * 20}, {"n": 20}, 38.0),
    (f"sum(max(-x[i]-x[i+1], -x[i]-x[i+1]+x[i]**2+x[i+1]**2-1) {CHAIN}", {"x": [-0.5] * 20},
     {"n": 20}, -19 * 2**0.5),
]  # fmt: skip


@pytest.mark.parametrize(("formula", "start", "constants", "value"), LITERATURE)
def test_problems_of_the_literature(
    formula: str, start: dict[str, Any], constants: dict[str, Any], value: float
) -> None:
    result = solved(formula, start, set=constants)
    ends(result, CONVERGED, value, 1e-9)
    assert result.gradient_norm is not None
    assert result.gradient_norm <= 1e-8
    assert result.evaluations is not None
    assert result.evaluations["value"] <= 30
    assert result.evaluations["gradient"] <= 20


@pytest.mark.parametrize("unit", ["1e-12", "1e12"])
@pytest.mark.parametrize(
    ("formula", "start"),
    [
        ("(1-x)**2 + 8*abs(y-x**2)", {"x": -1.2, "y": 1}),
        ("max(5*x+y, -5*x+y, x**2+y**2+4*y)", {"x": 1, "y": 1}),
        ("abs(x)+abs(y-1)+x**2", {"x": 3, "y": 4}),
    ],
)
def test_the_unit_makes_no_difference(unit: str, formula: str, start: dict[str, Any]) -> None:
    plain, scaled = solved(formula, start), solved(f"{unit}*({formula})", start)
    assert plain.status == scaled.status == CONVERGED
    assert abs(plain.iterations - scaled.iterations) <= 1


def test_bounds_are_kept_at_kinks() -> None:
    result = solved(
        "abs(x - 1) + abs(y + 2) + (x - y)**2", {"x": 3, "y": 3}, bounds={"x": [2, 5], "y": [0, 9]}
    )
    ends(result, CONVERGED, 4.75)
    assert result.at == {"x": 2.0, "y": pytest.approx(1.5)}


def test_concave_kinks_are_left_and_maxima_found() -> None:
    ends(solved("-abs(x) + x**2/2 + abs(y - x)", {"x": 0, "y": 1}), CONVERGED, -0.5)
    ends(solved("x**2 - abs(x) + abs(y)", {"x": 0, "y": 0}), CONVERGED, -0.25)
    ends(solved("min(x, -x)", {"x": 1}), UNBOUNDED)
    ends(maximized("min(x + 2*y, 3 - x, 4 - y)", {"x": 0, "y": 0}), CONVERGED, 3.0 + 2 / 3, 1)
    ends(maximized("4 - abs(x - 2) - y**2", {"x": 0, "y": 3}), CONVERGED, 4.0)


def test_negative_curvature_along_a_kink_is_left() -> None:
    result = solved("3*abs(y - x**2) - y + x**4/4 + y**4/4", {"x": 0, "y": 0})
    assert result.status == CONVERGED
    assert result.value is not None
    assert result.value < -0.4


def test_a_flat_regression_of_absolute_values_is_a_linear_program() -> None:
    rows = [[1.0, 0.3 * i, (i % 5) - 2.0] for i in range(30)]
    data = {"A": rows, "b": [(-1.0) ** i * (i % 7) + 0.5 * i for i in range(30)]}
    result = solved(
        "sum(abs(sum(A[i,j]*w[j] for j in range(3)) - b[i]) for i in range(30))",
        {"w": [0.0, 0, 0]},
        set=data,
    )
    assert result.status == CONVERGED
    assert "of 30 terms" in result.message
    assert result.evaluations is not None
    assert result.evaluations["gradient"] <= 10


def test_poles_within_kinks_are_still_told() -> None:
    ends(solved("log(abs(x - 1)) + x**2", {"x": 3}), UNBOUNDED)
