"""The functions and constants of the formula language: one row each.

The parser reads names and numbers of arguments here, the documentation its lines, the graph the
kinds and domains. Importing this module imports neither NumPy nor SymPy.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal

from gdcli.records import dataclass

FunctionKind = Literal["elementwise", "reduction", "norm", "matrix"]


@dataclass(frozen=True, slots=True)
class Function:
    """A function that a formula may call.

    Attributes:
        name: The canonical name, which stands in `Call.function`.
        aliases: Other spellings.
        least, most: How many arguments it takes; `most` is None for any number.
        kind: `elementwise` (broadcasts), `reduction` (an array to a number or along an axis),
            `norm`, or `matrix` (of one or two whole arrays).
        summary: One line for a person.
        domain: Where it is defined, for a person; empty if everywhere.
        sympy: The name of the same function in SymPy, None where SymPy has none.
        takes_axis: Whether `axis=` may be given.
        takes_generator: Whether `body for i in range(n)` may be its only argument.
    """

    name: str
    aliases: tuple[str, ...]
    least: int
    most: int | None
    kind: FunctionKind
    summary: str
    domain: str = ""
    sympy: str | None = None
    takes_axis: bool = False
    takes_generator: bool = False

    def arity(self) -> str:
        """Return how many arguments it takes, for a person: `1 argument`, `1 or 2 arguments`."""
        if self.most is None:
            return f"{self.least} or more arguments"
        if self.least == self.most:
            return "1 argument" if self.least == 1 else f"{self.least} arguments"
        return f"{self.least} or {self.most} arguments"


def _map(
    name: str,
    summary: str,
    *,
    also: tuple[str, ...] = (),
    domain: str = "",
    sympy: str | None = None,
    least: int = 1,
    most: int | None = 1,
) -> Function:
    """Return the row of an elementwise function."""
    return Function(name, also, least, most, "elementwise", summary, domain, sympy)


def _fold(
    name: str,
    summary: str,
    *,
    also: tuple[str, ...] = (),
    most: int | None = 1,
    generator: bool = True,
    sympy: str | None = None,
) -> Function:
    """Return the row of a reduction."""
    return Function(
        name, also, 1, most, "reduction", summary, "", sympy, True, takes_generator=generator
    )


def _matrix(
    name: str, summary: str, *, also: tuple[str, ...] = (), domain: str = "", arguments: int = 1
) -> Function:
    """Return the row of a function of whole arrays."""
    return Function(name, also, arguments, arguments, "matrix", summary, domain)


_ROWS: tuple[Function, ...] = (
    _map("exp", "e to the power x", sympy="exp"),
    _map(
        "log",
        "natural logarithm; log(x, base) to another base",
        also=("ln",),
        domain="x > 0",
        sympy="log",
        most=2,
    ),
    _map("log2", "logarithm to base 2", domain="x > 0"),
    _map("log10", "logarithm to base 10", domain="x > 0"),
    _map("log1p", "log(1 + x), accurate near 0", domain="x > -1"),
    _map("expm1", "exp(x) - 1, accurate near 0"),
    _map("sqrt", "square root", domain="x >= 0", sympy="sqrt"),
    _map("cbrt", "real cube root, also of negative numbers"),
    _map("sin", "sine of an angle in radians", sympy="sin"),
    _map("cos", "cosine of an angle in radians", sympy="cos"),
    _map("tan", "tangent of an angle in radians", sympy="tan"),
    _map("asin", "inverse sine, in radians", also=("arcsin",), domain="-1 <= x <= 1", sympy="asin"),
    _map(
        "acos", "inverse cosine, in radians", also=("arccos",), domain="-1 <= x <= 1", sympy="acos"
    ),
    _map("atan", "inverse tangent, in radians", also=("arctan",), sympy="atan"),
    _map(
        "atan2",
        "angle of the point (x, y): atan2(y, x), in radians",
        also=("arctan2",),
        domain="(x, y) not (0, 0)",
        sympy="atan2",
        least=2,
        most=2,
    ),
    _map("sinh", "hyperbolic sine", sympy="sinh"),
    _map("cosh", "hyperbolic cosine", sympy="cosh"),
    _map("tanh", "hyperbolic tangent", sympy="tanh"),
    _map("asinh", "inverse hyperbolic sine", also=("arcsinh",), sympy="asinh"),
    _map("acosh", "inverse hyperbolic cosine", also=("arccosh",), domain="x >= 1", sympy="acosh"),
    _map(
        "atanh", "inverse hyperbolic tangent", also=("arctanh",), domain="-1 < x < 1", sympy="atanh"
    ),
    _map("abs", "absolute value", also=("absolute", "fabs"), sympy="Abs"),
    _map("sign", "-1, 0 or 1, as x is negative, zero or positive", sympy="sign"),
    _fold(
        "min",
        "smallest of its arguments, element by element, or of one array or generator",
        also=("minimum", "amin"),
        most=None,
        sympy="Min",
    ),
    _fold(
        "max",
        "largest of its arguments, element by element, or of one array or generator",
        also=("maximum", "amax"),
        most=None,
        sympy="Max",
    ),
    _map("floor", "largest whole number not above x", sympy="floor"),
    _map("ceil", "smallest whole number not below x", sympy="ceiling"),
    _map("erf", "error function", sympy="erf"),
    _map(
        "gamma",
        "gamma function; gamma(n + 1) is n factorial",
        domain="x not 0, -1, -2, …",
        sympy="gamma",
    ),
    _map(
        "lgamma",
        "logarithm of |gamma(x)|",
        also=("gammaln", "loggamma"),
        domain="x not 0, -1, -2, …",
    ),
    _map("sigmoid", "1/(1 + exp(-x)), without overflow", also=("expit",)),
    _map("softplus", "log(1 + exp(x)), without overflow"),
    _map("relu", "max(x, 0)"),
    _fold("logsumexp", "log of the sum of exponentials, without overflow", generator=False),
    Function("norm", (), 1, 1, "norm", "Euclidean norm of all elements", takes_axis=True),
    Function("norm1", (), 1, 1, "norm", "sum of absolute values of all elements", takes_axis=True),
    _matrix("dot", "inner product of two vectors; otherwise as `@`", arguments=2),
    _fold("sum", "sum of an array or generator"),
    _fold("prod", "product of an array or generator", also=("product",)),
    _fold("mean", "arithmetic mean of an array or generator", also=("average",)),
    _map("hypot", "sqrt(x**2 + y**2), without overflow", least=2, most=2),
    _map("where", "where(test, a, b): a where the test holds, b elsewhere", least=3, most=3),
    Function("len", (), 1, 1, "reduction", "length of an array's first axis"),
    _matrix("tr", "trace of a square matrix", also=("trace",)),
    _matrix("det", "determinant of a square matrix"),
    _matrix("logdet", "logarithm of a determinant", domain="det(A) > 0"),
    _matrix("inv", "inverse of a square matrix", domain="det(A) not 0"),
    _matrix("diag", "diagonal of a matrix, or the diagonal matrix of a vector"),
)

FUNCTIONS: Mapping[str, Function] = MappingProxyType({row.name: row for row in _ROWS})
"""Every function by its canonical name."""

SPELLINGS: Mapping[str, Function] = MappingProxyType(
    {spelling: row for row in _ROWS for spelling in (row.name, *row.aliases)}
)
"""Every function by every name that the language knows it by."""

CONSTANTS: Mapping[str, float] = MappingProxyType(
    {"pi": math.pi, "e": math.e, "tau": math.tau, "inf": math.inf}
)
"""Constants that stand for themselves unless the user gives the name another meaning."""

RESERVED: frozenset[str] = frozenset(
    ("for", "if", "else", "in", "and", "or", "not", "None", "True", "False", "nan")
)
"""Words that cannot be names."""


def find(name: str) -> Function | None:
    """Return the function that `name` spells, or None."""
    return SPELLINGS.get(name)
