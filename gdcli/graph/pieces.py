"""The kinks of a formula as the largest of smooth pieces: f = F(x, z), z_j = ±max_k m_jk(x).

Every abs, relu, max and min is a maximum, or the negative of one: |e| = max(e, −e), relu(e) =
max(e, 0), min(a, b) = −max(−a, −b). Directly nested ones are written as one (max(|a|, |b|) is the
largest of four); what is nested deeper stays in the pieces, which then have kinks of their own. In
the *weighted* formula each kink is replaced by Σ_k w_k·m_k + s, with the weights w and shifts s as
further variables: for weights that are multipliers its gradient is a generalised gradient of f, and
its Hessian that of the Lagrangian.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from itertools import product

from gdcli.graph.formula import Formula
from gdcli.graph.interning import Graph, along
from gdcli.graph.nodes import (
    Apply,
    Axis,
    Collect,
    Determinant,
    Inverse,
    Leaf,
    Node,
    Number,
    Reduce,
    Sum,
)
from gdcli.graph.rebuild import rebuilt
from gdcli.graph.structure import is_smooth, poles
from gdcli.graph.walk import Item, dependent, operands, reachable
from gdcli.records import dataclass

KINKED = ("abs", "relu", "max", "min")
MOST_WRITTEN_OUT = 32
"""A nested kink is written as one maximum of up to so many pieces."""


@dataclass(frozen=True)
class Member:
    """Pieces of a kink that are alike: `node` times each of `signs`, along the kink's axes.

    Attributes:
        weight: The leaf of w, along all axes of the kink; None if the piece does not move.
    """

    node: Node
    signs: tuple[int, ...]
    weight: Leaf | None


@dataclass(frozen=True)
class Group:
    """The kinks that one node stands for, one for each value of its axes.

    Attributes:
        node: abs, relu, max, min, or a reduction by max or min.
        sense: 1 for the largest of the pieces, −1 for the negative of the largest.
        axes: Of the node; `bound` those that it is taken over besides.
        shift: The leaf of s, along `axes`.
    """

    node: Node
    sense: int
    axes: tuple[Axis, ...]
    bound: tuple[Axis, ...]
    members: tuple[Member, ...]
    shift: Leaf


@dataclass(frozen=True)
class Pieces:
    """A formula taken apart.

    Attributes:
        groups: Its kinks.
        weighted: The smooth formula in x, and then in all shifts and weights.
    """

    groups: tuple[Group, ...]
    weighted: Formula


def has_kinks(formula: Formula) -> bool:
    """Tell whether there is anything to take apart; a glance."""
    return any(_is_kink(item) for item in reachable((formula.root,)))


def take_apart(formula: Formula) -> Pieces | None:
    """Return the pieces of a formula, or None if it has none, or other kinks besides."""
    order = reachable((formula.root,))
    active = dependent(order, {leaf.serial for leaf in formula.variables})
    builder = _Builder(formula)
    new: dict[int, Item] = {}
    outermost = _outermost(formula.root, active)
    for item in order:
        if isinstance(item, (Apply, Reduce)) and item.serial in outermost:
            new[item.serial] = builder.replaced(item)
        elif item.serial in active:
            made = new[item.serial] = rebuilt(formula.graph, item, new)
            if isinstance(item, Determinant | Inverse) and made is not item:
                return None
        else:
            new[item.serial] = item
    if not builder.groups:
        return None
    root = new[formula.root.serial]
    assert not isinstance(root, (Leaf, Collect))
    variables = (*formula.variables, *builder.leaves)
    weighted = replace(formula, root=root, variables=variables)  # type: ignore[arg-type]
    if not is_smooth(weighted) or _falls_into_a_pole(weighted, builder.leaves):
        return None
    return Pieces(tuple(builder.groups), weighted)


def _falls_into_a_pole(weighted: Formula, leaves: Sequence[Leaf]) -> bool:
    """Tell whether a kink decides where the formula has a pole, as in log(abs(x))."""
    own = {leaf.serial for leaf in leaves}
    nodes = [pole.node for pole in poles(weighted)]
    active = dependent(reachable(nodes), own)
    return any(node.serial in active for node in nodes)


def _is_kink(item: Item) -> bool:
    if isinstance(item, Apply):
        return item.function in KINKED
    return isinstance(item, Reduce) and item.operator in ("max", "min")


def _outermost(root: Node, active: set[int]) -> set[int]:
    """Return the kinks that are not within others."""
    found: set[int] = set()
    seen: set[int] = set()
    waiting: list[Item] = [root]
    while waiting:
        item = waiting.pop()
        if item.serial in seen or item.serial not in active:
            continue
        seen.add(item.serial)
        if _is_kink(item):
            found.add(item.serial)
        else:
            waiting.extend(operands(item))
    return found


class _Builder:
    """Makes the groups, and lays their shifts and weights out behind the variables."""

    def __init__(self, formula: Formula) -> None:
        self.graph = formula.graph
        self.groups: list[Group] = []
        self.leaves: list[Leaf] = []
        self._offset = sum(math.prod(leaf.shape) for leaf in formula.variables)

    def replaced(self, item: Apply | Reduce) -> Node:
        """Return what stands for a kink in the weighted formula, and note its group."""
        graph = self.graph
        axes, bound = item.axes, item.bound if isinstance(item, Reduce) else ()
        sense = -1 if _kind(item) == "min" else 1
        whole = tuple(sorted((*axes, *bound), key=lambda axis: axis.number))
        shift = self._leaf(axes)
        members: list[Member] = []
        terms: list[tuple[float, Node]] = [(1.0, graph.access(shift, along(axes)))]
        for node, signs in _members(graph, item):
            if isinstance(node, Number):  # the shift holds what does not move
                members.append(Member(node, signs, None))
                continue
            weight = self._leaf(whole)
            members.append(Member(node, signs, weight))
            part = graph.multiply(((graph.access(weight, along(whole)), 1), (node, 1)))
            terms.append((float(sense), graph.reduce("sum", bound, part)))
        self.groups.append(Group(item, sense, axes, bound, tuple(members), shift))
        return graph.add(terms)

    def _leaf(self, axes: tuple[Axis, ...]) -> Leaf:
        shape = tuple(axis.extent for axis in axes)
        leaf = self.graph.leaf("variable", "", shape, self._offset)
        self._offset += math.prod(shape)
        self.leaves.append(leaf)
        return leaf


def _kind(item: Apply | Reduce) -> str:
    return item.function if isinstance(item, Apply) else item.operator


def _members(graph: Graph, item: Apply | Reduce) -> list[tuple[Node, tuple[int, ...]]]:
    """Return nodes and signs: the kink, or its negative for a minimum, is the largest of them."""
    kind = _kind(item)
    arguments = item.arguments if isinstance(item, Apply) else (item.body,)
    if kind == "abs":
        return [(arguments[0], (1, -1))]
    if kind == "relu":
        return [(arguments[0], (1,)), (graph.number(0.0), (1,))]
    sign = -1.0 if kind == "min" else 1.0
    nodes = [piece for a in arguments for piece in _written_out(graph, graph.scale(sign, a))]
    return [(node, (1,)) for node in {node.serial: node for node in nodes}.values()]


def _written_out(graph: Graph, node: Node) -> list[Node]:
    """Return nodes of which a node is the largest: itself, if there is nothing better."""
    nodes = [node]
    if isinstance(node, Apply) and node.function == "abs":
        (e,) = node.arguments
        nodes = [*_written_out(graph, e), *_written_out(graph, graph.scale(-1.0, e))]
    elif isinstance(node, Apply) and node.function == "relu":
        nodes = [*_written_out(graph, node.arguments[0]), graph.number(0.0)]
    elif isinstance(node, Apply) and node.function == "max":
        nodes = [piece for a in node.arguments for piece in _written_out(graph, a)]
    elif isinstance(node, Sum):
        choices = []
        for coefficient, term in zip(node.coefficients, node.terms, strict=True):
            parts = [graph.scale(coefficient, term)]
            if isinstance(term, Apply):
                if coefficient > 0 and term.function in ("abs", "relu", "max"):
                    parts = [graph.scale(coefficient, p) for p in _written_out(graph, term)]
                elif coefficient < 0 and term.function == "min":
                    negated = (graph.scale(-1.0, a) for a in term.arguments)
                    pieces = (p for a in negated for p in _written_out(graph, a))
                    parts = [graph.scale(-coefficient, p) for p in pieces]
            choices.append(parts)
        if 1 < math.prod(len(parts) for parts in choices) <= MOST_WRITTEN_OUT:
            nodes = [
                graph.add(((1.0, part) for part in chosen), node.constant)
                for chosen in product(*choices)
            ]
    return nodes if len(nodes) <= MOST_WRITTEN_OUT else [node]
