"""First trial steps: what each promises, and that none depends on the objective's unit."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gdcli.engine.point import Point
from gdcli.line_search.first_step import (
    BarzilaiBorwein,
    Before,
    FirstStep,
    Longer,
    SameChange,
    Unit,
)

CURVATURE = np.array([1.0, 4.0, 9.0])


def at(x: np.ndarray, factor: float = 1.0) -> Point:
    return Point(x, 0.5 * factor * float(x @ (CURVATURE * x)), factor * CURVATURE * x)


@pytest.mark.parametrize(
    ("first", "part"),
    [(Unit(), 0.5), (BarzilaiBorwein(), 0.1), (SameChange(), 0.5), (Longer(), 0.1)],
    ids=repr,
)
@pytest.mark.parametrize("size", [0.1, 1.0, 1e3])
def test_the_first_of_all_is_a_part_of_the_start(
    first: FirstStep, part: float, size: float
) -> None:
    point = at(np.full(3, size))
    direction = -point.gradient
    t = first.guess(point, direction, float(point.gradient @ direction), None)
    expected = part * max(1.0, float(np.linalg.norm(point.x)))
    assert float(np.linalg.norm(t * direction)) == pytest.approx(expected)


def guess(first: FirstStep, before: Point, after: Point, step: float) -> float:
    direction = -after.gradient
    slope = float(after.gradient @ direction)
    old = float(before.gradient @ -before.gradient)
    return first.guess(after, direction, slope, Before(step, old, before))


@settings(deadline=None, max_examples=40)
@given(st.lists(st.floats(-3.0, 3.0), min_size=3, max_size=3), st.floats(0.01, 0.2))
def test_barzilai_borwein_lies_between_the_inverse_curvatures(
    start: list[float], step: float
) -> None:
    before = at(np.array(start) + 0.1)
    after = at(before.x - step * before.gradient)
    if np.linalg.norm(after.x - before.x) < 1e-6 or np.linalg.norm(after.gradient) < 1e-6:
        return
    long = guess(BarzilaiBorwein(0.0), before, after, step)
    short = guess(BarzilaiBorwein(1.0), before, after, step)
    adaptive = guess(BarzilaiBorwein(0.5), before, after, step)
    assert 1.0 / 9.0 - 1e-9 <= short <= long + 1e-9 <= 1.0 + 2e-9
    assert adaptive == (short if short < 0.5 * long else long)


@pytest.mark.parametrize("first", [BarzilaiBorwein(0.5), SameChange(), Longer()], ids=repr)
@pytest.mark.parametrize("factor", [2.0**-40, 2.0**40])
def test_the_step_does_not_depend_on_the_unit(first: FirstStep, factor: float) -> None:
    """In other units of f the gradient grows by the factor, and t falls by it: the same x."""
    x, y = np.array([1.0, 2.0, -1.0]), np.array([0.9, 1.1, -0.4])
    plain = guess(first, at(x), at(y), 0.1)
    scaled = guess(first, at(x, factor), at(y, factor), 0.1 / factor)
    assert scaled * factor == plain


def test_without_curvature_the_step_grows() -> None:
    before = Point(np.array([1.0]), 0.0, np.array([-1.0]))
    after = Point(np.array([2.0]), -1.5, np.array([-2.0]))
    assert guess(BarzilaiBorwein(), before, after, 1.0) > 1.0


def test_the_first_order_change_is_repeated() -> None:
    before, after = at(np.array([1.0, 0.0, 0.0])), at(np.array([0.5, 0.0, 0.0]))
    assert guess(SameChange(), before, after, 0.5) == pytest.approx(0.5 * 1.0 / 0.25)
