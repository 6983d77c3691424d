"""Generalised gradients: the smallest vector of a hull, and descent among kinks."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from smooth_formulas import Formula

from gdcli.engine.kinks import bent, follow, nonnegative_least_squares, smallest_in_hull
from gdcli.engine.oracle import Oracle

rows = st.lists(st.lists(st.integers(-20, 20), min_size=3, max_size=3), min_size=1, max_size=8).map(
    lambda found: np.array(found, dtype=float)
)


@settings(deadline=None, max_examples=80)
@given(rows)
def test_the_smallest_vector_of_a_hull_makes_no_obtuse_angle_with_any_other(
    points: np.ndarray,
) -> None:
    v = smallest_in_hull(points)
    scale = max(1.0, abs(points).max() ** 2)
    # Wolfe's criterion: p·v ≥ v·v for every point p of the hull.
    assert (points @ v >= v @ v - 1e-7 * scale).all()


@settings(deadline=None, max_examples=60)
@given(rows, st.lists(st.integers(-9, 9), min_size=8, max_size=8))
def test_nonnegative_least_squares_meets_its_optimality_conditions(
    points: np.ndarray, target: list[int]
) -> None:
    a, b = points.T, np.array(target[:3], dtype=float)
    x = nonnegative_least_squares(a, b)
    slopes = a.T @ (b - a @ x)
    assert (x >= 0.0).all()
    assert (slopes <= 1e-6 * max(1.0, abs(a).max() ** 2)).all()
    assert (abs(slopes[x > 0]) <= 1e-6 * max(1.0, abs(a).max() ** 2)).all()


def test_bends_are_told_from_curvature_and_from_rounding() -> None:
    random = np.random.default_rng(0)
    for text, x, expected in (
        ("Abs(x - 1)", 1.0 + 1e-10, True),
        ("(x - 1)**2", 1.0 + 1e-10, False),
        ("exp(1000*x)", 0.01, False),
        ("sqrt(x**2)", 0.0, True),
        ("Abs(x - 1)", 1.5, False),
    ):
        oracle = Oracle(Formula(text))
        assert bent(oracle, oracle.at(np.array([x])), 1.0, np.ones(1), random) is expected, text


class Greatest:
    """max of smooth pieces, each with its gradient."""

    size, offset = 2, 0.0
    provides = frozenset({"value", "gradient"})

    def __init__(self, *pieces: Formula) -> None:
        self.pieces = pieces

    def value(self, x: np.ndarray) -> float:
        return max(piece.value(x) for piece in self.pieces)

    def value_and_gradient(self, x: np.ndarray) -> tuple[float, np.ndarray]:
        return max((p.value_and_gradient(x) for p in self.pieces), key=lambda found: found[0])


CB2 = Greatest(
    *(Formula(t, "x y") for t in ("x**2 + y**4", "(2 - x)**2 + (2 - y)**2", "2*exp(y - x)"))
)
LARGEST = Greatest(*(Formula(t, "x y") for t in ("x + 0*y", "y + 0*x", "-x + 0*y", "-y + 0*x")))


@pytest.mark.parametrize(
    ("objective", "start", "value"),
    [
        (CB2, [1, -0.1], 1.9522244939),
        (LARGEST, [3, 1], 0.0),
        (Formula("Abs(x) + 2*Abs(y) + Abs(x + y - 3)", "x y"), [5, -4], 3.0),
    ],
)
def test_gradient_sampling_reaches_minima_at_kinks(
    objective: Formula | Greatest, start: list[float], value: float
) -> None:
    oracle = Oracle(objective)  # type: ignore[arg-type]
    place, random = oracle.at(np.array(start, dtype=float)), np.random.default_rng(0)
    slope = float(np.linalg.norm(place.gradient))
    kink = follow(oracle, place, slope, np.ones(len(start)), random)
    assert kink.stationary
    assert oracle.value(kink.x) == pytest.approx(value, abs=1e-8)


def test_a_slope_beside_a_kink_is_not_called_stationary() -> None:
    oracle = Oracle(Formula("Abs(x) + Abs(y - x) + 3*x + y**2", "x y"))
    kink = follow(oracle, oracle.at(np.zeros(2)), 1.0, np.ones(2), np.random.default_rng(0))
    assert oracle.value(kink.x) < -0.1
