"""Theory, on the bare sequence of states: rates, monotonicity, independence of units."""

from __future__ import annotations

from itertools import islice, pairwise

import numpy as np
import pytest
from smooth_squares import BEALE, FREUDENSTEIN, POWELL, ROSENBROCK, Smooth

from gdcli.engine.oracle import Oracle
from gdcli.engine.run import iterate
from gdcli.methods.hybrid import Hybrid, LevenbergMarquardt
from gdcli.methods.newton import Newton, NewtonCG

METHODS = [Newton(), NewtonCG(), LevenbergMarquardt(), Hybrid()]
SCALED = [Newton(), LevenbergMarquardt(), Hybrid(), LevenbergMarquardt(geodesic=False)]
STARTS = [(ROSENBROCK, (-1.2, 1.0)), (BEALE, (1.0, 1.0)), (FREUDENSTEIN, (0.5, -2.0))]


def name(method) -> str:
    return type(method).__name__


def path(objective, method, x0, count: int = 12):
    oracle = Oracle(objective)
    return list(islice(iterate(method, oracle, np.array(x0, dtype=float)), count))


@pytest.mark.parametrize("method", [Newton(), LevenbergMarquardt(), Hybrid()], ids=name)
def test_quadratic_is_solved_in_one_step(method):
    bowl = Smooth(("x + 2*y - 3", "3*x - y + 1", "0.5*y"), "x y")
    first = path(bowl, method, (5.0, -7.0), 2)[1]
    assert abs(first.point.gradient).max() < 1e-12


@pytest.mark.parametrize(("formula", "x0"), STARTS)
@pytest.mark.parametrize("method", METHODS, ids=name)
def test_values_never_rise_beyond_rounding(method, formula, x0):
    values = [state.point.value for state in path(Smooth(formula, "x y"), method, x0, 30)]
    pairs = list(pairwise(values))
    assert all(b <= a * (1 + 1e-14) for a, b in pairs)
    assert any(b < 0.9 * a for a, b in pairs)


@pytest.mark.parametrize("method", [Newton(stretch=False), Hybrid()], ids=name)
def test_convergence_is_quadratic(method):
    cosh = Smooth("exp(x) + exp(-2*x) + y**2 + y**4 + x*y", "x y")
    if isinstance(method, Hybrid):
        cosh = Smooth(("exp(x) - 2", "y**3 + y + x", "x + 2*y"), "x y")
    slopes = [np.linalg.norm(s.point.gradient) for s in path(cosh, method, (1.0, 1.0), 12)]
    late = [(a, b) for a, b in pairwise(slopes) if 1e-7 < a < 1e-1]
    assert late
    assert all(b <= 10 * a**2 for a, b in late)
    assert min(slopes) < 1e-13


@pytest.mark.parametrize("exponent", [-40, -2, 40])
@pytest.mark.parametrize(("formula", "x0"), STARTS)
@pytest.mark.parametrize("method", METHODS, ids=name)
def test_the_unit_of_the_objective_does_not_matter(method, formula, x0, exponent):
    plain = path(Smooth(formula, "x y"), method, x0)
    other = path(Smooth(formula, "x y", factor=2.0**exponent), method, x0)
    for a, b in zip(plain, other, strict=True):
        assert np.array_equal(a.point.x, b.point.x)


@pytest.mark.parametrize(("formula", "x0"), STARTS)
@pytest.mark.parametrize("method", SCALED, ids=name)
def test_the_units_of_the_variables_do_not_matter(method, formula, x0):
    units = np.array([2.0**20, 2.0**-7])
    plain = path(Smooth(formula, "x y"), method, x0)
    other = path(Smooth(formula, "x y", units=units), method, x0 / units)
    for a, b in zip(plain, other, strict=True):
        assert np.array_equal(a.point.x, units * b.point.x)


def test_extrapolation_saves_gradients_at_a_degenerate_minimum():
    def gradients(method):
        objective = Smooth("x**4", "x")
        oracle = Oracle(objective)
        for state in iterate(method, oracle, np.array([1.0])):
            if state.point.value < 1e-24:
                return oracle.counts.gradient
        raise AssertionError("stopped early")

    assert gradients(Newton()) < gradients(Newton(stretch=False)) / 2


def test_geodesic_acceleration_saves_jacobians_in_a_curved_valley():
    def jacobians(method):
        oracle = Oracle(Smooth(ROSENBROCK, "x y"))
        for state in iterate(method, oracle, np.array([-1.2, 1.0])):
            if state.point.value < 1e-20:
                return oracle.counts.gradient
        raise AssertionError("stopped early")

    assert jacobians(LevenbergMarquardt()) < jacobians(LevenbergMarquardt(geodesic=False))


def test_hybrid_is_quadratic_where_residuals_do_not_vanish():
    states = path(Smooth(FREUDENSTEIN, "x y"), Hybrid(), (0.5, -2.0), 40)
    assert states[-1].point.value == pytest.approx(48.98425367924003, rel=1e-12)
    assert len(states) < 12


def test_powell_singular_is_reached_though_the_hessian_is_singular():
    states = path(Smooth(POWELL, "a b c d"), Hybrid(), (3.0, -1.0, 0.0, 1.0), 12)
    assert states[-1].point.value < 1e-25
