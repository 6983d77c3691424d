"""Minima at bounds, saddles in boxes, and no place outside."""

from __future__ import annotations

from typing import Any

import pytest
from outcomes import CONVERGED, ends, solved

INF = "inf"
CASES: list[tuple[str, dict[str, Any], dict[str, Any], float]] = [
    ("(x-3)**2", {"x": 0}, {"x": [0, 1]}, 4.0),
    ("x", {"x": 1}, {"x": [0, 5]}, 0.0),
    ("-x**2", {"x": 0}, {"x": [-1, 2]}, -4.0),
    ("x**2-y**2", {"x": 1, "y": 0}, {"x": [-1, 1], "y": [-2, 2]}, -4.0),
    ("x*y", {"x": 0, "y": 0}, {"x": [-1, 2], "y": [-1, 1]}, None),
    ("x**3", {"x": 0}, {"x": [-1, 1]}, -1.0),
    ("x**3", {"x": 0.5}, {"x": [0, 1]}, 0.0),
    ("cos(x)", {"x": 0}, {"x": [-1, 2]}, -0.4161468365471424),
    ("abs(x)+abs(y)", {"x": 3, "y": 4}, {"x": [1, 5]}, 1.0),
    ("sqrt(x)", {"x": 4}, {"x": [0, INF]}, 0.0),
    ("(x-1)**2+(y-2)**2", {"x": 0, "y": 0}, {"x": [0.5, 0.5]}, 0.25),
    ("100*(y-x**2)**2+(1-x)**2", {"x": -2, "y": 1}, {"y": [-1.5, INF]}, 0.0),
    ("y+1e-5*(y-x)**2", {"x": 10, "y": 1}, {"y": [0, INF]}, 0.0),
    ("(x+1)**3/3+y", {"x": 1.125, "y": 0.125}, {"x": [1, INF], "y": [0, INF]}, 8 / 3),
    ("sum((w[i]-i)**2 for i in range(5))", {"w": [0.0] * 5}, {"w": [0, 2.5]}, 2.5),
]  # fmt: skip


@pytest.mark.parametrize(("formula", "start", "bounds", "value"), CASES)
def test_minima_in_boxes(
    formula: str, start: dict[str, Any], bounds: dict[str, Any], value: float | None
) -> None:
    result = solved(formula, start, bounds=bounds)
    ends(result, CONVERGED, value)
    assert result.gradient_norm == pytest.approx(0.0, abs=1e-6)


@pytest.mark.parametrize("method", ["gd", "lbfgs", "bfgs", "cg", "newton", "adam"])
def test_every_method_holds_a_bound_exactly(method: str) -> None:
    options = {"learning_rate": 0.1} if method == "adam" else {}
    result = solved(
        "(x-3)**2+(y+1)**2", {"x": 0, "y": 0}, bounds={"x": [0, 1]}, method=method, **options
    )
    ends(result, CONVERGED, 4.0)
    assert result.at is not None
    assert result.at["x"] == 1.0
