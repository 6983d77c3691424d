"""Sums of products, seen as contractions: which operands meet, and in which order.

A sum over axes of a product is never laid out as the product. It is a list of operands, each with
the axes that it varies along; axes are summed out one after the other, cheapest first, each time
over just the operands that have them. With two operands that is a dot, a matrix–vector or a matrix
product.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from gdcli.graph.nodes import Axis, Node, Product, Reduce, Sum
from gdcli.graph.walk import extent
from gdcli.records import dataclass


@dataclass(frozen=True, slots=True)
class Operand:
    """`node**exponent`, with an exponent other than 1 only where no node stands for the power."""

    node: Node
    exponent: int = 1


@dataclass(frozen=True, slots=True)
class Term:
    """`coefficient · Σ_bound Π operands`; without operands just the coefficient."""

    coefficient: float
    operands: tuple[Operand, ...]
    bound: tuple[Axis, ...]

    @property
    def axes(self) -> tuple[Axis, ...]:
        """The axes of the product, before summing."""
        return union(operand.node.axes for operand in self.operands)


def terms(node: Reduce) -> tuple[Term, ...]:
    """Return a Reduce as terms to be reduced by themselves; max, min and prod have just one.

    A sum is split over the terms of its body only where nothing but a number is left of them:
    each is then one dot, and their coefficients multiply a number.
    """
    body = node.body
    if node.operator != "sum":
        return (Term(1.0, (Operand(body),), node.bound),)
    if isinstance(body, Sum):
        if len(body.terms) == 1 and body.constant == 0.0:
            return (_term(body.coefficients[0], body.terms[0], node.bound),)
        if not node.axes and any(isinstance(term, Product) for term in body.terms):
            pairs = zip(body.coefficients, body.terms, strict=True)
            found = [_term(c, term, node.bound) for c, term in pairs]
            if body.constant != 0.0:
                count = extent(node.bound)
                found.append(Term(body.constant * count, (), ()))
            return tuple(found)
    return (_term(1.0, body, node.bound),)


def union(parts: Iterable[tuple[Axis, ...]]) -> tuple[Axis, ...]:
    """Return the union of sets of axes, sorted by number."""
    found = {axis.number: axis for axes in parts for axis in axes}
    return tuple(found[number] for number in sorted(found))


def _term(coefficient: float, node: Node, bound: Sequence[Axis]) -> Term:
    """Return the sum of a node over `bound`; axes that it lacks multiply."""
    own = tuple(axis for axis in bound if axis in node.axes)
    outside = extent(axis for axis in bound if axis not in node.axes)
    return Term(coefficient * outside, _operands(node), own)


def _operands(node: Node) -> tuple[Operand, ...]:
    if not isinstance(node, Product):
        return (Operand(node),)
    alike = all(factor.axes == node.axes for factor in node.factors)
    if alike and min(node.exponents) < 0:
        return (Operand(node),)
    found: list[Operand] = []
    for factor, exponent in zip(node.factors, node.exponents, strict=True):
        if exponent > 1:
            found.append(Operand(factor))
            exponent -= 1
        found.append(Operand(factor, exponent))
    return tuple(found)


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a contraction, on operands numbered from 0; results are numbered on.

    `left` and `right` are multiplied, and `summed` are summed out on the way. Without `right` there
    is just the sum.
    """

    left: int
    right: int | None
    summed: tuple[Axis, ...]
    axes: tuple[Axis, ...]


def order(axes: Sequence[tuple[Axis, ...]], bound: Sequence[Axis]) -> tuple[Step, ...]:
    """Return the steps that contract operands with these axes over `bound` to one result."""
    alive: dict[int, tuple[Axis, ...]] = dict(enumerate(axes))
    steps: list[Step] = []

    def combine(left: int, right: int | None, summed: tuple[Axis, ...]) -> int:
        found = union((alive.pop(left), () if right is None else alive.pop(right)))
        rest = tuple(axis for axis in found if axis not in summed)
        number = len(axes) + len(steps)
        alive[number] = rest
        steps.append(Step(left, right, summed, rest))
        return number

    waiting = list(bound)
    while waiting:
        users = {a: [k for k, own in alive.items() if a in own] for a in waiting}
        cheapest = min(waiting, key=lambda a: extent(union(alive[k] for k in users[a])))
        members = sorted(users[cheapest], key=lambda k: (extent(alive[k]), k))
        summed = tuple(a for a in waiting if users[a] == users[cheapest])
        while len(members) > 2:
            first, second, *members = members
            members = sorted(
                (combine(first, second, ()), *members), key=lambda k: (extent(alive[k]), k)
            )
        if len(members) == 1:
            combine(members[0], None, summed)
        else:
            combine(min(members), max(members), summed)
        waiting = [a for a in waiting if a not in summed]
    while len(alive) > 1:
        first, second = sorted(alive, key=lambda k: (extent(alive[k]), k))[:2]
        combine(first, second, ())
    return tuple(steps)
