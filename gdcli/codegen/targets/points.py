"""One point of a loop as statements: every node is a number there, computed once."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import field
from typing import Any, assert_never

import numpy as np

from gdcli.codegen.nests import (
    Linear,
    Unfit,
    Where,
    assignments,
    is_half,
    linear,
    long_axes,
    short_axes,
)
from gdcli.codegen.operations import OPERATIONS
from gdcli.codegen.targets.elementwise import Value, literal, scalar_product, scalar_sum
from gdcli.codegen.targets.scopes import Names
from gdcli.graph.nodes import (
    Access,
    Affine,
    Apply,
    Axis,
    Collect,
    Determinant,
    Leaf,
    Node,
    Number,
    Position,
    Product,
    Reduce,
    Sum,
)
from gdcli.records import dataclass

FUNCTIONS: Mapping[str, Any] = {
    "_sqrt": math.sqrt,
    "_abs": math.fabs,
    "_floor": np.floor,
    "_ceil": np.ceil,
    "_nan": math.nan,
    "_inf": math.inf,
    "_range": range,
    "_min": min,
    "_max": max,
    "_float": np.float64,
    "_zeros": np.zeros,
}
"""What generated loops refer to."""
_ROLES = {"variable": "_z", "direction": "_y"}
_STATEMENTS = 600
"""A longer body would take longer to compile than it can save."""
_LONG_POWER = 4


@dataclass(slots=True)
class Body:
    """Straight-line code inside some loops.

    Attributes:
        lines: The statements.
        here: Names of what was computed, by serial number and point.
        known: Conditions (serial numbers) that hold throughout, with their points.
    """

    lines: list[str] = field(default_factory=list)
    here: dict[tuple[int, tuple[Linear, ...]], str] = field(default_factory=dict)
    known: set[tuple[int, tuple[Linear, ...]]] = field(default_factory=set)


class Points:
    """Writes nodes at points into a stack of bodies, the function itself outermost."""

    def __init__(self, names: Names) -> None:
        self.names = names
        self.bodies = [Body()]
        self.sums: dict[tuple[int, tuple[int, ...]], tuple[str, tuple[Axis, ...]]] = {}
        self._written = 0

    @property
    def body(self) -> Body:
        """The innermost body."""
        return self.bodies[-1]

    def line(self, text: str) -> None:
        """Write a statement into the innermost body."""
        self.body.lines.append(text)
        self._written += 1
        if self._written > _STATEMENTS:
            raise Unfit

    def value(self, node: Node, where: Where) -> str:
        """Return the name of a node at a point, written where that is set if it is not there."""
        key = (node.serial, tuple(where[axis] for axis in node.axes))
        for body in self.bodies:
            if key in body.here:
                return body.here[key]
        if isinstance(node, Number):
            return literal(node.value).text
        if isinstance(node, Collect):
            raise TypeError("an array has no value")
        # What does not vary stands before all loops.
        bodies = self.bodies
        if not any(at.terms for at in key[1]):
            self.bodies = bodies[:1]
        text = self._text(node, where)
        if not text.isidentifier():
            name = self.names.new("t")
            self.line(f"{name} = {text}")
            text = name
        self.body.here[key] = text
        self.bodies = bodies
        return text

    def truth(self, node: Node, where: Where) -> str:
        """Return a condition as a truth value."""
        key = (node.serial, tuple(where[axis] for axis in node.axes))
        if any(key in body.known for body in self.bodies):
            return "True"
        if isinstance(node, Apply) and OPERATIONS[node.function].condition:
            return f"({self._condition(node, where)})"
        return f"({self.value(node, where)} != 0.0)"

    def place(self, shape: Sequence[int], index: Sequence[Affine], offset: int, at: Where) -> str:
        """Return the flat position of an index at a point."""
        flat = Linear(0)
        for extent, part in zip(shape, index, strict=True):
            flat = flat.scaled(extent).plus(linear(part, at))
        return number(flat.plus(Linear(offset)))

    # --- nodes -----------------------------------------------------------------------------------

    def _text(self, node: Node, where: Where) -> str:
        match node:
            case Position():
                return f"_float({number(where[node.axis])})"
            case Access():
                return self._access(node, where)
            case Sum():
                values = (Value(self.value(term, where)) for term in node.terms)
                return scalar_sum(
                    node.constant, list(zip(node.coefficients, values, strict=True))
                ).text
            case Product():
                pairs = zip(node.factors, node.exponents, strict=True)
                return scalar_product([self._power(self.value(f, where), e) for f, e in pairs])
            case Apply():
                return self._apply(node, where)
            case Reduce():
                return self._reduce(node, where)
            case Number() | Determinant():
                raise TypeError(f"{type(node).__name__} is not computed")
            case _:
                assert_never(node)

    def _access(self, node: Access, where: Where) -> str:
        index = [part for part in node.index if isinstance(part, Affine)]
        array = node.array
        if isinstance(array, Collect):
            inner = {a: linear(part, where) for a, part in zip(array.axes, index, strict=True)}
            return self.value(array.body, inner)
        assert isinstance(array, Leaf)
        if array.role == "data":
            return f"_float(_d{array.offset}[{self.place(array.shape, index, 0, where)}])"
        place = self.place(array.shape, index, array.offset, where)
        return f"{_ROLES[array.role]}[{place}]"

    def _power(self, text: str, exponent: int) -> tuple[Value, int]:
        if abs(exponent) < _LONG_POWER:
            return Value(text), exponent
        name = text
        for bit in bin(abs(exponent))[3:]:
            square = self.names.new("t")
            self.line(f"{square} = {name}*{name}" + (f"*{text}" if bit == "1" else ""))
            name = square
        return Value(name), 1 if exponent > 0 else -1

    def _condition(self, node: Apply, where: Where) -> str:
        row = OPERATIONS[node.function]
        ask = self.truth if row.logical else self.value
        texts = [ask(argument, where) for argument in node.arguments]
        if node.function == "not":
            return f"not {texts[0]}"
        if row.folds:
            return f" {node.function} ".join(texts)
        return row.text.format(*texts)

    def _apply(self, node: Apply, where: Where) -> str:
        row = OPERATIONS[node.function]
        if row.condition:
            return f"(1.0 if {self._condition(node, where)} else 0.0)"
        if node.function == "where":
            test, chosen, other = node.arguments
            asked = self.truth(test, where)
            if asked == "True":
                return self.value(chosen, where)
            return f"({self.value(chosen, where)} if {asked} else {self.value(other, where)})"
        if node.function == "pow":
            return self._half_power(node, where)
        texts = [self.value(argument, where) for argument in node.arguments]
        if not row.folds:
            return f"({row.text.format(*texts)})"
        total = texts[0]
        for text in texts[1:]:
            folded = self.names.new("t")
            self.line(f"{folded} = {row.text.format(total, text)}")
            total = folded
        return total

    def _half_power(self, node: Apply, where: Where) -> str:
        assert is_half(node)
        exponent = node.arguments[1]
        assert isinstance(exponent, Number)
        base = self.value(node.arguments[0], where)
        whole = int(abs(exponent.value))
        factors = [(Value(f"_sqrt({base})"), 1)]
        if whole:
            factors.append(self._power(base, whole))
        text = scalar_product(factors)
        return f"(1.0/{text})" if exponent.value < 0 else text

    def _reduce(self, node: Reduce, where: Where) -> str:
        if long_axes(node.bound):
            name, axes = self.sums[node.serial, self._short(node, where)]
            if not axes:
                return name
            flat = Linear(0)
            for axis in axes:
                flat = flat.scaled(axis.extent).plus(where[axis])
            return f"{name}[{number(flat)}]"
        texts = []
        for bound in assignments(short_axes(node.bound)):
            texts.append(self.value(node.body, {**where, **bound}))
        if node.operator in ("sum", "prod"):
            if not texts:
                return "0.0" if node.operator == "sum" else "1.0"
            return "(" + ("+" if node.operator == "sum" else "*").join(texts) + ")"
        row = OPERATIONS[node.operator]
        total = texts[0]
        for text in texts[1:]:
            folded = self.names.new("t")
            self.line(f"{folded} = {row.text.format(total, text)}")
            total = folded
        return total

    @staticmethod
    def _short(node: Reduce, where: Where) -> tuple[int, ...]:
        return tuple(where[axis].offset for axis in short_axes(node.axes))


def number(value: Linear) -> str:
    """Return a whole number as an expression."""
    parts: list[str] = []
    for variable, coefficient in value.terms:
        size = variable if abs(coefficient) == 1 else f"{abs(coefficient)}*{variable}"
        parts.append(("-" if coefficient < 0 else "+" if parts else "") + size)
    if value.offset or not parts:
        parts.append(f"{value.offset:+d}" if parts else str(value.offset))
    return "".join(parts)
