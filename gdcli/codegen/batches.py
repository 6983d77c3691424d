"""Whole matrices from many directions at once: one evaluation gives a batch of rows."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from gdcli.codegen.plan import Program
from gdcli.graph.nodes import Array
from gdcli.graph.walk import extent

Vector: TypeAlias = NDArray[np.float64]
Matrix: TypeAlias = NDArray[np.float64]
Parts: TypeAlias = Sequence[tuple[int, int]]
"""(offset, size) of each named array in a flat vector. With a batch of b, the array has a leading
axis of b and its offset is b times as large."""

_BYTES = 128_000_000
"""Memory that a batch may take."""
_LIVE = 4
"""Arrays of the largest size that are alive together, about."""


def batch_size(program: Program, directions: int) -> int:
    """Return how many directions to evaluate at once, given the program for one of them."""
    largest = 1
    for item in program.items:
        if isinstance(item, Array):
            largest = max(largest, math.prod(item.shape))
        else:
            largest = max(largest, extent(item.axes))
    return max(1, min(directions, _BYTES // (8 * _LIVE * largest)))


def rows(
    function: Callable[[Vector, Vector], Vector],
    x: Vector,
    batch: int,
    inputs: Parts,
    outputs: Parts,
    count: int | None = None,
) -> Matrix:
    """Return the matrix whose row k is what direction e_k gives.

    Args:
        function: Of x and `batch` directions laid out by `inputs`; returns as many rows laid out
            by `outputs`.
        x: Where.
        batch: How many directions the function takes.
        inputs, outputs: How the directions and the rows are laid out.
        count: Only so many directions, the first ones; by default all.
    """
    count = sum(size for _, size in inputs) if count is None else count
    width = sum(size for _, size in outputs)
    matrix = np.empty((count, width))
    for first in range(0, count, batch):
        last = min(first + batch, count)
        flat = function(x, _directions(first, last, batch, inputs))
        for offset, size in outputs:
            block = flat[offset * batch : (offset + size) * batch].reshape(batch, size)
            matrix[first:last, offset : offset + size] = block[: last - first]
    return matrix


def _directions(first: int, last: int, batch: int, inputs: Parts) -> Vector:
    """Return the unit vectors first … last − 1, and zeros to fill the batch."""
    flat = np.zeros(batch * sum(size for _, size in inputs))
    for offset, size in inputs:
        block = flat[offset * batch : (offset + size) * batch].reshape(batch, size)
        for k in range(max(first, offset), min(last, offset + size)):
            block[k - first, k - offset] = 1.0
    return flat
