"""Bounds."""

from __future__ import annotations

import math

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from gdcli.engine.box import FREE, Box

numbers = st.floats(-1e6, 1e6)
triples = st.lists(numbers, min_size=3, max_size=3).map(np.array)
directions = st.lists(st.integers(-5, 5), min_size=3, max_size=3).map(np.array)


def test_without_bounds_arguments_come_back_as_they_are() -> None:
    x, g = np.array([1.0, 2.0]), np.array([3.0, 4.0])
    assert FREE.clip(x) is x
    assert FREE.projected(x, g) is g
    assert not FREE.active(x, g).any()
    assert FREE.longest(x, g) == math.inf


@settings(deadline=None, max_examples=60)
@given(triples, triples, triples, triples)
def test_the_projected_gradient_vanishes_exactly_where_no_descent_is_left(
    a: np.ndarray, b: np.ndarray, x: np.ndarray, g: np.ndarray
) -> None:
    box = Box(np.minimum(a, b), np.maximum(a, b))
    inside = box.clip(x)
    assert box.contains(inside)
    assert np.array_equal(box.clip(inside), inside)
    moved = box.clip(inside - np.sign(g)) - inside
    assert np.array_equal(box.projected(inside, g) == 0.0, moved == 0.0)


@settings(deadline=None, max_examples=60)
@given(triples, triples, triples, directions)
def test_the_longest_step_ends_at_a_bound(
    a: np.ndarray, b: np.ndarray, x: np.ndarray, d: np.ndarray
) -> None:
    box = Box(np.minimum(a, b), np.maximum(a, b))
    inside = box.clip(x)
    t = box.longest(inside, d)
    if not d.any():
        assert t == math.inf
        return
    end = inside + t * d
    slack = 1e-9 * (1.0 + abs(a) + abs(b))
    assert ((end >= box.lower - slack) & (end <= box.upper + slack)).all()


def test_fixed_variables_have_no_gradient() -> None:
    box = Box(np.array([1.0, 0.0]), np.array([1.0, 5.0]))
    assert box.projected(np.array([1.0, 2.0]), np.array([-3.0, 4.0])).tolist() == [0.0, 4.0]
    assert box.fixed(2).tolist() == [True, False]
