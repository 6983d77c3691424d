"""The sample problems are sound: complete, readable, and right about their solutions."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from gdcli.language.evaluate import evaluate
from gdcli.model.assemble import make_problem
from gdcli.model.expectation import verdict
from gdcli.model.files import read_problems
from gdcli.model.problem import Problem

FOLDER = Path(__file__).parents[2] / "sample_problems"
FILES = sorted(FOLDER.glob("*.toml"))


def load(path: Path) -> Problem:
    (raw,) = read_problems(path)
    return make_problem(raw)


def value(problem: Problem, point: object) -> float:
    values = {**problem.constants, **dict(point)}  # type: ignore[call-overload]
    return float(evaluate(problem.tree, values, problem.source))


def test_there_are_enough() -> None:
    assert len(FILES) >= 40


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_sample_is_complete_and_expects_what_is_true(path: Path) -> None:
    problem = load(path)
    assert problem.name == path.stem
    assert problem.reference and problem.description and problem.tags
    assert set(problem.start) == {variable.name for variable in problem.layout.variables}
    expected = problem.expectation
    assert expected is not None and expected.value is not None
    start = value(problem, problem.start)
    assert np.isfinite(start)
    assert start > expected.value if problem.sense == "minimize" else start < expected.value
    for point in expected.at:
        found = value(problem, point)
        assert verdict(expected, "converged", found, point, (), problem.sense) == (True, [])
        flat = problem.layout.pack(point)
        assert (flat >= problem.lower).all() and (flat <= problem.upper).all()


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_no_point_beside_an_expected_one_is_better(path: Path) -> None:
    problem = load(path)
    assert problem.expectation is not None
    sign = 1.0 if problem.sense == "minimize" else -1.0
    random = np.random.default_rng(0)
    for point in problem.expectation.at:
        best = sign * value(problem, point)
        flat = problem.layout.pack(point)
        for _ in range(20):
            size = 10.0 ** random.integers(-5, -1)
            beside = flat + size * random.standard_normal(flat.size) * np.maximum(abs(flat), 0.1)
            beside = np.clip(beside, problem.lower, problem.upper)
            other = sign * value(problem, problem.layout.unpack(beside))
            assert other >= best - 1e-12 * max(1.0, abs(best))
