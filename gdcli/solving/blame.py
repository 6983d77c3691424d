"""Which part of the formula is undefined here, and for which argument?"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gdcli.codegen.compile import compile_program
from gdcli.codegen.plan import place, plan
from gdcli.graph.nodes import Apply, Determinant, Node, Product, Reduce, Sum
from gdcli.graph.walk import Item, operands, reachable
from gdcli.solving.prepare import Prepared

_MOST = 5_000_000
"""Numbers that are computed to find the culprit; beyond that nobody is blamed."""

Value = NDArray[np.float64]


def blame(prepared: Prepared, x: Value) -> str:
    """Return which sub-formula first turns finite arguments into NaN or infinity at x.

    Such as ``log(x - 1)` is undefined: its argument is -0.5``; empty where nothing is found.
    """
    formula = prepared.formula
    nodes = [
        item
        for item in reachable([formula.root])
        if isinstance(item, (Apply, Product, Sum, Reduce, Determinant))
    ]
    parts = [part for node in nodes for part in _arguments(node)]
    wanted = {item.serial: item for item in (*nodes, *parts)}
    values = _values(prepared, wanted.values(), x)
    if values is None:
        return ""
    for node in nodes:
        own = values[node.serial]
        bad = ~np.isfinite(own)
        if not bad.any():
            continue
        inputs = [(part, values[part.serial]) for part in _arguments(node)]
        if all(np.isfinite(value).all() for _, value in inputs):
            return _sentence(prepared, node, own, bad, inputs, x)
    return ""


def _arguments(node: Item) -> list[Any]:
    """Return the operands that are numbers along axes, not arrays."""
    return [part for part in operands(node) if hasattr(part, "axes") and hasattr(part, "serial")
            and not hasattr(part, "shape")]  # fmt: skip


def _values(prepared: Prepared, nodes: Iterable[Node], x: Value) -> dict[int, Value] | None:
    formula = prepared.formula
    listed = list(nodes)
    sizes = [math.prod(axis.extent for axis in node.axes) for node in listed]
    if sum(sizes) > _MOST:
        return None
    placed, size = place(formula.graph.collect(node, node.axes) for node in listed)
    data = {leaf.offset: array for leaf, array in formula.data}
    function: Callable[..., Any] = compile_program(plan(None, placed, size, x.size), data)
    flat = function(x)
    return {
        node.serial: flat[p.offset : p.offset + extent]
        for node, p, extent in zip(listed, placed, sizes, strict=True)
    }


def _sentence(
    prepared: Prepared,
    node: Node,
    own: Value,
    bad: NDArray[np.bool_],
    inputs: list[tuple[Any, Value]],
    x: Value,
) -> str:
    span = prepared.formula.origin.get(node.serial)
    text = prepared.problem.source.text[span.start : span.stop] if span is not None else ""
    name = f"`{' '.join(text.split())}`" if text else "a part of the formula"
    first = int(np.argmax(bad))
    what = "undefined" if math.isnan(own[first]) else "infinite"
    where = _place(node.axes, first)
    arguments = []
    for part, value in inputs:
        if part.axes == node.axes:
            arguments.append(f"{value[first]:.6g}")
        elif not part.axes:
            arguments.append(f"{value[0]:.6g}")
    told = ""
    if len(arguments) == 1:
        told = f": its argument is {arguments[0]}"
    elif 1 < len(arguments) <= 4:
        told = f": its arguments are {', '.join(arguments)}"
    layout = prepared.problem.layout
    point = ""
    if x.size <= 6:
        named = ", ".join(f"{layout.element_name(k)} = {x[k]:.6g}" for k in range(x.size))
        point = f" at {named}"
    return f"{name} is {what}{where}{told}{point}"


def _place(axes: tuple[Any, ...], flat: int) -> str:
    if not axes:
        return ""
    indices = np.unravel_index(flat, tuple(axis.extent for axis in axes))
    return f" in term {', '.join(str(int(k)) for k in indices)}"
