"""Arrays that are added to: the adjoints of accesses, and nodes laid out as arrays.

Filling an array with zeros and then adding to it costs two passes more than need be. So the entry
that reaches furthest *stores* (where a block of it lies, nothing was written yet), all others add,
and only what no store reaches is set to zero. Where the stored value is needed for nothing else, it
is computed straight into its place.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field

from gdcli.codegen.targets import views
from gdcli.codegen.targets.scopes import Scope
from gdcli.codegen.targets.writer import Writer
from gdcli.graph.interning import along, index_axes, union_axes
from gdcli.graph.nodes import Affine, Axis, Collect, Index, Lookup, Node, Scatter
from gdcli.records import dataclass


@dataclass(frozen=True, slots=True)
class Entry:
    """One `array[index] += value` over `axes`."""

    index: tuple[Index, ...]
    axes: tuple[Axis, ...]
    value: Node

    @property
    def indexed(self) -> tuple[Axis, ...]:
        """The axes along which the place varies; over all others is summed."""
        return union_axes(index_axes(part) for part in self.index)


def entries(item: Collect | Scatter) -> list[Entry]:
    """Return what is added to an array."""
    if isinstance(item, Scatter):
        return [Entry(e.index, e.axes, e.value) for e in item.entries]
    return [Entry(along(item.axes), item.axes, item.body)]


@dataclass(slots=True)
class Filling:
    """How an array is filled in one scope.

    Attributes:
        entries: All of the array's.
        scope: Where.
        storing: Numbers of the entries that store.
        there: Those of them whose value was computed straight into its place.
        waiting: Entries that came before what stores, and have to wait for it.
        stored: How many of the storing entries were written.
    """

    item: Collect | Scatter
    entries: list[Entry]
    scope: Scope
    storing: set[int] = field(default_factory=set)
    there: set[int] = field(default_factory=set)
    waiting: list[int] = field(default_factory=list)
    stored: int = 0


def begin(writer: Writer, item: Collect | Scatter, numbers: Sequence[int]) -> Filling:
    """Decide which of the first entries store, and set to zero what they leave out.

    Args:
        writer: Where to write; its scope is the one in which `numbers` are added.
        item: The array, nothing of which was written yet.
        numbers: The entries that are added in this scope.
    """
    filling = Filling(item, entries(item), writer.scope)
    loop = writer.scope.block.axis
    name = writer.shaped(item) if item.shape else writer.flat(item)
    leads = {k: _lead(item.shape, filling.entries[k], loop) for k in numbers}
    storing = _largest(leads) if loop is None else _furthest(leads)
    if not storing:
        writer.outer(f"{name}.fill(0.0)" if item.shape else f"{name}[0] = 0.0")
        return filling
    filling.storing = set(storing)
    first = max(lead.offset for lead in storing.values())
    stop = min(lead.offset + lead.step * lead.axis.extent for lead in storing.values())
    _clear(writer, name, 0, first)
    _clear(writer, name, stop, item.shape[0])
    return filling


def _largest(leads: Mapping[int, _Lead | None]) -> dict[int, _Lead]:
    """Return the entry that stores outside loops: the one that covers most, if any is full."""
    full = {k: lead for k, lead in leads.items() if lead is not None and lead.full}
    if not full:
        return {}
    best = max(full, key=lambda k: (full[k].axis.extent, -k))
    return {best: full[best]}


def _furthest(leads: Mapping[int, _Lead | None]) -> dict[int, _Lead]:
    """Return the entries that store in a loop, none if they would not cover all of it.

    All have the same step; of those with the same remainder the one with the largest offset comes
    to every place first.
    """
    known = {k: lead for k, lead in leads.items() if lead is not None}
    steps = {lead.step for lead in known.values()}
    if len(known) < len(leads) or len(steps) != 1:
        return {}
    (step,) = steps
    last: dict[int, int] = {}
    for k, lead in known.items():
        before = known.get(last.get(lead.offset % step, -1))
        if before is None or (lead.offset, lead.full) > (before.offset, before.full):
            last[lead.offset % step] = k
    if len(last) < step or not all(known[k].full for k in last.values()):
        return {}
    return {k: known[k] for k in last.values()}


def _clear(writer: Writer, name: str, first: int, stop: int) -> None:
    if first < stop:
        rows = f"{first}" if stop == first + 1 else f"{first}:{stop}"
        writer.outer(f"{name}[{rows}] = 0.0")


@dataclass(frozen=True, slots=True)
class _Lead:
    """How an entry runs through the first dimension of an array.

    Attributes:
        full: It covers all of the further dimensions, and its value has all its axes.
    """

    axis: Axis
    offset: int
    step: int
    full: bool


def _lead(shape: tuple[int, ...], entry: Entry, loop: Axis | None) -> _Lead | None:
    """Return how an entry runs through the first dimension, along the loop's axis if in one.

    None where it does so in another way than by a positive step along just that axis.
    """
    if not shape or not isinstance(entry.index[0], Affine) or len(entry.index[0].terms) != 1:
        return None
    ((axis, step),) = entry.index[0].terms
    if step < 1 or (loop is not None and axis != loop) or (loop is None and step != 1):
        return None
    others = entry.index[1:]
    if any(isinstance(part, Lookup) for part in others):
        return None
    if any(axis in index_axes(part) for part in others):
        return None
    covered = all(
        isinstance(part, Affine) and part.offset == 0 and len(part.terms) == 1
        and part.terms[0][1] == 1 and part.terms[0][0].extent == length
        for part, length in zip(others, shape[1:], strict=True)
    )  # fmt: skip
    distinct = len(entry.indexed) == len(shape)
    full = covered and distinct and entry.value.axes == entry.indexed == entry.axes
    return _Lead(axis, entry.index[0].offset, step, full)


def destination(writer: Writer, filling: Filling, number: int) -> str | None:
    """Return the text of the view that a storing entry's value can be computed into."""
    entry = filling.entries[number]
    if number not in filling.storing:
        return None
    return writer.region(filling.item, entry.index, entry.indexed)


def add(writer: Writer, filling: Filling, number: int) -> list[int]:
    """Write an entry, or let it wait for what stores; return which entries were written."""
    if number not in filling.storing and filling.stored < len(filling.storing):
        filling.waiting.append(number)
        return []
    if number not in filling.there:
        _write(writer, filling, number)
    written = [number]
    filling.stored += number in filling.storing
    if filling.stored == len(filling.storing):
        for waiting in filling.waiting:
            _write(writer, filling, waiting)
        written += filling.waiting
        filling.waiting = []
    return written


def _write(writer: Writer, filling: Filling, number: int) -> None:
    item = filling.item
    entry = filling.entries[number]
    axes = entry.indexed
    value = writer.value(entry.value)
    text = value.text
    summed = [k for k, axis in enumerate(value.axes) if axis not in axes]
    own = tuple(axis for axis in value.axes if axis in axes)
    if summed:
        where = ", ".join(map(str, summed))
        text = writer.named(f"{writer.function('add')}.reduce({text}, ({where},))")
    times = 1
    for axis in entry.axes:
        if axis not in axes and axis not in value.axes:
            times *= axis.extent
    if times != 1:
        text = writer.named(f"{text}*{float(times)!r}")
    store = number in filling.storing
    if not axes:
        place = writer.region(item, entry.index, ())
        writer.line(f"{place} {'=' if store else '+='} {text}")
        return
    text = writer.aligned(type(value)(text, own), text, axes)
    if not views.is_injective(item.shape, entry.index):
        places, _ = writer.positions(item, entry.index)
        writer.line(f"{writer.function('add_at')}({writer.flat(item)}, {places}, {text})")
        return
    place = writer.named(writer.region(item, entry.index, axes))
    if store:
        writer.line(f"{writer.function('copyto')}({place}, {text})")
    else:
        writer.line(f"{writer.function('add')}({place}, {text}, {place})")
