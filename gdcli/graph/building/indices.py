"""Index arithmetic: what an index expression is, and whether a condition on indices is certain.

An index expression is an affine form of axes where it can be (`2*i + 1`), and otherwise a `Grid`:
its value for every value of the axes that it depends on (`i // 2`, `k[i]`, `min(i + 1, n - 1)`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gdcli.graph.building.faults import MOST_EXACT, literal_negative, outside, whole
from gdcli.graph.building.forms import (
    Grid,
    Value,
    axes_of,
    compared,
    dominant,
    grid_of,
    plus,
    scaled,
    times,
)
from gdcli.graph.building.state import Builder, Scope
from gdcli.graph.interning import along, index_axes, union_axes
from gdcli.graph.nodes import Affine, Axis, Index, Leaf, Lookup
from gdcli.graph.walk import extent
from gdcli.language import tree as trees
from gdcli.language.tree import Tree, children, postorder
from gdcli.language.unparse import describe

MOST_TABULATED = 20_000_000
"""Values of an index expression or a condition that are computed in advance, at most."""

MOST_NESTED = 60
"""Levels of an index expression or a condition on indices."""


class Varies(Exception):
    """An expression depends on a variable, or on what is no index arithmetic."""

    def __init__(self, tree: Tree) -> None:
        self.tree = tree
        super().__init__()


def fixed(builder: Builder, tree: Tree, scope: Scope) -> bool:
    """Tell whether an expression is arithmetic of bound indices and constants, as here."""
    for node in postorder(tree):
        match node:
            case trees.Name():
                if node.name not in scope.indices and node.name not in builder.constants:
                    return False
            case trees.Call():
                if node.function not in _FUNCTIONS:
                    return False
            case trees.Number() | trees.Conditional() | trees.Logical() | trees.Subscript():
                pass
            case _:
                if type(node) not in _RULES:
                    return False
    return True


def value_of(builder: Builder, tree: Tree, scope: Scope, depth: int = 0) -> Value:
    """Return the value of an index expression, or of a condition (0 or 1).

    Raises:
        Varies: It depends on a variable, or is more than arithmetic.
    """
    if isinstance(tree, trees.Name):
        return scope.indices.get(tree.name) or _named(builder, tree)
    if isinstance(tree, trees.Number):
        return _constant(tree.value)
    if depth > MOST_NESTED:
        builder.fail("too-deep", "this index expression is nested too deeply", tree.span)

    def inner(part: Tree) -> Value:
        return value_of(builder, part, scope, depth + 1)

    if isinstance(tree, trees.Conditional):
        return _conditional(builder, tree, inner)
    if isinstance(tree, trees.Logical):
        return _logical(builder, tree, inner)
    if isinstance(tree, trees.Subscript):
        return _element(builder, tree, inner, scope)
    if isinstance(tree, trees.Call) and tree.function == "len":
        shape = builder.shapes.get(id(tree.arguments[0]), ())
        return Affine(shape[0]) if shape else Affine(1)
    rule = _RULES.get(type(tree))
    if rule is None:
        raise Varies(tree)
    return rule(builder, tree, [inner(part) for part in children(tree)])


def _named(builder: Builder, node: trees.Name) -> Value:
    value = builder.constants.get(node.name)
    if value is None or np.ndim(value):
        raise Varies(node)
    return _constant(float(value))


def _constant(value: float) -> Value:
    if value.is_integer() and abs(value) <= MOST_EXACT:
        return Affine(int(value))
    return Grid((), np.float64(value))  # type: ignore[arg-type]


def _negative(builder: Builder, node: Any, parts: Sequence[Value]) -> Value:
    return scaled(parts[0], -1)


def _sum(builder: Builder, node: Any, parts: Sequence[Value]) -> Value:
    if all(isinstance(part, Affine) for part in parts):
        total = Affine(0)
        for part, negated in zip(parts, node.negated, strict=True):
            total = plus(total, part, -1 if negated else 1)  # type: ignore[arg-type]
        return total
    signs = [-1 if negated else 1 for negated in node.negated]
    return _together(
        builder, node, lambda *v: sum(s * p for s, p in zip(signs, v, strict=True)), parts
    )


def _product(builder: Builder, node: Any, parts: Sequence[Value]) -> Value:
    total: Value = Affine(1)
    for part, divided in zip(parts, node.divided, strict=True):
        if divided:
            total = _quotient(builder, node, total, part)
        elif (
            isinstance(part, Affine)
            and isinstance(total, Affine)
            and not (part.terms and total.terms)
        ):
            total = times(part, total.offset) if part.terms else times(total, part.offset)
        else:
            total = _together(builder, node, np.multiply, (total, part))
    return total


def _quotient(builder: Builder, node: Any, above: Value, below: Value) -> Value:
    if isinstance(below, Affine) and not below.terms:
        d = below.offset
        if d == 0:
            builder.fail("division-by-zero", "division by zero", node.span)
        if isinstance(above, Affine) and divisible(above, d) and above.offset % d == 0:
            return Affine(above.offset // d, tuple((a, c // d) for a, c in above.terms))
    return _together(builder, node, np.true_divide, (above, below))


def divisible(form: Affine, divisor: int) -> bool:
    return all(c % divisor == 0 for _, c in form.terms)


def _whole_division(builder: Builder, node: Any, parts: Sequence[Value]) -> Value:
    left, right = parts
    if isinstance(right, Affine) and not right.terms:
        d = right.offset
        if d == 0:
            builder.fail("division-by-zero", "division by zero", node.right.span)
        if isinstance(left, Affine):
            low, high = left.range()
            if node.operator == "%":
                if divisible(left, d):
                    return Affine(left.offset % d)
                if low // d == high // d:
                    return plus(left, Affine(-(low // d) * d))
            elif divisible(left, d):
                return Affine(left.offset // d, tuple((a, c // d) for a, c in left.terms))
            elif low // d == high // d:
                return Affine(low // d)
    operation = np.mod if node.operator == "%" else np.floor_divide
    return _together(builder, node, operation, parts)


def _power(builder: Builder, node: Any, parts: Sequence[Value]) -> Value:
    base, exponent = parts
    if all(isinstance(p, Affine) and not p.terms for p in parts):
        try:
            found = float(base.offset) ** float(exponent.offset)  # type: ignore[union-attr]
        except (OverflowError, ZeroDivisionError):
            builder.fail("not-finite", "this constant is not finite", node.span)
        return _constant(found)
    return _together(builder, node, lambda a, b: np.power(a, 1.0 * b), (base, exponent))


def _call(builder: Builder, node: Any, parts: Sequence[Value]) -> Value:
    match node.function:
        case "min" | "max" if len(parts) > 1:
            kept = dominant(parts, node.function)
            if len(kept) == 1:
                return kept[0]
            operation: Any = np.minimum if node.function == "min" else np.maximum
            total = kept[0]
            for part in kept[1:]:
                total = _together(builder, node, operation, (total, part))
            return total
        case "floor" | "ceil" | "abs":
            part = parts[0]
            if isinstance(part, Affine):
                low, high = part.range()
                if node.function != "abs" or low >= 0:
                    return part
                if high <= 0:
                    return times(part, -1)
            operation = {"floor": np.floor, "ceil": np.ceil, "abs": np.abs}[node.function]
            return _together(builder, node, operation, parts)
        case _:
            raise Varies(node)


def _element(
    builder: Builder, node: trees.Subscript, inner: Callable[[Tree], Value], scope: Scope
) -> Value:
    """Return an element of a constant array."""
    if not isinstance(node.base, trees.Name):
        raise Varies(node)
    base = np.asarray(builder.constants.get(node.base.name))
    if base.dtype == object or len(node.items) != base.ndim:
        raise Varies(node)
    index = []
    for length, part in zip(base.shape, node.items, strict=True):
        item = inner(part)
        if isinstance(item, Affine) and literal_negative(part):
            item = plus(item, Affine(length))
        index.append(item)
    axes = union_axes(axes_of(item) for item in index)
    _limit(builder, node, axes)
    places = []
    for item, length, part in zip(index, base.shape, node.items, strict=True):
        place = whole(builder, grid_of(item, axes).values, part)
        if place.size and (place.min() < 0 or place.max() >= length):
            # Guards are made of index expressions themselves.
            from gdcli.graph.building.guards import escape

            bad = escape(builder, part, Grid(axes, place), length, scope)
            if bad is not None:
                outside(builder, part, bad[0], length, bad[1])
            if length == 0:
                builder.conclude()
        places.append(place.clip(0, length - 1))
    found = base[tuple(places)]
    if not axes:
        return _constant(float(found.reshape(())))
    return Grid(axes, np.broadcast_to(found, tuple(a.extent for a in axes)))


def _compare(builder: Builder, node: Any, parts: Sequence[Value]) -> Value:
    total: Value = Affine(1)
    for left, right, operator in zip(parts, parts[1:], node.operators, strict=False):
        sure = compared(left, right, operator)
        if sure is None:
            found = _together(builder, node, COMPARE[operator], (left, right))
            total = _together(builder, node, np.logical_and, (total, found))
        elif not sure:
            return Affine(0)
    return total


def _logical(builder: Builder, node: trees.Logical, inner: Callable[[Tree], Value]) -> Value:
    deciding = node.operator == "or"
    operation = np.logical_or if deciding else np.logical_and
    total: Value = Affine(int(not deciding))
    for part in node.operands:
        found = inner(part)
        if isinstance(found, Affine) and not found.terms and bool(found.offset) == deciding:
            return Affine(int(deciding))
        total = _together(builder, node, operation, (total, found))
    return total


def _not(builder: Builder, node: Any, parts: Sequence[Value]) -> Value:
    return _together(builder, node, np.logical_not, parts)


def _conditional(
    builder: Builder, node: trees.Conditional, inner: Callable[[Tree], Value]
) -> Value:
    test = inner(node.test)
    if isinstance(test, Affine) and not test.terms:
        return inner(node.body if test.offset else node.otherwise)
    return _together(builder, node, np.where, (test, inner(node.body), inner(node.otherwise)))


COMPARE: Mapping[str, Any] = {
    "<": np.less,
    "<=": np.less_equal,
    ">": np.greater,
    ">=": np.greater_equal,
    "==": np.equal,
    "!=": np.not_equal,
}

_FUNCTIONS = ("min", "max", "len", "floor", "ceil", "abs")
"""Functions that index arithmetic knows."""

_RULES: Mapping[type, Callable[[Builder, Any, Sequence[Value]], Value]] = {
    trees.Negative: _negative,
    trees.Sum: _sum,
    trees.Product: _product,
    trees.Power: _power,
    trees.IntegerDivision: _whole_division,
    trees.Call: _call,
    trees.Compare: _compare,
    trees.Not: _not,
}


def _together(
    builder: Builder, node: Tree, operation: Callable[..., Any], parts: Sequence[Value]
) -> Value:
    """Return an operation on values, computed for all combinations of their axes."""
    axes = union_axes(axes_of(part) for part in parts)
    _limit(builder, node, axes)
    with np.errstate(all="ignore"):
        found = np.asarray(operation(*(grid_of(part, axes).values for part in parts)))
    if axes:
        return Grid(axes, np.broadcast_to(found, tuple(a.extent for a in axes)))
    if found.ndim:
        raise Varies(node)
    return _constant(float(found))


def _limit(builder: Builder, node: Tree, axes: tuple[Axis, ...]) -> None:
    count = extent(axes)
    if count > MOST_TABULATED:
        builder.fail(
            "too-large",
            f"`{describe(node)}` would have to be tabulated for {count:,} combinations of indices",
            node.span,
            hint="write it with sums of indices and numbers only, such as `2*i + 1`",
        )


def index_of(builder: Builder, value: Value, name: str) -> Index:
    """Return a value as an index of the graph, a table where it is not affine."""
    if isinstance(value, Affine):
        return value
    table = builder.table(name, np.ascontiguousarray(value.values, dtype=np.int64))
    return Lookup(table, along(value.axes))


def grid_of_index(builder: Builder, index: Index) -> Value:
    """Return an index of the graph as a value again."""
    if isinstance(index, Affine):
        return index
    axes = index_axes(index)
    values = table_values(builder, index.table)
    places = tuple(grid_of(part, axes).values for part in index.position)
    return Grid(axes, np.broadcast_to(values[places], tuple(a.extent for a in axes)))


def table_values(builder: Builder, table: Leaf) -> NDArray[Any]:
    """Return the numbers of a data leaf."""
    return builder.data[table.offset][1]
