"""Fused loop nests, for targets that compile loops: what is summed and stored in which.

Where the NumPy target takes one pass over memory for each operation, a nest takes one for all. Two
sorts. A **summing** nest runs along the long axes of some sums over pairs (or over one axis) and
adds up. A **pulling** nest runs along the places of an array that is filled, and *pulls* what is
added there: `g[k] = u(k) + v(k − 1)`. It computes u and v at neighbouring points again, but every
place is stored once and nothing is carried from one step to the next, so that the compiler can work
on several places at once.

Short axes are unrolled: their points are written out one by one.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field
from typing import NamedTuple

from gdcli.graph.nodes import (
    Affine,
    Apply,
    Axis,
    Collect,
    Node,
    Number,
    Reduce,
    Scatter,
)
from gdcli.graph.walk import extent
from gdcli.records import dataclass

SHORT = 8
"""Axes up to this length are unrolled."""
PLACES = 32
"""Combinations of short indices that are written out."""


class Linear(NamedTuple):
    """A whole number that depends on loop variables: `offset + Σ coefficient·variable`."""

    offset: int
    terms: tuple[tuple[str, int], ...] = ()

    def scaled(self, factor: int) -> Linear:
        """Return a multiple."""
        if factor == 0:
            return Linear(0)
        return Linear(self.offset * factor, tuple((v, c * factor) for v, c in self.terms))

    def plus(self, other: Linear) -> Linear:
        """Return the sum with another."""
        found = dict(self.terms)
        for variable, coefficient in other.terms:
            found[variable] = found.get(variable, 0) + coefficient
        terms = tuple(sorted((v, c) for v, c in found.items() if c))
        return Linear(self.offset + other.offset, terms)


Where = Mapping[Axis, Linear]
"""The point at which a node is computed: the value of each of its axes."""


@dataclass(frozen=True, slots=True)
class Pull:
    """What one entry adds to the places of an array.

    Attributes:
        node: The value added, `times` over.
        at: The axes' values at a place numbered by the loop variables.
        ranges: For each loop, the half-open range in which the entry adds.
        rest: Which of the places of a step: the remainder in each dimension.
    """

    node: Node
    times: float
    at: Where
    ranges: tuple[tuple[int, int], ...]
    rest: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Filled:
    """The part of an array at one combination of its short indices, filled by pulling.

    Attributes:
        item: The array.
        component: The short indices; None in long dimensions.
        steps: How many places of each long dimension a step of the loops covers.
    """

    item: Collect | Scatter
    component: tuple[int | None, ...]
    steps: tuple[int, ...]
    pulls: tuple[Pull, ...]

    @property
    def extents(self) -> tuple[int, ...]:
        """The long dimensions."""
        return tuple(e for e, c in zip(self.item.shape, self.component, strict=True) if c is None)


@dataclass(frozen=True, slots=True)
class Added:
    """An entry that is added afterwards, in loops over its own axes: `array[index] += node`."""

    level: int
    item: Collect | Scatter
    node: Node
    times: float
    axes: tuple[Axis, ...]
    fixed: Where
    index: tuple[Affine, ...]


@dataclass(slots=True)
class Pulling:
    """A nest over the places of arrays of one shape; sums of the same loops go with it.

    Nests of level 0 read variables and data, of level k sums that were complete at level k − 1.
    """

    level: int
    filled: list[Filled]
    sums: list[tuple[Reduce, Where, tuple[tuple[int, int], ...]]] = field(default_factory=list)

    @property
    def trips(self) -> tuple[int, ...]:
        """How many steps each loop takes."""
        one = self.filled[0]
        return tuple(-(-e // s) for e, s in zip(one.extents, one.steps, strict=True))


@dataclass(slots=True)
class Summing:
    """A nest over long axes that adds up sums; those with free long axes become arrays."""

    level: int
    axes: tuple[Axis, ...]
    sums: list[Reduce] = field(default_factory=list)


@dataclass(slots=True)
class Nests:
    """All of a program, in the order of computation."""

    pulling: list[Pulling] = field(default_factory=list)
    summing: list[Summing] = field(default_factory=list)
    added: list[Added] = field(default_factory=list)
    levels: int = 0


class Unfit(Exception):
    """The program is better left to NumPy."""


def is_short(extent: int) -> bool:
    """Whether an axis or a dimension is unrolled."""
    return extent <= SHORT


def long_axes(axes: Sequence[Axis]) -> tuple[Axis, ...]:
    """Return those that are looped over."""
    return tuple(axis for axis in axes if not is_short(axis.extent))


def short_axes(axes: Sequence[Axis]) -> tuple[Axis, ...]:
    """Return those that are unrolled."""
    return tuple(axis for axis in axes if is_short(axis.extent))


def assignments(axes: Sequence[Axis]) -> Iterator[dict[Axis, Linear]]:
    """Give all points along short axes."""
    if extent(axes) > PLACES:
        raise Unfit
    for values in itertools.product(*(range(axis.extent) for axis in axes)):
        yield {axis: Linear(value) for axis, value in zip(axes, values, strict=True)}


def linear(index: Affine, where: Where) -> Linear:
    """Return an index at a point."""
    total = Linear(index.offset)
    for axis, coefficient in index.terms:
        total = total.plus(where[axis].scaled(coefficient))
    return total


def loop_variable(number: int) -> str:
    """Return the name of the loop variable at a depth."""
    return f"_k{number}"


def is_half(node: Apply) -> bool:
    """Whether a `pow` has an exponent such as 1.5, and so is a square root and products."""
    exponent = node.arguments[1]
    return (
        isinstance(exponent, Number)
        and abs(exponent.value) <= 8.0
        and (exponent.value * 2.0) % 2.0 == 1.0
    )
