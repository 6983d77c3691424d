"""A plain evaluator of graphs with NumPy: slow, obvious, and independent of the generated code.

A node's value is an array with one dimension for each of its axes, in the order of `node.axes`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import mpmath
import numpy as np

from gdcli.graph.nodes import (
    Access,
    Affine,
    Apply,
    Axis,
    Collect,
    Determinant,
    Index,
    Inverse,
    Leaf,
    Number,
    Position,
    Product,
    Reduce,
    Scatter,
    Sum,
)
from gdcli.graph.walk import Item, reachable


def _each(function: Callable[..., Any]) -> Callable[..., Any]:
    def guarded(*arguments: float) -> float:
        try:
            return float(function(*arguments))
        except (ValueError, ZeroDivisionError):
            return math.nan
        except OverflowError:
            return math.inf

    return np.vectorize(guarded, otypes=[float])


def _fold(function: Callable[..., Any]) -> Callable[..., Any]:
    def folded(*arguments: Any) -> Any:
        total = arguments[0]
        for argument in arguments[1:]:
            total = function(total, argument)
        return total

    return folded


def _stable_sigmoid(x: Any) -> Any:
    small = np.exp(-np.abs(x))
    return np.where(x >= 0, 1 / (1 + small), small / (1 + small))


FUNCTIONS: Mapping[str, Callable[..., Any]] = {
    **{f: getattr(np, f) for f in ("exp", "log", "log2", "log10", "log1p", "expm1", "sqrt")},
    **{f: getattr(np, f) for f in ("cbrt", "sin", "cos", "tan", "sinh", "cosh", "tanh")},
    **{f: getattr(np, f) for f in ("sign", "floor", "ceil", "abs", "asin", "acos", "atan")},
    **{f: getattr(np, f) for f in ("atan2", "asinh", "acosh", "atanh")},
    **{f: _each(getattr(math, f)) for f in ("erf", "gamma", "lgamma")},
    "max": _fold(np.maximum),
    "min": _fold(np.minimum),
    "hypot": _fold(np.hypot),
    "digamma": _each(lambda x: mpmath.psi(0, x)),
    "trigamma": _each(lambda x: mpmath.psi(1, x)),
    "polygamma": _each(lambda n, x: mpmath.psi(int(n), x)),
    "sigmoid": _stable_sigmoid,
    "softplus": lambda x: np.logaddexp(0, x),
    "relu": lambda x: np.maximum(x, 0),
    "pow": np.power,
    "where": lambda t, a, b: np.where(np.asarray(t) != 0, a, b),
    "less": lambda a, b: np.less(a, b) * 1.0,
    "less_equal": lambda a, b: np.less_equal(a, b) * 1.0,
    "equal": lambda a, b: np.equal(a, b) * 1.0,
    "not_equal": lambda a, b: np.not_equal(a, b) * 1.0,
    "and": _fold(lambda a, b: np.logical_and(a, b) * 1.0),
    "or": _fold(lambda a, b: np.logical_or(a, b) * 1.0),
    "not": lambda a: np.logical_not(a) * 1.0,
}

REDUCTIONS = {"sum": np.sum, "prod": np.prod, "max": np.max, "min": np.min}


def evaluate(roots: Iterable[Item], leaves: Mapping[int, Any]) -> list[Any]:
    """Return the value of each root; `leaves` are the leaves' arrays by serial number."""
    wanted = list(roots)
    values: dict[int, Any] = {}
    with np.errstate(all="ignore"):
        for item in reachable(wanted):
            values[item.serial] = _value(item, values, leaves)
    return [values[item.serial] for item in wanted]


def _value(item: Item, values: Mapping[int, Any], leaves: Mapping[int, Any]) -> Any:
    match item:
        case Leaf():
            array = np.asarray(leaves[item.serial])
            assert array.shape == item.shape, (item, array.shape)
            return array
        case Number():
            return np.float64(item.value)
        case Position():
            return np.arange(item.axis.extent, dtype=float)
        case Access():
            index = tuple(_places(part, item.axes, values) for part in item.index)
            return _full(values[item.array.serial][index], item.axes)
        case Sum():
            total = np.float64(item.constant)
            for c, term in zip(item.coefficients, item.terms, strict=True):
                total = total + c * align(values[term.serial], term.axes, item.axes)
            return _full(total, item.axes)
        case Product():
            total = np.float64(1.0)
            for factor, e in zip(item.factors, item.exponents, strict=True):
                base = align(values[factor.serial], factor.axes, item.axes)
                power = _whole_power(base, abs(e))
                total = total * power if e > 0 else total / power
            return _full(total, item.axes)
        case Apply():
            parts = [align(values[a.serial], a.axes, item.axes) for a in item.arguments]
            return _full(FUNCTIONS[item.function](*parts), item.axes)
        case Reduce():
            body = item.body
            places = tuple(body.axes.index(axis) for axis in item.bound)
            return REDUCTIONS[item.operator](values[body.serial], axis=places)
        case Determinant():
            matrix = values[item.operand.serial]
            if item.function == "det":
                return np.linalg.det(matrix)
            sign, log = np.linalg.slogdet(matrix)
            return log if sign > 0 else np.nan
        case Collect():
            return _full(align(values[item.body.serial], item.body.axes, item.axes), item.axes)
        case Inverse():
            return np.linalg.inv(values[item.operand.serial])
        case Scatter():
            array = np.zeros(item.shape, dtype=_kind(values, item))
            for entry in item.entries:
                index = tuple(_places(part, entry.axes, values) for part in entry.index)
                value = align(values[entry.value.serial], entry.value.axes, entry.axes)
                shape = tuple(axis.extent for axis in entry.axes)
                index = tuple(np.broadcast_to(part, shape) for part in index)
                np.add.at(array, index, np.broadcast_to(value, shape))
            return array


def _kind(values: Mapping[int, Any], item: Scatter) -> Any:
    return np.result_type(float, *(values[e.value.serial] for e in item.entries))


def _whole_power(base: Any, exponent: int) -> Any:
    total = base
    for _ in range(exponent - 1):
        total = total * base
    return total


def align(value: Any, axes: tuple[Axis, ...], wanted: tuple[Axis, ...]) -> Any:
    """Return `value` over `axes` with dimensions for `wanted`, of extent 1 where it has none."""
    if axes == wanted:
        return value
    order = [axis for axis in wanted if axis in axes]
    assert len(order) == len(axes), (axes, wanted)
    value = np.transpose(value, [axes.index(axis) for axis in order])
    return value.reshape([axis.extent if axis in axes else 1 for axis in wanted])


def _full(value: Any, axes: tuple[Axis, ...]) -> Any:
    return np.broadcast_to(value, tuple(axis.extent for axis in axes))


def _places(index: Index, axes: tuple[Axis, ...], values: Mapping[int, Any]) -> Any:
    """Return the index values over all of `axes`."""
    if isinstance(index, Affine):
        total: Any = np.full((1,) * len(axes), index.offset)
        for axis, coefficient in index.terms:
            shape = [axis.extent if a == axis else 1 for a in axes]
            total = total + coefficient * np.arange(axis.extent).reshape(shape)
        return total
    position = tuple(_places(part, axes, values) for part in index.position)
    return np.asarray(values[index.table.serial])[position].astype(int)
