"""Accesses as NumPy text: slices where they serve, strided views where not.

An affine access to an array in C order is always a strided view of it: no element is copied, and
nothing is looked up. Only indices that come from data, and accesses that add to one place more
than once, need arrays of positions.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gdcli.graph.interning import index_axes, union_axes
from gdcli.graph.nodes import Affine, Axis, Index, Lookup
from gdcli.records import dataclass


@dataclass(frozen=True, slots=True)
class Block:
    """The part of the axes that code is written for: all of them, or a block of one.

    In a block the names `_lo` and `_hi` hold where it begins and ends.
    """

    axis: Axis | None = None

    def slice(self, axis: Axis, offset: int, coefficient: int, length: int) -> str:
        """Return the slice of a dimension of `length` that `offset + coefficient·axis` reads."""
        step = abs(coefficient)
        if axis.extent == 0:
            return "0:0"
        if axis != self.axis:
            ends = (offset, offset + coefficient * (axis.extent - 1))
            first, stop = min(ends), max(ends) + 1
            text = "" if (first, stop) == (0, length) else f"{first}:{stop}"
            return text or ":" if step == 1 else f"{text or ':'}:{step}"
        if coefficient > 0:
            low, high = _scaled("_lo", step, offset), _scaled("_hi", step, offset - step + 1)
        else:
            low = f"{offset + step}-{_times('_hi', step)}"
            high = f"{offset + 1}-{_times('_lo', step)}"
        return f"{low}:{high}" if step == 1 else f"{low}:{high}:{step}"

    def length(self, axis: Axis) -> str:
        """Return how many values of an axis there are."""
        return "_hi-_lo" if axis == self.axis else str(axis.extent)


def _times(name: str, factor: int) -> str:
    return name if factor == 1 else f"{factor}*{name}"


def _scaled(name: str, factor: int, offset: int) -> str:
    text = _times(name, factor)
    return text if offset == 0 else f"{text}{offset:+d}"


def is_sliced(index: Sequence[Index]) -> bool:
    """Whether slices serve: one axis at most in each position, and no axis twice."""
    seen = []
    for part in index:
        if not isinstance(part, Affine) or len(part.terms) > 1:
            return False
        seen += [axis.number for axis, _ in part.terms]
    return len(seen) == len(set(seen))


def sliced(whole: str, shape: tuple[int, ...], index: Sequence[Index], block: Block) -> str:
    """Return the text of an access by slices to an array `whole` that has its dimensions."""
    parts = []
    axes: list[Axis] = []
    turns = []
    for part, length in zip(index, shape, strict=True):
        assert isinstance(part, Affine)
        if not part.terms:
            parts.append(str(part.offset))
            continue
        ((axis, coefficient),) = part.terms
        axes.append(axis)
        parts.append(block.slice(axis, part.offset, coefficient, length))
        turns.append("::-1" if coefficient < 0 else ":")
    text = whole if all(part == ":" for part in parts) else f"{whole}[{', '.join(parts)}]"
    if "::-1" in turns:
        text += f"[{', '.join(turns)}]"
    by_number = sorted(range(len(axes)), key=lambda k: axes[k].number)
    if by_number != list(range(len(axes))):
        text += f".transpose({', '.join(map(str, by_number))})"
    return text


def strides(shape: tuple[int, ...], index: Sequence[Index]) -> tuple[int, dict[Axis, int]]:
    """Return where an affine access begins in C order, and its stride along each of its axes."""
    base = 0
    steps: dict[Axis, int] = {}
    stride = math.prod(shape)
    for extent, part in zip(shape, index, strict=True):
        assert isinstance(part, Affine)
        stride //= max(extent, 1)
        base += stride * part.offset
        for axis, coefficient in part.terms:
            steps[axis] = steps.get(axis, 0) + stride * coefficient
    return base, steps


def strided(
    flat: str, shape: tuple[int, ...], index: Sequence[Index], axes: Sequence[Axis], block: Block
) -> str:
    """Return the text of an affine access as a strided view of the elements `flat`."""
    base, steps = strides(shape, index)
    start = str(base)
    if block.axis in steps:
        start += f"+{steps[block.axis]}*_lo"
    lengths = "".join(f"{block.length(axis)}," for axis in axes)
    distances = "".join(f"{steps.get(axis, 0)}," for axis in axes)
    return f"_strided({flat}, {start}, ({lengths}), ({distances}))"


def make_strided(
    flat: NDArray[np.float64], start: int, lengths: tuple[int, ...], distances: tuple[int, ...]
) -> NDArray[np.float64]:
    """Return a view of the vector `flat`; start and distances count elements.

    A vector that is not contiguous (a caller's `x[::2]`) is copied first; it is only read.
    """
    if not flat.flags.c_contiguous:
        flat = np.ascontiguousarray(flat)
    size = flat.itemsize
    return np.ndarray(
        lengths, flat.dtype, flat, start * size, tuple(distance * size for distance in distances)
    )


def add_at(flat: NDArray[np.float64], places: NDArray[np.intp], values: Any) -> None:
    """Add values to places of a vector, of which some may be the same.

    Broadcast here: `np.add.at` itself (NumPy 2.4) reads beyond values of fewer dimensions.
    """
    np.add.at(flat, places, np.broadcast_to(values, places.shape))


def is_injective(shape: tuple[int, ...], index: Sequence[Index]) -> bool:
    """Whether an access certainly reads each element at most once."""
    if not all(isinstance(part, Affine) for part in index):
        return False
    _, steps = strides(shape, index)
    reach = 0
    for axis, step in sorted(steps.items(), key=lambda pair: abs(pair[1])):
        if axis.extent > 1 and abs(step) <= reach:
            return False
        reach += abs(step) * (axis.extent - 1)
    return True


def positions(
    shape: tuple[int, ...], index: Sequence[Index], tables: dict[int, NDArray[np.int64]]
) -> NDArray[np.intp]:
    """Return the place in C order of every element of an access, one dimension for each axis.

    Raises:
        IndexError: An index from the data is out of range.
    """
    axes = union_axes(index_axes(part) for part in index)
    flat = np.zeros([axis.extent for axis in axes], dtype=np.intp)
    for extent, part in zip(shape, index, strict=True):
        values = _index_values(part, axes, tables)
        if values.size and (values.min() < 0 or values.max() >= extent):
            raise IndexError(f"an index out of 0 … {extent - 1}")
        flat = flat * extent + values
    return np.ascontiguousarray(flat)


def _index_values(
    part: Index, axes: tuple[Axis, ...], tables: dict[int, NDArray[np.int64]]
) -> NDArray[np.int64]:
    if isinstance(part, Lookup):
        table = tables[part.table.offset].reshape(part.table.shape)
        where = tuple(_index_values(p, axes, tables) for p in part.position)
        return np.asarray(table[where], dtype=np.int64)
    values = np.full([1] * len(axes), part.offset, dtype=np.int64)
    for axis, coefficient in part.terms:
        form = [axis.extent if a == axis else 1 for a in axes]
        values = values + coefficient * np.arange(axis.extent).reshape(form)
    return values
