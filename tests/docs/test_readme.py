"""Every example of the README runs, and prints what the README says."""

from __future__ import annotations

import math
import re
import subprocess
import sys
from pathlib import Path

import pytest
from examples import (
    README,
    ROOT,
    Example,
    between,
    console_examples,
    generated_parts,
    normalised,
    python_examples,
    run_in_terminal,
)

TEXT = README.read_text("utf-8")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("readme")
    (place / "sample_problems").symlink_to(ROOT / "sample_problems")
    return place


@pytest.mark.parametrize("example", console_examples(TEXT), ids=lambda e: e.command[:60])
def test_command_prints_what_the_readme_says(example: Example, folder: Path) -> None:
    words, numbers = normalised(example.output)
    found_words, found_numbers = normalised(run_in_terminal(example.command, folder))
    assert found_words == words
    for found, expected in zip(found_numbers, numbers, strict=True):
        # Numbers at the level of rounding differ from one machine to the next.
        assert math.isclose(found, expected, rel_tol=1e-5, abs_tol=1e-9)


@pytest.mark.parametrize("code", python_examples(TEXT), ids=lambda c: c.split("\n")[2][:60])
def test_python_runs(code: str, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        capture_output=True, text=True, timeout=120, cwd=tmp_path,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout


@pytest.mark.parametrize(("mark", "content"), list(generated_parts(TEXT)), ids=lambda t: t[:20])
def test_generated_parts_are_up_to_date(mark: str, content: str) -> None:
    assert between(TEXT, mark) == content, "run `python tests/docs/examples.py`"


def test_every_fence_is_of_a_kind_that_is_tested() -> None:
    kinds = re.findall(r"^```(\w+)", TEXT, re.MULTILINE)
    assert set(kinds) <= {"console", "python", "toml", "sh"}
    assert kinds.count("sh") == 2, "only setting up and testing cannot be run here"
    assert kinds.count("toml") == len(re.findall(r"<!-- file: ", TEXT)), "copied by hand"


def test_every_command_is_named() -> None:
    from gdcli.cli.commands import COMMANDS

    for command in COMMANDS:
        assert f"gd {command}" in TEXT.replace("\n", " "), command
