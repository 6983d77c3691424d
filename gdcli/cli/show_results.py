"""`gd results DB`: what a batch's store holds, filtered, compared, exported."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gdcli.cli.exit_codes import Exit
from gdcli.cli.session import Session
from gdcli.diagnostics import Diagnostic
from gdcli.errors import FileError, UsageError

if TYPE_CHECKING:
    from gdcli.batches.query import Reader

_FORMS = ("csv", "jsonl", "json", "parquet", "against")


def run(session: Session, words: tuple[str, ...], **options: Any) -> int:
    """List or export; with `--against`, exit 1 where something newly fails or got worse."""
    from gdcli.batches.query import Reader

    forms = [f"`--{form}`" for form in _FORMS if options.get(form)]
    if len(forms) > 1 and forms != ["`--json`", "`--against`"]:
        raise UsageError(Diagnostic("usage", f"{' and '.join(forms)} exclude each other"))
    reader = Reader(Path(words[0]))
    try:
        if "against" in options:
            return _against(session, reader, Path(options["against"]), options.get("where"))
        rows = _Rows(reader, options.get("where"), bool(options.get("all")))
        if options.get("csv"):
            _write_csv(rows)
        elif options.get("jsonl") or session.json:
            for (text,) in rows.of(("result",)):
                sys.stdout.write(_readable(text) + "\n")
        elif "parquet" in options:
            _write_parquet(rows, Path(options["parquet"]))
        else:
            _write_table(session, rows)
        return Exit.SOLVED
    finally:
        reader.close()


class _Rows:
    """The rows that are wanted."""

    def __init__(self, reader: Reader, where: str | None, every: bool) -> None:
        self._reader = reader
        self._where = where
        self._every = every

    def of(self, columns: tuple[str, ...]) -> Iterator[tuple[Any, ...]]:
        """Yield some columns of them."""
        return self._reader.rows(columns, self._where, every=self._every)


def _readable(text: str) -> str:
    import json

    if "\\u" not in text:
        return text
    plain = json.dumps(json.loads(text), ensure_ascii=False, allow_nan=False)
    return plain.encode("utf-8", "backslashreplace").decode("utf-8")


def _write_csv(rows: _Rows) -> None:
    import csv

    from gdcli.batches.query import CSV_COLUMNS

    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(CSV_COLUMNS)
    for row in rows.of(CSV_COLUMNS):
        cells = (repr(cell) if isinstance(cell, float) else cell for cell in row)
        writer.writerow(["" if cell is None else cell for cell in cells])


def _write_parquet(rows: _Rows, path: Path) -> None:
    from gdcli.batches.query import SHOWN

    try:
        import polars
    except ImportError:
        hint = 'pip install "gd-minimize[data]", or use --csv'
        message = "Parquet needs the package polars"
        raise UsageError(Diagnostic("usage", message, hint=hint)) from None
    types = {
        "value": polars.Float64, "gradient_norm": polars.Float64, "seconds": polars.Float64,
        "iterations": polars.Int64, "line": polars.Int64,
    }  # fmt: skip
    columns = (*SHOWN, "result")
    frame = polars.DataFrame(
        list(rows.of(columns)),
        schema={name: types.get(name, polars.String) for name in columns},
        orient="row",
    )
    try:
        frame.write_parquet(path)
    except OSError as error:
        why = error.strerror or str(error)
        raise FileError(Diagnostic("output", f"cannot write `{path}`: {why}")) from None


def _write_table(session: Session, rows: _Rows) -> None:
    from gdcli.report.batch import listing_lines
    from gdcli.report.page import is_terminal, line, write

    columns = ("name", "point", "status", "value", "method", "iterations", "seconds", "message",
               "outcome")  # fmt: skip
    exact = not is_terminal(sys.stdout)
    many = 0
    block: list[Any] = []
    for row in rows.of(columns):
        block.append(row)
        many += 1
        if len(block) == 1000:
            write(listing_lines(block, exact=exact))
            block.clear()
    if block:
        write(listing_lines(block, exact=exact))
    if not session.quiet:
        write([line(f"{many:,} {'result' if many == 1 else 'results'}")], sys.stderr)


def _against(session: Session, reader: Reader, old: Path, where: str | None) -> int:
    import json
    from dataclasses import asdict

    from gdcli.batches.compare import REGRESSIONS, compare
    from gdcli.batches.query import Reader
    from gdcli.report.batch import change_lines
    from gdcli.report.page import line, write

    earlier = Reader(old)
    counts: dict[str, int] = {}
    try:
        for change in compare(reader, earlier, where):
            counts[change.kind] = counts.get(change.kind, 0) + 1
            if session.json:
                sys.stdout.write(json.dumps(asdict(change), ensure_ascii=False) + "\n")
            else:
                bad = change.kind in (*REGRESSIONS, "slower")
                write(change_lines(change.kind, change.name, change.before, change.after, bad=bad))
    finally:
        earlier.close()
    if not session.quiet:
        told = ", ".join(f"{many:,} {kind}" for kind, many in counts.items())
        write([line(told or "no differences")], sys.stderr)
    return Exit.NOT_SOLVED if any(kind in counts for kind in REGRESSIONS) else Exit.SOLVED
