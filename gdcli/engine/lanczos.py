"""The ends of a Hessian's spectrum from its products, by Lanczos's process in little memory.

Only the last two vectors are kept (Golub & Van Loan (2013), Alg. 10.1.1). Without orthogonalising
against all that went before, eigenvalues already found turn up again, but the outermost ones stay
right (ibid., §10.3.2), and those are all that is asked for. The vector that belongs to the lowest
is put together in a second run of the same recurrence.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np

from gdcli.engine.norms import euclidean
from gdcli.engine.objective import Vector

EXHAUSTED = 1e-12
"""A remainder below this part of the curvature met: the vectors span an invariant subspace."""


class Spectrum(NamedTuple):
    """What a run of the process found.

    Attributes:
        smallest, largest: The outermost Ritz values.
        steps: How many vectors were used.
        weights: What each of them contributes to the lowest Ritz vector, shape (steps,).
    """

    smallest: float
    largest: float
    steps: int
    weights: Vector


def spectrum(product: Callable[[Vector], Vector], start: Vector, steps: int) -> Spectrum | None:
    """Return the ends of the spectrum as `steps` products show them; None if they aren't finite.

    Args:
        product: v ↦ Hv, which may keep to a subspace that holds `start`.
        start: Not zero; its length is of no concern.
    """
    diagonal: list[float] = []
    beside: list[float] = []
    for _, curvature, rest in _recurrence(product, start, steps):
        if not (math.isfinite(curvature) and math.isfinite(rest)):
            return None
        diagonal.append(curvature)
        if len(diagonal) == steps or rest <= EXHAUSTED * max(map(abs, diagonal)):
            break
        beside.append(rest)
    size = len(diagonal)
    inner = beside[: size - 1]
    matrix = np.diag(diagonal) + np.diag(inner, 1) + np.diag(inner, -1)
    values, vectors = np.linalg.eigh(matrix)
    return Spectrum(float(values[0]), float(values[-1]), size, vectors[:, 0])


def lowest_vector(product: Callable[[Vector], Vector], start: Vector, found: Spectrum) -> Vector:
    """Return the lowest Ritz vector, of length 1, at the price of as many products again."""
    total = np.zeros_like(start)
    for (v, _, _), weight in zip(
        _recurrence(product, start, found.steps), found.weights.tolist(), strict=False
    ):
        total += weight * v
    return total / euclidean(total)


def _recurrence(
    product: Callable[[Vector], Vector], start: Vector, steps: int
) -> Iterator[tuple[Vector, float, float]]:
    """Yield each vector, its curvature, and the length of what is left for the next."""
    v = start / euclidean(start)
    before, rest = np.zeros_like(v), 0.0
    for _ in range(steps):
        image = product(v) - rest * before
        curvature = float(image.dot(v))
        image -= curvature * v
        rest = euclidean(image)
        yield v, curvature, rest
        if rest == 0.0:
            return
        image /= rest
        before, v = v, image
