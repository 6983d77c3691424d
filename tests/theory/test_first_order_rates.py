"""Rates and limits of fixed-rate methods on quadratics, as the textbooks give them."""

from __future__ import annotations

import math

import numpy as np
import pytest

from gdcli.engine.run import run
from gdcli.engine.status import Status
from gdcli.methods.first_order import FirstOrder, Rule
from gdcli.methods.registry import make
from gdcli.methods.rules.momentum import HeavyBall, Nesterov
from gdcli.methods.rules.steepest import Steepest
from gdcli.methods.schedules import Constant, Cosine, Exponential
from tests.methods.objectives import quadratic
from tests.theory.sequences import bowl, places, states


def test_gradient_descent_contracts_each_coordinate_by_one_minus_rate_times_curvature() -> None:
    xs = places(FirstOrder(Steepest(), Constant(0.1)), bowl([2.0, 6.0]), [4.0, -2.0], 30)
    for k, x in enumerate(xs):
        np.testing.assert_allclose(x, [4.0 * 0.8**k, -2.0 * 0.4**k], rtol=1e-12)


def test_ninety_two_steps() -> None:
    """8·0.8ᵏ ≤ 1e-8 first holds at k = 92."""
    assert math.ceil(math.log(8e8) / math.log(1.25)) == 92
    method = make("gd", {"learning_rate": 0.1})
    found = run(quadratic(), method, np.array([4.0, -2.0]))
    assert found.reason.status is Status.CONVERGED
    assert found.iterations == 92
    objective = quadratic()
    norms = [abs(s.point.gradient).max() for s in states(method, objective, [4.0, -2.0], 92)]
    assert norms[91] > 1e-8 >= norms[92]
    assert len(objective.values) == 93


def test_one_third_is_the_limit() -> None:
    method = make("gd", {"learning_rate": 0.34})
    found = run(quadratic(), method, np.array([4.0, -2.0]))
    assert found.reason.status is Status.DIVERGED
    assert found.stability is not None
    assert found.stability.limit == pytest.approx(1.0 / 3.0)


def test_the_best_rate_contracts_by_kappa_minus_one_over_kappa_plus_one() -> None:
    low, high = 1.0, 25.0
    rate = 2.0 / (low + high)
    xs = places(FirstOrder(Steepest(), Constant(rate)), bowl([low, high]), [1.0, 1.0], 40)
    lengths = [np.linalg.norm(x) for x in xs]
    expected = (high - low) / (high + low)
    np.testing.assert_allclose(np.array(lengths[1:]) / lengths[:-1], expected, rtol=1e-9)


def test_heavy_ball_reaches_polyaks_rate() -> None:
    low, high = 1.0, 100.0
    root = math.sqrt(high / low)
    beta = ((root - 1.0) / (root + 1.0)) ** 2
    rate = 4.0 / (math.sqrt(low) + math.sqrt(high)) ** 2
    xs = places(FirstOrder(HeavyBall(beta), Constant(rate)), bowl([low, high]), [1.0, 1.0], 150)
    error = float(np.linalg.norm(xs[-1])) ** (1.0 / 150.0)
    assert error <= 1.05 * (root - 1.0) / (root + 1.0)


@pytest.mark.parametrize("restart", [False, True])
def test_nesterovs_bound(restart: bool) -> None:
    """f(x_k) − f* ≤ 2L‖x₀ − x*‖²/(k + 1)² at rate 1/L (Nesterov 1983; Beck & Teboulle 2009)."""
    curvatures = np.geomspace(1e-6, 1.0, 60)
    objective, start = bowl(curvatures), np.ones(60)
    found = states(FirstOrder(Nesterov(None, restart), Constant(1.0)), objective, start, 200)
    for k, state in enumerate(found[1:], 1):
        main = state.memory.main
        value = 0.5 * float(curvatures @ main**2)
        assert value <= 2.0 * float(start @ start) / (k + 1.0) ** 2


def test_restarts_make_nesterov_linear() -> None:
    curvatures, start = [1.0, 1000.0], [1.0, 1.0]
    method = [FirstOrder(Nesterov(None, restart), Constant(1e-3)) for restart in (False, True)]
    plain, restarted = (states(m, bowl(curvatures), start, 800)[-1].point.value for m in method)
    assert restarted < 1e-6 * plain


@pytest.mark.parametrize("curvature", [0.5, 8.0])
@pytest.mark.parametrize(
    "rule",
    [Steepest(), HeavyBall(0.5), HeavyBall(0.9), Nesterov(0.5, False), Nesterov(0.9, False)],
    ids=repr,
)
def test_the_stable_limit_is_where_it_is_said_to_be(rule: Rule[object], curvature: float) -> None:
    limit = rule.stable_limit(curvature)
    below = places(FirstOrder(rule, Constant(0.98 * limit)), bowl([curvature]), [1.0], 2000)
    above = places(FirstOrder(rule, Constant(1.02 * limit)), bowl([curvature]), [1.0], 700)
    assert abs(below[-1][0]) < 1e-6
    assert max(abs(x[0]) for x in above) > 1e6


def test_a_schedule_sets_every_steps_rate() -> None:
    found = states(FirstOrder(Steepest(), Exponential(0.1, 0.5)), bowl([1.0]), [1.0], 5)
    assert [s.step_length for s in found[1:]] == [0.1, 0.05, 0.025, 0.0125, 0.00625]
    x = 1.0
    for state in found[1:]:
        x -= state.step_length * x
        assert state.point.x[0] == pytest.approx(x, rel=1e-14)


def test_a_schedule_that_has_run_out_stops_the_run() -> None:
    method = FirstOrder(Steepest(), Cosine(0.01, 20))
    assert len(states(method, bowl([1.0]), [1.0], 100)) == 21
    assert run(bowl([1.0]), method, np.array([1.0])).reason.status is Status.STALLED


def test_a_rate_too_small_to_move_anything_stops_the_run() -> None:
    method = make("gd", {"learning_rate": 1e-30})
    assert len(states(method, bowl([1.0]), [1.0], 100)) == 1
    assert run(bowl([1.0]), method, np.array([1.0])).reason.status is Status.STALLED
