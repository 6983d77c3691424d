"""Which part of the formula is undefined here, and for which argument?"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gdcli.graph.nodes import Apply, Determinant, Node, Product, Reduce, Sum
from gdcli.graph.walk import Item, operands, reachable
from gdcli.solving.prepare import Prepared
from gdcli.solving.quoted import Value, node_values, point_text, quotation


def blame(prepared: Prepared, x: Value) -> str:
    """Return which sub-formula first turns finite arguments into NaN or infinity at x.

    Such as: `log(x - 1)` is undefined: its argument is -0.5. Empty where nothing is found.
    """
    formula = prepared.formula
    nodes = [
        item
        for item in reachable([formula.root])
        if isinstance(item, (Apply, Product, Sum, Reduce, Determinant))
    ]
    parts = [part for node in nodes for part in _arguments(node)]
    found = node_values(prepared, (*nodes, *parts), (x,))
    if found is None:
        return ""
    values = found[0]
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


def _sentence(
    prepared: Prepared,
    node: Node,
    own: Value,
    bad: NDArray[np.bool_],
    inputs: list[tuple[Any, Value]],
    x: Value,
) -> str:
    first = int(np.argmax(bad))
    name = quotation(prepared, node, first) or "a part of the formula"
    what = "undefined" if math.isnan(own[first]) else "infinite"
    where = "" if prepared.formula.alike else _place(node.axes, first)
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
    at = point_text(prepared, x)
    point = f" at {at}" if at else ""
    return f"{name} is {what}{where}{told}{point}"


def _place(axes: tuple[Any, ...], flat: int) -> str:
    if not axes:
        return ""
    indices = np.unravel_index(flat, tuple(axis.extent for axis in axes))
    return f" in term {', '.join(str(int(k)) for k in indices)}"
