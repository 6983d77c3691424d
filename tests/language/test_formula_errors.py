"""Errors as text files: every formula in `errors/` and what is said about it, to the letter."""

from __future__ import annotations

import pytest
from rendered import Case, cases, reading

CASES = list(cases())


@pytest.mark.parametrize("case", CASES, ids=[case.place for case in CASES])
def test_error_text(case: Case) -> None:
    assert reading(case.kind, case.formula) == case.expected


def test_files_were_found() -> None:
    assert len(CASES) > 100
