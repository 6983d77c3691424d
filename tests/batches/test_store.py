"""The store: what is written stays, whoever else writes, and every trouble is told clearly."""

from __future__ import annotations

import csv
import io
import json
import os
import sqlite3
import subprocess
from pathlib import Path
from typing import Any

import pytest

from gdcli.batches import store as stores
from gdcli.batches.query import CSV_COLUMNS, Reader
from gdcli.batches.store import Place, Store
from gdcli.errors import FileError, UsageError
from tests.batches.running import COMMAND, bowls, environment, gd, results


def result(name: str, **more: Any) -> dict[str, Any]:
    base: dict[str, Any] = {
        "name": name, "status": "converged", "value": 1.0, "gradient_norm": 0.0, "method": "auto",
        "iterations": 3, "seconds": {"total": 0.1}, "expect": None, "message": "good",
        "gd_version": "0", "input": None, "sense": "minimize", "options": {},
    }  # fmt: skip
    return {**base, **more}


def put(store: Store, name: str, key: str | None = None, **more: Any) -> None:
    made = result(name, **more)
    place = Place(key or name, 0, name, 0, name, "f.toml", 1, "{}")
    store.put(place, {}, made, json.dumps(made))


@pytest.fixture
def reader(tmp_path: Path) -> Reader:
    store = Store(tmp_path / "s.db")
    put(store, "a")
    put(store, "b", status="stalled", value=2.5, expect={"verdict": "missed", "reasons": []})
    put(store, "c", status="error", value=None, seconds=None)
    store.close()
    return Reader(tmp_path / "s.db")


@pytest.mark.parametrize(
    ("where", "names"),
    [
        (None, "abc"),
        ("status != 'converged'", "bc"),
        ("value > 2 or verdict = 'met'", "b"),
        ("name like 'A%' -- and a comment", "a"),
        ("value is null", "c"),
    ],
)
def test_conditions(reader: Reader, where: str | None, names: str) -> None:
    assert "".join(row[0] for row in reader.rows(("name",), where)) == names


@pytest.mark.parametrize(
    "where",
    [
        "1); DROP TABLE results; --",
        "1; DELETE FROM results",
        "id_ in (select 1 from sqlite_master where writefile('x', 'y'))",
        "load_extension('evil')",
        "(with recursive c(x) as (select 1 union all select x + 1 from c) select x from c) > 0",
        "1) OR (SELECT 1 FROM pragma_table_list",
        "randomblob(1000000000) is null",
        "valu > 1",
        "(",
        "",
        "\0",
    ],
)
def test_conditions_can_do_nothing_else(reader: Reader, where: str) -> None:
    with pytest.raises(UsageError, match="where"):
        list(reader.rows(("name",), where))
    assert len(list(reader.rows(("name",)))) == 3


def test_nothing_can_be_written_through_a_reader(reader: Reader) -> None:
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        reader._connection.execute("DELETE FROM results")


def test_a_result_replaces_the_one_of_the_same_key_only(tmp_path: Path) -> None:
    store = Store(tmp_path / "s.db")
    put(store, "a", key="one", value=1.0)
    put(store, "a", key="one", value=2.0)
    put(store, "a", key="two", value=3.0)  # the same place, edited: both are kept
    store.close()
    reader = Reader(tmp_path / "s.db")
    assert list(reader.rows(("value",))) == [(3.0,)]
    assert sorted(reader.rows(("value",), every=True)) == [(2.0,), (3.0,)]


def test_a_full_disk_is_told_and_what_was_written_stays(tmp_path: Path) -> None:
    store = Store(tmp_path / "s.db")
    put(store, "a")
    pages = store._connection.execute("PRAGMA page_count").fetchone()[0]
    store._connection.execute(f"PRAGMA max_page_count={pages}")

    def fill() -> None:
        for k in range(1000):
            put(store, f"b{k}", message="x" * 500)

    with pytest.raises(FileError, match="disk is full"):
        fill()
    store.close()
    names = [row[0] for row in Reader(tmp_path / "s.db").rows(("name",))]
    assert names[0] == "a"


@pytest.mark.parametrize(
    ("content", "part"),
    [(b"not a database at all, but a text" * 50, "no store"), (b"SQLite format 3\0" * 99, "store")],
)
def test_what_is_no_store(tmp_path: Path, content: bytes, part: str) -> None:
    (tmp_path / "s.db").write_bytes(content)
    for words in (("batch", "-", "--store", "s.db"), ("results", "s.db")):
        ran = gd(tmp_path, *words, text="x**2\n", code=2)
        assert part in ran.stderr
    assert (tmp_path / "s.db").read_bytes() == content


def test_a_database_of_somebody_else_is_left_alone(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "s.db") as connection:
        connection.execute("CREATE TABLE theirs (x)")
    connection.close()
    before = (tmp_path / "s.db").read_bytes()
    assert "no store" in gd(tmp_path, "batch", "-", "--store", "s.db", text="x\n", code=2).stderr
    assert (tmp_path / "s.db").read_bytes() == before


def test_a_locked_store_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Store(tmp_path / "s.db").close()
    other = sqlite3.connect(tmp_path / "s.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    monkeypatch.setattr(stores, "BUSY_SECONDS", 0.1)
    with pytest.raises(FileError, match="locked"):
        Store(tmp_path / "s.db")
    other.close()


def test_a_missing_folder_is_told(tmp_path: Path) -> None:
    ran = gd(tmp_path, "batch", "-", "--store", "no/s.db", text="x**2\n", code=2)
    assert "no/s.db" in ran.stderr
    assert "folder" in ran.stderr


@pytest.mark.skipif(not hasattr(os, "getuid") or os.getuid() == 0, reason="root writes anywhere")
def test_a_read_only_folder_is_told(tmp_path: Path) -> None:
    (tmp_path / "ro").mkdir(mode=0o555)
    gd(tmp_path, "batch", "-", "--store", "ro/s.db", text="x**2\n", code=2)


def test_batches_may_write_into_one_store_at_a_time(tmp_path: Path) -> None:
    (tmp_path / "input").write_text(bowls(60))
    running = []
    for shard in ("1/3", "2/3", "3/3"):
        with (tmp_path / "input").open("rb") as stream:
            running.append(
                subprocess.Popen(
                    [*COMMAND, "batch", "-", "-q", "--workers", "1", "--store", "s.db", "--resume",
                     "--shard", shard],
                    cwd=tmp_path, env=environment(tmp_path), stdin=stream,
                )
            )  # fmt: skip
    assert [process.wait(100) for process in running] == [0, 0, 0]
    rows = list(csv.reader(io.StringIO(gd(tmp_path, "results", "s.db", "--csv").stdout)))
    assert tuple(rows[0]) == CSV_COLUMNS
    assert [row[0] for row in rows[1:]] == [f"stdin:{k}" for k in range(1, 61)]


def test_exports_agree(tmp_path: Path) -> None:
    text = (
        bowls(3) + "exp(-x)\n" + '{"minimize": "x**2", "name": "ünï", "description": "\\u001b"}\n'
    )
    gd(tmp_path, "batch", "-", "--store", "s.db", "--jsonl", "r.jsonl", text=text, code=1)
    kept = gd(tmp_path, "results", "s.db", "--jsonl", code=0).stdout
    assert results(kept) == results((tmp_path / "r.jsonl").read_text())
    listed = gd(tmp_path, "results", "s.db", "--where", "status != 'converged'", code=0)
    assert "stdin:4" in listed.stdout
    assert "stdin:1" not in listed.stdout
    plain = gd(tmp_path, "results", "s.db", code=0).stdout
    assert "\x1b" not in plain
    polars = pytest.importorskip("polars")
    gd(tmp_path, "results", "s.db", "--parquet", "r.parquet", code=0)
    assert polars.read_parquet(tmp_path / "r.parquet")["name"].to_list()[:2] == [
        "stdin:1", "stdin:2",
    ]  # fmt: skip


def test_two_runs_compared(tmp_path: Path) -> None:
    old, new = Store(tmp_path / "old.db"), Store(tmp_path / "new.db")
    for name, before, after in (
        ("same", {}, {}),
        ("fails", {}, {"status": "stalled"}),
        ("heals", {"status": "stalled"}, {}),
        ("worse", {"value": 1.0}, {"value": 1.1}),
        ("higher", {"sense": "maximize"}, {"sense": "maximize", "value": 1.1}),
        ("slow", {}, {"seconds": {"total": 0.5}}),
    ):
        put(old, name, **before)
        put(new, name, **after)
    put(old, "gone")
    put(new, "fresh")
    old.close()
    new.close()
    ran = gd(tmp_path, "results", "new.db", "--against", "old.db", "--json", code=1)
    kinds = {(row["name"], row["kind"]) for row in results(ran.stdout)}
    assert kinds == {
        ("fails", "newly failing"), ("heals", "newly solved"), ("worse", "worse"),
        ("higher", "better"), ("slow", "slower"), ("gone", "gone"), ("fresh", "new"),
    }  # fmt: skip
    gd(tmp_path, "results", "old.db", "--against", "old.db", code=0)
