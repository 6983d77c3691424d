"""Reverse accumulation: the adjoint of every node that depends on the targets, in one pass.

Nodes are visited in the order of falling serial numbers; adjoints are nodes of the same graph, so
a derivative is again a formula. An adjoint is summed over the axes that an operand lacks; whatever
reads an array adds back into its places (`Scatter`). Griewank & Walther (2008), Evaluating
Derivatives, §3.2.

A conditional gives its operands an adjoint that is 0 where they are not taken. To keep 0·∞ from
making NaN of that 0 further down, such an adjoint remembers its *support*, a test, and is cut to it
after every multiplication with something that may be infinite.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import NamedTuple, TypeAlias, assert_never

from gdcli.graph.calculus import CONSTANT, bounded, partial
from gdcli.graph.interning import Graph, along
from gdcli.graph.nodes import (
    Access,
    Affine,
    Apply,
    Array,
    Axis,
    Collect,
    Determinant,
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
from gdcli.graph.walk import Item, dependent, lacking, reachable

Factors: TypeAlias = Sequence[tuple[Node, int]]

_MATRIX_AXES = 1_000_000
"""Numbers from here on name the axes of matrix adjoints, which stay in the array they are in."""


class Adjoint(NamedTuple):
    """∂(what was seeded)/∂node, and where alone it can differ from 0 (None: anywhere)."""

    node: Node
    support: Node | None


class Adjoints(NamedTuple):
    """What a sweep found.

    Attributes:
        nodes: The adjoint of every node that depends on a target, by serial number.
        arrays: For every target, the entries to be added up in its adjoint; by serial number.
    """

    nodes: Mapping[int, Adjoint]
    arrays: Mapping[int, tuple[ScatterEntry, ...]]


def reverse(
    graph: Graph,
    seeds: Iterable[tuple[Node, Node]],
    targets: Collection[int],
    order: Sequence[Item] | None = None,
    still: Collection[int] = (),
) -> Adjoints:
    """Return the adjoints of everything between the seeds and the targets.

    Args:
        graph: The graph of all nodes.
        seeds: Pairs of a node and its adjoint, which has at most the node's axes.
        targets: Serial numbers of the leaves to differentiate with respect to.
        order: What the seeded nodes are made of, if the caller has it at hand (`reachable`).
        still: Serials of nodes that are taken as constants (`shifts`).
    """
    pairs = list(seeds)
    if order is None:
        order = reachable(node for node, _ in pairs)
    sweep = _Sweep(graph, dependent(order, targets).difference(still))
    for node, adjoint in pairs:
        sweep.give(node, 1.0, adjoint, None)
    return sweep.run(order)


class _Sweep:
    def __init__(self, graph: Graph, active: set[int]) -> None:
        self._graph = graph
        self._active = active
        self._terms: dict[int, list[tuple[float, Node, Node | None]]] = {}
        self._entries: dict[int, list[ScatterEntry]] = {}
        self._nodes: dict[int, Adjoint] = {}

    def run(self, order: Sequence[Item]) -> Adjoints:
        for item in reversed(order):
            if isinstance(item, Leaf):
                continue
            if isinstance(item, (Collect, Scatter, Inverse)):
                entries = self._entries.pop(item.serial, None)
                if entries:
                    self._array(item, tuple(entries))
                continue
            terms = self._terms.pop(item.serial, None)
            if terms:
                self._nodes[item.serial] = adjoint = self._collected(item, terms)
                self._node(item, adjoint)
        return Adjoints(self._nodes, {s: tuple(entries) for s, entries in self._entries.items()})

    def give(self, node: Node, coefficient: float, value: Node, support: Node | None) -> None:
        """Add `coefficient·value` to a node's adjoint. The value has at most the node's axes."""
        if node.serial in self._active:
            self._terms.setdefault(node.serial, []).append((coefficient, value, support))

    def _collected(self, node: Node, terms: list[tuple[float, Node, Node | None]]) -> Adjoint:
        graph = self._graph
        if len(terms) == 1 and terms[0][0] == 1.0:
            return Adjoint(*terms[0][1:])
        total = graph.add((c, value) for c, value, _ in terms)
        supports = {s.serial: s for _, _, s in terms if s is not None}
        if not supports or isinstance(node, Access) or any(s is None for _, _, s in terms):
            return Adjoint(total, None)
        support, *more = supports.values()
        for other in more:
            support = graph.apply("or", support, other)
        return Adjoint(total, support)

    def _pass(
        self, child: Node, axes: tuple[Axis, ...], adjoint: Adjoint, rate: Node, scale: float = 1.0
    ) -> None:
        """Give a child `scale·adjoint·rate`, summed over those of `axes` that the child lacks."""
        if child.serial not in self._active:
            return
        graph, support = self._graph, adjoint.support
        missing = lacking(axes, child.axes)
        factors = [(adjoint.node, 1), (rate, 1)]
        if not missing and isinstance(rate, Product):
            factors[1:] = zip(rate.factors, rate.exponents, strict=True)
        if support is None or bounded(rate):
            value = contract(graph, missing, factors)
        else:
            factors[0] = _uncut(adjoint.node, support), 1
            value = graph.reduce("sum", missing, _cut(graph, graph.multiply(factors), support))
        self.give(child, scale, value, _narrowed(graph, support, missing))

    def _node(self, node: Node, adjoint: Adjoint) -> None:
        graph = self._graph
        match node:
            case Sum():
                for term, c in zip(node.terms, node.coefficients, strict=True):
                    if term.serial not in self._active:
                        continue
                    missing = lacking(node.axes, term.axes)
                    if missing:
                        value = contract(graph, missing, ((adjoint.node, 1),))
                        self.give(term, c, value, _narrowed(graph, adjoint.support, missing))
                    else:
                        self.give(term, c, *adjoint)
            case Product():
                wanted = [factor.serial in self._active for factor in node.factors]
                rates = others_of_factors(graph, node, wanted)
                for factor, (c, rate) in zip(node.factors, rates, strict=True):
                    self._pass(factor, node.axes, adjoint, rate, c)
            case Apply():
                self._apply(node, adjoint)
            case Access():
                entry = ScatterEntry(node.index, node.axes, adjoint.node)
                if node.array.serial in self._active:
                    self._entries.setdefault(node.array.serial, []).append(entry)
            case Reduce():
                self._reduce(node, adjoint)
            case Determinant():
                self._determinant(node, adjoint)
            case Number() | Position():
                pass
            case _:
                assert_never(node)

    def _apply(self, node: Apply, adjoint: Adjoint) -> None:
        graph = self._graph
        if node.function in CONSTANT:
            return
        if node.function == "where":
            test, taken, other = node.arguments
            for child, support in ((taken, test), (other, graph.apply("not", test))):
                if child.serial in self._active:
                    both = self._both(adjoint.support, support)
                    part = Adjoint(_cut(graph, adjoint.node, support), both)
                    self._pass(child, node.axes, part, graph.number(1.0))
            return
        for k, argument in enumerate(node.arguments):
            if argument.serial not in self._active:
                continue
            rate = partial(graph, node, k)
            if rate is None:
                continue
            part = adjoint
            if node.function in ("max", "min", "relu"):
                # Where it is not taken, the argument's own derivative may be infinite.
                taken = rate if node.function == "relu" else graph.apply("equal", argument, node)
                part = Adjoint(adjoint.node, self._both(adjoint.support, taken))
            self._pass(argument, node.axes, part, rate)

    def _both(self, first: Node | None, second: Node) -> Node:
        return second if first is None else self._graph.apply("and", first, second)

    def _reduce(self, node: Reduce, adjoint: Adjoint) -> None:
        graph, body = self._graph, node.body
        match node.operator:
            case "sum":
                self.give(body, 1.0, adjoint.node, adjoint.support)
            case "prod":
                self._pass(body, body.axes, adjoint, others_of_reduced(graph, node))
            case "max" | "min":
                hit = graph.apply("equal", body, node)
                ties = graph.reduce("sum", node.bound, hit)
                share = graph.multiply(((adjoint.node, 1), (ties, -1)))
                part = Adjoint(share, self._both(adjoint.support, hit))
                self._pass(body, body.axes, part, hit)
            case _:
                assert_never(node.operator)

    # --- arrays --------------------------------------------------------------------------------

    def _array(self, array: Array, entries: tuple[ScatterEntry, ...]) -> None:
        graph = self._graph
        match array:
            case Collect():
                index = along(array.axes)
                missing = lacking(array.axes, array.body.axes)
                value = _read(graph, array.shape, entries, index, array.axes)
                self.give(array.body, 1.0, graph.reduce("sum", missing, value), None)
            case Scatter():
                whole = graph.scatter(array.shape, entries)
                for entry in array.entries:
                    if entry.value.serial in self._active:
                        read = graph.access(whole, entry.index)
                        missing = lacking(entry.axes, entry.value.axes)
                        self.give(entry.value, 1.0, graph.reduce("sum", missing, read), None)
            case Inverse():
                # Ȧ ↦ −YȦY, hence Ā = −Yᵀ·Ȳ·Yᵀ.
                i, j = _matrix_axes(array.operand)
                p, q = (Axis(_MATRIX_AXES + k, array.shape[0]) for k in (2, 3))
                whole = graph.scatter(array.shape, entries)
                left = _element(graph, array, p, i)
                middle, right = _element(graph, whole, p, q), _element(graph, array, j, q)
                half = graph.reduce("sum", (q,), graph.multiply(((middle, 1), (right, 1))))
                full = graph.reduce("sum", (p,), graph.multiply(((left, 1), (half, 1))))
                self._give_matrix(array.operand, graph.scale(-1.0, full), (i, j))
            case Leaf():
                pass
            case _:
                assert_never(array)

    def _determinant(self, node: Determinant, adjoint: Adjoint) -> None:
        # ∂logdet/∂A = A⁻ᵀ, and det = exp(logdet) but for the sign.
        graph, operand = self._graph, node.operand
        i, j = _matrix_axes(operand)
        factors = [(adjoint.node, 1), (_element(graph, graph.inverse(operand), j, i), 1)]
        if node.function == "det":
            factors.append((node, 1))
        self._give_matrix(operand, graph.multiply(factors), (i, j))

    def _give_matrix(self, array: Array, value: Node, axes: tuple[Axis, Axis]) -> None:
        if array.serial in self._active:
            entry = ScatterEntry(along(axes), axes, value)
            self._entries.setdefault(array.serial, []).append(entry)


def _cut(graph: Graph, node: Node, support: Node) -> Node:
    """Return a node where the support is true, 0 elsewhere, whatever the node is there."""
    zero = graph.number(0.0)
    if isinstance(support, Apply) and support.function == "not":
        return graph.apply("where", support.arguments[0], zero, node)
    return graph.apply("where", support, node, zero)


def _uncut(node: Node, support: Node) -> Node:
    """Return what was cut to a support, or the node if nothing was."""
    if isinstance(node, Apply) and node.function == "where":
        test, inside, outside = node.arguments
        if test is support and isinstance(outside, Number) and outside.value == 0.0:
            return inside
        if (
            isinstance(support, Apply)
            and support.function == "not"
            and test is support.arguments[0]
        ):
            return outside if isinstance(inside, Number) and inside.value == 0.0 else node
    return node


def _narrowed(graph: Graph, support: Node | None, missing: tuple[Axis, ...]) -> Node | None:
    """Return where a sum over `missing` axes can differ from 0."""
    if support is None or not missing:
        return support
    return graph.reduce("max", [axis for axis in missing if axis in support.axes], support)


def _matrix_axes(array: Array) -> tuple[Axis, Axis]:
    """Return axes for the rows and columns of a matrix: its own, if it has them."""
    if isinstance(array, Collect):
        return array.axes[0], array.axes[1]
    return Axis(_MATRIX_AXES, array.shape[0]), Axis(_MATRIX_AXES + 1, array.shape[1])


def _element(graph: Graph, array: Array, row: Axis, column: Axis) -> Node:
    return graph.access(array, (Affine(0, ((row, 1),)), Affine(0, ((column, 1),))))


def _read(
    graph: Graph,
    shape: tuple[int, ...],
    entries: tuple[ScatterEntry, ...],
    index: tuple[Affine, ...],
    axes: tuple[Axis, ...],
) -> Node:
    """Return the scattered array at `index`; a single entry that fits is read directly."""
    if len(entries) == 1 and entries[0].index == index and set(entries[0].axes) == set(axes):
        return entries[0].value
    return graph.access(graph.scatter(shape, entries), index)
