"""Arrays by NumPy's rules: names, subscripts, transposes, matrix products, whole matrices."""

from __future__ import annotations

from typing import Any

import numpy as np

from gdcli.graph.building.access import checked, element, negative_end
from gdcli.graph.building.choice import index_node
from gdcli.graph.building.faults import literal_negative, whole
from gdcli.graph.building.forms import Grid, Value, plus, scaled
from gdcli.graph.building.indices import Varies, grid_of_index, table_values, value_of
from gdcli.graph.building.scalars import applied
from gdcli.graph.building.state import ZERO, Asked, Builder, Place, Scope, TooLarge, Work
from gdcli.graph.interning import along
from gdcli.graph.nodes import Affine, Array, Axis, Index, Leaf, Lookup, Node
from gdcli.graph.products import contract
from gdcli.language import tree as trees
from gdcli.language.evaluate import evaluate
from gdcli.language.tree import Tree, postorder
from gdcli.language.unparse import describe


def name(builder: Builder, tree: trees.Name, place: Place, scope: Scope) -> Node:
    """A bound index as a number, or an element of an array."""
    found = scope.indices.get(tree.name)
    if found is not None:
        return builder.made(index_node(builder, found), tree)
    builder.spend()
    return builder.made(element(builder, tree, place), tree)


def subscript(builder: Builder, tree: trees.Subscript, place: Place, scope: Scope) -> Work:
    """`base[items]`: the base at other indices."""
    _well_formed(builder, tree, scope)
    shape = builder.shapes.get(id(tree.base), ())
    waiting = list(place)
    inner: list[Index] = []
    for item in tree.items:
        if isinstance(item, trees.NewAxis):
            waiting.pop(0)
            continue
        if len(inner) >= len(shape):
            builder.fail("too-many-indices", "there are more indices than axes", item.span)
        extent = shape[len(inner)]
        if isinstance(item, trees.Slice):
            inner.append(_sliced(builder, item, waiting.pop(0), extent, scope))
            continue
        count = len(builder.shapes.get(id(item), ()))
        value = _index(builder, item, tuple(waiting[:count]), scope)
        del waiting[:count]
        if isinstance(value, Affine) and literal_negative(item):
            value = plus(value, Affine(extent))
        inner.append(checked(builder, item, value, extent, scope))
    return (yield builder.ask(tree.base, (*inner, *waiting), scope))


def _well_formed(builder: Builder, tree: trees.Subscript, scope: Scope) -> None:
    """See to it, once for each subscript, that its indices are of the kind that is supported."""
    if id(tree) in builder.checked:
        return
    builder.checked.add(id(tree))
    arrays = 0
    for item in tree.items:
        arrays += bool(builder.shapes.get(id(item))) and not isinstance(item, trees.Slice)
        varying: set[int] = set()
        measured: set[int] = set()
        for node in reversed(list(postorder(item))):
            if id(node) in measured or (isinstance(node, trees.Call) and node.function == "len"):
                measured.update(id(part) for part in trees.children(node))
        for node in postorder(item):
            if id(node) in measured:
                continue
            parts = [p for p in trees.children(node) if id(p) in varying]
            if isinstance(node, trees.Name):
                if node.name in scope.indices:
                    varying.add(id(node))
                elif node.name in builder.variables:
                    builder.fault(
                        "variable-as-index",
                        f"the variable `{node.name}` cannot be an index",
                        node.span,
                        "an index must be known before the solve",
                        "indices are made of numbers, constants and the names of `for`",
                    )
            elif parts:
                varying.add(id(node))
            many = isinstance(node, trees.Product) and len(parts) > 1
            raised = isinstance(node, trees.Power) and parts
            if many or raised:
                builder.fault(
                    "index-not-affine",
                    f"the index `{describe(item)}` is not a sum of indices and numbers",
                    node.span,
                    "a product or power of indices",
                    "use an array of more axes, `x[i, j]`, or a constant array of positions",
                )
    if arrays > 1:
        builder.fail(
            "index-arrays",
            "only one index of a subscript can be an array",
            tree.span,
            hint="write a sum over positions: `sum(X[k[i], l[i]] for i in range(len(k)))`",
        )
    builder.conclude()


def _index(builder: Builder, item: Tree, place: Place, scope: Scope) -> Value:
    """Return an index expression's value; an array of indices is read at `place`."""
    try:
        if not place:
            return value_of(builder, item, scope)
        for node in postorder(item):
            if isinstance(node, trees.Name) and (
                node.name in scope.indices or node.name not in builder.constants
            ):
                raise Varies(node)
    except Varies as found:
        builder.fail(
            "not-an-index",
            f"`{describe(found.tree)}` cannot be an index",
            found.tree.span,
            hint="indices are made of numbers, constants and the names of `for`",
        )
    array = np.asarray(evaluate(item, builder.constants, builder.source))
    name = item.name if isinstance(item, trees.Name) else "index"
    table = builder.table(name, whole(builder, array, item))
    return grid_of_index(builder, _at(builder, item, table, place))


def _at(builder: Builder, item: Tree, table: Leaf, place: Place) -> Index:
    affine = tuple(part for part in place if isinstance(part, Affine))
    if len(affine) < len(place):
        message = "an array of indices cannot be read by another"
        builder.fail("index-arrays", message, item.span)
    if all(not part.terms for part in affine):
        return Affine(int(table_values(builder, table)[tuple(part.offset for part in affine)]))
    return Lookup(table, affine)


def _sliced(builder: Builder, item: trees.Slice, index: Index, extent: int, scope: Scope) -> Index:
    """Return where element `index` of a slice stands."""
    step = 1 if item.step is None else _end(builder, item.step, scope).offset
    if item.step is not None and step == 0:
        builder.fail("zero-step", "the step of a slice is 0", item.span, "this is 0")
    moves = any(isinstance(n, trees.Name) and n.name in scope.indices for n in postorder(item))
    if item.start is None:
        start = Affine(0 if step > 0 else extent - 1)
    else:
        start = negative_end(builder, item.start, _end(builder, item.start, scope), extent)
        if not moves:
            start = Affine(min(max(start.offset, 0), extent if step > 0 else extent - 1))
    if item.stop is not None:
        negative_end(builder, item.stop, _end(builder, item.stop, scope), extent)
    moved = scaled(grid_of_index(builder, index), step)
    if isinstance(moved, Affine):
        result: Value = plus(moved, start)
    elif not start.terms:
        result = Grid(moved.axes, moved.values + start.offset)
    else:
        builder.fail("index-arrays", "a slice that moves cannot be read by an array", item.span)
    return checked(builder, item, result, extent, scope)


def _end(builder: Builder, tree: Tree, scope: Scope) -> Affine:
    try:
        found = value_of(builder, tree, scope)
    except Varies as varies:
        builder.fail(
            "not-an-index",
            f"`{describe(varies.tree)}` cannot bound a slice",
            varies.tree.span,
            hint="bounds are made of numbers, constants and the names of `for`",
        )
    if not isinstance(found, Affine):
        builder.fail(
            "ragged",
            "the bounds of a slice must be sums of indices and numbers",
            tree.span,
            hint="write a sum over positions: `sum(x[k] for k in range(a, b))`",
        )
    return found


def transpose(builder: Builder, tree: trees.Transpose, place: Place, scope: Scope) -> Work:
    """`A.T` is A at the indices in reverse order."""
    return (yield builder.ask(tree.operand, place[::-1], scope))


# --- matrix products -----------------------------------------------------------------------------


def matrix_product(
    builder: Builder, tree: trees.MatrixProduct, place: Place, scope: Scope
) -> Asked:
    """`A @ B @ c`; what ends in a vector is multiplied from the right, for that is cheaper."""
    factors = tree.factors
    shapes = [builder.shapes.get(id(factor), ()) for factor in factors]
    backwards = len(shapes[-1]) == 1 and len(shapes[0]) > 1
    return _chain(builder, tree, factors, place, scope, backwards)


def dot(builder: Builder, tree: trees.Call, place: Place, scope: Scope) -> Asked:
    """`dot(a, b)` is `a @ b`."""
    return _chain(builder, tree, tree.arguments, place, scope, False)


def _chain(
    builder: Builder,
    tree: Tree,
    factors: tuple[Tree, ...],
    place: Place,
    scope: Scope,
    backwards: bool,
) -> Asked:
    """Return an element of a product of matrices, from one end to the other."""
    if len(factors) == 1:
        return builder.ask(factors[0], place, scope)
    key = (id(tree), len(factors), place, tuple(scope.indices.items()))
    known = builder.memo.get(key) if builder.unrolled else None
    return known or _link(builder, tree, factors, place, scope, backwards, key)


def _link(
    builder: Builder,
    tree: Tree,
    factors: tuple[Tree, ...],
    place: Place,
    scope: Scope,
    backwards: bool,
    key: Any,
) -> Work:
    split = 1 if backwards else len(factors) - 1
    one, other = factors[:split], factors[split:]
    left, right = chain_shape(builder, one), chain_shape(builder, other)
    if not left or not right or (len(left) > 2 and len(right) > 2):
        builder.fail(
            "not-an-array", "`@` multiplies vectors and matrices", tree.span, "one is neither"
        )
    extent = left[-1]
    inner = right[0] if len(right) == 1 else right[-2]
    if extent != inner:
        builder.fail("shape-mismatch", f"`@` of the shapes {left} and {right}", tree.span)
    # The place holds the batch of the right, the rows of the left, the columns of the right.
    batch, columns = place[: max(0, len(right) - 2)], place[len(place) - (len(right) > 1) :]
    rows = place[len(batch) : len(place) - len(columns)]
    total: list[tuple[float, Node]] = []
    deeper = scope.deeper(0 if builder.unrolled else 1)
    bound: tuple[Axis, ...] = ()
    if builder.unrolled:
        middles = [Affine(k) for k in range(min(extent, 10_000))]
    else:
        middle, bound = builder.along(scope.depth, extent)
        middles = [middle]
    for middle in middles:
        builder.spend()
        at = (*batch, middle, *columns)
        a = yield _chain(builder, tree, one, (*rows, middle), deeper, backwards)
        b = yield _chain(builder, tree, other, at, deeper, backwards)
        total.append((1.0, contract(builder.graph, bound, ((a, 1), (b, 1)))))
    if extent == 0:
        total = []
    result = builder.made(builder.graph.add(total), tree)
    builder.memo[key] = result
    return result


def chain_shape(builder: Builder, factors: tuple[Tree, ...]) -> tuple[int, ...]:
    """Return the shape of a product of matrices."""
    shape = builder.shapes.get(id(factors[0]), ())
    for factor in factors[1:]:
        other = builder.shapes.get(id(factor), ())
        if not shape or not other:
            return ()
        tail = () if len(other) == 1 else other[-1:]
        shape = (*(other[:-2] if len(other) > 2 else ()), *shape[:-1], *tail)
    return shape


# --- functions of whole matrices -----------------------------------------------------------------


def trace(builder: Builder, tree: trees.Call, place: Place, scope: Scope) -> Work:
    """`tr(A)`."""
    argument = tree.arguments[0]
    extent = _square(builder, argument)
    bound: tuple[Axis, ...] = ()
    if builder.unrolled:
        indices = [Affine(k) for k in range(extent)]
    else:
        index, bound = builder.along(scope.depth, extent)
        indices = [index]
    terms = []
    inner = scope.deeper(len(bound))
    for index in indices:
        builder.spend()
        node = yield builder.ask(argument, (index, index), inner)
        terms.append((1.0, contract(builder.graph, bound, ((node, 1),))))
    return builder.made(builder.graph.add(terms), tree)


def diagonal(builder: Builder, tree: trees.Call, place: Place, scope: Scope) -> Work:
    """`diag(A)` of a matrix; the diagonal matrix of a vector."""
    argument = tree.arguments[0]
    shape = builder.shapes.get(id(argument), ())
    if len(shape) == 2:
        return (yield builder.ask(argument, (place[0], place[0]), scope))
    row, column = (grid_of_index(builder, part) for part in place)
    node = yield builder.ask(argument, place[:1], scope)
    graph = builder.graph
    if isinstance(row, Affine) and isinstance(column, Affine):
        low, high = plus(row, column, -1).range()
        if low > 0 or high < 0:
            return graph.number(0.0)
        if low == high == 0:
            return node
    test = graph.apply("equal", index_node(builder, row), index_node(builder, column))
    return builder.made(graph.apply("where", test, node, graph.number(0.0)), tree)


def determinant(builder: Builder, tree: trees.Call, place: Place, scope: Scope) -> Work:
    """`det(A)` and `logdet(A)`."""
    argument = tree.arguments[0]
    if _square(builder, argument) == 1:
        node = yield builder.ask(argument, (ZERO, ZERO), scope)
        whole = applied(builder, "log", (node,), tree.span) if tree.function == "logdet" else node
        return builder.made(whole, tree)
    array = yield _matrix(builder, tree, argument, scope)
    function: Any = tree.function
    return builder.made(builder.graph.determinant(function, array), tree)


def inverse(builder: Builder, tree: trees.Call, place: Place, scope: Scope) -> Work:
    """`inv(A)`."""
    argument = tree.arguments[0]
    graph = builder.graph
    if _square(builder, argument) == 1:
        node = yield builder.ask(argument, (ZERO, ZERO), scope)
        return builder.made(graph.multiply(((node, -1),)), tree)
    array = yield _matrix(builder, tree, argument, scope)
    return builder.made(graph.access(graph.inverse(array), place), tree)


def _square(builder: Builder, argument: Tree) -> int:
    shape = builder.shapes.get(id(argument), ())
    if len(shape) != 2 or shape[0] != shape[1] or not shape[0]:
        builder.fail("not-square", f"a square matrix is needed, not the shape {shape}",
                     argument.span)  # fmt: skip
    return shape[0]


def _matrix(builder: Builder, tree: Tree, argument: Tree, scope: Scope) -> Any:
    """Lay a whole matrix out as an array (work that ends in an array, not in a node)."""
    if builder.unrolled:
        raise TooLarge  # matrices are kept whole
    extent = _square(builder, argument)
    axes = (builder.axis(scope.depth, extent), builder.axis(scope.depth + 1, extent))
    node = yield builder.ask(argument, along(axes), scope.deeper(2))
    if any(axis not in axes for axis in node.axes):
        builder.fail(
            "matrix-of-index",
            "this matrix depends on an index outside, which is not supported",
            argument.span,
            hint="write the terms of the sum out",
        )
    array: Array = builder.graph.collect(node, axes)
    return array
