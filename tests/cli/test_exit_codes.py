"""How command lines end: the exit code, and on which stream something is said."""

from __future__ import annotations

from pathlib import Path

import pytest
from conftest import Runner


@pytest.mark.parametrize(
    ("code", "line"),
    [
        (0, []),
        (0, ["-h"]),
        (0, ["--version"]),
        (0, ["minimize", "-h"]),
        (0, ["solve", "--version"]),
        (0, ["minimize", "x**2"]),
        (0, ["maximize", "-x**2"]),
        (0, ["minimize", "-q+q**2", "-q"]),
        (0, ["minimize", "--", "--x+x**2"]),
        (0, ["minimize", "x**2", "--start", "x=1", "--tol", "1", "--tol", "1e-9"]),
        (0, ["minimize", "x**2", "--max-iter", "0", "--start", "0"]),
        (0, ["minimize", "x**4", "--max-iter", "1", "--method", "gd", "--accept", "max_iter"]),
        (0, ["gradient", "x**2"]),
        (0, ["methods"]),
        (0, ["schema"]),
        (1, ["minimize", "x**3"]),
        (1, ["minimize", "exp(-x)"]),
        (1, ["minimize", "log(-1-x**2)"]),
        (1, ["minimize", "x**2", "--max-iter", "0", "--start", "2"]),
        (1, ["minimize", "x**2", "--time-limit", "0"]),
        (2, ["minimize"]),
        (2, ["minimize", "x", "y"]),
        (2, ["minimize", "x**2", "--no-such"]),
        (2, ["minimize", "x**2", "--tol", "-1"]),
        (2, ["minimize", "x**2", "--tol", "nan"]),
        (2, ["minimize", "x**2", "--max-iter", "1.5"]),
        (2, ["minimize", "x**2", "--start", "x=1,x=2"]),
        (2, ["minimize", "x**2", "--start", "x=1", "--start", "x=2"]),
        (2, ["minimize", "x**2", "--learning-rate", "0.1"]),
        (2, ["minimize", "x**2", "--method", "adma"]),
        (2, ["minimize", "x**2", "-o", "result.txt"]),
        (2, ["minimize", "x**2", "-o", "no/such/folder/x.json"]),
        (2, ["minimize", "sine(x)"]),
        (2, ["solve", "no_such_file.toml"]),
        (2, ["methods", "no_such_method"]),
        (2, ["help", "no_such_word"]),
        (2, ["cache", "no_such_action"]),
        (2, ["nothing"]),
        (5, ["check", "EMPTY"]),
    ],
    ids=lambda v: " ".join(v)[:60] if isinstance(v, list) else str(v),
)
def test_code_and_streams(gd: Runner, tmp_path: Path, code: int, line: list[str]) -> None:
    ended = gd(*(str(tmp_path) if word == "EMPTY" else word for word in line))
    assert ended.code == code, ended.err
    if code == 2:
        assert ended.out == ""
        assert "error: " in ended.err
    elif code in (0, 1):
        assert ended.out
        assert "error" not in ended.err


def test_problems_of_a_file_end_as_a_batch(gd: Runner, tmp_path: Path) -> None:
    file = tmp_path / "several.toml"
    good, bad = 'name = "good"\nminimize = "x^2"', 'name = "bad"\nminimize = "x^3"'
    wrong = 'name = "wrong"\nminimize = "x^"'
    file.write_text("\n".join(f"[[problem]]\n{text}" for text in (good, bad)))
    assert gd("solve", str(file)).code == 1
    assert gd("solve", str(file), "--name", "good").code == 0
    missed = gd("solve", str(file), "--name", "god")
    assert missed.code == 2
    assert "did you mean `good`?" in missed.err
    file.write_text("\n".join(f"[[problem]]\n{text}" for text in (bad, wrong, good)))
    ended = gd("solve", str(file), "-q")
    assert ended.code == 2
    assert "good: minimum" in ended.out, "an error does not hold up the others"
    assert f"{file}:6:" in ended.err


def test_an_expectation_decides(gd: Runner, tmp_path: Path) -> None:
    file = tmp_path / "expecting.toml"
    file.write_text('minimize = "x^2"\nexpect = { value = 1 }')
    assert gd("solve", str(file)).code == 1
    file.write_text('minimize = "x^3"\nexpect = { status = "unbounded" }')
    assert gd("solve", str(file)).code == 0


def test_an_internal_fault_is_told_as_one(gd: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    from gdcli.cli import solve_formula

    def broken(*_: object, **__: object) -> int:
        raise ZeroDivisionError("of our making")

    monkeypatch.setattr(solve_formula, "run", broken)
    ended = gd("minimize", "x", "--json")
    assert ended.code == 3
    assert ended.object["status"] == "error"
    assert ended.object["errors"][0]["code"] == "internal"
