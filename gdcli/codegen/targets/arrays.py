"""Programs with axes → NumPy code that works in blocks, writes into buffers, and calls BLAS.

The schedule says what is computed where; `elementwise` turns nodes into passes, `reductions` sums
of products into dots and matrix products, `scattering` adjoints of accesses into slices that are
added to. Here they become one function of flat vectors: the variables `_z`, the direction `_y`,
and the output `_o`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, assert_never

from numpy.typing import NDArray

from gdcli.codegen import contractions
from gdcli.codegen.costs import is_view
from gdcli.codegen.plan import Placed, Program
from gdcli.codegen.schedule import Loop, Place, entry_value, schedule
from gdcli.codegen.targets import reductions, scattering
from gdcli.codegen.targets.elementwise import Value
from gdcli.codegen.targets.nodes import NodeWriter, truths
from gdcli.codegen.targets.scattering import Filling
from gdcli.codegen.targets.scopes import Scope
from gdcli.codegen.targets.views import Block
from gdcli.codegen.targets.writer import Writer
from gdcli.graph.nodes import (
    Access,
    Apply,
    Array,
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
from gdcli.graph.walk import Item

ENTRY = "_program"


def generate(program: Program, data: Mapping[int, NDArray[Any]]) -> tuple[str, dict[str, Any]]:
    """Return the text of a function `_program(_z, _y)`, and what the text refers to.

    Args:
        program: What to compute.
        data: The data arrays by their leaf's offset.

    Raises:
        IndexError: An index in the data is out of range.
    """
    return _Generator(program, data).generate()


class _Generator:
    def __init__(self, program: Program, data: Mapping[int, NDArray[Any]]) -> None:
        self.program = program
        self.schedule = schedule(program)
        self.reads = self.schedule.reads
        self.writer = Writer(program.inputs, data, truths(program))
        self.nodes = NodeWriter(self.writer, program)
        self.fillings: dict[int, Filling] = {}
        self.accumulators: dict[int, list[reductions.Accumulator]] = {}
        # Outputs that are not computed in place: leaves, inverses, and an array's second place.
        self.copied: list[Placed] = []
        # Numbers of the entries of arrays that are added outside loops, and in the present loop.
        self.outside: dict[int, list[int]] = {}
        self.inside: dict[int, list[int]] = {}
        # The only reader of a value, where that is an array filled outside loops.
        self.outside_entries: dict[int, tuple[Collect | Scatter, int]] = {}

    def generate(self) -> tuple[str, dict[str, Any]]:
        program, writer = self.program, self.writer
        self._output()
        self._count_outside()
        for number, stage in enumerate(self.schedule.stages):
            writer.scope.planned = {item.serial for item in stage.items}
            for item in stage.items:
                self._item(item)
            for loop in stage.loops:
                self._loop(loop, Place(number, loop.axis))
        for placed in self.copied:
            stop = placed.offset + math.prod(placed.array.shape)
            writer.line(f"_o[{placed.offset}:{stop}] = {writer.flat(placed.array)}")
        parts = []
        if program.value is not None:
            parts.append(f"{writer.function('float')}({writer.value(program.value).text})")
        if program.size:
            parts.append("_o")
        writer.line(f"return {', '.join(parts)}")
        head = f"def {ENTRY}(_z, _y=()):\n "
        return head + "\n ".join(writer.outside.lines) + "\n", writer.constants

    def _output(self) -> None:
        """Write the output vector, and say which arrays are parts of it."""
        program, writer = self.program, self.writer
        if not program.size:
            return
        covered = sum(math.prod(placed.array.shape) for placed in program.outputs)
        make = writer.function("empty" if covered == program.size else "zeros")
        writer.line(f"_o = {make}({program.size})")
        for placed in program.outputs:
            array = placed.array
            stop = placed.offset + math.prod(array.shape)
            if isinstance(array, (Leaf, Inverse)) or array.serial in writer.arrays:
                self.copied.append(placed)
                continue
            name = "_o"
            if stop - placed.offset < program.size:
                name = writer.names.new("o")
                writer.line(f"{name} = _o[{placed.offset}:{stop}]")
            writer.arrays[array.serial] = name

    def _count_outside(self) -> None:
        """Count how often what is computed outside loops is read; inside loops counts for ever."""
        left = self.writer.outside.left
        for stage in self.schedule.stages:
            for item in stage.items:
                left.update(node.serial for node in self._outside_reads(item))
                if isinstance(item, (Collect, Scatter)):
                    numbers = self._numbers_outside(item)
                    if len(numbers) == len(self.reads[item.serial]):
                        for number in numbers:
                            value = entry_value(item, number)
                            self.outside_entries[value.serial] = (item, number)
            for loop in stage.loops:
                for node in loop.nodes:
                    left.update(operand.serial for operand in self.reads[node.serial])
                for item, number in loop.entries:
                    left[entry_value(item, number).serial] += 1
        if self.program.value is not None:
            left[self.program.value.serial] += 1

    def _outside_reads(self, item: Item) -> list[Node]:
        """Return the nodes that an item reads where it stands outside loops."""
        if isinstance(item, Reduce):
            loop = self.schedule.accumulated.get(item.serial)
            return [
                operand.node
                for term in contractions.terms(item)
                if loop is None or loop not in term.bound
                for operand in term.operands
            ]
        if isinstance(item, (Collect, Scatter)):
            return [entry_value(item, k) for k in self._numbers_outside(item)]
        return [i for i in self.reads[item.serial] if not isinstance(i, Array)]

    def _numbers_outside(self, item: Collect | Scatter) -> list[int]:
        found = self.outside.get(item.serial)
        if found is None:
            homes = self.schedule.homes
            found = [
                k for k, v in enumerate(self.reads[item.serial]) if homes[v.serial].axis is None
            ]
            self.outside[item.serial] = found
        return found

    # --- outside loops ---------------------------------------------------------------------------

    def _item(self, item: Item) -> None:
        writer = self.writer
        match item:
            case Leaf():
                return
            case Collect() | Scatter():
                numbers = self._numbers_outside(item)
                filling = self._filling(item, numbers)
                for number in numbers:
                    self._entry(filling, number)
            case Inverse():
                name = writer.names.new("f")
                matrix = writer.shaped(item.operand)
                writer.line(f"{name} = {writer.function('inverse')}({matrix}).reshape(-1)")
                writer.arrays[item.serial] = name
            case Determinant():
                name = writer.names.new("t")
                matrix = writer.shaped(item.operand)
                writer.line(f"{name} = {writer.function(item.function)}({matrix})")
                writer.scope.here[item.serial] = Value(name)
            case Reduce() if item.serial in self.accumulators:
                parts = self.accumulators.pop(item.serial)
                writer.scope.here[item.serial] = reductions.finish(writer, item, parts)
                writer.read(self._outside_reads(item))
            case Number() | Position() | Access() | Sum() | Product() | Apply() | Reduce():
                self._compute(item, self.outside_entries.get(item.serial))
            case _:
                assert_never(item)

    def _compute(
        self, node: Node, entry: tuple[Collect | Scatter, int] | None, into: str | None = None
    ) -> None:
        """Write a node, straight into its place in an array where only that reads it."""
        writer = self.writer
        if is_view(node):
            return
        filling = None
        if entry is not None and into is None and writer.scope.left[node.serial] == 1:
            item, number = entry
            if node.axes:
                filling = self._filling(item, self._numbers_here(item))
                into = scattering.destination(writer, filling, number)
        self.nodes.write(node, into)
        if filling is not None and entry is not None and into is not None:
            filling.there.add(entry[1])
        read = [item for item in self.reads[node.serial] if not isinstance(item, Array)]
        writer.read(read, self.nodes.result)

    # --- arrays that are filled ------------------------------------------------------------------

    def _numbers_here(self, item: Collect | Scatter) -> list[int]:
        """Return the entries of an array that are added in the present scope."""
        axis = self.writer.scope.block.axis
        if axis is None:
            return self._numbers_outside(item)
        return self.inside[item.serial]

    def _filling(self, item: Collect | Scatter, numbers: list[int]) -> Filling:
        """Return how an array is filled in the present scope; begin with it if need be."""
        writer = self.writer
        found = self.fillings.get(item.serial)
        if found is not None and found.scope is writer.scope:
            return found
        if found is not None:
            found = Filling(item, found.entries, writer.scope)
        else:
            if item.serial not in writer.arrays:
                name = writer.arrays[item.serial] = writer.names.new("g")
                size = math.prod(item.shape)
                writer.outer(f"{name} = {writer.function('empty')}({size})")
            found = scattering.begin(writer, item, numbers)
        self.fillings[item.serial] = found
        return found

    def _entry(self, filling: Filling, number: int) -> None:
        """Write an entry, and note that its value has been read."""
        for written in scattering.add(self.writer, filling, number):
            self.writer.read((filling.entries[written].value,))

    # --- loops -----------------------------------------------------------------------------------

    def _loop(self, loop: Loop, place: Place) -> None:
        writer = self.writer
        scope = writer.scope = Scope(writer.names, Block(loop.axis), loop.block)
        self.inside = {}
        for item, number in loop.entries:
            self.inside.setdefault(item.serial, []).append(number)
        by_value: dict[int, list[tuple[Collect | Scatter, int]]] = {}
        for node in loop.nodes:
            scope.left.update(n.serial for n in self._loop_reads(node, loop))
        for item, number in loop.entries:
            value = entry_value(item, number)
            scope.left[value.serial] += 1
            by_value.setdefault(value.serial, []).append((item, number))
        for item, _ in loop.entries:
            self._filling(item, self._numbers_here(item))
        computed = scope.planned = {node.serial for node in loop.nodes}
        for item, number in loop.entries:
            if entry_value(item, number).serial not in computed:
                self._entry(self._filling(item, []), number)
        for node in loop.nodes:
            if self.schedule.accumulated.get(node.serial) == loop.axis:
                assert isinstance(node, Reduce)
                parts = reductions.accumulators(writer, node, loop.axis)
                self.accumulators[node.serial] = parts
                reductions.accumulate(writer, node, parts)
                writer.read(self._loop_reads(node, loop))
                continue
            entries = by_value.get(node.serial, [])
            into = None
            if node.serial in self.schedule.stored and self.schedule.homes[node.serial] == place:
                into = writer.store(node)
            self._compute(node, entries[0] if entries else None, into)
            for item, number in entries:
                self._entry(self._filling(item, []), number)
        writer.scope = writer.outside
        self._close(loop, scope)

    def _loop_reads(self, node: Node, loop: Loop) -> list[Node]:
        """Return the nodes that a node reads in a loop."""
        if isinstance(node, Reduce) and self.schedule.accumulated.get(node.serial) == loop.axis:
            return [
                operand.node
                for term in contractions.terms(node)
                if loop.axis in term.bound
                for operand in term.operands
            ]
        return [i for i in self.reads[node.serial] if not isinstance(i, Array)]

    def _close(self, loop: Loop, scope: Scope) -> None:
        """Write a loop around the statements of its body."""
        writer = self.writer
        lines = writer.outside.lines
        lines.extend(scope.before)
        extent, block = loop.axis.extent, loop.block
        if extent <= block:
            lines.append(f"_lo, _hi = 0, {extent}")
            lines.extend(scope.lines)
            return
        lines.append(f"for _lo in {writer.function('range')}(0, {extent}, {block}):")
        lines.append(f" _hi = _lo+{block}")
        cuts = list(scope.shortened())
        if extent % block:
            lines.append(f" if _hi > {extent}:")
            lines.append(f"  _hi = {extent}")
            lines.extend(f"  {cut}" for cut in cuts)
        lines.extend(f" {line}" for line in scope.lines)
