"""Learning rates: what a text means, and what is said where it means nothing."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gdcli.errors import UsageError
from gdcli.methods.schedule_syntax import FORMS, read_schedule


@pytest.mark.parametrize(
    ("text", "rates"),
    [
        ("0.1", {0: 0.1, 999: 0.1}),
        (0.25, {0: 0.25, 7: 0.25}),
        ("constant(1e-3)", {5: 1e-3}),
        ("step(1, 10, 0.5)", {0: 1.0, 9: 1.0, 10: 0.5, 20: 0.25}),
        ("exponential(2, 0.5)", {0: 2.0, 1: 1.0, 3: 0.25}),
        ("inverse(1, 0.5)", {0: 1.0, 2: 0.5, 6: 0.25}),
        (" cosine( 0.2 , 100 ) ", {0: 0.2, 50: 0.1, 100: 0.0, 101: 0.0}),
        ("warmup(1, 4)", {0: 0.25, 1: 0.5, 3: 1.0, 4: 1.0}),
        ("warmup(exponential(1, 0.5), 2)", {0: 0.5, 1: 0.5, 2: 0.25}),
        ("restart(cosine(1, 10), 10)", {0: 1.0, 5: 0.5, 10: 1.0, 15: 0.5, 20: 1.0}),
        ("restart(exponential(1, 0.5), 2, 2)", {0: 1.0, 1: 0.5, 2: 1.0, 5: 0.125, 6: 1.0}),
    ],
)
def test_rates(text: str | float, rates: dict[int, float]) -> None:
    schedule = read_schedule(text)
    for k, rate in rates.items():
        assert math.isclose(schedule(k), rate, rel_tol=1e-12, abs_tol=1e-15)


@pytest.mark.parametrize(
    ("text", "message", "span"),
    [
        ("", "a number or a schedule is expected", (0, 0)),
        ("cosin(0.1, 10)", "unknown schedule `cosin`", (0, 5)),
        ("cosine(0.1)", "`,` is expected", (10, 11)),
        ("cosine(0.1, 10", "`)` is expected", (14, 14)),
        ("cosine(0.1, 2.5)", "`2.5` must be a whole number, at least 1", (12, 15)),
        ("cosine(0, 10)", "`0` must be a number above 0", (7, 8)),
        ("exponential(0.1, 1.5)", "`1.5` must be a number above 0, at most 1", (17, 20)),
        ("exponential(0.1, x)", "`factor` must be a number above 0, at most 1", (17, 18)),
        ("0.1 0.2", "nothing may follow here", (4, 7)),
        ("-1", "a number or a schedule is expected", (0, 1)),
        ("1e999", "`1e999` must be a number above 0", (0, 5)),
        ("step(1, 1e999, 0.5)", "`1e999` must be a whole number, at least 1", (8, 13)),
        ("warmup(", "a number or a schedule is expected", (7, 7)),
        ("__import__('os')", "unknown schedule `__import__`", (0, 10)),
        ("0.1\x00", "nothing may follow here", (3, 4)),
    ],
)
def test_faults_are_pointed_at(text: str, message: str, span: tuple[int, int]) -> None:
    with pytest.raises(UsageError) as caught:
        read_schedule(text)
    (found,) = caught.value.diagnostics
    assert found.message == message
    assert found.span is not None
    assert (found.span.start, found.span.stop) == span


def test_a_misspelt_schedule_gets_a_suggestion() -> None:
    with pytest.raises(UsageError) as caught:
        read_schedule("exponental(0.1, 0.9)")
    assert caught.value.diagnostics[0].label == "did you mean `exponential`?"


@pytest.mark.parametrize("value", [0.0, -1.0, math.inf, math.nan, True])
def test_numbers_out_of_range(value: float) -> None:
    with pytest.raises(UsageError):
        read_schedule(value)


@pytest.mark.parametrize("text", ["warmup(" * 50 + "1", "(" * 5000, "warmup(1, " * 300])
def test_deep_and_long_texts_end_in_an_error(text: str) -> None:
    with pytest.raises(UsageError):
        read_schedule(text)


@settings(deadline=None, max_examples=150)
@given(st.text(alphabet="0123456789.e-+(), abcinostxprelwumvk_", max_size=40))
def test_any_text_is_a_schedule_or_a_clear_error(text: str) -> None:
    try:
        schedule = read_schedule(text)
    except UsageError:
        return
    assert math.isfinite(schedule(0))
    assert schedule(10**6) >= 0.0


@settings(deadline=None, max_examples=60)
@given(
    st.recursive(
        st.sampled_from(["0.1", "step(1, 3, 0.5)", "inverse(0.2, 0.01)", "cosine(1, 50)"]),
        lambda inner: (
            st.builds("warmup({}, {})".format, inner, st.integers(1, 9))
            | st.builds("restart({}, {}, {})".format, inner, st.integers(1, 99), st.integers(1, 3))
        ),
        max_leaves=3,
    )
)
def test_what_is_written_is_read_back(text: str) -> None:
    schedule = read_schedule(text)
    again = read_schedule(str(schedule))
    assert [again(k) for k in range(60)] == [schedule(k) for k in range(60)]


def test_every_form_has_a_meaning_and_shows_its_parameters() -> None:
    for name, form in FORMS.items():
        assert form.meaning
        assert form.shown(name).startswith(f"{name}(")
