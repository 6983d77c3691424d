"""Roll-up: a long formula of scalars whose terms repeat one shape, as a formula of arrays.

    100*(x2 - x1**2)**2 + (1 - x1)**2 + 100*(x3 - x2**2)**2 + (1 - x2)**2 + …

The scalar variables become elements of one flat variable. The terms of one shape become a sum over
an axis, in which a slot reads the flat variable in equal steps where the terms allow it and by a
table of positions otherwise; numbers that differ become data. What is left stays scalar.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import GeneratorType
from typing import Any

from gdcli.deadline import Deadline
from gdcli.diagnostics import Source, Span
from gdcli.graph.building import scalars
from gdcli.graph.building.state import Builder, Place, Rule, Scope, Work
from gdcli.graph.nodes import Affine, Axis, Index, Leaf, Lookup, Node, Number
from gdcli.graph.products import contract
from gdcli.graph.rollup.groups import Group, Grouped, Places, find_groups
from gdcli.graph.rollup.template import template_of
from gdcli.language import tree as trees
from gdcli.language.functions import CONSTANTS
from gdcli.language.tree import Tree
from gdcli.model.problem import Layout


def flat_builder(
    tree: Tree,
    source: Source,
    layout: Layout,
    constants: Mapping[str, Any],
    rules: Mapping[type, Rule],
    deadline: Deadline | None,
) -> FlatBuilder | None:
    """Return the builder of a formula of scalars that rolls up, None where nothing repeats.

    Args:
        rules: How sub-formulas of scalars are built.
    """
    positions = {variable.name: variable.offset for variable in layout.variables}
    known = {**CONSTANTS, **constants}
    grouped = find_groups(tree, positions, known, deadline)
    if not grouped:
        return None
    rules = {**rules, trees.Sum: _sum}
    return FlatBuilder(source, layout, constants, rules, grouped, deadline)


class FlatBuilder(Builder):
    """Builds a formula of scalars over one variable that holds them all.

    Attributes:
        flat: The variable, of shape (N,).
        grouped: The sums that have like terms, by identity.
        alike: The terms of each group that became a sum over an axis.
    """

    def __init__(
        self,
        source: Source,
        layout: Layout,
        constants: Mapping[str, Any],
        rules: Mapping[type, Rule],
        grouped: Mapping[int, Grouped],
        deadline: Deadline | None,
    ) -> None:
        super().__init__(source, layout, constants, rules, plain=True, deadline=deadline)
        self.flat: Leaf = self.graph.leaf("variable", "variables", (layout.size,), 0)
        self.grouped = grouped
        self.alike: list[tuple[Tree, ...]] = []

    def _scalar(self, name: str, span: Span) -> Node:
        """Return an element of the flat variable, or the number of a constant."""
        leaf = self.variables.get(name)
        if leaf is None:
            return super()._scalar(name, span)
        node = self._scalars[name] = self.graph.access(self.flat, (Affine(leaf.offset),))
        self.origin.setdefault(node.serial, span)
        return node

    def rolled(self, group: Group) -> Node | None:
        """Return the sum of a group's terms, None where they must be built one by one."""
        template = template_of(group, self.constants, self._folded)
        if template is None:
            return None
        self.alike.append(group.terms)
        axis = self.axis(0, len(group.terms))
        along = Affine(0, ((axis, 1),))
        meaning: dict[str, Node] = {
            name: self.graph.access(self.table("number", column), (along,))
            for name, column in template.columns.items()
        }
        slots = {place: k for k, place in enumerate(group.places[0].tolist())}
        for node in trees.postorder(template.tree):
            leaf = self.variables.get(node.name) if isinstance(node, trees.Name) else None
            if leaf is not None and leaf.name not in meaning:
                index = self._index(group.places[:, slots[leaf.offset]], axis)
                meaning[leaf.name] = self.graph.access(self.flat, (index,))
        outside, self._scalars = self._scalars, meaning
        body = self.run(template.tree)
        self._scalars = outside
        total = contract(self.graph, (axis,), ((body, 1),))
        return self.made(total, template.tree)

    def _index(self, places: Places, axis: Axis) -> Index:
        """Return the index that takes these values along an axis."""
        first, step = int(places[0]), int(places[1]) - int(places[0])
        if (places[1:] - places[:-1] == step).all():
            return Affine(first, ((axis, step),) if step else ())
        return Lookup(self.table("places", places.copy()), (Affine(0, ((axis, 1),)),))

    def _folded(self, tree: Tree) -> float | None:
        node = self.run(tree)
        return node.value if isinstance(node, Number) else None


def _sum(builder: Builder, tree: trees.Sum, place: Place, scope: Scope) -> Work:
    """`a + b - c`, with like terms in groups."""
    grouped = builder.grouped.get(id(tree)) if isinstance(builder, FlatBuilder) else None
    if grouped is None:
        return scalars.sum_of(builder, tree, place, scope)
    assert isinstance(builder, FlatBuilder)
    return _long_sum(builder, tree, grouped, scope)


def _long_sum(builder: FlatBuilder, tree: trees.Sum, grouped: Grouped, scope: Scope) -> Work:
    terms: list[tuple[float, Node]] = []
    rest = list(grouped.rest)
    for group in grouped.groups:
        total = builder.rolled(group)
        if total is None:
            rest.extend((term, group.negated) for term in group.terms)
        else:
            terms.append((-1.0 if group.negated else 1.0, total))
    for part, negated in rest:
        node = builder.ask(part, (), scope)
        if type(node) is GeneratorType:
            node = yield node
        terms.append((-1.0 if negated else 1.0, node))
    return builder.made(builder.graph.add(terms), tree)
