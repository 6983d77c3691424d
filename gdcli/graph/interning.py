"""`Graph`: the only maker of nodes. Equal requests return the identical node.

The constructors fold what is certain whatever the variables are: numbers, coefficients, empty sums,
whole powers. They never drop a term that could be NaN or infinite (`0*log(x)`, `x/x`, `x - x` keep
their operand), so that folding cannot turn an undefined value into a number.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any, Literal

from gdcli.graph.nodes import (
    Access,
    Affine,
    Apply,
    Array,
    Axis,
    Collect,
    Determinant,
    Index,
    Inverse,
    Leaf,
    LeafRole,
    Lookup,
    Node,
    Number,
    Position,
    Product,
    Reduce,
    ReduceOperator,
    Scatter,
    ScatterEntry,
    Sum,
)


def index_axes(index: Index) -> tuple[Axis, ...]:
    """Return the axes along which an index varies."""
    if isinstance(index, Affine):
        return tuple(axis for axis, _ in index.terms)
    return union_axes(part_axes for part in index.position for part_axes in (index_axes(part),))


def along(axes: Iterable[Axis]) -> tuple[Affine, ...]:
    """Return the index of an array whose dimensions run along these axes, one each."""
    return tuple(Affine(0, ((axis, 1),)) for axis in axes)


def union_axes(parts: Iterable[tuple[Axis, ...]]) -> tuple[Axis, ...]:
    """Return the union of several sets of axes, sorted by axis number."""
    found: dict[int, Axis] = {}
    last: tuple[Axis, ...] | None = None
    for axes in parts:
        if axes and axes is not last:
            last = axes
            for axis in axes:
                found[axis.number] = axis
    if not found:
        return ()
    if last is not None and len(last) == len(found):
        return last
    return tuple(found[number] for number in sorted(found))


class Graph:
    """A store of interned nodes. One graph holds a formula and all its derivatives."""

    def __init__(self) -> None:
        self._nodes: dict[Any, Any] = {}
        self._serial = 0

    def __len__(self) -> int:
        """Return how many nodes and arrays were made."""
        return self._serial

    def _next(self) -> int:
        self._serial += 1
        return self._serial

    # --- arrays --------------------------------------------------------------------------------

    def leaf(self, role: LeafRole, name: str, shape: tuple[int, ...], offset: int) -> Leaf:
        """Return the variable, data array or direction of this name."""
        key = ("leaf", role, name, shape, offset)
        found: Leaf | None = self._nodes.get(key)
        if found is None:
            found = self._nodes[key] = Leaf(self._next(), role, name, shape, offset)
        return found

    def collect(self, body: Node, axes: tuple[Axis, ...]) -> Array:
        """Return `body` laid out along `axes`; an array accessed whole is returned as it is."""
        if isinstance(body, Access) and body.index == tuple(Affine(0, ((a, 1),)) for a in axes):
            extents = tuple(axis.extent for axis in axes)
            if body.array.shape == extents:
                return body.array
        key = ("collect", body.serial, axes)
        found: Collect | None = self._nodes.get(key)
        if found is None:
            found = self._nodes[key] = Collect(self._next(), body, axes)
        return found

    def scatter(self, shape: tuple[int, ...], entries: Sequence[ScatterEntry]) -> Scatter:
        """Return zeros of `shape` to which every entry adds."""
        kept = tuple(e for e in entries if not (isinstance(e.value, Number) and e.value.value == 0))
        key = (
            "scatter",
            shape,
            tuple((self._index_key(e.index), e.axes, e.value.serial) for e in kept),
        )
        found: Scatter | None = self._nodes.get(key)
        if found is None:
            found = self._nodes[key] = Scatter(self._next(), shape, kept)
        return found

    def inverse(self, operand: Array) -> Inverse:
        """Return the inverse of a square array."""
        key = ("inverse", operand.serial)
        found: Inverse | None = self._nodes.get(key)
        if found is None:
            found = self._nodes[key] = Inverse(self._next(), operand)
        return found

    # --- leaves of nodes -----------------------------------------------------------------------

    def number(self, value: float) -> Number:
        """Return a literal. Zeros of both signs are one, and so are all NaNs."""
        key = ("number", value if value == value else "nan")
        found: Number | None = self._nodes.get(key)
        if found is None:
            found = self._nodes[key] = Number(self._next(), float(value) + 0.0)
        return found

    def position(self, axis: Axis) -> Node:
        """Return the index value along an axis."""
        if axis.extent == 1:
            return self.number(0.0)
        key = ("position", axis)
        found: Position | None = self._nodes.get(key)
        if found is None:
            found = self._nodes[key] = Position(self._next(), axis, (axis,))
        return found

    def access(self, array: Array, index: tuple[Index, ...]) -> Access:
        """Return `array[index]`. Ranges are the caller's business."""
        key = ("access", array.serial, self._index_key(index))
        found: Access | None = self._nodes.get(key)
        if found is None:
            axes = union_axes(index_axes(part) for part in index)
            found = self._nodes[key] = Access(self._next(), array, index, axes)
        return found

    def determinant(self, function: Literal["det", "logdet"], operand: Array) -> Determinant:
        """Return the determinant, or its logarithm, of a square array."""
        key = (function, operand.serial)
        found: Determinant | None = self._nodes.get(key)
        if found is None:
            found = self._nodes[key] = Determinant(self._next(), function, operand)
        return found

    # --- arithmetic ----------------------------------------------------------------------------

    def add(self, terms: Iterable[tuple[float, Node]], constant: float = 0.0) -> Node:
        """Return `constant + Σ coefficient·node`, with equal nodes collected."""
        collected: dict[int, float] = {}
        nodes: dict[int, Node] = {}
        for coefficient, node in terms:
            if type(node) is Number:
                constant += coefficient * node.value
                continue
            if type(node) is Sum and len(node.terms) == 1 and node.constant == 0.0:
                coefficient *= node.coefficients[0]
                node = node.terms[0]
            serial = node.serial
            if serial in collected:
                collected[serial] += coefficient
            else:
                collected[serial] = coefficient
                nodes[serial] = node
        if not collected:
            return self.number(constant)
        serials = sorted(collected)
        if len(serials) == 1 and constant == 0.0 and collected[serials[0]] == 1.0:
            return nodes[serials[0]]
        coefficients = tuple(collected[s] for s in serials)
        key = ("sum", tuple(serials), coefficients, constant)
        found: Sum | None = self._nodes.get(key)
        if found is None:
            kept = tuple(nodes[s] for s in serials)
            axes = union_axes(node.axes for node in kept)
            found = Sum(self._next(), kept, coefficients, constant, axes)
            self._nodes[key] = found
        return found

    def scale(self, coefficient: float, node: Node) -> Node:
        """Return `coefficient·node`."""
        return node if coefficient == 1.0 else self.add(((coefficient, node),))

    def multiply(self, factors: Iterable[tuple[Node, int]]) -> Node:
        """Return `Π node**exponent` for whole exponents; a negative exponent divides."""
        coefficient = 1.0
        collected: dict[tuple[int, bool], int] = {}
        nodes: dict[int, Node] = {}
        for node, exponent in factors:
            if exponent == 0:
                continue
            if type(node) is Sum and len(node.terms) == 1 and node.constant == 0.0:
                power = _number_power(node.coefficients[0], exponent)
                if power is not None:
                    coefficient *= power
                    node = node.terms[0]
            if type(node) is Number:
                power = _number_power(node.value, exponent)
                if power is None:
                    power = math.copysign(math.inf, node.value) if exponent % 2 else math.inf
                coefficient *= power
                continue
            if type(node) is Product and len(node.factors) == 1 and node.exponents[0] > 0:
                exponent *= node.exponents[0]
                node = node.factors[0]
            key = (node.serial, exponent > 0)
            collected[key] = collected.get(key, 0) + exponent
            nodes[node.serial] = node
        if not collected:
            return self.number(coefficient)
        keys = sorted(collected)
        if len(keys) == 1 and collected[keys[0]] == 1:
            return self.scale(coefficient, nodes[keys[0][0]])
        exponents = tuple(collected[k] for k in keys)
        table_key = ("product", tuple(k[0] for k in keys), exponents)
        found: Product | None = self._nodes.get(table_key)
        if found is None:
            kept = tuple(nodes[k[0]] for k in keys)
            axes = union_axes(node.axes for node in kept)
            found = self._nodes[table_key] = Product(self._next(), kept, exponents, axes)
        return self.scale(coefficient, found)

    def apply(self, function: str, *arguments: Node) -> Node:
        """Return an elementwise function of nodes; nothing is folded here."""
        key = (function, tuple(a.serial for a in arguments))
        found: Apply | None = self._nodes.get(key)
        if found is None:
            axes = union_axes(a.axes for a in arguments)
            found = self._nodes[key] = Apply(self._next(), function, arguments, axes)
        return found

    def reduce(self, operator: ReduceOperator, bound: Sequence[Axis], body: Node) -> Node:
        """Return `operator` over `bound` axes of `body`.

        A sum over an axis that `body` lacks multiplies, and so on; an empty axis gives 0 for sums
        and 1 for products, and is an error (ValueError) for max and min.
        """
        inside = tuple(a for a in body.axes if a in bound)
        outside = 1
        for axis in bound:
            if axis not in inside:
                outside *= axis.extent
        empty = outside == 0 or any(axis.extent == 0 for axis in inside)
        if empty:
            if operator in ("max", "min"):
                raise ValueError(f"{operator} of nothing")
            return self.number(0.0 if operator == "sum" else 1.0)
        if inside:
            key = ("reduce", operator, inside, body.serial)
            found: Reduce | None = self._nodes.get(key)
            if found is None:
                axes = tuple(a for a in body.axes if a not in inside)
                found = self._nodes[key] = Reduce(self._next(), operator, inside, body, axes)
            body = found
        if outside == 1 or operator in ("max", "min"):
            return body
        if operator == "sum":
            return self.scale(float(outside), body)
        return self.multiply(((body, outside),))

    # --- keys ----------------------------------------------------------------------------------

    def _index_key(self, index: tuple[Index, ...]) -> tuple[Any, ...]:
        return tuple(
            (part.table.serial, part.position) if isinstance(part, Lookup) else part
            for part in index
        )


def _number_power(value: float, exponent: int) -> float | None:
    """Return `value**exponent`, or None where that overflows or divides by zero."""
    try:
        power: float = value**exponent
    except (OverflowError, ZeroDivisionError):
        return None
    return power
