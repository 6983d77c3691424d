"""Objectives for the trust regions' tests: SymPy derives them, NumPy evaluates them.

An oracle independent of the project's own derivation.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import numpy as np
import sympy


@cache
def derive(formula: str | tuple[str, ...], names: str):
    """Return the size, and functions for f, ∇f, ∇²f, r, ∂r/∂x and d²r(x + tv)/dt²."""
    x = sympy.symbols(names, real=True, seq=True)
    v = sympy.symbols([f"direction{k}" for k in range(len(x))], real=True)
    space = {symbol.name: symbol for symbol in x}
    squares = not isinstance(formula, str)
    r = [sympy.sympify(part, locals=space) for part in formula] if squares else []
    f = sum(part**2 for part in r) if squares else sympy.sympify(formula, locals=space)
    g = [sympy.diff(f, a) for a in x]
    along = [sum(sympy.diff(part, a) * d for a, d in zip(x, v, strict=True)) for part in r]
    answers = (
        (x, f),
        (x, g),
        (x, [sympy.diff(slope, a) for slope in g for a in x]),
        (x, r),
        (x, [sympy.diff(part, a) for part in r for a in x]),
        ([*x, *v], [sum(sympy.diff(p, a) * d for a, d in zip(x, v, strict=True)) for p in along]),
    )
    return len(x), *(sympy.lambdify(names, answer, "numpy") for names, answer in answers)


class Smooth:
    """factor · f(units · x), f a formula, or the sum of squares of several.

    Attributes:
        asked: Every point at which anything was asked.
    """

    def __init__(
        self,
        formula: str | Sequence[str],
        names: str,
        *,
        factor: float = 1.0,
        units: Sequence[float] | None = None,
    ) -> None:
        squares = not isinstance(formula, str)
        self.offset = 0.0
        self.provides = frozenset(
            ["value", "gradient", "hessian", "product", *(["residuals"] if squares else [])]
        )
        derived = derive(formula if isinstance(formula, str) else tuple(formula), names)
        self.size, self._f, self._g, self._h, self._r, self._j, self._b = derived
        self._factor, self._root = factor, np.sqrt(factor)
        self._units = np.ones(self.size) if units is None else np.array(units, dtype=float)
        self.asked: list[np.ndarray] = []

    def _at(self, function, x, *more):
        self.asked.append(x.copy())
        with np.errstate(all="ignore"):
            return np.array(function(*(self._units * x), *more), dtype=float)

    def value(self, x):
        return self._factor * float(self._at(self._f, x))

    def value_and_gradient(self, x):
        return self.value(x), self._factor * self._units * self._at(self._g, x)

    def hessian(self, x):
        return self._matrix(x)

    def hessian_product(self, x, v):
        return self._matrix(x) @ v

    def _matrix(self, x):
        plain = self._at(self._h, x).reshape(self.size, self.size)
        return self._factor * plain * np.outer(self._units, self._units)

    def residuals(self, x):
        return self._root * self._at(self._r, x)

    def jacobian(self, x):
        return self._root * self._at(self._j, x).reshape(-1, self.size) * self._units

    def residual_curvature(self, x, v):
        return self._root * self._at(self._b, x, *(self._units * v))


ROSENBROCK = ("10*(y - x**2)", "1 - x")
BEALE = ("1.5 - x*(1 - y)", "2.25 - x*(1 - y**2)", "2.625 - x*(1 - y**3)")
FREUDENSTEIN = ("-13 + x + ((5 - y)*y - 2)*y", "-29 + x + ((y + 1)*y - 14)*y")
POWELL = ("a + 10*b", "2.23606797749979*(c - d)", "(b - 2*c)**2", "3.1622776601683795*(a - d)**2")
