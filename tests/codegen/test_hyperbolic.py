"""tanh of long arrays against mpmath, and where it is special."""

from __future__ import annotations

import math

import mpmath
import numpy as np
import pytest

from gdcli.codegen import hyperbolic
from gdcli.codegen.hyperbolic import array_tanh

LONG = 5_000


@pytest.fixture(autouse=True, params=[False, True], ids=["own", "NumPy's"])
def _whose(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hyperbolic, "numpys_is_fast", lambda: request.param)


def test_the_choice_is_made_where_numpy_says_what_it_has(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    assert hyperbolic.numpys_is_fast() in (False, True)


def spread(largest: float) -> np.ndarray:
    """Return points of every size up to ±largest, many close to 0."""
    random = np.random.default_rng(1)
    parts = [random.uniform(-largest, largest, LONG), 10.0 ** random.uniform(-320, 0, 500)]
    return np.concatenate([*parts, random.uniform(-1, 1, LONG), [largest, -largest]])


@pytest.mark.parametrize("largest", [1.0, 8.999, 9.001, 18.7, 25.0])
def test_right_to_a_few_units_in_the_last_place(largest: float) -> None:
    x = spread(largest)
    found = array_tanh(x, np.empty_like(x))
    with mpmath.workdps(40):
        for point, value in zip(x[::7].tolist(), found[::7].tolist(), strict=True):
            exact = mpmath.tanh(mpmath.mpf(point))
            assert abs(value - exact) <= 6.5 * math.ulp(float(exact))


def test_saturated_undefined_and_signed_zeros() -> None:
    x = np.tile([19.0, -19.0, 1e300, math.inf, -math.inf, math.nan, 0.0, -0.0], LONG)
    found = array_tanh(x, np.empty_like(x))[:8].tolist()
    assert found[:5] == [1.0, -1.0, 1.0, 1.0, -1.0]
    assert math.isnan(found[5])
    assert [math.copysign(1.0, value) for value in found[6:]] == [1.0, -1.0]


def test_never_above_one() -> None:
    x = np.linspace(8.0, 20.0, 200_000)
    found = array_tanh(x, np.empty_like(x))
    assert found.max() <= 1.0
    assert array_tanh(-x, np.empty_like(x)).min() >= -1.0


def test_in_place_in_several_dimensions_and_with_strides() -> None:
    x = np.random.default_rng(2).normal(0.0, 3.0, (200, 100))
    expected = np.tanh(x)
    assert np.allclose(array_tanh(x, np.empty_like(x)), expected, rtol=2e-15, atol=0.0)
    strided = np.empty((200, 200))[:, ::2]
    assert array_tanh(x.T, strided.T) is not None
    assert np.allclose(strided, expected, rtol=2e-15, atol=0.0)
    assert array_tanh(x, x) is x
    assert np.allclose(x, expected, rtol=2e-15, atol=0.0)
