"""What building a graph carries along: the graph, the meaning of names, bound indices, faults.

A formula is built by *asking*: the node of a sub-formula at a *place*, which holds one index for
each of its array positions (none for a number). `x[1:] - x[:-1]**2` at place `i` asks for `x` at
`i + 1` and at `i`; a sum asks for its argument at a fresh axis. So slices, transposes and
broadcasting only ever change indices, and `X @ w` becomes what its indexed spelling becomes.

Rules are coroutines that yield what they ask for, run by `Builder.run` on a stack of its own, so
that the depth of a formula is not bounded by Python's.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import field, replace
from hashlib import blake2b
from types import GeneratorType
from typing import Any, NoReturn, TypeAlias

import numpy as np
from numpy.typing import NDArray

from gdcli.deadline import Deadline
from gdcli.diagnostics import Diagnostic, Source, Span
from gdcli.errors import FormulaError
from gdcli.graph.interning import Graph
from gdcli.graph.nodes import Affine, Axis, Index, Leaf, Node
from gdcli.graph.nodes import Number as Literal
from gdcli.graph.products import contract
from gdcli.language.functions import CONSTANTS
from gdcli.language.tree import Name, Number, Tree
from gdcli.model.problem import Layout
from gdcli.records import dataclass

Place: TypeAlias = tuple[Index, ...]
Work: TypeAlias = Generator[Any, Any, Any]
"""A node in the making: it yields what it asks for, nodes or further work, and returns a node."""
Asked: TypeAlias = Any
"""A node, or the work that leads to it; whoever asks yields work and is sent its node."""
Rule: TypeAlias = "Callable[[Builder, Any, Place, Scope], Asked]"

ZERO = Affine(0)
_MOST_FAULTS = 30
_NUMBERS_PER_DEPTH = 1_000
_MANY_ELEMENTS = 1_000_000
"""From how many elements on memory counts more than the 6 % that reading float32 costs."""

_MOST_DEPTH = 900
_BEYOND = 2_000_000
"""Axis numbers from here on are for the axes of exceptionally deep or varied formulas. Derivatives
use numbers between one and two million."""


class TooLarge(Exception):
    """The formula is too large to be written out in scalars."""


class HasArrays(Exception):
    """There are array operations or generators in a formula of scalars."""


@dataclass(frozen=True, slots=True, eq=False)
class Guard:
    """A condition on indices that holds where a node counts.

    Attributes:
        forms: Affine forms that are at least 0 there; not necessarily all that is known.
        tree: The condition itself, to be evaluated in `scope`, where `forms` isn't all there is.
        wanted: What the condition evaluates to.
        over: Instead of a tree: the axes of `truth`, which has one dimension for each.
        truth: Where the condition holds.
    """

    forms: tuple[Affine, ...]
    tree: Tree | None = None
    scope: Scope | None = None
    wanted: bool = True
    over: tuple[Axis, ...] = ()
    truth: NDArray[Any] | None = None


@dataclass(frozen=True, slots=True)
class Scope:
    """Where in the formula: the indices bound by generators, how many axes are open, guards."""

    indices: Mapping[str, Affine] = field(default_factory=dict)
    depth: int = 0
    guards: tuple[Guard, ...] = ()

    def deeper(self, count: int) -> Scope:
        """Return the same scope with more axes open."""
        return replace(self, depth=self.depth + count) if count else self

    def bind(self, name: str, value: Affine, axes: int) -> Scope:
        """Return the scope in which an index has a value that opened so many axes."""
        return replace(self, indices={**self.indices, name: value}, depth=self.depth + axes)

    def guarded(self, *guards: Guard) -> Scope:
        """Return the scope under more conditions."""
        return replace(self, guards=(*self.guards, *guards)) if guards else self


class Builder:
    """Builds one formula.

    Attributes:
        shapes: Shapes of sub-formulas by identity; those that are missing are numbers.
        plain: Whether there are scalars only, so that nothing has a shape. What shows otherwise
            raises `HasArrays`.
        unrolled: Whether arrays and generators are written out in scalars; then `limit` bounds
            the nodes made, and beyond it `TooLarge` is raised.
        origin: The spans of nodes, by serial number.
        checked: Identities of index expressions that were found well-formed.
        memo: Nodes of sub-formulas that may be asked for again at the same place.
    """

    def __init__(
        self,
        source: Source,
        layout: Layout,
        constants: Mapping[str, Any],
        rules: Mapping[type, Rule],
        *,
        plain: bool = False,
        unrolled: bool = False,
        limit: int = 0,
        deadline: Deadline | None = None,
    ) -> None:
        self.source = source
        self.graph = Graph()
        self.constants: dict[str, Any] = {**CONSTANTS, **constants}
        self.variables = {
            v.name: self.graph.leaf("variable", v.name, v.shape, v.offset) for v in layout.variables
        }
        for name in self.variables:
            self.constants.pop(name, None)
        self.shapes: Mapping[int, tuple[int, ...]] = {}
        self.plain = plain
        self.unrolled = unrolled
        self.data: list[tuple[Leaf, NDArray[Any]]] = []
        self.origin: dict[int, Span] = {}
        self.checked: set[int] = set()
        self.memo: dict[Any, Node] = {}
        self._rules = rules
        self._limit = limit
        self._steps = 0
        self._deadline = deadline
        self._marked = len(self.graph)
        self._scalars: dict[str, Node] = {}
        self._arrays: dict[str, Leaf] = {}
        self._tables: dict[Any, Leaf] = {}
        self._axes: dict[tuple[int, int], Axis] = {}
        self._faults: dict[tuple[int, str], Diagnostic] = {}

    # --- running ---------------------------------------------------------------------------------

    def run(self, tree: Tree) -> Node:
        """Return the node of a whole formula, which is a number."""
        start = self.ask(tree, (), Scope())
        stack: list[Work] = []
        answer: Any = start
        if isinstance(start, GeneratorType):
            stack.append(start)
            answer = None
        steps = 0
        while stack:
            try:
                asked = stack[-1].send(answer)
            except StopIteration as stop:
                stack.pop()
                answer = stop.value
                continue
            if isinstance(asked, GeneratorType):
                stack.append(asked)
                answer = None
                steps += 1
                if not steps & 1023 and self._deadline is not None:
                    self._deadline.check()
            else:
                answer = asked
        result: Node = answer
        return result

    def ask(self, tree: Tree, place: Place, scope: Scope) -> Asked:
        """Return the node of a sub-formula at a place, or the work that leads to it."""
        kind = type(tree)
        if kind is Number:
            return self.graph.number(tree.value)  # type: ignore[union-attr]
        if kind is Name and not place:
            name: str = tree.name  # type: ignore[union-attr]
            if name not in scope.indices:
                found = self._scalars.get(name)
                return self._scalar(name, tree.span) if found is None else found
        rule = self._rules.get(kind)
        if rule is None:
            if self.plain:
                raise HasArrays
            self.fail("not-a-number", "this is no number", tree.span)
        return rule(self, tree, place, scope)

    def operand(self, tree: Tree, place: Place, scope: Scope) -> Asked:
        """Return an operand of an elementwise operation that is asked for at `place`."""
        if place:
            shape = self.shapes.get(id(tree), ())
            lead = len(place) - len(shape)
            place = tuple(ZERO if e == 1 else place[lead + k] for k, e in enumerate(shape))
        return self.ask(tree, place, scope)

    def made(self, node: Node, tree: Tree) -> Node:
        """Note that all nodes made since the last call come from `tree`, and return `node`."""
        last = len(self.graph)
        if last > self._marked:
            span, origin = tree.span, self.origin
            for serial in range(self._marked + 1, last + 1):
                origin.setdefault(serial, span)
            self._marked = last
        return node

    def spend(self) -> None:
        """Count one step of writing out, and see to limits."""
        self._steps += 1
        if self.unrolled and (len(self.graph) > self._limit or self._steps > 20 * self._limit):
            raise TooLarge
        if not self._steps & 1023 and self._deadline is not None:
            self._deadline.check()

    # --- names -----------------------------------------------------------------------------------

    def _scalar(self, name: str, span: Span) -> Node:
        """Return the node of a scalar variable or constant."""
        leaf = self.variables.get(name)
        if leaf is not None:
            node: Node = self.graph.access(leaf, ())
            if leaf.shape:
                self.fail("array-as-number", f"`{name}` is an array of shape {leaf.shape}", span)
            self.origin.setdefault(node.serial, span)
        else:
            value = self.constants.get(name)
            if value is None:
                self.fail("unknown-name", f"`{name}` has no value and is no variable", span)
            if np.ndim(value):
                shape = np.shape(value)
                self.fail("array-as-number", f"`{name}` is an array of shape {shape}", span)
            node = self.graph.number(float(value))
        self._scalars[name] = node
        return node

    def array(self, name: str) -> Leaf:
        """Return the leaf of a constant array, as floats.

        Many short integers become float32, which holds them exactly, at half the memory of float64.
        """
        leaf = self._arrays.get(name)
        if leaf is None:
            values = np.asarray(self.constants[name])
            if values.dtype not in (np.float64, np.float32):
                short = values.dtype.itemsize <= 2 and values.size > _MANY_ELEMENTS
                values = values.astype(np.float32 if short else np.float64)
            leaf = self._arrays[name] = self._leaf(name, values)
        return leaf

    def table(self, name: str, values: NDArray[Any]) -> Leaf:
        """Return a leaf of computed data: whole numbers for indices, floats for the rest."""
        digest = blake2b(values.tobytes(), digest_size=16).digest()
        key = (name, values.shape, values.dtype.str, digest)
        leaf = self._tables.get(key)
        if leaf is None:
            leaf = self._tables[key] = self._leaf(name, values)
        return leaf

    def _leaf(self, name: str, values: NDArray[Any]) -> Leaf:
        leaf = self.graph.leaf("data", name, values.shape, len(self.data))
        self.data.append((leaf, np.ascontiguousarray(values)))
        return leaf

    # --- axes ------------------------------------------------------------------------------------

    def axis(self, depth: int, extent: int) -> Axis:
        """Return the axis of an extent that stands inside `depth` others."""
        axis = self._axes.get((depth, extent))
        if axis is None:
            alike = sum(d == depth for d, _ in self._axes)
            if depth < _MOST_DEPTH and alike < _NUMBERS_PER_DEPTH:
                number = depth * _NUMBERS_PER_DEPTH + alike
            else:
                number = _BEYOND + len(self._axes)
            axis = self._axes[depth, extent] = Axis(number, extent)
        return axis

    def along(self, depth: int, extent: int) -> tuple[Affine, tuple[Axis, ...]]:
        """Return an index that runs over an extent, and the axes it opens: one, or none."""
        if extent == 1:
            return ZERO, ()
        axis = self.axis(depth, extent)
        return Affine(0, ((axis, 1),)), (axis,)

    # --- faults ----------------------------------------------------------------------------------

    def fault(self, code: str, message: str, span: Span, label: str = "", hint: str = "") -> None:
        """Note an error, one for each place, and go on; too many end the building."""
        made = Diagnostic(code, message, source=self.source, span=span, label=label, hint=hint)
        self._faults.setdefault((span.start, code), made)
        if len(self._faults) >= _MOST_FAULTS:
            self.conclude()

    def fail(
        self, code: str, message: str, span: Span, label: str = "", hint: str = ""
    ) -> NoReturn:
        """Note an error after which there is nothing to go on with."""
        self.fault(code, message, span, label, hint)
        self.conclude()
        raise AssertionError("conclude raises")

    def conclude(self) -> None:
        """Raise the errors noted so far, in the order of their places."""
        if self._faults:
            raise FormulaError(self._faults[key] for key in sorted(self._faults))


def combine(
    builder: Builder,
    operator: str,
    parts: Sequence[tuple[Node, tuple[Axis, ...]]],
    span: Span,
) -> Node:
    """Return `sum`, `prod`, `max` or `min` of nodes, each reduced over axes of its own first."""
    graph = builder.graph
    if operator == "sum":
        return graph.add((1.0, contract(graph, bound, ((node, 1),))) for node, bound in parts)
    if operator == "prod":
        return graph.multiply((graph.reduce("prod", bound, node), 1) for node, bound in parts)
    if not parts or any(axis.extent == 0 for _, bound in parts for axis in bound):
        builder.fail("empty", f"`{operator}` of nothing is not defined", span)
    reduced = [
        graph.reduce("max" if operator == "max" else "min", bound, node) for node, bound in parts
    ]
    distinct = list({node.serial: node for node in reduced}.values())
    return distinct[0] if len(distinct) == 1 else extreme(builder, operator, distinct)


def extreme(builder: Builder, operator: str, nodes: Sequence[Node]) -> Node:
    """Return the elementwise largest or smallest of several nodes, numbers folded into one."""
    numbers = [node.value for node in nodes if isinstance(node, Literal)]
    rest: list[Node] = [node for node in nodes if not isinstance(node, Literal)]
    if numbers:
        bound = (np.max if operator == "max" else np.min)(numbers)  # a NaN wins
        rest.append(builder.graph.number(float(bound)))
    return rest[0] if len(rest) == 1 else builder.graph.apply(operator, *rest)
