"""The shape of a term: what is left of it when names and numbers are slots.

Two terms of a long sum are alike if their keys are equal. A variable's slot is numbered by its
first appearance, so that `a*b` and `a*a` differ. Each other number is a slot of its own, but for
exponents, bases of powers and bases of logarithms, whose value decides what is computed.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from gdcli.language.tree import (
    Call,
    Compare,
    Conditional,
    Logical,
    Name,
    Negative,
    Not,
    Number,
    Power,
    Product,
    Sum,
    Tree,
)

MOST_PARTS = 2_000
"""Terms of more parts are not compared with others."""

_FREE = "free"  # stands in a key for an exponent that is not a plain number
_LITERAL = "literal"  # stands before the value of a number that is no slot


class Key(NamedTuple):
    """What `key_of` finds in a term.

    Attributes:
        key: Equal for terms of one shape.
        places: The flat position of the variable in each slot.
        numbers: The literals and named constants in number slots.
    """

    key: tuple[Any, ...]
    places: tuple[int, ...]
    numbers: tuple[Number | Name, ...]


def key_of(term: Tree, positions: Mapping[str, int], constants: Mapping[str, Any]) -> Key | None:
    """Return the key of a term, or None if there is anything in it but arithmetic of numbers.

    Args:
        positions: Where each variable stands in the flat vector.
        constants: The names that have a value.
    """
    key: list[Any] = []
    slots: dict[int, int] = {}
    numbers: list[Number | Name] = []
    stack: list[Tree] = [term]
    while stack:
        node = stack.pop()
        kind = type(node)
        if kind is Name:
            place = positions.get(node.name)  # type: ignore[union-attr]
            if place is not None:
                key.append(slots.setdefault(place, len(slots)))
            elif node.name in constants:  # type: ignore[union-attr]
                numbers.append(node)  # type: ignore[arg-type]
                key.append(Number)
            else:
                return None
        elif kind is Number:
            numbers.append(node)  # type: ignore[arg-type]
            key.append(Number)
        elif kind is Sum:
            key += (Sum, node.negated)  # type: ignore[union-attr]
            stack += node.terms  # type: ignore[union-attr]
        elif kind is Product:
            key += (Product, node.divided)  # type: ignore[union-attr]
            stack += node.factors  # type: ignore[union-attr]
        elif kind is Power:
            exponent, base = node.exponent, node.base  # type: ignore[union-attr]
            key.append(Power)
            if type(exponent) is Number:
                key.append(exponent.value)
            else:
                key.append(_FREE)
                stack.append(exponent)
            if type(base) is Number:
                key += (_LITERAL, base.value)
            else:
                stack.append(base)
        elif kind is Negative:
            key.append(Negative)
            stack.append(node.operand)  # type: ignore[union-attr]
        elif not _other(node, key, stack):
            return None
        if len(key) > MOST_PARTS:
            return None
    return Key(tuple(key), tuple(slots), tuple(numbers))


def _other(node: Tree, key: list[Any], stack: list[Tree]) -> bool:
    """Add a node of a rarer kind to the key; return whether it may be in one."""
    match node:
        case Call(function=function, arguments=arguments, axis=None):
            key += (Call, function, len(arguments))
            if function == "log" and len(arguments) == 2 and isinstance(arguments[1], Number):
                key += (_LITERAL, arguments[1].value)
                arguments = arguments[:1]
            stack += arguments
        case Compare(operands=operands, operators=operators):
            key += (Compare, operators)
            stack += operands
        case Logical(operator=operator, operands=operands):
            key += (Logical, operator, len(operands))
            stack += operands
        case Not(operand=operand):
            key.append(Not)
            stack.append(operand)
        case Conditional(test=test, body=body, otherwise=otherwise):
            key.append(Conditional)
            stack += (test, body, otherwise)
        case _:
            return False
    return True
