"""Windows: short sums that slide along a long one, written out so that they become slices.

`sum(x[j] for j in range(i-2, i+3))` next to a long index i is five shifted slices of x. As an axis
of its own it would be a matrix of n × 5, and everything within the window would seem to meet
everything. The same goes for `sum(c[k]*x[i+k] for k in range(5))`, and, where a window is cut short
at the ends of an array, for each of the few rows there.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from gdcli.graph.building.ranges import Piece, Run, mentions
from gdcli.graph.building.state import Builder, Scope
from gdcli.graph.nodes import Affine
from gdcli.language import tree as trees
from gdcli.language.tree import Tree, postorder

WIDEST = 16
"""Values of an index that are written out, at most."""
LONGER = 8
"""So many times as long as the window is what it slides along."""
FEW, WORTH = 4, 20_000
"""Rows at the ends of the long index that are written out, too, and how long that must be for it to
pay with more of them: the Hessian is a band then, but there is much more to derive."""


def slides(
    builder: Builder, clause: trees.For, run: Run, inside: Sequence[Tree], scope: Scope
) -> bool:
    """Tell whether a clause is a window to be written out; `inside` is what can see its index."""
    if run.values is None:
        return 0 < run.extent <= WIDEST and _is_long(run.start, run.extent)
    length = len(run.values)
    if not 0 < length <= WIDEST:
        return False
    if any(mentions(bound, scope.indices) for bound in _bounds(clause)):
        return True  # in a row that is written out by itself
    long = {name for name, form in scope.indices.items() if _is_long(form, length)}
    return bool(long) and any(
        _shifts(builder, node, clause.index, long) for part in inside for node in postorder(part)
    )


def rows(run: Run, piece: Piece, tree: trees.Generator, clause: int) -> Iterator[Piece]:
    """Yield a piece, or its few values one by one where windows are cut short at an end."""
    whole = 0 if run.values is None else len(run.values)
    most = WIDEST if whole >= WORTH else FEW
    if 1 < piece.extent <= most and whole >= LONGER * piece.extent:
        index = (tree.clauses[clause].index,)
        if any(mentions(bound, index) for bound in _inner_bounds(tree, clause)):
            for t in range(piece.extent):
                yield Piece(Affine(piece.start.offset + piece.step * t), 1, 1)
            return
    yield piece


def _inner_bounds(tree: trees.Generator, clause: int) -> Iterator[Tree]:
    """Yield the bounds of all ranges within a clause."""
    for later in tree.clauses[clause + 1 :]:
        yield from _bounds(later)
    for node in postorder(tree.body):
        if isinstance(node, trees.Generator):
            for inner in node.clauses:
                yield from _bounds(inner)


def _is_long(form: Affine, length: int) -> bool:
    return any(axis.extent >= LONGER * length for axis, _ in form.terms)


def _bounds(clause: trees.For) -> list[Tree]:
    return [bound for bound in (clause.start, clause.stop) if bound is not None]


def _shifts(builder: Builder, node: Tree, index: str, long: set[str]) -> bool:
    """Tell whether a node reads a variable at a sum of the index and one of those that are long."""
    if not isinstance(node, trees.Subscript) or not isinstance(node.base, trees.Name):
        return False
    if node.base.name not in builder.variables:
        return False
    return any(
        not isinstance(item, trees.Slice | trees.NewAxis)
        and mentions(item, (index,))
        and mentions(item, long)
        for item in node.items
    )
