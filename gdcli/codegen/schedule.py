"""Program → loops: which axes are worked through in blocks, in which order, and what is where.

Every long axis is worked through in blocks that stay in cache. What varies along it *streams*: it
exists one block at a time. A sum over it is complete only after its loop, and so what needs it
comes a *stage* later. Stage s is: the items that do not stream, then one loop for each axis that
something streams along.

A node that streams in one stage and is needed again in a later one (the forward values of an outer
function, say) is computed again where that is cheap, and otherwise stored whole.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import field
from typing import NamedTuple, assert_never

from gdcli.codegen import contractions
from gdcli.codegen.costs import cost_of, is_view
from gdcli.codegen.plan import Program
from gdcli.graph.nodes import (
    Access,
    Apply,
    Array,
    Axis,
    Collect,
    Determinant,
    Inverse,
    Leaf,
    Node,
    Number,
    Position,
    Product,
    Reduce,
    Scatter,
    Sum,
)
from gdcli.graph.walk import Item, extent
from gdcli.records import dataclass

LARGE = 16_384
"""Elements from which an array is worked through in blocks."""
BLOCK = 8_192
"""Elements along the axis of a loop, where nothing is wider."""
WIDE = 65_536
"""Elements of a block of something that has further axes (half a megabyte)."""
READ = 262_144
"""Elements of a block of what is only read in matrix products (2 MB)."""
RECOMPUTED = 4.0
"""Passes up to which a node is computed again rather than stored."""


class Place(NamedTuple):
    """Where something is computed: a stage, and the axis of a loop (None: outside loops)."""

    stage: int
    axis: Axis | None


@dataclass(slots=True)
class Loop:
    """A loop over the blocks of an axis.

    Attributes:
        nodes: What is computed in it, operands first. A Reduce over the axis accumulates.
        entries: The array and the number of the entry, for what is added to arrays.
    """

    axis: Axis
    block: int
    nodes: list[Node] = field(default_factory=list)
    entries: list[tuple[Collect | Scatter, int]] = field(default_factory=list)


@dataclass(slots=True)
class Stage:
    """Items outside loops, operands first, and then the loops."""

    items: list[Item] = field(default_factory=list)
    loops: list[Loop] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Schedule:
    """The stages of a program.

    Attributes:
        stored: Serials of streaming nodes that are kept whole, in the loop of their own stage.
        homes: The place of every item; for a Reduce over the axis of a loop and for arrays filled
            in loops, the place where they are complete.
        accumulated: The axis of the loop that a Reduce adds up in, by serial number.
        reads: The `inputs` of every item, by serial number.
    """

    stages: tuple[Stage, ...]
    stored: frozenset[int]
    homes: dict[int, Place]
    accumulated: dict[int, Axis]
    reads: dict[int, tuple[Item, ...]]


def schedule(program: Program) -> Schedule:
    """Return the loops of a program."""
    return _Scheduler(program).run()


def inputs(item: Item) -> tuple[Item, ...]:
    """Return what must be there for an item: for sums of products the factors, not the product."""
    match item:
        case Leaf() | Number() | Position():
            return ()
        case Access():
            return (item.array,)
        case Sum():
            return item.terms
        case Product():
            return item.factors
        case Apply():
            return item.arguments
        case Reduce():
            return tuple(o.node for term in contractions.terms(item) for o in term.operands)
        case Collect():
            return (item.body,)
        case Scatter():
            return tuple(entry.value for entry in item.entries)
        case Inverse() | Determinant():
            return (item.operand,)
        case _:
            assert_never(item)


def entry_value(item: Collect | Scatter, number: int) -> Node:
    """Return what an entry adds to an array; a Collect has one entry."""
    return item.body if isinstance(item, Collect) else item.entries[number].value


class _Scheduler:
    def __init__(self, program: Program) -> None:
        self.program = program
        self.reads = {item.serial: inputs(item) for item in program.items}
        self.long = _long_axes(program.items)
        self.homes: dict[int, Place] = {}
        self.costs: dict[int, float] = {}
        self.stored: set[int] = set()

    def run(self) -> Schedule:
        for item in self.program.items:
            self.homes[item.serial] = self._home(item)
        stages: list[Stage] = []
        for place, item, entry in self._demands():
            while len(stages) <= place.stage:
                stages.append(Stage())
            stage = stages[place.stage]
            if place.axis is None:
                stage.items.append(item)
                continue
            loop = next((p for p in stage.loops if p.axis == place.axis), None)
            if loop is None:
                loop = Loop(place.axis, 0)
                stage.loops.append(loop)
            if isinstance(item, (Collect, Scatter)):
                loop.entries.append((item, entry or 0))
            elif not isinstance(item, (Leaf, Inverse)):
                loop.nodes.append(item)
        for stage in stages:
            for loop in stage.loops:
                loop.block = self._block(loop)
        reduces = (item for item in self.program.items if isinstance(item, Reduce))
        axes = {item.serial: self.reduced(item) for item in reduces}
        accumulated = {serial: axis for serial, axis in axes.items() if axis is not None}
        stored = frozenset(self.stored)
        return Schedule(tuple(stages), stored, self.homes, accumulated, self.reads)

    # --- stages ----------------------------------------------------------------------------------

    def main(self, axes: Iterable[Axis]) -> Axis | None:
        """Return the axis along which something with these axes streams."""
        found = [axis for axis in axes if axis in self.long]
        return min(found, key=lambda a: (-a.extent, a.number)) if found else None

    def reduced(self, item: Reduce) -> Axis | None:
        """Return the axis of the loop that a Reduce accumulates in, if it does."""
        axis = self.main(item.body.axes)
        return axis if axis is not None and axis in item.bound else None

    def _home(self, item: Item) -> Place:
        match item:
            case Leaf() | Number():
                return Place(0, None)
            case Position():
                return Place(0, self.main(item.axes))
            case Collect() | Scatter():
                stage = 0
                for place in self.entry_places(item):
                    stage = max(stage, place.stage + (place.axis is not None))
                return Place(stage, None)
            case Inverse() | Determinant():
                return Place(self.homes[item.operand.serial].stage, None)
            case Reduce():
                axis = self.main(item.body.axes)
                stage = self._stage(self.reads[item.serial], axis)
                self._charge(item, axis)
                return Place(stage + 1, None) if self.reduced(item) else Place(stage, axis)
            case Access() | Sum() | Product() | Apply():
                axis = self.main(item.axes)
                if not is_view(item):
                    self._charge(item, axis)
                return Place(self._stage(self.reads[item.serial], axis), axis)
            case _:
                assert_never(item)

    def _stage(self, operands: Iterable[Item], axis: Axis | None) -> int:
        """Return the first stage in which operands are there for what streams along `axis`."""
        stage = 0
        for operand in operands:
            home = self.homes[operand.serial]
            waits = home.axis is not None and home.axis != axis and not is_view(operand)
            stage = max(stage, home.stage + waits)
        return stage

    def entry_places(self, item: Collect | Scatter) -> list[Place]:
        """Return where each entry of an array is added: in the loop of its value, or outside."""
        values = (item.body,) if isinstance(item, Collect) else (e.value for e in item.entries)
        return [self.homes[value.serial] for value in values]

    def _charge(self, item: Node, axis: Axis | None) -> None:
        """Note what it costs to compute a node again, with all that streams before it."""
        cost = cost_of(item)
        for operand in self.reads[item.serial]:
            if not is_view(operand) and self.homes[operand.serial].axis == axis is not None:
                cost += self.costs.get(operand.serial, 0.0)
        self.costs[item.serial] = cost

    # --- what is needed where --------------------------------------------------------------------

    def _demands(self) -> list[tuple[Place, Item, int | None]]:
        """Return everything to be computed, sorted by serial: place, item, number of an entry."""
        wanted: dict[int, set[Place]] = {}
        found: list[tuple[Place, Item, int | None]] = []
        roots: list[Item] = [placed.array for placed in self.program.outputs]
        if self.program.value is not None:
            roots.append(self.program.value)
        for root in roots:
            wanted.setdefault(root.serial, set()).add(self.homes[root.serial])
        for item in reversed(self.program.items):
            if isinstance(item, (Leaf, Number, Position)):
                continue
            for place in sorted(wanted.get(item.serial, ()), key=_place_key, reverse=True):
                found.append((place, item, None))
                if isinstance(item, (Collect, Scatter)):
                    values = self.reads[item.serial]
                    for k, entry_place in enumerate(self.entry_places(item)):
                        if entry_place.axis is not None:
                            found.append((entry_place, item, k))
                        self._want(wanted, values[k], entry_place)
                else:
                    axis = self.reduced(item) if isinstance(item, Reduce) else None
                    at = Place(place.stage - 1, axis) if axis is not None else place
                    if axis is not None:
                        found.append((at, item, None))
                    for operand in self.reads[item.serial]:
                        self._want(wanted, operand, at)
        found.reverse()
        return found

    def _want(self, wanted: dict[int, set[Place]], item: Item, place: Place) -> None:
        """Note that an item is needed at a place."""
        home = self.homes[item.serial]
        if home.axis is not None and home != place:
            if is_view(item) or (home.axis == place.axis and self._again(item)):
                home = place
            else:
                self.stored.add(item.serial)
        wanted.setdefault(item.serial, set()).add(home)

    def _again(self, item: Item) -> bool:
        return item.serial not in self.stored and self.costs[item.serial] <= RECOMPUTED

    def _block(self, loop: Loop) -> int:
        read = wide = 1
        for node in loop.nodes:
            others = tuple(axis for axis in node.axes if axis != loop.axis)
            if is_view(node):
                read = max(read, extent(others))
            elif loop.axis in node.axes:
                wide = max(wide, extent(others))
        block = min(BLOCK, READ // read, WIDE // wide if wide > 1 else BLOCK)
        return max(1, min(loop.axis.extent, block))


def _place_key(place: Place) -> tuple[int, int]:
    return place.stage, -1 if place.axis is None else place.axis.number


def _long_axes(items: Iterable[Item]) -> frozenset[Axis]:
    """Return the axes to be worked through in blocks: the longest of every large node."""
    found = set()
    for item in items:
        if isinstance(item, Array):
            continue
        if item.axes and extent(item.axes) > LARGE:
            found.add(min(item.axes, key=lambda a: (-a.extent, a.number)))
    return frozenset(found)
