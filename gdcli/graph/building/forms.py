"""Index values: affine forms of axes, and grids where they are more than that."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from gdcli.graph.interning import index_axes
from gdcli.graph.nodes import Affine, Axis


class Grid(NamedTuple):
    """A value for every combination of axes: one dimension for each, in their order."""

    axes: tuple[Axis, ...]
    values: NDArray[Any]


Value: TypeAlias = Affine | Grid


def plus(one: Affine, other: Affine, factor: int = 1) -> Affine:
    """Return `one + factor·other`."""
    if not other.terms:
        return Affine(one.offset + factor * other.offset, one.terms)
    coefficients = dict(one.terms)
    for axis, c in other.terms:
        coefficients[axis] = coefficients.get(axis, 0) + factor * c
    terms = sorted(((a, c) for a, c in coefficients.items() if c), key=lambda t: t[0].number)
    return Affine(one.offset + factor * other.offset, tuple(terms))


def times(form: Affine, factor: int) -> Affine:
    """Return `factor·form`."""
    if factor == 0:
        return Affine(0)
    return Affine(form.offset * factor, tuple((axis, c * factor) for axis, c in form.terms))


def grid_of(value: Value, axes: tuple[Axis, ...] | None = None) -> Grid:
    """Return a value laid out over its own axes, or broadcastable over `axes`."""
    if isinstance(value, Grid):
        if axes is None or axes == value.axes:
            return value
        shape = [a.extent if a in value.axes else 1 for a in axes]
        return Grid(axes, value.values.reshape(shape))
    if axes is None:
        axes = tuple(axis for axis, _ in value.terms)
    coefficients = dict(value.terms)
    total: Any = np.full((1,) * len(axes), value.offset, dtype=np.int64)
    for k, axis in enumerate(axes):
        c = coefficients.get(axis)
        if c is not None:
            steps = np.arange(axis.extent, dtype=np.int64) * c
            total = total + steps.reshape([-1 if j == k else 1 for j in range(len(axes))])
    return Grid(axes, total)


def axes_of(value: Value) -> tuple[Axis, ...]:
    """Return the axes along which a value varies."""
    return value.axes if isinstance(value, Grid) else index_axes(value)


def scaled(value: Value, factor: int, offset: int = 0) -> Value:
    """Return `factor·value + offset`."""
    if isinstance(value, Affine):
        return plus(times(value, factor), Affine(offset))
    return Grid(value.axes, value.values * factor + offset)


def dominant(parts: Sequence[Value], function: str) -> list[Value]:
    """Return the operands of `min` or `max` that can be it for some index."""
    sign = 1 if function == "max" else -1
    kept: list[Value] = []
    for part in parts:
        if any(_never_below(kept_part, part, sign) for kept_part in kept):
            continue
        kept = [k for k in kept if not _never_below(part, k, sign)]
        kept.append(part)
    return kept


def _never_below(one: Value, other: Value, sign: int) -> bool:
    """Tell whether `sign·one ≥ sign·other` for all indices."""
    if not (isinstance(one, Affine) and isinstance(other, Affine)):
        return False
    return times(plus(one, other, -1), sign).range()[0] >= 0


def compared(left: Value, right: Value, operator: str) -> bool | None:
    """Return whether a comparison holds for all indices (True), for none (False), or neither."""
    if isinstance(left, Affine) and isinstance(right, Affine):
        form = plus(left, right, -1)
        low, high = form.range()
        always, never = _CERTAIN[operator](low, high)
        divisor = math.gcd(*(c for _, c in form.terms))
        if operator in ("==", "!=") and divisor and form.offset % divisor:
            return operator == "!="
        return True if always else (False if never else None)
    return None


_CERTAIN: Mapping[str, Callable[[int, int], tuple[bool, bool]]] = {
    "<": lambda low, high: (high < 0, low >= 0),
    "<=": lambda low, high: (high <= 0, low > 0),
    ">": lambda low, high: (low > 0, high <= 0),
    ">=": lambda low, high: (low >= 0, high < 0),
    "==": lambda low, high: (low == high == 0, low > 0 or high < 0),
    "!=": lambda low, high: (low > 0 or high < 0, low == high == 0),
}
"""Of `form operator 0`, from the range of the form: whether it always holds, or never."""
