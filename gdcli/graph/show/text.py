"""Derivatives as text in the user's names: `∂f/∂x[k] = …`, for each part of a variable."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from gdcli.graph.derivatives import gradient
from gdcli.graph.formula import Formula
from gdcli.graph.nodes import Affine, Array, Axis, Leaf, Node, Scatter, ScatterEntry
from gdcli.graph.show.printer import Printer
from gdcli.graph.show.scopes import Line
from gdcli.graph.show.style import Style
from gdcli.graph.walk import Item, reachable

_POSITIONS = "kjilmnpqrstuvwabcdefgh"


class Part(NamedTuple):
    """What a part of a variable's derivative is.

    Attributes:
        variable: The variable's name.
        left: The part: `x`, `x[2]`, `x[k]`.
        text: The expression.
        where: The places that it holds for (`k = 0 … 8`); empty for all. Parts that share a place
            are to be added.
    """

    variable: str
    left: str
    text: str
    where: str


class Formulas(NamedTuple):
    """A written gradient.

    Attributes:
        definitions: Named shared parts: (name, expression, where), in the order of need.
    """

    parts: tuple[Part, ...]
    definitions: tuple[tuple[str, str, str], ...]


def node_text(node: Node) -> str:
    """Return a node as text: what the formula says there, shared parts written out or named."""
    return Printer(Style(), (node,)).expression(node).text


def gradient_formulas(
    formula: Formula, gradients: Sequence[Array] | None = None, style: Style | None = None
) -> Formulas:
    """Return the gradient of a formula, written; as text unless another style is given.

    Args:
        gradients: What `derivatives.gradient` gave, if it is at hand.
    """
    style = style or Style()
    arrays = gradient(formula) if gradients is None else gradients
    symbols = _position_symbols(formula, arrays)
    plans = [
        plan
        for leaf, array in zip(formula.variables, arrays, strict=True)
        for plan in _plans(formula, leaf, array, symbols)
    ]
    printer = Printer(style, [plan.value for plan in plans], symbols)
    parts = []
    for leaf, left, value, lines, entry, where in plans:
        name = style.name(leaf.name)
        if entry is not None:
            written, where = printer.place(name, entry)
        else:
            written = style.element(name, left)
        parts.append(Part(leaf.name, written, printer.expression(value, lines).text, where))
    return Formulas(tuple(parts), printer.definitions())


def gradient_text(formula: Formula, gradients: Sequence[Array] | None = None) -> dict[str, str]:
    """Return {variable: text of ∂f/∂variable}, and named shared parts under their names.

    Of an array, a line for each part: `[k]: … for k = 0 … 8`; parts of one place are to be added.
    """
    found = gradient_formulas(formula, gradients)
    texts: dict[str, list[str]] = {leaf.name: [] for leaf in formula.variables}
    for name, left, text, where in found.parts:
        place = left[len(name) :]
        label = f"{place}: " if place else ""
        texts[name].append(label + _with_range(text, where))
    joined = {name: "\n".join(lines) for name, lines in texts.items()}
    return joined | {left: _with_range(text, where) for left, text, where in found.definitions}


def _with_range(text: str, where: str) -> str:
    return f"{text}  for {where}" if where else text


def hessian_text(entries: Mapping[tuple[int, int], Node]) -> dict[tuple[int, int], str]:
    """Return the entries of `derivatives.scalar_hessian` as text."""
    return {place: node_text(node) for place, node in entries.items()}


class _Plan(NamedTuple):
    """A part to be written; with `entry` its place is written in the entry's own axes."""

    leaf: Leaf
    left: Sequence[str]
    value: Node
    lines: Mapping[Axis, Line] | None
    entry: ScatterEntry | None
    where: str


def _position_symbols(formula: Formula, arrays: Sequence[Item]) -> list[str]:
    """Return index names for as many positions as any variable has, outermost first."""
    rank = max((len(leaf.shape) for leaf in formula.variables), default=0)
    taken = {item.name for item in reachable((formula.root, *arrays)) if isinstance(item, Leaf)}
    free = [letter for letter in _POSITIONS if letter not in taken]
    free += [f"k{number}" for number in range(rank) if f"k{number}" not in taken]
    return free[:rank][::-1]


def _plans(formula: Formula, leaf: Leaf, array: Array, letters: Sequence[str]) -> list[_Plan]:
    graph = formula.graph
    symbols = letters[len(letters) - len(leaf.shape) :]
    fixed: dict[tuple[int, ...], list[tuple[float, Node]]] = {}
    plans = []
    for entry in array.entries if isinstance(array, Scatter) else ():
        place = _constant(entry)
        if place is not None:
            fixed.setdefault(place, []).append((1.0, entry.value))
            continue
        inverted = _inverted(entry, symbols)
        if inverted is None:
            plans.append(_Plan(leaf, (), entry.value, None, entry, ""))
            continue
        lines, ranges = inverted
        value = graph.reduce("sum", [a for a in entry.axes if a not in lines], entry.value)
        plans.append(_Plan(leaf, symbols, value, lines, None, _where(leaf, symbols, ranges)))
    for place in sorted(fixed):
        value = graph.add(fixed[place])
        plans.append(_Plan(leaf, [str(k) for k in place], value, {}, None, ""))
    return plans or [_Plan(leaf, (), graph.number(0.0), {}, None, "")]


def _where(leaf: Leaf, symbols: Sequence[str], ranges: Sequence[tuple[int, int]]) -> str:
    """Return the ranges of positions, but for those that are whole."""
    return ", ".join(
        f"{symbol} = {low} … {high}" if low < high else f"{symbol} = {low}"
        for symbol, (low, high), extent in zip(symbols, ranges, leaf.shape, strict=True)
        if (low, high) != (0, extent - 1)
    )


def _constant(entry: ScatterEntry) -> tuple[int, ...] | None:
    """Return the place that an entry adds to, None if it adds to several."""
    places = []
    for index in entry.index:
        if not isinstance(index, Affine) or index.terms:
            return None
        places.append(index.offset)
    return None if entry.axes else tuple(places)


def _inverted(
    entry: ScatterEntry, symbols: Sequence[str]
) -> tuple[dict[Axis, Line], list[tuple[int, int]]] | None:
    """Return how each axis follows from the place, and the range of each position.

    None where a position moves with several axes, or in steps other than 1.
    """
    lines: dict[Axis, Line] = {}
    ranges = []
    for index, symbol in zip(entry.index, symbols, strict=True):
        if not isinstance(index, Affine) or len(index.terms) > 1:
            return None
        for axis, step in index.terms:
            if abs(step) != 1 or axis in lines:
                return None
            lines[axis] = Line(step, symbol, -step * index.offset)
        ranges.append(index.range())
    return lines, ranges
