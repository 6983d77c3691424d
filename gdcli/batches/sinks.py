"""Where results go beside the store, each in input order: JSON lines, JUnit."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import tempfile
from pathlib import Path
from typing import IO, Any
from xml.sax.saxutils import escape, quoteattr

from gdcli.batches.outcome import outcome_of
from gdcli.batches.pool import Done
from gdcli.diagnostics import Diagnostic
from gdcli.errors import FileError

_UNFIT = re.compile(
    "[^\\t\\n\\r\\x20-\\x7e\\x85\\xa0-\\ud7ff\\ue000-\\ufffd\\U00010000-\\U0010ffff]"
)
"""What XML 1.0 cannot hold, not even as a reference, and what its authors discourage."""


class JsonLines:
    """One `gd.result/1` a line, in a file that is written as results come."""

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            self._file = path.open("w", encoding="utf-8")
        except OSError as error:
            raise _fault(path, error) from None

    def take(self, done: Done) -> None:
        """Write a result."""
        try:
            self._file.write(json_line(done) + "\n")
            self._file.flush()
        except OSError as error:
            raise _fault(self._path, error) from None

    def close(self) -> None:
        """Close the file."""
        try:
            self._file.close()
        except OSError as error:
            raise _fault(self._path, error) from None

    def abandon(self) -> None:
        """Close the file, whatever happened; what was written stays."""
        with contextlib.suppress(OSError):
            self._file.close()


def json_line(done: Done) -> str:
    """Return a result as a line of readable JSON."""
    if "\\u" not in done.text:
        return done.text
    return json.dumps(done.result, ensure_ascii=False, allow_nan=False).encode(
        "utf-8", "backslashreplace"
    ).decode("utf-8")  # fmt: skip


class JUnit:
    """A JUnit report: a test case a problem, put in its place when everything is done.

    Test cases wait in a temporary file, for the head of the report counts them.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._cases: IO[str] = tempfile.TemporaryFile(  # noqa: SIM115 (closed by `close`)
            "w+", encoding="utf-8"
        )
        self._counts = {"tests": 0, "failures": 0, "errors": 0}
        self._seconds = 0.0
        try:  # now, not after hours
            handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        except OSError as error:
            raise _fault(path, error) from None
        os.close(handle)
        self._temporary = Path(name)

    def take(self, done: Done) -> None:
        """Add a result."""
        result = done.result
        outcome = outcome_of(result)
        seconds = (result["seconds"] or {}).get("total") or 0.0
        self._counts["tests"] += 1
        self._seconds += seconds
        name = " ".join(part for part in (result["name"] or "problem", done.task.label) if part)
        place = (result["input"] or {}).get("file") or "gd"
        head = f'    <testcase classname={_quoted(place)} name={_quoted(name)} time="{seconds:.6f}"'
        if outcome == "solved":
            self._write(head + "/>\n")
            return
        kind = "failure" if outcome == "failed" else "error"
        self._counts["failures" if kind == "failure" else "errors"] += 1
        self._write(
            f"{head}>\n      <{kind} message={_quoted(headline(result))} "
            f"type={_quoted(result['status'])}>{_text(explanation(result))}</{kind}>\n"
            "    </testcase>\n"
        )

    def _write(self, text: str) -> None:
        try:
            self._cases.write(text)
        except OSError as error:
            raise _fault(self._path, error) from None

    def close(self) -> None:
        """Put the report in its place."""
        counts = " ".join(f'{name}="{count}"' for name, count in self._counts.items())
        counts += f' skipped="0" time="{self._seconds:.6f}"'
        try:
            self._cases.seek(0)
            with self._temporary.open("w", encoding="utf-8") as file:
                file.write('<?xml version="1.0" encoding="UTF-8"?>\n')
                file.write(f'<testsuites name="gd batch" {counts}>\n')
                file.write(f'  <testsuite name="gd batch" {counts}>\n')
                shutil.copyfileobj(self._cases, file)
                file.write("  </testsuite>\n</testsuites>\n")
            umask = os.umask(0)
            os.umask(umask)
            os.chmod(self._temporary, 0o666 & ~umask)
            os.replace(self._temporary, self._path)
        except OSError as error:
            self._temporary.unlink(missing_ok=True)
            raise _fault(self._path, error) from None
        finally:
            self._cases.close()

    def abandon(self) -> None:
        """Leave no temporary file behind if the report was not finished."""
        self._temporary.unlink(missing_ok=True)
        self._cases.close()


def headline(result: dict[str, Any]) -> str:
    """Return why a result is no success, in a sentence."""
    expect = result.get("expect")
    if result["status"] != "error" and expect and expect["reasons"]:
        return "; ".join(expect["reasons"])
    return f"{result['status']}: {result['message']}"


def explanation(result: dict[str, Any]) -> str:
    """Return all that is known of a result that is no success, a line each."""
    lines = [f"{result['status']}: {result['message']}"]
    lines.extend((result.get("expect") or {}).get("reasons") or ())
    for error in result["errors"]:
        place = ":".join(str(error[k]) for k in ("file", "line", "column") if error[k] is not None)
        lines.append(f"{place}: {error['message']}" if place else error["message"])
        if error["hint"]:
            lines.append(f"  hint: {error['hint']}")
    for name in ("objective", "method", "value", "gradient_norm", "iterations"):
        if result[name] is not None:
            lines.append(f"{name}: {str(result[name])[:2000]}")
    return "\n".join(lines)


def _clean(text: str) -> str:
    return _UNFIT.sub(lambda match: f"\\x{ord(match.group()):02x}", text)


def _quoted(text: str) -> str:
    return quoteattr(_clean(text), {"\n": "&#10;", "\r": "&#13;", "\t": "&#9;"})


def _text(text: str) -> str:
    return escape(_clean(text))


def _fault(path: Path, error: OSError) -> FileError:
    why = "the disk is full" if error.errno == 28 else error.strerror or str(error)
    return FileError(Diagnostic("output", f"cannot write `{path}`: {why}", file=str(path)))
