"""The operators of the formula language: one row each, read by the parser and every printer.

A level says how tightly an operator binds; the tighter, the larger. An operand of an operator is
put into brackets where its own level is smaller than `left` or `right` demands.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal

from gdcli.records import dataclass

OperatorKind = Literal[
    "conditional", "or", "and", "not", "compare", "sum", "product", "matrix", "remainder",
    "negative", "power",
]  # fmt: skip

CONDITIONAL, OR, AND, NOT, COMPARE, SUM, PRODUCT, NEGATIVE, POWER, ATOM = range(1, 11)
"""The levels, from the loosest to the tightest, as in Python."""


@dataclass(frozen=True, slots=True)
class Operator:
    """An operator.

    Attributes:
        spelling: How it is written, and printed.
        kind: What it makes: which node of the tree.
        level: The level of the expression that it makes.
        left, right: The least level of its operands; `left` is 0 for a prefix operator.
        also: Other spellings that are read as it.
    """

    spelling: str
    kind: OperatorKind
    level: int
    left: int
    right: int
    also: tuple[str, ...] = ()


_ROWS: tuple[Operator, ...] = (
    Operator("if", "conditional", CONDITIONAL, OR, CONDITIONAL),
    Operator("or", "or", OR, AND, AND),
    Operator("and", "and", AND, NOT, NOT),
    Operator("<", "compare", COMPARE, SUM, SUM),
    Operator("<=", "compare", COMPARE, SUM, SUM, ("≤",)),
    Operator(">", "compare", COMPARE, SUM, SUM),
    Operator(">=", "compare", COMPARE, SUM, SUM, ("≥",)),
    Operator("==", "compare", COMPARE, SUM, SUM),
    Operator("!=", "compare", COMPARE, SUM, SUM),
    Operator("+", "sum", SUM, PRODUCT, PRODUCT),
    Operator("-", "sum", SUM, PRODUCT, PRODUCT, ("−",)),
    Operator("*", "product", PRODUCT, NEGATIVE, NEGATIVE, ("×", "·")),
    Operator("/", "product", PRODUCT, NEGATIVE, NEGATIVE),
    Operator("@", "matrix", PRODUCT, NEGATIVE, NEGATIVE),
    Operator("//", "remainder", PRODUCT, PRODUCT, NEGATIVE),
    Operator("%", "remainder", PRODUCT, PRODUCT, NEGATIVE),
    Operator("**", "power", POWER, ATOM, NEGATIVE, ("^",)),
)

_PREFIX_ROWS: tuple[Operator, ...] = (
    Operator("-", "negative", NEGATIVE, 0, NEGATIVE, ("−",)),
    Operator("not", "not", NOT, 0, NOT),
)

OPERATORS: Mapping[str, Operator] = MappingProxyType({row.spelling: row for row in _ROWS})
"""Operators between two operands, by spelling."""

PREFIXES: Mapping[str, Operator] = MappingProxyType({row.spelling: row for row in _PREFIX_ROWS})
"""Operators before their operand, by spelling."""

SPELLINGS: Mapping[str, str] = MappingProxyType(
    {other: row.spelling for row in _ROWS + _PREFIX_ROWS for other in (row.spelling, *row.also)}
)
"""Every way to write an operator → how it is called in the tables above."""
