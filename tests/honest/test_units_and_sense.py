"""The objective's unit and sign change nothing but the value."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from outcomes import check, solved

import gdcli
from gdcli.model.assemble import make_problem
from gdcli.model.files import read_problems
from gdcli.model.raw import RawProblem
from gdcli.result import Result
from gdcli.solving.solve import solve_raw

SAMPLES = sorted((Path(__file__).resolve().parents[2] / "sample_problems").glob("*.toml"))
PROBLEMS = [
    raw
    for path in SAMPLES
    for raw in read_problems(str(path))
    if make_problem(raw, None).settings.method == "auto"
]


def rescaled(raw: RawProblem, factor: str) -> Result:
    fields = {k: v for k, v in raw.fields.items() if k != "expect"}
    sense = "maximize" if "maximize" in fields else "minimize"
    fields[sense] = f"{factor}*({fields[sense]})"
    return solve_raw(RawProblem(fields, file=raw.file), None)


@pytest.mark.parametrize("raw", PROBLEMS, ids=lambda raw: str(raw.name or Path(raw.file).stem))
def test_the_unit_of_the_objective_does_not_matter(raw: RawProblem) -> None:
    plain = rescaled(raw, "1")
    for factor in ("1e12", "1e-12"):
        other = rescaled(raw, factor)
        assert other.method == plain.method
        assert other.status == plain.status, other.message
        assert other.iterations is not None
        assert plain.iterations is not None
        assert abs(other.iterations - plain.iterations) <= 1
        assert other.value == pytest.approx(float(factor) * plain.value, rel=1e-6, abs=0.0) or (
            abs(plain.value) < 1e-12
        )


SENSES = [
    ("cos(x)", {"x": 0}),
    ("exp(-x)", {"x": 1}),
    ("x**2-y**2+y**4", {"x": 1, "y": 0}),
    ("abs(x)+abs(y-1)", {"x": 3, "y": 4}),
    ("(x-y)**4+(x+y-2)**2", {"x": 3, "y": 0}),
    ("x**3", {"x": 1}),
    ("1/(x-1)**2+x**2", {"x": 3}),
    ("x-log(x-1)", {"x": 0.5}),
]


@pytest.mark.parametrize(("formula", "start"), SENSES)
def test_maximising_the_negative_is_minimising(formula: str, start: dict[str, float]) -> None:
    low = solved(formula, start)
    high = gdcli.maximize(f"-({formula})", start=start)
    check(high)
    assert high.status == low.status
    assert high.iterations == low.iterations
    assert high.value == pytest.approx(-low.value, rel=1e-12, abs=1e-300)
    assert high.at == low.at
    assert high.ray == low.ray
    if low.second_order is not None:
        assert high.second_order is not None
        swapped = {"minimum": "maximum", "maximum": "minimum"}
        kind = low.second_order["kind"]
        assert high.second_order["kind"] == swapped.get(kind, kind)


def test_words_follow_the_sense() -> None:
    result = gdcli.maximize("-cos(x)", start={"x": 0})
    assert "a strict maximum (curvature -1)" in result.message
    assert "left a minimum along positive curvature" in result.message
    assert result.second_order == {
        "kind": "maximum", "smallest_eigenvalue": pytest.approx(-1.0)
    }  # fmt: skip
    grows = gdcli.maximize("x**3", start={"x": 1})
    assert grows.status == "unbounded"
    assert re.search(r"grows without limit as x → ∞", grows.message)
    level = gdcli.maximize("-abs(x)", start={"x": 1})
    assert "the maximum is at the kink of `abs(x)`" in level.message
