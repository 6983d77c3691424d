"""What a run that went wrong is blamed on."""

from __future__ import annotations

import pytest

import gdcli


def test_no_finite_start_names_the_part_and_its_argument() -> None:
    result = gdcli.minimize("x - log(-1-x**2)", start={"x": 1})
    assert result.status == "not_finite"
    assert result.message == "`log(-1 - x**2)` is undefined: its argument is -2 at x = 1"
    assert result.value is None


def test_a_value_that_is_lost_on_the_way_names_the_iteration() -> None:
    result = gdcli.minimize("x-log(x)", start={"x": 3}, method="gd", learning_rate=5)
    assert result.status == "diverged"
    assert "`log(x)` is undefined: its argument is -0.333333" in result.message
    assert "in iteration 1" in result.message
    assert result.value == pytest.approx(1.9013877113318902)


@pytest.mark.parametrize(
    ("method", "rate", "limit"), [("gd", 0.5, "0.333333"), ("momentum", 2, "0.633333")]
)
def test_a_blow_up_names_curvature_step_and_limit(method: str, rate: float, limit: str) -> None:
    result = gdcli.minimize(
        "x**2+3*y**2", start={"x": 4, "y": -2}, method=method, learning_rate=rate
    )
    assert result.status == "diverged"
    assert f"curvature 6 a step length of {rate:g} is too long" in result.message
    assert limit in result.message
    assert result.value == 28.0


def test_below_the_limit_it_converges() -> None:
    for rate in (0.25, 0.33):
        result = gdcli.minimize(
            "x**2+3*y**2", start={"x": 4, "y": -2}, method="gd", learning_rate=rate
        )
        assert result.status == "converged"


def test_a_term_of_a_sum_is_named_by_its_number() -> None:
    result = gdcli.minimize(
        "sum(log(w[i]**2 - i) for i in range(500))", start={"w": [1.0] * 500}, method="gd",
        learning_rate=0.1,
    )  # fmt: skip
    assert result.warnings
    assert "`log(w[i]**2 - i)`" in result.warnings[0].message
