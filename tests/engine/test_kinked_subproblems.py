"""The model with kinks: its minimiser meets the optimality conditions, whatever it is made of."""

from __future__ import annotations

import numpy as np
import pytest

from gdcli.engine.interior_point import Subproblem, solve


def drawn(seed: int) -> Subproblem:
    """Return a random problem: sometimes linear, with bounds at 0, or with ties everywhere."""
    random = np.random.default_rng(seed)
    n, kinks = int(random.integers(1, 12)), int(random.integers(0, 10))
    widths = random.integers(2, 6, size=kinks)
    first = np.cumsum(widths) - widths
    root = random.normal(size=(int(random.integers(0, n + 1)), n)) * (seed % 3 > 0)
    rows = random.normal(size=(int(widths.sum()), n))
    reach = 10.0 ** random.integers(-6, 3)
    lower, upper = np.full(n, -reach), np.full(n, reach)
    lower[random.random(n) < 0.2] = 0.0
    return Subproblem(
        random.normal(size=n),
        root.T @ root,
        random.uniform(0.1, 3.0, size=kinks),
        random.normal(size=len(rows)) * random.choice([0.0, 1.0, 1e-3]),
        np.round(rows) if seed % 5 == 0 else rows,
        np.repeat(np.arange(kinks), widths),
        first,
        lower,
        upper,
    )


@pytest.mark.parametrize("seed", range(80))
def test_minimisers_meet_the_optimality_conditions(seed: int) -> None:
    problem = drawn(seed)
    found = solve(problem)
    assert found is not None
    d, y = found.d, found.y
    steep = abs(problem.g).max() + abs(problem.rows).max(initial=0.0) * problem.weight.max(
        initial=0.0
    )
    reach = problem.upper.max()
    assert found.reduction >= -1e-10 * steep * reach
    assert (d >= problem.lower).all()
    assert (d <= problem.upper).all()
    slope = problem.g + problem.hessian @ d + problem.rows.T @ y
    slope[d <= problem.lower + 1e-9 * reach] = np.minimum(slope, 0.0)[
        d <= problem.lower + 1e-9 * reach
    ]
    slope[d >= problem.upper - 1e-9 * reach] = np.maximum(slope, 0.0)[
        d >= problem.upper - 1e-9 * reach
    ]
    assert abs(slope).max() <= 1e-6 * steep * max(1, len(y))
    if len(y):
        assert (y >= 0.0).all()
        assert np.add.reduceat(y, problem.first) == pytest.approx(problem.weight, rel=1e-6)
        values = problem.b + problem.rows @ d
        gaps = np.maximum.reduceat(values, problem.first)[problem.kink] - values
        assert gaps @ y <= 1e-7 * max(found.reduction, 1e-6 * steep * reach)


def test_no_point_of_the_box_is_lower() -> None:
    random = np.random.default_rng(1)
    for seed in range(20):
        problem = drawn(seed)
        found = solve(problem)
        assert found is not None
        best = problem.value(found.d)
        for _ in range(50):
            other = random.uniform(problem.lower, problem.upper)
            assert problem.value(other) >= best - 1e-10 * problem.upper.max()
