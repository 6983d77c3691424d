"""A pole between the start and a lower place is never crossed."""

from __future__ import annotations

import pytest
from outcomes import CONVERGED, NOT_ATTAINED, UNBOUNDED, ends, maximized, solved


@pytest.mark.parametrize(
    ("formula", "start", "status", "value"),
    [
        ("1/(x-1)**2+x**2", {"x": 3}, CONVERGED, 4.799604753596071),
        ("1/(x-1)**2+x**2", {"x": -3}, CONVERGED, 0.6694996282151955),
        ("1/(x**2-1)**2+x**2", {"x": 3}, CONVERGED, 2.8898815748423097),
        ("1/(x**2-1)**2+x**2", {"x": 0.2}, CONVERGED, 1.0),
        ("tan(x)**2+0.1*x", {"x": 0.1}, CONVERGED, -0.00249585504),
        ("tan(x)**2+0.1*x", {"x": 1.4}, CONVERGED, -0.00249585504),
        ("1/x+x", {"x": 3}, CONVERGED, 2.0),
        ("1/x+x", {"x": -3}, UNBOUNDED, None),
        ("x**2+1/x", {"x": 5}, CONVERGED, 1.8898815748423097),
        ("1/(x*y)+x+y", {"x": 5, "y": 5}, CONVERGED, 3.0),
        ("1/sin(x)", {"x": 1}, CONVERGED, 1.0),
        ("exp(-x)+1/(x-100)**2", {"x": 0}, CONVERGED, None),
        ("x**-3", {"x": 2}, NOT_ATTAINED, None),
        ("sum(1/x[i] + x[i] for i in range(3))", {"x": [4.0, 5.0, 6.0]}, CONVERGED, 6.0),
    ],
)
def test_the_answer_is_on_the_side_of_the_start(
    formula: str, start: dict[str, object], status: str, value: float | None
) -> None:
    ends(solved(formula, start), status, value)


@pytest.mark.parametrize("method", ["gd", "bfgs", "lbfgs", "cg", "newton", "newton-cg", "bb"])
def test_named_methods_stay_on_their_side_too(method: str) -> None:
    result = solved("1/(x-1)**2+x**2", {"x": 3}, method=method)
    ends(result, CONVERGED, 4.799604753596071)


def test_a_change_of_sign_without_a_pole_is_no_wall() -> None:
    ends(solved("(x-1)**2*(x+2)/(x+2)+1/(x+50)", {"x": -5}), CONVERGED, None)
    ends(solved("atan(y/x)**2+(x+3)**2+(y-1)**2", {"x": 1, "y": 1}), CONVERGED, None)


@pytest.mark.parametrize("scale", [1.0, 1e-6, 1e6])
@pytest.mark.parametrize(
    ("formula", "start"),
    [
        ("tan({x})", {"x": 1}),
        ("{x}**2/({x}-1)", {"x": 0.5}),
        ("log(({x}-1)**2+(y-2)**2)", {"x": 0, "y": 0}),
        ("-1/(({x}-1)**2+(y-2)**2)", {"x": 0, "y": 0}),
        ("log(abs({x}-1))+{x}**2", {"x": 0.5}),
        ("log(abs(2*{x}-y))+{x}**2+y**2", {"x": 1, "y": 1}),
        ("lgamma({x})+lgamma(y)-lgamma({x}+y)+0.3*{x}*y", {"x": -3.9, "y": 2.2}),
        ("sum(log((v[i]-i)**2) for i in range(3)) + {x}**2", {"v": [3.0, 3.0, 3.0], "x": 1}),
    ],
)
def test_values_that_fall_towards_a_pole_have_no_end(
    formula: str, start: dict[str, object], scale: float
) -> None:
    moved = {k: v if k != "x" else float(str(v)) * scale for k, v in start.items()}
    result = solved(formula.format(x=f"(x/{scale!r})"), moved)
    ends(result, UNBOUNDED)
    assert "edge of its domain" in result.message or "along the curve" in result.message
    ends(maximized(f"-({formula.format(x=f'(x/{scale!r})')})", moved), UNBOUNDED)


@pytest.mark.parametrize(
    ("formula", "start", "value"),
    [
        ("sqrt(abs(x-3))", {"x": 1}, 0.0),
        ("x*log(abs(x)) + x**2", {"x": 1}, None),
        ("-1/(1e-6 + x**2)", {"x": 1}, -1e6),
        ("log(1e-12 + x**2)", {"x": 1}, -27.631021115928547),
    ],
)
def test_a_deep_but_finite_minimum_is_no_pole(
    formula: str, start: dict[str, object], value: float | None
) -> None:
    ends(solved(formula, start), CONVERGED, value, 1e-3)


@pytest.mark.parametrize(
    ("formula", "start", "value"),
    [
        ("sign(x)+x**2", {"x": 0.5}, -1.0),
        ("floor(x)+x**2/2", {"x": 0.7}, -1.0),
        ("max(x, 0)+sign(y)+y**2", {"x": 1, "y": 1}, -1.0),
        ("(1 if x >= 2 else 0)+(x-2)**2", {"x": 3}, 0.0),
    ],
)
def test_the_upper_side_of_a_jump_is_left(
    formula: str, start: dict[str, object], value: float
) -> None:
    ends(solved(formula, start), CONVERGED, value)
