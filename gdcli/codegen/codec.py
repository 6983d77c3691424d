"""`Program` ↔ JSON, every field checked on the way in.

What is read may have been damaged or tampered with. A program is rebuilt node by node: operands
come before what is made of them and are of the right sort, functions are of the table, indices are
within their arrays. There are no names in it, and nothing of it is ever put into source text except
numbers (by `repr`) and functions out of the table.

A program has no identities of its own graph: items and axes are numbered from 0 in their order.
Equal programs give equal JSON, whichever graph they were made in.
"""

from __future__ import annotations

import json
import math
from typing import Any, TypeAlias, assert_never

from gdcli.codegen.decoding import Damaged, Decoder
from gdcli.codegen.plan import Program
from gdcli.graph.nodes import (
    Access,
    Affine,
    Apply,
    Axis,
    Collect,
    Determinant,
    Index,
    Inverse,
    Leaf,
    Number,
    Position,
    Product,
    Reduce,
    Scatter,
    Sum,
)
from gdcli.graph.walk import Item

__all__ = ["Damaged", "decode", "encode"]

Row: TypeAlias = list[Any]


def encode(program: Program) -> str:
    """Return a program as JSON text."""
    return _Encoder(program).text()


def decode(text: str) -> Program:
    """Return the program that `encode` gave this text for.

    Raises:
        Damaged: It is not such a text.
    """
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise Damaged("not JSON") from error
    return Decoder().program(data)


class _Encoder:
    def __init__(self, program: Program) -> None:
        self._program = program
        self._places = {item.serial: k for k, item in enumerate(program.items)}
        axes = {axis for item in program.items for axis in _axes(item)}
        self._axes = sorted(axes, key=lambda axis: (axis.number, axis.extent))
        self._numbers = {axis: k for k, axis in enumerate(self._axes)}

    def text(self) -> str:
        program = self._program
        value = program.value
        data = {
            "axes": [axis.extent for axis in self._axes],
            "items": [self._row(item) for item in program.items],
            "value": None if value is None else self._places[value.serial],
            "outputs": [[self._places[p.array.serial], p.offset] for p in program.outputs],
            "size": program.size,
            "inputs": program.inputs,
        }
        return json.dumps(data, separators=(",", ":"), allow_nan=False)

    def _row(self, item: Item) -> Row:
        place, axes = self._places, self._axis_numbers
        match item:
            case Leaf():
                return ["leaf", item.role, list(item.shape), item.offset]
            case Number():
                return ["number", _number(item.value)]
            case Position():
                return ["position", self._numbers[item.axis]]
            case Access():
                return ["access", place[item.array.serial], self._index(item.index)]
            case Sum():
                pairs = zip(item.coefficients, item.terms, strict=True)
                terms = [[_number(c), place[t.serial]] for c, t in pairs]
                return ["sum", _number(item.constant), terms]
            case Product():
                powers = zip(item.factors, item.exponents, strict=True)
                return ["product", [[place[f.serial], e] for f, e in powers]]
            case Apply():
                return ["apply", item.function, [place[a.serial] for a in item.arguments]]
            case Reduce():
                return ["reduce", item.operator, axes(item.bound), place[item.body.serial]]
            case Collect():
                return ["collect", place[item.body.serial], axes(item.axes)]
            case Scatter():
                entries = [
                    [self._index(e.index), axes(e.axes), place[e.value.serial]]
                    for e in item.entries
                ]
                return ["scatter", list(item.shape), entries]
            case Inverse():
                return ["inverse", place[item.operand.serial]]
            case Determinant():
                return ["determinant", item.function, place[item.operand.serial]]
            case _:
                assert_never(item)

    def _axis_numbers(self, axes: tuple[Axis, ...]) -> list[int]:
        return [self._numbers[axis] for axis in axes]

    def _index(self, index: tuple[Index, ...]) -> list[Row]:
        rows: list[Row] = []
        for part in index:
            if isinstance(part, Affine):
                rows.append(self._affine(part))
            else:
                table = self._places[part.table.serial]
                rows.append(["lookup", table, [self._affine(p) for p in part.position]])
        return rows

    def _affine(self, part: Affine) -> Row:
        return [part.offset, [[self._numbers[axis], c] for axis, c in part.terms]]


def _axes(item: Item) -> tuple[Axis, ...]:
    """Return the axes that an item names."""
    if isinstance(item, Scatter):
        return tuple(axis for entry in item.entries for axis in entry.axes)
    if isinstance(item, (Leaf, Inverse)):
        return ()
    if isinstance(item, Reduce):
        return (*item.axes, *item.bound)
    return item.axes


def _number(value: float) -> float | str:
    """Return a number, or the word for one that JSON has not."""
    return float(value) if math.isfinite(value) else repr(float(value))
