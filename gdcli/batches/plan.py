"""What a batch solves: problems × points of the grid, selected, numbered, in input order."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from fnmatch import fnmatchcase
from typing import Any

from gdcli.batches.grid import Grid, HasOption
from gdcli.batches.identity import merged_fields
from gdcli.batches.sources import STDIN_NAME, Found
from gdcli.diagnostics import Diagnostic
from gdcli.errors import UsageError
from gdcli.model.kinds import DURATION, Unfit
from gdcli.model.raw import RawProblem
from gdcli.records import dataclass


@dataclass(frozen=True, slots=True)
class Shard:
    """The k-th of n parts, k from 1: every n-th problem."""

    k: int = 1
    n: int = 1

    def has(self, position: int) -> bool:
        """Tell whether it has what stands at a position, from 0."""
        return position % self.n == self.k - 1


def read_shard(text: str) -> Shard:
    """Return the shard of `2/5`.

    Raises:
        UsageError: It is none.
    """
    match = re.fullmatch(r"\s*(\d{1,9})\s*/\s*(\d{1,9})\s*", text)
    if match:
        shard = Shard(int(match.group(1)), int(match.group(2)))
        if 1 <= shard.k <= shard.n:
            return shard
    message = f"`--shard` takes k/n with 1 <= k <= n, such as 2/5: `{text}`"
    raise UsageError(Diagnostic("usage", message))


@dataclass(frozen=True, slots=True)
class Selection:
    """Which problems are meant.

    Attributes:
        names: Patterns such as `rosen*` (without `* ? [`: parts of names); any may fit.
        tags: Tags of which a problem must have one; `!slow` are those that it must not have.
    """

    names: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()

    def has(self, found: Found) -> bool:
        """Tell whether a problem is meant. What cannot be read has no tags and is never hidden."""
        name = found.raw.name or ""
        if self.names and not any(_fits(name, pattern) for pattern in self.names):
            return False
        if found.faults or not self.tags:
            return True
        defaults = found.raw.defaults.fields if found.raw.defaults else {}
        given = found.raw.fields.get("tags", defaults.get("tags"))
        own = {str(tag) for tag in given} if isinstance(given, (list, tuple)) else set()
        refused = {tag[1:] for tag in self.tags if tag.startswith("!")}
        wanted = {tag for tag in self.tags if not tag.startswith("!")}
        return not own & refused and (not wanted or bool(own & wanted))


def _fits(name: str, pattern: str) -> bool:
    if any(sign in pattern for sign in "*?["):
        return fnmatchcase(name, pattern)
    return pattern in name


def read_selection(names: str | None, tags: str | None) -> Selection:
    """Return the selection of `--filter` and `--tags`, lists of words with commas."""
    return Selection(_words(names), _words(tags))


def _words(text: str | None) -> tuple[str, ...]:
    return tuple(word.strip() for word in (text or "").split(",") if word.strip())


@dataclass(frozen=True, slots=True)
class Task:
    """One problem at one point of the grid.

    Attributes:
        position: Its number among all that are selected, from 0, whatever the shard.
        fields: What is solved: the problem's fields, less what the point's method has not.
        point: The point of the grid.
        label: How the point is told from others; empty where there is one.
        faults: Why it cannot be solved; empty where it can.
        text: The line of JSON that it came from, for places in it.
    """

    position: int
    raw: RawProblem
    point: Mapping[str, Any]
    label: str = ""
    faults: tuple[Diagnostic, ...] = ()
    text: str | None = None

    @property
    def place(self) -> str:
        """What stays the same when the problem there is edited and solved again."""
        number = self.raw.line if self.in_stream else self.raw.index
        return f"{self.raw.file}#{number} {self.raw.name} {self.label}"

    @property
    def in_stream(self) -> bool:
        """Whether the problem is a line of standard input."""
        return self.raw.file == STDIN_NAME


class Plan:
    """The tasks of a batch, one after another; None where the next is not known yet.

    Attributes:
        seen: How many tasks there were so far, in all shards.
    """

    def __init__(
        self,
        found: Iterable[Found | None],
        grid: Grid,
        selection: Selection,
        has_option: HasOption,
    ) -> None:
        self._found = found
        self._grid = grid
        self._selection = selection
        self._has_option = has_option
        self.seen = 0

    def __iter__(self) -> Iterator[Task | None]:
        """Yield the tasks of all shards."""
        for found in self._found:
            if found is None:
                yield None
                continue
            if not self._selection.has(found):
                continue
            for point in self._grid.points if not found.faults else ({},):
                raw = found.raw if found.faults else self._fitted(found.raw, point)
                label = self._grid.label(point)
                yield Task(self.seen, raw, point, label, found.faults, found.text)
                self.seen += 1

    def _fitted(self, raw: RawProblem, point: Mapping[str, Any]) -> RawProblem:
        """Return the problem without those options of its own that the point's method has not."""
        method = point.get("method")
        if method is None:
            return raw
        fields = _less(raw.fields, method, self._has_option)
        defaults = raw.defaults
        if defaults is not None:
            kept = _less(defaults.fields, method, self._has_option)
            defaults = replace(defaults, fields=kept)
        return replace(raw, fields=fields, defaults=defaults)


def _less(fields: Mapping[str, Any], method: str, has_option: HasOption) -> Mapping[str, Any]:
    options = fields.get("options")
    fewer = dict(fields)
    if "learning_rate" in fields and not has_option(method, "learning_rate"):
        del fewer["learning_rate"]
    if isinstance(options, Mapping):
        fewer["options"] = {n: value for n, value in options.items() if has_option(method, n)}
    return fewer


def fields_in_force(
    raw: RawProblem, overrides: Mapping[str, Any], point: Mapping[str, Any]
) -> dict[str, Any]:
    """Return all that is set for a problem: its fields over its defaults, the options over both."""
    layers = [point, overrides, raw.fields]
    if raw.defaults is not None:
        layers.append(raw.defaults.fields)
    return merged_fields(*layers)


def time_limit_of(fields: Mapping[str, Any]) -> float | None:
    """Return the time limit in force in seconds; None where there is none, or no sound one."""
    given = fields.get("time_limit")
    if given is None:
        return None
    try:
        return float(DURATION.read(given))
    except Unfit:
        return None
