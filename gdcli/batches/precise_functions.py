"""The functions of the language in high precision, on numbers of mpmath and arrays of them."""

from __future__ import annotations

import operator
from collections.abc import Callable
from functools import reduce
from typing import Any

import numpy as np

from gdcli.language.tree import Call

HUGE = 1e9
"""Exponentials of more are infinite: their exponents would not fit into memory."""


class Undefined(Exception):
    """What cannot be computed here, such as an index out of range."""


def elementwise(operation: Callable[..., Any], *values: Any) -> Any:
    """Return an operation's result, broadcast as NumPy does."""
    if not any(isinstance(value, np.ndarray) for value in values):
        return operation(*values)
    return np.frompyfunc(operation, len(values), 1)(*values)


class Functions:
    """The functions, computed in one context of mpmath.

    Args:
        context: An `mpmath.MPContext` of its own: mpmath's global one is left alone.
    """

    def __init__(self, context: Any) -> None:
        mp = self.mp = context
        self.nan, self.inf = mp.nan, mp.inf
        real = self._real
        one = {
            "exp": self._exp,
            "log2": real(lambda x: mp.log(x) / mp.log(2)),
            "log10": real(mp.log10),
            "log1p": real(mp.log1p),
            "expm1": lambda x: self._exp(x) - 1 if abs(x) > 1 else mp.expm1(x),
            "sqrt": real(mp.sqrt),
            "cbrt": lambda x: mp.sign(x) * mp.cbrt(abs(x)),
            "sin": real(mp.sin), "cos": real(mp.cos), "tan": real(mp.tan),
            "asin": real(mp.asin), "acos": real(mp.acos), "atan": real(mp.atan),
            "sinh": lambda x: (self._exp(x) - self._exp(-x)) / 2 if abs(x) > 1 else mp.sinh(x),
            "cosh": lambda x: (self._exp(x) + self._exp(-x)) / 2,
            "tanh": lambda x: mp.sign(x) * mp.one if abs(x) > HUGE else mp.tanh(x),
            "asinh": real(mp.asinh), "acosh": real(mp.acosh), "atanh": real(mp.atanh),
            "abs": abs, "sign": mp.sign, "floor": mp.floor, "ceil": mp.ceil,
            "erf": mp.erf, "gamma": real(mp.gamma),
            "lgamma": real(lambda x: mp.re(mp.loggamma(mp.mpc(x)))),
            "sigmoid": lambda x: 1 / (1 + self._exp(-x)),
            "softplus": lambda x: x if x > HUGE else mp.log1p(self._exp(x)),
            "relu": lambda x: x if x > 0 else mp.zero,
        }  # fmt: skip
        self._one: dict[str, Callable[[Any], Any]] = one
        self._matrix: dict[str, Callable[..., Any]] = {
            "dot": self.dot,
            "tr": lambda a: reduce(operator.add, [a[k, k] for k in range(len(a))], mp.zero),
            "det": self._det,
            "logdet": lambda a: self._log(self._det(a)),
            "inv": self._inverse,
            "diag": self._diagonal,
        }
        self._folds: dict[str, tuple[Callable[[Any, Any], Any], Any]] = {
            "sum": (operator.add, mp.zero),
            "mean": (operator.add, mp.zero),
            "prod": (operator.mul, mp.one),
            "max": (max, None),
            "min": (min, None),
        }

    def call(self, node: Call, values: list[Any]) -> Any:
        """Return a function of values."""
        name = node.function
        if name in self._one:
            return elementwise(lambda x: self._one[name](self.mp.mpf(x)), values[0])
        if name in self._matrix:
            return self._matrix[name](*values)
        if name == "len":
            return len(values[0])
        if name == "log":
            result = elementwise(self._log, values[0])
            return result if len(values) == 1 else (
                elementwise(self.divide, result, elementwise(self._log, values[1]))
            )  # fmt: skip
        if name == "atan2":
            return elementwise(lambda y, x: self.mp.atan2(y, x), *values)
        if name == "hypot":
            return elementwise(lambda x, y: self.mp.hypot(x, y), *values)
        if name == "where":
            return elementwise(lambda test, a, b: a if test else b, *values)
        if name in ("min", "max") and len(values) > 1:
            best = self._folds[name][0]
            return reduce(lambda a, b: elementwise(best, a, b), values)
        if name in ("norm", "norm1", "logsumexp") or name in self._folds:
            return self._reduced(name, values[0], node.axis)
        raise Undefined(f"`{name}` has no high-precision form")

    def fold(self, name: str, values: list[Any]) -> Any:
        """Return a generator's reduction of its values."""
        operation, empty = self._folds[name]
        if not values and (empty is None or name == "mean"):
            raise Undefined(f"`{name}` of nothing is undefined")
        total = reduce(
            lambda a, b: elementwise(operation, a, b), values if empty is None else [empty, *values]
        )
        return total if name != "mean" else elementwise(self.divide, total, len(values))

    def divide(self, a: Any, b: Any) -> Any:
        """Return a / b; infinite or undefined where b is 0."""
        if b == 0:
            return self.nan if a == 0 or self.mp.isnan(a) else self.inf * self.mp.sign(a)
        return self.mp.mpf(a) / b

    def power(self, base: Any, exponent: Any) -> Any:
        """Return base ** exponent over the reals."""
        mp = self.mp
        base, exponent = mp.mpf(base), mp.mpf(exponent)
        if base == 0:
            return mp.one if exponent == 0 else self.inf if exponent < 0 else mp.zero
        if base < 0 and not mp.isint(exponent):
            return self.nan
        if abs(exponent) * abs(mp.log(abs(base))) > HUGE:
            grows = (abs(base) > 1) == (exponent > 0)
            return self.inf if grows else mp.zero
        return mp.power(base, exponent)

    def dot(self, a: Any, b: Any) -> Any:
        """Return `a @ b`; a product of numbers for `dot(2, x)`."""
        if not (isinstance(a, np.ndarray) and isinstance(b, np.ndarray)):
            return elementwise(operator.mul, a, b)
        return np.dot(a, b) if a.size and b.size else self.mp.zero

    def _reduced(self, name: str, value: Any, axis: int | None) -> Any:
        if not isinstance(value, np.ndarray):
            return abs(value) if name in ("norm", "norm1") else value
        if axis is None:
            return self._whole(name, list(value.reshape(-1)))
        moved = np.moveaxis(value, axis, -1)
        out = np.empty(moved.shape[:-1], dtype=object)
        for place in np.ndindex(*out.shape):
            out[place] = self._whole(name, list(moved[place]))
        return out if out.ndim else out[()]

    def _whole(self, name: str, values: list[Any]) -> Any:
        if name == "norm":
            return self.mp.sqrt(sum((v * v for v in values), self.mp.zero))
        if name == "norm1":
            return sum((abs(v) for v in values), self.mp.zero)
        if name == "logsumexp":
            top = max(values)
            return top + self.mp.log(sum((self._exp(v - top) for v in values), self.mp.zero))
        return self.fold(name, values)

    def _real(self, function: Callable[[Any], Any]) -> Callable[[Any], Any]:
        """Return a function that is NaN where its value would be complex, infinite at poles."""

        def guarded(x: Any) -> Any:
            try:
                value = function(x)
            except ZeroDivisionError:
                return self.inf
            except ValueError:
                return self.nan
            return self.nan if isinstance(value, self.mp.mpc) else value

        return guarded

    def _exp(self, x: Any) -> Any:
        if abs(x) > HUGE:
            return self.inf if x > 0 else self.mp.zero
        return self.mp.exp(x)

    def _log(self, x: Any) -> Any:
        if x <= 0:
            return -self.inf if x == 0 else self.nan
        return self.mp.log(x)

    def _det(self, a: Any) -> Any:
        return self.mp.det(self.mp.matrix(a.tolist()))

    def _inverse(self, a: Any) -> Any:
        try:
            inverse = self.mp.inverse(self.mp.matrix(a.tolist()))
        except ZeroDivisionError:
            return np.full(a.shape, self.nan, dtype=object)
        return np.array(inverse.tolist(), dtype=object).reshape(a.shape)

    def _diagonal(self, a: Any) -> Any:
        if a.ndim == 2:
            return np.diagonal(a).copy()
        out = np.full((len(a), len(a)), self.mp.zero, dtype=object)
        for k, value in enumerate(a):
            out[k, k] = value
        return out
