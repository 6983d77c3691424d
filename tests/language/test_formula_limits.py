"""Hostile and huge formulas: a clear error, quickly, in little memory; large honest ones work."""

from __future__ import annotations

import time
import tracemalloc

import pytest

from gdcli.diagnostics import Source
from gdcli.errors import FormulaError
from gdcli.language.parse import parse, parse_value
from gdcli.language.tree import Sum, postorder
from tests.counting import calls

DEEP = 100_000
HUGE = 1_000_000

HOSTILE = {
    "brackets": "(" * DEEP + "x" + ")" * DEEP,
    "opening brackets": "(" * HUGE,
    "closing brackets": ")" * HUGE,
    "calls": "sin(" * DEEP + "x" + ")" * DEEP,
    "signs": "-" * (HUGE - 1) + "x",
    "not": "not " * DEEP + "x",
    "powers": "x**" * DEEP + "x",
    "remainders": "x//" * DEEP + "x",
    "alternating": "x@x*" * DEEP + "x",
    "subscripts": "x" + "[0]" * DEEP,
    "transposes": "x" + ".T" * DEEP,
    "squares": "x" + " ²" * DEEP,
    "conditionals": "a if b else " * 80_000 + "c",
    "generators": "sum(x for i in range(2 " * 40_000,
    "operators": "@" * HUGE,
    "names": "x " * 500_000,
    "bars": "|" * HUGE,
    "bars after numbers": "2|" * (HUGE // 2),
    "superscripts": "x" + "²" * (HUGE - 1),
    "colons": "x[" + ":" * 900_000,
    "equals": "x=" * 400_000,
    "quotes": '"a"' * 300_000,
    "nul": "\0" * HUGE,
    "accents": "x" + "\u0301\u0323" * 400_000,
    "digits": "1" * HUGE,
    "unknown functions": "+".join(f"foo{k}(x)" for k in range(60_000)),
    "lambda": "lambda x " * DEEP,
    "too long": "x+" * 2_500_000 + "x",
}


@pytest.fixture(scope="module")
def honest() -> float:
    """Return about what a sum of a million characters costs here, in CPU seconds."""
    begun = time.process_time()
    parse(Source("x+" * (HUGE // 10) + "x"))
    return 5.0 * (time.process_time() - begun)


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_formula_is_refused_soon(name: str, honest: float) -> None:
    begun = time.process_time()
    with pytest.raises(FormulaError) as caught:
        parse(Source(HOSTILE[name]))
    assert time.process_time() - begun < honest
    assert 1 <= len(caught.value.diagnostics) <= 30


def test_memory_grows_by_a_few_hundred_bytes_a_term() -> None:
    text = "x+" * 99_999 + "x"
    tracemalloc.start()
    tree = parse(Source(text)).tree
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert isinstance(tree, Sum)
    assert len(tree.terms) == 100_000
    assert peak < 60e6  # a formula of the greatest length has five times as many


@pytest.mark.parametrize(
    "text",
    [
        "(" * 200 + "x" + ")" * 200,
        "sin(1 + " * 200 + "x" + ")" * 200,
        "-" * 900 + "x",
        "x" + "[0]" * 900,
        "(" * 1000 + "x" + ")" * 1000,
        "1 if x > 0 else " * 200 + "x",
    ],
)
def test_what_is_deep_but_not_too_deep_is_read(text: str) -> None:
    assert sum(1 for _ in postorder(parse(Source(text)).tree)) >= 1


def test_the_limit_of_depth_is_exact() -> None:
    parse(Source("-" * 999 + "x"))
    with pytest.raises(FormulaError) as caught:
        parse(Source("-" * 1000 + "x"))
    assert caught.value.diagnostics[0].code == "too-deep"


def test_ten_thousand_variables() -> None:
    tree = parse(Source(" + ".join(f"x{k}**2" for k in range(10_000)))).tree
    assert isinstance(tree, Sum)
    assert len(tree.terms) == 10_000


def test_the_cost_grows_in_proportion() -> None:
    def cost(count: int) -> int:
        text = "+".join(f"100*(x{k + 1}-x{k}**2)**2+(1-x{k})**2" for k in range(count))
        return calls(lambda: parse(Source(text)))

    assert cost(3_000) <= 10.1 * cost(300)


@pytest.mark.parametrize("text", ["9**9**9**9", "2**(2**100)", "1" * 300])
def test_large_powers_cost_nothing_to_read(text: str) -> None:
    parse_value(Source(text))
