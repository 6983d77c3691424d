"""What is an error in a formula written out is the same error when it would be rolled up."""

from __future__ import annotations

import pytest

from gdcli.errors import FormulaError
from tests.graph.rollup.agreement import agrees, built

N = 60


def errors(text: str) -> list[tuple[str, str]]:
    """Return the code of each error and the text it points at."""
    found = []
    for roll_up in (True, False):
        with pytest.raises(FormulaError) as caught:
            built(text, roll_up=roll_up)
        found.append(
            [(d.code, text[d.span.start : d.span.stop]) for d in caught.value.diagnostics if d.span]
        )
    assert found[0] == found[1]
    return found[0]


def test_one_division_by_zero_among_the_terms() -> None:
    text = "+".join(f"(x{i} - x{i + 1}/{(i - 40) ** 2})**2" for i in range(N))
    assert errors(text) == [("division-by-zero", "0")]


def test_one_undefined_number_among_the_terms() -> None:
    text = "+".join(f"(x{i} - log({50 - i}))**2" for i in range(51))
    assert errors(text) == [("not-finite", "log(0)")]


def test_numbers_that_overflow_together() -> None:
    text = "+".join(f"(1e200*1e{150 + i}*x{i})**2" for i in range(N))
    assert errors(text)


def test_huge_numbers_that_are_fine_stay_scalar() -> None:
    agrees("+".join(f"(x{i} - 1e{90 + i})/1e130" for i in range(N)))
