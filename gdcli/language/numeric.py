"""The functions of the language on values with lanes, by NumPy and `math`."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from functools import partial, reduce

import numpy as np

from gdcli.language.lanes import Fault, Operation, Values, apply, mismatch, truth

Reduction = Callable[[Values, int | None], Values]


def _by_element(function: Callable[[float], float]) -> Operation:
    """Return a function of `math` for arrays, NaN where it is undefined."""

    def guarded(x: float) -> float:
        try:
            return function(x)
        except OverflowError:
            return math.inf
        except ValueError:
            return math.inf if x == 0 or function is math.lgamma else math.nan

    vector = np.frompyfunc(guarded, 1, 1)
    return lambda value: np.asarray(vector(value), dtype=np.float64)


def _sigmoid(x: Values) -> Values:
    small = np.exp(-np.abs(x))
    return np.where(x >= 0, 1 / (1 + small), small / (1 + small))


def _log(x: Values, base: Values | None = None) -> Values:
    return np.log(x) if base is None else apply(np.divide, np.log(x), np.log(base))


def _where(test: Values, body: Values, otherwise: Values) -> Values:
    return apply(np.where, truth(test), body, otherwise)


def _axes(value: Values, axis: int | None) -> tuple[int, ...]:
    """Return the array's axes that a reduction runs over; the lanes are axis 0."""
    depth = value.ndim - 1
    if axis is None:
        return tuple(range(1, depth + 1))
    if not -depth <= axis < depth:
        raise Fault("axis", f"`axis={axis}` does not exist: the array has shape {value.shape[1:]}")
    return (axis % depth + 1,)


def _fold(operation: Callable[..., Values], *, of_nothing: bool) -> Reduction:
    def fold(value: Values, axis: int | None) -> Values:
        axes = _axes(value, axis)
        if not of_nothing and any(value.shape[k] == 0 for k in axes):
            raise Fault("empty", "the array is empty")
        return operation(value, axis=axes) if axes else value

    return fold


def _logsumexp(value: Values, axis: int | None) -> Values:
    axes = _axes(value, axis)
    top: Values = np.max(value, axis=axes, keepdims=True)
    shift = np.where(np.isfinite(top), top, 0.0)
    total: Values = np.log(np.sum(np.exp(value - shift), axis=axes, keepdims=True)) + shift
    return np.squeeze(total, axis=axes)


def _norm(value: Values, axis: int | None) -> Values:
    axes = _axes(value, axis)
    size = np.abs(value)
    top = np.max(size, axis=axes, keepdims=True, initial=0.0)
    scale = np.where((top > 0) & np.isfinite(top), top, 1.0)
    total: Values = scale * np.sqrt(np.sum((size / scale) ** 2, axis=axes, keepdims=True))
    return np.squeeze(total, axis=axes)


def _norm1(value: Values, axis: int | None) -> Values:
    total: Values = np.sum(np.abs(value), axis=_axes(value, axis))
    return total


def _length(value: Values, axis: int | None) -> Values:
    if value.ndim == 1:
        raise Fault("not-an-array", "a number has no length")
    return np.array([float(value.shape[1])])


REDUCTIONS: Mapping[str, Reduction] = {
    "sum": _fold(np.sum, of_nothing=True),
    "prod": _fold(np.prod, of_nothing=True),
    "mean": _fold(np.mean, of_nothing=False),
    "max": _fold(np.max, of_nothing=False),
    "min": _fold(np.min, of_nothing=False),
    "logsumexp": _logsumexp,
    "norm": _norm,
    "norm1": _norm1,
    "len": _length,
}
"""Functions of one array and an axis (None: over the whole array)."""


def matrix_product(left: Values, right: Values) -> Values:
    """Return `left @ right`, for vectors and matrices."""
    if not (2 <= left.ndim <= 3 and 2 <= right.ndim <= 3):
        raise Fault("shape-mismatch", "`@` multiplies vectors and matrices",
                    f"the shapes are {left.shape[1:]} and {right.shape[1:]}")  # fmt: skip
    a = left if left.ndim == 3 else left[:, np.newaxis, :]
    b = right if right.ndim == 3 else right[:, :, np.newaxis]
    if a.shape[2] != b.shape[1]:
        raise mismatch((left, right))
    product: Values = np.matmul(a, b)
    if right.ndim == 2:
        product = product[..., 0]
    if left.ndim == 2:
        product = product[:, 0]
    return product


def _dot(left: Values, right: Values) -> Values:
    if left.ndim == 1 or right.ndim == 1:
        return apply(np.multiply, left, right)
    return matrix_product(left, right)


def _square(value: Values) -> Values:
    if value.ndim != 3 or value.shape[1] != value.shape[2]:
        raise Fault("shape-mismatch", f"this needs a square matrix, not {value.shape[1:]}")
    return value


def _trace(value: Values) -> Values:
    trace: Values = np.trace(_square(value), axis1=1, axis2=2)
    return trace


def _logdet(value: Values) -> Values:
    sign, size = np.linalg.slogdet(_square(value))
    return np.where(sign > 0, size, np.where(sign == 0, -np.inf, np.nan))


def _inverse(value: Values) -> Values:
    try:
        return np.linalg.inv(_square(value))
    except np.linalg.LinAlgError:
        return np.full_like(value, np.nan)


def _diagonal(value: Values) -> Values:
    if value.ndim == 3:
        return np.diagonal(value, axis1=1, axis2=2)
    if value.ndim != 2:
        raise Fault("shape-mismatch", f"`diag` needs a vector or a matrix, not {value.shape[1:]}")
    return value[:, :, np.newaxis] * np.eye(value.shape[1])


def _extreme(operation: Operation) -> Operation:
    return lambda *values: reduce(partial(apply, operation), values)


FUNCTIONS: Mapping[str, Operation] = {
    "exp": np.exp,
    "log": _log,
    "log2": np.log2,
    "log10": np.log10,
    "log1p": np.log1p,
    "expm1": np.expm1,
    "sqrt": np.sqrt,
    "cbrt": np.cbrt,
    "sin": np.sin,
    "cos": np.cos,
    "tan": np.tan,
    "asin": np.arcsin,
    "acos": np.arccos,
    "atan": np.arctan,
    "atan2": partial(apply, np.arctan2),
    "sinh": np.sinh,
    "cosh": np.cosh,
    "tanh": np.tanh,
    "asinh": np.arcsinh,
    "acosh": np.arccosh,
    "atanh": np.arctanh,
    "abs": np.abs,
    "sign": np.sign,
    "min": _extreme(np.minimum),
    "max": _extreme(np.maximum),
    "floor": np.floor,
    "ceil": np.ceil,
    "erf": _by_element(math.erf),
    "gamma": _by_element(math.gamma),
    "lgamma": _by_element(math.lgamma),
    "sigmoid": _sigmoid,
    "softplus": lambda x: np.logaddexp(0.0, x),
    "relu": lambda x: np.maximum(x, 0.0),
    "hypot": partial(apply, np.hypot),
    "where": _where,
    "dot": _dot,
    "tr": _trace,
    "det": lambda value: np.linalg.det(_square(value)),
    "logdet": _logdet,
    "inv": _inverse,
    "diag": _diagonal,
}
"""All other functions by canonical name."""
