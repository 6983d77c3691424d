"""Characters that have no business in a formula: named, never printed."""

from __future__ import annotations

import pytest

from gdcli.diagnostics import Source
from gdcli.errors import FormulaError
from gdcli.language.functions import FUNCTIONS, SPELLINGS
from gdcli.language.parse import parse


def refusal(text: str) -> tuple[str, str]:
    with pytest.raises(FormulaError) as caught:
        parse(Source(text))
    found = caught.value.diagnostics[0]
    return found.message, found.hint


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("x + \0", "U+0000 (a control character)"),
        ("x\x1b*y", "U+001B (a control character)"),
        ("x + \u202ey", "U+202E RIGHT-TO-LEFT OVERRIDE"),
        ("x\u200by", "U+200B ZERO WIDTH SPACE"),
        ("x +\u00a0y", "U+00A0 NO-BREAK SPACE"),
        ("х**2", "U+0445 CYRILLIC SMALL LETTER HA"),
        ("xⁿ", "U+207F SUPERSCRIPT LATIN SMALL LETTER N"),
        ("٣*x", "U+0663 ARABIC-INDIC DIGIT THREE"),
        ("x + １", "U+FF11 FULLWIDTH DIGIT ONE"),
        ("x\u0302 + 1", "U+0302 COMBINING CIRCUMFLEX ACCENT"),
        ("变量 + 1", "U+53D8 CJK UNIFIED IDEOGRAPH-53D8"),
        ("😀", "U+1F600 GRINNING FACE"),
        ("x + \ud800", "U+D800 (half of a surrogate pair)"),
        ("∞*x", "U+221E INFINITY"),
    ],
)
def test_refused(text: str, name: str) -> None:
    assert refusal(text)[0] == f"{name} has no meaning in a formula"


@pytest.mark.parametrize("text", ["é + 1", "e\u0301 + 1", "Å*x", "ﬁ + x", "ϕ**2", "_x", "Ω₁"])
def test_served(text: str) -> None:
    parse(Source(text))


def test_composed_and_decomposed_names_are_one() -> None:
    composed, decomposed = (parse(Source(t)).tree for t in ("\u00e9", "e\u0301"))
    assert getattr(composed, "name", 1) == getattr(decomposed, "name", 2)


def test_hints_for_pasted_symbols() -> None:
    assert refusal("x ⋅ y")[1] == "write `*`"
    assert refusal("xⁿ")[1] == "write `**n`"
    assert refusal("x + １")[1] == "write `1`"


def test_long_names_are_cut_in_messages() -> None:
    message, _ = refusal("f" * 500_000 + "(x)")
    assert len(message) < 100
    assert refusal("π" * 1000)[0] == (
        "a name with other than ASCII letters has at most 256 characters"
    )


def test_spellings_of_functions_are_unambiguous() -> None:
    spellings = [s for row in FUNCTIONS.values() for s in (row.name, *row.aliases)]
    assert len(spellings) == len(set(spellings)) == len(SPELLINGS)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_function_is_read(name: str) -> None:
    row = FUNCTIONS[name]
    for count in {row.least, row.most or row.least + 2}:
        parse(Source(f"{name}({', '.join(['x'] * count)})"))
    assert row.summary
    assert row.most is None or row.least <= row.most
