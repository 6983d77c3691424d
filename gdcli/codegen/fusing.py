"""Program → its loop nests, if it is made for them.

What no nest fits (matrix products, where BLAS is better; functions that cost more than the passes
they save; indices from data) makes the whole program unfit.
"""

from __future__ import annotations

import itertools
from collections import Counter
from typing import TypeAlias

from gdcli.codegen.nests import (
    PLACES,
    Added,
    Filled,
    Linear,
    Nests,
    Pull,
    Pulling,
    Summing,
    Unfit,
    assignments,
    is_half,
    is_short,
    long_axes,
    loop_variable,
    short_axes,
)
from gdcli.codegen.plan import Program
from gdcli.graph.interning import along
from gdcli.graph.nodes import (
    Access,
    Affine,
    Apply,
    Axis,
    Collect,
    Determinant,
    Inverse,
    Leaf,
    Lookup,
    Node,
    Product,
    Reduce,
    Scatter,
    Sum,
)
from gdcli.graph.walk import Item, operands

_ITEMS = 300
"""More nodes would take longer to compile than they can save."""
_CONDITIONS = ("less", "less_equal", "equal", "not_equal", "and", "or", "not", "where")
FUNCTIONS = frozenset(
    ("sqrt", "abs", "sign", "relu", "max", "min", "floor", "ceil", "pow", *_CONDITIONS)
)
"""Functions that a compiler turns into a few instructions. `pow` only with halves (x**1.5)."""

Components: TypeAlias = dict[tuple[int | None, ...], list[tuple[Pull, tuple[int, ...], Added]]]
"""What is pulled into each part of an array, by which steps, and how to add it instead."""


def nests(program: Program) -> Nests:
    """Return the nests of a program.

    Raises:
        Unfit: It is better left to NumPy.
    """
    if len(program.items) > _ITEMS or program.scalar:
        raise Unfit
    return _Finder(program).run()


class _Finder:
    def __init__(self, program: Program) -> None:
        self.program = program
        self.levels: dict[int, int] = {}
        self.found = Nests()

    def run(self) -> Nests:
        outputs = {placed.array.serial for placed in self.program.outputs}
        for item in self.program.items:
            self._check(item, outputs)
            below = max((self.levels[o.serial] for o in operands(item)), default=0)
            sink = isinstance(item, Reduce) and bool(long_axes(item.bound))
            self.levels[item.serial] = below + sink
        for item in self.program.items:
            if item.serial in outputs and isinstance(item, (Collect, Scatter)):
                self._fill(item)
        for item in self.program.items:
            if isinstance(item, Reduce) and long_axes(item.bound):
                self._sum(item)
        if not self.found.pulling and not self.found.summing:
            raise Unfit
        self.found.levels = max(self.levels.values())
        return self.found

    def _check(self, item: Item, outputs: set[int]) -> None:
        match item:
            case Inverse() | Determinant():
                raise Unfit
            case Leaf() if item.serial in outputs:
                raise Unfit
            case Access():
                lookup = any(isinstance(part, Lookup) for part in item.index)
                if lookup or not isinstance(item.array, (Leaf, Collect)):
                    raise Unfit
            case Apply() if item.function not in FUNCTIONS:
                raise Unfit
            case Apply() if item.function == "pow" and not is_half(item):
                raise Unfit
            case Reduce():
                self._check_reduce(item)
            case Scatter() if item.serial not in outputs:
                raise Unfit
            case _:
                pass

    def _check_reduce(self, item: Reduce) -> None:
        if not long_axes(item.bound):
            return
        if item.operator != "sum":
            raise Unfit
        body = item.body
        if isinstance(body, Sum) and len(body.terms) == 1:
            body = body.terms[0]
        # The product of a matrix that is there and something else: BLAS does that.
        if isinstance(body, Product) and long_axes(item.axes):
            for factor in body.factors:
                matrix = isinstance(factor, Access) and len(long_axes(factor.axes)) > 1
                if matrix and len(body.factors) > 1:
                    raise Unfit

    # --- arrays that are filled ------------------------------------------------------------------

    def _fill(self, item: Collect | Scatter) -> None:
        """Sort the entries of an array into those pulled together and those added afterwards."""
        short = [is_short(extent) for extent in item.shape]
        components: Components = {}
        for values in itertools.product(
            *(range(e) if s else (None,) for e, s in zip(item.shape, short, strict=True))
        ):
            components[values] = []
            if len(components) > PLACES:
                raise Unfit
        if isinstance(item, Collect):
            entries = [(along(item.axes), item.axes, item.body)]
        else:
            entries = []
            for entry in item.entries:
                if any(isinstance(part, Lookup) for part in entry.index):
                    raise Unfit
                parts = tuple(part for part in entry.index if isinstance(part, Affine))
                entries.append((parts, entry.axes, entry.value))
        for index, axes, value in entries:
            for fixed in assignments(short_axes(axes)):
                self._entry(item, components, index, axes, value, fixed)
        pulled = [found for all_of_one in components.values() for found in all_of_one]
        groups = Counter(steps for _, steps, _ in pulled)
        steps = tuple(1 for s in short if not s)
        if groups:
            steps = max(groups, key=lambda s: (groups[s], [-x for x in s]))
        filled = []
        for component, pulls in components.items():
            kept = tuple(pull for pull, own, _ in pulls if own == steps)
            filled.append(Filled(item, component, steps, kept))
            self.found.added += [added for _, own, added in pulls if own != steps]
        nodes = [pull.node for one in filled for pull in one.pulls]
        level = max((self.levels[node.serial] for node in nodes), default=0)
        for nest in self.found.pulling:
            first = nest.filled[0]
            alike = (first.extents, first.steps) == (filled[0].extents, steps)
            if nest.level == level and alike:
                nest.filled += filled
                return
        self.found.pulling.append(Pulling(level, filled))

    def _entry(
        self,
        item: Collect | Scatter,
        components: Components,
        index: tuple[Affine, ...],
        axes: tuple[Axis, ...],
        value: Node,
        fixed: dict[Axis, Linear],
    ) -> None:
        component: list[int | None] = []
        at: dict[Axis, Linear] = dict(fixed)
        ranges: list[tuple[int, int]] = []
        steps: list[int] = []
        rest: list[int] = []
        looped: list[Axis] = []
        pinned = False
        for part, extent in zip(index, item.shape, strict=True):
            place = part.offset
            terms = []
            for axis, coefficient in part.terms:
                if axis in fixed:
                    place += coefficient * fixed[axis].offset
                else:
                    terms.append((axis, coefficient))
            if is_short(extent):
                if terms:
                    raise Unfit
                component.append(place)
                continue
            component.append(None)
            if not terms:
                pinned = True
                continue
            if len(terms) > 1 or terms[0][0] in looped:
                raise Unfit
            axis, coefficient = terms[0]
            looped.append(axis)
            step = abs(coefficient)
            whole, remainder = divmod(place, step)
            variable = loop_variable(len(ranges))
            if coefficient > 0:
                at[axis] = Linear(-whole, ((variable, 1),))
                ranges.append((whole, whole + axis.extent))
            else:
                at[axis] = Linear(whole, ((variable, -1),))
                ranges.append((whole - axis.extent + 1, whole + 1))
            steps.append(step)
            rest.append(remainder)
        times = 1.0
        for axis in long_axes(axes):
            if axis not in looped:
                if axis in value.axes:
                    raise Unfit
                times *= axis.extent
        own = tuple(axis for axis in long_axes(axes) if axis in looped)
        added = Added(self.levels[item.serial], item, value, times, own, fixed, index)
        if pinned:
            self.found.added.append(added)
            return
        pull = Pull(value, times, at, tuple(ranges), tuple(rest))
        components[tuple(component)].append((pull, tuple(steps), added))

    # --- sums ------------------------------------------------------------------------------------

    def _sum(self, item: Reduce) -> None:
        level = self.levels[item.serial] - 1
        axes = long_axes(item.body.axes)
        if not item.axes:
            for nest in self.found.pulling:
                if nest.level != level:
                    continue
                for pull in [pull for filled in nest.filled for pull in filled.pulls]:
                    if set(long_axes(tuple(pull.at))) == set(axes):
                        nest.sums.append((item, {a: pull.at[a] for a in axes}, pull.ranges))
                        return
        for summing in self.found.summing:
            if (summing.level, summing.axes) == (level, axes):
                summing.sums.append(item)
                return
        self.found.summing.append(Summing(level, axes, [item]))
