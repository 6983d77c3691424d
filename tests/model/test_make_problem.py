"""From raw fields to a problem: merging, constants, starts, bounds, settings, and all errors."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from gdcli.deadline import Deadline, DeadlineReached
from gdcli.errors import FileError, FormulaError, GdError, UsageError
from gdcli.model.assemble import make_problem
from gdcli.model.files import read_problems_text
from gdcli.model.options import from_options
from gdcli.model.problem import Problem
from gdcli.model.raw import RawProblem


def solve_this(text: str, **options: Any) -> Problem:
    (raw,) = read_problems_text(text, "f.toml")
    return make_problem(raw, from_options(options) if options else None)


def make(**fields: Any) -> Problem:
    return make_problem(RawProblem(fields))


def command(**options: Any) -> Problem:
    return make_problem(from_options(options))


def faults(**fields: Any) -> list[str]:
    with pytest.raises(GdError) as caught:
        make(**fields)
    return [d.message for d in caught.value.diagnostics]


ROSENBROCK = """
name = "valley"
source = "Rosenbrock (1960)"
tags = ["a"]
minimize = "(a - x)^2 + b*(y - x^2)^2"
set = { a = 1, b = "100*a" }
start = { x = -1.2, y = 1 }
bounds = { x = [-2, "2*a"], y = "0:inf" }
max_iter = 50
expect = { value = 0, at = { x = 1, y = "a" } }
"""


def test_a_whole_problem() -> None:
    problem = solve_this(ROSENBROCK)
    assert (problem.name, problem.reference, problem.tags) == (
        "valley",
        "Rosenbrock (1960)",
        ("a",),
    )
    assert problem.sense == "minimize"
    assert problem.constants == {"a": 1.0, "b": 100.0}
    assert [v.name for v in problem.layout.variables] == ["x", "y"]
    assert problem.start == {"x": -1.2, "y": 1.0}
    assert problem.lower.tolist() == [-2, 0] and problem.upper.tolist() == [2, np.inf]
    assert problem.settings.max_iter == 50 and problem.settings.given == {"max_iter"}
    assert problem.expectation is not None
    assert problem.expectation.at == ({"x": 1.0, "y": 1.0},)
    assert problem.input is not None and problem.input.file == "f.toml"
    assert problem.warnings == ()


def test_the_command_line_overrides_key_by_key() -> None:
    problem = solve_this(ROSENBROCK, start=["y=7"], set=["b=2"], max_iter="3", options=["memory=5"])
    assert problem.start == {"x": -1.2, "y": 7.0}
    assert problem.constants == {"a": 1.0, "b": 2.0}
    assert problem.settings.max_iter == 3
    assert problem.settings.options == {"memory": 5}
    assert problem.settings.given == {"max_iter", "options.memory"}


def test_defaults_lie_below_the_problem() -> None:
    text = (
        "[defaults]\ntol = 1e-3\nminimize = 'x + a'\nset = { a = 1, b = 2 }\n"
        "[[problem]]\nmaximize = 'x*b'\nset = { b = 3 }\n[[problem]]\n\n"
    )
    first, second = read_problems_text(text, "f.toml")
    problem = make_problem(first)
    assert (problem.sense, problem.objective) == ("maximize", "x*b")
    assert problem.constants["b"] == 3.0
    problem = make_problem(second)
    assert (problem.sense, problem.objective, problem.settings.tol) == ("minimize", "x + a", 1e-3)
    assert problem.constants["a"] == 1.0


def test_names_in_defaults_may_serve_other_problems_only() -> None:
    text = "[defaults]\nstart = { x = 1, y = 2 }\nset = { c = 3 }\n[[problem]]\nminimize = 'x'\n"
    assert make_problem(read_problems_text(text, "f.toml")[0]).start == {"x": 1.0}


def test_variables_stand_in_the_order_of_the_start_then_of_the_formula() -> None:
    problem = make(minimize="z + b*c + a", start={"c": 1, "b": 2})
    assert [v.name for v in problem.layout.variables] == ["c", "b", "z", "a"]


def test_all_errors_at_once_in_the_order_of_the_file() -> None:
    text = (
        'minimize = "(a - x)^2 + sine(y)"\nset = { a = "b", b = "a" }\nstart = { x = nan }\n'
        'tol = -1\nmax_itr = 5\ntime_limit = "10 parsecs"\nexpect = { vale = 1, status = "ok" }\n'
    )
    with pytest.raises(FileError) as caught:
        solve_this(text)
    assert [(d.place()[1], d.code) for d in caught.value.diagnostics] == [
        (1, "unknown-function"), (2, "cycle"), (3, "wrong-value"), (4, "wrong-value"),
        (5, "unknown-key"), (6, "wrong-value"), (7, "unknown-key"), (7, "wrong-value"),
    ]  # fmt: skip


def test_a_wrong_value_that_is_overridden_is_still_reported() -> None:
    with pytest.raises(GdError, match="`tol` must be"):
        solve_this('minimize = "x"\ntol = -1', tol="1e-3")


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("start", {"z": 1}, "`z` does not occur in the formula"),
        ("bounds", {"xx": [0, 1]}, "`xx` does not occur in the formula"),
        ("variables", {"n": [3]}, "`n` does not occur in the formula"),
        ("set", {"c": 1}, "`c` does not occur in the formula"),
        ("expect", {"at": {"w": 1}}, "`w` does not occur in the formula"),
        ("bounds", {"x": [2, 1]}, "the bounds of `x` are reversed: 2 is above 1"),
        ("bounds", {"x": ["inf", "inf"]}, "the bounds of `x` leave no finite point"),
        ("bounds", {"x": 3}, "`bounds.x` must be a pair"),
        ("bounds", {"x": [1, 2, 3]}, "`bounds.x` must be a pair"),
        ("start", {"x": float("inf")}, "the start of `x` is not finite"),
        ("start", {"x": "1/0"}, "`1/0` divides by zero"),
        ("start", {"x": True}, "`start.x` must be a number"),
        ("start", {"x": "a + 1"}, "`a` has no value here"),
        ("start", {"x": [1, 2]}, "the formula has shape (2,)"),
        ("start", 3, "`start` must be a table"),
        ("set", {"y": 1}, "the formula has no variable"),
        ("subject_to", ["x <= 1"], "constraints are not part of this version"),
        ("fit", "y ~ x", "`minimize` and `fit` are both given"),
        ("maximize", "x", "`minimize` and `maximize` are both given"),
        ("stop_when", "f <", "expected"),
        ("stop_when", "q < 1", "a condition does not know `q`"),
        ("expect", {"value": [1, 2]}, "the expected value is one number"),
        ("expect", {"at": {}}, "`expect.at` must be a table"),
        ("tol", "1e-3", "`tol` must be a number, at least 0: `1e-3`"),
        ("tol", True, "`tol` must be a number, at least 0: `true`"),
        ("tol", 10**400, "too large"),
        ("max_iter", 1.5, "`max_iter` must be a whole number"),
        ("starts", 0, "`starts` must be a whole number, at least 1"),
        ("learning_rate", 0, "`learning_rate` must be a number above 0"),
        ("time_limit", "-1s", "`time_limit` must be a number of seconds"),
        ("accept", ["max_itr"], "`max_itr`"),
        ("sensitivity", "yes", "`sensitivity` must be `true` or `false`"),
        ("options", {"memory": [1]}, "`options.memory` must be a number"),
        ("tags", "a", "`tags` must be a list"),
        ("name", "a\x1b[2J", "one line of at most 200 printable"),
    ],
)
def test_what_does_not_fit_is_said(key: str, value: object, message: str) -> None:
    formula = "x**2 + y" if key == "set" and value == {"c": 1} else "x**2"
    if value == {"y": 1}:
        formula = "y**2"
    found = faults(**{"minimize": formula, key: value})
    assert any(message in said for said in found), found


def test_a_start_for_a_constant_is_an_error() -> None:
    assert faults(minimize="a*x", set={"a": 1}, start={"a": 2}) == [
        "`a` is a constant and has no start"
    ]


def test_two_spellings_of_one_name_are_the_same_name() -> None:
    assert make(minimize="ﬁ**2", start={"fi": 3}).start == {"fi": 3.0}
    assert "`x` is given twice in `start`" in faults(minimize="x", start={"x": 1, "ｘ": 2})


def test_without_an_objective() -> None:
    assert faults(start={"x": 1}) == ["the problem has no objective"]


def test_a_wrong_objective_is_not_called_missing() -> None:
    assert faults(minimize=3) == ["`minimize` must be a text: `3`"]


@pytest.mark.parametrize(
    ("given", "seconds"),
    [(0, 0), (2.5, 2.5), ("10", 10), ("500ms", 0.5), ("10s", 10), ("2m", 120), ("1.5 h", 5400)],
)
def test_time_limits(given: object, seconds: float) -> None:
    assert make(minimize="x", time_limit=given).settings.time_limit == seconds


def test_constants_may_use_each_other_in_any_order() -> None:
    problem = make(minimize="x*a", set={"a": "b + 1", "b": "2*c", "c": "len(d)", "d": [1, 2, 3]})
    assert problem.constants["a"] == 7


def test_a_circle_of_constants_is_named() -> None:
    assert faults(minimize="x*a", set={"a": "b", "b": "c + 1", "c": "2*a"}) == [
        "constants are defined by each other: `a` → `b` → `c` → `a`"
    ]


def test_an_error_in_a_constant_is_not_repeated_by_what_uses_it() -> None:
    assert len(faults(minimize="x*a", set={"a": "b", "b": "1 +"}, start={"x": "a"})) == 1


def test_a_start_outside_the_bounds_moves_with_a_warning() -> None:
    problem = make(minimize="x + y", start={"x": 5, "y": 0}, bounds={"x": [0, 2], "y": [0, 0]})
    assert problem.start == {"x": 2.0, "y": 0.0}
    assert [w.code for w in problem.warnings] == ["start-moved"]
    assert "from 5 to 2" in problem.warnings[0].message
    assert problem.lower.tolist() == problem.upper.tolist()[1:] * 2


def test_bounds_of_arrays_and_by_expressions() -> None:
    problem = make(
        minimize="sum(x**2)", variables={"x": [3]}, set={"u": [1, 2, 3]},
        bounds={"x": [None, "2*u"]}, start={"x": 1},
    )  # fmt: skip
    assert problem.upper.tolist() == [2, 4, 6]
    assert np.isneginf(problem.lower).all()
    np.testing.assert_array_equal(problem.start["x"], [1, 1, 1])


def test_a_reversed_bound_of_an_array_names_its_element() -> None:
    found = faults(minimize="sum(x**2)", start={"x": [1, 1]}, bounds={"x": [0, [1, -1]]})
    assert found == ["the bounds of `x[1]` are reversed: 0 is above -1"]


def test_a_single_start_and_bound_serve_a_single_variable() -> None:
    problem = command(minimize="(t-1)**2", start=["3"], bounds=["0:4"])
    assert problem.start == {"t": 3.0} and problem.upper.tolist() == [4.0]
    with pytest.raises(UsageError, match="`--start` needs a name: there are 2 variables"):
        command(minimize="x + y", start=["3"])


def test_options_are_named_as_they_were_typed() -> None:
    with pytest.raises(UsageError) as caught:
        command(minimize="x", max_iter="-1", tol="nan", learning_rate="-0.1", bounds=["x=1"])
    assert [d.message.split(" must")[0].split(":")[0] for d in caught.value.diagnostics] == [
        "`--max-iter`", "`--tol`", "`--learning-rate`", "`x` in `--bounds`",
    ]  # fmt: skip


def test_a_formula_error_keeps_its_kind_and_place() -> None:
    with pytest.raises(FormulaError) as caught:
        solve_this('name = "a"\nminimize = "x +* 2"')
    assert caught.value.diagnostics[0].place() == ("f.toml", 2, 16)


def test_a_name_that_only_an_expression_uses_is_used() -> None:
    problem = make(minimize="x**2", set={"k": 3}, start={"x": "2*k"})
    assert problem.start == {"x": 6.0}


def test_built_in_constants_may_be_variables_where_declared() -> None:
    assert [v.name for v in make(minimize="pi*x").layout.variables] == ["x"]
    assert [v.name for v in make(minimize="pi*x", start={"pi": 1}).layout.variables] == ["pi", "x"]


def test_the_deadline_is_asked() -> None:
    with pytest.raises(DeadlineReached):
        make_problem(RawProblem({"minimize": "x"}), deadline=Deadline(0))
