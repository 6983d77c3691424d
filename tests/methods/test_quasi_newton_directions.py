"""L-BFGS's compact form against the two-loop recursion, BFGS against its definition, and bounds."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gdcli.engine.box import FREE, Box
from gdcli.engine.point import Point
from gdcli.methods.directions.bfgs import BFGS, restricted
from gdcli.methods.directions.lbfgs import LBFGS


def path(size: int, steps: int, seed: int) -> tuple[np.ndarray, list[Point]]:
    """Return a positive definite matrix, and points with the gradients of its quadratic."""
    random = np.random.default_rng(seed)
    root = random.standard_normal((size, size))
    matrix = root @ root.T + np.eye(size)
    places = [random.standard_normal(size) for _ in range(steps + 1)]
    return matrix, [Point(x, 0.5 * float(x @ matrix @ x), matrix @ x) for x in places]


def two_loop(points: list[Point], memory: int) -> np.ndarray:
    """Nocedal & Wright (2006), Alg. 7.4, from the last pairs."""
    pairs = [(b.x - a.x, b.gradient - a.gradient) for a, b in pairwise(points)][-memory:]
    q = points[-1].gradient.copy()
    alphas = []
    for s, y in reversed(pairs):
        alpha = (s @ q) / (s @ y)
        q -= alpha * y
        alphas.append(alpha)
    s, y = pairs[-1]
    q *= (s @ y) / (y @ y)
    for (s, y), alpha in zip(pairs, reversed(alphas), strict=True):
        q += s * (alpha - (y @ q) / (s @ y))
    return -q


@settings(deadline=None, max_examples=40)
@given(
    size=st.integers(1, 12), memory=st.integers(1, 7), steps=st.integers(1, 20),
    seed=st.integers(0, 10**6),
)  # fmt: skip
def test_compact_form_is_the_two_loop_recursion(
    size: int, memory: int, steps: int, seed: int
) -> None:
    _, points = path(size, steps, seed)
    rule = LBFGS(memory)
    ring = rule.start(points[0])
    for before, after in pairwise(points):
        ring = rule.update(ring, before, after, after.x, 1.0, FREE)
    direction = rule.direction(points[-1], ring, FREE)
    expected = two_loop(points, memory)
    scale = float(abs(expected).max())
    np.testing.assert_allclose(direction, expected, atol=1e-6 * scale)


def test_pairs_without_curvature_leave_the_rest_usable() -> None:
    _, points = path(4, 6, 1)
    rule = LBFGS(3)
    ring = rule.start(points[0])
    for before, after in pairwise(points):
        ring = rule.update(ring, before, after, after.x, 1.0, FREE)
    last = points[-1]
    wrong = Point(last.x + 1.0, 0.0, last.gradient - 1.0)
    ring = rule.update(ring, last, wrong, wrong.x, 1.0, FREE)
    direction = rule.direction(wrong, ring, FREE)
    expected = two_loop([*points[-3:], Point(wrong.x, 0.0, wrong.gradient)], 3)
    kept = two_loop_with(points[-3:], wrong.gradient)
    assert np.isfinite(direction).all()
    assert not np.allclose(direction, expected)
    np.testing.assert_allclose(direction, kept, rtol=1e-8)


def two_loop_with(points: list[Point], gradient: np.ndarray) -> np.ndarray:
    """The recursion from the pairs of `points`, for another gradient."""
    last = points[-1]
    shift = gradient - last.gradient
    inverse_columns = []
    for basis in np.eye(gradient.size):
        moved = [*points[:-1], last]
        inverse_columns.append(_inverse_times(moved, basis))
    return -np.array(inverse_columns).T @ (last.gradient + shift)


def _inverse_times(points: list[Point], q: np.ndarray) -> np.ndarray:
    pairs = [(b.x - a.x, b.gradient - a.gradient) for a, b in pairwise(points)]
    size = q.size
    s, y = pairs[-1]
    inverse = np.eye(size) * (s @ y) / (y @ y)
    for s, y in pairs:
        v = np.eye(size) - np.outer(y, s) / (s @ y)
        inverse = v.T @ inverse @ v + np.outer(s, s) / (s @ y)
    return inverse @ q


@pytest.mark.parametrize("seed", range(3))
def test_bfgs_satisfies_the_secant_equation_and_stays_symmetric(seed: int) -> None:
    _, points = path(6, 9, seed)
    rule = BFGS()
    memory = rule.start(points[0])
    for before, after in pairwise(points):
        memory = rule.update(memory, before, after, after.x, 1.0, FREE)
        s, y = after.x - before.x, after.gradient - before.gradient
        np.testing.assert_allclose(memory.inverse @ y, s, rtol=1e-6, atol=1e-9)
        assert (memory.inverse == memory.inverse.T).all()


def test_bfgs_on_the_free_variables_inverts_the_free_block() -> None:
    matrix, points = path(6, 1, 5)
    mask = np.array([True, False, False, True, False, False])
    gradient = points[0].gradient
    direction = restricted(np.linalg.inv(matrix), gradient, mask)
    free = ~mask
    expected = -np.linalg.solve(matrix[np.ix_(free, free)], gradient[free])
    np.testing.assert_allclose(direction[free], expected, rtol=1e-8)
    assert (direction[mask] == 0.0).all()


def test_lbfgs_with_every_variable_nearly_free_agrees_with_the_unbounded_one() -> None:
    """The formula for restricted pairs and the ring's own must be the same matrix."""
    _, points = path(5, 4, 2)
    rule = LBFGS(6)
    ring = rule.start(points[0])
    for before, after in pairwise(points):
        ring = rule.update(ring, before, after, after.x, 1.0, FREE)
    nobody = np.zeros(5, dtype=bool)
    here = points[-1]
    np.testing.assert_allclose(
        ring.restricted(here.gradient, nobody), rule.direction(here, ring, FREE), rtol=1e-6
    )


@pytest.mark.parametrize("rule", [BFGS(), LBFGS(5)], ids=["bfgs", "lbfgs"])
def test_directions_hold_variables_at_their_bounds(rule: BFGS | LBFGS) -> None:
    _, points = path(4, 5, 3)
    memory = rule.start(points[0])
    box = Box(np.full(4, -10.0), np.full(4, 10.0))
    for before, after in pairwise(points):
        memory = rule.update(memory, before, after, after.x, 1.0, box)  # type: ignore[arg-type]
    x = points[-1].x.copy()
    gradient = np.array([1.0, -2.0, 3.0, -0.5])
    x[0] = -10.0
    direction = rule.direction(Point(x, 0.0, gradient), memory, box)  # type: ignore[arg-type]
    assert direction[0] == 0.0
    assert direction @ gradient < 0.0
