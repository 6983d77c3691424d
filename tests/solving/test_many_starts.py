"""`--starts`: distinct minima with their hits, an honest estimate, limits over all runs."""

from __future__ import annotations

import pytest

import gdcli

WAVES = "cos(x) + 0.02*x**2"


def test_distinct_minima_with_their_hits_best_first() -> None:
    result = gdcli.minimize(WAVES, starts=12)
    assert result.status == "converged"
    assert result.minima is not None
    values = [minimum["value"] for minimum in result.minima]
    assert values == sorted(values)
    assert sum(minimum["hits"] for minimum in result.minima) == 12
    assert result.value == values[0]
    places = [round(minimum["at"]["x"], 3) for minimum in result.minima]
    assert len(set(places)) == len(places)
    assert abs(places[0]) == pytest.approx(3.02, abs=0.01)


def test_the_chance_of_a_new_minimum_is_good_and_turings() -> None:
    result = gdcli.minimize(WAVES, starts=12)
    assert result.minima is not None
    singles = sum(minimum["hits"] == 1 for minimum in result.minima)
    assert f"a chance of about {100 * singles / 12:.0f} %" in result.message


def test_the_same_seed_gives_the_same_bits_and_another_one_other_places() -> None:
    one, again = (gdcli.minimize(WAVES, starts=6, seed=1) for _ in range(2))
    assert one.minima == again.minima
    other = gdcli.minimize(WAVES, starts=6, seed=2)
    assert other.evaluations != one.evaluations or other.minima != one.minima


def test_evaluations_are_those_of_all_runs_and_limits_hold_exactly() -> None:
    single = gdcli.minimize(WAVES)
    many = gdcli.minimize(WAVES, starts=8)
    assert many.evaluations is not None
    assert single.evaluations is not None
    assert many.evaluations["value"] > 4 * single.evaluations["value"]
    for limit in (1, 5, 30, 31):
        cut = gdcli.minimize(WAVES, starts=8, max_evaluations=limit)
        assert cut.evaluations is not None
        assert cut.evaluations["value"] <= limit
        assert cut.evaluations["gradient"] <= limit
    assert gdcli.minimize(WAVES, starts=8, max_iter=7).iterations == 7


def test_starts_stay_inside_the_bounds() -> None:
    result = gdcli.minimize("-x*(x-1)", starts=9, bounds={"x": [-0.5, 2]})
    assert result.minima is not None
    assert {minimum["at"]["x"] for minimum in result.minima} <= {-0.5, 2.0}


def test_one_endless_fall_among_minima_is_what_is_said() -> None:
    result = gdcli.minimize("x**3 - 3*x", start={"x": 2}, starts=6)
    assert result.status == "unbounded"
    assert result.minima is not None
    assert result.minima[0]["value"] == pytest.approx(-2.0)


def test_maxima_are_counted_as_maxima() -> None:
    result = gdcli.maximize("sin(x)", starts=5, bounds={"x": [0, 12]})
    assert "maxima from 5 starts" in result.message
    assert result.minima is not None
    values = [m["value"] for m in result.minima]
    assert values == sorted(values, reverse=True)


def test_no_minimum_anywhere_is_said() -> None:
    result = gdcli.minimize("exp(-x)", starts=3)
    assert result.status == "not_attained"
    assert "none of 3 starts converged" in result.message
    assert result.minima == []
