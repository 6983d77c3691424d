"""JUnit reports and what GitHub shows."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.batches.running import gd

LINES = "\n".join(
    (
        "x**2",
        "exp(-x)",
        "(",
        json.dumps({"minimize": "x**2", "name": 'a<b>&"c" [31m,:%', "expect": {"value": 3}}),
    )
)


def test_a_junit_reader_accepts_the_report(tmp_path: Path) -> None:
    junitparser = pytest.importorskip("junitparser")
    (tmp_path / "bad.toml").write_text("minimize = \n")
    gd(tmp_path, "batch", "-", "--junit", "r.xml", text=LINES, code=2)
    report = junitparser.JUnitXml.fromfile(str(tmp_path / "r.xml"))
    suite = next(iter(report))
    assert (report.tests, report.failures, report.errors) == (4, 2, 1)
    assert (suite.tests, suite.failures, suite.errors) == (4, 2, 1)
    cases = list(suite)
    assert [case.name for case in cases][:3] == ["stdin:1", "stdin:2", "stdin:3"]
    assert cases[0].is_passed
    assert cases[1].result[0].type == "not_attained"
    assert cases[2].result[0].message.startswith("error: ")
    assert "expected 3.0" in cases[3].result[0].message
    assert not list(tmp_path.glob(".r.xml*"))


def test_control_characters_do_not_break_the_report(tmp_path: Path) -> None:
    from xml.etree import ElementTree

    gd(tmp_path, "batch", "-", "--junit", "r.xml", text="x\x01\x0c + ☃\ufffe\n'\x1b[31m'\n", code=2)
    assert len(ElementTree.parse(tmp_path / "r.xml").findall(".//error")) == 2


def test_an_interrupted_or_broken_batch_leaves_no_half_report(tmp_path: Path) -> None:
    gd(tmp_path, "batch", "-", "--junit", "no/r.xml", text="x**2\n", code=2)
    (tmp_path / "r.xml").write_text("old")
    gd(tmp_path, "batch", "-", "--junit", "r.xml", "--store", "no/s.db", text="x**2\n", code=2)
    assert (tmp_path / "r.xml").read_text() == "old"


def test_github_annotations_and_summary(tmp_path: Path) -> None:
    (tmp_path / "p.toml").write_text('# comment\nminimize = "x + * 2"\n')
    (tmp_path / "q.toml").write_text('minimize = "x**2"\nname = "a|b"\nexpect = { value = 1 }\n')
    (tmp_path / "summary.md").write_text("before\n")
    ran = gd(tmp_path, "batch", ".", code=2, GITHUB_ACTIONS="true",
             GITHUB_STEP_SUMMARY=str(tmp_path / "summary.md"))  # fmt: skip
    commands = [line for line in ran.stderr.splitlines() if line.startswith("::error")]
    assert len(commands) == 2
    assert commands[0].startswith("::error file=p.toml,line=2,col=17,title=p::")
    assert commands[1].startswith("::error file=q.toml,line=1,title=a|b::value is")
    summary = (tmp_path / "summary.md").read_text()
    assert summary.startswith("before\n### gd batch: 0 solved, 1 failed, 1 error")
    assert "| a\\|b | converged |" in summary
    assert "::error" not in gd(tmp_path, "batch", ".", code=2).stderr


def test_hostile_names_cannot_forge_commands(tmp_path: Path) -> None:
    line = json.dumps({"minimize": "exp(-x)", "name": "n,file=x::y"})
    ran = gd(tmp_path, "batch", "-", text=line, code=1, GITHUB_ACTIONS="true")
    (command,) = [row for row in ran.stderr.splitlines() if row.startswith("::")]
    assert "title=n%2Cfile=x%3A%3Ay::" in command
