"""Hundreds of variables and more: products in the place of the Hessian."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
from plain_descents import FixedStep

from gdcli.engine.box import Box
from gdcli.engine.decrement import decrement_by_products
from gdcli.engine.objective import Need
from gdcli.engine.oracle import Oracle
from gdcli.engine.run import Limits, run
from gdcli.engine.second_order import classify, largest_curvature
from gdcli.engine.status import Status
from gdcli.engine.unit_free import DecrementTest, ProductTest, automatic


@dataclass
class Quadratic:
    """½Σc_i(x_i − 1)² + ¼·quartic·Σ(x_i − 1)⁴ + shift, with products only."""

    curvatures: np.ndarray
    quartic: float = 0.0
    shift: float = 0.0

    offset = 0.0
    provides = frozenset({"value", "gradient", "product"})

    @property
    def size(self) -> int:
        return self.curvatures.size

    def value(self, x: np.ndarray) -> float:
        return self.value_and_gradient(x)[0]

    def value_and_gradient(self, x: np.ndarray) -> tuple[float, np.ndarray]:
        d = x - 1.0
        value = float(0.5 * self.curvatures @ d**2 + 0.25 * self.quartic * (d**4).sum())
        return value + self.shift, self.curvatures * d + self.quartic * d**3

    def hessian_product(self, x: np.ndarray, v: np.ndarray) -> np.ndarray:
        return (self.curvatures + 3 * self.quartic * (x - 1.0) ** 2) * v


N = 1000
SPREAD = np.linspace(0.5, 1.5, N)


def test_without_a_hessian_the_test_takes_products() -> None:
    oracle = Oracle(Quadratic(SPREAD))
    assert isinstance(automatic(oracle, N), ProductTest)
    few = Oracle(Quadratic(SPREAD[:5]))
    assert isinstance(automatic(few, 5), ProductTest)
    few.provides = few.provides | {Need.HESSIAN}
    assert isinstance(automatic(few, 5), DecrementTest)


@pytest.mark.parametrize("factor", [1.0, 1e-12, 1e12])
def test_converges_alike_in_any_unit(factor: float) -> None:
    objective = Quadratic(factor * SPREAD, shift=factor)
    result = run(objective, FixedStep(1.0 / factor), np.zeros(N), stopping=ProductTest())
    assert result.reason.status is Status.CONVERGED
    assert result.best is not None
    assert result.best.x == pytest.approx(np.ones(N), abs=1e-6)
    assert result.second_order is not None
    assert result.second_order.kind == "unknown"
    assert result.iterations in range(22, 30)
    assert result.counts.product < 400


def test_a_negative_curvature_is_seen_that_the_gradient_hides() -> None:
    curvatures = SPREAD.copy()
    curvatures[17] = -0.1
    start = np.zeros(N)
    start[17] = 1.0
    objective = Quadratic(curvatures, quartic=1.0, shift=1.0)
    result = run(objective, FixedStep(0.2), start, stopping=ProductTest())
    assert result.reason.status is Status.CONVERGED
    assert any("saddle" in note for note in result.notes)
    assert result.best is not None
    assert result.best.value == pytest.approx(1.0 - 0.25 * 0.1**2)


def test_the_decrement_by_products_is_exact_for_few_distinct_curvatures() -> None:
    curvatures = np.where(np.arange(N) % 2, 1.0, 4.0)
    oracle = Oracle(Quadratic(curvatures))
    point = oracle.at(np.zeros(N))
    found = decrement_by_products(oracle, point, np.inf)
    assert found == pytest.approx(point.value, rel=0.02)
    assert oracle.counts.product <= 2


def test_the_decrement_is_given_up_once_it_is_above_the_level() -> None:
    oracle = Oracle(Quadratic(SPREAD))
    found = decrement_by_products(oracle, oracle.at(np.zeros(N)), 1e-3)
    assert found is not None
    assert found > 1e-3
    assert oracle.counts.product == 1


def test_the_largest_curvature_explains_a_blow_up() -> None:
    random = np.random.default_rng(1)
    oracle = Oracle(Quadratic(np.r_[SPREAD, 40.0]))
    assert largest_curvature(oracle, np.zeros(N + 1), random) == pytest.approx(40.0, rel=1e-3)
    result = run(
        Quadratic(np.r_[SPREAD, 40.0]), FixedStep(0.06), np.zeros(N + 1),
        limits=Limits(max_iter=2000),
    )  # fmt: skip
    assert result.reason.status is Status.DIVERGED
    assert result.stability is not None
    assert result.stability.limit == pytest.approx(0.05, rel=1e-3)


def test_held_variables_take_no_part_in_curvature() -> None:
    curvatures = SPREAD.copy()
    curvatures[3] = -1.0
    box = Box(np.full(N, -5.0), np.where(np.arange(N) == 3, 3.0, np.inf))
    oracle = Oracle(Quadratic(curvatures), box=box)
    x = np.ones(N)
    x[3] = 3.0
    found = classify(oracle, oracle.at(x), np.random.default_rng(0).standard_normal)
    assert found.kind == "unknown"
    assert len(found.down) == 0
