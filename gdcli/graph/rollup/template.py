"""The one term that stands for a group of like terms, with names where their numbers differ."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gdcli.graph.rollup.groups import Group
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
    children,
    postorder,
)
from gdcli.records import dataclass

Column = NDArray[np.float64]

_SMALLEST, _LARGEST = 1e-100, 1e100
"""Numbers beyond these could overflow when a few of them are multiplied, which is an error."""


@dataclass(frozen=True, slots=True)
class Template:
    """A term of which numbers have been replaced by names.

    Attributes:
        tree: The term.
        columns: By such a name: the number of each term. No user's name is like these.
    """

    tree: Tree
    columns: Mapping[str, Column]


def template_of(
    group: Group, constants: Mapping[str, Any], fold: Callable[[Tree], float | None]
) -> Template | None:
    """Return the template of a group; None where its terms must be built one by one.

    Args:
        constants: Values of named constants.
        fold: Returns the value of a part without variables, None if it isn't known.
    """
    first = group.terms[0]
    differing = _differing(group, constants)
    if not differing:
        return Template(first, {})
    fixed = _fixed_parts(first, constants)
    columns: dict[str, Column] = {}
    names: dict[int, Tree] = {}
    for part, path in fixed:
        found = [differing[id(n)] for n in postorder(part) if id(n) in differing]
        if not found:
            continue
        if isinstance(part, Number | Name):
            column = found[0]
        else:
            folded = [fold(_at(term, path)) for term in group.terms]
            if any(value is None for value in folded):
                return None
            column = np.array(folded, dtype=np.float64)
        size = np.abs(column)
        if not np.all((size <= _LARGEST) & ((size >= _SMALLEST) | (size == 0.0))):
            return None
        name = f"#{len(columns)}"
        columns[name] = column
        names[id(part)] = Name(name, part.span)
    tree = _substituted(first, names)
    return None if _divides_by_zero(tree, columns) else Template(tree, columns)


def _differing(group: Group, constants: Mapping[str, Any]) -> dict[int, Column]:
    """Return the numbers of a group that differ, by the identity of the first term's."""
    if not group.numbers[0]:
        return {}
    rows = [
        [n.value if type(n) is Number else float(constants[n.name]) for n in row]  # type: ignore[union-attr]
        for row in group.numbers
    ]
    table = np.array(rows, dtype=np.float64)
    changing = np.flatnonzero((table != table[0]).any(axis=0))
    return {id(group.numbers[0][k]): table[:, k] for k in changing.tolist()}


def _fixed_parts(term: Tree, constants: Mapping[str, Any]) -> list[tuple[Tree, tuple[int, ...]]]:
    """Return the largest parts of a term without variables, each with the way down to it."""
    fixed: set[int] = set()
    for node in postorder(term):
        parts = children(node)
        if isinstance(node, Name):
            alone = node.name in constants
        else:
            alone = all(id(part) in fixed for part in parts)
        if alone:
            fixed.add(id(node))
    found: list[tuple[Tree, tuple[int, ...]]] = []
    stack: list[tuple[Tree, tuple[int, ...]]] = [(term, ())]
    while stack:
        node, path = stack.pop()
        if id(node) in fixed:
            found.append((node, path))
        else:
            stack.extend((part, (*path, k)) for k, part in enumerate(children(node)))
    return found


def _at(term: Tree, path: Sequence[int]) -> Tree:
    for k in path:
        term = children(term)[k]
    return term


def _divides_by_zero(tree: Tree, columns: Mapping[str, Column]) -> bool:
    """Tell whether a term of the group has a 0 for a divisor, which is an error."""
    return any(
        divided and isinstance(factor, Name) and factor.name in columns
        and not np.all(columns[factor.name])
        for node in postorder(tree) if isinstance(node, Product)
        for factor, divided in zip(node.factors, node.divided, strict=True)
    )  # fmt: skip


def _substituted(tree: Tree, names: Mapping[int, Tree]) -> Tree:
    """Return a tree with the parts of these identities replaced."""
    made: dict[int, Tree] = {}
    for node in postorder(tree):
        found = names.get(id(node))
        parts = children(node)
        if found is None and any(made[id(p)] is not p for p in parts):
            found = _REBUILT[type(node)](node, tuple(made[id(p)] for p in parts))
        made[id(node)] = node if found is None else found
    return made[id(tree)]


_REBUILT: Mapping[type, Callable[[Any, tuple[Tree, ...]], Tree]] = {
    Sum: lambda node, parts: replace(node, terms=parts),
    Product: lambda node, parts: replace(node, factors=parts),
    Power: lambda node, parts: replace(node, base=parts[0], exponent=parts[1]),
    Negative: lambda node, parts: replace(node, operand=parts[0]),
    Not: lambda node, parts: replace(node, operand=parts[0]),
    Call: lambda node, parts: replace(node, arguments=parts),
    Compare: lambda node, parts: replace(node, operands=parts),
    Logical: lambda node, parts: replace(node, operands=parts),
    Conditional: lambda node, parts: replace(
        node, body=parts[0], test=parts[1], otherwise=parts[2]
    ),
}
"""A node with other parts, which come in the order of `children`."""
