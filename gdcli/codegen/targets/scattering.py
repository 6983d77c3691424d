"""Arrays that are added to: the adjoints of accesses, and nodes laid out as arrays.

Filling an array with zeros and then adding to it costs two passes more than need be. So the entry
that reaches furthest *stores* (where a block of it lies, nothing was written yet), all others add,
and only what no store reaches is set to zero. Where the stored value is needed for nothing else, it
is computed straight into its place.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from gdcli.codegen.targets import views
from gdcli.codegen.targets.scopes import Scope
from gdcli.codegen.targets.writer import Writer
from gdcli.graph.interning import index_axes, union_axes
from gdcli.graph.nodes import Affine, Axis, Collect, Index, Lookup, Node, Scatter


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
    return [Entry(tuple(Affine(0, ((axis, 1),)) for axis in item.axes), item.axes, item.body)]


@dataclass(slots=True)
class Filling:
    """How an array is filled in one scope.

    Attributes:
        scope: Where.
        storing: Numbers of the entries that store.
        there: Those of them whose value was computed straight into its place.
        waiting: Entries that came before what stores, and have to wait for it.
        stored: How many of the storing entries were written.
    """

    item: Collect | Scatter
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
    found = entries(item)
    filling = Filling(item, writer.scope)
    loop = writer.scope.block.axis
    name = writer.shaped(item) if item.shape else writer.flat(item)
    lead = [_lead(item.shape, found[k], loop) for k in numbers]
    rows = item.shape[0] if item.shape else 1
    if loop is None:
        whole = [k for k, own in zip(numbers, lead, strict=True) if own is not None and own.full]
        if not whole:
            writer.outer(f"{name}.fill(0.0)" if item.shape else f"{name}[0] = 0.0")
            return filling
        best = max(whole, key=lambda k: (_reach(item, found[k]), -k))
        filling.storing = {best}
        own = _lead(item.shape, found[best], loop)
        assert own is not None
        _clear(writer, name, 0, own.offset)
        _clear(writer, name, own.offset + own.axis.extent, rows)
        return filling
    known = [own for own in lead if own is not None]
    steps = {own.step for own in known}
    if len(known) < len(lead) or len(steps) != 1:
        writer.outer(f"{name}.fill(0.0)")
        return filling
    (step,) = steps
    last: dict[int, int] = {}
    for k, own in zip(numbers, known, strict=True):
        residue = own.offset % step
        if own.full and (
            residue not in last or own.offset > known[list(numbers).index(last[residue])].offset
        ):
            last[residue] = k
    furthest = {
        residue: max(own.offset for own in known if own.offset % step == residue)
        for residue in {own.offset % step for own in known}
    }
    offsets = {r: known[list(numbers).index(k)].offset for r, k in last.items()}
    if len(last) < step or any(offsets[r] < furthest[r] for r in furthest):
        writer.outer(f"{name}.fill(0.0)")
        return filling
    filling.storing = set(last.values())
    _clear(writer, name, 0, max(offsets.values()))
    _clear(writer, name, min(offset + step * loop.extent for offset in offsets.values()), rows)
    return filling


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


def _reach(item: Collect | Scatter, entry: Entry) -> int:
    lead = _lead(item.shape, entry, None)
    return 0 if lead is None else lead.axis.extent


def destination(writer: Writer, filling: Filling, number: int) -> str | None:
    """Return the text of the view that a storing entry's value can be computed into."""
    entry = entries(filling.item)[number]
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
    entry = entries(item)[number]
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
