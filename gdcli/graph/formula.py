"""`Formula`: a formula as a graph, with what is needed to evaluate it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

from gdcli.diagnostics import Span
from gdcli.graph.interning import Graph
from gdcli.graph.nodes import Leaf, Node


@dataclass(frozen=True)
class Formula:
    """A formula of which derivatives can be taken.

    Attributes:
        graph: The graph that holds the formula and whatever is derived from it.
        root: Its value, a node without axes.
        variables: The variables in the order of the layout.
        data: The data arrays and their leaves.
        origin: The part of the text that a node came from, by serial number.
    """

    graph: Graph
    root: Node
    variables: tuple[Leaf, ...]
    data: tuple[tuple[Leaf, NDArray[Any]], ...]
    origin: Mapping[int, Span]
