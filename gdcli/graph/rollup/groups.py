"""Long sums whose terms repeat one shape: which terms, and in which of their slots they differ."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from gdcli.deadline import Deadline
from gdcli.graph.rollup.keys import key_of
from gdcli.language.tree import Name, Negative, Number, Sum, Tree, children
from gdcli.records import dataclass

LEAST_TERMS = 8
"""Terms of one shape that are worth a loop."""

FEW_VARIABLES = 30
LEAST_WORK, LEAST_WORK_OF_FEW = 400, 1_000
"""Parts of a formula that are worth any loop at all, also of one with few variables, whose Hessian
is quick in plain floats. From about here on, deriving and solving together are faster."""

_SCALAR_COST = 2
"""What a part of an odd term costs among arrays, in parts of a formula of plain floats."""

_MOST_PEELED = 4
"""So many terms are split off a group where the rest are then read in steps of equal length."""

Places = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Group:
    """Terms of one shape.

    Attributes:
        terms: The terms.
        negated: Whether they are subtracted.
        places: Flat positions of the variables, one row a term, one column a slot.
        numbers: The literals and named constants in the number slots, likewise.
    """

    terms: tuple[Tree, ...]
    negated: bool
    places: Places
    numbers: tuple[tuple[Number | Name, ...], ...]


@dataclass(frozen=True, slots=True)
class Grouped:
    """A long sum: its groups of like terms, and the other terms, each with its sign."""

    groups: tuple[Group, ...]
    rest: tuple[tuple[Tree, bool], ...]


class _Members(NamedTuple):
    """Like terms, and what fills their slots; lists of equal length."""

    terms: list[Tree]
    places: list[tuple[int, ...]]
    numbers: list[tuple[Number | Name, ...]]


def find_groups(
    tree: Tree,
    positions: Mapping[str, int],
    constants: Mapping[str, Any],
    deadline: Deadline | None = None,
) -> dict[int, Grouped]:
    """Return the sums of a formula that have like terms, by their identity.

    Sums within like terms are not searched. Nothing is returned where arrays would not pay.
    """
    found: dict[int, Grouped] = {}
    gained = lost = steps = 0
    stack: list[Tree] = [tree]
    while stack:
        node = stack.pop()
        if not steps & 1023 and deadline is not None:
            deadline.check()
        steps += 1
        if isinstance(node, Sum) and len(node.terms) >= LEAST_TERMS:
            grouped, work = _grouped(node, positions, constants, deadline)
            if grouped.groups:
                found[id(node)] = grouped
                gained += work
            lost += len(grouped.rest)
            stack.extend(term for term, _ in grouped.rest)
        else:
            parts = children(node)
            lost += len(parts)
            stack.extend(parts)
    least = LEAST_WORK_OF_FEW if len(positions) < FEW_VARIABLES else LEAST_WORK
    return found if gained >= least + _SCALAR_COST * lost else {}


def _grouped(
    tree: Sum,
    positions: Mapping[str, int],
    constants: Mapping[str, Any],
    deadline: Deadline | None,
) -> tuple[Grouped, int]:
    """Return the groups of a sum, and how many parts their terms have."""
    alike: dict[Any, _Members] = {}
    rest: list[tuple[Tree, bool]] = []
    for steps, (term, negated) in enumerate(zip(tree.terms, tree.negated, strict=True)):
        if not steps & 1023 and deadline is not None:
            deadline.check()
        while isinstance(term, Negative):
            term, negated = term.operand, not negated
        key = key_of(term, positions, constants)
        if key is None or not key.places:
            rest.append((term, negated))
        else:
            members = alike.get((negated, key.key))
            if members is None:
                members = alike[negated, key.key] = _Members([], [], [])
            members.terms.append(term)
            members.places.append(key.places)
            members.numbers.append(key.numbers)
    groups = []
    work = 0
    for (negated, shape), members in alike.items():
        if len(members.terms) >= LEAST_TERMS:
            group, peeled = _group(members, negated)
            groups.append(group)
            rest.extend((term, negated) for term in peeled)
            work += len(shape) * len(group.terms)
        else:
            rest.extend((term, negated) for term in members.terms)
    return Grouped(tuple(groups), tuple(rest)), work


def _group(members: _Members, negated: bool) -> tuple[Group, list[Tree]]:
    """Return like terms as a group, and the few that are split off it."""
    terms, count = members.terms, len(members.terms)
    places = np.array(members.places, dtype=np.int64)
    first, last = _longest_run(places)
    if count - (last - first) > _MOST_PEELED or last - first < LEAST_TERMS:
        first, last = 0, count
    kept = slice(first, last)
    group = Group(tuple(terms[kept]), negated, places[kept], tuple(members.numbers[kept]))
    return group, terms[:first] + terms[last:]


def _longest_run(places: Places) -> tuple[int, int]:
    """Return the longest range of rows through which every column goes in equal steps."""
    steps = np.diff(places, axis=0)
    turns = np.flatnonzero((steps[1:] != steps[:-1]).any(axis=1)) + 1
    edges = np.concatenate(([0], turns, [len(steps)]))
    longest = int(np.argmax(np.diff(edges)))
    return int(edges[longest]), int(edges[longest + 1]) + 1
