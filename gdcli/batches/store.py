"""The store: one SQLite file, one row a result, written as it comes.

Write-ahead logging and a commit a row: whoever dies at whatever moment, rows that were written stay
readable, and several batches may write into one store. A result replaces an earlier one of the same
key (content, options, version) and of nothing else.
"""

from __future__ import annotations

import contextlib
import json
import sqlite3
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from gdcli.batches.outcome import outcome_of
from gdcli.diagnostics import Diagnostic
from gdcli.errors import FileError

APPLICATION = 0x67644442
"""What marks a file as gd's store: `gdDB`."""

FORMAT = 1
BUSY_SECONDS = 15.0

_TABLE = """
CREATE TABLE IF NOT EXISTS results (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    key TEXT NOT NULL,
    occurrence INTEGER NOT NULL,
    place TEXT NOT NULL,
    position INTEGER NOT NULL,
    name TEXT, file TEXT, line INTEGER, point TEXT NOT NULL,
    status TEXT NOT NULL, outcome TEXT NOT NULL,
    value REAL, gradient_norm REAL, method TEXT, iterations INTEGER, seconds REAL,
    verdict TEXT, message TEXT, version TEXT NOT NULL, finished TEXT NOT NULL,
    problem TEXT NOT NULL, result TEXT NOT NULL,
    UNIQUE (key, occurrence)
)
"""
_INDEX = "CREATE INDEX IF NOT EXISTS by_place ON results (place, id)"
_COLUMNS = (
    "key", "occurrence", "place", "position", "name", "file", "line", "point", "status", "outcome",
    "value", "gradient_norm", "method", "iterations", "seconds", "verdict", "message", "version",
    "finished", "problem", "result",
)  # fmt: skip
_INSERT = (
    f"INSERT OR REPLACE INTO results ({', '.join(_COLUMNS)}) "
    f"VALUES ({', '.join('?' * len(_COLUMNS))})"
)
_ADOPT = (
    "UPDATE results SET place=?, position=?, name=?, file=?, line=?, point=?, result=? "
    "WHERE key=? AND occurrence=?"
)


class Place(NamedTuple):
    """Where a problem stands in the batch that solves it."""

    key: str
    occurrence: int
    place: str
    position: int
    name: str | None
    file: str | None
    line: int
    point: str


class Store:
    """A store that is open for writing.

    Args:
        path: The file; made where there is none.

    Raises:
        FileError: It cannot be made, opened or written, is locked, broken, or no store of gd's.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        with told(path):
            self._connection = sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None)
            try:
                self._prepare()
            except BaseException:
                self._connection.close()
                raise

    def _prepare(self) -> None:
        check_kind(self._connection, self.path, fresh=True)
        run = self._connection.execute
        run("PRAGMA journal_mode=WAL")
        run("PRAGMA synchronous=NORMAL")
        run("PRAGMA temp_store=FILE")
        if run("PRAGMA application_id").fetchone()[0] != APPLICATION:
            run(f"PRAGMA application_id={APPLICATION}")
            run(f"PRAGMA user_version={FORMAT}")
        run(_TABLE)
        run(_INDEX)
        # How often a key was met; on disk, so that memory does not grow with the batch.
        run("CREATE TEMP TABLE met (key TEXT PRIMARY KEY, times INTEGER) WITHOUT ROWID")
        run("BEGIN IMMEDIATE")  # says now, not after the first result, that it cannot be written
        run("CREATE TABLE IF NOT EXISTS probe (x)")
        run("ROLLBACK")

    def occurrence(self, key: str) -> int:
        """Return how often the same problem came before in this batch, and count it."""
        with told(self.path):
            row = self._connection.execute(
                "INSERT INTO met VALUES (?, 1) ON CONFLICT (key) DO UPDATE SET times = times + 1 "
                "RETURNING times",
                (key,),
            ).fetchone()
        return int(row[0]) - 1

    def find(self, where: Place) -> str | None:
        """Return the JSON of the result of this problem, if it is there, under its present name."""
        with told(self.path):
            row = self._connection.execute(
                "SELECT result, place, position, name, file, line, point FROM results "
                "WHERE key=? AND occurrence=?",
                (where.key, where.occurrence),
            ).fetchone()
            if row is None:
                return None
            text = str(row[0])
            if row[1:] == where[2:]:
                return text
            result = json.loads(text)
            result["name"] = where.name
            if result.get("input") is not None and where.file is not None:
                result["input"].update(file=where.file, line=where.line)
            text = json.dumps(result, ensure_ascii=True, allow_nan=False)
            self._connection.execute(_ADOPT, (*where[2:], text, where.key, where.occurrence))
        return text

    def put(
        self, where: Place, problem: Mapping[str, Any], result: Mapping[str, Any], text: str
    ) -> None:
        """Write a result; it is in the store when this returns."""
        row = (
            *where,
            result["status"],
            outcome_of(result),
            result["value"],
            result["gradient_norm"],
            result["method"],
            result["iterations"],
            (result["seconds"] or {}).get("total"),
            (result["expect"] or {}).get("verdict"),
            result["message"],
            result["gd_version"],
            datetime.now(UTC).isoformat(timespec="milliseconds"),
            json.dumps(problem, ensure_ascii=True, default=str),
            text,
        )
        with told(self.path):
            self._connection.execute(_INSERT, row)

    def close(self) -> None:
        """Close it; what was written is there already."""
        with contextlib.suppress(sqlite3.Error):
            self._connection.close()


def check_kind(connection: sqlite3.Connection, path: Path, *, fresh: bool) -> None:
    """Refuse a database that is not gd's, or of a later format.

    Args:
        fresh: Whether an empty one will do.
    """
    application = connection.execute("PRAGMA application_id").fetchone()[0]
    form = connection.execute("PRAGMA user_version").fetchone()[0]
    tables = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
    if application == APPLICATION:
        if form > FORMAT:
            raise fault(path, "it was written by a later version of gd")
        if tables or fresh:
            return
    elif not tables and fresh:
        return
    raise fault(path, "it is no store of gd's", "a store is made by `gd batch … --store FILE`")


@contextlib.contextmanager
def told(path: Path) -> Iterator[None]:
    """Turn what SQLite says into an error that says what to do."""
    try:
        yield
    except sqlite3.Error as error:
        text = str(error)
        for part, why, hint in _CAUSES:
            if part in text:
                raise fault(path, why, hint) from None
        raise fault(path, text) from None


_KEPT = "what was written before can still be read; `--resume` goes on from there"
_CAUSES = (
    ("is full", "the disk is full", _KEPT),
    ("disk I/O error", "the disk cannot be written", _KEPT),
    ("locked", f"another process keeps it locked (waited {BUSY_SECONDS:g} s)", "try again later"),
    ("busy", f"another process keeps it locked (waited {BUSY_SECONDS:g} s)", "try again later"),
    ("readonly", "it, or its folder, is read-only", ""),
    ("unable to open", "it cannot be opened: is its folder there, and may it be written?", ""),
    ("not a database", "it is no store of gd's, or it is broken", "name another file"),
    ("malformed", "it is broken", "move it away; `sqlite3 FILE .recover` may save rows"),
)


def fault(path: Path, why: str, hint: str = "") -> FileError:
    """Return the error about a store."""
    return FileError(Diagnostic("store", f"store `{path}`: {why}", file=str(path), hint=hint))
