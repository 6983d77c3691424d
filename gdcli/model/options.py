"""From the command line's options to a `RawProblem`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gdcli.diagnostics import Diagnostic, Source, Span
from gdcli.errors import UsageError
from gdcli.model.assignments import (
    Assignment,
    read_assignments,
    read_shapes,
    split_outside_brackets,
)
from gdcli.model.keys import KEYS
from gdcli.model.kinds import Path
from gdcli.model.raw import Place, RawProblem
from gdcli.records import dataclass


@dataclass(frozen=True, slots=True)
class OptionLocator:
    """Points into the options' texts."""

    assignments: Mapping[Path, Assignment]
    texts: Mapping[str, str]

    def key(self, path: Path) -> Place:
        """Return the assignment, or the whole of the option's value."""
        found = self.assignments.get(path[:2])
        if found is not None:
            return Place(found.source, found.span)
        text = self.texts.get(str(path[0])) if path else None
        return Place() if text is None else Place(Source(text), Span(0, len(text)))

    def value(self, path: Path) -> Place:
        """Return the same as `key`: an option's value is short."""
        return self.key(path)

    def text(self, path: Path, text: str) -> Source:
        """Return the bare text."""
        return Source(text)


def from_options(given: Mapping[str, Any]) -> RawProblem:
    """Return the problem, or the overrides, that the command line's words make.

    Args:
        given: Values by key of the problem file (`max_iter`, not `--max-iter`). Options that may
            be repeated (`set start bounds variables options data subject_to`) are lists of texts;
            others texts, or what they stand for. None and empty lists were not given.

    Raises:
        UsageError: Assignments that cannot be read, with all faults. Values are checked by
            `make_problem`, with everything else.
    """
    fields: dict[str, Any] = {}
    assignments: dict[Path, Assignment] = {}
    texts: dict[str, str] = {}
    faults: list[Diagnostic] = []
    for name, value in given.items():
        if value is None or value == [] or value == ():
            continue
        row = KEYS[name]
        if row.table == "open" and not isinstance(value, Mapping):
            words = [value] if isinstance(value, str) else list(value)
            option = row.spelled(as_option=True)
            try:
                if name == "variables":
                    found = read_shapes(option, words)
                else:
                    found = read_assignments(option, words, sole=name in ("start", "bounds"))
            except UsageError as error:
                faults.extend(error.diagnostics)
                continue
            table: dict[str, Any] = {}
            for assignment in found:
                table[assignment.name] = (
                    [piece.text for piece in split_outside_brackets(assignment.value, ",")]
                    if name == "variables" and assignment.value
                    else [] if name == "variables"
                    else row.kind.from_text(assignment.value)
                )  # fmt: skip
                assignments[(name, assignment.name)] = assignment
            fields[name] = table
        elif isinstance(value, str):
            texts[name] = value
            fields[name] = row.kind.from_text(value)
        else:
            fields[name] = list(value) if isinstance(value, tuple) else value
    if faults:
        raise UsageError(faults)
    return RawProblem(fields, OptionLocator(assignments, texts), as_options=True)
