"""Which word is the formula, which an option, which an option's value."""

from __future__ import annotations

import pytest

from gdcli.cli.arguments import sort_words
from gdcli.errors import UsageError


@pytest.mark.parametrize(
    ("line", "formula"),
    [
        (["-x+exp(x)"], "-x+exp(x)"),
        (["-q", "-q+q**2"], "-q+q**2"),
        (["-q+q**2", "-q"], "-q+q**2"),
        (["-o+2*o"], "-o+2*o"),
        (["-v*2", "-v"], "-v*2"),
        (["-x"], "-x"),
        (["--start", "x=1", "x**2"], "x**2"),
        (["--start=x=1", "x**2", "--json"], "x**2"),
        (["--set", "-1", "x"], "x"),
        (["--", "--tol"], "--tol"),
        (["--tol", "1", "--", "-q"], "-q"),
        (["--2*x"], "--2*x"),
        (["--x_1+2"], "--x_1+2"),
        (["-"], "-"),
    ],
)
def test_the_formula_is_found_wherever_it_stands(line: list[str], formula: str) -> None:
    assert sort_words(["minimize", *line]).words == (formula,)


def test_values_stay_with_their_options() -> None:
    line = sort_words(["minimize", "--start", "--json", "x", "-o", "-q", "--tol=-1"])
    assert line.options == ("--start=--json", "--output=-q", "--tol=-1")
    assert line.words == ("x",)


@pytest.mark.parametrize(
    ("line", "message", "hint"),
    [
        (["minimiz", "x"], "unknown command `minimiz`", "did you mean `minimize`?"),
        (["x**2"], "unknown command `x**2`", 'gd minimize "x**2"'),
        (["--json", "minimize"], "unknown command `--json`", "behind the command"),
        (["minimize", "x", "--tool", "1"], "unknown option `--tool`", "did you mean `--tol`?"),
        (["minimize", "x", "--max_iter", "1"], None, None),
        (["minimize", "--x"], "unknown option `--x`", "goes after `--`"),
        (["minimize", "x", "--tol"], "option `--tol` needs a value: `--tol T`", ""),
        (["minimize", "x", "--json=1"], "option `--json` takes no value", ""),
        (["gradient", "x", "--tol", "1"], "unknown option `--tol` of `gd gradient`", ""),
    ],
)
def test_faults_say_what_to_write(line: list[str], message: str | None, hint: str | None) -> None:
    if message is None:  # an underscore makes it no option: then it is a formula
        assert sort_words(line).words == ("x", "--max_iter", "1")
        return
    with pytest.raises(UsageError) as caught:
        sort_words(line)
    (fault,) = caught.value.diagnostics
    assert message in fault.message
    assert hint is not None and hint in fault.hint


@pytest.mark.parametrize("line", [[], ["-h"], ["--help"], ["minimize", "x", "-h"]])
def test_help_is_wanted(line: list[str]) -> None:
    assert sort_words(line).help_wanted
