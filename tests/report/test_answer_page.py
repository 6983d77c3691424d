"""What a result looks like: pages at a fixed width, in a pipe."""

from __future__ import annotations

import io
import math
from pathlib import Path
from typing import Any

import pytest

from gdcli.engine.observers import Iteration
from gdcli.report.answer import answer_lines
from gdcli.report.page import write
from gdcli.report.statuses import STATUSES
from gdcli.result import Result

ROWS = [
    Iteration(0, 28.0, 12.0, math.nan, 1, 0.0),
    Iteration(1, 12.16, 6.4, 1.4422205101855958, 2, 0.1),
    Iteration(92, 2.3587265155134666e-17, 9.713344461128652e-09, 1.2e-09, 93, 0.2),
]


def result(**changes: Any) -> Result:
    fields: dict[str, Any] = {
        "status": "converged",
        "message": "converged after 92 iterations: |∇f| = 9.7e-09 is below the tolerance 1e-08",
        "gd_version": "0",
        "sense": "minimize",
        "value": 2.3587265155134666e-17,
        "at": {"x": 4.856672230564326e-09, "y": -4.9e-37},
        "start": {"x": 4.0, "y": -2.0},
        "evaluations": {"value": 93, "gradient": 93, "hessian": 1, "product": 0},
        "seconds": {"total": 0.0031},
        "history": ROWS,
        "notes": {"method_summary": "gradient descent, learning rate 0.1"},
    }
    return Result(**{**fields, **changes})


def page(shown: Result, *, exact: bool = False, width: int = 100, **options: bool) -> str:
    out = io.StringIO()
    write(answer_lines(shown, exact=exact, width=width, **options), out)
    return out.getvalue()


GOLDEN = Path(__file__).parent / "golden"


@pytest.mark.parametrize("width", [50, 100])
def test_golden_pages(width: int) -> None:
    pages = [
        result(),
        result(
            status="diverged", name="steep", sense="maximize",
            message="the steps blew up", value=-14.20607488, at={"x": 0.4096, "w": [1.0, -2.5]},
        ),
        result(status="time_limit", message="no time", value=None, at=None, history=[]),
    ]  # fmt: skip
    shown = "".join(page(one, width=width) for one in pages)
    assert shown == (GOLDEN / f"pages_{width}.txt").read_text("utf-8")


def test_all_digits_in_a_pipe() -> None:
    shown = page(result(), exact=True)
    assert "f = 2.3587265155134666e-17  at  x = 4.856672230564326e-09  y = -4.9e-37" in shown
    assert "1.4422205101855958" in shown
    rows = [line.split() for line in shown.split("\n") if line.strip()[:1].isdigit()]
    assert [float(row[1]) for row in rows] == [row.value for row in ROWS]
    assert "\x1b" not in shown


def test_narrow_pages_put_variables_below_each_other() -> None:
    shown = page(result(), width=40)
    assert "  minimum  f = 2.4e-17\n    x = 4.856672e-09\n    y = -4.9e-37\n" in shown
    assert "step" not in shown


def test_quiet_is_the_answer_alone() -> None:
    assert page(result(), quiet=True) == (
        "  minimum  f = 2.4e-17  at  x = 4.856672e-09  y = -4.9e-37\n"
    )


@pytest.mark.parametrize("status", [word for word in STATUSES if word != "error"])
@pytest.mark.parametrize("sense", ["minimize", "maximize"])
def test_the_headline_says_the_status(status: str, sense: str) -> None:
    first = page(result(status=status, sense=sense), quiet=True)
    word = STATUSES[status].headline.format(sense=f"{sense[:-3]}um")
    assert first.startswith(f"  {word}  ")
    assert ("imum" in first) == ("{" in STATUSES[status].headline)
    assert page(result(status=status, value=None, at=None), quiet=True).startswith("  ")


def test_many_variables_are_cut() -> None:
    many = {f"x{k}": float(k) for k in range(100)}
    shown = page(result(at=many), quiet=True)
    assert shown.count("\n") == 1 + 23
    assert "    … 78 more …\n" in shown
    assert "x99 = 99" in shown


def test_a_hostile_name_is_text() -> None:
    shown = page(result(name="[red]\x1b[31m[/nope]", at={"x": 1.0}), quiet=True)
    assert shown.startswith("  [red]\\x1b[31m[/nope]: minimum  f = ")


def test_minima_expectations_and_the_reason_of_a_choice() -> None:
    minima = [{"value": float(k), "at": {"x": float(k)}, "hits": k + 1} for k in range(15)]
    expect = {"verdict": "missed", "reasons": ["value is 1, expected 2"]}
    notes = {"method_summary": "Newton", "because": "few variables: the Hessian is cheap"}
    shown = page(result(minima=minima, expect=expect, notes=notes))
    assert "    0  reached 1 time  at  x = 0\n    1  reached 2 times  at  x = 1\n" in shown
    assert "    … 3 more …\n" in shown
    assert "  expectation missed\n    value is 1, expected 2\n" in shown
    assert "  Newton (auto: few variables) · " in shown
    assert "(auto: few variables: the Hessian is cheap)" in page(result(notes=notes), verbose=True)
