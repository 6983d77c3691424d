"""`gd methods`, `gd help`, `gd cache`, `gd schema`, and the help of every command."""

from __future__ import annotations

import json

import pytest
from conftest import Runner

from gdcli.cli.commands import COMMANDS
from gdcli.cli.options import options_of
from gdcli.methods.registry import METHODS


def test_help_lists_every_command(gd: Runner) -> None:
    shown = gd().out
    assert gd("--help").out == shown
    for name in COMMANDS:
        assert f"\n  {name} " in shown


@pytest.mark.parametrize("command", COMMANDS)
def test_the_help_of_a_command_lists_its_options(gd: Runner, command: str) -> None:
    ended = gd(command, "-h")
    assert ended.code == 0
    for option in options_of(command):
        assert f"--{option.name}" in ended.out
        assert option.meaning
    assert COMMANDS[command].words in ended.out


def test_methods_are_listed_with_when_and_source(gd: Runner) -> None:
    shown = gd("methods").out
    for row in METHODS.values():
        assert f"  {row.name} " in shown
        assert row.when in shown
        assert row.source in shown
    names = gd("methods", "-q").out.split()
    assert names == list(METHODS)


@pytest.mark.parametrize("name", METHODS)
def test_a_method_is_described(gd: Runner, name: str) -> None:
    shown = gd("methods", name).out
    (found,) = gd("methods", name, "--json").object["methods"]
    row = METHODS[name]
    assert row.summary in shown and row.source in shown
    assert [setting["name"] for setting in found["settings"]] == [s.name for s in row.settings]
    for setting in row.settings:
        assert setting.name in shown and setting.meaning in shown and setting.range in shown


def test_words_are_explained(gd: Runner) -> None:
    from gdcli.cli.explain_word import known_words

    words = known_words()
    assert {"converged", "adam", "log", "ln", "pi", "tol", "minimize"} <= set(words)
    for word in words:
        ended = gd("help", word)
        assert ended.code == 0 and word in ended.out


def test_what_is_said_of_a_status(gd: Runner) -> None:
    (entry,) = gd("help", "saddle", "--json").object["entries"]
    assert entry["exit code"] == "1"
    assert "curvature" in entry["text"]
    assert "--start" in entry["what to do"]
    assert "130" in gd("help", "interrupted").out


def test_a_word_of_several_meanings(gd: Runner) -> None:
    kinds = [entry["kind"] for entry in gd("help", "max_iter", "--json").object["entries"]]
    assert "a status" in kinds and "an option" in kinds


def test_unknown_words_get_a_suggestion(gd: Runner) -> None:
    assert "did you mean `nadam`?" in gd("help", "nadm").err
    assert "did you mean `adam`?" in gd("methods", "adma").err


def test_every_status_has_its_words() -> None:
    from gdcli.model.kinds import STATUSES as EXPECTED
    from gdcli.report.statuses import STATUSES

    assert set(STATUSES) == {*EXPECTED, "error"}


def test_the_cache_can_be_seen_and_cleared(gd: Runner) -> None:
    gd("cache", "clear")
    gd("minimize", "(x-1.25)**2 + y**2*x**2")
    kept = gd("cache", "--json").object
    assert kept["enabled"] is True and kept["programs"] > 0 and kept["bytes"] > 0
    assert kept["folder"] in gd("cache").out
    removed = gd("cache", "clear", "--json").object
    assert removed["removed"] >= kept["programs"] and removed["programs"] == 0
    gd("minimize", "(x-1.25)**2 + y**2*x**2", "--no-cache")
    assert gd("cache", "--json").object["programs"] == 0


def test_the_cache_can_be_turned_off(gd: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    gd("cache", "clear")
    monkeypatch.setenv("GD_NO_CACHE", "1")
    gd("minimize", "(x-1.5)**2 + y**2*x**2")
    found = gd("cache", "--json").object
    assert (found["enabled"], found["programs"]) == (False, 0)


def test_schema_is_json(gd: Runner) -> None:
    assert "minimize" in json.dumps(json.loads(gd("schema").out))
