"""Parts of the formula at a point: their values, and how a message quotes them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gdcli.codegen.compile import compile_program
from gdcli.codegen.plan import place, plan
from gdcli.graph.nodes import Node
from gdcli.graph.walk import extent
from gdcli.language.tree import postorder
from gdcli.language.unparse import describe
from gdcli.solving.prepare import Prepared

MOST = 5_000_000
"""Numbers that are computed to find what is to be named; beyond that nothing is."""

Value = NDArray[np.float64]


def node_values(
    prepared: Prepared, nodes: Iterable[Node], places: Iterable[Value]
) -> list[dict[int, Value]] | None:
    """Return the values of nodes of the user's formula at each place, flat, by serial number.

    None if that were more than `MOST` numbers.
    """
    formula = prepared.formula
    listed = list({node.serial: node for node in nodes}.values())
    sizes = [extent(node.axes) for node in listed]
    if sum(sizes) > MOST:
        return None
    placed, size = place(formula.graph.collect(node, node.axes) for node in listed)
    data = {leaf.offset: array for leaf, array in formula.data}
    total = prepared.problem.layout.size
    function: Callable[..., Any] = compile_program(plan(None, placed, size, total), data)
    found = []
    for x in places:
        flat = function(x)
        found.append(
            {
                node.serial: flat[p.offset : p.offset + extent]
                for node, p, extent in zip(listed, placed, sizes, strict=True)
            }
        )
    return found


def quotation(prepared: Prepared, node: Node, element: int = 0) -> str:
    """Return the part of the formula that a node came from, as a message quotes it, or nothing.

    Args:
        element: Which element along the node's axis; of like terms of scalars, that one's part.
    """
    span = prepared.formula.origin.get(node.serial)
    if span is None:
        return ""
    if len(node.axes) == 1:
        for first, *others in prepared.formula.alike:
            if first.span.start <= span.start and span.stop <= first.span.stop:
                within = [part.span for part in postorder(first)]
                if element and span in within:  # like terms have their parts in the same order
                    span = list(postorder(others[element - 1]))[within.index(span)].span
                break
    for part in postorder(prepared.problem.tree):
        if part.span == span:
            return f"`{describe(part)}`"
    text = " ".join(prepared.problem.source.text[span.start : span.stop].split())
    return f"`{text}`" if text else ""


def point_text(prepared: Prepared, x: Value) -> str:
    """Return `x = 1, y = 2` for a few variables; nothing for many."""
    if x.size > 6:
        return ""
    name = prepared.problem.layout.element_name
    return ", ".join(f"{name(k)} = {x[k]:.6g}" for k in range(x.size))
