"""Ranges of indices: what `for` runs over, and into which pieces it is cut.

A condition on an index alone holds on some stretches of its range, or on every m-th value. Cutting
the range there decides it within each piece, so that it costs nothing: `x[i-1] if i > 0 else 0` is
a sum over i = 0 and one over i ≥ 1. Too many pieces are not made; then the condition stays a test.
"""

from __future__ import annotations

import math
from collections.abc import Container, Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from gdcli.diagnostics import Span
from gdcli.graph.building.forms import Grid, Value, dominant, plus
from gdcli.graph.building.indices import Varies, value_of
from gdcli.graph.building.state import ZERO, Builder, Scope
from gdcli.graph.nodes import Affine, Axis
from gdcli.language import tree as trees
from gdcli.language.tree import Tree, children, postorder
from gdcli.language.unparse import describe
from gdcli.records import dataclass

MOST_EXTENT = 2**32
"""Values of one index, at most."""

_MOST_CUTS = 12
_MOST_PERIOD = 8
_MOST_PIECES = 40
_MOST_TABULATED = 1_000_000
_PROBE = -1_000
"""Number of the axis that stands for the index while its conditions are looked at."""


@dataclass(frozen=True, slots=True)
class Run:
    """What an index runs over.

    Attributes:
        values: All of its values, where they are the same for all outer indices; otherwise None,
            and it runs over `start + step·t` for t = 0 … extent − 1, as far as it is not below any
            of `lows` and below all `highs`.
    """

    values: range | None
    start: Affine = ZERO
    step: int = 1
    extent: int = 0
    lows: tuple[Value, ...] = ()
    highs: tuple[Value, ...] = ()


class Piece(NamedTuple):
    """Index values `start + step·t` for t = 0 … extent − 1."""

    start: Affine
    step: int
    extent: int


def clause_range(builder: Builder, clause: trees.For, scope: Scope) -> Run:
    """Return what the index of a clause runs over."""
    step = 1
    if clause.step is not None:
        found = _value(builder, clause.step, scope)
        if not isinstance(found, Affine) or found.terms or found.offset == 0:
            zero = isinstance(found, Affine) and not found.terms
            message = "the step of a range is 0" if zero else "the step of a range must be fixed"
            builder.fail("range-step", message, clause.step.span)
        step = found.offset
    starts = [Affine(0)] if clause.start is None else _bounds(builder, clause.start, "max", scope)
    stops = _bounds(builder, clause.stop, "min", scope)
    if all(isinstance(b, Affine) and not b.terms for b in (*starts, *stops)):
        first = max(b.offset for b in starts if isinstance(b, Affine))
        last = min(b.offset for b in stops if isinstance(b, Affine))
        values = range(first, last, step)
        count = -(-(last - first) // step)  # `len` of a range ends at 2**63
        if count > MOST_EXTENT:
            _too_long(builder, count, clause.stop.span)
        return Run(values)
    if step == 1:
        return _moving(builder, clause, starts, stops)
    if step == -1 and clause.start is not None:
        # The order does not count: the same values upwards.
        lows = [_next(b) for b in _bounds(builder, clause.stop, "max", scope)]
        highs = [_next(b) for b in _bounds(builder, clause.start, "min", scope)]
        return _moving(builder, clause, lows, highs)
    return _striding(builder, clause, starts, stops, step)


def _value(builder: Builder, tree: Tree, scope: Scope) -> Value:
    try:
        found = value_of(builder, tree, scope)
    except Varies as varies:
        name = describe(varies.tree)
        variable = isinstance(varies.tree, trees.Name) and varies.tree.name in builder.variables
        builder.fail(
            "range-varies",
            f"a range cannot depend on the variable `{name}`"
            if variable
            else f"`{name}` cannot bound a range",
            varies.tree.span,
            hint="ranges are made of numbers, constants and the names of outer `for`",
        )
    if isinstance(found, Grid) and found.axes == ():
        text = describe(tree)
        builder.fail("not-whole", f"`{text}` is not a whole number", tree.span,
                     hint="`//` divides to a whole number")  # fmt: skip
    return found


def _bounds(builder: Builder, tree: Tree, function: str, scope: Scope) -> list[Value]:
    """Return the operands of an outer `max` (of starts) or `min` (of stops), or the one bound."""
    if isinstance(tree, trees.Call) and tree.function == function and len(tree.arguments) > 1:
        return dominant([_value(builder, part, scope) for part in tree.arguments], function)
    return [_value(builder, tree, scope)]


def _next(bound: Value) -> Value:
    if isinstance(bound, Affine):
        return plus(bound, Affine(1))
    return Grid(bound.axes, bound.values + 1)


def _reach(bound: Value) -> tuple[int, int]:
    if isinstance(bound, Affine):
        return bound.range()
    if not bound.values.size:
        return 0, 0
    return math.ceil(bound.values.min()), math.ceil(bound.values.max())


def _moving(
    builder: Builder, clause: trees.For, lows: Sequence[Value], highs: Sequence[Value]
) -> Run:
    """Return a range whose bounds move with outer indices: moved along, or the largest taken."""
    first = max(_reach(low)[0] for low in lows)
    extent = min(_reach(high)[1] for high in highs) - first
    start = Affine(first)
    for low in lows:
        for high in highs:
            if isinstance(low, Affine) and isinstance(high, Affine):
                width = plus(high, low, -1)
                if not width.terms and width.offset < extent:
                    start, extent = low, width.offset
    if extent > MOST_EXTENT:
        _too_long(builder, extent, clause.stop.span)
    return Run(None, start, 1, max(extent, 0), tuple(lows), tuple(highs))


def _striding(
    builder: Builder,
    clause: trees.For,
    starts: Sequence[Value],
    stops: Sequence[Value],
    step: int,
) -> Run:
    if len(starts) > 1 or not isinstance(starts[0], Affine):
        assert clause.start is not None
        builder.fail(
            "range-start",
            "with a step, the start of a range must be a sum of indices and numbers",
            clause.start.span,
        )
    start = starts[0]
    widest = min(_reach(s)[1] if step > 0 else -_reach(s)[0] for s in stops)
    narrow = start.range()[0] if step > 0 else -start.range()[1]
    if len(stops) == 1 and isinstance(stops[0], Affine):
        width = plus(stops[0], start, -1).range()
        reach = width[1] if step > 0 else -width[0]
    else:
        reach = widest - narrow
    extent = max(-(-reach // abs(step)), 0)
    if extent > MOST_EXTENT:
        _too_long(builder, extent, clause.stop.span)
    if step > 0:
        return Run(None, start, step, extent, (), tuple(stops))
    if len(stops) > 1:
        builder.fail("range-stop", "with a negative step, `min` cannot end a range",
                     clause.stop.span)  # fmt: skip
    return Run(None, start, step, extent, (_next(stops[0]),), ())


def _too_long(builder: Builder, count: int, span: Span) -> None:
    builder.fail("too-large", f"this range has {count:,} values", span,
                 hint=f"at most {MOST_EXTENT:,} are supported")  # fmt: skip


# --- cutting -------------------------------------------------------------------------------------


def runs(
    builder: Builder, clause: trees.For, run: Run, inside: Sequence[Tree], scope: Scope
) -> Iterator[Piece]:
    """Yield the pieces of a range; `inside` is what can see its index."""
    if run.values is None:
        if run.extent:
            yield Piece(run.start, run.step, run.extent)
        return
    values = run.values
    if not values:
        return
    cuts, period = _cuts(builder, clause.index, values, inside, scope)
    for first, last in pairwise((0, *cuts, len(values))):
        stretch = values[first:last]
        for k in range(min(period, len(stretch))):
            piece = stretch[k::period]
            yield Piece(Affine(piece.start), piece.step, len(piece))


def _cuts(
    builder: Builder, name: str, values: range, inside: Sequence[Tree], scope: Scope
) -> tuple[list[int], int]:
    """Return the places at which to cut a range, and into how many strides."""
    axis = Axis(_PROBE, len(values))
    # Other indices are left out unless they are fixed, so that what couples two is passed over.
    indices = {n: form for n, form in scope.indices.items() if not form.terms}
    indices[name] = plus(Affine(values.start), Affine(0, ((axis, values.step),)))
    probe = Scope(indices, 0, ())
    moving = frozenset(scope.indices) - indices.keys()
    cuts: set[int] = set()
    periods = {1}
    for tree in _conditions(inside, name):
        operands = children(tree)
        if not any(mentions(part, (name,)) for part in operands):
            continue
        if not all(_is_linear(builder, part, name, moving) for part in operands):
            if isinstance(tree, trees.Compare) and len(values) <= _MOST_TABULATED:
                cuts |= _changes(builder, tree, moving, probe)
            continue
        forms = [value_of(builder, part, probe) for part in operands]
        affine = [form for form in forms if isinstance(form, Affine)]
        if len(affine) < len(forms):
            continue
        if isinstance(tree, trees.IntegerDivision):
            if not affine[1].terms and affine[1].offset > 0:
                slope = dict(affine[0].terms).get(axis, 0)
                periods.add(affine[1].offset // math.gcd(slope, affine[1].offset))
        else:
            cuts |= _crossings(tree, affine, len(values))
    period = math.lcm(*periods)
    if period > _MOST_PERIOD:
        period = 1
    if len(cuts) > _MOST_CUTS or (len(cuts) + 1) * period > _MOST_PIECES:
        cuts = set()
    return sorted(cuts), period


def _conditions(inside: Sequence[Tree], name: str) -> Iterator[Tree]:
    """Yield comparisons, `%`, `//`, `min` and `max` wherever an index can be seen."""
    waiting = list(inside)
    while waiting:
        node = waiting.pop()
        if isinstance(node, trees.Generator):
            for clause in node.clauses:
                waiting.extend(p for p in (clause.start, clause.stop, clause.step) if p is not None)
                if clause.index == name:
                    break
                waiting.extend(clause.conditions)
            else:
                waiting.append(node.body)
            continue
        if isinstance(node, trees.Compare | trees.IntegerDivision) or (
            isinstance(node, trees.Call)
            and node.function in ("min", "max")
            and len(node.arguments) > 1
        ):
            yield node
        waiting.extend(children(node))


def _is_linear(builder: Builder, tree: Tree, name: str, moving: frozenset[str]) -> bool:
    """Tell whether an expression is linear in an index, and depends on constants besides."""
    varying: set[int] = set()
    for node in postorder(tree):
        parts = sum(id(p) in varying for p in children(node))
        match node:
            case trees.Name():
                if node.name == name:
                    varying.add(id(node))
                elif node.name in moving or node.name not in builder.constants:
                    return False
            case trees.Number() | trees.Negative() | trees.Sum():
                pass
            case trees.Product():
                if parts > 1 or any(node.divided):
                    return False
            case _:
                return False
        if parts:
            varying.add(id(node))
    return True


def _changes(builder: Builder, tree: Tree, moving: frozenset[str], probe: Scope) -> set[int]:
    """Return the places at which a comparison of any other kind changes, if they are few."""
    for node in postorder(tree):
        if not isinstance(node, _TABULATED) or (
            isinstance(node, trees.Name)
            and (node.name in moving or not _is_number(builder, node.name, probe))
        ):
            return set()
    truth = value_of(builder, tree, probe)
    if isinstance(truth, Affine):
        return set()
    found = np.flatnonzero(np.diff(truth.values.astype(np.int8))) + 1
    return {int(place) for place in found} if len(found) <= _MOST_CUTS else set()


def _is_number(builder: Builder, name: str, probe: Scope) -> bool:
    return name in probe.indices or np.ndim(builder.constants.get(name, ((),))) == 0


_TABULATED = (
    trees.Compare,
    trees.Number,
    trees.Name,
    trees.Negative,
    trees.Sum,
    trees.Product,
    trees.Power,
    trees.Call,
)
"""What may stand in a condition that is tabulated to find where it changes."""


def mentions(tree: Tree, names: Container[str]) -> bool:
    """Tell whether one of some names occurs in an expression."""
    return any(isinstance(node, trees.Name) and node.name in names for node in postorder(tree))


def _crossings(tree: Tree, forms: Sequence[Affine], length: int) -> set[int]:
    """Return the places from which on a comparison (or which operand is larger) may change."""
    if isinstance(tree, trees.Compare):
        pairs = list(zip(forms, forms[1:], tree.operators, strict=False))
    else:
        pairs = [(a, b, "<") for k, a in enumerate(forms) for b in forms[k + 1 :]]
    found: set[int] = set()
    for left, right, operator in pairs:
        form = plus(left, right, -1)
        if not form.terms:
            continue
        slope = form.terms[0][1]
        up = slope > 0
        # form = offset + slope·t is 0 at t = −offset/slope.
        ceiling, beyond = -(form.offset // slope), -form.offset // slope + 1
        if operator in ("<", ">=", "==", "!="):
            found.add(ceiling if up else beyond)
        if operator in ("<=", ">", "==", "!="):
            found.add(beyond if up else ceiling)
    return {place for place in found if 0 < place < length}
