"""Random trees, and trees without their spans."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from typing import Any

from hypothesis import strategies as st

from gdcli.diagnostics import Span
from gdcli.language import tree as t

NOWHERE = Span(0, 0)
NAMES = ("x", "y", "alpha", "λ", "x1", "lambda", "S")
UNARY = ("sin", "exp", "sqrt", "abs", "gamma", "sum", "norm")


def bare(node: Any) -> Any:
    """Return a (small) tree as nested tuples, without spans."""
    if is_dataclass(node):
        parts = [bare(getattr(node, f.name)) for f in fields(node) if not f.name.endswith("span")]
        return (type(node).__name__, *parts)
    if isinstance(node, tuple):
        return tuple(bare(part) for part in node)
    return node


COMPARISONS = ("<", "<=", ">", ">=", "==", "!=")
WORDS = "leaf sum product matrix negative transpose power remainder call axis max prod if subscript"
KINDS = WORDS.split()


@st.composite
def formulas(draw: st.DrawFn, depth: int = 3) -> Any:
    """Draw a tree that `parse` can return."""
    kind = draw(st.sampled_from(KINDS)) if depth else "leaf"
    part = formulas(depth - 1)
    match kind:
        case "leaf":
            return draw(leaves())
        case "sum":
            return t.Sum(*draw(_flagged(part)), NOWHERE)
        case "product":
            return t.Product(*draw(_flagged(part)), NOWHERE)
        case "matrix":
            return t.MatrixProduct(draw(_many(part)), NOWHERE)
        case "negative":
            return t.Negative(draw(part), NOWHERE)
        case "transpose":
            return t.Transpose(draw(part), NOWHERE)
        case "power":
            return t.Power(draw(part), draw(part), NOWHERE)
        case "remainder":
            operator = draw(st.sampled_from(["//", "%"]))
            return t.IntegerDivision(operator, draw(part), draw(part), NOWHERE)
        case "call":
            return _call(draw(st.sampled_from(UNARY)), draw(part))
        case "axis":
            return t.Call("sum", (draw(part),), draw(st.integers(-2, 2)), NOWHERE, NOWHERE)
        case "max":
            return _call("max", *draw(_many(part)))
        case "prod":
            return _call("prod", t.Generator(draw(part), draw(_clauses(part)), NOWHERE))
        case "if":
            return t.Conditional(draw(conditions(part)), draw(part), draw(part), NOWHERE)
        case _:
            name = t.Name(draw(st.sampled_from(NAMES)), NOWHERE)
            return t.Subscript(name, draw(_items(part)), NOWHERE)


@st.composite
def leaves(draw: st.DrawFn) -> Any:
    """Draw a number or a name."""
    match draw(st.integers(0, 2)):
        case 0:
            return t.Number(float(draw(st.integers(0, 10**18))), NOWHERE, True)
        case 1:
            value = draw(st.floats(0, allow_infinity=False, allow_subnormal=False))
            return t.Number(abs(value), NOWHERE)
        case _:
            return t.Name(draw(st.sampled_from(NAMES)), NOWHERE)


@st.composite
def conditions(draw: st.DrawFn, part: st.SearchStrategy[Any], depth: int = 2) -> Any:
    """Draw a condition over number-valued parts."""
    kind = draw(st.sampled_from(["compare", "and", "or", "not"])) if depth else "compare"
    inner = conditions(part, depth - 1)
    match kind:
        case "compare":
            items = draw(_many(part))
            operators = tuple(draw(st.sampled_from(COMPARISONS)) for _ in items[1:])
            return t.Compare(items, operators, NOWHERE)
        case "not":
            return t.Not(draw(inner), NOWHERE)
        case _:
            return t.Logical(kind, draw(_many(inner)), NOWHERE)


def _call(function: str, *arguments: Any) -> t.Call:
    return t.Call(function, arguments, None, NOWHERE, NOWHERE)


def _many(part: st.SearchStrategy[Any]) -> st.SearchStrategy[tuple[Any, ...]]:
    return st.lists(part, min_size=2, max_size=3).map(tuple)


@st.composite
def _flagged(draw: st.DrawFn, part: st.SearchStrategy[Any]) -> Any:
    """Draw operands, and which of them are subtracted or divide."""
    items = draw(_many(part))
    return items, (False, *[draw(st.booleans()) for _ in items[1:]])


@st.composite
def _clauses(draw: st.DrawFn, part: st.SearchStrategy[Any]) -> Any:
    clauses = []
    for index in ("i", "j")[: draw(st.integers(1, 2))]:
        bounds = draw(st.lists(part, min_size=1, max_size=3))
        start, stop, step = (None, *bounds, None) if len(bounds) == 1 else (*bounds, None)[:3]
        tests = tuple(draw(st.lists(conditions(part), max_size=2)))
        clauses.append(t.For(index, NOWHERE, start, stop, step, tests, NOWHERE))
    return tuple(clauses)


def _items(part: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    maybe = st.none() | part
    cut = st.builds(t.Slice, maybe, maybe, maybe, st.just(NOWHERE))
    item = st.one_of(part, cut, st.just(t.NewAxis(NOWHERE)))
    return st.lists(item, min_size=1, max_size=3).map(tuple)
