"""Programs of fused nests → loops over numbers, for a compiler such as numba's.

The function is `_program(_o, _z, _y, _d…)`: it fills the flat output `_o` from the variables, the
direction, and the data arrays, all flat, and returns the value (0.0 if there is none).

Sums are added up in pieces (a piece of a long loop, a row of a nest), so that the rounding error
does not grow with the length.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from functools import partial
from typing import NamedTuple, TypeAlias

from gdcli.codegen.nests import (
    Added,
    Filled,
    Linear,
    Nests,
    Pull,
    Pulling,
    Summing,
    Where,
    assignments,
    linear,
    long_axes,
    loop_variable,
    short_axes,
)
from gdcli.codegen.plan import Program
from gdcli.codegen.targets.points import Body, Points, number
from gdcli.codegen.targets.scopes import Names
from gdcli.codegen.targets.supports import bounds, support
from gdcli.graph.nodes import Axis, Node, Reduce
from gdcli.graph.walk import extent

ENTRY = "_program"
PLUS = "_plus"
"""The addition of sums, which may be taken in any order; nothing else may be."""
PIECE = 4096
"""Steps of an innermost loop that are added up by themselves."""

Ranges: TypeAlias = tuple[tuple[int, int], ...]
Write: TypeAlias = Callable[[], None]
"""Writes statements into the innermost body."""


class _Accumulator(NamedTuple):
    """A sum at one point of its short axes: its name, where it is, and its free long axes."""

    name: str
    item: Reduce
    at: Where
    free: tuple[Axis, ...]


def source(program: Program, nests: Nests, data: Sequence[int]) -> str:
    """Return the text of a program's function.

    Args:
        program: What to compute.
        nests: Its nests.
        data: The offsets of the data leaves, in the order of the arguments.

    Raises:
        Unfit: It would be too long to be worth compiling.
    """
    return _Loops(program, nests).text(data)


class _Loops:
    def __init__(self, program: Program, nests: Nests) -> None:
        self.program = program
        self.nests = nests
        self.points = Points(Names())
        self.offsets = {p.array.serial: p.offset for p in reversed(program.outputs)}

    def text(self, data: Sequence[int]) -> str:
        points = self.points
        for level in range(self.nests.levels + 1):
            for pulling in self.nests.pulling:
                if pulling.level == level:
                    self._pulling(pulling)
            for summing in self.nests.summing:
                if summing.level == level:
                    self._summing(summing)
            for added in self.nests.added:
                if added.level == level:
                    self._added(added)
        for placed in self.program.outputs:
            first = self.offsets[placed.array.serial]
            if placed.offset != first:
                size = math.prod(placed.array.shape)
                points.line(f"for _k0 in _range({size}):")
                points.line(f" _o[{placed.offset}+_k0] = _o[{first}+_k0]")
        value = self.program.value
        points.line(f"return {points.value(value, {}) if value is not None else '0.0'}")
        arguments = ", ".join(["_o", "_z", "_y", *(f"_d{offset}" for offset in data)])
        return f"def {ENTRY}({arguments}):\n " + "\n ".join(points.body.lines) + "\n"

    # --- arrays that are filled ------------------------------------------------------------------

    def _pulling(self, nest: Pulling) -> None:
        """Write loops over the places: whole steps inside, one by one at the borders."""
        totals = [self._total() for _ in nest.sums]
        depth = len(nest.trips)
        if not depth:
            self._steps(nest, None, [])
            return
        lines: list[str] = []
        *outer, trips = nest.trips
        *inside, (low, high) = self._inside(nest)
        for k, count in enumerate(outer):
            lines.append(f"{' ' * k}for {loop_variable(k)} in _range({count}):")
        pad, last = " " * len(outer), loop_variable(len(outer))
        ends = f"{low}, {high}"
        if outer:
            ends = f"({ends}) if {_test(inside)} else ({trips}, {trips})"
        lines.append(f"{pad}_lo, _hi = {ends}")
        border = "0 if _s == 0 else _hi, _lo if _s == 0 else"
        lines.append(f"{pad}for _s in _range(2):")
        lines.append(f"{pad} for {last} in _range({border} {trips}):")
        self._body(lines, f"{pad}  ", lambda: self._steps(nest, nest.trips, totals))
        pieces = [f"{name}_" for name in totals]
        begin = [f"{piece} = 0.0" for piece in pieces]
        end = [f"{name} += {name}_" for name in totals]
        self._pieces(
            lines, pad, ("_lo", "_hi"), last, begin, end, lambda: self._steps(nest, None, pieces)
        )
        self.points.body.lines += lines
        for (item, _, _), name in zip(nest.sums, totals, strict=True):
            self.points.sums[item.serial, ()] = (name, ())

    def _pieces(
        self,
        lines: list[str],
        pad: str,
        ends: tuple[str, str],
        variable: str,
        begin: Sequence[str],
        end: Sequence[str],
        write: Write,
    ) -> None:
        """Write a loop in pieces. (With `min` for their ends, nothing is vectorised.)"""
        low, high = ends
        lines.append(f"{pad}for _s in _range({low}, {high}, {PIECE}):")
        lines.extend(f"{pad} {line}" for line in begin)
        lines.append(f"{pad} _e = _s+{PIECE} if _s+{PIECE} < {high} else {high}")
        lines.append(f"{pad} for {variable} in _range(_s, _e):")
        self._body(lines, f"{pad}  ", write)
        lines.extend(f"{pad} {line}" for line in end)

    def _inside(self, nest: Pulling) -> list[tuple[int, int]]:
        """Return the steps in which everything is pulled and every place exists."""
        found = []
        for d, trips in enumerate(nest.trips):
            low, high = 0, trips
            for filled in nest.filled:
                high = min(high, filled.extents[d] // filled.steps[d])
                for pull in filled.pulls:
                    low, high = max(low, pull.ranges[d][0]), min(high, pull.ranges[d][1])
            for _, _, ranges in nest.sums:
                low, high = max(low, ranges[d][0]), min(high, ranges[d][1])
            found.append((low, high) if low < high else (trips, trips))
        return found

    def _body(self, lines: list[str], pad: str, write: Write) -> None:
        """Write a body of its own, and take its statements over."""
        body = Body()
        self.points.bodies.append(body)
        write()
        self.points.bodies.pop()
        lines.extend(pad + line for line in body.lines)

    def _steps(self, nest: Pulling, trips: tuple[int, ...] | None, totals: Sequence[str]) -> None:
        """Write one step of a nest, every part under its condition if `trips` are given."""
        for (item, at, ranges), name in zip(nest.sums, totals, strict=True):
            self._guarded(_outside(ranges, trips), partial(self._add_up, item, at, name))
        for filled in nest.filled:
            for rest in itertools.product(*(range(step) for step in filled.steps)):
                self._place(filled, rest, trips)

    def _place(self, filled: Filled, rest: tuple[int, ...], trips: tuple[int, ...] | None) -> None:
        """Write what is stored at one place of a step."""
        points = self.points
        pulls = [pull for pull in filled.pulls if pull.rest == rest]
        place = self._address(filled, rest)
        if trips is None:
            texts = [self._pulled(pull) for pull in pulls]
            points.line(f"{place} = {' + '.join(texts) or '0.0'}")
            return
        exists = [
            (0, (extent - r + step - 1) // step)
            for extent, step, r in zip(filled.extents, filled.steps, rest, strict=True)
        ]
        total = points.names.new("a")
        points.line(f"{total} = 0.0")
        for pull in pulls:
            self._guarded(_outside(pull.ranges, trips), partial(self._pull, pull, total))
        self._guarded(_outside(tuple(exists), trips), lambda: points.line(f"{place} = {total}"))

    def _guarded(self, condition: str, write: Write) -> None:
        """Write statements under a condition, if there is one."""
        if not condition:
            write()
            return
        lines = self.points.body.lines
        lines.append(f"if {condition}:")
        self._body(lines, " ", write)

    def _pull(self, pull: Pull, total: str) -> None:
        self.points.line(f"{total} += {self._pulled(pull)}")

    def _pulled(self, pull: Pull) -> str:
        text = self.points.value(pull.node, pull.at)
        return text if pull.times == 1.0 else f"{pull.times!r}*{text}"

    def _address(self, filled: Filled, rest: Sequence[int]) -> str:
        shape = filled.item.shape
        flat = Linear(0)
        d = 0
        for length, place in zip(shape, filled.component, strict=True):
            if place is None:
                at = Linear(rest[d], ((loop_variable(d), filled.steps[d]),))
                d += 1
            else:
                at = Linear(place)
            flat = flat.scaled(length).plus(at)
        return f"_o[{number(flat.plus(Linear(self.offsets[filled.item.serial])))}]"

    # --- sums ------------------------------------------------------------------------------------

    def _total(self) -> str:
        name = self.points.names.new("s")
        self.points.line(f"{name} = 0.0")
        return name

    def _add_up(self, item: Reduce, where: Where, name: str) -> None:
        points = self.points
        own = [axis for axis in item.bound if axis in item.body.axes]
        times = extent(axis for axis in item.bound if axis not in own)
        for short in assignments(short_axes(own)):
            text = points.value(item.body, {**where, **short})
            term = text if times == 1 else f"{float(times)!r}*{text}"
            points.line(f"{name} = {PLUS}({name}, {term})")

    def _summing(self, nest: Summing) -> None:
        """Write a nest over long axes: sums in registers, rows where they are complete."""
        points = self.points
        where = {axis: Linear(0, ((loop_variable(k), 1),)) for k, axis in enumerate(nest.axes)}
        accumulators: list[_Accumulator] = []
        for item in nest.sums:
            free = long_axes(item.axes)
            for short in assignments(short_axes(item.axes)):
                name = points.names.new("r" if free else "s")
                size = extent(free)
                points.line(f"{name} = _zeros({size})" if free else f"{name} = 0.0")
                key = tuple(short[axis].offset for axis in short_axes(item.axes))
                points.sums[item.serial, key] = (name, free)
                accumulators.append(_Accumulator(name, item, {**where, **short}, free))
        lines: list[str] = []
        self._loop(lines, nest.axes, 0, accumulators, support(nest.sums))
        points.body.lines += lines

    def _loop(
        self,
        lines: list[str],
        axes: tuple[Axis, ...],
        depth: int,
        accumulators: Sequence[_Accumulator],
        test: Node | None,
    ) -> None:
        """Write the loops of a nest from `depth` on."""
        pad, variable = " " * depth, loop_variable(depth)
        low, high = "0", str(axes[depth].extent)
        # What adds up in this loop has its place among the loops outside it.
        here = [a for a in accumulators if set(a.free) <= set(axes[:depth])]
        begin = [f"{a.name}_{depth} = 0.0" for a in here]
        end = []
        for a in here:
            further = depth and set(a.free) <= set(axes[: depth - 1])
            place = f"{a.name}_{depth - 1}" if further else _element(a)
            end.append(f"{place} += {a.name}_{depth}")
        if depth < len(axes) - 1:
            lines.extend(pad + line for line in begin)
            lines.append(f"{pad}for {variable} in _range({low}, {high}):")
            self._loop(lines, axes, depth + 1, accumulators, test)
            lines.extend(pad + line for line in end)
            return
        where = {axis: Linear(0, ((loop_variable(k), 1),)) for k, axis in enumerate(axes)}
        limits = bounds(test, axes[depth], where)
        if limits is not None:
            low, high = limits

        def add() -> None:
            if test is not None:
                self.points.body.known.add((test.serial, tuple(where[a] for a in test.axes)))
            for a in accumulators:
                self._add_up(a.item, a.at, f"{a.name}_{depth}" if a in here else _element(a))

        def write() -> None:
            free = test is None or limits is not None
            self._guarded("" if free or test is None else self.points.truth(test, where), add)

        self._pieces(lines, pad, (low, high), variable, begin, end, write)

    # --- what is added afterwards ----------------------------------------------------------------

    def _added(self, added: Added) -> None:
        points = self.points
        where = {**added.fixed}
        lines: list[str] = []
        for k, axis in enumerate(added.axes):
            where[axis] = Linear(0, ((loop_variable(k), 1),))
        offset = self.offsets[added.item.serial]
        flat = Linear(0)
        for length, part in zip(added.item.shape, added.index, strict=True):
            flat = flat.scaled(length).plus(linear(part, where))
        place = f"_o[{number(flat.plus(Linear(offset)))}]"

        def add() -> None:
            text = points.value(added.node, where)
            points.line(f"{place} += {text if added.times == 1.0 else f'{added.times!r}*{text}'}")

        for k, axis in enumerate(added.axes):
            lines.append(f"{' ' * k}for {loop_variable(k)} in _range({axis.extent}):")
        if not added.axes:
            add()
            return
        self._body(lines, " " * len(added.axes), add)
        points.body.lines += lines


def _element(accumulator: _Accumulator) -> str:
    """Return where a sum is complete."""
    if not accumulator.free:
        return accumulator.name
    flat = Linear(0)
    for axis in accumulator.free:
        flat = flat.scaled(axis.extent).plus(accumulator.at[axis])
    return f"{accumulator.name}[{number(flat)}]"


def _test(ranges: Sequence[tuple[int, int]]) -> str:
    return " and ".join(
        f"{low} <= {loop_variable(k)} < {high}" for k, (low, high) in enumerate(ranges)
    )


def _outside(ranges: Ranges, trips: tuple[int, ...] | None) -> str:
    """Return the condition of a part at the borders; "" where it always holds."""
    if trips is None or all((0, t) == r for r, t in zip(ranges, trips, strict=True)):
        return ""
    return _test(ranges)
