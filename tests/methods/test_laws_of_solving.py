"""Laws of every registered method: it solves what its row claims, inside the bounds, honestly."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from gdcli.engine.box import Box
from gdcli.engine.objective import Need
from gdcli.engine.run import Limits, run
from gdcli.engine.status import Status
from gdcli.methods.registry import METHODS, make
from gdcli.methods.row import Registered
from tests.methods.objectives import (
    EVERYTHING,
    PROBLEMS,
    STARTS,
    falling,
    flat,
    quadratic,
    root_of_log,
    rosenbrock,
)

ROWS = pytest.mark.parametrize("row", METHODS.values(), ids=lambda row: row.name)
SQUARES_ONLY = {"auto", "lm"}


@ROWS
def test_solves_a_convex_quadratic(row: Registered) -> None:
    objective = quadratic()
    found = run(objective, make(row.name, row.claim.options), np.array([0.4, -0.2]))
    assert found.best is not None
    assert found.best.value <= max(row.claim.accuracy, 1e-8)


@ROWS
def test_solves_what_its_row_claims(row: Registered) -> None:
    claim = row.claim
    objective = PROBLEMS[claim.problem]()
    found = run(
        objective,
        make(row.name, claim.options),
        np.array(STARTS[claim.problem]),
        limits=Limits(max_iter=claim.max_iter),
    )
    assert found.best is not None
    assert found.best.value <= claim.accuracy


@ROWS
def test_asks_only_for_its_needs(row: Registered) -> None:
    method = make(row.name, row.claim.options)
    provides = {"value", "gradient", *method.needs}
    objective = rosenbrock(provides)
    run(objective, method, np.array([-1.2, 1.0]), limits=Limits(max_iter=50))
    assert objective.asked <= provides


@ROWS
def test_needs_are_asked_for(row: Registered) -> None:
    method = make(row.name, row.claim.options)
    objective = rosenbrock(EVERYTHING)
    oracle_needs = method.needs - {Need.NOISE}
    run(objective, method, np.array([-1.2, 1.0]), limits=Limits(max_iter=5))
    assert oracle_needs <= objective.asked


@ROWS
@pytest.mark.parametrize(
    ("lower", "upper", "answer"),
    [
        ((-2.0, -2.0), (0.5, 2.0), (0.5, 0.25)),
        ((-1.5, -0.5), (2.0, 0.8), (np.sqrt(0.8), 0.8)),
        ((-1.2, -np.inf), (-1.2, np.inf), (-1.2, 1.44)),
    ],
    ids=["active", "other", "fixed"],
)
def test_keeps_to_the_bounds(
    row: Registered,
    lower: tuple[float, float],
    upper: tuple[float, float],
    answer: tuple[float, float],
) -> None:
    objective = rosenbrock()
    box = Box(np.array(lower), np.array(upper))
    found = run(objective, make(row.name, row.claim.options), np.array([-1.2, 1.0]), box=box)
    places = np.array(objective.places)
    assert (places >= lower).all()
    assert (places <= upper).all()
    if row.claim.problem == "rosenbrock":
        assert found.best is not None
        best = rosenbrock().value(np.array(answer))
        assert found.best.value <= best + 1e-3 * max(1.0, best)
    if row.monotone:
        assert found.reason.status is Status.CONVERGED
        assert found.best is not None
        np.testing.assert_allclose(found.best.x, answer, atol=2e-3)


@ROWS
def test_where_the_objective_is_undefined_steps_are_shortened(row: Registered) -> None:
    found = run(root_of_log(), make(row.name, row.claim.options), np.array([2.5, 1.0]))
    assert found.best is not None
    assert np.isfinite(found.best.value)
    assert found.best.value <= max(1e-6, 10.0 * row.claim.accuracy)


@ROWS
def test_flat_objectives_are_converged_at_the_start(row: Registered) -> None:
    found = run(flat(), make(row.name), np.array([1.0, 2.0]))
    assert found.reason.status is Status.CONVERGED
    assert found.iterations == 0


@ROWS
def test_unbounded_objectives_are_not_called_solved(row: Registered) -> None:
    if row.name in SQUARES_ONLY:
        pytest.skip("a sum of squares is bounded below")
    options = {"learning_rate": 0.5} if row.name in FAR else row.claim.options
    found = run(falling(), make(row.name, options), np.array([1.0, 0.5]))
    assert found.reason.status is Status.UNBOUNDED


FAR = {"adagrad", "rmsprop", "adam", "amsgrad", "nadam", "adamw", "lion"}
"""Methods whose steps are as long as the rate, whatever the objective: theirs must be long."""


@ROWS
def test_monotone_methods_never_go_up(row: Registered) -> None:
    if not row.monotone:
        pytest.skip("not a monotone method")
    objective, rows = rosenbrock(), []
    run(objective, make(row.name), np.array([-1.2, 1.0]), observers=[rows.append])
    values = [r.value for r in rows]
    assert len(values) > 3
    for before, after in pairwise(values):
        assert after <= before + 1e-15 * abs(before) + 1e-30
