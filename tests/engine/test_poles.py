"""Steps across a pole are refused; harmless sign changes are not."""

from __future__ import annotations

import math

import numpy as np
import pytest
from smooth_formulas import Formula

from gdcli.engine.oracle import Oracle
from gdcli.engine.run import run
from gdcli.engine.status import Status
from gdcli.engine.unit_free import DecrementTest
from gdcli.methods.newton import Newton


class WithBase(Formula):
    """A formula with the base of a negative power in it."""

    def __init__(self, text: str, base: str) -> None:
        super().__init__(text, provides=("value", "gradient", "hessian", "poles"))
        self.base = Formula(base)

    def poles(self, x: np.ndarray) -> np.ndarray:
        return np.array([self.base.value(x)])


def test_the_answer_is_on_the_side_of_the_start() -> None:
    objective = WithBase("1/(x - 1)**2 + x**2", "x - 1")
    right = run(objective, Newton(), np.array([3.0]), stopping=DecrementTest())
    assert right.reason.status is Status.CONVERGED
    assert right.best is not None
    assert right.best.value == pytest.approx(4.79960475, rel=1e-8)
    assert right.best.x[0] > 1.0
    left = run(objective, Newton(), np.array([-3.0]), stopping=DecrementTest())
    assert left.best is not None
    assert left.best.x[0] < 1.0


def test_a_crossing_without_a_pole_is_allowed() -> None:
    objective = WithBase("(x - 1)**2 + (x - 1)**3/(x - 1) + 1/(x + 50)", "x - 1")
    oracle = Oracle(objective)
    oracle.stand(oracle.at(np.array([3.0])))
    assert oracle.value(np.array([-2.0])) == pytest.approx(18.0 + 1 / 48)


def test_a_refused_point_is_infinite_counted_and_never_the_best() -> None:
    oracle = Oracle(WithBase("1/(x - 1)", "x - 1"))
    start = oracle.at(np.array([3.0]))
    oracle.stand(start)
    assert oracle.at(np.array([0.5])).value == math.inf
    assert oracle.best_value == start.value
    assert oracle.counts.value > 2


class ManyTangents:
    """Σ tan²(x_i), whose poles are where a cosine vanishes."""

    size = 1500
    provides = frozenset({"value", "gradient", "poles"})

    def __init__(self) -> None:
        self.asked = 0

    def value(self, x: np.ndarray) -> float:
        return float(np.square(np.tan(x)).sum())

    def value_and_gradient(self, x: np.ndarray) -> tuple[float, np.ndarray]:
        return self.value(x), 2.0 * np.tan(x) / np.cos(x) ** 2

    def poles(self, x: np.ndarray) -> np.ndarray:
        self.asked += 1
        return np.cos(x)


def test_many_quantities_are_asked_for_twice_on_a_short_way_and_once_again_never() -> None:
    objective = ManyTangents()
    oracle = Oracle(objective)  # type: ignore[arg-type]
    oracle.stand(oracle.at(np.full(1500, 1.0)))
    x, asked = np.full(1500, 0.9), objective.asked
    assert oracle.value(x) < math.inf
    oracle.stand(oracle.at(x))
    assert objective.asked == asked + 2
    one_across = np.full(1500, 0.8)
    one_across[700] = np.pi - 0.8
    assert oracle.value(one_across) == math.inf
    there_and_back = np.full(1500, 0.8)
    there_and_back[700] = 2.0 * np.pi + 0.8
    assert oracle.value(there_and_back) == math.inf
