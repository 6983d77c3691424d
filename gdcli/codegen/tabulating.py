"""What a formula computes from data and indices alone, computed once and kept as data.

`sin(i+1)*x[i]**2` would take the sine of the same numbers at every evaluation. Where that is worth
it, each largest part that no variable enters is evaluated here, and stands in the formula as a
table (a number, where it has no axes), unless the table takes more memory than the problem itself.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any, TypeAlias, cast

import numpy as np
from numpy.typing import NDArray

from gdcli.codegen.compile import compile_program
from gdcli.codegen.costs import cost_of, is_view
from gdcli.codegen.plan import place, plan
from gdcli.graph.formula import Formula
from gdcli.graph.interning import Graph, along
from gdcli.graph.nodes import Access, Array, Axis, Leaf, Node, Product, Sum
from gdcli.graph.rebuild import rebuilt
from gdcli.graph.walk import Item, dependent, extent, operands, reachable

WORTH = 200_000.0
"""Passes times elements from which a few evaluations cost more than to compute a table."""
ROOM = 4_000_000
"""Elements that all tables may have, however small the problem is."""

Group: TypeAlias = tuple[Node, frozenset[int]]
"""A node to be tabulated, and the operands of an item that it stands for."""


def tabulated(formula: Formula) -> Formula:
    """Return a formula with the same values, and tables for what does not depend on variables."""
    order = reachable((formula.root,))
    active = dependent(order, {leaf.serial for leaf in formula.variables})
    still = (node for node in _nodes(order) if node.serial not in active and not _is_plain(node))
    if sum(cost_of(node) * extent(node.axes) for node in still) < WORTH:
        return formula
    size = sum(math.prod(leaf.shape) for leaf in formula.variables)
    room = max(ROOM, 2 * (size + sum(array.size for _, array in formula.data)))
    graph = formula.graph
    groups: dict[int, list[Group]] = {}
    for item in order:
        if item.serial in active:
            chosen = [g for g in _groups(graph, item, active) if extent(g[0].axes) <= room]
            room -= sum(extent(node.axes) for node, _ in chosen)
            groups[item.serial] = chosen
    wanted = {node.serial: node for found in groups.values() for node, _ in found}
    if not wanted:
        return formula
    tables = _evaluated(formula, list(wanted.values()))
    leaves: list[tuple[Leaf, NDArray[Any]]] = []
    stands: dict[int, Node] = {}
    for serial, node in wanted.items():
        table = tables[serial]
        if not node.axes:
            stands[serial] = graph.number(float(table)) if np.isfinite(table) else node
            continue
        leaf = graph.leaf("data", "table", table.shape, len(formula.data) + len(leaves))
        leaves.append((leaf, table))
        stands[serial] = graph.access(leaf, along(node.axes))
    new: dict[int, Item] = {}
    for item in order:
        new[item.serial] = _over(graph, item, groups.get(item.serial, []), stands, new)
    (root,) = _nodes((new[formula.root.serial],))
    return replace(formula, root=root, data=(*formula.data, *leaves))


def _groups(graph: Graph, item: Item, active: set[int]) -> list[Group]:
    """Return what to tabulate among an item's operands; of sums and products what goes together."""
    still = [node for node in _nodes(operands(item)) if node.serial not in active]
    if not isinstance(item, Sum | Product):
        return [(node, frozenset((node.serial,))) for node in still if not _is_plain(node)]
    by_axes: dict[tuple[Axis, ...], list[Node]] = {}
    for node in still:
        by_axes.setdefault(node.axes, []).append(node)
    groups: list[Group] = []
    for nodes in by_axes.values():
        if all(_is_plain(node) for node in nodes):
            continue
        members = frozenset(node.serial for node in nodes)
        groups.append((_joined(graph, item, members), members))
    return groups


def _joined(graph: Graph, item: Sum | Product, members: frozenset[int]) -> Node:
    """Return the sum or product of some terms or factors."""
    if isinstance(item, Sum):
        terms = zip(item.coefficients, item.terms, strict=True)
        return graph.add((c, term) for c, term in terms if term.serial in members)
    factors = zip(item.factors, item.exponents, strict=True)
    return graph.multiply((f, e) for f, e in factors if f.serial in members)


def _over(
    graph: Graph, item: Item, groups: list[Group], stands: dict[int, Node], new: dict[int, Item]
) -> Item:
    """Return an item with tables in the place of its groups."""
    if not groups:
        return rebuilt(graph, item, new)
    if not isinstance(item, Sum | Product):
        replaced = {member: stands[node.serial] for node, members in groups for member in members}
        return rebuilt(graph, item, {**new, **replaced})
    gone = frozenset().union(*(members for _, members in groups))
    tables = [stands[node.serial] for node, _ in groups]
    if isinstance(item, Sum):
        terms = zip(item.coefficients, item.terms, strict=True)
        kept = [(c, cast(Node, new[term.serial])) for c, term in terms if term.serial not in gone]
        return graph.add((*kept, *((1.0, table) for table in tables)), item.constant)
    factors = zip(item.factors, item.exponents, strict=True)
    rest = [(cast(Node, new[f.serial]), e) for f, e in factors if f.serial not in gone]
    return graph.multiply((*rest, *((table, 1) for table in tables)))


def _evaluated(formula: Formula, nodes: list[Node]) -> dict[int, NDArray[np.float64]]:
    """Return the values of nodes along their axes, by serial number."""
    arrays = [formula.graph.collect(node, node.axes) for node in nodes]
    placed, size = place(arrays)
    data = {leaf.offset: np.ascontiguousarray(array) for leaf, array in formula.data}
    flat = compile_program(plan(None, placed, size, 0), data)(np.zeros(0))
    found = {}
    for node, each in zip(nodes, placed, strict=True):
        shape = tuple(axis.extent for axis in node.axes)
        stop = each.offset + math.prod(shape)
        found[node.serial] = flat[each.offset : stop].reshape(shape)
    return found


def _nodes(items: Iterable[Item]) -> Iterator[Node]:
    """Yield those items that are no arrays."""
    return (item for item in items if not isinstance(item, Array))


def _is_plain(node: Node) -> bool:
    """Tell whether a node costs nothing, nor the array that it reads."""
    return is_view(node) and (not isinstance(node, Access) or isinstance(node.array, Leaf))
