"""Programs without axes → straight-line Python over plain floats.

The function written here takes the variables as a list (and a second list, the direction) and
returns the value, the list of outputs, or both. Python's floats are not NumPy's: `math.exp(1000)`,
`1/0.0` and `math.log(-1)` raise. The caller then takes the same program in its `exact` form, where
every literal is a `numpy.float64` and every function NumPy's, so that NaN and infinity follow one
set of rules.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import field
from typing import Any, assert_never

import numpy as np
from numpy.typing import NDArray

from gdcli.codegen.operations import OPERATIONS, Operation
from gdcli.codegen.plan import Program, flat_position
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
from gdcli.graph.walk import Item, operands
from gdcli.records import dataclass

ENTRY = "_program"
_LONGEST = 360
"""Characters of an expression; longer ones are cut. Python's parser limits nesting, not length."""
_INLINE = 150
"""Characters of an expression that may still become part of another."""
_UNPACKED = 256
"""Variables that are unpacked into names at once; more are fetched where they are used."""


def source(program: Program, *, compact: bool = False, exact: bool = False) -> str:
    """Return the text of a function `_program(_z, _y)` for a program without axes.

    With `compact` the list returned holds the outputs one behind the other, not at their offsets.
    """
    return _Writer(program, compact, exact).write()


def namespace(
    program: Program, data: Mapping[int, NDArray[Any]], *, exact: bool = False
) -> dict[str, Any]:
    """Return what the text refers to. `data` holds the data arrays by their leaf's offset."""
    number: Any = np.float64 if exact else float
    names: dict[str, Any] = {"_n": np.float64, "_inf": number(math.inf), "_nan": number(math.nan)}
    for item in program.items:
        if isinstance(item, Apply):
            row = OPERATIONS[item.function]
            if row.scalar is not None:
                names[f"_{item.function}"] = row.array if exact else row.scalar
        elif isinstance(item, Access) and isinstance(item.array, Leaf):
            leaf = item.array
            if leaf.role == "data":
                flat = flat_position(leaf.shape, item.index)
                names[f"_d{leaf.offset}_{flat}"] = number(data[leaf.offset].reshape(-1)[flat])
    return names


@dataclass(frozen=True, slots=True)
class _Text:
    """An expression. `level`: 0 binds tightest, 1 a product, 2 a sum.

    `condition` is the truth value that it is the number of, where it is one.
    """

    text: str
    level: int
    condition: str = ""

    def within(self, level: int) -> str:
        """Return the text, in parentheses if it binds less tightly than `level`."""
        return self.text if self.level <= level else f"({self.text})"


@dataclass(slots=True)
class _Writer:
    program: Program
    compact: bool
    exact: bool
    lines: list[str] = field(default_factory=list)
    texts: dict[int, _Text] = field(default_factory=dict)
    powers: dict[tuple[int, int], str] = field(default_factory=dict)
    elements: dict[int, list[str]] = field(default_factory=dict)
    inline: set[int] = field(default_factory=set)
    names: int = 0

    def write(self) -> str:
        program = self.program
        uses = _count_uses(program)
        # Elements that only the list returned needs are written there, others have names.
        self.inline = {
            placed.array.serial for placed in program.outputs if uses[placed.array.serial] == 1
        }
        unpacked = 0 < program.inputs <= _UNPACKED
        # A constant second derivative needs no direction, and is given one all the same.
        self.lines.append(f"def {ENTRY}(_z, _y=()):")
        if unpacked:
            self.lines.append(f" {''.join(f'_z{k},' for k in range(program.inputs))} = _z")
        for item in program.items:
            expression = self._expression(item, unpacked)
            if expression is None:
                continue
            shared = uses[item.serial] > 1 and not isinstance(item, Number)
            if len(expression.text) > _INLINE or (shared and not expression.text.isidentifier()):
                expression = _Text(self._assign(expression.text), 0)
            self.texts[item.serial] = expression
        self._return()
        return "\n".join(self.lines) + "\n"

    def _assign(self, text: str) -> str:
        name = f"_t{self.names}"
        self.names += 1
        self.lines.append(f" {name} = {text}")
        return name

    def _return(self) -> None:
        program = self.program
        parts = []
        if program.value is not None:
            parts.append(self.texts[program.value.serial].within(2))
        if self.compact:
            flat = [t for placed in program.outputs for t in self._elements(placed.array)]
            parts.append(f"[{', '.join(flat)}]")
        elif program.size:
            flat = [self._literal(0.0)] * program.size
            for placed in program.outputs:
                for k, text in enumerate(self._elements(placed.array)):
                    flat[placed.offset + k] = text
            parts.append(f"[{', '.join(flat)}]")
        self.lines.append(f" return {', '.join(parts)}")

    # --- items -----------------------------------------------------------------------------------

    def _expression(self, item: Item, unpacked: bool) -> _Text | None:
        match item:
            case Leaf() | Collect() | Scatter():
                return None
            case Number():
                return _Text(self._literal(item.value), 0)
            case Access():
                return self._access(item, unpacked)
            case Sum():
                return self._sum(item)
            case Product():
                return self._product(item)
            case Apply():
                return self._apply(item)
            case Position() | Reduce() | Inverse() | Determinant():
                raise TypeError(f"{type(item).__name__} has no plain-float form")
            case _:
                assert_never(item)

    def _literal(self, value: float) -> str:
        if value != value:
            return "_nan"
        if math.isinf(value):
            return "_inf" if value > 0 else "(-_inf)"
        text = repr(float(value))
        if self.exact:
            return f"_n({text})"
        return f"({text})" if text.startswith("-") else text

    def _access(self, item: Access, unpacked: bool) -> _Text:
        array = item.array
        if not isinstance(array, Leaf):
            flat = flat_position(array.shape, item.index)
            return _Text(f"({self._elements(array)[flat]})", 0)
        flat = flat_position(array.shape, item.index)
        match array.role:
            case "data":
                return _Text(f"_d{array.offset}_{flat}", 0)
            case "direction":
                return _Text(f"_y[{array.offset + flat}]", 0)
            case "variable":
                k = array.offset + flat
                return _Text(f"_z{k}" if unpacked else f"_z[{k}]", 0)
            case _:
                assert_never(array.role)

    def _elements(self, array: Array) -> list[str]:
        """Return the elements of an array in C order, each an atom."""
        found = self.elements.get(array.serial)
        if found is None:
            found = self.elements[array.serial] = self._written_elements(array)
        return found

    def _written_elements(self, array: Array) -> list[str]:
        size = math.prod(array.shape)
        match array:
            case Collect():
                return [self.texts[array.body.serial].text]
            case Scatter():
                found: dict[int, list[Node]] = {}
                for entry in array.entries:
                    flat = flat_position(array.shape, entry.index)
                    found.setdefault(flat, []).append(entry.value)
                elements = [self._literal(0.0)] * size
                for flat, nodes in found.items():
                    total = self._total([(1.0, node) for node in nodes], 0.0)
                    inline = total.text.isidentifier() or array.serial in self.inline
                    elements[flat] = total.text if inline else self._assign(total.text)
                return elements
            case Leaf():
                if array.role == "data":
                    return [f"_d{array.offset}_{k}" for k in range(size)]
                letter = "z" if array.role == "variable" else "y"
                return [f"_{letter}[{array.offset + k}]" for k in range(size)]
            case Inverse():
                raise TypeError("an inverse has no plain-float form")
            case _:
                assert_never(array)

    def _sum(self, item: Sum) -> _Text:
        pairs = list(zip(item.coefficients, item.terms, strict=True))
        return self._total(pairs, item.constant)

    def _total(self, pairs: Sequence[tuple[float, Node]], constant: float) -> _Text:
        """Return `constant + Σ coefficient·node`, cut where it grows long."""
        text = self._literal(constant) if constant != 0.0 else ""
        level = 0
        for coefficient, node in pairs:
            term = self.texts[node.serial]
            size = abs(coefficient)
            if size == 1.0:
                part = term.within(1)
            elif term.level == 1 and term.text.startswith("1.0/"):
                part = self._literal(size) + term.text[3:]
            else:
                part = f"{self._literal(size)}*{term.within(0)}"
            if text:
                text, level = f"{text} {'-' if coefficient < 0.0 else '+'} {part}", 2
            elif coefficient < 0.0:
                text, level = f"-{part}", 2
            elif size == 1.0:
                text, level = term.text, term.level
            else:
                text, level = part, 1
            if len(text) > _LONGEST:
                text, level = self._assign(text), 0
        return _Text(text or self._literal(0.0), level)

    def _product(self, item: Product) -> _Text:
        above: list[str] = []
        below: list[str] = []
        for node, exponent in zip(item.factors, item.exponents, strict=True):
            part = self._power(node, abs(exponent))
            (above if exponent > 0 else below).append(part)
        text = self._chain(above) if above else self._literal(1.0)
        if below:
            under = self._chain(below)
            text += f"/{under}" if len(below) == 1 and "*" not in under else f"/({under})"
        return _Text(text, 0 if text.isidentifier() else 1)

    def _chain(self, parts: list[str]) -> str:
        """Return the product of atoms, cut where it grows long."""
        text = parts[0]
        for part in parts[1:]:
            text = f"{text}*{part}"
            if len(text) > _LONGEST:
                text = self._assign(text)
        return text

    def _power(self, node: Node, exponent: int) -> str:
        """Return an atom for `node**exponent`, by squaring and multiplying."""
        if exponent == 1:
            return self.texts[node.serial].within(0)
        key = (node.serial, exponent)
        found = self.powers.get(key)
        if found is None:
            base = self.texts[node.serial]
            if base.level > 0 or not base.text.isidentifier():
                base = self.texts[node.serial] = _Text(self._assign(base.text), 0)
            if exponent == 2:
                found = self._assign(f"{base.text}*{base.text}")
            elif exponent % 2:
                found = self._assign(f"{self._power(node, exponent - 1)}*{base.text}")
            else:
                half = self._power(node, exponent // 2)
                found = self._assign(f"{half}*{half}")
            self.powers[key] = found
        return found

    def _apply(self, item: Apply) -> _Text:
        row = OPERATIONS[item.function]
        if item.function == "where":
            test, chosen, other = (self.texts[a.serial] for a in item.arguments)
            condition = test.condition or test.text
            return _Text(f"({chosen.text} if {condition} else {other.text})", 0)
        arguments = [self._argument(a, row) for a in item.arguments]
        if not row.folds:
            return self._finish(row.text.format(*arguments), row)
        text = arguments[0]
        for argument in arguments[1:]:
            text = row.text.format(text, argument)
            if row.names or len(text) > _LONGEST:
                text = self._assign(text)
        return self._finish(text, row)

    def _finish(self, text: str, row: Operation) -> _Text:
        if row.condition:
            return _Text(f"({self._literal(1.0)} if {text} else {self._literal(0.0)})", 0, text)
        return _Text(text if row.text.startswith("_") else f"({text})", 0)

    def _argument(self, node: Node, row: Operation) -> str:
        """Return an argument as the row's text wants it."""
        found = self.texts[node.serial]
        if row.logical:
            return f"({found.condition})" if found.condition else found.within(0)
        if row.text.startswith("_"):
            return found.text
        if row.names and not found.text.isidentifier():
            found = self.texts[node.serial] = _Text(self._assign(found.text), 0)
        return found.within(0)


def _count_uses(program: Program) -> Counter[int]:
    """Return how often each item is written, by serial number."""
    uses: Counter[int] = Counter()
    for item in program.items:
        uses.update(part.serial for part in operands(item))
    if program.value is not None:
        uses[program.value.serial] += 1
    uses.update(placed.array.serial for placed in program.outputs)
    return uses
