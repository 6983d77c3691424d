"""Which formula holds at which place of an array's derivative.

A derivative with respect to an array is a sum of entries, each over a range of places: the gradient
of Σ(x[i+1] − x[i])² has one for x[i+1] and one for x[i]. A person wants to read the whole of what
stands at a place, so the places are cut into regions in which the same entries meet.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise, product
from typing import NamedTuple, TypeAlias

import numpy as np

from gdcli.graph.nodes import Affine, Axis, Node, ScatterEntry
from gdcli.graph.show.scopes import Line
from gdcli.graph.walk import extent

MOST_REGIONS = 12
"""Into more regions the places of a variable are not cut."""
_MOST_COUNTED = 1_000_000
"""Among so many places it is counted whether any is met twice."""

Range: TypeAlias = tuple[int, int]
"""First and last place."""
Term: TypeAlias = tuple[Node, Mapping[Axis, Line]]
"""A value, and how its axes follow from the place."""


class Piece(NamedTuple):
    """What an entry gives to the places of a box, in the symbols of their positions."""

    value: Node
    lines: Mapping[Axis, Line]
    box: tuple[Range, ...]


class Region(NamedTuple):
    """A box of places, and which pieces reach all of it; the others reach none of it."""

    box: tuple[Range, ...]
    pieces: tuple[int, ...]

    def terms(self, pieces: Sequence[Piece], symbols: Sequence[str]) -> list[Term]:
        """Return what is to be added there; a position of one value is written as that."""
        single = {s: low for s, (low, high) in zip(symbols, self.box, strict=True) if low == high}
        found: list[Term] = []
        for k in self.pieces:
            lines = {
                axis: Line(0, line.symbol, line.coefficient * single[line.symbol] + line.offset)
                if line.symbol in single
                else line
                for axis, line in pieces[k].lines.items()
            }
            found.append((pieces[k].value, lines))
        return found

    def left(self, symbols: Sequence[str]) -> list[str]:
        """Return its index: a symbol for each position, or the place."""
        return [
            str(low) if low == high else symbol
            for symbol, (low, high) in zip(symbols, self.box, strict=True)
        ]


def inverted(entry: ScatterEntry, symbols: Sequence[str]) -> Piece | None:
    """Return an entry as a piece: every axis follows from a position.

    None where a position moves with several axes, or in steps other than 1. Axes that no position
    moves with are left to be summed over.
    """
    lines: dict[Axis, Line] = {}
    box = []
    for index, symbol in zip(entry.index, symbols, strict=True):
        if not isinstance(index, Affine) or len(index.terms) > 1:
            return None
        for axis, step in index.terms:
            if abs(step) != 1 or axis in lines:
                return None
            lines[axis] = Line(step, symbol, -step * index.offset)
        box.append(index.range())
    return Piece(entry.value, lines, tuple(box))


def regions(pieces: Sequence[Piece], shape: Sequence[int]) -> list[Region] | None:
    """Return the regions of an array of this shape, the largest first; None if they are many."""
    cuts = [
        sorted({0, extent, *(p.box[k][0] for p in pieces), *(p.box[k][1] + 1 for p in pieces)})
        for k, extent in enumerate(shape)
    ]
    if math.prod(len(places) - 1 for places in cuts) > MOST_REGIONS**2:
        return None
    intervals = [[(low, high - 1) for low, high in pairwise(c)] for c in cuts]
    found = [
        Region(box, tuple(k for k, piece in enumerate(pieces) if _within(box, piece.box)))
        for box in product(*intervals)
    ]
    for k in reversed(range(len(shape))):
        found = _joined(found, k)
    if len(found) > MOST_REGIONS:
        return None
    return sorted(found, key=lambda r: (-_volume(r.box), r.box))


def met_twice(
    boxes: Iterable[tuple[Range, ...]], entries: Iterable[ScatterEntry], shape: Sequence[int]
) -> bool:
    """Return whether several of these may give to one place of an array of this shape."""
    if math.prod(shape) > _MOST_COUNTED:
        return True
    counts = np.zeros(shape, dtype=np.int64)
    for box in boxes:
        counts[tuple(slice(low, high + 1) for low, high in box)] += 1
    for entry in entries:
        places = _places(entry)
        if places is None:
            return True
        np.add.at(counts, places, 1)
    return bool((counts > 1).any())


def _places(entry: ScatterEntry) -> tuple[np.ndarray, ...] | None:
    """Return all places of an entry as index arrays; None if a table says them, or many."""
    if extent(entry.axes) > _MOST_COUNTED:
        return None
    grid = dict(zip(entry.axes, np.indices([a.extent for a in entry.axes]), strict=True))
    places = []
    for index in entry.index:
        if not isinstance(index, Affine):
            return None
        place = np.full([a.extent for a in entry.axes], index.offset)
        for axis, coefficient in index.terms:
            place = place + coefficient * grid[axis]
        places.append(place)
    return tuple(places)


def _within(box: tuple[Range, ...], other: tuple[Range, ...]) -> bool:
    return all(a >= c and b <= d for (a, b), (c, d) in zip(box, other, strict=True))


def _joined(found: list[Region], k: int) -> list[Region]:
    """Join neighbours along position k that are alike otherwise."""
    joined: list[Region] = []
    for region in sorted(found, key=lambda r: (r.box[:k], r.box[k + 1 :], r.box[k])):
        last = joined[-1] if joined else None
        (low, high), rest = region.box[k], (region.box[:k], region.box[k + 1 :])
        if (
            last is not None
            and last.pieces == region.pieces
            and (last.box[:k], last.box[k + 1 :]) == rest
            and last.box[k][1] + 1 == low
        ):
            box = (*rest[0], (last.box[k][0], high), *rest[1])
            joined[-1] = Region(box, region.pieces)
        else:
            joined.append(region)
    return joined


def _volume(box: tuple[Range, ...]) -> int:
    return math.prod(high - low + 1 for low, high in box)
