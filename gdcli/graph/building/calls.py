"""Calls: functions element by element, and reductions of arrays and generators."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from itertools import product as combinations
from typing import NamedTuple

from gdcli.graph.building import arrays
from gdcli.graph.building.choice import index_node, where
from gdcli.graph.building.generators import Terms, terms_of
from gdcli.graph.building.indices import Varies, value_of
from gdcli.graph.building.rewrites import Power, log_sum_exp
from gdcli.graph.building.scalars import applied, multiplied
from gdcli.graph.building.state import Asked, Builder, HasArrays, Place, Rule, Scope, Work, combine
from gdcli.graph.nodes import Affine, Axis, Node
from gdcli.language import tree as trees
from gdcli.language.functions import FUNCTIONS

Part = tuple[Node, tuple[Axis, ...]]
"""A node, and axes that it is still to be reduced over."""


def call(builder: Builder, tree: trees.Call, place: Place, scope: Scope) -> Asked:
    """A function's call."""
    row = _RULES.get(tree.function)
    if row is not None:
        return row(builder, tree, place, scope)
    function = FUNCTIONS.get(tree.function)
    if function is None:
        builder.fail("unknown-function", f"unknown function `{tree.function}`", tree.name_span)
    if function.kind in ("reduction", "norm") and len(tree.arguments) == 1:
        if isinstance(tree.arguments[0], trees.Generator):
            return _of_generator(builder, tree, tree.arguments[0], place, scope)
        return _of_array(builder, tree, place, scope)
    return _elementwise(builder, tree, place, scope)


def index_arithmetic(
    builder: Builder, tree: trees.IntegerDivision, place: Place, scope: Scope
) -> Node:
    """`i % 2` or `n // 2` as a number."""
    try:
        found = value_of(builder, tree, scope)
    except Varies as varies:
        builder.fail(
            "not-an-index",
            f"`{tree.operator}` stands between constants and indices only",
            varies.tree.span,
            "this is neither",
        )
    return builder.made(index_node(builder, found), tree)


def _elementwise(builder: Builder, tree: trees.Call, place: Place, scope: Scope) -> Work:
    arguments = []
    for part in tree.arguments:
        arguments.append((yield builder.operand(part, place, scope)))
    return builder.made(applied(builder, tree.function, arguments, tree.span), tree)


def _length(builder: Builder, tree: trees.Call, place: Place, scope: Scope) -> Node:
    shape = builder.shapes.get(id(tree.arguments[0]), ())
    if not shape:
        builder.fail("not-an-array", "a number has no length", tree.arguments[0].span)
    return builder.graph.number(float(shape[0]))


# --- reductions ----------------------------------------------------------------------------------


def _of_generator(
    builder: Builder, tree: trees.Call, argument: trees.Generator, place: Place, scope: Scope
) -> Work:
    """A reduction over the indices of a generator, for each element of its body."""
    if builder.plain:
        raise HasArrays
    key = (id(tree), place, tuple(scope.indices.items()), scope.guards, scope.depth)
    known = builder.memo.get(key)
    if known is not None:
        return known
    terms: Terms = yield terms_of(builder, tree, argument, place, scope)
    result = reduced(builder, tree, terms.parts, terms.elements)
    builder.memo[key] = builder.made(result, tree)
    return result


def _of_array(builder: Builder, tree: trees.Call, place: Place, scope: Scope) -> Work:
    """A reduction over all positions of an array, or over one of them."""
    argument = tree.arguments[0]
    key = (id(tree), place, tuple(scope.indices.items()), scope.guards, scope.depth)
    known = builder.memo.get(key)
    if known is not None:
        return known
    shape = builder.shapes.get(id(argument), ())
    axes = tuple(range(len(shape)))
    if tree.axis is not None:
        if not -len(shape) <= tree.axis < len(shape):
            builder.fail("no-such-axis", f"there is no axis {tree.axis}", argument.span,
                         f"this has the shape {shape}")  # fmt: skip
        axes = (tree.axis % len(shape),)
    parts: list[Part] = []
    for spread in _spread(builder, tuple(shape[k] for k in axes), scope):
        builder.spend()
        whole = list(place)
        for k, index in zip(axes, spread.indices, strict=True):
            whole.insert(k, index)
        node = yield builder.ask(argument, tuple(whole), scope.deeper(len(spread.bound)))
        parts.append((node, spread.bound))
    count = math.prod(shape[k] for k in axes)
    result = reduced(builder, tree, parts, builder.graph.number(float(count)))
    builder.memo[key] = builder.made(result, tree)
    return result


class Spread(NamedTuple):
    """Indices over several extents, and the axes that they open."""

    indices: tuple[Affine, ...]
    bound: tuple[Axis, ...]


def _spread(builder: Builder, extents: tuple[int, ...], scope: Scope) -> Iterator[Spread]:
    """Yield indices over extents: one spread with axes, or one for every combination."""
    if builder.unrolled:
        for values in combinations(*map(range, extents)):
            yield Spread(tuple(map(Affine, values)), ())
        return
    indices: list[Affine] = []
    bound: list[Axis] = []
    for extent in extents:
        index, axes = builder.along(scope.depth + len(bound), extent)
        indices.append(index)
        bound.extend(axes)
    yield Spread(tuple(indices), tuple(bound))


def reduced(builder: Builder, tree: trees.Call, parts: list[Part], count: Node | None) -> Node:
    """Return a reduction of nodes, each over axes of its own; `count` is how many elements."""
    graph, span = builder.graph, tree.span
    if not parts and tree.function in ("mean", "max", "min", "logsumexp"):
        builder.fail("empty", f"`{tree.function}` of nothing is not defined", span)
    match tree.function:
        case "sum" | "prod" | "max" | "min":
            return combine(builder, tree.function, parts, span)
        case "mean":
            total = combine(builder, "sum", parts, span)
            if count is None or count is graph.number(0.0):
                builder.fail("empty", "`mean` of nothing is not defined", span)
            return graph.multiply(((total, 1), (count, -1)))
        case "norm1":
            sizes = [(applied(builder, "abs", (node,), span), bound) for node, bound in parts]
            return combine(builder, "sum", sizes, span)
        case "norm":
            squares = [(multiplied(builder, 1.0, ((node, 2),)), bound) for node, bound in parts]
            return applied(builder, "sqrt", (combine(builder, "sum", squares, span),), span)
        case "logsumexp":
            return log_sum_exp(graph, [Power(1.0, node, bound) for node, bound in parts])
        case unknown:
            raise ValueError(f"no reduction: {unknown}")


_RULES: Mapping[str, Rule] = {
    "where": where,
    "len": _length,
    "dot": arrays.dot,
    "tr": arrays.trace,
    "diag": arrays.diagonal,
    "det": arrays.determinant,
    "logdet": arrays.determinant,
    "inv": arrays.inverse,
}
"""Functions that are neither elementwise nor plain reductions."""
