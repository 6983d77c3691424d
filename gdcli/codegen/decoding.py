"""The way back from JSON to a `Program`, for `codec`: nothing is believed."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any, Literal, TypeGuard, cast

from gdcli.codegen.operations import allowed
from gdcli.codegen.plan import Placed, Program
from gdcli.graph.interning import index_axes, union_axes
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
from gdcli.graph.walk import Item

_MOST_ELEMENTS = 2**48
_LARGEST_POWER = 2**31
_SPECIAL = {"inf": math.inf, "-inf": -math.inf, "nan": math.nan}


class Damaged(Exception):
    """What was read is not a program."""


class Decoder:
    """Rebuilds one program."""

    def __init__(self) -> None:
        self._axes: list[Axis] = []
        self._items: list[Item] = []

    def program(self, data: object) -> Program:
        """Return the program of this data.

        Raises:
            Damaged: It is none.
        """
        match data:
            case {
                "axes": [*axes],
                "items": [*rows],
                "value": value,
                "outputs": [*outputs],
                "size": size,
                "inputs": inputs,
            }:
                self._axes = [Axis(k, _count(extent)) for k, extent in enumerate(axes)]
            case _:
                raise Damaged("not a program")
        for row in rows:
            if not isinstance(row, list) or not row or not isinstance(row[0], str):
                raise Damaged("not a row")
            reader = _READERS.get(row[0])
            if reader is None:
                raise Damaged("no such item")
            try:
                self._items.append(reader(self, len(self._items) + 1, *row[1:]))
            except TypeError as error:
                raise Damaged("a row of the wrong length or kind") from error
        found = None if value is None else self._node(value)
        if found is not None and found.axes:
            raise Damaged("the value has axes")
        program = Program(
            tuple(self._items), found, self._outputs(outputs, size), size, _count(inputs)
        )
        self._check_leaves(program)
        return program

    def _outputs(self, outputs: list[Any], size: object) -> tuple[Placed, ...]:
        placed = []
        for pair in outputs:
            array, offset = self._pair(pair)
            found = Placed(self._array(array), _count(offset))
            placed.append(found)
        end = 0
        for one in sorted(placed, key=lambda p: p.offset):
            if one.offset < end:
                raise Damaged("outputs overlap")
            end = one.offset + math.prod(one.array.shape)
        if end > _count(size):
            raise Damaged("outputs beyond the end")
        return tuple(placed)

    def _check_leaves(self, program: Program) -> None:
        for item in program.items:
            if not isinstance(item, Leaf) or item.role != "variable":
                continue
            if item.offset + math.prod(item.shape) > program.inputs:
                raise Damaged("a variable beyond the end")

    # --- parts -----------------------------------------------------------------------------------

    def _item(self, place: object) -> Item:
        if not _is_whole(place) or not 0 <= place < len(self._items):
            raise Damaged("no such operand")
        return self._items[place]

    def _node(self, place: object) -> Node:
        item = self._item(place)
        if isinstance(item, Array):
            raise Damaged("an array where a node belongs")
        return item

    def _array(self, place: object) -> Array:
        item = self._item(place)
        if not isinstance(item, Array):
            raise Damaged("a node where an array belongs")
        return item

    def _square(self, place: object) -> Array:
        array = self._array(place)
        if len(array.shape) != 2 or array.shape[0] != array.shape[1]:
            raise Damaged("not a square array")
        return array

    def _axis(self, number: object) -> Axis:
        if not _is_whole(number) or not 0 <= number < len(self._axes):
            raise Damaged("no such axis")
        return self._axes[number]

    def _distinct(self, numbers: object) -> tuple[Axis, ...]:
        axes = tuple(self._axis(number) for number in _list(numbers))
        if len(set(axes)) != len(axes):
            raise Damaged("an axis twice")
        return axes

    def _pair(self, pair: object) -> tuple[Any, Any]:
        found = _list(pair)
        if len(found) != 2:
            raise Damaged("not a pair")
        return found[0], found[1]

    def _index(self, rows: object, shape: tuple[int, ...]) -> tuple[Index, ...]:
        listed = _list(rows)
        if len(listed) != len(shape):
            raise Damaged("wrong number of indices")
        index: list[Index] = []
        for row, extent in zip(listed, shape, strict=True):
            parts = _list(row)
            if len(parts) == 3 and parts[0] == "lookup":
                table = self._array(parts[1])
                if not isinstance(table, Leaf) or table.role != "data":
                    raise Damaged("not a table")
                where = tuple(self._affine(p) for p in _list(parts[2]))
                if len(where) != len(table.shape):
                    raise Damaged("wrong number of indices")
                for part, length in zip(where, table.shape, strict=True):
                    _within(part, length)
                index.append(Lookup(table, where))
            else:
                index.append(_within(self._affine(row), extent))
        return tuple(index)

    def _affine(self, row: object) -> Affine:
        offset, terms = self._pair(row)
        found = []
        for term in _list(terms):
            number, coefficient = self._pair(term)
            found.append((self._axis(number), _nonzero(coefficient)))
        if [a.number for a, _ in found] != sorted({a.number for a, _ in found}):
            raise Damaged("axes out of order")
        return Affine(_whole(offset), tuple(found))

    # --- items -----------------------------------------------------------------------------------

    def leaf(self, serial: int, role: Any, shape: Any, offset: Any) -> Item:
        if role not in ("variable", "data", "direction"):
            raise Damaged("no such role")
        return Leaf(serial, cast(LeafRole, role), f"_{serial}", _shape(shape), _count(offset))

    def number(self, serial: int, value: Any) -> Item:
        return Number(serial, _float(value))

    def position(self, serial: int, number: Any) -> Item:
        axis = self._axis(number)
        return Position(serial, axis, (axis,))

    def access(self, serial: int, place: Any, rows: Any) -> Item:
        array = self._array(place)
        index = self._index(rows, array.shape)
        return Access(serial, array, index, union_axes(index_axes(part) for part in index))

    def sum(self, serial: int, constant: Any, rows: Any) -> Item:
        pairs = [self._pair(row) for row in _list(rows)]
        terms = tuple(self._node(place) for _, place in pairs)
        coefficients = tuple(_float(c) for c, _ in pairs)
        if not terms:
            raise Damaged("an empty sum")
        axes = union_axes(term.axes for term in terms)
        return Sum(serial, terms, coefficients, _float(constant), axes)

    def product(self, serial: int, rows: Any) -> Item:
        pairs = [self._pair(row) for row in _list(rows)]
        factors = tuple(self._node(place) for place, _ in pairs)
        exponents = tuple(_nonzero(e) for _, e in pairs)
        if not factors:
            raise Damaged("an empty product")
        return Product(serial, factors, exponents, union_axes(f.axes for f in factors))

    def apply(self, serial: int, function: Any, places: Any) -> Item:
        arguments = tuple(self._node(place) for place in _list(places))
        if not isinstance(function, str) or not allowed(function, len(arguments)):
            raise Damaged("no such function")
        return Apply(serial, function, arguments, union_axes(a.axes for a in arguments))

    def reduce(self, serial: int, operator: Any, numbers: Any, place: Any) -> Item:
        if operator not in ("sum", "prod", "max", "min"):
            raise Damaged("no such reduction")
        body, bound = self._node(place), self._distinct(numbers)
        if not bound or not all(axis in body.axes and axis.extent for axis in bound):
            raise Damaged("not the axes of the body")
        axes = tuple(axis for axis in body.axes if axis not in bound)
        return Reduce(serial, cast(ReduceOperator, operator), bound, body, axes)

    def collect(self, serial: int, place: Any, numbers: Any) -> Item:
        body, axes = self._node(place), self._distinct(numbers)
        if not set(body.axes) <= set(axes):
            raise Damaged("not the axes of the body")
        return Collect(serial, body, axes)

    def scatter(self, serial: int, shape: Any, rows: Any) -> Item:
        entries = []
        lengths = _shape(shape)
        for row in _list(rows):
            parts = _list(row)
            if len(parts) != 3:
                raise Damaged("not an entry")
            index = self._index(parts[0], lengths)
            axes, value = self._distinct(parts[1]), self._node(parts[2])
            used = {*value.axes, *union_axes(index_axes(part) for part in index)}
            if not used <= set(axes):
                raise Damaged("not the axes of the value")
            entries.append(ScatterEntry(index, axes, value))
        return Scatter(serial, lengths, tuple(entries))

    def inverse(self, serial: int, place: Any) -> Item:
        return Inverse(serial, self._square(place))

    def determinant(self, serial: int, function: Any, place: Any) -> Item:
        if function not in ("det", "logdet"):
            raise Damaged("no such function")
        return Determinant(serial, cast(Literal["det", "logdet"], function), self._square(place))


_READERS: Mapping[str, Callable[..., Item]] = {
    "leaf": Decoder.leaf,
    "number": Decoder.number,
    "position": Decoder.position,
    "access": Decoder.access,
    "sum": Decoder.sum,
    "product": Decoder.product,
    "apply": Decoder.apply,
    "reduce": Decoder.reduce,
    "collect": Decoder.collect,
    "scatter": Decoder.scatter,
    "inverse": Decoder.inverse,
    "determinant": Decoder.determinant,
}


# --- values --------------------------------------------------------------------------------------


def _is_whole(value: object) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool)


def _whole(value: object) -> int:
    if not _is_whole(value) or abs(value) > _MOST_ELEMENTS:
        raise Damaged("not a whole number")
    return value


def _count(value: object) -> int:
    found = _whole(value)
    if found < 0:
        raise Damaged("a negative count")
    return found


def _nonzero(value: object) -> int:
    found = _whole(value)
    if found == 0 or abs(found) > _LARGEST_POWER:
        raise Damaged("out of range")
    return found


def _float(value: object) -> float:
    if isinstance(value, str) and value in _SPECIAL:
        return _SPECIAL[value]
    if not isinstance(value, float) or not math.isfinite(value):
        raise Damaged("not a number")
    return value


def _list(value: object) -> list[Any]:
    if not isinstance(value, list):
        raise Damaged("not a list")
    return value


def _shape(value: object) -> tuple[int, ...]:
    shape = tuple(_count(extent) for extent in _list(value))
    if math.prod(shape) > _MOST_ELEMENTS:
        raise Damaged("too large")
    return shape


def _within(index: Affine, extent: int) -> Affine:
    if all(axis.extent for axis, _ in index.terms):
        low, high = index.range()
        if low < 0 or high >= extent:
            raise Damaged("an index out of range")
    return index
