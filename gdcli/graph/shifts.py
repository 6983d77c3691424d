"""Shifts that cancel: `s + log Σ exp(t − s)` does not depend on s, whatever s is.

A stable logarithm of a sum of exponentials is shifted by the largest exponent. Derivatives need not
follow the shift: what they would find is 0, at the price of several passes and of rounding.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from gdcli.graph.nodes import Apply, Node, Reduce, Sum
from gdcli.graph.walk import Item, operands


def cancelling_shifts(order: Sequence[Item]) -> frozenset[int]:
    """Return the serials of maxima on which nothing depends, although much is made of them.

    Args:
        order: All of a formula, operands first. A maximum that is used in any other way counts as
            an ordinary one.
    """
    logs = [item for item in order if isinstance(item, Apply) and item.function == "log"]
    if not logs:
        return frozenset()
    parents: dict[int, set[int]] = {item.serial: set() for item in order}
    for item in order:
        for child in operands(item):
            parents[child.serial].add(item.serial)
    items = {item.serial: item for item in order}
    used: dict[int, set[int]] = {}
    for log in logs:
        for shift, users in _shifts(log, parents, items):
            used.setdefault(shift, set()).update(users)
    return frozenset(shift for shift, users in used.items() if parents[shift] <= users)


def _shifts(
    log: Apply, parents: Mapping[int, set[int]], items: Mapping[int, Item]
) -> Iterator[tuple[int, set[int]]]:
    """Yield (a shift, the nodes in which this logarithm uses it), if it has one."""
    inner = _exponents(log, parents)
    if not inner:
        return
    candidates = {t.serial for t in inner[0].terms if _is_maximum(t)}
    for shift in candidates:
        if any(_coefficient(each, shift) != -1.0 for each in inner):
            continue
        outer = [items[serial] for serial in parents[log.serial]]
        if outer and all(
            isinstance(each, Sum) and _coefficient(each, shift) == _coefficient(each, log.serial)
            for each in outer
        ):
            yield shift, {each.serial for each in (*inner, *outer)}


def _exponents(log: Apply, parents: Mapping[int, set[int]]) -> list[Sum]:
    """Return the exponents of a logarithm of a sum of powers; none if it is something else.

    Nothing between the logarithm and the exponents may be used elsewhere.
    """
    found: list[Sum] = []
    waiting: list[tuple[Node, Node]] = [(log.arguments[0], log)]
    while waiting:
        node, parent = waiting.pop()
        if parents[node.serial] != {parent.serial}:
            return []
        if isinstance(node, Sum) and node.constant == 0.0:
            waiting += [(term, node) for term in node.terms]
        elif isinstance(node, Reduce) and node.operator == "sum":
            waiting.append((node.body, node))
        elif isinstance(node, Apply) and node.function == "exp":
            exponent = node.arguments[0]
            if not isinstance(exponent, Sum) or parents[exponent.serial] != {node.serial}:
                return []
            found.append(exponent)
        else:
            return []
    return found


def _is_maximum(node: Node) -> bool:
    return (isinstance(node, Apply) and node.function == "max") or (
        isinstance(node, Reduce) and node.operator == "max"
    )


def _coefficient(node: Sum, serial: int) -> float:
    """Return with which coefficient a term stands in a sum, 0 if it does not."""
    return sum(
        c for c, term in zip(node.coefficients, node.terms, strict=True) if term.serial == serial
    )
