"""Gradient, Hessian and residuals of a formula, as nodes and arrays of its own graph."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from gdcli.graph.adjoint import reverse
from gdcli.graph.formula import Formula
from gdcli.graph.interning import Graph
from gdcli.graph.nodes import Affine, Array, Leaf, Node, ScatterEntry
from gdcli.graph.shifts import cancelling_shifts
from gdcli.graph.squares import SumOfSquares, sum_of_squares
from gdcli.graph.tangent import Direction, array_tangent, node_tangent, tangents
from gdcli.graph.walk import reachable

__all__ = [
    "SumOfSquares",
    "component_gradient",
    "gradient",
    "hessian_product",
    "residual_tangent",
    "scalar_gradient",
    "scalar_hessian",
    "scalar_jacobian",
    "sum_of_squares",
]


def gradient(formula: Formula) -> tuple[Array, ...]:
    """Return ∂f/∂x for each variable x in layout order, an array of the variable's shape."""
    graph, leaves = formula.graph, _leaves(formula)
    order = reachable((formula.root,))
    seeds = [(formula.root, graph.number(1.0))]
    found = reverse(graph, seeds, leaves, order, cancelling_shifts(order)).arrays
    return tuple(
        graph.scatter(leaf.shape, found.get(serial, ())) for serial, leaf in leaves.items()
    )


def hessian_product(formula: Formula, batch: int | None = None) -> tuple[Array, ...]:
    """Return the rows of ∇²f·v for each variable, forward over reverse.

    v is made of leaves of role `direction`: the variable's name, shape and offset; with `batch` a
    leading axis of that extent, and the offset times `batch`. The results have shapes like these.
    """
    gradients = gradient(formula)
    direction = Direction(formula.graph, formula.variables, batch)
    found = tangents(gradients, direction, _still(formula.root))
    return tuple(array_tangent(g, found, direction) for g in gradients)


def scalar_hessian(formula: Formula) -> Mapping[tuple[int, int], Node]:
    """Return the lower triangle {(i, j): ∂²f/∂x_i∂x_j, i ≥ j} of a graph without axes.

    Only what is not structurally zero is there; i and j count in the flat vector. Each component of
    the gradient is differentiated by itself, over the part of the graph that it is made of.

    Raises:
        ValueError: The graph has axes.
    """
    leaves, still = _leaves(formula), _still(formula.root)
    return {
        (i, j): node
        for i, component in _components(formula.graph, formula.root, leaves, still)
        for j, node in _components(formula.graph, component, leaves, still)
        if j <= i
    }


def scalar_gradient(formula: Formula) -> list[tuple[int, Node]]:
    """Return (flat position, ∂f/∂x_i) for all elements on which f depends; see `scalar_hessian`."""
    return component_gradient(formula, formula.root)


def scalar_jacobian(formula: Formula, squares: SumOfSquares) -> Mapping[tuple[int, int], Node]:
    """Return {(k, j): ∂r_k/∂x_j} for residuals without axes, structural zeros left out.

    Raises:
        ValueError: The graph has axes.
    """
    leaves = _leaves(formula)
    return {
        (k, j): node
        for k, residual in enumerate(squares.residuals)
        for j, node in _components(formula.graph, residual, leaves, _still(residual))
    }


def residual_tangent(
    formula: Formula, squares: SumOfSquares, order: int = 1, batch: int | None = None
) -> tuple[Node, ...]:
    """Return the derivative of each residual along a direction; of order 2: d²r(x + t·v)/dt².

    Direction leaves are as in `hessian_product`; with `batch` the results have the batch's axis
    (number −1) besides the residual's. Where a residual does not move, the result is the number 0,
    and it may lack axes along which it does not vary.
    """
    direction = Direction(formula.graph, formula.variables, batch)
    nodes = squares.residuals
    still = _still(*nodes)
    for _ in range(order):
        found = tangents(nodes, direction, still)
        nodes = tuple(node_tangent(node, found, direction) for node in nodes)
    return nodes


def component_gradient(formula: Formula, node: Node) -> list[tuple[int, Node]]:
    """Return (flat position, derivative) of a node without axes, sorted by position.

    Raises:
        ValueError: The graph has axes.
    """
    return _components(formula.graph, node, _leaves(formula), _still(node))


def _leaves(formula: Formula) -> dict[int, Leaf]:
    return {leaf.serial: leaf for leaf in formula.variables}


def _still(*roots: Node) -> frozenset[int]:
    """Return the nodes on which the roots, and all their derivatives, do not depend."""
    return cancelling_shifts(reachable(roots))


def _components(
    graph: Graph, node: Node, leaves: Mapping[int, Leaf], still: Collection[int]
) -> list[tuple[int, Node]]:
    """See `component_gradient`. The cost is that of the node's own part of the graph."""
    found = reverse(graph, [(node, graph.number(1.0))], leaves, still=still)
    parts: dict[int, list[tuple[float, Node]]] = {}
    for serial, entries in found.arrays.items():
        for entry in entries:
            place = _position(leaves[serial], entry)
            parts.setdefault(place, []).append((1.0, entry.value))
    return [(place, graph.add(parts[place])) for place in sorted(parts)]


def _position(leaf: Leaf, entry: ScatterEntry) -> int:
    """Return the flat position of an entry without axes."""
    place, stride = leaf.offset, 1
    for extent, index in zip(reversed(leaf.shape), reversed(entry.index), strict=True):
        if entry.axes or not isinstance(index, Affine):
            raise ValueError("a graph with axes")
        place += stride * index.offset
        stride *= extent
    return place
