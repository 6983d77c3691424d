"""The statements of one generated function: values, their alignment, and passes into buffers."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gdcli.codegen import special
from gdcli.codegen.operations import OPERATIONS
from gdcli.codegen.targets import views
from gdcli.codegen.targets.elementwise import Argument, Recipe, Slot, Value, literal
from gdcli.codegen.targets.scopes import Names, Scope
from gdcli.codegen.targets.views import Block
from gdcli.graph.interning import index_axes, union_axes
from gdcli.graph.nodes import (
    Access,
    Affine,
    Array,
    Axis,
    Index,
    Leaf,
    Lookup,
    Node,
    Number,
    Position,
)

FUNCTIONS: Mapping[str, Any] = {
    "add": np.add,
    "subtract": np.subtract,
    "multiply": np.multiply,
    "divide": np.divide,
    "negative": np.negative,
    "copyto": np.copyto,
    "empty": np.empty,
    "zeros": np.zeros,
    "full": np.full,
    "dot": np.dot,
    "vdot": np.vdot,
    "vecdot": np.vecdot,
    "matmul": np.matmul,
    "take": np.take,
    "add_at": views.add_at,
    "range": range,
    "bool": np.bool_,
    "n": np.float64,
    "inf": np.float64(np.inf),
    "nan": np.float64(np.nan),
    "float": float,
    "strided": views.make_strided,
    "product": special.batched_product,
    "summed_softplus": special.summed_softplus,
    "softplus_sigmoid": special.softplus_sigmoid,
    "summed_softplus_sigmoid": special.summed_softplus_sigmoid,
    "inverse": special.inverse,
    "det": special.determinant,
    "logdet": special.log_determinant,
}

_BY_KEYWORD = frozenset(("max", "min"))
"""Functions that must be given `out` by name: np.maximum warns of a third argument."""


class Writer:
    """What all parts of the array target write with.

    Attributes:
        names: The supply of generated names.
        outside: The scope outside loops.
        scope: Where statements go now.
        constants: What the text refers to, by name.
        truths: Serials of conditions that are kept as truth values.
        arrays: The names of arrays as flat vectors, by serial number.
        inputs: How many variables there are in all.
    """

    def __init__(
        self, inputs: int, data: Mapping[int, NDArray[Any]], truths: frozenset[int]
    ) -> None:
        self.inputs = inputs
        self.data = data
        self.names = Names()
        self.outside = self.scope = Scope(self.names, Block())
        self.constants: dict[str, Any] = {
            f"_{name}": FUNCTIONS[name] for name in ("empty", "bool", "inf", "nan")
        }
        self.truths = truths
        self.arrays: dict[int, str] = {}
        self._shaped: dict[int, str] = {}
        self._stored: dict[int, str] = {}

    # --- text ------------------------------------------------------------------------------------

    def line(self, text: str) -> None:
        """Write a statement where statements go now."""
        self.scope.lines.append(text)

    def outer(self, text: str) -> None:
        """Write a statement that must stand outside loops: before the loop, if in one."""
        lines = self.scope.lines if self.scope is self.outside else self.scope.before
        lines.append(text)

    def function(self, name: str) -> str:
        """Return the name under which generated code knows a function."""
        if name in FUNCTIONS:
            self.constants[f"_{name}"] = FUNCTIONS[name]
        else:
            self.constants[f"_{name}"] = OPERATIONS[name].array
        return f"_{name}"

    def call(self, function: str, arguments: Sequence[str], out: str) -> None:
        """Write a call that puts its result into `out`."""
        keyword = "out=" if function in _BY_KEYWORD else ""
        self.line(f"{self.function(function)}({', '.join(arguments)}, {keyword}{out})")

    def named(self, text: str) -> str:
        """Return a name for what `text` says."""
        if text.isidentifier():
            return text
        name = self.names.new("v")
        self.line(f"{name} = {text}")
        return name

    def constant(self, letter: str, value: Any) -> str:
        """Return a new name for a constant array."""
        name = self.names.new(letter)
        self.constants[name] = value
        return name

    # --- arrays ----------------------------------------------------------------------------------

    def flat(self, array: Array) -> str:
        """Return the name of an array's elements as a flat vector."""
        found = self.arrays.get(array.serial)
        if found is None:
            if not isinstance(array, Leaf):
                raise KeyError(array.serial)
            if array.role == "data":
                values = np.ascontiguousarray(self.data[array.offset], dtype=np.float64)
                found = self.constant("d", values.reshape(-1))
            else:
                size = math.prod(array.shape)
                found = whole = "_z" if array.role == "variable" else "_y"
                if array.role == "direction" or size < self.inputs:
                    found = self.names.new("f")
                    self.outer(f"{found} = {whole}[{array.offset}:{array.offset + size}]")
            self.arrays[array.serial] = found
        return found

    def shaped(self, array: Array) -> str:
        """Return the name of an array with its dimensions."""
        flat = self.flat(array)
        if len(array.shape) == 1:
            return flat
        found = self._shaped.get(array.serial)
        if found is None:
            found = self._shaped[array.serial] = self.names.new("f")
            self.outer(f"{found} = {flat}.reshape({array.shape})")
        return found

    def region(self, array: Array, index: Sequence[Index], axes: tuple[Axis, ...]) -> str:
        """Return the text of an affine access to an array, as a view along `axes`."""
        if not axes:
            base, _ = views.strides(array.shape, index)
            return f"{self.flat(array)}[{base}]"
        if views.is_sliced(index):
            return views.sliced(self.shaped(array), array.shape, index, self.scope.block)
        self.function("strided")
        return views.strided(self.flat(array), array.shape, index, axes, self.scope.block)

    def positions(self, array: Array, index: Sequence[Index]) -> tuple[str, tuple[Axis, ...]]:
        """Return the text of an access's places in C order, and its axes."""
        tables = {
            table.offset: np.asarray(self.data[table.offset], dtype=np.int64)
            for part in index
            if isinstance(part, Lookup)
            for table in _tables(part)
        }
        axes = union_axes(index_axes(part) for part in index)
        name = self.constant("x", views.positions(array.shape, index, tables))
        return name + self._cut(axes), axes

    def _cut(self, axes: tuple[Axis, ...]) -> str:
        """Return the subscript that takes the present block of an array along `axes`."""
        axis = self.scope.block.axis
        if axis is None or axis not in axes:
            return ""
        return f"[{':, ' * axes.index(axis)}_lo:_hi]"

    # --- values ----------------------------------------------------------------------------------

    def value(self, node: Node) -> Value:
        """Return what stands for a node here: a number, something computed, or a view."""
        if isinstance(node, Number):
            return literal(node.value)
        found = self.scope.here.get(node.serial)
        if found is None and (self.scope.block.axis not in node.axes or not node.axes):
            found = self.outside.here.get(node.serial)
        if found is None:
            found = self._viewed(node)
        return found

    def _viewed(self, node: Node) -> Value:
        varies = self.scope.block.axis in node.axes
        inner = self.scope
        if not varies and inner is not self.outside:
            # The same in every block: a view that is made before the loop.
            self.scope = Scope(self.names, Block(), lines=inner.before, before=inner.before)
        text = self._widened(node) if self._is_narrow(node) and varies else self._view_text(node)
        truth = node.serial in self.truths
        value = Value(self.named(text), node.axes, truth)
        self.scope = inner
        (inner if varies else self.outside).here[node.serial] = value
        return value

    def _view_text(self, node: Node) -> str:
        stored = self._stored.get(node.serial)
        if stored is not None:
            return stored + self._cut(node.axes)
        whole = self.outside.here.get(node.serial)
        if whole is not None:
            return whole.text + self._cut(node.axes)
        if isinstance(node, Position):
            streams = self.scope.block.axis == node.axis
            extent = self.scope.size if streams else node.axis.extent
            name = f"_r{extent}"
            self.constants[name] = np.arange(extent, dtype=np.float64)
            return f"{name}[:_hi-_lo]+_lo" if streams and extent < node.axis.extent else name
        if isinstance(node, Access):
            return self.region(node.array, node.index, node.axes)
        raise KeyError(f"{type(node).__name__} {node.serial} is not there")

    def _is_narrow(self, node: Node) -> bool:
        """Whether a node reads single-precision data by slices."""
        return (
            isinstance(node, Access)
            and isinstance(node.array, Leaf)
            and node.array.role == "data"
            and self.data[node.array.offset].dtype == np.float32
            and all(isinstance(part, Affine) for part in node.index)
        )

    def _widened(self, node: Node) -> str:
        """Write the present block of single-precision data into a buffer; return its name.

        Widened whole, the data would take three times their memory; not at all, NumPy would
        compute with them in single precision, or widen what it needs again in every function.
        """
        assert isinstance(node, Access) and isinstance(node.array, Leaf)
        leaf, index, block = node.array, node.index, self.scope.block
        values = np.ascontiguousarray(self.data[leaf.offset]).reshape(leaf.shape)
        if views.is_sliced(index):
            text = views.sliced(self.constant("d", values), leaf.shape, index, block)
        else:
            self.function("strided")
            flat = self.constant("d", values.reshape(-1))
            text = views.strided(flat, leaf.shape, index, node.axes, block)
        name = self.scope.buffer(node.axes)
        self.line(f"{self.function('copyto')}({name}, {text})")
        return name

    def store(self, node: Node) -> str:
        """Return the text of the view where the present block of a stored node belongs."""
        name = self._stored[node.serial] = self.names.new("w")
        kind = f", {self.function('bool')}" if node.serial in self.truths else ""
        lengths = "".join(f"{axis.extent}," for axis in node.axes)
        self.outer(f"{name} = {self.function('empty')}(({lengths}){kind})")
        return name + self._cut(node.axes)

    def aligned(self, value: Argument, text: str, axes: tuple[Axis, ...]) -> str:
        """Return `text` with dimensions of length 1 where it lacks one of `axes`."""
        own = value.axes
        if not own or own == axes[len(axes) - len(own) :]:
            return text
        first = next(k for k, axis in enumerate(axes) if axis in own)
        parts = [":" if axis in own else "None" for axis in axes[first:]]
        return f"{text}[{', '.join(parts)}]"

    # --- reading and releasing -------------------------------------------------------------------

    def dying(self, nodes: Sequence[Node]) -> set[str]:
        """Return the buffers of those nodes that nothing but this statement will read."""
        count = Counter(node.serial for node in nodes)
        left, here = self.scope.left, self.scope.here
        return {here[n].text for n, uses in count.items() if n in here and left[n] == uses}

    def read(self, nodes: Iterable[Node], keep: str = "") -> None:
        """Note that a statement has read these nodes; release what no other will, but `keep`."""
        left, here = self.scope.left, self.scope.here
        for node in nodes:
            left[node.serial] -= 1
            if left[node.serial] == 0 and node.serial in here:
                name = here[node.serial].text
                if name != keep:
                    self.scope.release(name)

    # --- passes ----------------------------------------------------------------------------------

    def run(self, recipe: Recipe, dying: set[str], into: str | None = None) -> str:
        """Write the passes of a recipe; return the name of the result.

        Args:
            recipe: The passes.
            dying: Names of buffers that may be written over once they were read.
            into: The text of a view to write to.
        """
        result = recipe.result
        if into is None:
            into = self._taken(recipe, dying) or self.scope.buffer(result.axes, result.truth)
        else:
            into = self.named(into)
        slots = {0: into}
        last = {
            argument.number: k
            for k, step in enumerate(recipe.passes)
            for argument in step.arguments
            if isinstance(argument, Slot)
        }
        for k, step in enumerate(recipe.passes):
            if step.out.number not in slots:
                slots[step.out.number] = self.scope.buffer(step.out.axes, step.out.truth)
            out = slots[step.out.number]
            arguments = [
                self.aligned(a, slots[a.number] if isinstance(a, Slot) else a.text, step.out.axes)
                for a in step.arguments
            ]
            if step.function != "copy":
                self.call(step.function, arguments, out)
            elif len(arguments) == 2:
                copy = self.function("copyto")
                self.line(f"{copy}({out}, {arguments[0]}, 'same_kind', {arguments[1]})")
            elif arguments[0] != out:
                self.line(f"{self.function('copyto')}({out}, {arguments[0]})")
            for number in [n for n in slots if n > 0 and last.get(n, k) == k]:
                self.scope.release(slots.pop(number))
        return into

    def _taken(self, recipe: Recipe, dying: set[str]) -> str | None:
        """Return a buffer that is read for the last time before the result is first written."""
        first = next(k for k, step in enumerate(recipe.passes) if step.out.number == 0)
        late = {
            a.text for s in recipe.passes[first + 1 :] for a in s.arguments if isinstance(a, Value)
        }
        for step in recipe.passes[: first + 1]:
            for a in step.arguments:
                if (
                    isinstance(a, Value)
                    and a.text in dying
                    and a.text not in late
                    and self.scope.owns(a.text, recipe.result.axes, recipe.result.truth)
                ):
                    return a.text
        return None


def _tables(part: Lookup) -> list[Leaf]:
    return [part.table]
