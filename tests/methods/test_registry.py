"""The registry: rows are complete, options are read, and wrong ones are refused with a hint."""

from __future__ import annotations

import dataclasses
import inspect
from typing import Any

import pytest

from gdcli.errors import UsageError
from gdcli.methods.registry import METHODS, check_size, find, make, values_in_force
from gdcli.methods.row import Registered
from gdcli.methods.schedules import Schedule

ROWS = pytest.mark.parametrize("row", METHODS.values(), ids=lambda row: row.name)
NAMES = {
    "auto", "gd", "momentum", "nesterov", "bb", "adagrad", "rmsprop", "adadelta", "adam", "amsgrad",
    "nadam", "adamw", "lion", "cg", "bfgs", "lbfgs", "newton", "newton-cg", "lm",
}  # fmt: skip


def test_every_method_of_the_contract_has_a_row() -> None:
    assert set(METHODS) == NAMES


@ROWS
def test_rows_say_what_when_and_where_from(row: Registered) -> None:
    assert row.title
    assert row.summary
    assert row.when
    assert any(letter.isdigit() for letter in row.source), "a source has a year"
    for setting in row.settings:
        assert setting.meaning
        assert setting.range
        assert setting.default is not None or setting.unset


@ROWS
def test_settings_are_the_parameters_of_build(row: Registered) -> None:
    names = [setting.name for setting in row.settings]
    assert names == list(inspect.signature(row.build).parameters)


@ROWS
def test_defaults_are_those_of_the_dataclass(row: Registered) -> None:
    """Where the method's dataclass has a field of the setting's name, both say the same."""
    made = make(row.name)
    for part in (made, *(getattr(made, name, None) for name in ("rule", "direction", "search"))):
        if part is None or isinstance(part, str):
            continue
        plain = {f.name: f.default for f in dataclasses.fields(part)}
        for setting in row.settings:
            if plain.get(setting.name, dataclasses.MISSING) is dataclasses.MISSING:
                continue
            if (row.name, setting.name) in {("bb", "window"), ("adamw", "weight_decay")}:
                continue  # published defaults of the method that shares the dataclass
            assert plain[setting.name] == setting.default


@ROWS
def test_defaults_are_within_their_own_range(row: Registered) -> None:
    for setting in row.settings:
        if setting.default is not None:
            value = setting.read(setting.default)
            if setting.kind != "rate":
                assert value == setting.default


@ROWS
def test_values_in_force_name_every_option(row: Registered) -> None:
    assert set(values_in_force(row.name)) == row.option_names


def faults(name: str, **options: Any) -> list[tuple[str, str, str]]:
    with pytest.raises(UsageError) as caught:
        make(name, options)
    return [(d.code, d.message, d.label + d.hint) for d in caught.value.diagnostics]


def test_an_unknown_method_gets_a_suggestion() -> None:
    with pytest.raises(UsageError) as caught:
        find("lbgfs")
    assert caught.value.diagnostics[0].label == "did you mean `lbfgs`?"


def test_an_unknown_option_gets_a_suggestion() -> None:
    ((code, message, advice),) = faults("lbfgs", memry=5)
    assert code == "unknown-option"
    assert message == "method `lbfgs` has no option `memry`"
    assert "did you mean `memory`?" in advice


def test_an_option_of_other_methods_has_no_effect() -> None:
    ((code, message, advice),) = faults("newton", learning_rate=0.1)
    assert code == "no-effect"
    assert message == "`learning_rate` has no effect with method `newton`"
    assert "gd" in advice


def test_no_learning_rate_is_no_option() -> None:
    make("newton", {"learning_rate": None})


def test_a_line_search_contradicts_a_learning_rate() -> None:
    ((code, message, _),) = faults("gd", learning_rate=0.1, line_search="wolfe")
    assert code == "no-effect"
    assert "without `learning_rate`" in message


def test_all_faults_at_once() -> None:
    found = faults("lbfgs", memory=0, line_search="wolf", beta1=0.5, nonsense=1)
    assert [code for code, _, _ in found] == [
        "option-value", "option-value", "no-effect", "unknown-option",
    ]  # fmt: skip
    assert found[0][1] == "`memory` must be a whole number at least 1 and at most 1000, not 0"
    assert "did you mean `wolfe`?" in found[1][2]


@pytest.mark.parametrize(
    ("name", "option", "value"),
    [
        ("lbfgs", "memory", 2.5), ("lbfgs", "memory", "many"), ("lbfgs", "memory", True),
        ("lbfgs", "memory", float("nan")), ("lbfgs", "memory", 10**400),
        ("adam", "beta1", 1.0), ("adam", "beta1", -0.1), ("adam", "epsilon", 0),
        ("adam", "epsilon", float("inf")), ("nesterov", "restart", "perhaps"),
        ("nesterov", "restart", 1), ("adam", "learning_rate", "fast"), ("gd", "line_search", 3),
        ("newton", "radius", [1]), ("newton", "radius", None),
    ],
)  # fmt: skip
def test_values_that_do_not_fit(name: str, option: str, value: Any) -> None:
    with pytest.raises(UsageError):
        make(name, {option: value})


def test_texts_from_a_command_line_are_read() -> None:
    values = values_in_force("lbfgs", {"memory": "5"})
    assert values["memory"] == 5
    assert values_in_force("nesterov", {"restart": "false"})["restart"] is False
    rate = values_in_force("adam", {"learning_rate": "cosine(0.1, 10)"})["learning_rate"]
    schedule: Schedule = rate
    assert schedule(0) == 0.1


def test_matrices_have_a_limit() -> None:
    check_size("lbfgs", 10**7)
    check_size("bfgs", 5_000)
    with pytest.raises(UsageError, match="too large beyond 5000 variables"):
        check_size("bfgs", 5_001)
