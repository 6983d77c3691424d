"""Objectives for the engine's tests: formulas, differentiated by SymPy, evaluated by NumPy.

An oracle independent of the project's own derivation. Noise is left to the Oracle's fallback unless
a test gives one.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import sympy


class Formula:
    """A formula of named variables, with all that `Objective` asks for but residuals."""

    offset = 0.0

    def __init__(
        self,
        text: str,
        names: str = "x",
        *,
        provides: Iterable[str] = ("value", "gradient", "hessian", "product"),
    ) -> None:
        variables = sympy.symbols(names, real=True, seq=True)
        expression = sympy.sympify(text, locals={v.name: v for v in variables})
        slopes = [sympy.diff(expression, v) for v in variables]
        curvatures = [sympy.diff(slope, v) for slope in slopes for v in variables]
        curvatures = [c.replace(sympy.DiracDelta, lambda *_: sympy.Integer(0)) for c in curvatures]
        modules = [{"sign": np.sign}, "numpy"]
        self.size = len(variables)
        self.provides = frozenset(provides)
        self._value = sympy.lambdify(variables, expression, modules)
        self._slopes = sympy.lambdify(variables, slopes, modules)
        self._curvatures = sympy.lambdify(variables, curvatures, modules)

    def value(self, x: np.ndarray) -> float:
        with np.errstate(all="ignore"):
            return float(self._value(*x))

    def value_and_gradient(self, x: np.ndarray) -> tuple[float, np.ndarray]:
        with np.errstate(all="ignore"):
            return float(self._value(*x)), np.array(self._slopes(*x), dtype=float)

    def hessian(self, x: np.ndarray) -> np.ndarray:
        with np.errstate(all="ignore"):
            return np.array(self._curvatures(*x), dtype=float).reshape(self.size, self.size)

    def hessian_product(self, x: np.ndarray, v: np.ndarray) -> np.ndarray:
        return self.hessian(x) @ v
