"""Graphs without axes, evaluated with mpmath: what the value is but for rounding."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import mpmath

from gdcli.graph.formula import Formula
from gdcli.graph.nodes import Access, Apply, Number, Product, Sum
from gdcli.graph.walk import reachable

FUNCTIONS: Mapping[str, Callable[..., Any]] = {
    **{f: getattr(mpmath, f) for f in ("exp", "log", "sqrt", "sin", "cos", "tan", "tanh", "atan")},
    **{f: getattr(mpmath, f) for f in ("sinh", "cosh", "asinh", "erf", "cbrt", "hypot", "atan2")},
    "softplus": lambda x: mpmath.log1p(mpmath.exp(x)),
    "sigmoid": lambda x: 1 / (1 + mpmath.exp(-x)),
    "pow": mpmath.power,
}


def precise(formula: Formula, x: Any, digits: int = 60) -> Any:
    """Return the value of a formula of scalar variables at x, as an mpmath number."""
    with mpmath.workdps(digits):
        values: dict[int, Any] = {}
        for item in reachable((formula.root,)):
            match item:
                case Number():
                    values[item.serial] = mpmath.mpf(item.value)
                case Access():
                    values[item.serial] = mpmath.mpf(x[item.array.offset])  # type: ignore[union-attr]
                case Sum():
                    pairs = zip(item.coefficients, item.terms, strict=True)
                    parts = [mpmath.mpf(c) * values[t.serial] for c, t in pairs]
                    values[item.serial] = mpmath.fsum([mpmath.mpf(item.constant), *parts])
                case Product():
                    powers = zip(item.factors, item.exponents, strict=True)
                    parts = [values[f.serial] ** e for f, e in powers]
                    values[item.serial] = mpmath.fprod(parts)
                case Apply():
                    arguments = [values[a.serial] for a in item.arguments]
                    values[item.serial] = FUNCTIONS[item.function](*arguments)
        return values[formula.root.serial]
