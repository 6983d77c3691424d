"""The expression graph: nodes with named axes, interned, so that equal means identical.

Two sorts. A **node** stands for a number for every assignment of its *axes* (a scalar has none);
operands of an operation are broadcast by axis, that is, a node's axes are the union of its
operands'. An **array** has positions instead: a variable, data, the flat result of a scatter, the
inverse of a matrix. `Access` leads from arrays to nodes (`x[i+1]` reads the array x along axis i),
`Collect` and `Scatter` lead back.

`X @ w` and `sum(X[i, k]*w[k] for k in range(p))` are the same graph: a `Reduce` over a product.
Nodes are made by a `Graph` only, which interns them and gives each a serial number; operands always
have smaller numbers than what is made of them, so sorting by `serial` is a topological order.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Literal, TypeAlias

from gdcli.diagnostics import Span
from gdcli.records import dataclass

ReduceOperator = Literal["sum", "prod", "max", "min"]
LeafRole = Literal["variable", "data", "direction"]


@dataclass(frozen=True, slots=True)
class Axis:
    """A named axis. Equal only if number and extent are equal.

    Attributes:
        number: Its identity. Axes of nested scopes have different numbers; sibling scopes of the
            same extent share one, so that equal sums become the same node.
        extent: Its length; index values run 0 … extent − 1.
    """

    number: int
    extent: int


@dataclass(frozen=True, slots=True)
class Affine:
    """An index: `offset + Σ coefficient·axis`. `terms` is sorted by axis number, no zeros."""

    offset: int
    terms: tuple[tuple[Axis, int], ...] = ()

    def range(self) -> tuple[int, int]:
        """Return the smallest and the largest value that the index takes."""
        low = high = self.offset
        for axis, coefficient in self.terms:
            reach = coefficient * (axis.extent - 1)
            low, high = low + min(reach, 0), high + max(reach, 0)
        return low, high


@dataclass(slots=True, eq=False)
class Lookup:
    """An index read from an integer array: `table[position]`. `table` is a data leaf."""

    table: Leaf
    position: tuple[Affine, ...]


Index: TypeAlias = Affine | Lookup


# --- arrays: values with positions -------------------------------------------------------------


@dataclass(slots=True, eq=False)
class Leaf:
    """A variable, data, or the direction of a derivative.

    Attributes:
        offset: Where its first element stands in the flat vector of its role (data: which of the
            data arrays it is). A leaf is stored in C order.
    """

    serial: int
    role: LeafRole
    name: str
    shape: tuple[int, ...]
    offset: int


@dataclass(slots=True, eq=False)
class Collect:
    """The node `body` laid out as an array: position k runs along `axes[k]`."""

    serial: int
    body: Node
    axes: tuple[Axis, ...]

    @property
    def shape(self) -> tuple[int, ...]:
        return tuple(axis.extent for axis in self.axes)


@dataclass(slots=True, eq=False)
class Scatter:
    """An array of zeros to which every entry adds: `result[index] += value`, over `axes`.

    The adjoint of accesses. The value may have fewer axes than `axes` (it is then broadcast),
    never more.
    """

    serial: int
    shape: tuple[int, ...]
    entries: tuple[ScatterEntry, ...]


@dataclass(frozen=True, slots=True)
class ScatterEntry:
    """One `result[index] += value` for all values of `axes`."""

    index: tuple[Index, ...]
    axes: tuple[Axis, ...]
    value: Node


@dataclass(slots=True, eq=False)
class Inverse:
    """The inverse of a square array."""

    serial: int
    operand: Array

    @property
    def shape(self) -> tuple[int, ...]:
        return self.operand.shape


Array: TypeAlias = Leaf | Collect | Scatter | Inverse


# --- nodes: numbers along named axes -----------------------------------------------------------


@dataclass(slots=True, eq=False)
class Number:
    """A literal."""

    serial: int
    value: float
    axes: tuple[Axis, ...] = ()


@dataclass(slots=True, eq=False)
class Position:
    """The index value along an axis, as a number: 0.0, 1.0, …"""

    serial: int
    axis: Axis
    axes: tuple[Axis, ...]


@dataclass(slots=True, eq=False)
class Access:
    """`array[index]`, one index for each position of the array."""

    serial: int
    array: Array
    index: tuple[Index, ...]
    axes: tuple[Axis, ...]


@dataclass(slots=True, eq=False)
class Sum:
    """`constant + Σ coefficient·term`. Terms are distinct nodes in order of serial numbers."""

    serial: int
    terms: tuple[Node, ...]
    coefficients: tuple[float, ...]
    constant: float
    axes: tuple[Axis, ...]


@dataclass(slots=True, eq=False)
class Product:
    """`Π factor**exponent` with whole exponents other than 0, negative ones for division.

    Factors are in order of serial numbers; a factor stands at most twice, once with a positive and
    once with a negative exponent (`x/x` is not 1 at 0). A numeric coefficient is not a factor: it
    is a `Sum` with one term.
    """

    serial: int
    factors: tuple[Node, ...]
    exponents: tuple[int, ...]
    axes: tuple[Axis, ...]


@dataclass(slots=True, eq=False)
class Apply:
    """An elementwise function of the function table, or one of the operators

    `pow(base, exponent)`, `where(test, a, b)`, `less less_equal equal not_equal` (two operands),
    `and or not`. Tests are 1.0 or 0.0. `where` takes each element from one side only: the other
    side's NaN or infinity never shows, in value and derivatives.
    """

    serial: int
    function: str
    arguments: tuple[Node, ...]
    axes: tuple[Axis, ...]


NEUTRAL: Mapping[str, float] = {
    "sum": 0.0,
    "prod": 1.0,
    "max": -math.inf,
    "min": math.inf,
}
"""What changes nothing of a reduction."""


@dataclass(slots=True, eq=False)
class Reduce:
    """`operator` over `bound` axes of `body`."""

    serial: int
    operator: ReduceOperator
    bound: tuple[Axis, ...]
    body: Node
    axes: tuple[Axis, ...]


@dataclass(slots=True, eq=False)
class Determinant:
    """`det` or `logdet` (log of the determinant; NaN where that is not positive) of an array."""

    serial: int
    function: Literal["det", "logdet"]
    operand: Array
    axes: tuple[Axis, ...] = ()


Node: TypeAlias = Number | Position | Access | Sum | Product | Apply | Reduce | Determinant

Origin: TypeAlias = dict[int, Span]
"""Where in the formula a node came from, by serial number, for blaming."""
