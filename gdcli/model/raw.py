"""A problem as it was given, by a file, the command line or Python, before anything is checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import Any, Protocol

from gdcli.diagnostics import Diagnostic, Source, Span
from gdcli.model.kinds import Path
from gdcli.records import dataclass


@dataclass(frozen=True, slots=True)
class Place:
    """Where something was given: in a text, or at a line and column of a file."""

    source: Source | None = None
    span: Span | None = None
    file: str | None = None
    line: int | None = None
    column: int | None = None


class Locator(Protocol):
    """Finds the place of a key path. Asked only when there is something to report."""

    def key(self, path: Path) -> Place:
        """Return where the key, or the element of a list, stands."""

    def value(self, path: Path) -> Place:
        """Return where the value behind it stands."""

    def text(self, path: Path, text: str) -> Source:
        """Return the source for a value that is itself a text with spans of its own."""


class Nowhere:
    """The locator of what was given from Python: there is no place to point at."""

    def key(self, path: Path) -> Place:
        """Return an empty place."""
        return Place()

    def value(self, path: Path) -> Place:
        """Return an empty place."""
        return Place()

    def text(self, path: Path, text: str) -> Source:
        """Return the bare text."""
        return Source(text)


@dataclass(frozen=True, slots=True)
class RawProblem:
    """A problem's fields as TOML, JSON, the command line or Python gave them.

    Attributes:
        fields: Keyed as in problem files; tables are mappings, values are not yet checked.
        locator: Where they stand.
        file: The problem file as the user named it; None from command line and Python.
        index: The problem's number in its file, from 0.
        line: Its first line in the file.
        sha256: Of the file's bytes.
        defaults: The file's `[defaults]`.
        as_options: Whether the keys were options of the command line, for messages.
        default_name: What it is called without a `name`.
        shared: Whether it is `[defaults]`: a problem need not use all that these give.
        methods: Of `[defaults]`: the methods that the file's problems name, each once.
    """

    fields: Mapping[str, Any]
    locator: Locator = field(default_factory=Nowhere)
    file: str | None = None
    index: int = 0
    line: int = 1
    sha256: str = ""
    defaults: RawProblem | None = None
    as_options: bool = False
    default_name: str | None = None
    shared: bool = False
    methods: tuple[str, ...] = ()

    @property
    def name(self) -> str | None:
        """The problem's name, its default name where none (or no text) is given."""
        name = self.fields.get("name")
        return name.strip() if isinstance(name, str) and name.strip() else self.default_name

    def fault(
        self,
        path: Path,
        code: str,
        message: str,
        *,
        hint: str = "",
        at_key: bool = False,
        severity: str = "error",
    ) -> Diagnostic:
        """Return a diagnostic that points at a key's value, or at the key itself."""
        place = self.locator.key(path) if at_key else self.locator.value(path)
        return Diagnostic(
            code,
            message,
            severity="warning" if severity == "warning" else "error",
            source=place.source,
            span=place.span,
            hint=hint,
            file=place.file,
            line=place.line,
            column=place.column,
        )


def layers_of(
    raw: RawProblem, overrides: RawProblem | Mapping[str, Any] | None = None
) -> list[RawProblem]:
    """Return what describes a problem, what overrides the rest first, `[defaults]` last."""
    layers = [raw] if raw.defaults is None else [raw, raw.defaults]
    if overrides is not None:
        over = overrides if isinstance(overrides, RawProblem) else RawProblem(overrides)
        layers.insert(0, over)
    return layers
