"""Reads a store: rows by a condition, in input order. Nothing can be written through it."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from gdcli.batches.store import check_kind, fault, told
from gdcli.diagnostics import Diagnostic
from gdcli.errors import UsageError
from gdcli.suggest import did_you_mean

CSV_COLUMNS = (
    "name", "file", "status", "value", "gradient_norm", "method", "iterations", "seconds",
    "verdict", "message",
)  # fmt: skip
"""What `gd results --csv` writes, by the contract."""

SHOWN = (*CSV_COLUMNS, "line", "point", "outcome", "version", "finished")
"""What `--where` knows."""

_STEPS = 20_000_000
_FUNCTIONS = frozenset(
    ("like", "glob", "abs", "length", "lower", "upper", "coalesce", "ifnull", "instr", "substr",
     "round", "min", "max", "nullif", "iif", "json_extract", "->", "->>", "trim", "log10")
)  # fmt: skip
_ALLOWED = frozenset((sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ))


class Reader:
    """A store that is open for reading.

    Raises:
        FileError: It cannot be opened, is broken, or no store of gd's.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        if not path.is_file():
            raise fault(path, "there is no such file")
        with told(path):
            self._connection = self._opened()
            check_kind(self._connection, path, fresh=False)

    def _opened(self) -> sqlite3.Connection:
        """Open it; in a folder that cannot be written, a store that nobody has open."""
        address = self.path.resolve().as_uri()
        connection = sqlite3.connect(f"{address}?mode=ro", uri=True, timeout=15.0)
        try:
            connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        except sqlite3.OperationalError:
            connection.close()
            if Path(f"{self.path}-wal").exists():
                raise
            connection = sqlite3.connect(f"{address}?mode=ro&immutable=1", uri=True)
        return connection

    def rows(
        self, columns: tuple[str, ...], where: str | None = None, *, every: bool = False
    ) -> Iterator[tuple[Any, ...]]:
        """Yield rows in input order.

        Args:
            columns: Columns of the store.
            where: A condition in SQL over `SHOWN`. It can read the rows and nothing else.
            every: Whether results that later ones of the same place replaced are listed too.

        Raises:
            UsageError: A condition that SQLite does not understand, or that would do more.
        """
        latest = "" if every else "WHERE id IN (SELECT max(id) FROM results GROUP BY place)"
        wanted = ", ".join(f"r_.{column}" for column in columns)
        # In a subquery of the shown columns alone, so that a condition sees no others; the line's
        # end closes a comment.
        inner = f"SELECT id AS id_, {', '.join(SHOWN)} FROM results {latest}"
        condition = (
            "" if where is None else f"WHERE id_ IN (SELECT id_ FROM shown WHERE (\n{where}\n))"
        )
        query = (
            f"WITH shown AS ({inner}) SELECT {wanted} FROM shown s_ JOIN results r_ "
            f"ON r_.id = s_.id_ {condition} ORDER BY r_.position, r_.id"
        )
        with told(self.path), self._guarded(where):
            yield from self._connection.execute(query)

    @contextlib.contextmanager
    def _guarded(self, where: str | None) -> Iterator[None]:
        """Refuse everything but reading, and bound the work of a condition."""
        steps = 0

        def step() -> int:
            nonlocal steps
            steps += 1
            return int(steps * 1000 > _STEPS)

        if where is not None:
            self._connection.set_authorizer(_authorize)
            self._connection.set_progress_handler(step, 1000)
        try:
            yield
        except sqlite3.Error as error:
            if where is None or (
                isinstance(error, sqlite3.OperationalError)
                and ("locked" in str(error) or "I/O" in str(error))
            ):
                raise
            raise _misunderstood(where, error) from None
        except sqlite3.Warning as error:
            raise _misunderstood(where or "", error) from None
        finally:
            self._connection.set_authorizer(None)
            self._connection.set_progress_handler(None, 0)

    def close(self) -> None:
        """Close it."""
        self._connection.close()


def _authorize(
    action: int, first: str | None, second: str | None, _database: str | None, _by: str | None
) -> int:
    if action in _ALLOWED:
        return sqlite3.SQLITE_OK
    if action == sqlite3.SQLITE_FUNCTION and second in _FUNCTIONS:
        return sqlite3.SQLITE_OK
    return sqlite3.SQLITE_DENY


def _misunderstood(where: str, error: Exception) -> UsageError:
    text = str(error)
    hint = f"columns: {', '.join(SHOWN)}"
    if "no such column: " in text:
        name = text.rpartition(": ")[2]
        text = f"there is no column `{name}`"
        hint = did_you_mean(name, SHOWN) or hint
    elif "not authorized" in text or "prohibited" in text or "one statement" in text:
        text = "a condition can only compare columns"
    elif "interrupted" in text:
        text = "this would take too long"
    message = f"`--where` is not understood: {text}"
    shown = where if len(where) < 200 else where[:200] + "…"
    return UsageError(Diagnostic("usage", f"{message}: `{shown}`", hint=hint))
