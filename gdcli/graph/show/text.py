"""Derivatives as text in the user's names: `∂f/∂x[k] = …`, for each part of a variable."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from typing import NamedTuple

from gdcli.graph.derivatives import gradient
from gdcli.graph.formula import Formula
from gdcli.graph.nodes import Array, Leaf, Node, Scatter, ScatterEntry
from gdcli.graph.show.places import Piece, Range, Term, inverted, met_twice, regions
from gdcli.graph.show.printer import Printer
from gdcli.graph.show.style import Style
from gdcli.graph.show.tidy import tidied
from gdcli.graph.show.views import words_of
from gdcli.graph.walk import reachable

_POSITIONS = "kjilmnpqrstuvwabcdefgh"


class Part(NamedTuple):
    """What a part of a variable's derivative is.

    Attributes:
        variable: The variable's name.
        left: The part: `x`, `x[2]`, `x[k]`.
        text: The expression.
        where: The places that it holds for (`k = 0 … 8`); empty for all.
        adds: Whether other parts may meet it at some places, and are to be added there.
    """

    variable: str
    left: str
    text: str
    where: str
    adds: bool = False

    @property
    def sign(self) -> str:
        """What stands between the left side and the text."""
        return "+=" if self.adds else "="


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
    arrays = tidied(formula, gradient(formula) if gradients is None else gradients)
    words = words_of(reachable((formula.root, *arrays)))
    symbols = _position_symbols(formula, words)
    plans = [
        plan
        for leaf, array in zip(formula.variables, arrays, strict=True)
        for plan in _plans(formula, leaf, array, symbols)
    ]
    roots = [value for plan in plans for value, _ in plan.terms]
    printer = Printer(style, roots, {*symbols, *words})
    parts = []
    for plan in plans:
        name, where = style.name(plan.leaf.name), plan.where
        if plan.entry is not None:
            left, where = printer.place(name, plan.entry)
            text = printer.expression(plan.entry.value).text
        else:
            left, text = style.element(name, plan.left), printer.total(plan.terms).text
        parts.append(Part(plan.leaf.name, left, text, where, plan.adds))
    return Formulas(tuple(parts), printer.definitions())


def gradient_text(formula: Formula, gradients: Sequence[Array] | None = None) -> dict[str, str]:
    """Return {variable: text of ∂f/∂variable}, and named shared parts under their names.

    Of an array, a line for each part: `[k]: … for k = 0 … 8`; `[g[i]] +: …` where parts of one
    place are to be added.
    """
    found = gradient_formulas(formula, gradients)
    texts: dict[str, list[str]] = {leaf.name: [] for leaf in formula.variables}
    for part in found.parts:
        place = part.left[len(part.variable) :]
        label = f"{place}{' +' if part.adds else ''}: " if place else ""
        texts[part.variable].append(label + _with_range(part.text, part.where))
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
    terms: Sequence[Term]
    where: str = ""
    adds: bool = False
    entry: ScatterEntry | None = None


def _position_symbols(formula: Formula, taken: Set[str]) -> list[str]:
    """Return index names for as many positions as any variable has, outermost first."""
    rank = max((len(leaf.shape) for leaf in formula.variables), default=0)
    free = [letter for letter in _POSITIONS if letter not in taken]
    free += [f"k{number}" for number in range(rank) if f"k{number}" not in taken]
    return free[:rank][::-1]


def _plans(formula: Formula, leaf: Leaf, array: Array, letters: Sequence[str]) -> list[_Plan]:
    graph = formula.graph
    symbols = letters[len(letters) - len(leaf.shape) :]
    pieces: dict[tuple[Range, ...] | int, list[Piece]] = {}
    strays: list[ScatterEntry] = []
    for entry in array.entries if isinstance(array, Scatter) else ():
        piece = inverted(entry, symbols)
        if piece is None:
            strays.append(entry)
            continue
        value = graph.reduce("sum", [a for a in entry.axes if a not in piece.lines], entry.value)
        key = len(pieces) if piece.lines else piece.box
        pieces.setdefault(key, []).append(piece._replace(value=value))
    # What is given to one and the same place is added in the graph.
    found = [
        same[0]._replace(value=graph.add([(1.0, piece.value) for piece in same]))
        for same in pieces.values()
    ]
    cut = None if strays else regions(found, leaf.shape)
    if cut is not None:
        return [
            _Plan(
                leaf,
                region.left(symbols),
                region.terms(found, symbols) or [(graph.number(0.0), {})],
                _where(leaf, symbols, region.box),
            )
            for region in cut
        ]
    adds = met_twice((piece.box for piece in found), strays, leaf.shape)
    found.sort(key=lambda piece: (not piece.lines, piece.box))
    return [
        *(_Plan(leaf, (), [(e.value, {})], adds=adds, entry=e) for e in strays),
        *(_Plan(leaf, *_alone(leaf, piece, symbols), adds=adds) for piece in found),
    ]


def _alone(
    leaf: Leaf, piece: Piece, symbols: Sequence[str]
) -> tuple[Sequence[str], Sequence[Term], str]:
    """Return the left side, the terms and the places of a piece that is written by itself."""
    left = symbols if piece.lines else [str(low) for low, _ in piece.box]
    where = _where(leaf, symbols, piece.box) if piece.lines else ""
    return left, [(piece.value, piece.lines)], where


def _where(leaf: Leaf, symbols: Sequence[str], box: Sequence[Range]) -> str:
    """Return the ranges of positions, but for those that are whole, or one place."""
    return ", ".join(
        f"{symbol} = {low} … {high}"
        for symbol, (low, high), extent in zip(symbols, box, leaf.shape, strict=True)
        if (low, high) != (0, extent - 1) and low < high
    )
