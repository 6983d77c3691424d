"""Graphs written as Python expressions, for tests of the calculus without the language."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from gdcli.graph.formula import Formula
from gdcli.graph.interning import Graph
from gdcli.graph.nodes import Affine, Array, Axis, Leaf, Lookup, Node
from gdcli.graph.walk import Item, reachable
from tests.graph.evaluate_graph import evaluate


class Term:
    """A node with Python's operators."""

    def __init__(self, graph: Graph, node: Node) -> None:
        self.graph, self.node = graph, node

    def _of(self, other: Any) -> Node:
        return other.node if isinstance(other, Term) else self.graph.number(float(other))

    def _term(self, node: Node) -> Term:
        return Term(self.graph, node)

    def __add__(self, other: Any) -> Term:
        return self._term(self.graph.add(((1.0, self.node), (1.0, self._of(other)))))

    def __sub__(self, other: Any) -> Term:
        return self._term(self.graph.add(((1.0, self.node), (-1.0, self._of(other)))))

    def __rsub__(self, other: Any) -> Term:
        return self._term(self.graph.add(((-1.0, self.node), (1.0, self._of(other)))))

    def __mul__(self, other: Any) -> Term:
        return self._term(self.graph.multiply(((self.node, 1), (self._of(other), 1))))

    def __truediv__(self, other: Any) -> Term:
        return self._term(self.graph.multiply(((self.node, 1), (self._of(other), -1))))

    def __rtruediv__(self, other: Any) -> Term:
        return self._term(self.graph.multiply(((self._of(other), 1), (self.node, -1))))

    def __pow__(self, exponent: Any) -> Term:
        if isinstance(exponent, int):
            return self._term(self.graph.multiply(((self.node, exponent),)))
        return self._term(self.graph.apply("pow", self.node, self._of(exponent)))

    def __neg__(self) -> Term:
        return self._term(self.graph.scale(-1.0, self.node))

    __radd__, __rmul__ = __add__, __mul__


class Canvas:
    """A graph under construction, with its variables and data."""

    def __init__(self) -> None:
        self.graph = Graph()
        self.variables: list[Leaf] = []
        self.data: list[tuple[Leaf, Any]] = []
        self._axes = 0
        self._size = 0

    def variable(self, name: str, *shape: int) -> Leaf:
        self.variables.append(self.graph.leaf("variable", name, shape, self._size))
        self._size += math.prod(shape)
        return self.variables[-1]

    def scalars(self, names: str) -> list[Term]:
        return [self.at(self.variable(name)) for name in names.split()]

    def array(self, values: Any) -> Leaf:
        values = np.asarray(values)
        place = len(self.data)
        self.data.append((self.graph.leaf("data", f"d{place}", values.shape, place), values))
        return self.data[-1][0]

    def axis(self, extent: int) -> Axis:
        self._axes += 1
        return Axis(self._axes, extent)

    def at(self, array: Array, *index: Any) -> Term:
        """Return array[index]; an index is a number, an axis, (axis, stride, offset) or Lookup."""
        return Term(self.graph, self.graph.access(array, tuple(map(affine, index))))

    def position(self, axis: Axis) -> Term:
        return Term(self.graph, self.graph.position(axis))

    def f(self, function: str, *arguments: Any) -> Term:
        nodes = (a.node if isinstance(a, Term) else self.graph.number(a) for a in arguments)
        return Term(self.graph, self.graph.apply(function, *nodes))

    def reduce(self, operator: Any, bound: Axis | Sequence[Axis], body: Term) -> Term:
        axes = (bound,) if isinstance(bound, Axis) else tuple(bound)
        return Term(self.graph, self.graph.reduce(operator, axes, body.node))

    def sum(self, bound: Axis | Sequence[Axis], body: Term) -> Term:
        return self.reduce("sum", bound, body)

    def collect(self, body: Term, *axes: Axis) -> Array:
        return self.graph.collect(body.node, axes)

    def formula(self, root: Term) -> Formula:
        return Formula(self.graph, root.node, tuple(self.variables), tuple(self.data), {})


def affine(index: Any) -> Any:
    """Return an index of the graph, from the ways in which tests write one."""
    match index:
        case Lookup() | Affine():
            return index
        case Axis():
            return Affine(0, ((index, 1),))
        case (Axis() as axis, stride, offset):
            return Affine(offset, ((axis, stride),))
        case _:
            return Affine(index)


class Values:
    """A formula's value and derivatives at a point, by the plain evaluator."""

    def __init__(self, formula: Formula) -> None:
        self.formula = formula
        self.size = sum(int(np.prod(v.shape)) for v in formula.variables)

    def at(self, roots: Sequence[Item], x: Any, direction: Any = None) -> list[Any]:
        """Return the values of `roots` at the flat point x; a direction is (size,) or (k, size)."""
        leaves: dict[int, Any] = {
            leaf.serial: array.astype(float) if array.dtype.kind == "f" else array
            for leaf, array in self.formula.data
        }
        for leaf in self.formula.variables:
            leaves[leaf.serial] = _part(leaf, np.asarray(x))
        for item in reachable(roots):
            if isinstance(item, Leaf) and item.role == "direction":
                leaf = next(v for v in self.formula.variables if v.name == item.name)
                leaves[item.serial] = _part(leaf, np.asarray(direction))
        return evaluate(roots, leaves)

    def flat(self, arrays: Sequence[Array], x: Any, direction: Any = None) -> Any:
        """Return arrays, one for each variable, as one flat vector (or a batch of them)."""
        lead = () if direction is None else np.shape(direction)[:-1]
        parts = self.at(arrays, x, direction)
        return np.concatenate([p.reshape((*lead, -1)) for p in parts], axis=-1)

    def value(self, x: Any) -> Any:
        return self.at([self.formula.root], x)[0]


def _part(leaf: Leaf, flat: Any) -> Any:
    size = int(np.prod(leaf.shape))
    part = flat[..., leaf.offset : leaf.offset + size]
    return part.reshape((*flat.shape[:-1], *leaf.shape))


def differences(function: Callable[[Any], Any], x: Any, step: float = 1e-5) -> Any:
    """Return central differences of fourth order along each coordinate, last axis first."""
    columns = []
    for k in range(len(x)):
        e = np.zeros(len(x))
        e[k] = step * max(1.0, abs(x[k]))
        near = function(x + e) - function(x - e)
        far = function(x + 2 * e) - function(x - 2 * e)
        columns.append((8 * near - far) / (12 * e[k]))
    return np.array(columns)
