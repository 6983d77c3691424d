"""When two problems are the same, and when they are not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from gdcli.batches import identity
from gdcli.batches.identity import key_of
from gdcli.batches.wire import decode, encode
from gdcli.model.files import read_problems
from gdcli.model.raw import RawProblem

TEXT = 'minimize = "(x - a)**2"\nset = { a = 1 }\n'


def only(path: Path, text: str) -> RawProblem:
    path.write_text(text)
    return read_problems(path)[0]


def test_name_file_comments_and_order_do_not_count(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    first = only(tmp_path / "p.toml", TEXT)
    second = only(
        tmp_path / "elsewhere" / "q.toml",
        'name = "other"\n# a comment\ntags = ["t"]\nset = { a = 1 }\nminimize = "(x - a)**2"',
    )
    assert key_of(first, {}) == key_of(second, {})


def test_defaults_count_as_if_written_in_the_problem(tmp_path: Path) -> None:
    alone = only(tmp_path / "p.toml", TEXT + "tol = 1e-5\nstart = { x = 2 }\n")
    many = only(
        tmp_path / "q.toml",
        '[defaults]\ntol = 1e-5\nset = { a = 1 }\n[[problem]]\nminimize = "(x - a)**2"\n'
        "start = { x = 2 }\n",
    )
    assert key_of(alone, {}) == key_of(many, {})


@pytest.mark.parametrize(
    ("text", "options"),
    [
        (TEXT.replace("1", "2"), {}),
        (TEXT + "tol = 1e-5", {}),
        (TEXT + "expect = { value = 0 }", {}),
        (TEXT, {"tol": "1e-5"}),
        (TEXT, {"memory_limit": 10**9}),
    ],
)
def test_content_and_options_count(tmp_path: Path, text: str, options: dict[str, Any]) -> None:
    base = key_of(only(tmp_path / "p.toml", TEXT), {})
    assert key_of(only(tmp_path / "q.toml", text), options) != base


def test_data_files_count(tmp_path: Path) -> None:
    raw = only(tmp_path / "p.toml", 'minimize = "sum((x - u)**2)"\ndata = "d.csv"\n')
    (tmp_path / "d.csv").write_text("u\n1\n2\n")
    before = key_of(raw, {})
    assert key_of(raw, {}) == before
    (tmp_path / "d.csv").write_text("u\n1\n3.5\n")
    assert key_of(raw, {}) != before


def test_the_version_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    raw = only(tmp_path / "p.toml", TEXT)
    before = key_of(raw, {})
    monkeypatch.setattr(identity, "__version__", "99.0")
    assert key_of(raw, {}) != before


def test_what_travels_to_a_worker_arrives_as_it_was(tmp_path: Path) -> None:
    fields = only(
        tmp_path / "p.toml",
        TEXT + "bounds = { x = [-inf, 3] }\nname = 1979-05-27\nstart = { x = 07:32:00 }\n",
    ).fields
    line = encode({"fields": dict(fields)})
    assert line.count(b"\n") == 1
    assert decode(line)["fields"] == fields


@pytest.mark.parametrize("value", [{"$date": "x"}, {"$date": ["date", "no"]}, {"$date": [1, 2]}])
def test_a_users_own_dollar_key_is_left_alone(value: dict[str, Any]) -> None:
    assert decode(encode({"fields": value}))["fields"] == value
