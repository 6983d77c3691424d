"""What generated array code looks like: passes counted, no needless fills, nothing of size n×n."""

from __future__ import annotations

import re
import time
import tracemalloc
from typing import Any

import numpy as np
import pytest

from gdcli.codegen.objective import CompiledObjective
from gdcli.codegen.plan import Placed, plan
from gdcli.codegen.targets import arrays
from gdcli.graph import derivatives
from gdcli.graph.formula import Formula
from gdcli.graph.nodes import Affine
from tests.graph.construct import Canvas

UFUNCS = "_add|_subtract|_multiply|_divide|_negative|_copyto|_exp|_log|_sqrt|_tanh|_abs"


def text_of(formula: Formula) -> str:
    gradient = derivatives.gradient(formula)
    pairs = zip(gradient, formula.variables, strict=True)
    size = sum(int(np.prod(leaf.shape)) for leaf in formula.variables)
    program = plan(formula.root, [Placed(a, leaf.offset) for a, leaf in pairs], size, size)
    return arrays.generate(program, {leaf.offset: a for leaf, a in formula.data})[0]


def body(text: str) -> str:
    """Return the loop's statements: the deeper indented lines that are no cut of a buffer."""
    return "\n".join(line for line in text.splitlines() if line.startswith("  _"))


def passes(text: str) -> int:
    return len(re.findall(rf"^ *(?:{UFUNCS})\(", text, re.MULTILINE))


def rosenbrock(n: int) -> Formula:
    c = Canvas()
    x, i = c.variable("x", n), c.axis(n - 1)
    here, there = c.at(x, i), c.at(x, (i, 1, 1))
    return c.formula(c.sum(i, 100 * (there - here**2) ** 2 + (1 - here) ** 2))


def logistic(rows: int, columns: int) -> Formula:
    c = Canvas()
    random = np.random.default_rng(3)
    data = c.array(random.normal(size=(rows, columns)))
    labels, w = c.array(np.sign(random.normal(size=rows))), c.variable("w", columns)
    i, k = c.axis(rows), c.axis(columns)
    margin = c.at(labels, i) * c.sum(k, c.at(w, k) * c.at(data, i, k))
    return c.formula(c.sum(i, c.f("softplus", -margin)))


def test_chained_rosenbrock_takes_nine_passes_and_two_dots() -> None:
    text = body(text_of(rosenbrock(100_000)))
    assert passes(text) <= 9
    assert text.count("_dot(") == 2
    assert "power" not in text and "**" not in text and "fill" not in text


def test_the_text_does_not_depend_on_n() -> None:
    texts = [text_of(rosenbrock(n)) for n in (100_001, 10_000_001)]
    first, second = (re.sub(r"\d{6,8}", "n", text) for text in texts)
    assert first == second


def test_the_time_to_the_function_does_not_depend_on_n() -> None:
    def seconds(n: int) -> float:
        formula = rosenbrock(n)
        began = time.process_time()
        CompiledObjective(formula)
        return time.process_time() - began

    seconds(1000)
    assert min(seconds(10**7) for _ in range(3)) < 5.0 * min(seconds(10**5) for _ in range(3))


def test_logistic_regression_reads_its_data_once_a_block_and_shares_the_exponential() -> None:
    text = text_of(logistic(20_000, 20))
    inner = body(text)
    assert inner.count("_matmul(") == 2
    assert inner.count("_summed_softplus_sigmoid(") == 1
    assert "_exp(" not in inner
    assert "(8192,20,)" not in text


@pytest.mark.parametrize("n", [30_000, 200_000])
def test_memory_is_the_gradient_and_a_few_blocks(n: int) -> None:
    objective = CompiledObjective(rosenbrock(n))
    x = np.full(n, 1.1)
    objective.value_and_gradient(x)
    tracemalloc.start()
    objective.value_and_gradient(x)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 8 * n + 5 * 8 * 8192 + 20_000


def test_pairs_are_worked_through_in_rows() -> None:
    c = Canvas()
    n = 1500
    x, i, j = c.variable("x", n), c.axis(n), c.axis(n)
    objective = CompiledObjective(
        c.formula(c.sum((i, j), c.f("exp", -((c.at(x, i) - c.at(x, j)) ** 2))))
    )
    point = np.linspace(0.0, 3.0, n)
    tracemalloc.start()
    value, _ = objective.value_and_gradient(point)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert value == pytest.approx(np.exp(-((point[:, None] - point) ** 2)).sum(), rel=1e-12)
    assert peak < 2_000_000 < 8 * n * n


def test_accesses_are_slices_where_slices_serve() -> None:
    c = Canvas()
    x, i = c.variable("x", 40), c.axis(19)
    terms = [c.at(x, (i, 2, 0)), c.at(x, (i, 2, 1)), c.at(x, (i, -1, 39)), c.at(x, (i, -2, 37))]
    total = terms[0] * terms[1] * terms[2] * terms[3]
    text = text_of(c.formula(c.sum(i, total)))
    assert "_strided" not in text and "_take" not in text and "_add_at" not in text


def test_what_a_hankel_access_adds_to_one_place_twice_is_added_twice() -> None:
    c = Canvas()
    x, i, j = c.variable("x", 9), c.axis(5), c.axis(4)
    both = Affine(0, ((i, 1), (j, 1)))
    objective = CompiledObjective(c.formula(c.sum((i, j), c.at(x, both) ** 2 * c.position(j))))
    z = np.arange(9.0)
    expected = np.zeros(9)
    for a in range(5):
        for b in range(4):
            expected[a + b] += 2 * z[a + b] * b
    np.testing.assert_allclose(objective.value_and_gradient(z)[1], expected)


def test_gradients_that_are_one_node_are_both_written() -> None:
    c = Canvas()
    x, y, i = c.variable("x", 4), c.variable("y", 4), c.axis(4)
    formula = c.formula(c.sum(i, (c.at(x, i) + c.at(y, i)) * c.position(i)))
    _, gradient = CompiledObjective(formula).value_and_gradient(np.ones(8))
    assert gradient.tolist() == [0.0, 1.0, 2.0, 3.0] * 2


def test_what_is_returned_belongs_to_the_caller() -> None:
    objective = CompiledObjective(rosenbrock(50))
    x = np.full(50, 1.2)
    _, first = objective.value_and_gradient(x)
    kept = first.copy()
    _, second = objective.value_and_gradient(2 * x)
    assert not np.shares_memory(first, second)
    assert first.tolist() == kept.tolist()
    assert x.tolist() == [1.2] * 50


@pytest.mark.parametrize("x", [np.zeros(50), np.full(50, 1e200), np.full(50, np.nan)])
def test_undefined_values_make_no_noise(x: Any) -> None:
    c = Canvas()
    leaf, i = c.variable("x", 50), c.axis(50)
    at = c.at(leaf, i)
    objective = CompiledObjective(c.formula(c.sum(i, c.f("log", at) / at + at**4)))
    value, gradient = objective.value_and_gradient(x)
    assert not np.isfinite(value)
    assert gradient.shape == (50,)
    objective.hessian_product(x, x)
    objective.noise(x)


def test_a_point_that_is_not_contiguous() -> None:
    objective = CompiledObjective(rosenbrock(50))
    x = np.linspace(0.5, 1.5, 100)
    value, gradient = objective.value_and_gradient(x[::2])
    expected, expected_gradient = objective.value_and_gradient(x[::2].copy())
    assert value == expected
    assert gradient.tolist() == expected_gradient.tolist()
