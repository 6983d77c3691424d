"""Properties of reading: texts round-trip, and no text breaks the parser."""

from __future__ import annotations

import math
import re
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from trees import bare, formulas

from gdcli.diagnostics import Diagnostic, Source
from gdcli.errors import FormulaError
from gdcli.language.evaluate import evaluate
from gdcli.language.parse import Parsed, parse, parse_condition, parse_value
from gdcli.language.tree import postorder
from gdcli.language.unparse import describe, unparse

WORDS = (
    "x y sin sum range i 1 2.5 1e3 .5 ( ) [ ] , : . = | + - * / // % @ ** ^ < <= == if else for "
    "in and or not None True nan axis= ² ³ − × · ≤ ' \" ! ? & && || lambda T .T := ..."
)
PIECES = (
    *WORDS.split(),
    " ",
    "\n",
    "\x00",
    "é",
    "\u0301",
    "\u202e",
    "(x",
    "x)",
    "sum(x[i] for i in range(3))",
    "1 if x > 0 else 2",
)


@settings(deadline=None, max_examples=150)
@given(formulas())
def test_text_of_a_tree_reads_as_the_same_tree(tree: Any) -> None:
    assert bare(parse(Source(unparse(tree))).tree) == bare(tree)


@settings(deadline=None, max_examples=40)
@given(formulas(), st.integers(8, 40))
def test_descriptions_are_short(tree: Any, limit: int) -> None:
    assert len(describe(tree, limit)) <= max(limit, len("logsumexp(…)"))


def _read_or_refused(read: Any, text: str) -> None:
    source = Source(text)
    parsed: Parsed | None = None
    found: tuple[Diagnostic, ...] = ()
    try:
        parsed = read(source)
    except FormulaError as error:
        found = error.diagnostics
    assert (parsed is None) == bool(found)
    for diagnostic in found:
        span = diagnostic.span
        assert span is None or 0 <= span.start <= span.stop <= len(text)
        said = diagnostic.message + diagnostic.label + diagnostic.hint
        assert all(c.isprintable() for c in said)
        assert diagnostic.severity == "error"
    starts = [d.span.start for d in found if d.span]
    assert starts == sorted(set(starts))
    if parsed is not None:
        for node in postorder(parsed.tree):
            assert 0 <= node.span.start <= node.span.stop <= len(text)


@settings(deadline=None, max_examples=400)
@given(st.lists(st.sampled_from(PIECES), max_size=14))
def test_pieces_in_any_order_are_read_or_refused(pieces: list[str]) -> None:
    for glue in ("", " "):
        for read in (parse, parse_value, parse_condition):
            _read_or_refused(read, glue.join(pieces))


@settings(deadline=None, max_examples=120)
@given(st.text(max_size=20))
def test_any_text_is_read_or_refused(text: str) -> None:
    _read_or_refused(parse, text)


@st.composite
def python_expressions(draw: Any, depth: int = 0) -> str:
    """Expressions that mean the same in Python."""
    if depth > 3 or draw(st.integers(0, 3)) == 0:
        return draw(st.sampled_from(["a", "b", "c", "2", "3.", ".5", "1e1", "7"]))
    kind = draw(st.sampled_from(["binary", "binary", "power", "minus", "bracket", "call", "if"]))
    inner = python_expressions(depth + 1)
    if kind == "binary":
        operator = draw(st.sampled_from(["+", "-", "*", "/", " - ", "//", "%"]))
        return f"{draw(inner)}{operator}{draw(inner)}"
    if kind == "power":
        return f"{draw(inner)}**{draw(st.sampled_from(['2', '3', '-2', '2**2', '-1']))}"
    if kind == "minus":
        return f"-{draw(inner)}"
    if kind == "bracket":
        return f"({draw(inner)})"
    if kind == "call":
        return f"abs({draw(inner)})"
    test = f"{draw(inner)} {draw(st.sampled_from(['<', '>=', '!=']))} {draw(inner)}"
    more = draw(st.sampled_from(["", " and c > 0", " or not a < b", " < c"]))
    return f"({draw(inner)} if {test}{more} else {draw(inner)})"


def _real_abs(value: complex) -> float:
    if isinstance(value, complex):  # Python's roots of negative numbers; gd's are NaN
        raise OverflowError
    return abs(value)


@settings(deadline=None, max_examples=200)
@given(python_expressions())
def test_expressions_mean_what_they_mean_in_python(text: str) -> None:
    values = {"a": 1.25, "b": -0.75, "c": 3.0}
    floats = re.sub(r"(?<![\w.])(\d+)(?![\w.])", r"\1.0", text)  # 9**9**9 would fill the memory
    try:
        wanted = eval(floats, {"abs": _real_abs, "__builtins__": {}}, dict(values))
    except (ZeroDivisionError, OverflowError, TypeError):
        return
    if isinstance(wanted, complex) or abs(wanted) > 1e15 or 0 < abs(wanted) < 1e-15:
        return
    got = evaluate(parse(Source(text)).tree, values, Source(text))
    assert math.isclose(float(got), float(wanted), rel_tol=1e-6, abs_tol=1e-12), text
