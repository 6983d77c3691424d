"""Which method `auto` takes, and which ends it doubts."""

from __future__ import annotations

import numpy as np
import pytest
from smooth_squares import ROSENBROCK, Smooth

from gdcli.engine.oracle import Oracle
from gdcli.engine.point import Point
from gdcli.engine.run import Run, run_with
from gdcli.engine.second_order import SecondOrder
from gdcli.engine.status import Reason, Status
from gdcli.engine.unit_free import automatic
from gdcli.methods.choose import TABLE, Facts, choose
from gdcli.methods.hybrid import Hybrid, LevenbergMarquardt
from gdcli.methods.newton import Newton
from gdcli.methods.restarts import PLANS, doubt, next_attempt

CASES = [
    (Facts(size=3, residuals=10), "hybrid"),
    (Facts(size=3, bounded=True), "newton"),
    (Facts(size=3, smooth=False, residuals=4), "hybrid"),
    (Facts(size=3, smooth=False), "bfgs"),
    (Facts(size=3, smooth=False, pieces=8), "composite"),
    (Facts(size=50, bounded=True, smooth=False, pieces=500), "composite"),
    (Facts(size=900, smooth=False, pieces=100_000), "lbfgs"),
    (Facts(size=5000, smooth=False, local=True), "lbfgs"),
    (Facts(size=5000, local=True), "newton-cg"),
    (Facts(size=20, rows=1_000_000), "lbfgs"),
    (Facts(size=8, rows=1_000_000), "newton"),
    (Facts(size=5000, residuals=5000), "lbfgs"),
    (Facts(size=5000, residuals=5000, local=True, banded=True), "banded"),
]


@pytest.mark.parametrize(("facts", "expected"), CASES)
def test_choice(facts, expected):
    choice = choose(facts)
    assert choice.name == expected
    assert choice.because


def test_every_row_is_reached():
    assert {choose(facts).because for facts, _ in CASES} == {row.because for row in TABLE}


def ended(status: Status, flat=(), gradient=(1.0, 1.0)) -> Run:
    oracle = Oracle(Smooth(ROSENBROCK, "x y"))
    run = run_with(oracle, Hybrid(), np.array([-1.2, 1.0]), stopping=automatic(oracle, 2))
    rows = np.array(flat, dtype=float).reshape(-1, 2)
    second = SecondOrder("degenerate", 0.0, 1.0, np.empty((0, 2)), rows)
    start = Point(np.zeros(2), 1.0, np.array(gradient))
    return run._replace(reason=Reason(status, "", ""), second_order=second, start=start)


@pytest.mark.parametrize(
    "status", [Status.MAX_ITER, Status.STALLED, Status.SADDLE, Status.NOT_ATTAINED]
)
def test_doubtful_ends(status):
    assert doubt(ended(status))


@pytest.mark.parametrize("status", [Status.TIME_LIMIT, Status.INTERRUPTED, Status.UNBOUNDED])
def test_ends_that_no_restart_can_mend(status):
    assert not doubt(ended(status))


def at_height(run: Run, value: float) -> Run:
    assert run.best is not None
    return run._replace(best=run.best._replace(value=value))


def test_plateau_is_doubtful_unless_the_value_came_down_to_nothing():
    run = ended(Status.CONVERGED, flat=[[0.0, 1.0]])
    assert doubt(at_height(run, 0.1))
    assert not doubt(at_height(run, 1e-25))
    assert not doubt(at_height(run, 0.1)._replace(second_order=None))


def test_singular_minimum_is_not_doubtful():
    assert not doubt(at_height(ended(Status.CONVERGED, flat=[[0.6, 0.8]]), 0.1))
    assert not doubt(at_height(ended(Status.CONVERGED), 0.1))


def test_variable_that_never_mattered_is_no_plateau():
    run = ended(Status.CONVERGED, flat=[[0.0, 1.0]], gradient=(1.0, 0.0))
    assert not doubt(at_height(run, 0.1))


def test_plan_goes_on_only_while_there_is_doubt():
    good, bad, cut = (ended(s) for s in (Status.CONVERGED, Status.SADDLE, Status.MAX_ITER))
    plan = PLANS[Hybrid]
    fresh = len(plan) - 1
    assert next_attempt(Hybrid(), []) == plan[0]
    assert next_attempt(Hybrid(), [good]) is None
    assert next_attempt(Hybrid(), [bad]) == plan[1]
    assert next_attempt(Hybrid(), [bad, bad, good]) is None
    assert next_attempt(Hybrid(), [bad] * fresh) is None
    assert next_attempt(Hybrid(), [cut] + [bad] * (fresh - 1)) == plan[-1]
    assert next_attempt(Hybrid(), [cut] * len(plan)) is None


def test_plans_end_without_a_limit_and_begin_with_the_default():
    for method, plan in PLANS.items():
        assert plan[0].method == method()
        assert plan[-1].max_iter is None
        assert all(attempt.max_iter for attempt in plan[:-1])
    assert next_attempt(LevenbergMarquardt(), []) is None
    assert Newton in PLANS


def test_more_variables_have_longer_legs():
    few, many = next_attempt(Hybrid(), []), next_attempt(Hybrid(), [], 200)
    assert few is not None
    assert many is not None
    assert few.max_iter is not None
    assert many.max_iter is not None
    assert many.max_iter > few.max_iter
