"""Facts that can be read from a graph: kinks, poles, linear variables, a factor at the root."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Literal

from gdcli.graph.calculus import vanishing_squares
from gdcli.graph.formula import Formula
from gdcli.graph.interning import Graph
from gdcli.graph.nodes import (
    Access,
    Apply,
    Collect,
    Leaf,
    Node,
    Number,
    Position,
    Product,
    Reduce,
    Scatter,
    Sum,
)
from gdcli.graph.shifts import cancelling_shifts
from gdcli.graph.walk import Item, dependent, operands, reachable
from gdcli.records import dataclass

KinkKind = Literal["abs", "max", "min", "relu", "norm", "root", "jump", "choice"]


@dataclass(frozen=True)
class Kink:
    """A node at which the formula may fail to be smooth.

    Attributes:
        kind: `abs` and `relu` (kink where the argument is 0), `max` and `min` (where arguments are
            level; of a reduction: elements of the one argument), `norm` (the root of a sum of
            squares, where all are 0), `root` (an infinite slope where the argument is 0), `jump`
            (`sign`, `floor`, `ceil`), `choice` (a conditional whose test moves).
        node: The node itself.
        arguments: What decides; of a `choice` its test.
    """

    kind: KinkKind
    node: Node
    arguments: tuple[Node, ...]


@dataclass(frozen=True)
class Pole:
    """A node through which a path should not pass unseen.

    Attributes:
        kind: Where the formula is infinite: `zero`, where the node is 0 (a denominator, the
            argument of a logarithm); `tangent`, where it is π/2 + kπ; `gamma`, where it is
            0, −1, −2, ….
        edge: Whether the formula is undefined where the node is negative: nobody gets there.
    """

    kind: Literal["zero", "tangent", "gamma"]
    node: Node
    edge: bool = False


_KINKS: Mapping[str, KinkKind] = {
    "abs": "abs",
    "relu": "relu",
    "max": "max",
    "min": "min",
    "hypot": "norm",
    "cbrt": "root",
    "sqrt": "root",
    "sign": "jump",
    "floor": "jump",
    "ceil": "jump",
    "where": "choice",
}

_POLES: Mapping[
    str, tuple[Literal["zero", "tangent", "gamma"], tuple[tuple[float, float], ...]]
] = {
    "log": ("zero", ((1.0, 0.0),)),
    "log2": ("zero", ((1.0, 0.0),)),
    "log10": ("zero", ((1.0, 0.0),)),
    "log1p": ("zero", ((1.0, 1.0),)),
    "atanh": ("zero", ((1.0, 1.0), (-1.0, 1.0))),
    "tan": ("tangent", ((1.0, 0.0),)),
    "gamma": ("gamma", ((1.0, 0.0),)),
    "lgamma": ("gamma", ((1.0, 0.0),)),
}
"""Kind, and (slope, constant) of the functions of the argument that have the poles."""


def kinks(formula: Formula) -> tuple[Kink, ...]:
    """Return all nodes where the formula may not be smooth and which depend on a variable."""
    found = []
    order = _moving(formula)
    moving = {item.serial for item in order}
    hidden = cancelling_shifts(reachable((formula.root,)))
    for item in order:
        if item.serial in hidden:
            continue
        if isinstance(item, Apply):
            kink = _kink(item)
            if kink is not None:
                found.append(kink)
        elif isinstance(item, Reduce) and item.operator in ("max", "min"):
            kind: KinkKind = "max" if item.operator == "max" else "min"
            found.append(Kink(kind, item, (item.body,)))
    return tuple(
        k for k in found if k.kind != "choice" or any(a.serial in moving for a in k.arguments)
    )


def _kink(node: Apply) -> Kink | None:
    function = node.function
    if function == "pow":
        exponent = node.arguments[1]
        fixed = isinstance(exponent, Number) and (exponent.value < 0 or exponent.value >= 2)
        return None if fixed else Kink("root", node, node.arguments[:1])
    kind = _KINKS.get(function)
    if kind is None:
        return None
    if function == "sqrt":
        argument = node.arguments[0]
        if vanishing_squares(argument):
            kind = "norm"
        elif _positive(argument):
            return None
    return Kink(kind, node, node.arguments[:1] if kind == "choice" else node.arguments)


def _positive(node: Node) -> bool:
    """Tell whether a node is a sum of even powers and positive constants, one of them at least."""
    if not isinstance(node, Sum) or node.constant <= 0:
        return False
    waiting: list[Node] = [node]
    while waiting:
        current = waiting.pop()
        if isinstance(current, Sum) and current.constant >= 0 and min(current.coefficients) >= 0:
            waiting.extend(current.terms)
        elif not vanishing_squares(current):
            return False
    return True


def is_smooth(formula: Formula) -> bool:
    """Tell whether a formula is twice differentiable wherever it is finite, as far as seen."""
    return not kinks(formula)


def poles(formula: Formula) -> tuple[Pole, ...]:
    """Return the denominators, and the arguments of logarithms and the like, that move."""
    order = _moving(formula)
    moving = {item.serial for item in order}
    found: dict[tuple[str, int], Pole] = {}
    for item in order:
        if isinstance(item, Product):
            pairs = zip(item.factors, item.exponents, strict=True)
            below = (_denominators(f) for f, e in pairs if e < 0 and f.serial in moving)
            made = [pole for part in below for pole in part if pole.node.serial in moving]
        elif isinstance(item, Apply):
            made = _function_poles(formula.graph, item, moving)
        else:
            continue
        for pole in made:
            key = (pole.kind, pole.node.serial)
            if not _positive(pole.node) and (key not in found or found[key].edge):
                found[key] = pole
    return tuple(found.values())


DOUBLINGS = 8
"""Steps over up to 2⁸ poles of a tangent are seen."""


def crossings(formula: Formula) -> tuple[Node, ...]:
    """Return nodes of which one changes its sign between any two sides of a pole.

    Poles at the edge of the domain are left out. Steps over an even number of a tangent's poles
    leave cos(a) as it was, so cosines of a/2ʲ stand beside it that vanish at every 2ʲ-th pole.
    """
    graph = formula.graph
    found: list[Node] = []
    for pole in poles(formula):
        if pole.edge:
            continue
        if pole.kind == "zero":
            found.append(pole.node)
        elif pole.kind == "gamma":
            found.append(graph.apply("sin", graph.scale(math.pi, pole.node)))
        else:
            for j in range(DOUBLINGS):
                part = 0.5**j
                angle = graph.add(((part, pole.node),), 0.5 * math.pi * (1.0 - part))
                found.append(graph.apply("cos", angle))
    return tuple(found)


def _denominators(node: Node, edge: bool = False) -> list[Pole]:
    """Return where a denominator is 0, by nodes that change their signs there."""
    waiting, found = [(node, edge)], []
    while waiting:
        node, edge = waiting.pop()
        if isinstance(node, Apply) and node.function in ("sqrt", "cbrt", "abs"):
            waiting.append((node.arguments[0], edge or node.function == "sqrt"))
        elif isinstance(node, Product) and min(node.exponents) > 0 and not edge:
            waiting.extend((factor, False) for factor in reversed(node.factors))
        else:
            found.append(Pole("zero", node, edge))
    return found


def _function_poles(graph: Graph, node: Apply, moving: Collection[int]) -> list[Pole]:
    if node.function == "pow":
        base, exponent = node.arguments
        harmless = isinstance(exponent, Number) and exponent.value >= 0
        if harmless or base.serial not in moving:
            return []
        return _denominators(base, edge=True)
    if node.function not in _POLES:
        return []
    kind, lines = _POLES[node.function]
    argument = node.arguments[0]
    edge = kind == "zero"
    nodes = (graph.add(((slope, argument),), constant) for slope, constant in lines)
    return [Pole(kind, node, edge) for node in nodes]


def _moving(formula: Formula) -> list[Item]:
    """Return everything in the formula that depends on a variable, operands first."""
    order = reachable((formula.root,))
    active = dependent(order, {leaf.serial for leaf in formula.variables})
    return [item for item in order if item.serial in active]


# --- linear and nonlinear ----------------------------------------------------------------------


def nonlinear_variables(formula: Formula) -> frozenset[str]:
    """Return the names of the variables that enter nonlinearly (products of two included)."""
    order = _moving(formula)
    active = {item.serial for item in order}
    bent: set[int] = set()
    for item in reversed(order):
        below = [child for child in operands(item) if child.serial in active]
        if item.serial in bent or bends(item, below):
            bent.update(child.serial for child in below)
    return frozenset(leaf.name for leaf in formula.variables if leaf.serial in bent)


def bends(item: Item, below: list[Item]) -> bool:
    """Tell whether an item is a nonlinear function of `below`, its operands that move."""
    match item:
        case Sum() | Access() | Leaf() | Number() | Position() | Collect() | Scatter():
            return False
        case Product():
            exponents = dict(zip((f.serial for f in item.factors), item.exponents, strict=True))
            return len(below) > 1 or any(exponents[child.serial] != 1 for child in below)
        case Apply():
            return item.function != "where" or item.arguments[0] in below
        case Reduce():
            return item.operator != "sum"
        case _:
            return True


# --- the unit of the objective -----------------------------------------------------------------


@dataclass(frozen=True)
class Stripped:
    """f = constant + factor·formula, with factor > 0."""

    factor: float
    constant: float
    formula: Formula


def strip_factor(formula: Formula) -> Stripped:
    """Take a positive factor and an added constant off the root of a formula.

    What is left does not depend on the unit of the objective, so neither do tests on it: terms
    that all have coefficients of the same size lose it, through sums over axes as well.
    """
    graph, node = formula.graph, formula.root
    factor, constant, sign = 1.0, 0.0, 1.0
    reductions: list[Reduce] = []
    while True:
        if isinstance(node, Reduce) and node.operator == "sum":
            reductions.append(node)
            node = node.body
            continue
        if not isinstance(node, Sum):
            break
        size = abs(node.coefficients[0])
        if size == 0 or any(abs(c) != size for c in node.coefficients):
            size = 1.0
        extents = math.prod(axis.extent for r in reductions for axis in r.bound)
        added = constant + sign * factor * node.constant * extents
        if not math.isfinite(added) or not 0 < factor * size < math.inf:
            break
        single = len(node.terms) == 1 and abs(node.coefficients[0]) == size
        if size == 1.0 and node.constant == 0.0 and not single:
            break
        constant, factor = added, factor * size
        if single:
            sign *= math.copysign(1.0, node.coefficients[0])
            node = node.terms[0]
        else:
            signs = (c / size for c in node.coefficients)
            node = graph.add(zip(signs, node.terms, strict=True))
    for reduction in reversed(reductions):
        node = graph.reduce("sum", reduction.bound, node)
    return Stripped(factor, constant, replace(formula, root=graph.scale(sign, node)))
