"""Where SymPy differentiates. Imported only when a rule must be derived.

Everything is done over generated dummies, never on text; constants stay exact until the end.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from typing import Any

# SymPy adds a filter of its own to the process's warnings when it is imported; gd changes nothing.
with warnings.catch_warnings():
    import sympy as sp

from gdcli.graph.rules import Rule, Step

_EXPRESSIONS: Mapping[str, Callable[..., Any]] = {
    "exp": sp.exp,
    "expm1": lambda x: sp.exp(x) - 1,
    "log": sp.log,
    "log2": lambda x: sp.log(x) / sp.log(2),
    "log10": lambda x: sp.log(x) / sp.log(10),
    "log1p": lambda x: sp.log(1 + x),
    "sqrt": sp.sqrt,
    "cbrt": sp.cbrt,
    "sin": sp.sin,
    "cos": sp.cos,
    "tan": sp.tan,
    "asin": sp.asin,
    "acos": sp.acos,
    "atan": sp.atan,
    "atan2": sp.atan2,
    "sinh": sp.sinh,
    "cosh": sp.cosh,
    "tanh": sp.tanh,
    "asinh": sp.asinh,
    "acosh": sp.acosh,
    "atanh": sp.atanh,
    "erf": sp.erf,
    "gamma": sp.gamma,
    "lgamma": sp.loggamma,
    "digamma": lambda x: sp.polygamma(0, x),
    "trigamma": lambda x: sp.polygamma(1, x),
}

_NAMES: Mapping[Any, str] = {
    sp.exp: "exp",
    sp.log: "log",
    sp.sin: "sin",
    sp.cos: "cos",
    sp.tan: "tan",
    sp.sinh: "sinh",
    sp.cosh: "cosh",
    sp.tanh: "tanh",
    sp.gamma: "gamma",
}

_POLYGAMMA = {0: "digamma", 1: "trigamma"}


def derive(function: str) -> tuple[Rule, ...]:
    """Return the rules of a function, one for each argument.

    Raises:
        KeyError: SymPy isn't asked about this function.
    """
    expression = _EXPRESSIONS[function]
    count = 2 if function == "atan2" else 1
    dummies = [sp.Dummy(f"a{k}", real=True) for k in range(count)]
    value = expression(*dummies)
    return tuple(_Translation(dummies, value).rule(value.diff(d)) for d in dummies)


class _Translation:
    """Turns one SymPy expression over dummies into a `Rule`."""

    def __init__(self, dummies: list[Any], value: Any) -> None:
        self._dummies = dummies
        self._value = value
        self._steps: list[Step] = []

    def rule(self, expression: Any) -> Rule:
        """Return the rule that makes `expression`."""
        self._place(expression)
        return tuple(self._steps)

    def _step(self, step: Step) -> int:
        if step not in self._steps:
            self._steps.append(step)
            return len(self._steps) - 1
        # The result must stand last, but only a rule of one step can end on a repetition.
        return self._steps.index(step)

    def _place(self, e: Any) -> int:
        """Return the number of the step that makes `e`. Depth is that of a derivative: small."""
        if e == self._value:
            return self._step(("value",))
        if not e.free_symbols:
            return self._step(("number", float(e.evalf(40))))
        if e in self._dummies:
            return self._step(("argument", self._dummies.index(e)))
        if e.is_Add:
            constant, rest = e.as_coeff_Add()
            terms = []
            for term in rest.as_ordered_terms():
                coefficient, factor = term.as_independent(*self._dummies, as_Add=False)
                terms.append((float(coefficient.evalf(40)), self._place(factor)))
            return self._step(("sum", float(constant), tuple(terms)))
        if e.is_Mul:
            return self._product(e)
        power = self._power(e)
        if power is not None:
            return self._step(("product", (power,)))
        if e.func is sp.polygamma:
            name = _POLYGAMMA.get(int(e.args[0]))
            at = self._place(e.args[1])
            if name is not None:
                return self._step(("apply", name, (at,)))
            order = self._step(("number", float(e.args[0])))
            return self._step(("apply", "polygamma", (order, at)))
        if e.is_Pow and e.exp == sp.Rational(1, 2):
            return self._step(("apply", "sqrt", (self._place(e.base),)))
        return self._step(("apply", _NAMES[e.func], tuple(self._place(a) for a in e.args)))

    def _product(self, e: Any) -> int:
        coefficient, rest = e.as_independent(*self._dummies, as_Add=False)
        factors = []
        for factor in sp.Mul.make_args(rest):
            factors.append(self._power(factor) or (self._place(factor), 1))
        if coefficient == 1:
            return self._step(("product", tuple(factors)))
        if len(factors) == 1 and factors[0][1] == 1:
            place = factors[0][0]
        else:
            place = self._step(("product", tuple(factors)))
        return self._step(("sum", 0.0, ((float(coefficient.evalf(40)), place),)))

    def _power(self, e: Any) -> tuple[int, int] | None:
        """Return (step, whole exponent) where `e` is a power of the value, or of something."""
        if not e.is_Pow:
            return None
        if self._value.is_Pow and e.base == self._value.base:
            exponent = e.exp / self._value.exp
            if exponent.is_Integer:
                return self._step(("value",)), int(exponent)
        if e.exp.is_Integer:
            return self._place(e.base), int(e.exp)
        if e.exp.is_Rational and e.exp.q == 2 and e.exp != sp.Rational(1, 2):
            root = self._step(("apply", "sqrt", (self._place(e.base),)))
            return root, int(2 * e.exp)
        return None
