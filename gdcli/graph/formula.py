"""`Formula`: a formula as a graph, with what is needed to evaluate it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from numpy.typing import NDArray

from gdcli.diagnostics import Span
from gdcli.graph.interning import Graph
from gdcli.graph.nodes import Leaf, Node
from gdcli.language.tree import Tree
from gdcli.records import dataclass


@dataclass(frozen=True)
class Formula:
    """A formula of which derivatives can be taken.

    Attributes:
        graph: The graph that holds the formula and whatever is derived from it.
        root: Its value, a node without axes.
        variables: The variables in the order of the layout.
        data: The data arrays and their leaves.
        origin: The part of the text that a node came from, by serial number. Of like terms that
            became a sum over an axis it is the first one's.
        alike: Those like terms, in the order of the axis, for each such sum.
    """

    graph: Graph
    root: Node
    variables: tuple[Leaf, ...]
    data: tuple[tuple[Leaf, NDArray[Any]], ...]
    origin: Mapping[int, Span]
    alike: tuple[tuple[Tree, ...], ...] = ()
