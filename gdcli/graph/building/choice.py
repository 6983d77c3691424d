"""Tests and conditionals: on indices decided while building where possible; on values `where`."""

from __future__ import annotations

from collections.abc import Iterable

from gdcli.graph.building.forms import Value, compared, plus
from gdcli.graph.building.indices import Varies, fixed, index_of, value_of
from gdcli.graph.building.scalars import chosen, comparison, everything
from gdcli.graph.building.spelling import spelt
from gdcli.graph.building.state import Builder, Guard, Place, Scope, Work
from gdcli.graph.interning import along
from gdcli.graph.nodes import Affine, Lookup, Node, Number
from gdcli.language import tree as trees
from gdcli.language.tree import Tree

_OPPOSITE = {"<": ">=", "<=": ">", ">": "<=", ">=": "<", "==": "!=", "!=": "=="}


def conditional(builder: Builder, tree: trees.Conditional, place: Place, scope: Scope) -> Work:
    """`body if test else otherwise`; where the test is certain, the other branch isn't built."""
    test = yield _test(builder, tree.test, place, scope)
    if isinstance(test, Number):
        branch = tree.body if test.value else tree.otherwise
        return (yield builder.operand(branch, place, scope))
    inside, outside = guards(builder, tree.test, scope)
    body = yield builder.operand(tree.body, place, scope.guarded(*inside))
    otherwise = yield builder.operand(tree.otherwise, place, scope.guarded(*outside))
    return builder.made(chosen(builder, test, body, otherwise), tree)


def where(builder: Builder, tree: trees.Call, place: Place, scope: Scope) -> Work:
    """`where(test, a, b)`: as NumPy's, both sides are built and checked."""
    condition, body, otherwise = tree.arguments
    if isinstance(condition, trees.Compare | trees.Logical | trees.Not):
        test = yield _test(builder, condition, place, scope)
    else:
        node = yield builder.operand(condition, place, scope)
        test = comparison(builder, "!=", node, builder.graph.number(0.0))
    if isinstance(test, Number):
        branch = body if test.value else otherwise
        return (yield builder.operand(branch, place, scope))
    one = yield builder.operand(body, place, scope)
    other = yield builder.operand(otherwise, place, scope)
    return builder.made(chosen(builder, test, one, other), tree)


def _test(builder: Builder, tree: Tree, place: Place, scope: Scope) -> Work:
    """Return a test as a node, 1.0 or 0.0; a literal where it is certain."""
    if place:
        shape = builder.shapes.get(id(tree), ())
        lead = len(place) - len(shape)
        place = tuple(Affine(0) if e == 1 else place[lead + k] for k, e in enumerate(shape))
    if not place and isinstance(tree, trees.Compare) and fixed(builder, tree, scope):
        decided = _index_test(builder, tree, scope)
        if decided is not None:
            return decided
    match tree:
        case trees.Not():
            inner = yield _test(builder, tree.operand, place, scope)
            if isinstance(inner, Number):
                return builder.graph.number(float(not inner.value))
            return builder.graph.apply("not", inner)
        case trees.Logical():
            return (yield _several(builder, tree, place, scope))
        case trees.Compare():
            return (yield _value_test(builder, tree, place, scope))
        case _:
            node = yield builder.operand(tree, place, scope)
            return comparison(builder, "!=", node, builder.graph.number(0.0))


def test(builder: Builder, tree: Tree, scope: Scope) -> Work:
    """Return a condition on indices or values as a node, 1.0 or 0.0."""
    return _test(builder, tree, (), scope)


def _several(builder: Builder, tree: trees.Logical, place: Place, scope: Scope) -> Work:
    """`a and b`: what stands behind a certain answer isn't looked at, as in Python."""
    stops = 0.0 if tree.operator == "and" else 1.0
    found = []
    for part in tree.operands:
        node = yield _test(builder, part, place, scope)
        found.append(node)
        if isinstance(node, Number) and node.value == stops:
            return node
        inside, outside = guards(builder, part, scope)
        scope = scope.guarded(*(inside if tree.operator == "and" else outside))
    return everything(builder, found, tree.operator)


def _value_test(builder: Builder, tree: trees.Compare, place: Place, scope: Scope) -> Work:
    nodes = []
    for part in tree.operands:
        nodes.append((yield builder.operand(part, place, scope)))
    tests = [
        comparison(builder, operator, left, right)
        for left, right, operator in zip(nodes, nodes[1:], tree.operators, strict=False)
    ]
    return everything(builder, tests)


def _index_test(builder: Builder, tree: trees.Compare, scope: Scope) -> Node | None:
    """Return a comparison of index expressions as a node, without a table where it is affine.

    None where it is none.
    """
    try:
        values = [value_of(builder, part, scope) for part in tree.operands]
    except Varies:
        return None
    tests: list[Node] = []
    for left, right, operator in zip(values, values[1:], tree.operators, strict=False):
        sure = compared(left, right, operator)
        if sure is not None:
            tests.append(builder.graph.number(float(sure)))
        elif isinstance(left, Affine) and isinstance(right, Affine):
            one, other = affine_node(builder, left), affine_node(builder, right)
            tests.append(comparison(builder, operator, one, other))
        else:
            part = trees.Compare(tree.operands, tree.operators, tree.span)
            return truth_node(builder, value_of(builder, part, scope), part, scope)
    return everything(builder, tests)


def truth_node(builder: Builder, truth: Value, tree: Tree, scope: Scope) -> Node:
    """Return a tabulated condition as a node that reads the table."""
    if isinstance(truth, Affine):
        return builder.graph.number(float(truth.offset != 0))
    values = truth.values.astype(bool)
    if values.all() or not values.any():
        return builder.graph.number(float(values.all()))
    name = spelt(tree, scope, truth.axes, "condition")
    table = builder.table(name, values.astype(float))
    return builder.graph.access(table, along(truth.axes))


def affine_node(builder: Builder, form: Affine) -> Node:
    """Return an index as a number."""
    graph = builder.graph
    return graph.add(((float(c), graph.position(axis)) for axis, c in form.terms), form.offset)


def index_node(builder: Builder, value: Value) -> Node:
    """Return an index expression's value as a number."""
    if isinstance(value, Affine):
        return affine_node(builder, value)
    index = index_of(builder, value, "index")
    assert isinstance(index, Lookup)
    return builder.graph.access(index.table, index.position)


# --- what is known where a branch is taken -------------------------------------------------------


def guards(builder: Builder, tree: Tree, scope: Scope) -> tuple[list[Guard], list[Guard]]:
    """Return what is known about indices where a test holds, and where it does not."""
    inside = [
        Guard(tuple(_forms(builder, part, scope, True)), part, scope, True)
        for part in _conjuncts(tree, "and")
        if fixed(builder, part, scope)
    ]
    outside = [
        Guard(tuple(_forms(builder, part, scope, False)), part, scope, False)
        for part in _conjuncts(tree, "or")
        if fixed(builder, part, scope)
    ]
    return inside, outside


def _conjuncts(tree: Tree, operator: str) -> list[Tree]:
    """Return the parts all of which are true (of `and`), or all of which are false (of `or`)."""
    if isinstance(tree, trees.Logical) and tree.operator == operator:
        return list(tree.operands)
    return [tree]


def _forms(builder: Builder, tree: Tree, scope: Scope, wanted: bool) -> Iterable[Affine]:
    """Yield affine forms that are at least 0 where a comparison is (or isn't) true."""
    if not isinstance(tree, trees.Compare) or (not wanted and len(tree.operators) > 1):
        return
    for one, other, operator in zip(tree.operands, tree.operands[1:], tree.operators, strict=False):
        try:
            left, right = value_of(builder, one, scope), value_of(builder, other, scope)
        except Varies:
            return
        if not (isinstance(left, Affine) and isinstance(right, Affine)):
            continue
        sign = operator if wanted else _OPPOSITE[operator]
        below, above = plus(right, left, -1), plus(left, right, -1)
        if sign in ("<", "<=", "=="):
            yield plus(below, Affine(-1 if sign == "<" else 0))
        if sign in (">", ">=", "=="):
            yield plus(above, Affine(-1 if sign == ">" else 0))
