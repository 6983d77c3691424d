"""Laws of every registered method: limits hold exactly, and the path depends on nothing else."""

from __future__ import annotations

import copy
import signal
from itertools import pairwise

import numpy as np
import pytest

from gdcli.deadline import Deadline
from gdcli.engine.oracle import Oracle
from gdcli.engine.run import Limits, iterate, run
from gdcli.engine.status import Halt, Status
from gdcli.methods.registry import METHODS, make
from gdcli.methods.row import Registered
from tests.methods.objectives import Squares, rosenbrock

ROWS = pytest.mark.parametrize("row", METHODS.values(), ids=lambda row: row.name)
START = np.array([-1.2, 1.0])


@ROWS
def test_stops_after_one_iteration(row: Registered) -> None:
    found = run(rosenbrock(), make(row.name), START, limits=Limits(max_iter=1))
    assert found.reason.status is Status.MAX_ITER
    assert found.iterations == 1


@ROWS
def test_stops_after_no_time(row: Registered) -> None:
    objective = rosenbrock()
    found = run(objective, make(row.name), START, limits=Limits(deadline=Deadline(0.0)))
    assert found.reason.status is Status.TIME_LIMIT
    assert found.best is None
    assert not objective.asked


@ROWS
@pytest.mark.parametrize("most", [1, 2, 7, 20])
def test_stops_at_the_evaluation_limit(row: Registered, most: int) -> None:
    found = run(rosenbrock(), make(row.name), START, limits=Limits(max_evaluations=most))
    assert found.counts.value <= most
    assert found.counts.gradient <= most
    if found.reason.status is Status.CONVERGED:
        assert most >= 7, "only the fastest are done by then"
        return
    assert found.reason.status is Status.MAX_ITER
    assert max(found.counts.value, found.counts.gradient) == most


class Interrupting:
    """An objective that interrupts its own run at the k-th evaluation."""

    def __init__(self, inner: Squares, deadline: Deadline, k: int) -> None:
        self._inner, self._deadline, self._left = inner, deadline, k

    def __getattr__(self, name: str) -> object:
        found = getattr(self._inner, name)
        if name not in ("value", "value_and_gradient", "residuals"):
            return found

        def evaluate(x: np.ndarray) -> object:
            self._left -= 1
            if self._left == 0:
                self._deadline.interrupt(signal.SIGINT)
            return found(x)

        return evaluate


@ROWS
def test_interrupted_at_any_evaluation_it_returns_the_best_point(row: Registered) -> None:
    # Up to the first question about infinity: places looked at for that are no candidates.
    for k in range(1, 14):
        inner, deadline = rosenbrock(), Deadline()
        objective = Interrupting(inner, deadline, k)
        found = run(objective, make(row.name), START, limits=Limits(deadline=deadline))
        if found.reason.status is Status.CONVERGED:
            break
        assert found.reason.status is Status.INTERRUPTED
        assert found.signal == signal.SIGINT
        assert found.best is not None
        assert found.best.value == min(inner.values)


@ROWS
def test_same_input_same_bits_whoever_watches(row: Registered) -> None:
    limits = Limits(max_iter=60)
    rows: list[object] = []
    first = run(rosenbrock(), make(row.name), START, limits=limits)
    second = run(rosenbrock(), make(row.name), START, limits=limits, observers=[rows.append])
    assert first.best is not None
    assert second.best is not None
    assert first.best.x.tobytes() == second.best.x.tobytes()
    assert first.counts == second.counts
    assert rows


@ROWS
def test_leaves_its_inputs_alone(row: Registered) -> None:
    start = START.copy()
    run(rosenbrock(), make(row.name), start, limits=Limits(max_iter=30))
    assert start.tolist() == START.tolist()
    assert start.flags.writeable


@ROWS
def test_restarted_from_any_state_it_continues_the_same_path(row: Registered) -> None:
    method = make(row.name)
    states = []
    for state in iterate(method, Oracle(rosenbrock()), START):
        states.append(copy.deepcopy(state))
        if len(states) > 25:
            break
    oracle = Oracle(rosenbrock())
    for before, after in pairwise(states):
        made = method.step(oracle, copy.deepcopy(before))
        assert not isinstance(made, Halt)
        assert made.point.x.tobytes() == after.point.x.tobytes()
        assert made.iteration == after.iteration
