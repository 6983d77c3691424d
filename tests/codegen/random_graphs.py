"""Random formulas of all kinds of nodes, for comparing one way of evaluating with another."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import strategies as st

from gdcli.graph.formula import Formula
from gdcli.graph.nodes import Affine, Axis, Lookup
from tests.graph.construct import Canvas, Term

EXTENTS = {"i": 5, "j": 3, "k": 4}
TABLE = np.array([2, 0, 4, 4, 1])
PLAIN = ("abs", "relu", "sign", "floor")
SMOOTH = ("sin", "cos", "tanh", "atan", "sigmoid", "softplus", "erf", "abs", "relu", "sign")


class Drawer:
    """Draws terms over at most three axes from two arrays, a scalar, data and index values.

    `plain` ones have no functions but roots and kinks, and no indices from data.
    """

    def __init__(self, draw: st.DrawFn, scalar: bool, plain: bool) -> None:
        self.draw = draw
        self.plain = plain
        self.c = Canvas()
        self.x = self.c.variable("x", 8)
        self.a = self.c.variable("A", 8, 5)
        self.y = self.c.at(self.c.variable("y"))
        kind = draw(st.sampled_from([np.float64, np.float32]))
        self.data = self.c.array(np.linspace(-1.0, 1.5, 15, dtype=kind).reshape(5, 3))
        self.table = self.c.array(TABLE)
        self.axes = [] if scalar else [self.c.axis(extent) for extent in EXTENTS.values()]

    def pick(self, choices: Any) -> Any:
        return self.draw(st.sampled_from(choices))

    def index(self, extent: int) -> Any:
        """Draw an index into a position of `extent` ≥ 5: fixed, affine, of two axes, looked up."""
        kinds = ["fixed", "affine", "affine", "sum", "affine" if self.plain else "lookup"]
        kind = self.pick(kinds) if self.axes else "fixed"
        if kind == "fixed":
            return Affine(self.draw(st.integers(0, extent - 1)))
        if kind == "lookup":
            return Lookup(self.table, (Affine(0, ((self.axes[0], 1),)),))
        axes = [self.pick(self.axes)]
        if kind == "sum":
            axes = sorted(self.axes[1:], key=lambda axis: axis.number)
        terms: list[tuple[Axis, int]] = []
        for axis in axes:
            terms.append(
                (axis, self.pick([-1, 1, 1, 2] if axis.extent == 3 and not terms else [-1, 1]))
            )
        low, high = Affine(0, tuple(terms)).range()
        if high - low >= extent:
            terms = [(axes[0], 1)]
            low, high = Affine(0, tuple(terms)).range()
        offset = self.draw(st.integers(-low, extent - 1 - high))
        return Affine(offset, tuple(terms))

    def leaf(self) -> Term:
        kind = self.pick(["x", "x", "A", "y", "data", "position", "number"])
        if kind == "x":
            return self.c.at(self.x, self.index(8))
        if kind == "A":
            return self.c.at(self.a, self.index(8), self.index(5))
        if kind == "data" and self.axes:
            return self.c.at(self.data, self.axes[0], self.axes[1])
        if kind == "position" and self.axes:
            return self.c.position(self.pick(self.axes))
        if kind == "number":
            return Term(self.c.graph, self.c.graph.number(self.pick([0.5, -2.0, 3.0])))
        return self.y

    def term(self, depth: int) -> Term:
        if depth == 0:
            return self.leaf()
        kind = self.pick(["add", "sub", "mul", "mul", "div", "power", "apply", "where", "reduce"])
        one = self.term(depth - 1)
        match kind:
            case "add":
                return self.pick([1.0, 2.0, -0.5]) * one + self.term(depth - 1)
            case "sub":
                return one - self.pick([1.0, 3.0]) * self.term(depth - 1)
            case "mul":
                return one * self.term(depth - 1)
            case "div":
                return one / (1.5 + self.bounded("sin", self.term(depth - 1)))
            case "power":
                return self.bounded("tanh", one) ** self.pick([2, 3, 4, 5])
            case "apply":
                return self.c.f(self.pick(PLAIN if self.plain else SMOOTH), one)
            case "where":
                test = self.c.f(self.pick(["less", "less_equal"]), one, self.term(depth - 1))
                return self.c.f("where", test, self.term(depth - 1), self.leaf())
            case _:
                return self.reduced(one)

    def bounded(self, function: str, term: Term) -> Term:
        """Return a number between −1 and 1."""
        if self.plain:
            return term / self.c.f("sqrt", 1.0 + term * term)
        return self.c.f(function, term)

    def reduced(self, term: Term) -> Term:
        axes = term.node.axes
        if not axes:
            return term
        bound = self.draw(st.lists(st.sampled_from(axes), min_size=1, unique=True))
        operator = self.pick(["sum", "sum", "sum", "max", "min", "prod"])
        if operator == "prod":
            term = self.bounded("tanh", term)
        return self.c.reduce(operator, sorted(bound, key=lambda axis: axis.number), term)


@st.composite
def formulas(draw: st.DrawFn, scalar: bool = False, plain: bool = False) -> Formula:
    """Draw a formula of 49 variables, without axes if `scalar`."""
    drawer = Drawer(draw, scalar, plain)
    total = drawer.y * drawer.y
    for _ in range(draw(st.integers(1, 3))):
        term = drawer.term(draw(st.integers(1, 4)))
        if term.node.axes:
            term = drawer.c.sum(term.node.axes, term)
        total = total + term
    return drawer.c.formula(total)


def points(seed: int) -> Any:
    """Return a point for them."""
    return np.random.default_rng(seed).normal(size=49) * 0.7
