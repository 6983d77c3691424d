"""What each search promises, on classic lines and random ones, from first steps of any length."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gdcli.line_search.armijo import Armijo
from gdcli.line_search.fixed import Fixed
from gdcli.line_search.hager_zhang import HagerZhang
from gdcli.line_search.search import Found, LineSearch, quadratic_minimum
from gdcli.line_search.strong_wolfe import StrongWolfe
from tests.line_search.lines import CLASSICS, Phi, line

FIRSTS = [1e-3, 1e-1, 1e1, 1e3]
EVERY = pytest.mark.parametrize("name", CLASSICS)
FIRST = pytest.mark.parametrize("first", FIRSTS)


def search(method: LineSearch, phi: Phi, first: float) -> tuple[Found, int]:
    subject, oracle = line(phi)
    found = method.search(subject, first)
    assert isinstance(found, Found)
    value, slope = phi(found.step)
    assert found.point.value == value
    assert found.point.gradient[0] == slope
    return found, oracle.evaluations - 1


@EVERY
@FIRST
@pytest.mark.parametrize("curvature", [0.9, 0.1])
def test_strong_wolfe(name: str, first: float, curvature: float) -> None:
    phi = CLASSICS[name]
    found, evaluations = search(StrongWolfe(1e-4, curvature), phi, first)
    (value0, slope0), (value, slope) = phi(0.0), phi(found.step)
    assert value <= value0 + 1e-4 * found.step * slope0
    assert abs(slope) <= -curvature * slope0
    assert evaluations <= 25


@EVERY
@FIRST
def test_hager_zhang(name: str, first: float) -> None:
    phi = CLASSICS[name]
    found, evaluations = search(HagerZhang(), phi, first)
    (value0, slope0), (value, slope) = phi(0.0), phi(found.step)
    wolfe = value <= value0 + 0.1 * found.step * slope0
    approximate = slope <= (2.0 * 0.1 - 1.0) * slope0 and value <= value0 + 1e-15
    assert slope >= 0.9 * slope0
    assert wolfe or approximate
    assert evaluations <= 30


@EVERY
@FIRST
def test_armijo(name: str, first: float) -> None:
    phi = CLASSICS[name]
    found, _ = search(Armijo(), phi, first)
    value0, slope0 = phi(0.0)
    assert phi(found.step)[0] <= value0 + 1e-4 * found.step * slope0
    assert found.step <= first


def test_armijo_takes_a_good_first_step_at_once() -> None:
    found, evaluations = search(Armijo(), CLASSICS["parabola"], 3.0)
    assert found.step == 3.0
    assert evaluations == 1


def test_a_parabola_is_minimised_by_one_interpolation() -> None:
    found, evaluations = search(StrongWolfe(1e-4, 1e-3), CLASSICS["parabola"], 0.5)
    assert math.isclose(found.step, 3.0, rel_tol=1e-9)
    assert evaluations <= 4, "one to grow, one to bracket, one to interpolate"


@pytest.mark.parametrize("method", [Armijo(), StrongWolfe(), HagerZhang()], ids=repr)
@settings(deadline=None, max_examples=60)
@given(
    a=st.floats(0.01, 100.0), b=st.floats(-3.0, 3.0), c=st.floats(0.0, 3.0),
    first=st.floats(1e-6, 1e6),
)  # fmt: skip
def test_any_smooth_line_is_lowered(
    method: LineSearch, a: float, b: float, c: float, first: float
) -> None:
    def phi(t: float) -> tuple[float, float]:
        value = a * t * t * t * t + b * t * t - t + c * math.cos(t)
        return value, 4.0 * a * t**3 + 2.0 * b * t - 1.0 - c * math.sin(t)

    found, evaluations = search(method, phi, first)
    assert found.point.value < phi(0.0)[0]
    assert evaluations <= 40


@pytest.mark.parametrize("method", [Armijo(), StrongWolfe(), HagerZhang(), Fixed()], ids=repr)
@pytest.mark.parametrize("edge", [1e-3, 1.0, 50.0])
def test_a_region_of_nan_only_shortens_the_step(method: LineSearch, edge: float) -> None:
    def phi(t: float) -> tuple[float, float]:
        return (math.nan, math.nan) if t >= edge else (-t, -1.0)

    found, _ = search(method, phi, 1e4)
    assert 0.0 < found.step < edge


@pytest.mark.parametrize("method", [Armijo(), StrongWolfe(), HagerZhang()], ids=repr)
def test_no_evaluation_beyond_a_bound(method: LineSearch) -> None:
    def phi(t: float) -> tuple[float, float]:
        assert t <= 2.5
        return (t - 7.0) ** 2, 2.0 * (t - 7.0)

    subject, _ = line(phi, upper=2.5)
    found = method.search(subject, 100.0)
    assert isinstance(found, Found)
    assert found.step == 2.5
    assert found.point.x[0] == 2.5


@pytest.mark.parametrize("method", [Armijo(), StrongWolfe(), HagerZhang()], ids=repr)
def test_where_the_value_is_lost_in_rounding_slopes_decide(method: LineSearch) -> None:
    """1e16 + (t − 1)²: no value shows the minimum, the slope does."""

    def phi(t: float) -> tuple[float, float]:
        return 1e16 + (t - 1.0) ** 2, 2.0 * (t - 1.0)

    found, _ = search(method, phi, 1.9)
    assert abs(phi(found.step)[1]) < 2.0


@pytest.mark.parametrize("method", [Armijo(), StrongWolfe(), HagerZhang()], ids=repr)
def test_a_line_that_only_rises_is_given_up(method: LineSearch) -> None:
    """A wrong derivative: φ′(0) < 0 is claimed, and every value is higher."""
    subject, oracle = line(lambda t: (t, -1.0 if t == 0.0 else 1.0))
    found = method.search(subject, 1.0)
    assert not isinstance(found, Found)
    assert oracle.evaluations < 400


def test_an_endless_slope_takes_the_longest_step_it_saw() -> None:
    found, evaluations = search(StrongWolfe(), lambda t: (-t, -1.0), 1.0)
    assert found.step > 1e6
    assert evaluations <= 40


def test_non_monotone_armijo_accepts_what_the_reference_allows() -> None:
    subject, _ = line(CLASSICS["parabola"])
    subject.reference = 20.0
    found = Armijo().search(subject, 7.0)
    assert isinstance(found, Found)
    assert found.step == 7.0


@settings(deadline=None, max_examples=50)
@given(st.floats(0.1, 10.0), st.floats(0.1, 10.0), st.floats(0.01, 10.0))
def test_quadratic_minimum_is_that_of_the_parabola(a: float, b: float, t: float) -> None:
    lowest = quadratic_minimum(t, 1.0, -b, 1.0 - b * t + a * t * t)
    np.testing.assert_allclose(lowest, b / (2.0 * a), rtol=1e-6)
