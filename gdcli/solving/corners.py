"""Which kinks of the formula are at a point: where a derivative jumps, or is not defined."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from gdcli.graph.nodes import Node, Reduce
from gdcli.graph.structure import Kink, kinks
from gdcli.solving.prepare import Prepared
from gdcli.solving.quoted import Value, node_values, quotation

NEAR = 1e-6
"""A kink is at x if it is passed when each variable moves by about this part of its size."""
MOST_NAMED = 3
SHARP = frozenset({"abs", "relu", "max", "min", "choice", "jump"})
"""Kinds whose derivative jumps; at the others it is infinite, or has no direction."""


class Corner(NamedTuple):
    """A kink at a point: its kind, as a message quotes it, and of how many terms it is so."""

    kind: str
    text: str
    active: int
    terms: int


class Corners:
    """The kinks of a problem, and which of them are at a point.

    Args:
        start: Where the run began: the size of variables that end at 0.
    """

    def __init__(self, prepared: Prepared, start: Value) -> None:
        self._prepared = prepared
        sizes = np.abs(start)
        self._typical = np.where(sizes == 0.0, float(sizes.max(initial=0.0)) or 1.0, sizes)
        self._kinks = kinks(prepared.formula)

    def near(self, x: Value) -> bool:
        """Return whether a kink is at x, or cannot be told to be elsewhere."""
        found = self.at(x)
        return found is None or bool(found)

    def at(self, x: Value) -> list[Corner] | None:
        """Return the kinks at x, those of the same text together; None where that costs much."""
        nodes = {node.serial: node for kink in self._kinks for node in _deciding(kink)}
        size = np.maximum(np.abs(x), self._typical)
        shifts = [np.where(np.arange(x.size) % k == 0, 1.0, -1.0) for k in (1, 2, 3)]
        places = [x, *(x + sign * NEAR * s * size for s in shifts for sign in (1.0, -1.0))]
        values = node_values(self._prepared, nodes.values(), places)
        if values is None:
            return None
        counted: dict[tuple[str, str], tuple[int, int]] = {}
        for kink in self._kinks:
            here, *beside = (_gap(kink, value) for value in values)
            moved = np.max([np.abs(gap - here) for gap in beside], axis=0)
            with np.errstate(invalid="ignore"):
                active = ~(np.abs(here) > 2.0 * moved)
            key = (kink.kind, quotation(self._prepared, kink.node, int(np.argmax(active))))
            before = counted.get(key, (0, 0))
            counted[key] = (before[0] + int(active.sum()), before[1] + active.size)
        return [Corner(*key, *many) for key, many in counted.items() if many[0]]


def kink_words(corners: Sequence[Corner]) -> str:
    """Return `at the kink of `abs(x)``, or what else there is at a point, for a message."""
    jumps = [c for c in corners if c.kind in SHARP and c.text]
    open_ends = [c for c in corners if c.kind not in SHARP and c.text]
    if jumps:
        kind = "kink" if len(jumps) == 1 and jumps[0].active == 1 else "kinks"
        return f"at the {kind} of {_listed(jumps)}"
    if open_ends:
        return f"where the derivative of {_listed(open_ends)} is undefined"
    return "at a kink, where the derivative is not defined"


def _listed(corners: Sequence[Corner]) -> str:
    shown = [
        c.text if c.terms == 1 else f"{c.text} ({c.active} of {c.terms} terms)"
        for c in corners[:MOST_NAMED]
    ]
    if len(corners) > MOST_NAMED:
        shown.append(f"{len(corners) - MOST_NAMED} more")
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}"


def _deciding(kink: Kink) -> tuple[Node, ...]:
    if kink.kind == "norm":
        return (kink.node,)
    return kink.arguments


def _gap(kink: Kink, values: dict[int, Value]) -> Value:
    """Return what is 0 at the kink, an entry for each term."""
    if isinstance(kink.node, Reduce):
        parts = [np.sort(values[kink.arguments[0].serial])]
    else:
        parts = [values[node.serial] for node in _deciding(kink)]
    if kink.kind not in ("max", "min") or (len(parts) == 1 and parts[0].size < 2):
        return np.asarray(parts[0])
    if len(parts) == 1:
        ends = parts[0][-2:] if kink.kind == "max" else parts[0][:2]
        return np.asarray(ends[1:] - ends[:1])
    most = max(part.size for part in parts)
    table = np.sort(np.array([np.broadcast_to(part, most) for part in parts]), axis=0)
    return np.asarray(table[-1] - table[-2] if kink.kind == "max" else table[1] - table[0])
