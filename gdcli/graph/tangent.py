"""Forward mode: how nodes and arrays change when the variables move along a direction.

Works on any part of the graph, gradients included. With a batch, many directions run at once: they
are the leading axis of every direction leaf, and of every array's tangent. The tangent of a
contraction is a sum of contractions, so that no product is ever laid out.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import field
from typing import assert_never

from gdcli.graph.calculus import CONSTANT, partial
from gdcli.graph.interning import Graph, along
from gdcli.graph.nodes import (
    Access,
    Affine,
    Apply,
    Array,
    Axis,
    Collect,
    Determinant,
    Index,
    Inverse,
    Leaf,
    Node,
    Number,
    Position,
    Product,
    Reduce,
    Scatter,
    ScatterEntry,
    Sum,
)
from gdcli.graph.products import contract, others_of_factors, others_of_reduced
from gdcli.graph.walk import Item, dependent, reachable
from gdcli.records import dataclass

_BATCH = -1
"""Number of the axis of directions: before all others, hence the outermost in every array."""

_MATRIX_AXES = 1_000_010
"""Numbers from here on name the axes of matrix tangents, which stay in the array they are in."""


@dataclass(frozen=True)
class Direction:
    """The direction (or the batch of directions) in which variables move.

    Attributes:
        variables: The leaves that move; all else stays.
        batch: How many directions at once; None: one, without an axis for it.
    """

    graph: Graph
    variables: tuple[Leaf, ...]
    batch: int | None = None
    leaves: Mapping[int, Leaf] = field(init=False)

    def __post_init__(self) -> None:
        times, lead = (1, ()) if self.batch is None else (self.batch, (self.batch,))
        leaves = {
            v.serial: self.graph.leaf("direction", v.name, (*lead, *v.shape), times * v.offset)
            for v in self.variables
        }
        object.__setattr__(self, "leaves", leaves)

    @property
    def axes(self) -> tuple[Axis, ...]:
        """The batch's axis, if there is one."""
        return () if self.batch is None else (Axis(_BATCH, self.batch),)

    @property
    def index(self) -> tuple[Index, ...]:
        """The leading indices of an array's tangent."""
        return along(self.axes)

    @property
    def shape(self) -> tuple[int, ...]:
        """The leading extents of an array's tangent."""
        return tuple(axis.extent for axis in self.axes)


@dataclass(frozen=True)
class Tangents:
    """Tangents by serial number; what isn't there does not move."""

    nodes: Mapping[int, Node]
    arrays: Mapping[int, Array]


def tangents(roots: Iterable[Item], direction: Direction, still: Collection[int] = ()) -> Tangents:
    """Return the tangents of everything that the roots are made of.

    Args:
        still: Serials of nodes that are taken as constants (`shifts`).
    """
    order = reachable(roots)
    active = dependent(order, direction.leaves).difference(still)
    sweep = _Sweep(direction)
    for item in order:
        if item.serial in active:
            sweep.visit(item)
    return Tangents(sweep.nodes, sweep.arrays)


def array_tangent(array: Array, found: Tangents, direction: Direction) -> Array:
    """Return an array's tangent, zeros where it does not move."""
    moved = found.arrays.get(array.serial)
    if moved is not None:
        return moved
    return direction.graph.scatter((*direction.shape, *array.shape), ())


def node_tangent(node: Node, found: Tangents, direction: Direction) -> Node:
    """Return a node's tangent, 0 where it does not move."""
    return found.nodes.get(node.serial) or direction.graph.number(0.0)


def partial_along(
    graph: Graph, root: Node, access: Access, still: Collection[int] = ()
) -> Node | None:
    """Return ∂root/∂access, each along its own axes; None where root does not depend on it.

    Only for what is made elementwise of accesses: no reduction between them binds an axis.
    """
    order = reachable((root,))
    active = dependent(order, {access.serial}).difference(still)
    sweep = _Sweep(Direction(graph, ()))
    sweep.nodes[access.serial] = graph.number(1.0)
    for item in order:
        if item.serial in active and item is not access:
            sweep.visit(item)
    return sweep.nodes.get(root.serial) if root.serial in active else None


class _Sweep:
    def __init__(self, direction: Direction) -> None:
        self._direction = direction
        self._graph = direction.graph
        self.nodes: dict[int, Node] = {}
        self.arrays: dict[int, Array] = {}

    def visit(self, item: Item) -> None:
        """Note the tangent of an item whose operands were visited."""
        if isinstance(item, Array):
            array = self._array(item)
            if array is not None:
                self.arrays[item.serial] = array
            return
        node = self._node(item)
        if node is not None and not (isinstance(node, Number) and node.value == 0.0):
            self.nodes[item.serial] = node

    def _node(self, node: Node) -> Node | None:
        graph, nodes = self._graph, self.nodes
        match node:
            case Sum():
                moved = [
                    (c, nodes[t.serial])
                    for c, t in zip(node.coefficients, node.terms, strict=True)
                    if t.serial in nodes
                ]
                return graph.add(moved) if moved else None
            case Product():
                return graph.add((c, graph.multiply(factors)) for c, factors in self._product(node))
            case Apply():
                return self._apply(node)
            case Access():
                array = self.arrays.get(node.array.serial)
                if array is None:
                    return None
                return graph.access(array, (*self._direction.index, *node.index))
            case Reduce():
                return self._reduce(node) if node.body.serial in nodes else None
            case Determinant():
                return self._determinant(node)
            case Number() | Position():
                return None
        assert_never(node)

    def _product(self, node: Product) -> list[tuple[float, list[tuple[Node, int]]]]:
        """Return the tangent of a product as (coefficient, factors) of its terms."""
        moves = [self.nodes.get(factor.serial) for factor in node.factors]
        rates = others_of_factors(self._graph, node, [move is not None for move in moves])
        terms = []
        for (c, rate), move in zip(rates, moves, strict=True):
            if move is not None:
                factors = [(rate, 1)]
                if isinstance(rate, Product):
                    factors = list(zip(rate.factors, rate.exponents, strict=True))
                terms.append((c, [*factors, (move, 1)]))
        return terms

    def _apply(self, node: Apply) -> Node | None:
        graph, nodes = self._graph, self.nodes
        if node.function in CONSTANT:
            return None
        if node.function == "where":
            test, taken, other = node.arguments
            zero = graph.number(0.0)
            moves = [nodes.get(each.serial, zero) for each in (taken, other)]
            return None if moves == [zero, zero] else graph.apply("where", test, *moves)
        terms = []
        for k, argument in enumerate(node.arguments):
            move = nodes.get(argument.serial)
            rate = partial(graph, node, k) if move is not None else None
            if move is not None and rate is not None:
                if node.function in ("max", "min", "relu"):
                    # 0·∞: the operand not taken may move infinitely fast.
                    zero = graph.number(0.0)
                    still = graph.apply("equal", rate, zero)
                    move = graph.apply("where", still, zero, move)
                factors = [(rate, 1)]
                if isinstance(rate, Product):
                    factors = list(zip(rate.factors, rate.exponents, strict=True))
                terms.append((1.0, graph.multiply((*factors, (move, 1)))))
        return graph.add(terms) if terms else None

    def _reduce(self, node: Reduce) -> Node:
        graph, body = self._graph, node.body
        match node.operator:
            case "sum":
                if isinstance(body, Product):
                    return graph.add(
                        (c, contract(graph, node.bound, factors))
                        for c, factors in self._product(body)
                    )
                return contract(graph, node.bound, ((self.nodes[body.serial], 1),))
            case "prod":
                rate = others_of_reduced(graph, node)
                return contract(graph, node.bound, ((rate, 1), (self.nodes[body.serial], 1)))
            case "max" | "min":
                hit = graph.apply("equal", body, node)
                ties = graph.reduce("sum", node.bound, hit)
                zero = graph.number(0.0)
                taken = graph.apply("where", hit, self.nodes[body.serial], zero)
                moved = graph.reduce("sum", node.bound, taken)
                return graph.multiply(((moved, 1), (ties, -1)))
        assert_never(node.operator)

    # --- arrays --------------------------------------------------------------------------------

    def _array(self, array: Array) -> Array | None:
        graph, direction = self._graph, self._direction
        match array:
            case Leaf():
                return direction.leaves.get(array.serial)
            case Collect():
                body = self.nodes.get(array.body.serial)
                if body is None:
                    return None
                return graph.collect(body, (*direction.axes, *array.axes))
            case Scatter():
                entries = [
                    ScatterEntry(
                        (*direction.index, *entry.index),
                        (*direction.axes, *entry.axes),
                        self.nodes[entry.value.serial],
                    )
                    for entry in array.entries
                    if entry.value.serial in self.nodes
                ]
                if not entries:
                    return None
                return graph.scatter((*direction.shape, *array.shape), entries)
            case Inverse():
                moved = self.arrays.get(array.operand.serial)
                if moved is None:
                    return None
                i, j, p, q = (Axis(_MATRIX_AXES + k, array.shape[0]) for k in range(4))
                # d(A⁻¹) = −A⁻¹·dA·A⁻¹
                middle, right = self._element(moved, p, q), self._element(array, q, j)
                half = contract(graph, (q,), ((middle, 1), (right, 1)))
                left = self._element(array, i, p)
                full = contract(graph, (p,), ((left, 1), (half, 1)))
                return graph.collect(graph.scale(-1.0, full), (*direction.axes, i, j))
        assert_never(array)

    def _determinant(self, node: Determinant) -> Node | None:
        # d logdet A = tr(A⁻¹·dA)
        graph, moved = self._graph, self.arrays.get(node.operand.serial)
        if moved is None:
            return None
        i, j = (Axis(_MATRIX_AXES + k, node.operand.shape[0]) for k in range(2))
        inverse = self._element(graph.inverse(node.operand), j, i)
        trace = contract(graph, (i, j), ((inverse, 1), (self._element(moved, i, j), 1)))
        return trace if node.function == "logdet" else graph.multiply(((node, 1), (trace, 1)))

    def _element(self, array: Array, row: Axis, column: Axis) -> Node:
        """Return an element of a matrix, or of a tangent, which has the batch's axis in front."""
        index = (Affine(0, ((row, 1),)), Affine(0, ((column, 1),)))
        lead = self._direction.index if len(array.shape) > 2 else ()
        return self._graph.access(array, (*lead, *index))
