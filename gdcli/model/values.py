"""Numbers, arrays and expressions as values: what `set`, `start`, `bounds`, `expect` hold."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from gdcli.model.kinds import Kind, Unfit, normalised, number


def read_value(value: Any) -> Any:
    """Return a float, a float64/float32/integer array, an expression (text), or a list with texts.

    Booleans become numbers only inside NumPy arrays. NaN is refused, infinity is not.

    Raises:
        Unfit: It is none of these; `path` tells the place inside a list.
    """
    if isinstance(value, str):
        if not value.strip():
            raise Unfit("the expression is empty")
        return value
    if isinstance(value, np.ndarray):
        return array_value(value)
    if isinstance(value, (list, tuple)):
        return _list_value(value)
    return number(value)


def array_value(array: np.ndarray[Any, Any]) -> Any:
    """Return an array as gd keeps it: integers and float32 as they are, all else float64.

    What is float64 already is not copied: data may be as large as the memory.

    Raises:
        Unfit: Objects, texts, complex numbers, or NaN.
    """
    if array.dtype.kind not in "fiub":
        raise Unfit(f"an array of {_DTYPES.get(array.dtype.kind, array.dtype.name)} is no use here")
    if array.dtype.kind in "b" or (array.dtype.kind == "f" and array.dtype != np.float32):
        array = array.astype(np.float64, copy=False)
    if has_nan(array):
        place = tuple(int(k[0]) for k in np.nonzero(np.isnan(array)))
        raise Unfit("it is not a number (nan)", place)
    return float(array) if array.ndim == 0 else array


def has_nan(array: np.ndarray[Any, Any]) -> bool:
    """Return whether an array holds a NaN, in one pass and without a copy: a minimum keeps it."""
    return array.dtype.kind == "f" and array.size > 0 and bool(np.isnan(array.min()))


_DTYPES = {
    "O": "objects",
    "U": "texts",
    "S": "texts",
    "c": "complex numbers",
    "M": "dates",
    "m": "durations",
    "V": "records",
}


def _list_value(value: list[Any] | tuple[Any, ...]) -> Any:
    """Read a nested list: an array where all are numbers, otherwise the list with its texts."""
    boolean = _has_bool(value)
    try:
        array = np.array(value)  # homogeneous numbers, the usual case, at C speed
    except (ValueError, TypeError, OverflowError, RecursionError):
        array = None
    if array is not None and array.dtype.kind in "fi" and array.size and not boolean:
        if array.dtype.kind == "i":
            array = array.astype(np.float64)
        if not np.isnan(array).any():
            return array
    if not value:
        raise Unfit("the list is empty")
    parts = []
    for k, part in enumerate(value):
        try:
            parts.append(read_value(part))
        except Unfit as unfit:
            raise unfit.below(k) from None
    if _holds_text(parts):
        return parts
    shapes = [np.shape(part) for part in parts]
    for k, shape in enumerate(shapes):
        if shape != shapes[0]:
            raise Unfit(f"the rows differ in shape: {shapes[0]} and {shape}", (k,))
    return np.array(parts, dtype=np.float64)


def _has_bool(value: Any) -> bool:
    """Whether a nested list holds true or false (NumPy would turn them into 1 and 0).

    Raises:
        Unfit: It is nested deeper than NumPy's arrays.
    """
    found = False
    stack = [(value, 1)]
    while stack:
        part, depth = stack.pop()
        if isinstance(part, (list, tuple)):
            if depth > _MAX_AXES:
                raise Unfit(f"lists are nested more than {_MAX_AXES} deep")
            stack.extend((inner, depth + 1) for inner in part)
        elif isinstance(part, (bool, np.bool_)):
            found = True
    return found


_MAX_AXES = 32


def _holds_text(parts: list[Any]) -> bool:
    return any(isinstance(p, str) or (isinstance(p, list) and _holds_text(p)) for p in parts)


def read_bounds(value: Any) -> tuple[Any, Any]:
    """Return (lower, upper), each a value as `read_value` gives it or None for no bound.

    Takes `[lower, upper]` or the text `lower:upper`.
    """
    if isinstance(value, str):
        from gdcli.model.assignments import split_outside_brackets

        parts: list[Any] = [part.text or None for part in split_outside_brackets(value, ":")]
    elif isinstance(value, (list, tuple)) or (isinstance(value, np.ndarray) and value.ndim):
        parts = list(value)
    else:
        raise Unfit
    if len(parts) != 2:
        raise Unfit
    ends = []
    for k, part in enumerate(parts):
        try:
            ends.append(None if part is None else read_value(part))
        except Unfit as unfit:
            raise (unfit if isinstance(value, str) else unfit.below(k)) from None
    return ends[0], ends[1]


def read_shape(value: Any) -> tuple[int | str, ...]:
    """Return the extents: numbers, or size names and expressions of constants as text."""
    parts = value if isinstance(value, (list, tuple)) else [value]
    extents: list[int | str] = []
    for k, part in enumerate(parts):
        if isinstance(part, str) and part.strip():
            extents.append(normalised(part))
            continue
        try:
            extent = number(part)
        except Unfit as unfit:
            raise unfit.below(k) from None
        if extent < 1 or not extent.is_integer():
            raise Unfit("an extent is a whole number, at least 1", (k,))
        if extent > 2**31:
            raise Unfit("an extent is at most 2147483648", (k,))
        extents.append(int(extent))
    return tuple(extents)


def read_points(value: Any) -> tuple[Mapping[str, Any], ...]:
    """Return the alternatives of `expect.at`: tables of values by variable."""
    listed = isinstance(value, (list, tuple))
    points = value if listed else [value]
    found = []
    for k, point in enumerate(points):
        if not isinstance(point, Mapping) or not point:
            raise Unfit("", (k,) if listed else ())
        read = {}
        for name, part in point.items():
            try:
                read[normalised(str(name))] = read_value(part)
            except Unfit as unfit:
                below = unfit.below(str(name))
                raise (below.below(k) if listed else below) from None
        found.append(read)
    if not found:
        raise Unfit
    return tuple(found)


_VALUE_SCHEMA = {"$ref": "#/$defs/value"}
_POINT_SCHEMA = {"type": "object", "minProperties": 1, "additionalProperties": _VALUE_SCHEMA}

VALUE = Kind("a number, an array of numbers, or an expression in quotes", _VALUE_SCHEMA, read_value)
BOUNDS = Kind(
    "a pair `[lower, upper]` or a text `lower:upper`",
    {
        "anyOf": [
            {"type": "string", "pattern": ":"},
            {"type": "array", "minItems": 2, "maxItems": 2,
             "items": {"anyOf": [_VALUE_SCHEMA, {"type": "null"}]}},
        ]
    },
    read_bounds,
)  # fmt: skip
_EXTENT_SCHEMA = {"anyOf": [{"type": "integer", "minimum": 1}, {"type": "string", "minLength": 1}]}
SHAPE = Kind(
    'a list of extents such as `[20]` or `["n", 20]`',
    {"anyOf": [*_EXTENT_SCHEMA["anyOf"], {"type": "array", "items": _EXTENT_SCHEMA}]},
    read_shape,
)
POINTS = Kind(
    "a table of variables, or a list of such tables",
    {"anyOf": [_POINT_SCHEMA, {"type": "array", "minItems": 1, "items": _POINT_SCHEMA}]},
    read_points,
)
