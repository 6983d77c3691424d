"""A level valley is left where curvature across it is negative, farther along it."""

from __future__ import annotations

import numpy as np
import pytest

import gdcli


@pytest.mark.parametrize("scale", [1e-6, 1.0, 1e6])
@pytest.mark.parametrize("size", [1.0, 100.0])
def test_a_line_of_minima_that_turns_into_saddles(scale: float, size: float) -> None:
    """y = 0 is a line of stationary points: minima across it for x < 1, saddles beyond."""
    formula = f"{scale}*((1 - x/{size})*y**2 + y**4)"
    result = gdcli.minimize(formula, start={"x": -size, "y": 1.0})
    # No minimum: at y² = (x/size - 1)/2 the value falls for ever with x.
    assert result.status in ("unbounded", "not_attained"), result.message


def test_two_equal_terms_of_a_model_part() -> None:
    """Both exponentials have met at one rate, and the fit is as good as with one of them."""
    t = np.linspace(0.1, 3.0, 30)
    data = 3.0 * np.exp(-t) + 2.0 * np.exp(-4.0 * t)
    result = gdcli.minimize(
        "sum((a*exp(-p*t[i]) + b*exp(-q*t[i]) - d[i])**2 for i in range(m))",
        set={"t": t, "d": data, "m": 30},
        start={"a": -1.0, "p": 1.6, "b": 5.0, "q": 1.6},
    )
    assert result.status == "converged", result.message
    assert result.value == pytest.approx(0.0, abs=1e-10)


def test_a_line_of_minima_is_a_minimum() -> None:
    result = gdcli.minimize("(x + y - 3)**2", start={"x": 5.0, "y": -1.0})
    assert result.status == "converged"
    assert result.second_order is not None
    assert result.second_order["kind"] == "degenerate"
