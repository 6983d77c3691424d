"""Where the Hessian of a formula can differ from 0, read from what each nonlinear part accesses.

A formula is a linear combination of nonlinear *parts*, some of them repeated along axes. Two
accesses of one part, at positions that move alike along its axes, fill one diagonal of the Hessian;
an access that does not move fills a row and a column: the border of an arrow.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Literal, NamedTuple

from gdcli.graph.formula import Formula
from gdcli.graph.nodes import Access, Affine, Apply, Axis, Index, Leaf, Node, Product, Reduce, Sum
from gdcli.graph.structure import bends
from gdcli.graph.walk import Item, dependent, operands, reachable
from gdcli.records import dataclass

_MOST_ACCESSES = 200
_MOST_BORDER = 10


@dataclass(frozen=True)
class Pattern:
    """The shape of a Hessian.

    Attributes:
        kind: `zero`, `diagonal`, `banded`, `arrow` (banded but for the border), or `dense`
            (anything else).
        width: Entries (i, j) outside the border are 0 where |i − j| > width.
        border: Flat positions whose rows and columns may be full.
        gaps: The distances |i − j| > 0 at which such entries can differ from 0, in order.
        block: Where the variables fall into groups of so many, one after the other, that do not
            meet; 0 where they are not seen to.
    """

    kind: Literal["zero", "diagonal", "banded", "arrow", "dense"]
    width: int = 0
    border: tuple[int, ...] = ()
    gaps: tuple[int, ...] = ()
    block: int = 0


class Place(NamedTuple):
    """A flat position: offset + Σ stride·axis; without strides it stands still."""

    offset: int
    strides: tuple[tuple[Axis, int], ...]

    @property
    def affine(self) -> Affine:
        """The same as an index into the flat vector."""
        return Affine(self.offset, self.strides)


def hessian_pattern(formula: Formula) -> Pattern:
    """Return the pattern of ∇²f, exact up to cancellation, or `dense` where it isn't seen."""
    order = reachable((formula.root,))
    active = dependent(order, {leaf.serial for leaf in formula.variables})
    diagonals: set[int] = set()
    points: set[tuple[int, int]] = set()
    border: set[int] = set()
    meeting: list[list[Place]] = []
    for part in _parts(formula.root, active):
        places = _places(part, active)
        if places is None:
            return Pattern("dense")
        meeting.append(places)
        for k, first in enumerate(places):
            for second in places[k:]:
                if first.strides == second.strides:
                    gap = abs(first.offset - second.offset)
                    if first.strides:
                        diagonals.add(gap)
                    else:
                        points.add((first.offset, second.offset))
                elif not first.strides:
                    border.add(first.offset)
                elif not second.strides:
                    border.add(second.offset)
                else:
                    return Pattern("dense")
    pattern = replace(_shape(diagonals, points, border), block=_block(meeting))
    size = sum(math.prod(leaf.shape) for leaf in formula.variables)
    return Pattern("dense") if 2 < size <= pattern.width + 1 else pattern


def _shape(diagonals: set[int], points: set[tuple[int, int]], border: set[int]) -> Pattern:
    partners = Counter(place for i, j in points if i != j for place in (i, j))
    limit = 2 * max(diagonals, default=0) + 4
    if partners and not border:
        # Positions that meet unusually many others make a border, if they are few.
        crowded = {place for place, count in partners.items() if count > limit}
        if len(crowded) <= _MOST_BORDER:
            border = crowded
    if len(border) > _MOST_BORDER:
        return Pattern("dense")
    free = {abs(i - j) for i, j in points if i not in border and j not in border}
    gaps = tuple(sorted((diagonals | free) - {0}))
    width = max(gaps, default=0)
    if border:
        return Pattern("arrow", width, tuple(sorted(border)), gaps)
    if width:
        return Pattern("banded", width, (), gaps)
    return Pattern("diagonal" if diagonals or points else "zero")


def _block(meeting: Sequence[Sequence[Place]]) -> int:
    """Return the size of the groups of variables that do not meet others; 0 if there are none."""
    together = [places for places in meeting if len(places) > 1]
    strides = [stride for places in together for place in places for _, stride in place.strides]
    size = math.gcd(*strides)
    apart = size > 1 and all(
        len({place.offset // size for place in places}) == 1 for places in together
    )
    return size if apart else 0


def _parts(root: Node, active: set[int]) -> list[Node]:
    """Return the nonlinear nodes of which the root is a linear combination."""
    found: dict[int, Node] = {}
    seen: set[int] = set()
    waiting: list[Node] = [root]
    while waiting:
        node = waiting.pop()
        if node.serial in seen or node.serial not in active:
            continue
        seen.add(node.serial)
        below: list[Item] = [child for child in operands(node) if child.serial in active]
        if isinstance(node, Sum | Product | Reduce) and not bends(node, below):
            waiting += [child for child in below if not isinstance(child, Leaf)]  # type: ignore[misc]
        elif not (isinstance(node, Access) and isinstance(node.array, Leaf)):
            found[node.serial] = node
    return list(found.values())


def _places(part: Node, active: set[int]) -> list[Place] | None:
    """Return the positions that a part reads, None if they aren't affine in the part's axes."""
    found: set[Place] = set()
    for item in reachable((part,)):
        if item.serial not in active or isinstance(item, Leaf):
            continue
        if isinstance(item, Access):
            array = item.array
            if not isinstance(array, Leaf) or any(axis not in part.axes for axis in item.axes):
                return None
            place = flat_place(array, item.index)
            if place is None:
                return None
            found.add(place)
            if len(found) > _MOST_ACCESSES:
                return None
        elif not isinstance(item, Sum | Product | Apply):
            # Also a reduction: along the axes that it binds, everything meets everything.
            return None
    return sorted(found, key=lambda place: place.offset)


def flat_place(array: Leaf, index: Sequence[Index]) -> Place | None:
    """Return where an index of a variable is in the flat vector; None if a table says it."""
    offset, stride = array.offset, 1
    strides: dict[Axis, int] = {}
    for extent, part in zip(reversed(array.shape), reversed(index), strict=True):
        if not isinstance(part, Affine):
            return None
        offset += stride * part.offset
        for axis, coefficient in part.terms:
            strides[axis] = strides.get(axis, 0) + stride * coefficient
        stride *= extent
    return Place(offset, tuple(sorted(strides.items(), key=lambda pair: pair[0].number)))
