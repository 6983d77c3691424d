"""What GitHub Actions shows of a batch: annotations at the lines, and a summary of the step."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TextIO

from gdcli.batches.outcome import outcome_of
from gdcli.batches.pool import Done
from gdcli.batches.sinks import headline

MOST_ANNOTATIONS = 50
MOST_ROWS = 200


class Annotations:
    """Writes an annotation for every result that is no success, to a stream that the runner reads.

    The runner shows few a step; what is beyond `MOST_ANNOTATIONS` is in the summary.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._left = MOST_ANNOTATIONS

    def take(self, done: Done) -> None:
        """Write the annotation of a result, if it needs one."""
        if outcome_of(done.result) == "solved" or not self._left:
            return
        self._left -= 1
        self._stream.write(annotation(done.result, done.task.label) + "\n")
        self._stream.flush()


def annotation(result: Mapping[str, Any], label: str) -> str:
    """Return the workflow command that annotates a failure."""
    place = dict(result.get("input") or {})
    errors = result["errors"]
    if errors and errors[0]["file"]:
        place = errors[0]
    fields = {
        "file": place.get("file"),
        "line": place.get("line"),
        "col": place.get("column"),
        "title": " ".join(part for part in (result["name"] or "problem", label) if part),
    }
    given = ",".join(f"{k}={_property(str(v))}" for k, v in fields.items() if v is not None)
    return f"::error {given}::{_data(headline(dict(result)))}"


class StepSummary:
    """Gathers a table of failures in Markdown; memory does not grow with the batch."""

    def __init__(self) -> None:
        self._rows: list[str] = []
        self._counts: dict[str, int] = {}

    def take(self, done: Done) -> None:
        """Note a result."""
        outcome = outcome_of(done.result)
        self._counts[outcome] = self._counts.get(outcome, 0) + 1
        if outcome != "solved" and len(self._rows) < MOST_ROWS:
            result = done.result
            name = " ".join(part for part in (result["name"] or "problem", done.task.label) if part)
            cells = (name, result["status"], headline(result))
            self._rows.append("| " + " | ".join(_cell(cell) for cell in cells) + " |")

    def text(self) -> str:
        """Return the summary."""
        counted = {word: self._counts.get(word, 0) for word in ("solved", "failed", "error")}
        words = ", ".join(f"{many:,} {word}" for word, many in counted.items())
        lines = [f"### gd batch: {words}", ""]
        if self._rows:
            lines += ["| problem | status | why |", "|---|---|---|", *self._rows, ""]
        hidden = counted["failed"] + counted["error"] - len(self._rows)
        if hidden:
            lines += [f"… and {hidden:,} more", ""]
        return "\n".join(lines) + "\n"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def _cell(text: str) -> str:
    shown = " ".join(text.split())[:300]
    for sign in "\\`*_{}[]<>|#~$":
        shown = shown.replace(sign, "\\" + sign if sign not in "<>" else f"&#{ord(sign)};")
    return shown
