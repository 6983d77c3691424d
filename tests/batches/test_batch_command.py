"""`gd batch` from a shell: order, codes, streams, bad files, resuming."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

from tests.batches.running import COMMAND, bowls, environment, gd, results

MIXED = (
    bowls(5)
    + "\n"
    + '{"minimize": "(x - a)**2", "set": {"a": 2}, "name": "mine", "expect": {"value": 0}}\n'
    + "x +* 2\n"
    + '{"minimize": "sine(x)"}\n'
    + "exp(-x)\n"
)


def timeless(output: str) -> list[dict[str, object]]:
    found = results(output)
    for result in found:
        result["seconds"] = None
    return found


def test_results_come_in_input_order_whatever_the_workers(tmp_path: Path) -> None:
    one = gd(tmp_path, "batch", "-", "--json", "--workers", "1", text=MIXED, code=2)
    three = gd(tmp_path, "batch", "-", "--json", "--workers", "3", text=MIXED, code=2)
    found = timeless(one.stdout)
    assert found == timeless(three.stdout)
    assert [r["name"] for r in found] == [
        *(f"stdin:{k}" for k in range(1, 6)), "mine", "stdin:8", "stdin:9", "stdin:10",
    ]  # fmt: skip
    assert [r["status"] for r in found][:8] == ["converged"] * 6 + ["error"] * 2
    for result, line in ((found[6], 8), (found[7], 9)):
        errors = result["errors"]
        assert isinstance(errors, list)
        assert (errors[0]["file"], errors[0]["line"]) == ("stdin", line)
    assert found[5]["expect"] == {"verdict": "met", "reasons": []}


def test_a_bad_file_is_reported_and_does_not_stop_the_rest(tmp_path: Path) -> None:
    for k in range(6):
        (tmp_path / f"p{k}.toml").write_text(f'minimize = "(x - {k})**2"\n')
    (tmp_path / "p3.toml").write_text('minimize = "(x - 3"\nstart = { z = 1 }\n')
    (tmp_path / "p4.toml").write_text("minimize = \n")
    (tmp_path / "notes.json").write_text("[1, 2]")
    ran = gd(tmp_path, "batch", ".", "--json", code=2)
    found = {r["name"]: r for r in results(ran.stdout)}
    assert [found[f"p{k}"]["status"] for k in (0, 1, 2, 5)] == ["converged"] * 4
    assert found["p3"]["errors"][0]["line"] == 1
    assert found["p4"]["errors"][0]["file"] == "p4.toml"
    assert "1 other file skipped" in ran.stderr


def test_places_in_files_of_many_problems(tmp_path: Path) -> None:
    text = '[defaults]\ntol = 1e-6\n[[problem]]\nminimize = "x**2"\n[[problem]]\nminimize = "y+"\n'
    (tmp_path / "many.toml").write_text(text)
    found = results(gd(tmp_path, "batch", "many.toml", "--json", code=2).stdout)
    assert [r["name"] for r in found] == ["many", "many#2"]
    assert (found[1]["errors"][0]["line"], found[1]["errors"][0]["column"]) == (6, 15)


@pytest.mark.parametrize(
    ("text", "code"),
    [("", 5), ("\n\n", 5), ("x**2\n", 0), ("exp(-x)\n", 1), ("x**2\nexp(-x)\n(\n", 2)],
)
def test_exit_codes(tmp_path: Path, text: str, code: int) -> None:
    gd(tmp_path, "batch", "-", text=text, code=code)


def test_expect_and_accept_decide(tmp_path: Path) -> None:
    lines = [
        {"minimize": "exp(-x)", "expect": {"status": "not_attained"}},
        {"minimize": "x**4", "max_iter": 1, "method": "gd", "accept": ["max_iter"],
         "start": {"x": 3}},
    ]  # fmt: skip
    gd(tmp_path, "batch", "-", text="\n".join(map(json.dumps, lines)), code=0)
    missed = json.dumps({"minimize": "x**2", "expect": {"value": 1}})
    ran = gd(tmp_path, "batch", "-", text=missed, code=1)
    assert "expected 1.0" in ran.stdout


def test_quiet_says_only_what_failed(tmp_path: Path) -> None:
    ran = gd(tmp_path, "batch", "-", "-q", text="x**2\n", code=0)
    assert (ran.stdout, ran.stderr) == ("", "")
    ran = gd(tmp_path, "batch", "-", "-q", text="x**2\n(\n", code=2)
    assert "stdin:2" in ran.stdout
    assert "result" not in ran.stdout


def test_a_grid_solves_each_problem_at_each_point(tmp_path: Path) -> None:
    words = ("--method", "gd,lbfgs", "--learning-rate", "0.1", "--seed", "0..1")
    found = results(gd(tmp_path, "batch", "-", "--json", *words, text=bowls(2), code=0).stdout)
    points = [(r["name"], r["method"], r["seed"]) for r in found]
    assert points == [
        (f"stdin:{k}", method, seed)
        for k in (1, 2)
        for method in ("gd", "lbfgs")
        for seed in (0, 1)
    ]


def test_wrong_options_are_told_once_before_anything_starts(tmp_path: Path) -> None:
    for words, part in (
        (("--method", "adamm"), "adam"),
        (("--tol", "-1"), "tol"),
        (("--method", "lbfgs", "--learning-rate", "0.1"), "no effect"),
        (("--resume",), "--store"),
        (("--shard", "7/5"), "shard"),
    ):
        ran = gd(tmp_path, "batch", "-", *words, text=bowls(3), code=2)
        assert ran.stderr.count("error:") == 1
        assert part in ran.stderr


def test_shards_and_filters(tmp_path: Path) -> None:
    names = []
    for k in (1, 2, 3):
        ran = gd(tmp_path, "batch", "-", "--json", "--shard", f"{k}/3", text=bowls(7), code=0)
        names.append([r["name"] for r in results(ran.stdout)])
    assert names[1] == ["stdin:2", "stdin:5"]
    assert sorted(name for part in names for name in part) == [f"stdin:{k}" for k in range(1, 8)]
    ran = gd(tmp_path, "batch", "-", "--json", "--filter", "*:3", text=bowls(7), code=0)
    assert [r["name"] for r in results(ran.stdout)] == ["stdin:3"]


def test_fail_fast_ends_with_the_first_failure_in_input_order(tmp_path: Path) -> None:
    text = bowls(3) + "exp(-x)\n" + bowls(400)
    for workers in ("1", "3"):
        ran = gd(
            tmp_path, "batch", "-", "--json", "--fail-fast", "--workers", workers, text=text, code=1
        )
        assert [r["name"] for r in results(ran.stdout)] == [f"stdin:{k}" for k in range(1, 5)]


def test_resume_solves_exactly_what_is_missing(tmp_path: Path) -> None:
    for k in range(5):
        (tmp_path / f"p{k}.toml").write_text(f'minimize = "(x - {k})**2"\n')
    words = ("batch", ".", "--json", "--store", "runs.db", "--resume")
    first = results(gd(tmp_path, *words, code=0).stdout)
    (tmp_path / "p2.toml").write_text('minimize = "(x - 20)**2"\n')
    (tmp_path / "p3.toml").rename(tmp_path / "q3.toml")
    ran = gd(tmp_path, *words, code=0)
    second = {r["name"]: r for r in results(ran.stdout)}
    assert "4 of them were in the store" in ran.stderr
    assert second["p2"]["at"] == {"x": 20.0}
    assert second["q3"]["input"]["file"] == "q3.toml"
    before = {r["name"]: r["seconds"] for r in first}
    assert second["q3"]["seconds"] == before["p3"]  # the same result, under its new name
    changed = gd(tmp_path, *words, "--tol", "1e-5", code=0)
    assert "in the store" not in changed.stderr


def test_equal_problems_have_a_result_each(tmp_path: Path) -> None:
    for _ in range(2):
        gd(tmp_path, "batch", "-", "--store", "s.db", "--resume", text="x**2\n" * 5, code=0)
        listed = gd(tmp_path, "results", "s.db", "--csv", code=0).stdout.splitlines()
        assert [line.split(",")[0] for line in listed[1:]] == [f"stdin:{k}" for k in range(1, 6)]


def test_ctrl_c_keeps_results_and_says_how_to_resume(tmp_path: Path) -> None:
    slow = "sum(sin(x*i*j)**2 for i in range(60000) for j in range(60000))\n"
    (tmp_path / "input").write_text(bowls(4) + slow)
    words = ["batch", "-", "--store", "s.db", "--workers", "2"]
    with (tmp_path / "input").open("rb") as stream:
        process = subprocess.Popen(
            [*COMMAND, *words], cwd=tmp_path, env=environment(tmp_path), stdin=stream,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        time.sleep(0.2)
        if (tmp_path / "s.db").exists():
            ran = gd(tmp_path, "results", "s.db", "--csv")
            if len(ran.stdout.splitlines()) == 5:
                break
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=20)
    assert process.returncode == 130
    assert "--resume" in err
    assert "4 results" in out
    assert len(gd(tmp_path, "results", "s.db", "--csv", code=0).stdout.splitlines()) == 5


def test_a_closed_pipe_ends_the_batch_quietly(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [*COMMAND, "batch", "-", "--json", "--store", "s.db"], cwd=tmp_path,
        env=environment(tmp_path), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )  # fmt: skip
    assert process.stdin is not None and process.stdout is not None and process.stderr is not None
    process.stdin.write(bowls(300).encode())
    process.stdin.close()
    process.stdout.readline()
    process.stdout.close()
    err = process.stderr.read()
    process.stderr.close()
    assert process.wait(60) == 141
    assert b"Traceback" not in err
    assert os.path.exists(tmp_path / "s.db")
    gd(tmp_path, "results", "s.db", "--csv", code=0)
