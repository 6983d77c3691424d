"""`-o` and `--trace`."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from conftest import Runner

LINE = (
    "minimize", "x**2 + 3*w@w", "--start", "x=4,w=[1,-2]",
    "--method", "gd", "--learning-rate", "0.1", "--max-iter", "5",
)  # fmt: skip


def test_the_object_as_a_file(gd: Runner, tmp_path: Path) -> None:
    file = tmp_path / "x.json"
    file.write_text("old")
    shown = gd(*LINE, "--json", "-o", str(file)).object
    written = json.loads(file.read_text())
    assert written == shown
    assert [path.name for path in tmp_path.iterdir()] == ["x.json"], "nothing half-written stays"


def test_standard_output_is_unchanged(gd: Runner, tmp_path: Path) -> None:
    bare = gd("minimize", "x**2", "-q")
    assert gd("minimize", "x**2", "-q", "-o", str(tmp_path / "x.json")).out == bare.out


def test_the_arrays_of_the_point(gd: Runner, tmp_path: Path) -> None:
    file = tmp_path / "x.npz"
    shown = gd(*LINE, "--json", "-o", str(file)).object
    with np.load(file, allow_pickle=False) as arrays:
        assert set(arrays) == {"x", "w"}
        assert arrays["x"].shape == () and arrays["x"] == shown["at"]["x"]
        assert arrays["w"].tolist() == shown["at"]["w"]


def test_a_variable_called_file(gd: Runner, tmp_path: Path) -> None:
    gd("minimize", "file**2", "-q", "-o", str(tmp_path / "x.npz"))
    with np.load(tmp_path / "x.npz") as arrays:
        assert list(arrays) == ["file"]


def test_a_failure_leaves_the_old_file(gd: Runner, tmp_path: Path) -> None:
    file = tmp_path / "x.npz"
    file.write_bytes(b"old")
    problems = tmp_path / "two.toml"
    problems.write_text('[[problem]]\nminimize = "x^2"\n[[problem]]\nminimize = "y^2"\n')
    ended = gd("solve", str(problems), "-o", str(file))
    assert ended.code == 2
    assert "holds one result" in ended.err
    assert file.read_bytes() == b"old"


def test_rows_as_json_lines(gd: Runner, tmp_path: Path) -> None:
    file = tmp_path / "rows.jsonl"
    gd(*LINE, "--trace", str(file))
    rows = [json.loads(line) for line in file.read_text().splitlines()]
    assert [row["iteration"] for row in rows] == [0, 1, 2, 3, 4, 5]
    assert list(rows[0]) == [
        "iteration", "value", "gradient_norm", "step", "evaluations", "seconds",
    ]  # fmt: skip
    assert rows[0]["value"] == 31 and rows[0]["gradient_norm"] == 12
    assert rows[0]["step"] is None and rows[0]["evaluations"] == 1
    assert rows[1]["step"] == pytest.approx(np.hypot(0.8, np.hypot(0.6, 1.2)))


def test_rows_as_csv(gd: Runner, tmp_path: Path) -> None:
    file = tmp_path / "rows.csv"
    gd(*LINE, "--trace", str(file))
    with file.open(newline="") as lines:
        rows = list(csv.DictReader(lines))
    assert len(rows) == 6
    assert float(rows[0]["value"]) == 31
    assert rows[0]["step"] == ""


def test_values_of_a_maximisation_are_the_users(gd: Runner, tmp_path: Path) -> None:
    file = tmp_path / "rows.jsonl"
    gd("maximize", "7 - 2*(x-1)**2", "--start", "3", "--trace", str(file))
    assert json.loads(file.read_text().splitlines()[0])["value"] == -1
    assert json.loads(file.read_text().splitlines()[0])["gradient_norm"] == 8


@pytest.mark.parametrize("option", ["-o", "--trace"])
def test_places_that_cannot_be_written_are_told_before_the_work(
    gd: Runner, tmp_path: Path, option: str
) -> None:
    ending = "json" if option == "-o" else "csv"
    for place in (f"no/folder/x.{ending}", "x.txt", str(tmp_path)):
        ended = gd("minimize", "x**2", option, place)
        assert (ended.code, ended.out) == (2, "")
        assert "cannot write" in ended.err
