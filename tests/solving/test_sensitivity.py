"""`--sensitivity` against solving again with a changed constant."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import gdcli

H = 1e-4
BOX = {"bounds": {"x": [0, 1]}}
CASES: list[tuple[str, dict[str, float], dict[str, Any], dict[str, Any]]] = [
    ("(x-a)**2 + b*(y-x**2)**2 + c*x", {"a": 2.0, "b": 10.0, "c": 1.0}, {"x": 1, "y": 1}, {}),
    ("exp(a*x) - b*x", {"a": 0.7, "b": 3.0}, {"x": 0}, {}),
    ("(x-a)**2 + (y-b)**2 + x*y", {"a": 3.0, "b": 1.0}, {"x": 0, "y": 0}, BOX),
    ("sum((w[i]-a*i)**2 for i in range(3)) + b*sum(w)", {"a": 2.0, "b": 0.5}, {"w": [0.0] * 3}, {}),
    ("1e6 + 1e-3*(a*x**2 - b*x)", {"a": 2.0, "b": 3.0}, {"x": 1}, {}),
]  # fmt: skip


@pytest.mark.parametrize(("formula", "constants", "start", "options"), CASES)
@pytest.mark.parametrize("sense", ["minimize", "maximize"])
def test_slopes_are_those_of_solving_again(
    formula: str, constants: dict[str, float], start: dict[str, Any], options: dict[str, Any],
    sense: str,
) -> None:  # fmt: skip
    text = formula if sense == "minimize" else f"-({formula})"

    def solve(values: dict[str, float], **more: Any) -> Any:
        return getattr(gdcli, sense)(text, set=values, start=start, **options, **more)

    result = solve(constants, sensitivity=True)
    assert result.status == "converged"
    assert set(result.sensitivity) == set(constants)
    for name, value in constants.items():
        up = solve({**constants, name: value + H})
        down = solve({**constants, name: value - H})
        slope = (up.value - down.value) / (2 * H)
        assert result.sensitivity[name]["value"] == pytest.approx(slope, rel=1e-4, abs=1e-6)
        for variable, moved in result.sensitivity[name]["at"].items():
            ends = [np.asarray(r.at[variable], dtype=float) for r in (up, down)]
            wanted = (ends[0] - ends[1]) / (2 * H)
            assert np.asarray(moved) == pytest.approx(wanted, rel=1e-3, abs=1e-4)


def test_lines_say_what_one_per_cent_does() -> None:
    result = gdcli.minimize(
        "(x-a)**2 + b", set={"a": 2, "b": 4}, start={"x": 1}, sensitivity=True
    )  # fmt: skip
    lines = result.notes["sensitivity_lines"]
    assert lines == ("a +1 %: value +0 %, x +1 %", "b +1 %: value +1 %, x +0 %")
    falling = gdcli.minimize("b/x + a*x", set={"a": 1, "b": 4}, start={"x": 1}, sensitivity=True)
    assert falling.notes["sensitivity_lines"][1] == "a +1 %: value +0.5 %, x −0.5 %"


def test_a_degenerate_minimum_has_no_slope_in_x() -> None:
    result = gdcli.minimize("(x-a)**4", set={"a": 1}, start={"x": 1}, sensitivity=True)
    assert result.sensitivity is not None
    assert np.isnan(result.sensitivity["a"]["at"]["x"])
    assert result.to_dict()["sensitivity"]["a"]["at"]["x"] is None
