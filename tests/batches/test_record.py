"""`--record`: `expect` is written, everything else in the file stays as it is."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.batches.running import gd

CASES = {
    "none": (
        "a.toml",
        '# head\nname = "a"   # its name\nminimize = "(x-1)^2 + (y-2)^2 + 3"   # the bowl\n'
        "start = { x = 0,  y = 0 }\n",
        '# head\nname = "a"   # its name\nminimize = "(x-1)^2 + (y-2)^2 + 3"   # the bowl\n'
        "expect = { value = 3.0, at = { x = 1.0, y = 2.0 } }\nstart = { x = 0,  y = 0 }\n",
    ),
    "inline": (
        "a.toml",
        'expect = { value = 7, tol = 1e-9 } # keep\nminimize = "x^2"',
        'expect = { value = 0.0, at = { x = 0.0 }, tol = 1e-9 } # keep\nminimize = "x^2"',
    ),
    "table": (
        "a.toml",
        'minimize = "(x-1)^2 + 4"\n[expect]   # hello\nvalue = 5.0   # old\ntol = 1e-7\n'
        "[expect.at]\nx = 2 # wrong\n",
        'minimize = "(x-1)^2 + 4"\n[expect]   # hello\nvalue = 4.0   # old\ntol = 1e-7\n'
        "[expect.at]\nx = 1.0 # wrong\n",
    ),
    "dotted": (
        "a.toml",
        'minimize = "x^2 + 1"\nexpect.value = 9\n',
        'minimize = "x^2 + 1"\nexpect.value = 1.0\nexpect.at = { x = 0.0 }\n',
    ),
    "only a tolerance": (
        "a.toml",
        'minimize = "abs(x) + 1"\n[expect]\nvalue = 3\nat_tol = 0.1\n',
        'minimize = "abs(x) + 1"\n[expect]\nvalue = 1.0\nat_tol = 0.1\n',
    ),
    "many": (
        "a.toml",
        '[defaults]\nstart = { x = 3 }\n[[problem]]\nname = "c1"\nmaximize = """\n-(x-1)^2"""\n'
        '[problem.bounds]\nx = [0, 5]\n\n[[problem]]\nminimize = "x^2"\nexpect = { value = 1 }\n',
        '[defaults]\nstart = { x = 3 }\n[[problem]]\nname = "c1"\nmaximize = """\n-(x-1)^2"""\n'
        "expect = { value = 0.0, at = { x = 1.0 } }\n"
        '[problem.bounds]\nx = [0, 5]\n\n[[problem]]\nminimize = "x^2"\n'
        "expect = { value = 0.0, at = { x = 0.0 } }\n",
    ),
    "inline problems": (
        "a.toml",
        'problem = [{ minimize = "x^2" }, { minimize = "y^2", start = { y = 1 } }]\n',
        'problem = [{ minimize = "x^2", expect = { value = 0.0, at = { x = 0.0 } } }, '
        '{ minimize = "y^2", expect = { value = 0.0, at = { y = 0.0 } }, start = { y = 1 } }]\n',
    ),
    "json": (
        "a.json",
        '{\n  "minimize": "(x-1)^2+2",\n  "start": {"x": 4}\n}\n',
        '{\n  "minimize": "(x-1)^2+2",\n  "expect": {"value": 2.0, "at": {"x": 1.0}},\n'
        '  "start": {"x": 4}\n}\n',
    ),
    "without a last newline": (
        "a.toml",
        'minimize = "(x-1)^2+abs(y)"',
        'minimize = "(x-1)^2+abs(y)"\nexpect = { value = 0.0 }\n',
    ),
    "carriage returns": (
        "a.toml",
        'minimize = "x^2"\r\nexpect = { value = 2 }\r\n',
        'minimize = "x^2"\r\nexpect = { value = 0.0, at = { x = 0.0 } }\r\n',
    ),
}


@pytest.mark.parametrize(("name", "before", "after"), CASES.values(), ids=CASES)
def test_only_expect_changes(tmp_path: Path, name: str, before: str, after: str) -> None:
    path = tmp_path / name
    path.write_bytes(before.encode())
    gd(tmp_path, "batch", name, "--record", "--yes", code=0)
    assert path.read_bytes().decode() == after
    ran = gd(tmp_path, "batch", name, "--record", "--yes", code=0)
    assert "nothing to record" in ran.stderr
    assert path.read_bytes().decode() == after


def test_it_shows_and_does_not_write_without_consent(tmp_path: Path) -> None:
    path = tmp_path / "a.toml"
    path.write_text('minimize = "x^2"\nexpect = { value = 2 }\n')
    before = path.read_bytes()
    ran = gd(tmp_path, "batch", "a.toml", "--record", code=1)
    assert "- expect = { value = 2 }" in ran.stderr
    assert "+ expect = { value = 0.0" in ran.stderr
    assert "--yes" in ran.stderr
    assert path.read_bytes() == before


def test_a_bad_run_is_not_recorded(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text('minimize = "exp(-x)"\n')
    ran = gd(tmp_path, "batch", ".", "--record", "--yes", code=1)
    assert "not recorded: a: status is not_attained" in ran.stderr
    assert (tmp_path / "a.toml").read_text() == 'minimize = "exp(-x)"\n'
