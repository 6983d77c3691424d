"""Generators: `body for i in range(n) if … for j in range(i)`, as axes or written out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np

from gdcli.graph.building.choice import guards, index_node, test
from gdcli.graph.building.counts import count_node, counted, expect_elements, total
from gdcli.graph.building.forms import Grid, Value, grid_of, plus, times
from gdcli.graph.building.indices import MOST_TABULATED, fixed
from gdcli.graph.building.ranges import Piece, Run, clause_range, runs
from gdcli.graph.building.scalars import chosen, comparison, everything
from gdcli.graph.building.state import Builder, Guard, Place, Scope
from gdcli.graph.building.windows import rows, slides
from gdcli.graph.interning import index_axes, union_axes
from gdcli.graph.nodes import NEUTRAL, Affine, Axis, Node, Number
from gdcli.graph.walk import extent
from gdcli.language import tree as trees
from gdcli.language.tree import Tree

MOST_CLAUSES = 20

_NEUTRAL: Mapping[str, float] = {**NEUTRAL, "mean": NEUTRAL["sum"]}
"""What an element that a condition leaves out is replaced by."""

_NEEDING_ELEMENTS = ("mean", "max", "min")


class Terms(NamedTuple):
    """What a generator is made of.

    Attributes:
        parts: Nodes with the axes that each is to be reduced over.
        elements: How many there are in all, for `mean`.
    """

    parts: list[tuple[Node, tuple[Axis, ...]]]
    elements: Node | None


class _State(NamedTuple):
    """So far bound: clauses before `clause`; `tests` hold where elements count.

    `guards` say the same as the tests; None where a test is not on indices alone.
    """

    clause: int
    scope: Scope
    bound: tuple[Axis, ...] = ()
    tests: tuple[Node, ...] = ()
    guards: tuple[Guard, ...] | None = ()


def terms_of(
    builder: Builder, call: trees.Call, tree: trees.Generator, place: Place, scope: Scope
) -> Any:
    """Work that ends in the `Terms` of a call's generator.

    Elements that conditions leave out are such that they do not change the call's value.
    """
    function = call.function
    if len(tree.clauses) > MOST_CLAUSES:
        message = f"there are more than {MOST_CLAUSES} `for` in one sum"
        builder.fail("too-many-clauses", message, tree.clauses[MOST_CLAUSES].span)
    graph = builder.graph
    neutral = _NEUTRAL[function]
    parts: list[tuple[Node, tuple[Axis, ...]]] = []
    counts: list[Grid | None] = []
    masks: list[tuple[float, Node]] = []
    stack: list[Iterator[_State]] = [iter((_State(0, scope),))]
    while stack:
        state = next(stack[-1], None)
        if state is None:
            stack.pop()
            continue
        builder.spend()
        if state.clause < len(tree.clauses):
            if state.clause:
                found = yield _conditions(builder, tree.clauses[state.clause - 1], state)
                if found is None:
                    continue
                state = found
            stack.append(_bindings(builder, tree, state))
            continue
        found = yield _conditions(builder, tree.clauses[-1], state)
        if found is None:
            continue
        node = yield builder.operand(tree.body, place, found.scope)
        mask = everything(builder, found.tests)
        if not isinstance(mask, Number):
            node = chosen(builder, mask, node, graph.number(neutral))
        exact = None if found.guards is None else counted(builder, found.bound, found.guards)
        if exact is None:
            masks.append((1.0, graph.reduce("sum", found.bound, mask)))
        counts.append(exact)
        parts.append((node, found.bound))
    known = total(counts)
    if function in _NEEDING_ELEMENTS:
        expect_elements(builder, function, known, scope, call.span)
    elements = _elements(builder, known, counts, masks) if function == "mean" else None
    return Terms(parts, elements)


def _elements(
    builder: Builder,
    known: Grid | None,
    counts: list[Grid | None],
    masks: list[tuple[float, Node]],
) -> Node:
    """Return how many elements there are; what cannot be known in advance is counted."""
    if known is not None:
        return count_node(builder, known)
    rest = ((1.0, count_node(builder, count)) for count in counts if count is not None)
    return builder.graph.add((*masks, *rest))


def _bindings(builder: Builder, tree: trees.Generator, state: _State) -> Iterator[_State]:
    """Yield a state for each piece of a clause's range, or for each of its values."""
    clause = tree.clauses[state.clause]
    span = clause_range(builder, clause, state.scope)
    following = state.clause + 1
    if builder.unrolled and span.values is not None:
        for number in span.values:
            scope = state.scope.bind(clause.index, Affine(number), 0)
            yield state._replace(clause=following, scope=scope)
        return
    inside = _seen_by(tree, state.clause)
    written_out = slides(builder, clause, span, inside, state.scope)
    for piece in runs(builder, clause, span, inside, state.scope):
        for part in rows(span, piece, tree, state.clause):
            for value, axes in _values(builder, part, state.scope.depth, written_out):
                scope = state.scope.bind(clause.index, value, len(axes))
                tests, known = _within(builder, span, value)
                yield _State(
                    following,
                    scope.guarded(*known),
                    (*state.bound, *axes),
                    (*state.tests, *tests),
                    None if state.guards is None else (*state.guards, *known),
                )


def _values(
    builder: Builder, piece: Piece, depth: int, written_out: bool
) -> Iterator[tuple[Affine, tuple[Axis, ...]]]:
    """Yield what an index is in a piece: along an axis, or each of its values."""
    if written_out:
        for t in range(piece.extent):
            yield plus(piece.start, Affine(piece.step * t)), ()
        return
    index, axes = builder.along(depth, piece.extent)
    yield plus(piece.start, times(index, piece.step)), axes


def _seen_by(tree: trees.Generator, clause: int) -> list[Tree]:
    """Return what can see the index of a clause."""
    found: list[Tree] = list(tree.clauses[clause].conditions)
    index = tree.clauses[clause].index
    for later in tree.clauses[clause + 1 :]:
        found.extend(p for p in (later.start, later.stop, later.step) if p is not None)
        if later.index == index:
            return found
        found.extend(later.conditions)
    return [*found, tree.body]


def _within(builder: Builder, run: Run, value: Affine) -> tuple[list[Node], list[Guard]]:
    """Return the tests that an index is within bounds that move with outer indices."""
    tests: list[Node] = []
    known: list[Guard] = []
    for low in run.lows:
        tests.extend(_at_least(builder, value, low, known, 1))
    for high in run.highs:
        tests.extend(_at_least(builder, value, high, known, -1))
    return tests, known


def _at_least(
    builder: Builder, value: Affine, bound: Value, known: list[Guard], sign: int
) -> list[Node]:
    """Return the test `value ≥ bound`, or `value < bound` for a sign of −1; none if certain."""
    graph = builder.graph
    if isinstance(bound, Affine):
        form = plus(value, bound, -1) if sign > 0 else plus(plus(bound, value, -1), Affine(-1))
        if form.range()[0] >= 0:
            return []
        known.append(Guard((form,)))
        if form.range()[1] < 0:
            return [graph.number(0.0)]
    else:
        known.append(_tabulated(value, bound, sign))
    left, right = index_node(builder, value), index_node(builder, bound)
    return [comparison(builder, ">=" if sign > 0 else "<", left, right)]


def _tabulated(value: Affine, bound: Grid, sign: int) -> Guard:
    """Return what is known where an index is within a tabulated bound."""
    axes = union_axes((index_axes(value), bound.axes))
    if extent(axes) > MOST_TABULATED:
        return Guard(())
    left, right = grid_of(value, axes).values, grid_of(bound, axes).values
    truth = np.asarray(left >= right if sign > 0 else left < right)
    return Guard((), over=axes, truth=np.broadcast_to(truth, tuple(a.extent for a in axes)))


def _conditions(builder: Builder, clause: trees.For, state: _State) -> Any:
    """Work that ends in the state under a clause's conditions, None where one never holds."""
    tests = list(state.tests)
    scope, known = state.scope, state.guards
    for condition in clause.conditions:
        node = yield test(builder, condition, scope)
        if isinstance(node, Number):
            if not node.value:
                return None
            continue
        tests.append(node)
        inside, _ = guards(builder, condition, scope)
        exact = fixed(builder, condition, scope)
        known = None if known is None or not exact else (*known, *inside)
        scope = scope.guarded(*inside)
    if any(isinstance(node, Number) and not node.value for node in tests):
        return None
    return state._replace(scope=scope, tests=tuple(tests), guards=known)
