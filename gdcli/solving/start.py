"""Where to begin: the user's start, or one of gd's own that is defined and the same every time."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from gdcli.model.problem import Problem

Vector: TypeAlias = NDArray[np.float64]

_TRIES = 400
_LEVELS = (1.0, 0.5, 2.0, 0.1, -1.0, -0.5, 10.0, 0.0, -10.0, 100.0, 0.01, 1000.0, -100.0)


class Start(NamedTuple):
    """A start inside the bounds.

    Attributes:
        x: The flat vector.
        given: What the user asked for, moved into the bounds; None where gd chose.
        moved: Whether the user's start was undefined and `x` is a defined place near it.
        finite: Whether the objective is finite there.
    """

    x: Vector
    given: Vector | None
    moved: bool
    finite: bool


def choose_start(problem: Problem, finite: Callable[[Vector], bool]) -> Start:
    """Return where to begin. `finite(x)` tells whether the objective and its slope are defined.

    Scalars begin at 1, arrays at small quasi-random entries (equal ones would leave the hidden
    units of a network equal for ever). Where that is undefined other levels are tried, then
    quasi-random places in growing boxes. A user's start that is undefined is moved to a defined
    place as near as the search finds one.
    """
    lower, upper = problem.lower, problem.upper
    named = {variable.name for variable in problem.layout.variables}
    if named <= set(problem.start):
        given = np.clip(problem.layout.pack(problem.start), lower, upper)
        if finite(given):
            return Start(given, given, moved=False, finite=True)
        for place in _near(given, lower, upper):
            if finite(place):
                return Start(place, given, moved=True, finite=True)
        return Start(given, given, moved=False, finite=False)
    base, fixed = _default(problem), _partly(problem)
    for place in _candidates(base, lower, upper):
        place = np.clip(np.where(np.isnan(fixed), place, fixed), lower, upper)
        if finite(place):
            return Start(place, None, moved=False, finite=True)
    first = np.clip(np.where(np.isnan(fixed), base, fixed), lower, upper)
    return Start(first, None, moved=False, finite=False)


def quasi_random(size: int, index: int) -> Vector:
    """Return point `index` ≥ 0 of an additive-recurrence sequence in the unit cube, shape (size,).

    The generalised golden ratio of Roberts (2018) spreads evenly up to some tens of dimensions;
    beyond that the points are pseudo-random, from the same index.
    """
    if size > 40:
        return np.random.default_rng(index).random(size)
    ratio = 2.0
    for _ in range(30):
        ratio = (1.0 + ratio) ** (1.0 / (size + 1))
    steps = ratio ** -np.arange(1.0, size + 1.0)
    place: Vector = (0.5 + (index + 1) * steps) % 1.0
    return place


def inside(unit: Vector, centre: Vector, lower: Vector, upper: Vector, radius: float) -> Vector:
    """Return a point of the unit cube spread over the bounds, or around `centre` where open.

    A variable with two finite bounds uses its whole range; otherwise ± radius·max(1, |centre|).
    """
    reach = radius * np.maximum(1.0, np.abs(centre))
    low = np.where(
        np.isfinite(lower) & np.isfinite(upper), lower, np.maximum(lower, centre - reach)
    )
    high = np.where(
        np.isfinite(lower) & np.isfinite(upper), upper, np.minimum(upper, centre + reach)
    )
    place: Vector = low + unit * (high - low)
    return place


def _default(problem: Problem) -> Vector:
    base = np.ones(problem.layout.size)
    for variable in problem.layout.variables:
        if variable.shape:
            part = slice(variable.offset, variable.offset + variable.size)
            rng = np.random.default_rng((problem.settings.seed, variable.offset))
            base[part] = rng.uniform(-0.5, 0.5, variable.size)
    both = np.isfinite(problem.lower) & np.isfinite(problem.upper)
    with np.errstate(invalid="ignore", over="ignore"):
        middle = problem.lower + 0.5 * (problem.upper - problem.lower)
    outside = both & ((base <= problem.lower) | (base >= problem.upper))
    return np.where(outside, middle, base)


def _partly(problem: Problem) -> Vector:
    """Return the flat vector of the starts that the user gave; NaN elsewhere."""
    flat = np.full(problem.layout.size, math.nan)
    for variable in problem.layout.variables:
        if variable.name in problem.start:
            value = np.asarray(problem.start[variable.name], dtype=float)
            part = slice(variable.offset, variable.offset + variable.size)
            flat[part] = np.broadcast_to(value, variable.shape).reshape(-1)
    return flat


def _candidates(base: Vector, lower: Vector, upper: Vector) -> Iterator[Vector]:
    yield base
    for level in _LEVELS:
        yield np.full(base.size, level)
    tries = max(20, min(_TRIES, 4_000_000 // base.size))
    for index in range(tries):
        radius = 10.0 ** (index % 5 - 1)
        yield inside(quasi_random(base.size, index), np.zeros(base.size), lower, upper, radius)


def _near(given: Vector, lower: Vector, upper: Vector) -> Iterator[Vector]:
    """Yield places in rings around `given`, nearest first, then on the way to 0 and beyond."""
    size = given.size
    tries = max(20, min(_TRIES, 4_000_000 // size))
    for index in range(tries):
        radius = 1e-3 * 10.0 ** (7.0 * index / tries)
        unit = 2.0 * quasi_random(size, index) - 1.0
        unit /= np.abs(unit).max()
        yield np.clip(given + radius * np.maximum(1.0, np.abs(given)) * unit, lower, upper)
    for halving in range(1, 60):
        yield np.clip(given * 0.5**halving, lower, upper)
