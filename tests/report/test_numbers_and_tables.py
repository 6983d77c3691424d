"""Numbers for people, text made harmless, and the rows that are chosen for the table."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gdcli.engine.observers import Iteration
from gdcli.report.table import ROWS, chosen, convergence_grid
from gdcli.report.text import aligned, clean, columns, count, duration, number, value_text

anything = settings(max_examples=100, deadline=None)


@anything
@given(st.text())
def test_cleaned_text_is_harmless_and_cleaning_it_again_changes_nothing(text: str) -> None:
    assert all(c.isprintable() or c == "\u3000" or c.isspace() for c in clean(text))
    assert not any(ord(c) < 32 or 127 <= ord(c) < 160 for c in clean(text))
    assert clean(clean(text)) == clean(text)


@anything
@given(st.floats(allow_nan=False, allow_infinity=False))
def test_exact_numbers_come_back(value: float) -> None:
    assert float(number(value, exact=True)) == value


@pytest.mark.parametrize(
    ("value", "scale", "shown"),
    [
        (2.3587265e-17, 1.0, "2.4e-17"),
        (2.3587265e-17, 3e-17, "2.3587265e-17"),
        (3.14159265358979, 1.0, "3.141592654"),
        (1e-10 / 3, 1.0, "3.33333e-11"),
        (-0.0, 1.0, "0"),
        (1e300, 1.0, "1e+300"),
        (math.inf, 1.0, "inf"),
        (math.nan, 1.0, "–"),
        (5e-324, 1.0, "4.9e-324"),
    ],
)
def test_digits_that_mean_nothing_are_left_out(value: float, scale: float, shown: str) -> None:
    assert number(value, exact=False, scale=scale) == shown


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (2e-5, "20 µs"),
        (0.0314, "31 ms"),
        (1.25, "1.2 s"),
        (150, "2 min 30 s"),
        (8000, "2 h 13 min"),
    ],
)
def test_times_have_a_unit_that_suits(seconds: float, shown: str) -> None:
    assert duration(seconds) == shown


def test_counts() -> None:
    assert [count(k, "row") for k in (1, 0, 12345)] == ["1 row", "0 rows", "12,345 rows"]


def test_decimal_points_stand_below_each_other() -> None:
    assert aligned(["28", "12.16", "6.8608", "2.4e-17", "-1"]) == [
        "28      ", "12.16   ", " 6.8608 ", " 2.4e-17", "-1      ",
    ]  # fmt: skip
    assert aligned([]) == []


def test_arrays_are_shown_whole_or_in_short() -> None:
    assert value_text([1.0, 2.5], exact=False) == "[1, 2.5]"
    assert value_text([[1.0, 2.0], [3.0, 4.0]], exact=False) == "[[1, 2], [3, 4]]"
    long = value_text([float(k) for k in range(100)], exact=False)
    assert long == "[0, 1, 2, …, 98, 99]  (100, from 0 to 99, norm 573.0183)"


def test_wide_and_combining_characters_take_their_columns() -> None:
    assert (columns("日本"), columns("e\u0301"), columns("|∇f|")) == (4, 1, 4)


def rows_of(numbers: list[int]) -> list[Iteration]:
    return [Iteration(k, 1.0 / (k + 1), 1.0, 0.1, k + 1, 0.0) for k in numbers]


@anything
@given(st.integers(0, 5000))
def test_the_rows_chosen(last: int) -> None:
    picked = [row.iteration for row in chosen(rows_of(list(range(last + 1))))]
    assert picked == sorted(set(picked))
    assert len(picked) <= ROWS
    assert picked[0] == 0 and picked[-1] == last
    assert picked[:3] == [0, 1, 2][: last + 1]
    assert len(picked) == last + 1 if last < ROWS else len(picked) > ROWS / 2


def test_every_row_where_it_is_asked_for() -> None:
    history = rows_of(list(range(50)))
    grid = convergence_grid(history, exact=True, width=100, every_row=True)
    assert [int(row[0]) for row in grid.rows] == list(range(50))
