"""Writes `expect` into problem files from what was found, and leaves every other byte alone."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import field
from pathlib import Path
from typing import Any

from gdcli.batches.locate import positions_of
from gdcli.batches.pool import Done
from gdcli.batches.render import json_value, toml_key, toml_value
from gdcli.diagnostics import Diagnostic, Span
from gdcli.errors import FileError, GdError
from gdcli.model.files import read_problems_text
from gdcli.model.kinds import Path as KeyPath
from gdcli.model.positions import Positions
from gdcli.records import dataclass

MOST_NUMBERS = 20
"""A longer point is not written into a file; its value is."""

_LEAVES = ("value", "status", "tol", "at_tol", "at")

Edit = tuple[Span, str]


@dataclass(frozen=True, slots=True)
class Change:
    """What would be written into one file.

    Attributes:
        shown: Of each problem: its name, its `expect` before (empty for none), and after.
    """

    file: str
    sha256: str
    text: str
    shown: tuple[tuple[str, str, str], ...]

    def write(self) -> None:
        """Put the new text in the file's place.

        Raises:
            FileError: It cannot be written, or is no longer what was solved.
        """
        path = Path(self.file)
        temporary = None
        try:
            if hashlib.sha256(path.read_bytes()).hexdigest() != self.sha256:
                raise _fault(self.file, "the file has changed since it was solved")
            handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
            with os.fdopen(handle, "wb") as file:
                file.write(self.text.encode("utf-8"))
            os.chmod(temporary, path.stat().st_mode & 0o7777)
            os.replace(temporary, path.resolve())
            temporary = None
        except OSError as error:
            raise _fault(self.file, error.strerror or str(error)) from None
        finally:
            if temporary is not None:
                Path(temporary).unlink(missing_ok=True)


@dataclass(slots=True)
class Recorder:
    """Gathers, result by result, what is to be recorded.

    Attributes:
        refused: Problems that are not recorded, and why.
        missed: How many of those that are missed what was expected so far.
    """

    refused: list[tuple[str, str]] = field(default_factory=list)
    missed: int = 0
    _wanted: dict[str, dict[int, tuple[str, str, dict[str, Any]]]] = field(default_factory=dict)

    def take(self, done: Done) -> None:
        """Note a result."""
        result, task = done.result, done.task
        name = str(result["name"])
        if result["status"] != "converged":
            self.refused.append((name, f"status is {result['status']}"))
        elif task.in_stream or task.raw.file is None:
            self.refused.append((name, "it is not in a file"))
        elif task.label:
            self.refused.append((name, "a grid of options gives several results"))
        elif (result["expect"] or {}).get("verdict") != "met":
            wanted = self._wanted.setdefault(task.raw.file, {})
            wanted[task.raw.index] = (task.raw.sha256, name, _expectation(result))
            self.missed += result["expect"] is not None

    def changes(self) -> list[Change]:
        """Return what would be written, file by file."""
        found = []
        for file, problems in self._wanted.items():
            try:
                found.append(_change(file, problems))
            except (FileError, OSError) as error:
                self.refused.append((file, str(error)))
        return found


def _expectation(result: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a result lets one expect: the value, and the point where there is but one."""
    expect: dict[str, Any] = {"value": result["value"] + 0.0}  # no -0.0
    kind = (result["second_order"] or {}).get("kind")
    numbers = sum(1 for value in result["at"].values() for _ in _numbers(value))
    if kind in ("minimum", "maximum") and numbers <= MOST_NUMBERS:
        expect["at"] = result["at"]
    return expect


def _numbers(value: Any) -> Iterator[float]:
    if isinstance(value, list):
        for part in value:
            yield from _numbers(part)
    else:
        yield value


def _change(file: str, problems: Mapping[int, tuple[str, str, dict[str, Any]]]) -> Change:
    content = Path(file).read_bytes()
    sha256 = hashlib.sha256(content).hexdigest()
    if any(known != sha256 for known, _, _ in problems.values()):
        raise _fault(file, "the file has changed since it was solved")
    mark = "\ufeff" if content.startswith(b"\xef\xbb\xbf") else ""
    text = content.decode("utf-8-sig")
    positions = positions_of(text, file).get()
    toml = not text.lstrip().startswith("{")
    edits: list[Edit] = []
    shown = []
    for index, (_, name, expect) in sorted(problems.items()):
        many = positions.value_span(("problem", index)) is not None
        prefix: KeyPath = ("problem", index) if many else ()
        writer = _Writer(positions, prefix, toml)
        edits.extend(writer.edits(expect))
        shown.append((name, writer.before(), writer.inline(expect)))
    changed = text
    for span, new in sorted(edits, key=lambda edit: (edit[0].start, edit[0].stop), reverse=True):
        changed = changed[: span.start] + new + changed[span.stop :]
    _check(file, text, changed, problems)
    return Change(file, sha256, mark + changed, tuple(shown))


class _Writer:
    """The edits for one problem of a file."""

    def __init__(self, positions: Positions, prefix: KeyPath, toml: bool) -> None:
        self._positions = positions
        self._prefix = prefix
        self._toml = toml
        self._text = positions.text

    def before(self) -> str:
        """Return the present `expect` on one line, as it stands in the file."""
        span = self._span("expect")
        if span is not None and self._text[span.start] == "{":
            return " ".join(self._text[span.start : span.stop].split())
        return ", ".join(
            f"{key} = {' '.join(self._text[s.start : s.stop].split())}"
            for key in ("value", "at", "status", "tol", "at_tol")
            if (s := self._leaf(key)) is not None
        )

    def inline(self, expect: Mapping[str, Any]) -> str:
        """Return a new `expect` as one value; tolerances that stand there stay as written."""
        parts = dict(self._rendered(expect))
        for key in ("tol", "at_tol"):
            span = self._span("expect", key)
            if span is not None:
                parts[key] = self._text[span.start : span.stop]
        if self._toml:
            return "{ " + ", ".join(f"{key} = {value}" for key, value in parts.items()) + " }"
        return "{" + ", ".join(f'"{key}": {value}' for key, value in parts.items()) + "}"

    def edits(self, expect: Mapping[str, Any]) -> list[Edit]:
        """Return the replacements that bring `expect` into the file."""
        span = self._span("expect")
        if span is not None and self._text[span.start] == "{":
            return [(span, self.inline(expect))]
        if span is None and not any(self._leaf(key) for key in _LEAVES):
            return [self._inserted(expect)]
        return list(self._by_leaf(expect))

    def _by_leaf(self, expect: Mapping[str, Any]) -> Iterator[Edit]:
        """Yield edits of an `[expect]` table, or of keys such as `expect.value`."""
        for key, new in self._rendered(expect):
            span = self._leaf(key)
            if span is not None:
                yield span, new
            elif self._span("expect", key) is not None:  # `[expect.at]`, a table of its own
                yield from self._points(expect[key])
            else:
                yield self._beside(key, new)

    def _beside(self, key: str, new: str) -> Edit:
        """Return a line for a new key, below another key of `expect` and written as that is."""
        for other in _LEAVES:
            span = self._leaf(other)
            if span is not None:
                head = self._text.rfind("\n", 0, span.start) + 1
                written = self._text[head : span.start].replace(other, key, 1)
                return self._line_below(span), f"{written}{new}\n"
        header = self._span("expect")
        if header is None:
            raise _fault(self._positions.file, "its layout is too unusual to write into")
        return self._line_below(header), f"{key} = {new}\n"

    def _leaf(self, key: str) -> Span | None:
        """Return the span of a key of `expect` that has a value, and is no table's header."""
        span = self._span("expect", key)
        if span is None:
            return None
        text = self._text[span.start : span.stop]
        return None if text.startswith("[") and "expect" in text else span

    def _points(self, at: Mapping[str, Any]) -> Iterator[Edit]:
        for name, value in at.items():
            span = self._span("expect", "at", name)
            if span is not None:
                yield span, toml_value(value)

    def _inserted(self, expect: Mapping[str, Any]) -> Edit:
        """Return `expect` below the objective, in whose table it stands then."""
        for key in ("minimize", "maximize"):
            span = self._span(key)
            name = self._positions.key_span((*self._prefix, key))
            if span is None or name is None:
                continue
            head = self._text.rfind("\n", 0, name.start) + 1
            indent = self._text[head : name.start]
            own_line = not indent.strip()
            table = self._positions.value_span(self._prefix)
            inside = table is not None and self._text[table.start] == "{"
            if self._toml and not inside:
                below = self._line_below(span)
                line = f"{indent if own_line else ''}expect = {self.inline(expect)}\n"
                return below, line if below.start == 0 or self._text[below.start - 1] == "\n" else (
                    "\n" + line
                )  # fmt: skip
            separator = "," if inside and self._toml else ",\n" + indent if own_line else ", "
            word = " expect = " if self._toml else '"expect": '
            return Span(span.stop, span.stop), f"{separator}{word}{self.inline(expect)}"
        raise _fault(self._positions.file, "the objective stands in `[defaults]`")

    def _line_below(self, span: Span) -> Span:
        """Return the empty span where the line after a value begins."""
        end = self._text.find("\n", span.stop)
        end = len(self._text) if end < 0 else end + 1
        return Span(end, end)

    def _span(self, *keys: str) -> Span | None:
        return self._positions.value_span((*self._prefix, *keys))

    def _rendered(self, expect: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
        for key, value in expect.items():
            yield toml_key(key), toml_value(value) if self._toml else json_value(value)


def _check(
    file: str, old: str, new: str, problems: Mapping[int, tuple[str, str, dict[str, Any]]]
) -> None:
    """Refuse a text that says anything else than before, `expect` aside."""
    try:
        before, after = read_problems_text(old, file), read_problems_text(new, file)
    except GdError:
        raise _fault(file, "its layout is too unusual to write into") from None
    for k, (was, now) in enumerate(zip(before, after, strict=True)):
        own = {key: value for key, value in was.fields.items() if key != "expect"}
        kept = {key: value for key, value in now.fields.items() if key != "expect"}
        wanted = problems[k][2] if k in problems else was.fields.get("expect")
        found = now.fields.get("expect")
        held = wanted is None or (
            isinstance(found, Mapping)
            and all(json.dumps(found.get(key)) == json.dumps(v) for key, v in wanted.items())
        )
        if repr(own) != repr(kept) or not held:
            raise _fault(file, "its layout is too unusual to write into")


def _fault(file: str, why: str) -> FileError:
    return FileError(Diagnostic("not-recorded", f"cannot write `{file}`: {why}", file=file))
