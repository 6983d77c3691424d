"""Linear convergence is told from two steps, and ended by one; other convergence is let be."""

from __future__ import annotations

import numpy as np
import pytest
from smooth_squares import Smooth

from gdcli.engine.oracle import Oracle
from gdcli.engine.point import Point
from gdcli.engine.run import iterate
from gdcli.methods.newton import Newton
from gdcli.methods.subproblems.more_sorensen import exact
from gdcli.methods.trust_region import Advance, Pace, Region, advance, nearest


@pytest.mark.parametrize("power", [3, 4, 6, 20])
def test_the_multiple_is_the_order_of_the_zero(power: int) -> None:
    # Newton's step for x^p is -x/(p - 1) and promises p/(2(p - 1))·x^p.
    def step(x: float) -> np.ndarray:
        return np.array([-x / (power - 1)])

    share = power / (2.0 * (power - 1))
    after = 1.0 + step(1.0)[0]
    pace = Pace(step(1.0), share)
    multiple = pace.multiple(step(after), share * after**power, np.ones(1))
    assert multiple == pytest.approx(power - 1)
    assert after + multiple * step(after)[0] == pytest.approx(0.0, abs=1e-12)


@pytest.mark.parametrize(
    ("step", "decrement"),
    [
        ([0.01, 0.0], 1e-4),  # quadratic convergence: much shorter
        ([0.5, 0.0], 0.25),  # as slow, but the decrease goes with the square: curvature is there
        ([0.0, 0.5], 0.1),  # another way
        ([-0.5, 0.0], 0.1),  # the way back
        ([1.5, 0.0], 0.1),  # longer
        ([0.5, 0.0], 2.0),  # more is promised than before
    ],
)
def test_other_steps_are_left_alone(step: list[float], decrement: float) -> None:
    pace = Pace(np.array([1.0, 0.0]), 1.0)
    assert pace.multiple(np.array(step), decrement, np.ones(2)) == 1.0
    assert Pace().multiple(np.array(step), decrement, np.ones(2)) == 1.0


@pytest.mark.parametrize("power", [4, 6, 10])
def test_a_degenerate_minimum_takes_a_few_evaluations(power: int) -> None:
    oracle = Oracle(Smooth(f"(x - 1)**{power}", "x"))
    for state in iterate(Newton(), oracle, np.array([3.0])):
        if state.point.value < 1e-24:
            break
    assert oracle.counts.value <= 12
    assert oracle.counts.gradient <= 6


@pytest.mark.parametrize(("edge", "tried"), [(5.0, [16.0, 4.0, 8.0]), (9.0, [16.0, 4.0, 8.0])])
def test_a_length_that_has_failed_is_not_tried_again(edge: float, tried: list[float]) -> None:
    """The objective falls as the model says up to `edge`, and is high beyond it."""
    seen: list[float] = []

    def value(x: np.ndarray) -> float:
        seen.append(float(x[0]))
        return -seen[-1] if seen[-1] <= edge else 1e3

    oracle = Oracle(Smooth("-x", "x"))
    start = Point(np.zeros(1), 0.0, -np.ones(1))
    region = Region(oracle, start, np.ones(1), value)
    model = exact(start.gradient, np.zeros((1, 1)), np.ones(1))
    with np.errstate(all="ignore"):
        made = advance(region, [model], 0, 16.0)
    assert isinstance(made, Advance)
    assert seen == pytest.approx(tried)
    assert made.radius == pytest.approx(4.0 if edge < 8.0 else 8.0)


def test_models_that_rounding_cannot_tell_apart_are_taken_in_order() -> None:
    assert nearest([8.06585628205015, 8.06585628205009], tie=1e-9) == 0
    assert nearest([8.1, 8.0], tie=1e-9) == 1
    assert nearest([8.0, 8.1], tie=1e-9) == 0
