"""The loop: what theory says of plain descent, exact limits, and the best point."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
from plain_descents import FixedStep, Halving
from smooth_formulas import Formula

from gdcli.deadline import Deadline
from gdcli.engine.box import Box
from gdcli.engine.observers import History, Iteration
from gdcli.engine.oracle import Oracle
from gdcli.engine.run import Limits, iterate, run
from gdcli.engine.status import Status
from gdcli.engine.stopping import GradientTest

BOWL = Formula("x**2 + 3*y**2", "x y")
ROSENBROCK = Formula("100*(y - x**2)**2 + (1 - x)**2", "x y")
START = np.array([4.0, -2.0])


def test_fixed_step_takes_the_iterations_that_theory_gives() -> None:
    result = run(BOWL, FixedStep(0.1), START)
    # |∂f/∂x| = 8·0.8ᵏ ≤ 1e-8 first at k = 92; the other component shrinks faster.
    assert result.iterations == 92
    assert result.reason.status is Status.CONVERGED
    assert result.reason.kind == "tolerance"
    assert result.best is not None
    assert result.best.x[0] == pytest.approx(4 * 0.8**92)
    assert result.counts[:3] == (93, 93, 1)
    assert result.second_order is not None
    assert result.second_order.kind == "minimum"
    assert (result.second_order.smallest, result.second_order.largest) == (2.0, 6.0)


def test_too_long_a_fixed_step_diverges_and_is_told_the_limit() -> None:
    result = run(BOWL, FixedStep(0.34), START)
    assert result.reason.status is Status.DIVERGED
    assert result.stability is not None
    assert result.stability.curvature == pytest.approx(6.0)
    assert result.stability.limit == pytest.approx(1 / 3)
    assert "0.333333" in result.reason.sentence
    assert result.best is not None
    assert result.best.value < 28.0


@pytest.mark.parametrize("rate", [1.0, 50.0])
def test_overflow_is_divergence_too(rate: float) -> None:
    result = run(Formula("x**4 + y**2", "x y"), FixedStep(rate), np.array([3.0, 1.0]))
    assert result.reason.status is Status.DIVERGED
    assert result.stability is not None
    assert result.stability.limit < rate


def test_an_optimal_start_is_converged_without_an_iteration() -> None:
    result = run(BOWL, FixedStep(0.1), np.zeros(2), limits=Limits(max_iter=0))
    assert result.reason.status is Status.CONVERGED
    assert result.iterations == 0
    assert result.counts.value == 1


def test_no_iterations_report_value_and_gradient_at_the_start() -> None:
    result = run(BOWL, FixedStep(0.1), START, limits=Limits(max_iter=0))
    assert result.reason.status is Status.MAX_ITER
    assert result.best is not None
    assert result.best.value == 28.0
    assert result.gradient_norm == 12.0


@pytest.mark.parametrize("limit", [1, 2, 17])
def test_iterations_and_evaluations_stop_exactly(limit: int) -> None:
    by_iterations = run(ROSENBROCK, Halving(1.0), -START, limits=Limits(max_iter=limit))
    assert (by_iterations.iterations, by_iterations.reason.status) == (limit, Status.MAX_ITER)
    by_evaluations = run(ROSENBROCK, Halving(1.0), -START, limits=Limits(max_evaluations=limit))
    assert by_evaluations.reason.status is Status.MAX_ITER
    assert by_evaluations.counts.value == limit
    assert by_evaluations.counts.gradient <= limit


def test_no_time_means_no_value() -> None:
    result = run(BOWL, FixedStep(0.1), START, limits=Limits(deadline=Deadline(0.0)))
    assert result.reason.status is Status.TIME_LIMIT
    assert result.best is None
    assert result.start is None
    assert result.counts.value == 0


class Interrupting:
    """An objective that pulls the plug at its k-th evaluation, and remembers what it returned."""

    offset = 0.0
    size = 2
    provides = frozenset({"value", "gradient"})

    def __init__(self, deadline: Deadline, k: int) -> None:
        self.deadline, self.k, self.values = deadline, k, []

    def value(self, x: np.ndarray) -> float:
        return self.value_and_gradient(x)[0]

    def value_and_gradient(self, x: np.ndarray) -> tuple[float, np.ndarray]:
        value, gradient = ROSENBROCK.value_and_gradient(x)
        self.values.append(value)
        if len(self.values) == self.k:
            self.deadline.interrupt(15)
        return value, gradient


@pytest.mark.parametrize("k", range(1, 30))
def test_interrupted_at_any_evaluation_the_best_point_seen_is_reported(k: int) -> None:
    deadline = Deadline()
    objective = Interrupting(deadline, k)
    result = run(objective, Halving(1.0), -START, limits=Limits(deadline=deadline))
    assert (result.reason.status, result.signal) == (Status.INTERRUPTED, 15)
    assert result.best is not None
    assert result.best.value == min(objective.values[:k])
    assert np.array_equal(result.best.gradient, ROSENBROCK.value_and_gradient(result.best.x)[1])


def test_a_start_without_a_value_is_not_finite() -> None:
    result = run(Formula("log(x)"), FixedStep(0.1), np.array([-1.0]))
    assert result.reason.status is Status.NOT_FINITE
    assert result.best is None


def test_a_condition_ends_the_run_as_converged() -> None:
    result = run(BOWL, FixedStep(0.1), START, condition=lambda k, point, norm: point.value < 1e-3)
    assert (result.reason.status, result.reason.kind) == (Status.CONVERGED, "condition")
    assert result.best is not None
    assert 0.64e-3 < result.best.value < 1e-3


def test_tolerance_zero_goes_down_to_rounding() -> None:
    shifted = Formula("(x - 1)**2 + 3*(y - 0.1)**2 + 1", "x y")
    result = run(shifted, Halving(0.1), START, stopping=GradientTest(0.0))
    assert result.reason.status is Status.CONVERGED
    assert result.best is not None
    assert result.best.x == pytest.approx([1.0, 0.1], abs=1e-7)


def test_a_fixed_step_that_rounding_brings_to_a_halt_is_at_the_rounding_level() -> None:
    result = run(
        Formula("(x - 0.1)**2 + 3", "x"), FixedStep(0.1), np.ones(1), stopping=GradientTest(0.0)
    )
    assert (result.reason.status, result.reason.kind) == (Status.CONVERGED, "rounding")
    assert result.iterations < 1000
    assert result.best is not None
    assert result.best.x[0] == pytest.approx(0.1, abs=1e-15)


def test_a_method_whose_arithmetic_fails_stalls_with_the_best_point() -> None:
    class Failing(FixedStep):
        def step(self, oracle: Oracle, state: Any) -> Any:
            if state.iteration == 3:
                raise OverflowError("too large")
            return super().step(oracle, state)

    result = run(BOWL, Failing(0.1), START)
    assert result.reason.status is Status.STALLED
    assert result.iterations == 3
    assert result.best is not None


def test_bounds_hold_and_a_held_variable_does_not_keep_the_run_from_converging() -> None:
    box = Box(np.array([1.0, -np.inf]), np.array([np.inf, np.inf]))
    result = run(BOWL, FixedStep(0.1), np.array([-7.0, 1.0]), box=box)
    assert result.reason.status is Status.CONVERGED
    assert result.best is not None
    assert result.best.x[0] == 1.0
    assert result.start is not None
    assert result.start.x[0] == 1.0
    assert result.second_order is not None
    assert result.second_order.kind == "minimum"


def test_observers_change_nothing_and_see_every_iteration() -> None:
    rows: list[Iteration] = []
    watched = run(BOWL, FixedStep(0.1), START, observers=[rows.append])
    alone = run(BOWL, FixedStep(0.1), START)
    assert watched.best is not None
    assert alone.best is not None
    assert watched.best.x.tobytes() == alone.best.x.tobytes()
    assert [row.iteration for row in rows] == list(range(93))
    assert rows[1].step == pytest.approx(np.hypot(0.8, 1.2))
    assert np.isnan(rows[0].step)


def test_history_keeps_first_and_last_rows_in_bounded_memory() -> None:
    history = History(first=3, last=4, between=10)
    for k in range(1000):
        history(Iteration(k, 0.0, 0.0, 0.0, k, 0.0))
    kept = [row.iteration for row in history.rows]
    assert kept[:3] == [0, 1, 2]
    assert kept[-4:] == [996, 997, 998, 999]
    assert len(kept) <= 3 + 4 + 10
    assert kept == sorted(set(kept))


def test_the_bare_sequence_is_the_run_without_its_tests() -> None:
    states = list(itertools.islice(iterate(FixedStep(0.1), Oracle(BOWL), START), 4))
    assert [state.iteration for state in states] == [0, 1, 2, 3]
    assert states[3].point.x == pytest.approx([4 * 0.8**3, -2 * 0.4**3])


def test_the_best_point_is_reported_even_if_the_method_leaves_it() -> None:
    result = run(ROSENBROCK, FixedStep(0.004), START * 0.25, limits=Limits(max_iter=50))
    oracle = Oracle(ROSENBROCK)
    seen = itertools.islice(iterate(FixedStep(0.004), oracle, START * 0.25), 51)
    values = [state.point.value for state in seen]
    assert result.best is not None
    assert result.best.value == np.nanmin(values)
    assert result.best.value < values[-1] or not np.isfinite(values[-1])
