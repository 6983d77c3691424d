"""From the tree of a formula to its graph: scalars and arrays alike.

Where the whole formula is small enough, arrays and generators are written out in scalars, so that
it runs on plain floats; otherwise they keep named axes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from gdcli.deadline import Deadline
from gdcli.diagnostics import Diagnostic, Source
from gdcli.errors import FormulaError
from gdcli.graph.building import arrays, calls, choice, scalars
from gdcli.graph.building.shapes import shapes_of
from gdcli.graph.building.state import Builder, HasArrays, Rule, TooLarge
from gdcli.graph.formula import Formula
from gdcli.graph.nodes import Apply, Node, Sum
from gdcli.graph.rollup.builder import flat_builder
from gdcli.graph.walk import extent, reachable
from gdcli.language import tree as trees
from gdcli.language.check import free_names
from gdcli.language.functions import CONSTANTS
from gdcli.language.tree import Tree, postorder
from gdcli.model.problem import Layout
from gdcli.suggest import did_you_mean

MOST_SCALARS = 20_000
"""Scalar variables that a formula may be written out in."""

MOST_TERMS = 4_000_000_000
"""Elements of a sub-formula that are computed at every evaluation: a minute or so."""

UNROLL_LIMIT = 400
"""Nodes up to which arrays and generators are written out in scalars."""

RULES: Mapping[type, Rule] = {
    trees.Name: arrays.name,
    trees.Negative: scalars.negative,
    trees.Sum: scalars.sum_of,
    trees.Product: scalars.product,
    trees.Power: scalars.power,
    trees.MatrixProduct: arrays.matrix_product,
    trees.IntegerDivision: calls.index_arithmetic,
    trees.Call: calls.call,
    trees.Conditional: choice.conditional,
    trees.Subscript: arrays.subscript,
    trees.Transpose: arrays.transpose,
}
"""How each kind of sub-formula is built. Comparisons, slices and clauses are parts of others."""

_OF_ARRAYS = (trees.MatrixProduct, trees.Subscript, trees.Transpose)
_PLAIN_RULES = {kind: rule for kind, rule in RULES.items() if kind not in _OF_ARRAYS}


def build(
    tree: Tree,
    source: Source,
    layout: Layout,
    constants: Mapping[str, Any],
    *,
    deadline: Deadline | None = None,
    unroll_limit: int = UNROLL_LIMIT,
    roll_up: bool = True,
) -> Formula:
    """Return the graph of a formula.

    Args:
        tree: What `parse` returned.
        source: The text, for errors.
        layout: The variables and their shapes.
        constants: Numbers and arrays by name; `pi e tau inf` are known.
        deadline: Asked now and then.
        unroll_limit: How many nodes a formula may have to be written out in scalars.
        roll_up: Whether long sums of like terms of scalars become sums over arrays. The formula's
            only variable is then the flat vector of all of them, so that it no longer knows the
            user's names: what is to be shown is built without.

    Raises:
        FormulaError: Shapes that do not fit, indices out of range, constant parts that are not
            finite, what isn't supported; with a span each.
        DeadlineReached, Interrupted: From the deadline.
    """
    many = sum(1 for variable in layout.variables if not variable.shape)
    if many > MOST_SCALARS:
        message = f"the formula has {many:,} scalar variables; at most {MOST_SCALARS:,} are read"
        hint = "write them as one array: `sum((x[i] - 1)**2 for i in range(n))`"
        raise FormulaError(Diagnostic("too-many-variables", message, hint=hint))

    def builder(rules: Mapping[type, Rule] = RULES, **how: Any) -> Builder:
        return Builder(source, layout, constants, rules, deadline=deadline, **how)

    shaped = any(v.shape for v in layout.variables) or any(map(np.ndim, constants.values()))
    if not shaped:
        try:
            if roll_up:
                flat = flat_builder(tree, source, layout, constants, _PLAIN_RULES, deadline)
                if flat is not None:
                    rolled = _finished(flat, flat.run(tree), tree)
                    return replace(rolled, variables=(flat.flat,), alike=tuple(flat.alike))
            plain = builder(_PLAIN_RULES, plain=True)
            return _finished(plain, plain.run(tree), tree)
        except HasArrays:
            pass
    _expect_known(tree, source, layout, constants)
    whole = builder()
    whole.shapes = shapes_of(tree, source, whole.variables, whole.constants)
    if _may_unroll(layout, constants, tree, unroll_limit):
        written_out = builder(unrolled=True, limit=unroll_limit)
        written_out.shapes = whole.shapes
        try:
            return _finished(written_out, written_out.run(tree), tree)
        except TooLarge:
            pass
    return _finished(whole, whole.run(tree), tree)


def _expect_known(tree: Tree, source: Source, layout: Layout, constants: Mapping[str, Any]) -> None:
    """Raise an error for every name that means nothing."""
    known = {*CONSTANTS, *constants, *(variable.name for variable in layout.variables)}
    unknown = [(name, span) for name, span in free_names(tree).items() if name not in known]
    if unknown:
        raise FormulaError(
            Diagnostic(
                "unknown-name",
                f"`{name}` has no value and is no variable",
                source=source,
                span=span,
                label=did_you_mean(name, known),
            )
            for name, span in unknown
        )


def _may_unroll(layout: Layout, constants: Mapping[str, Any], tree: Tree, limit: int) -> bool:
    """Tell whether it is worth trying to write a formula out: its arrays are small."""
    if layout.size > limit:
        return False
    names = {node.name for node in postorder(tree) if isinstance(node, trees.Name)}
    return all(np.size(constants[name]) <= 4 * limit for name in names if name in constants)


def _finished(builder: Builder, root: Node, tree: Tree) -> Formula:
    builder.conclude()
    builder.made(root, tree)
    if root.axes:
        raise AssertionError("a formula's value has no axes")
    _refuse_endless(builder, root, tree)
    variables = tuple(builder.variables.values())
    return Formula(builder.graph, root, variables, tuple(builder.data), builder.origin)


def _refuse_endless(builder: Builder, root: Node, tree: Tree) -> None:
    """Raise an error where one evaluation would take minutes, in which no clock is looked at.

    Products are left out: those that are summed at once become products of matrices.
    """
    most = max(
        (extent(item.axes) for item in reachable([root]) if isinstance(item, Apply | Sum)),
        default=0,
    )
    if most > MOST_TERMS:
        builder.fail(
            "too-many-terms",
            f"one evaluation would compute {most:,} terms; at most {MOST_TERMS:,} are",
            tree.span,
            hint="let the ranges of `for` be shorter",
        )
