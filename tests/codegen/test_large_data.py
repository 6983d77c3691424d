"""Data and index values at scale: widened block by block, and never copied for nothing."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest

from gdcli.codegen.objective import CompiledObjective
from gdcli.graph.formula import Formula
from tests.graph.construct import Canvas


def least_squares(data: np.ndarray) -> Formula:
    """Return Σ_i (Σ_k X_ik·X_ik·w_k − 1)², in which data meet nothing but data at first."""
    c = Canvas()
    rows, columns = data.shape
    leaf, w = c.array(data), c.variable("w", columns)
    i, k = c.axis(rows), c.axis(columns)
    square = c.f("exp", c.at(leaf, i, k) * c.at(leaf, i, k))
    return c.formula(c.sum(i, (c.sum(k, square * c.at(w, k)) - 1) ** 2))


def allocated(formula: Formula, x: np.ndarray) -> int:
    """Return the peak of what is allocated from the formula to its first gradient."""
    tracemalloc.start()
    CompiledObjective(formula).value_and_gradient(x)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return peak


@pytest.mark.parametrize("order", ["C", "F"])
def test_single_precision_data_give_the_bits_of_double(order: str) -> None:
    random = np.random.default_rng(2)
    narrow = random.normal(size=(30_000, 3)).astype(np.float32, order=order)
    x = random.normal(size=3)
    found, expected = (
        CompiledObjective(least_squares(data)).value_and_gradient(x)
        for data in (narrow, narrow.astype(np.float64))
    )
    assert found[0] == expected[0]
    assert found[1].tobytes() == expected[1].tobytes()


def test_single_precision_data_are_not_widened_whole() -> None:
    data = np.random.default_rng(2).normal(size=(400_000, 3)).astype(np.float32)
    assert allocated(least_squares(data), np.ones(3)) < 0.7 * data.nbytes < data.nbytes * 2


def test_data_in_another_order_are_laid_out_once() -> None:
    data = np.asfortranarray(np.random.default_rng(2).normal(size=(100_000, 3)))
    objective = CompiledObjective(least_squares(data))
    tracemalloc.start()
    objective.value(np.ones(3))
    objective.noise(np.ones(3))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < data.nbytes


@pytest.mark.parametrize("n", [20_000, 1_000_001])
def test_index_values_are_made_block_by_block(n: int) -> None:
    c = Canvas()
    x, i = c.variable("x", 2), c.axis(n)
    total = c.sum(i, (c.at(x, 0) * c.position(i) - c.at(x, 1)) ** 2)
    formula = c.formula(total / float(n) ** 3)
    point = np.array([2.0, 3.0])
    value, _ = CompiledObjective(formula).value_and_gradient(point)
    assert value == pytest.approx(((2.0 * np.arange(n) - 3.0) ** 2).sum() / n**3, rel=1e-12)
    assert allocated(formula, point) < 1_000_000
