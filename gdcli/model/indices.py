"""Index expressions as linear forms, and the extents that accesses ask for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from gdcli.language.tree import (
    Call,
    For,
    IntegerDivision,
    Name,
    Negative,
    NewAxis,
    Number,
    Product,
    Slice,
    Sum,
    Tree,
)
from gdcli.model.extents import Equations, Extent
from gdcli.model.scopes import Access, Environment, Guard
from gdcli.records import dataclass

Shape = tuple[Extent, ...]


@dataclass(frozen=True, slots=True)
class Indices:
    """Reads index expressions.

    Attributes:
        constants: Values by name.
        sizes: Size names without a value: they become symbols.
        shapes: Shapes of arrays, for `len`.
        equations: What is known about the symbols.
    """

    constants: Mapping[str, Any]
    sizes: frozenset[str]
    shapes: Mapping[str, Shape]
    equations: Equations

    def extent(self, tree: Tree, environment: Environment) -> Extent | None:
        """Return an index expression as a linear form; None where it is none.

        Indices of `environment` become symbols `@i`.
        """
        found = self._linear(tree, environment)
        return None if found is None else self.equations.resolve(found)

    def _linear(self, tree: Tree, environment: Environment) -> Extent | None:
        match tree:
            case Number(value=value):
                return Extent(int(value)) if value.is_integer() and abs(value) < 2**53 else None
            case Name(name=name):
                return self._named(name, environment)
            case Negative(operand=operand):
                inner = self._linear(operand, environment)
                return None if inner is None else inner.times(-1)
            case Sum(terms=terms, negated=negated):
                total = Extent(0)
                for term, minus in zip(terms, negated, strict=True):
                    part = self._linear(term, environment)
                    if part is None:
                        return None
                    total = total.plus(part, -1 if minus else 1)
                return total
            case Product(factors=factors, divided=divided) if not any(divided):
                return self._product(factors, environment)
            case IntegerDivision(operator=operator, left=left, right=right):
                return self._divided(operator, left, right, environment)
            case Call(function="len", arguments=(Name(name=name),)):
                shape = self.shapes.get(name)
                return shape[0] if shape else None
            case _:
                return None

    def _named(self, name: str, environment: Environment) -> Extent | None:
        if name in environment:
            return Extent.symbol("@" + name)
        if name in self.sizes:
            return Extent.symbol(name)
        value = self.constants.get(name)
        if value is None or np.ndim(value) or not float(value).is_integer():
            return None
        return Extent(int(value))

    def _product(self, factors: tuple[Tree, ...], environment: Environment) -> Extent | None:
        product = Extent(1)
        for factor in factors:
            part = self.extent(factor, environment)
            if part is None or not (part.known or product.known):
                return None
            product = part.times(product.constant) if product.known else product.times(
                part.constant
            )  # fmt: skip
        return product

    def _divided(
        self, operator: str, left: Tree, right: Tree, environment: Environment
    ) -> Extent | None:
        one, other = self.extent(left, environment), self.extent(right, environment)
        if one is None or other is None or not (one.known and other.known) or not other.constant:
            return None
        if operator == "//":
            return Extent(one.constant // other.constant)
        return Extent(one.constant % other.constant)

    def largest(self, tree: Tree, environment: Environment) -> Extent | None:
        """Return the largest value of an index expression, as a form in sizes; None if unknown."""
        form = self.extent(tree, environment)
        for index in reversed(list(environment)):
            if form is None:
                return None
            factor = dict(form.terms).get("@" + index, 0)
            if factor:
                ends = self._ends(environment[index], _before(environment, index))
                end = None if ends is None else ends[1 if factor > 0 else 0]
                form = None if end is None else form.replaced({"@" + index: end})
        return None if form is None else self.equations.resolve(form)

    def _ends(self, clause: For, environment: Environment) -> tuple[Extent, Extent] | None:
        """Return the first and last value of a clause's range."""
        start = Extent(0) if clause.start is None else self.extent(clause.start, environment)
        stop = self.extent(clause.stop, environment)
        step = Extent(1) if clause.step is None else self.extent(clause.step, environment)
        if start is None or stop is None or step is None or not step.known or not step.constant:
            return None
        if step.constant == 1:
            return start, stop.plus(Extent(-1))
        if step.constant == -1:
            return stop.plus(Extent(1)), start
        if not (start.known and stop.known):
            return None
        values = range(start.constant, stop.constant, step.constant)
        if not values:
            return None
        return Extent(min(values[0], values[-1])), Extent(max(values[0], values[-1]))


def _before(environment: Environment, index: str) -> Environment:
    """Return the indices that the range of `index` can see."""
    seen: dict[str, For] = {}
    for name, clause in environment.items():
        if name == index:
            break
        seen[name] = clause
    return seen


@dataclass(frozen=True, slots=True)
class Demand:
    """An access asks that `name` has at least `extent` elements along `axis`.

    Attributes:
        clauses: Identities of the generator clauses that the index depends on.
        plain: Whether the index expression is a bare index.
    """

    name: str
    axis: int
    extent: Extent
    access: Access
    clauses: frozenset[int]
    plain: bool


def demands(access: Access, indices: Indices) -> list[Demand]:
    """Return what an access asks of its array; nothing of slices and of what is not linear."""
    found = []
    axis = 0
    for item in access.node.items:
        if isinstance(item, NewAxis):
            continue
        if not isinstance(item, Slice):
            plain = isinstance(item, Name) and item.name in access.environment
            largest = indices.largest(item, access.environment)
            if largest is not None and (access.guard is not Guard.CLAUSE or plain):
                used = _clauses(item, access.environment)
                asked = largest.plus(Extent(1))
                found.append(Demand(access.name, axis, asked, access, used, plain))
        axis += 1
    return found


def _clauses(item: Tree, environment: Environment) -> frozenset[int]:
    """Return the identities of the clauses whose indices occur in an index expression."""
    from gdcli.language.tree import postorder

    names = {node.name for node in postorder(item) if isinstance(node, Name)}
    return frozenset(id(clause) for index, clause in environment.items() if index in names)
