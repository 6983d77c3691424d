"""The scalable problems of the literature, as their files state them and as they grow."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from gdcli.deadline import Deadline
from gdcli.model.assemble import make_problem
from gdcli.model.files import read_problems
from gdcli.model.raw import RawProblem
from gdcli.solving.prepare import prepare
from gdcli.solving.solve import solve_raw

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "sample_problems" / "scalable"
PROBLEMS = [raw for path in sorted(FOLDER.glob("*.toml")) for raw in read_problems(path)]
SLOW = {"genrose": 200, "fletchcr": 200, "vareigvl": 300}
GROWN = ("arwhead", "broydn3d", "dixmaani", "dqdrtic", "engval1", "tridia")


def named(raw: RawProblem) -> str:
    return str(raw.name)


def by_hand() -> ModuleType:
    place = ROOT / "benchmarks" / "scalable_by_hand.py"
    spec = importlib.util.spec_from_file_location("scalable_by_hand", place)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


FUNCTIONS = by_hand().FUNCTIONS


def test_there_are_enough_and_each_says_where_it_is_from() -> None:
    assert len(PROBLEMS) >= 40
    assert len({raw.name for raw in PROBLEMS}) == len(PROBLEMS)
    for raw in PROBLEMS:
        problem = make_problem(raw)
        assert problem.reference and problem.description and "scalable" in problem.tags
        assert problem.expectation is not None and problem.expectation.value is not None


@pytest.mark.parametrize("raw", PROBLEMS, ids=named)
def test_it_is_solved_as_published(raw: RawProblem) -> None:
    fewer = {"set": {"n": SLOW[raw.name]}} if raw.name in SLOW else {}
    result = solve_raw(raw, {"cache": False, "time_limit": 60, **fewer})
    assert result.expect is not None
    assert result.expect["verdict"] == "met", (result.message, result.expect["reasons"])


@pytest.mark.parametrize("raw", [raw for raw in PROBLEMS if raw.name in FUNCTIONS], ids=named)
def test_value_and_gradient_are_those_written_by_hand(raw: RawProblem) -> None:
    problem = make_problem(raw, {"set": {"n": 48}, "method": "gd"})
    objective = prepare(problem, Deadline()).objective
    x = problem.layout.pack(problem.start)
    x = x + 0.1 * np.random.default_rng(0).standard_normal(x.size)
    value, gradient = objective.value_and_gradient(x)
    expected, slope = FUNCTIONS[raw.name](48)(x)
    assert value == pytest.approx(expected, rel=1e-12)
    np.testing.assert_allclose(gradient, slope, rtol=0, atol=1e-12 * abs(slope).max())


@pytest.mark.parametrize("raw", [raw for raw in PROBLEMS if raw.name in GROWN], ids=named)
def test_iterations_do_not_grow_with_the_number_of_variables(raw: RawProblem) -> None:
    small = solve_raw(raw, {"cache": False, "set": {"n": 999}})
    large = solve_raw(raw, {"cache": False, "set": {"n": 9999}})
    assert small.status == large.status == "converged"
    assert large.iterations is not None and small.iterations is not None
    assert large.iterations <= 2 * small.iterations + 5
