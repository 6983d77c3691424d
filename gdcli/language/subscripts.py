"""Subscripts of values with lanes: `x[i+1]`, `X[i, :]`, `b[:, None]`, `table[index]`."""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

import numpy as np

from gdcli.diagnostics import Span
from gdcli.language.lanes import MAX_ELEMENTS, UNEVEN, Fault, Values, too_large, whole
from gdcli.language.tree import Slice, Subscript
from gdcli.language.unparse import describe


class Bounds(NamedTuple):
    """The bounds of a slice; `literal` tells whether start and stop are literals below 0."""

    start: Values | None
    stop: Values | None
    step: Values | None
    literal: tuple[bool, bool]


class Place(NamedTuple):
    """An index or an array of them; `literal` tells whether it is a literal below 0."""

    value: Values
    literal: bool


Item: TypeAlias = Bounds | Place | None
"""None is a new axis."""


def subscript(base: Values, items: list[Item], node: Subscript) -> Values:
    """Return `base[items]`.

    Raises:
        Fault: Too many indices, or one that is out of range, negative, or not whole.
    """
    depth = base.ndim - 1
    if depth == 0:
        raise Fault("not-an-array", f"`{describe(node.base)}` is a number and has no elements")
    if sum(item is not None for item in items) > depth:
        message = f"`{describe(node.base)}` has {depth} {'axis' if depth == 1 else 'axes'}"
        raise Fault("too-many-indices", f"there are too many indices: {message}")
    fixed: list[tuple[int, Values]] = []
    others: list[tuple[Item, int]] = []
    axis = 1
    for position, item in enumerate(items):
        if isinstance(item, Place):
            checked = _checked(item, base.shape[axis], node, position)
            if checked.ndim == 1:
                fixed.append((axis, checked))
            else:
                others.append((Place(checked, False), position))
        else:
            others.append((item, position))
        axis += item is not None
    value = _picked(base, fixed)
    axis = 1
    for other, position in others:
        match other:
            case None:
                value = np.expand_dims(value, axis)
                axis += 1
            case Bounds():
                value = _sliced(value, axis, other, node, position)
                axis += 1
            case Place(value=places):
                value = np.take(value, places[0], axis=axis)
                axis += places.ndim - 1
    return value


def _span(node: Subscript, position: int) -> Span:
    return node.items[position].span


def _checked(item: Place, extent: int, node: Subscript, position: int) -> Values:
    """Return indices as integers from 0."""
    span = _span(node, position)
    text = describe(node.items[position])
    flat = item.value.reshape(-1)
    if item.value.ndim > 1 and len(item.value) > 1:
        raise Fault("index-array", "an array of indices cannot depend on another index here",
                    "write a sum over its positions", span)  # fmt: skip
    try:
        whole(flat, f"indices such as `{text}`")
    except Fault as fault:
        fault.span = span
        raise
    if item.literal:
        flat = flat + extent
    low, high = (flat.min(), flat.max()) if flat.size else (0.0, -1.0)
    if (low < 0 and item.literal) or high >= extent:
        worst = high if high >= extent else low - extent
        name = describe(node.base)
        message = f"the index `{text}` is {worst:.0f}, and `{name}` has {extent} elements there"
        raise Fault("index-out-of-range", message, "indices start at 0", span)
    if low < 0:
        raise _negative(text, low, span)
    return flat.reshape(item.value.shape).astype(np.intp)


def _negative(text: str, value: float, span: Span) -> Fault:
    """Return the fault of an index expression that has become negative."""
    hint = "only a literal such as `x[-1]` counts from the end; guard it with `… if i > 0 else …`"
    return Fault("negative-index", f"the index `{text}` is {value:.0f}", hint, span)


def _picked(base: Values, fixed: list[tuple[int, Values]]) -> Values:
    """Return the base with one index each for some of its axes."""
    if not fixed:
        return base
    axes = [axis for axis, _ in fixed]
    rest = [axis for axis in range(1, base.ndim) if axis not in axes]
    lane = np.arange(len(base))
    picked: Values = base.transpose(0, *axes, *rest)[(lane, *(index for _, index in fixed))]
    return picked


def _sliced(value: Values, axis: int, bounds: Bounds, node: Subscript, position: int) -> Values:
    """Return a slice along an axis; where its bounds differ by lane, its length must not."""
    extent = value.shape[axis]
    span = _span(node, position)
    item = node.items[position]
    assert isinstance(item, Slice)
    parts = (bounds.start, bounds.stop, bounds.step)
    written = (item.start, item.stop, item.step)
    for part, literal, tree in zip(parts, (*bounds.literal, True), written, strict=True):
        if part is None or tree is None:
            continue
        try:
            whole(part, "the bounds of a slice")
        except Fault as fault:
            fault.span = tree.span
            raise
        if part.min() < 0 and not literal:
            raise _negative(describe(tree), float(part.min()), tree.span)
    if bounds.step is not None and not bounds.step.all():
        raise Fault("zero-step", "the step of a slice cannot be 0", span=span)
    if all(part is None or len(part) == 1 for part in parts):
        cut = slice(*(None if part is None else int(part[0]) for part in parts))
        return value[(slice(None),) * axis + (cut,)]
    starts, lengths, step = _by_lane(parts, extent)
    if (lengths != lengths[0]).any():
        raise Fault(UNEVEN, "the length of this slice changes with an index", span=span)
    places = starts[:, np.newaxis] + step * np.arange(lengths[0])
    moved = np.moveaxis(value, axis, 1)
    if places.size * max(1, moved[0, 0].size if moved.shape[1] else 1) > MAX_ELEMENTS:
        raise too_large()
    lane = np.arange(len(value))[:, np.newaxis]
    return np.moveaxis(moved[lane, places], 1, axis)


def _by_lane(
    parts: tuple[Values | None, Values | None, Values | None], extent: int
) -> tuple[Values, Values, int]:
    """Return start and length of a slice in each lane, and its step."""
    start, stop, step = parts
    if step is not None and (len(step) > 1 or step[0] < 0):
        raise Fault("slice-step", "the step of this slice must be one positive number")
    stride = 1 if step is None else int(step[0])
    count = max(1 if part is None else len(part) for part in parts)
    bounds = []
    for part, default in ((start, 0), (stop, extent)):
        given = np.array([default]) if part is None else part.astype(np.intp)
        counted = np.where(given < 0, given + extent, given)
        bounds.append(np.broadcast_to(np.clip(counted, 0, extent), (count,)))
    lengths = np.maximum(0, -((bounds[0] - bounds[1]) // stride))
    return bounds[0], lengths, stride
