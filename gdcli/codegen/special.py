"""Elementwise functions that NumPy lacks, for arrays and for plain floats.

Every array function takes `out` as a ufunc does, and gives NaN and infinities where NumPy would.
The scalar functions may raise OverflowError, ValueError or ZeroDivisionError instead; their
callers then ask the array form. `erf`, `gamma` and `lgamma` are the C library's, element by
element, which is as fast as a polynomial in NumPy and right to the last digits.

References: Abramowitz & Stegun (1964) 6.3.5–6.3.18, 6.4.6–6.4.14 (recurrence, reflection and
asymptotic series of the polygamma functions); digamma on [1, 2] by the rational approximation
about its zero of Boost.Math (Maddock, 2006), so that it is right relatively there too.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Array: TypeAlias = NDArray[np.float64]

_SHIFT = 12.0
"""From here on the asymptotic series are right to rounding."""

_BERNOULLI = (1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6, -3617 / 510)
_DIGAMMA = tuple(b / (2 * k) for k, b in enumerate(_BERNOULLI, 1))

_OVERFLOWS = 700.0
"""Below this the exponential is finite."""

_ZERO_HIGH = 1569415565.0 / 1073741824.0
_ZERO_MIDDLE = (381566830.0 / 1073741824.0) / 1073741824.0
_ZERO_LOW = 0.9016312093258695918615325266959189453125e-19
_NUMERATOR = (
    0.254798510611315515235,
    -0.314628554532916496608,
    -0.665836341559876230295,
    -0.314767657147375752913,
    -0.0541156266153505273939,
    -0.00289268368333918761452,
)
_DENOMINATOR = (
    1.0,
    2.1195759927055347547,
    1.54350554664961128724,
    0.486986018231042975162,
    0.0660481487173569812846,
    0.00298999662592323990972,
    -0.165079794012604905639e-5,
    0.317940243105952177571e-7,
)
_FACTOR = 0.99558162689208984


def _polynomial(coefficients: tuple[float, ...], x: Any) -> Any:
    total = coefficients[-1]
    for coefficient in coefficients[-2::-1]:
        total = total * x + coefficient
    return total


def _digamma_near_zero(x: Any) -> Any:
    """Return digamma on [1, 2]."""
    from_zero = x - _ZERO_HIGH - _ZERO_MIDDLE - _ZERO_LOW
    ratio = _polynomial(_NUMERATOR, x - 1.0) / _polynomial(_DENOMINATOR, x - 1.0)
    return from_zero * _FACTOR + from_zero * ratio


# --- plain floats --------------------------------------------------------------------------------


def floor(x: float) -> float:
    """Return the largest whole number ≤ x."""
    return float(math.floor(x))


def ceil(x: float) -> float:
    """Return the smallest whole number ≥ x."""
    return float(math.ceil(x))


def sigmoid(x: float) -> float:
    """Return 1/(1 + exp(−x)) without overflow."""
    if x >= 0.0:
        return 1.0 / (1.0 + math.exp(-x))
    e = math.exp(x)
    return e / (1.0 + e)


def softplus(x: float) -> float:
    """Return log(1 + exp(x)) without overflow."""
    return (x if x > 0.0 else 0.0) + math.log1p(math.exp(-abs(x)))


def digamma(x: float) -> float:
    """Return the derivative of lgamma; ValueError at its poles."""
    if x <= 0.0:
        if x == math.floor(x):
            raise ValueError("a pole")
        return digamma(1.0 - x) - math.pi / _tangent_pi(x)
    total = 0.0
    if x < 1.0:
        total, x = -1.0 / x, x + 1.0
    if x <= 2.0:
        return total + float(_digamma_near_zero(x))
    while x < _SHIFT:
        total -= 1.0 / x
        x += 1.0
    t = 1.0 / (x * x)
    return total + math.log(x) - 0.5 / x - t * float(_polynomial(_DIGAMMA, t))


def polygamma(order: float, x: float) -> float:
    """Return the derivative of digamma of a whole `order` ≥ 0; ValueError at its poles."""
    n = int(order)
    if n != order or n < 0:
        raise ValueError("no such order")
    if n == 0:
        return digamma(x)
    if x <= 0.0:
        if x == math.floor(x):
            raise ValueError("a pole")
        mirrored = polygamma(n, 1.0 - x) * (-1.0) ** n
        return mirrored - math.pi ** (n + 1) * _cotangent_derivative(n, 1.0 / _tangent_pi(x))
    total = 0.0
    while x < _SHIFT + n:
        total += x ** -(n + 1)
        x += 1.0
    t = 1.0 / (x * x)
    series = 0.0
    for k in range(len(_BERNOULLI), 0, -1):
        rising = math.prod(range(2 * k + 1, 2 * k + n))
        series = series * t + _BERNOULLI[k - 1] * rising
    lead = math.factorial(n - 1)
    tail = (lead * (1.0 + 0.5 * n / x) + series * t) * x**-n
    return (total * math.factorial(n) + tail) * (-1.0) ** (n + 1)


def trigamma(x: float) -> float:
    """Return the second derivative of lgamma; ValueError at its poles."""
    return polygamma(1.0, x)


def _cotangent_derivative(order: int, cotangent: float) -> float:
    """Return the derivative of cot as a polynomial in cot: P₀ = c, P′ = −(1 + c²)·dP/dc."""
    coefficients = [0.0, 1.0]
    for _ in range(order):
        following = [0.0] * (len(coefficients) + 1)
        for power, coefficient in enumerate(coefficients):
            if power:
                following[power - 1] -= power * coefficient
                following[power + 1] -= power * coefficient
        coefficients = following
    return float(_polynomial(tuple(coefficients), cotangent))


def _tangent_pi(x: float) -> float:
    return math.tan(math.pi * (x - round(x)))


# --- arrays --------------------------------------------------------------------------------------


def _elementwise(
    scalar: Callable[[float], float], undefined: Callable[[float], float]
) -> Callable[..., Any]:
    """Return the array form of a scalar function; `undefined` answers where that one raises."""

    def careful(x: float) -> float:
        try:
            return scalar(x)
        except (ValueError, OverflowError, ZeroDivisionError):
            return undefined(x)

    def function(x: Any, out: Array | None = None) -> Any:
        values = np.asarray(x, dtype=np.float64)
        listed = values.ravel().tolist()
        try:
            flat = np.fromiter(map(scalar, listed), np.float64, len(listed))
        except (ValueError, OverflowError, ZeroDivisionError):
            flat = np.fromiter(map(careful, listed), np.float64, len(listed))
        result = flat.reshape(values.shape)
        if out is None:
            return result[()]
        out[...] = result
        return out

    return function


def _gamma_undefined(x: float) -> float:
    if x == 0.0:
        return math.copysign(math.inf, x)
    if x == -math.inf:
        return math.nan
    return math.inf if x > 0.0 else (math.nan if x == math.floor(x) else 0.0)


array_erf = _elementwise(math.erf, lambda x: math.nan)
array_gamma = _elementwise(math.gamma, _gamma_undefined)
array_lgamma = _elementwise(math.lgamma, lambda x: math.inf)
array_digamma = _elementwise(digamma, lambda x: math.nan)
array_trigamma = _elementwise(trigamma, lambda x: math.inf)


def array_sigmoid(x: Any, out: Array | None = None) -> Any:
    """Return 1/(1 + exp(−x)); where that exponential overflows, the quotient is 0 as it should."""
    e = np.exp(np.negative(x, out), out)
    return np.divide(1.0, np.add(e, 1.0, out), out)


def array_softplus(x: Any, out: Array | None = None) -> Any:
    """Return log(1 + exp(x)) without overflow, right relatively."""
    if out is None or not x.max() < _OVERFLOWS:
        return np.add(np.maximum(x, 0.0), np.log1p(np.exp(np.negative(np.abs(x)))), out)
    return np.log1p(np.exp(x, out), out)


def summed_softplus(x: Array, out: Array) -> Array:
    """Return log(1 + exp(x)) with an absolute error of a rounding: half the price, for sums."""
    if not x.max() < _OVERFLOWS:
        return np.asarray(array_softplus(x, out))
    np.add(np.exp(x, out), 1.0, out)
    return np.log(out, out)


def softplus_sigmoid(x: Array, softplus_out: Array, sigmoid_out: Array) -> None:
    """Write log(1 + exp(x)) and 1/(1 + exp(−x)) from one exponential."""
    if x.max() < _OVERFLOWS:
        np.exp(x, sigmoid_out)
        np.log1p(sigmoid_out, softplus_out)
        np.divide(sigmoid_out, 1.0 + sigmoid_out, sigmoid_out)
    else:
        array_softplus(x, softplus_out)
        array_sigmoid(x, sigmoid_out)


def summed_softplus_sigmoid(x: Array, softplus_out: Array, sigmoid_out: Array) -> None:
    """Do the same with an absolute error of a rounding in the softplus, for sums."""
    if x.max() < _OVERFLOWS:
        np.exp(x, sigmoid_out)
        np.add(sigmoid_out, 1.0, softplus_out)
        np.divide(sigmoid_out, softplus_out, sigmoid_out)
        np.log(softplus_out, softplus_out)
    else:
        array_softplus(x, softplus_out)
        array_sigmoid(x, sigmoid_out)


def array_polygamma(order: Any, x: Any, out: Array | None = None) -> Any:
    """Return the derivative of digamma of a whole `order` ≥ 0."""
    n = float(order)
    return _elementwise(partial(polygamma, n), partial(_pole, n))(x, out)


def _pole(order: float, x: float) -> float:
    return math.inf if order % 2 else math.nan


# --- matrices ------------------------------------------------------------------------------------


def batched_product(
    left: Array,
    right: Array,
    plan: tuple[tuple[int, ...], tuple[int, ...], int, int, tuple[int, ...]],
    out: Array,
) -> Array:
    """Multiply arrays and sum over dimensions that both have: a batch of matrix products.

    Args:
        left, right: The operands.
        plan: The order of left's dimensions as (shared, own, summed); of right's as (shared,
            summed, own); how many are shared, and how many are left's own; the order of the
            result's dimensions, which come out as (shared, left's own, right's own).
        out: The result.
    """
    turn_left, turn_right, shared, own, turn_out = plan
    a, b = left.transpose(turn_left), right.transpose(turn_right)
    summed = a.ndim - shared - own
    batch, rows, columns = (
        a.shape[:shared],
        a.shape[shared : shared + own],
        b.shape[shared + summed :],
    )
    inner = math.prod(b.shape[shared : shared + summed])
    product = np.matmul(
        a.reshape(*batch, math.prod(rows), inner), b.reshape(*batch, inner, math.prod(columns))
    )
    np.copyto(out, product.reshape(*batch, *rows, *columns).transpose(turn_out))
    return out


def inverse(matrix: Array) -> Array:
    """Return the inverse; NaN throughout where there is none."""
    try:
        return np.asarray(np.linalg.inv(matrix))
    except np.linalg.LinAlgError:
        return np.full(matrix.shape, math.nan)


def determinant(matrix: Array) -> np.float64:
    """Return the determinant."""
    return np.float64(np.linalg.det(matrix))


def log_determinant(matrix: Array) -> np.float64:
    """Return the logarithm of the determinant; NaN where that is not positive."""
    sign, logarithm = np.linalg.slogdet(matrix)
    return np.float64(logarithm if sign > 0 else math.nan)
