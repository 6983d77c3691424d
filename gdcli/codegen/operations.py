"""ONE table of what generated code can apply elementwise: a row a function.

The table is also the whitelist that programs read from disk are held against.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from gdcli.codegen import special
from gdcli.codegen.hyperbolic import array_tanh
from gdcli.records import dataclass


@dataclass(frozen=True, slots=True)
class Operation:
    """An elementwise operation.

    Attributes:
        least, most: How many arguments it takes; `most` None: any number.
        text: How it is written over plain floats, arguments as `{0}`, `{1}`; conditions give a
            truth value and are turned into 1.0 or 0.0 where a number is needed.
        scalar: The function of plain floats that `text` calls, if any. It may raise
            OverflowError, ValueError, ZeroDivisionError.
        array: The function of arrays, called with `out` last. It never raises.
        names: The arguments stand more than once in `text`.
        condition: `text` gives a truth value.
        folds: `text` and `array` take two arguments and are folded over more.
        logical: The arguments may be truth values.
    """

    least: int
    most: int | None
    text: str
    scalar: Any
    array: Any
    names: bool = False
    condition: bool = False
    folds: bool = False
    logical: bool = False


def _call(name: str, scalar: Any, array: Any) -> Operation:
    return Operation(1, 1, f"_{name}({{0}})", scalar, array)


def _call2(name: str, scalar: Any, array: Any) -> Operation:
    return Operation(2, 2, f"_{name}({{0}}, {{1}})", scalar, array)


def _compare(sign: str, array: Any) -> Operation:
    return Operation(2, 2, f"{{0}} {sign} {{1}}", None, array, condition=True)


def _select(test: Any, chosen: Any, other: Any, out: Any = None) -> Any:
    result = np.where(np.not_equal(test, 0.0), chosen, other)
    if out is None:
        return result
    out[...] = result
    return out


OPERATIONS: Mapping[str, Operation] = {
    "exp": _call("exp", math.exp, np.exp),
    "log": _call("log", math.log, np.log),
    "log2": _call("log2", math.log2, np.log2),
    "log10": _call("log10", math.log10, np.log10),
    "log1p": _call("log1p", math.log1p, np.log1p),
    "expm1": _call("expm1", math.expm1, np.expm1),
    "sqrt": _call("sqrt", math.sqrt, np.sqrt),
    "cbrt": _call("cbrt", math.cbrt, np.cbrt),
    "sin": _call("sin", math.sin, np.sin),
    "cos": _call("cos", math.cos, np.cos),
    "tan": _call("tan", math.tan, np.tan),
    "asin": _call("asin", math.asin, np.arcsin),
    "acos": _call("acos", math.acos, np.arccos),
    "atan": _call("atan", math.atan, np.arctan),
    "atan2": _call2("atan2", math.atan2, np.arctan2),
    "sinh": _call("sinh", math.sinh, np.sinh),
    "cosh": _call("cosh", math.cosh, np.cosh),
    "tanh": _call("tanh", math.tanh, array_tanh),
    "asinh": _call("asinh", math.asinh, np.arcsinh),
    "acosh": _call("acosh", math.acosh, np.arccosh),
    "atanh": _call("atanh", math.atanh, np.arctanh),
    "floor": _call("floor", special.floor, np.floor),
    "ceil": _call("ceil", special.ceil, np.ceil),
    "erf": _call("erf", math.erf, special.array_erf),
    "gamma": _call("gamma", math.gamma, special.array_gamma),
    "lgamma": _call("lgamma", math.lgamma, special.array_lgamma),
    "digamma": _call("digamma", special.digamma, special.array_digamma),
    "trigamma": _call("trigamma", special.trigamma, special.array_trigamma),
    "polygamma": _call2("polygamma", special.polygamma, special.array_polygamma),
    "sigmoid": _call("sigmoid", special.sigmoid, special.array_sigmoid),
    "softplus": _call("softplus", special.softplus, special.array_softplus),
    "pow": _call2("pow", math.pow, np.power),
    "hypot": Operation(1, None, "_hypot({0}, {1})", math.hypot, np.hypot, folds=True),
    "abs": _call("abs", math.fabs, np.abs),
    "sign": Operation(
        1, 1, "1.0 if {0} > 0.0 else -1.0 if {0} < 0.0 else {0}", None, np.sign, names=True
    ),
    "relu": Operation(
        1,
        1,
        "{0} if {0} > 0.0 else 0.0 if {0} <= 0.0 else {0}",
        None,
        lambda x, out=None: np.maximum(x, 0.0, out=out),
        names=True,
    ),
    # A NaN is neither above nor below and must win: a + b is NaN then.
    "max": Operation(
        1,
        None,
        "{0} if {0} > {1} else {1} if {0} <= {1} else {0} + {1}",
        None,
        np.maximum,
        names=True,
        folds=True,
    ),
    "min": Operation(
        1,
        None,
        "{0} if {0} < {1} else {1} if {0} >= {1} else {0} + {1}",
        None,
        np.minimum,
        names=True,
        folds=True,
    ),
    "less": _compare("<", np.less),
    "less_equal": _compare("<=", np.less_equal),
    "equal": _compare("==", np.equal),
    "not_equal": _compare("!=", np.not_equal),
    "and": Operation(
        1, None, "{0} and {1}", None, np.logical_and, condition=True, folds=True, logical=True
    ),
    "or": Operation(
        1, None, "{0} or {1}", None, np.logical_or, condition=True, folds=True, logical=True
    ),
    "not": Operation(1, 1, "not {0}", None, np.logical_not, condition=True, logical=True),
    "where": Operation(3, 3, "{1} if {0} else {2}", None, _select),
}


def allowed(function: str, count: int) -> bool:
    """Return whether `function` is known and takes `count` arguments."""
    row = OPERATIONS.get(function)
    return row is not None and row.least <= count and (row.most is None or count <= row.most)
