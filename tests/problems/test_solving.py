"""Every sample problem, and the Moré–Garbow–Hillstrom collection, solved as their files expect."""

from __future__ import annotations

from pathlib import Path

import pytest

from gdcli.model.files import read_problems
from gdcli.model.raw import RawProblem
from gdcli.solving.solve import solve_raw

SAMPLES = Path(__file__).parents[2] / "sample_problems"
MGH = Path(__file__).parent / "mgh"


def problems(folder: Path) -> list[RawProblem]:
    return [raw for path in sorted(folder.glob("*.toml")) for raw in read_problems(path)]


def named(raw: RawProblem) -> str:
    return raw.name or "?"


@pytest.mark.parametrize("raw", problems(SAMPLES), ids=named)
def test_a_sample_meets_its_expectation(raw: RawProblem) -> None:
    result = solve_raw(raw, {"cache": False})
    assert result.expect is not None
    assert result.expect["verdict"] == "met", (result.message, result.expect["reasons"])
    assert result.feasible


@pytest.mark.parametrize("raw", problems(MGH), ids=named)
def test_more_garbow_and_hillstroms_problems_are_solved(raw: RawProblem) -> None:
    result = solve_raw(raw, {"cache": False})
    assert result.expect is not None
    assert result.expect["verdict"] == "met", (result.message, result.expect["reasons"])


def test_the_collection_is_whole() -> None:
    assert len(problems(MGH)) == 41
