"""What `--json` writes: the same keys always, and errors as objects too."""

from __future__ import annotations

from pathlib import Path

import pytest
from conftest import Runner

KEYS = [
    "schema", "type", "name", "sense", "objective", "status", "message", "stop", "value", "at",
    "gradient_norm", "feasible", "method", "options", "iterations", "evaluations", "start", "seed",
    "second_order", "minima", "constraints", "fit", "expect", "bound", "certificate",
    "sensitivity", "ray", "warnings", "errors", "input", "seconds", "gd_version",
]  # fmt: skip
NEVER_NULL = ("schema", "type", "status", "message", "warnings", "errors", "gd_version")


@pytest.mark.parametrize(
    ("line", "status"),
    [
        (["minimize", "x**2 + 3*y**2"], "converged"),
        (["maximize", "-x**2"], "converged"),
        (["minimize", "exp(-x)"], "not_attained"),
        (["minimize", "x**3"], "unbounded"),
        (["minimize", "log(-1-x**2)"], "not_finite"),
        (["minimize", "x**2", "--time-limit", "0"], "time_limit"),
        (["minimize", "sine(x)"], "error"),
        (["minimize", "x**2", "--nope"], "error"),
        (["solve", "no_such_file.toml"], "error"),
    ],
)
def test_a_result_has_every_key(gd: Runner, line: list[str], status: str) -> None:
    found = gd(*line, "--json").object
    assert list(found) == KEYS
    assert found["schema"] == "gd.result/1"
    assert found["type"] == "result"
    assert found["status"] == status
    assert all(found[key] is not None for key in NEVER_NULL)
    assert found["message"]
    assert bool(found["errors"]) == (status == "error")


def test_what_a_result_holds(gd: Runner) -> None:
    found = gd("maximize", "3 - (x-1)**2 - 2*w@w", "--start", "x=4,w=[1,2]", "--json").object
    assert found["sense"] == "maximize"
    assert found["value"] == pytest.approx(3)
    assert found["at"] == {"x": pytest.approx(1), "w": pytest.approx([0, 0], abs=1e-6)}
    assert found["start"] == {"x": 4.0, "w": [1.0, 2.0]}
    assert found["feasible"] is True
    assert found["second_order"] == {"kind": "maximum", "smallest_eigenvalue": pytest.approx(-4)}
    assert set(found["stop"]) == {"reason", "requested", "reached", "noise"}
    assert set(found["evaluations"]) == {"value", "gradient", "hessian", "product"}
    assert set(found["seconds"]) == {"total", "derive", "compile", "solve"}
    assert found["options"]["tol"] == 1e-8
    assert found["seed"] == 0


def test_time_limit_zero_has_no_point(gd: Runner) -> None:
    found = gd("minimize", "x**2", "--time-limit", "0", "--json").object
    assert found["value"] is None
    assert found["at"] is None


def test_the_limit_of_no_iterations_reports_the_start(gd: Runner) -> None:
    found = gd("minimize", "x**2", "--max-iter", "0", "--start", "3", "--json").object
    assert (found["status"], found["iterations"]) == ("max_iter", 0)
    assert (found["value"], found["gradient_norm"]) == (9.0, 6.0)


@pytest.mark.parametrize("limit", [1, 2, 7])
def test_limits_hold_exactly(gd: Runner, limit: int) -> None:
    base = ("minimize", "x**2+3*y**2", "--method", "gd", "--learning-rate", "0.01", "--json")
    start = ("--start", "x=4,y=-2")
    found = gd(*base, *start, "--max-iter", str(limit)).object
    assert (found["status"], found["iterations"]) == ("max_iter", limit)
    found = gd(*base, *start, "--max-evaluations", str(limit)).object
    assert (found["status"], found["evaluations"]["value"]) == ("max_iter", limit)


def test_problems_of_a_file_are_a_line_each(gd: Runner, tmp_path: Path) -> None:
    file = tmp_path / "two.toml"
    file.write_text('[[problem]]\nminimize = "x^2"\n[[problem]]\nminimize = "sine(x)"\n')
    lines = gd("solve", str(file), "--json").out.splitlines()
    assert len(lines) == 2
    assert '"status": "converged"' in lines[0]
    assert '"name": "two#2"' in lines[1]
    assert '"line": 4' in lines[1]


@pytest.mark.parametrize(
    "line",
    [
        ["gradient", "sine(x)"],
        ["check", "no_such_file.toml"],
        ["methods", "nope"],
        ["help", "nope"],
        ["nope"],
        [],
    ],
)
def test_other_errors_are_error_objects(gd: Runner, line: list[str]) -> None:
    ended = gd(*line, "--json")
    assert ended.code == 2
    assert ended.err == ""
    assert list(ended.object) == ["schema", "type", "errors"]
    assert (ended.object["schema"], ended.object["type"]) == ("gd.error/1", "error")
    for error in ended.object["errors"]:
        assert list(error) == ["code", "message", "hint", "file", "line", "column"]


def test_gradient_object(gd: Runner) -> None:
    found = gd("gradient", "x**2*w@w", "--at", "x=2,w=[1,3]", "--hessian", "--check", "--json")
    assert found.code == 0
    assert found.object["variables"] == {"x": [], "w": [2]}
    assert found.object["value"] == 40
    assert found.object["gradient"] == {"x": 40.0, "w": [8.0, 24.0]}
    assert found.object["hessian"] == [[20, 8, 24], [8, 8, 0], [24, 0, 8]]
    assert found.object["check"]["passed"] is True
    bare = gd("gradient", "x**2", "--json").object
    assert bare["formulas"] == {"x": "2*x"}
    assert bare["at"] is bare["value"] is bare["gradient"] is bare["hessian"] is None


def test_check_is_a_line_a_file(gd: Runner, tmp_path: Path) -> None:
    (tmp_path / "good.toml").write_text('minimize = "x^2"')
    (tmp_path / "wrong.toml").write_text('minimize = "x^"\nstrat = { x = 1 }')
    ended = gd("check", str(tmp_path), "--json")
    assert ended.code == 2
    good, wrong = ended.out.splitlines()
    assert '"schema": "gd.check/1"' in good and '"ok": true' in good
    assert '"ok": false' in wrong and "strat" in wrong and '"line": 2' in wrong


def test_results_in_a_folder_of_problems_are_no_problems(gd: Runner, tmp_path: Path) -> None:
    (tmp_path / "good.toml").write_text('minimize = "x^2"')
    gd("minimize", "x**2", "-q", "-o", str(tmp_path / "result.json"))
    ended = gd("check", str(tmp_path), "--json")
    assert ended.code == 0
    assert ended.object["file"].endswith("good.toml")
