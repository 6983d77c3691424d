"""The one door: counts, refusals, and the best point."""

from __future__ import annotations

import math

import numpy as np
import pytest
from smooth_formulas import Formula

from gdcli.deadline import Deadline
from gdcli.engine.oracle import Counts, LimitReached, Oracle

BOWL = Formula("x**2 + 3*y**2", "x y")


class Squares:
    """f = 1 + (x − 1)² + (10·(y − x²))²."""

    size, offset = 2, 1.0
    provides = frozenset({"value", "gradient", "residuals"})

    def residuals(self, x: np.ndarray) -> np.ndarray:
        return np.array([x[0] - 1.0, 10.0 * (x[1] - x[0] ** 2)])

    def jacobian(self, x: np.ndarray) -> np.ndarray:
        return np.array([[1.0, 0.0], [-20.0 * x[0], 10.0]])

    def residual_curvature(self, x: np.ndarray, v: np.ndarray) -> np.ndarray:
        return np.array([0.0, -20.0 * v[0] ** 2])

    def value(self, x: np.ndarray) -> float:
        r = self.residuals(x)
        return 1.0 + float(r @ r)

    def value_and_gradient(self, x: np.ndarray) -> tuple[float, np.ndarray]:
        return self.value(x), 2.0 * self.jacobian(x).T @ self.residuals(x)


def test_every_kind_of_evaluation_is_counted() -> None:
    oracle = Oracle(BOWL)
    x = np.ones(2)
    oracle.at(x)
    oracle.value(x)
    oracle.probe(x)
    oracle.hessian(x)
    oracle.hessian(x)
    oracle.hessian_product(x, x)
    assert oracle.counts == Counts(value=3, gradient=1, hessian=1, product=1)


def test_a_linearisation_reuses_the_value_and_agrees_with_the_gradient() -> None:
    oracle = Oracle(Squares())
    x = np.array([-1.2, 1.0])
    assert oracle.value(x) == Squares().value(x)
    oracle.value(x + 1.0)
    point, r, jacobian = oracle.linearise(x)
    assert oracle.counts == Counts(value=2, gradient=1)
    value, gradient = Squares().value_and_gradient(x)
    assert point.value == value
    assert point.gradient == pytest.approx(gradient, rel=1e-14)
    assert (r.shape, jacobian.shape) == ((2,), (2, 2))
    oracle.linearise(np.array([0.0, 1.0]))
    assert oracle.counts == Counts(value=3, gradient=2)
    oracle.residual_curvature(x, x)
    assert oracle.counts.curvature == 1


def test_the_best_point_may_be_one_of_which_only_the_value_was_asked() -> None:
    oracle = Oracle(BOWL)
    oracle.at(np.array([2.0, 0.0]))
    oracle.value(np.array([1.0, 0.0]))
    oracle.at(np.array([3.0, 0.0]))
    best = oracle.best()
    assert best is not None
    assert best.x.tolist() == [1.0, 0.0]
    assert best.gradient.tolist() == [2.0, 0.0]
    assert oracle.counts == Counts(value=3, gradient=3)


def test_a_spent_budget_leaves_the_gradient_of_the_best_point_open() -> None:
    oracle = Oracle(BOWL, max_evaluations=1)
    oracle.value(np.ones(2))
    with pytest.raises(LimitReached, match="evaluations"):
        oracle.at(np.zeros(2))
    best = oracle.best()
    assert best is not None
    assert best.gradient.tolist() == [2.0, 6.0]
    assert oracle.counts == Counts(value=1, gradient=1)


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_no_infinite_value_is_the_best(value: float) -> None:
    class Fixed(Squares):
        def value(self, x: np.ndarray) -> float:
            return value if x[0] > 0 else 5.0

    oracle = Oracle(Fixed())
    oracle.value(np.ones(2))
    assert oracle.best() is None
    oracle.value(-np.ones(2))
    oracle.at(np.ones(2))
    assert oracle.best_value == 5.0


def test_of_equal_values_the_later_complete_point_is_kept() -> None:
    oracle = Oracle(Formula("x**2"))
    oracle.at(np.array([1.0]))
    oracle.at(np.array([-1.0]))
    best = oracle.best()
    assert best is not None
    assert best.x[0] == -1.0


def test_a_probe_is_never_the_best() -> None:
    oracle = Oracle(Formula("-x"))
    oracle.value(np.array([1.0]))
    oracle.probe(np.array([1e100]))
    assert oracle.best_value == -1.0
    assert oracle.evaluations == 2


def test_clock_and_interrupt_refuse_before_the_evaluation() -> None:
    deadline = Deadline(0.0)
    oracle = Oracle(BOWL, deadline=deadline)
    with pytest.raises(LimitReached) as stopped:
        oracle.at(np.ones(2))
    assert stopped.value.kind == "time"
    deadline.interrupt(2)
    with pytest.raises(LimitReached) as stopped:
        oracle.hessian(np.ones(2))
    assert (stopped.value.kind, stopped.value.signal) == ("signal", 2)
    assert oracle.counts == Counts()


def test_noise_without_an_error_analysis_is_what_rounding_x_and_f_brings() -> None:
    oracle = Oracle(Formula("1e16 + x**2"))
    assert 1.0 < oracle.noise(np.array([3.0])) < 2.0
