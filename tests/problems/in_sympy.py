"""A scalar formula as a plain SymPy expression, by a path of its own: tree → SymPy."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sympy

from gdcli.language import tree as t

FUNCTIONS: Mapping[str, Any] = {
    "exp": sympy.exp, "log": sympy.log, "log2": lambda x: sympy.log(x, 2),
    "log10": lambda x: sympy.log(x, 10), "log1p": lambda x: sympy.log(1 + x),
    "expm1": lambda x: sympy.exp(x) - 1, "sqrt": sympy.sqrt, "sin": sympy.sin, "cos": sympy.cos,
    "tan": sympy.tan, "asin": sympy.asin, "acos": sympy.acos, "atan": sympy.atan,
    "atan2": sympy.atan2, "sinh": sympy.sinh, "cosh": sympy.cosh, "tanh": sympy.tanh,
    "abs": sympy.Abs, "min": sympy.Min, "max": sympy.Max, "erf": sympy.erf,
    "gamma": sympy.gamma, "lgamma": sympy.loggamma, "sigmoid": lambda x: 1 / (1 + sympy.exp(-x)),
    "softplus": lambda x: sympy.log(1 + sympy.exp(x)),
    "hypot": lambda x, y: sympy.sqrt(x**2 + y**2),
}  # fmt: skip


def as_sympy(node: t.Tree, names: Mapping[str, Any]) -> Any:
    """Return the SymPy expression of a scalar tree; `names` gives a symbol or number by name."""
    match node:
        case t.Number():
            whole = node.is_integer
            return sympy.Integer(int(node.value)) if whole else sympy.Float(node.value, 30)
        case t.Name():
            return names[node.name]
        case t.Negative():
            return -as_sympy(node.operand, names)
        case t.Sum():
            parts = [as_sympy(part, names) for part in node.terms]
            pairs = zip(parts, node.negated, strict=True)
            return sympy.Add(*[-part if negated else part for part, negated in pairs])
        case t.Product():
            parts = [as_sympy(part, names) for part in node.factors]
            pairs = zip(parts, node.divided, strict=True)
            return sympy.Mul(*[1 / part if divided else part for part, divided in pairs])
        case t.Power():
            return as_sympy(node.base, names) ** as_sympy(node.exponent, names)
        case t.Call():
            return FUNCTIONS[node.function](*(as_sympy(part, names) for part in node.arguments))
        case _:
            raise TypeError(type(node).__name__)
