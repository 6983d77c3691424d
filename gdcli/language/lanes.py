"""Values with lanes: what plain evaluation computes with.

A value is an array whose first axis runs over the lanes, that is, over all values of the indices
that are bound; it has length 1 where the value is the same in every lane. What follows is the value
itself: nothing for a number, one axis for a vector.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import prod
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from gdcli.diagnostics import Span
from gdcli.records import dataclass

Values: TypeAlias = NDArray[Any]
Operation: TypeAlias = Callable[..., Values]

MAX_LANES = 20_000_000
"""No generator runs over more index values."""

MAX_ELEMENTS = 100_000_000
"""No intermediate array has more elements."""

MAX_SINGLY = 20_000
"""No more lanes are computed one by one."""

UNEVEN = "uneven-slice"
"""The code of the fault that a slice has not the same length in all lanes."""


class Fault(Exception):
    """What is wrong with one operation; the evaluator knows its place unless `span` tells it."""

    def __init__(self, code: str, message: str, hint: str = "", span: Span | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.hint = hint
        self.span = span


def too_large(elements: int | None = None) -> Fault:
    """Return the fault of an array that does not fit."""
    size = "" if elements is None else f" of {elements:,} elements"
    message = f"this needs an array{size}, which is too large"
    return Fault("too-large", message, f"at most {MAX_ELEMENTS:,} elements are computed at once")


@dataclass(frozen=True, slots=True)
class Lanes:
    """The values of all bound indices: `count` lanes; each index has shape (count,)."""

    count: int
    indices: dict[str, Values]

    def only(self, keep: Values) -> Lanes:
        """Return those lanes for which `keep`, of shape (1,) or (count,), holds."""
        mask = np.broadcast_to(keep, (self.count,))
        indices = {name: values[mask] for name, values in self.indices.items()}
        return Lanes(int(np.count_nonzero(mask)), indices)

    def opened(
        self, name: str, start: Values, stop: Values, step: Values
    ) -> tuple[Lanes, NDArray[np.intp]]:
        """Return the lanes of `for name in range(start, stop, step)` in each of these lanes.

        The bounds have shape (1,) or (count,). The second result tells for each new lane from
        which of these it comes; it never decreases.
        """
        if not step.all():
            raise Fault("zero-step", "the step of a `range` cannot be 0")
        sizes = np.broadcast_to(np.ceil((stop - start) / step), (self.count,))
        counts = np.maximum(sizes, 0.0)
        total = float(counts.sum())
        if total > MAX_LANES:
            message = (
                f"this runs over {total:,.0f} index values; at most {MAX_LANES:,} are computed"
            )
            raise Fault("too-large", message)
        whole = counts.astype(np.intp)
        outer = np.repeat(np.arange(self.count), whole)
        position = np.arange(len(outer)) - np.repeat(np.cumsum(whole) - whole, whole)
        indices = {other: values[outer] for other, values in self.indices.items()}
        lane = 0 if self.count == 1 else outer
        first = np.broadcast_to(start, (self.count,))[lane]
        indices[name] = first + np.broadcast_to(step, (self.count,))[lane] * position
        return Lanes(len(outer), indices), outer


def aligned(values: Sequence[Values]) -> list[Values]:
    """Return the values with equally many axes: new ones stand after the lanes, as in NumPy."""
    most = max(value.ndim for value in values)
    return [
        value
        if value.ndim == most
        else value.reshape(value.shape[0], *(1,) * (most - value.ndim), *value.shape[1:])
        for value in values
    ]


def apply(operation: Operation, *values: Values) -> Values:
    """Return an elementwise operation's result, broadcast as NumPy does.

    Raises:
        Fault: The shapes do not fit, or the result is too large.
    """
    parts = aligned(values)
    try:
        shape = np.broadcast_shapes(*(part.shape for part in parts))
    except ValueError:
        raise mismatch(values) from None
    size = prod(shape)
    if size > MAX_ELEMENTS:
        raise too_large(size)
    return operation(*parts)


def mismatch(values: Sequence[Values]) -> Fault:
    """Return the fault of shapes that do not fit."""
    shapes = " and ".join(str(value.shape[1:]) for value in values)
    return Fault("shape-mismatch", f"the shapes {shapes} do not fit")


def truth(value: Values) -> Values:
    """Return a condition; a number holds unless it is 0."""
    return value if value.dtype == np.bool_ else value != 0


def scalar(value: Values, what: str) -> Values:
    """Return the value if it is one number in each lane."""
    if value.ndim > 1:
        raise Fault("not-a-number", f"{what} must be numbers, not an array {value.shape[1:]}")
    return value


def whole(value: Values, what: str) -> Values:
    """Return the value if it is one whole number in each lane."""
    scalar(value, what)
    wrong = value[~(np.isfinite(value) & (np.floor(value) == value))]
    if wrong.size:
        raise Fault("not-whole", f"{what} must be whole numbers, not {float(wrong[0]):.6g}")
    return value


def spread(value: Values, count: int) -> Values:
    """Return the value with all lanes written out (without copying)."""
    return np.broadcast_to(value, (count, *value.shape[1:]))


def merged(test: Values, body: Values, otherwise: Values) -> Values:
    """Return `body` in those lanes for which `test` holds, `otherwise` in the others.

    `body` and `otherwise` have only the lanes that they are for.
    """
    left, right = aligned((body, otherwise))
    try:
        shape = np.broadcast_shapes(left.shape[1:], right.shape[1:])
    except ValueError:
        raise mismatch((body, otherwise)) from None
    result = np.empty((len(test), *shape), dtype=np.result_type(left, right))
    result[test] = left
    result[~test] = right
    return result


_FOLDS = {"sum": np.add, "mean": np.add, "prod": np.multiply, "max": np.maximum, "min": np.minimum}
_EMPTY = {"sum": 0.0, "prod": 1.0}


def reduced(function: str, values: Values, parent: NDArray[np.intp], count: int) -> Values:
    """Return `function` over all lanes of each parent.

    Args:
        function: `sum`, `mean`, `prod`, `max` or `min`.
        values: With all lanes written out.
        parent: The parent of each lane; never decreasing.
        count: How many parents there are.
    """
    fold = _FOLDS[function]
    counts = np.bincount(parent, minlength=count)
    full = counts > 0
    if function not in _EMPTY and not full.all():
        raise Fault("empty", f"`{function}` of nothing is undefined")
    result = np.full((count, *values.shape[1:]), _EMPTY.get(function, 0.0))
    if count == 1 and full[0]:
        result[:] = fold.reduce(values, axis=0)
    elif full.any():
        starts = (np.cumsum(counts) - counts)[full]
        result[full] = fold.reduceat(values, starts, axis=0)
    if function == "mean":
        result /= counts.reshape(-1, *(1,) * (values.ndim - 1))
    return result


def rows(values: Values, parent: NDArray[np.intp], count: int) -> Values:
    """Return one array for each parent, with an element for each of its lanes."""
    counts = np.bincount(parent, minlength=count)
    if (counts != counts[0]).any():
        raise Fault("ragged", "the rows of a list have different lengths")
    return values.reshape(count, int(counts[0]), *values.shape[1:])


def stacked(parts: Sequence[Values], axis: int = 1) -> Values:
    """Return a list's value: its items along a new first axis (or, if `axis` is 0, as lanes)."""
    shapes = {part.shape[1:] for part in parts}
    if len(shapes) > 1:
        first, other = sorted(shapes)[:2]
        raise Fault("ragged", f"the items differ in shape: {first} and {other}")
    if axis == 0:
        return np.concatenate(parts)
    count = max(len(part) for part in parts)
    if count == 1 and parts[0].ndim == 1:
        return np.concatenate(parts)[np.newaxis]
    return np.stack([spread(part, count) for part in parts], axis=1)
