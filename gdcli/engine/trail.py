"""Where a run has been, and how it can end: what the loop and its judges hand to each other."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable
from dataclasses import field
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from gdcli.engine.norms import euclidean
from gdcli.engine.objective import Vector
from gdcli.engine.point import Point
from gdcli.engine.rays import Ray
from gdcli.engine.second_order import SecondOrder
from gdcli.engine.stability import Stability
from gdcli.engine.status import Reason
from gdcli.records import dataclass

if TYPE_CHECKING:  # its import is felt at start-up, and most runs draw nothing
    from numpy.random import Generator

AWAY = 1e3
"""How far from x₀, in proportion, it is asked whether the run leaves for infinity; then ten times
as far, and so on."""
FALLEN = 1e8
"""How deep below the first value, in proportion, it is asked on the way; then again as often."""
STEEP = 1e6
"""A slope that has grown by this factor may be that of the edge of the domain."""
PATIENCE = 10
STEADY, PARALLEL = 4, 0.95
"""Steps that march: so many, of which none is shorter than this part of the one before, nor turns
by an angle of a smaller cosine."""
REMEMBERED, FEW, LONG = 6, 1, 1_000_000
"""Iterates that are kept, and how many where they are long."""


@dataclass
class Trail:
    """Where a run has been.

    Attributes:
        seed: Of what is drawn at random on the way.
        smooth: Whether the objective is known to have no kinks.
        kinked: Tells whether there may be a kink at a place; None: anywhere.
        recent: The last few iterates, the present one last.
        notes: What happened on the way, in sentences.
        value0, slope0: At the start: the value and the length of the gradient.
        slopes0: At the start |∂f/∂x_i|; of very many variables their largest.
        size0: The length of x₀; 1 where that is 0.
        lowest, previous, rises: Of the gradient norms at the regular looks: the smallest, the
            latest, and how often in a row they rose.
        best_value, looks, patience: The best value at the regular looks, for how many it has been
            the same, and after how many it is asked whether rounding lets the run go on at all.
        horizon, depth: How far away, and below which value, the next question about infinity is
            due on the way.
        kinks: How often the method was started again after a kink.
        steepest: The slope above which the edge of the domain may be near.
        returned: Whether the run once went back to a better point that it had passed.
        backwards: How often a run on its way to infinity was sent to a lower place behind it.
        marching: The iteration at which it is next asked whether the run marches on and on.
    """

    x0: Vector
    seed: int
    smooth: bool = False
    kinked: Callable[[Vector], bool] | None = None
    recent: deque[Vector] = field(init=False)
    notes: list[str] = field(default_factory=list)
    value0: float = -math.inf
    slopes0: Vector | float = 0.0
    slope0: float = 0.0
    size0: float = field(init=False)
    lowest: float = math.inf
    previous: float = math.inf
    rises: int = 0
    best_value: float = math.inf
    looks: int = 0
    patience: int = PATIENCE
    horizon: float = AWAY
    depth: float = -math.inf
    kinks: int = 0
    returned: bool = False
    steepest: float = 0.0
    backwards: int = 0
    marching: int = 12

    def __post_init__(self) -> None:
        self.recent = deque(maxlen=FEW if self.x0.size >= LONG else REMEMBERED)
        self.size0 = euclidean(self.x0) or 1.0

    @cached_property
    def typical(self) -> Vector:
        """Size of each variable at the start; where it is 0 that of the largest, 1 if all are."""
        sizes = abs(self.x0)
        most = float(sizes.max(initial=0.0)) or 1.0
        return np.where(sizes == 0.0, most, sizes)

    def draw(self, size: int) -> Vector:
        """Return a random vector, normally distributed, shape (size,)."""
        return self.random.standard_normal(size)

    @cached_property
    def random(self) -> Generator:
        """The run's source of random directions."""
        return np.random.default_rng(self.seed)

    def begin(self, start: Point) -> None:
        """Take note of the start."""
        self.value0 = start.value
        slopes = abs(start.gradient)
        self.slopes0 = slopes if slopes.size < LONG else float(slopes.max())
        self.slope0 = self.steepest = euclidean(start.gradient)
        reach = self.slope0 * self.size0
        self.depth = -FALLEN * (abs(start.value) + (reach if math.isfinite(reach) else 0.0))

    def idle(self, best_value: float) -> bool:
        """Return whether the best value has stayed the same for many regular looks."""
        self.looks = 0 if best_value < self.best_value else self.looks + 1
        self.best_value = min(self.best_value, best_value)
        if self.looks < self.patience:
            return False
        self.looks, self.patience = 0, 2 * self.patience
        return True

    def marches(self, iteration: int) -> bool:
        """Return whether the last steps are as long as those before and go the same way.

        Asked ever more rarely: after 12 iterations, 24, 48, …
        """
        if iteration < self.marching:
            return False
        self.marching = 2 * iteration
        moves = np.diff(np.array(self.recent), axis=0)
        if len(moves) < STEADY:
            return False
        lengths = np.linalg.norm(moves, axis=1)
        along = (moves[1:] * moves[:-1]).sum(axis=1)
        parallel = along >= PARALLEL * lengths[1:] * lengths[:-1]
        return bool(parallel.all() and (lengths[1:] >= PARALLEL * lengths[:-1]).all())

    def away(self, point: Point) -> float:
        """Return how far away a point is, in proportion.

        Also how far components have shrunk whose slope has grown, as at the edge of log x.
        """
        x, gradient = point.x, point.gradient
        way = x - self.x0
        distance = euclidean(way) / self.size0
        if not float(gradient.dot(gradient)) > self.slope0**2:
            return distance
        both = (x != 0.0) & (self.x0 != 0.0) & (abs(gradient) > self.slopes0)
        return max(distance, float(abs(self.x0[both] / x[both]).max(initial=0.0)))

    def may_bend(self, x: Vector, doubtful: bool) -> bool:
        """Return whether to look for a kink at x.

        Args:
            doubtful: Whether something looks like one; decides where nothing is known of kinks.
        """
        if self.smooth:
            return False
        return doubtful if self.kinked is None else self.kinked(x)

    def steeper(self, point: Point) -> bool:
        """Return whether the slope is much larger than when last asked, or at the start."""
        slope = euclidean(point.gradient)
        if not slope > STEEP * self.steepest:
            return False
        self.steepest = slope
        return True

    def out_of_proportion(self, point: Point) -> bool:
        """Return whether the slope is so large as it is next to the edge of the domain."""
        return not euclidean(point.gradient) <= STEEP * self.slope0

    @property
    def last(self) -> Vector | None:
        """The latest iterate."""
        return self.recent[-1] if self.recent else None


class Settled(NamedTuple):
    """The run is over.

    Attributes:
        point: The point to report; None: the best seen.
        measure: (requested, reached) of the stopping test that was passed.
        distance: At a kink: of 0 from the generalised gradient, in the place of |∇f|.
        polished: Whether the point is better than the last iterate.
        lost_at: Where the run met a value or a gradient that is not finite, if that ended it.
    """

    reason: Reason
    point: Point | None
    measure: tuple[float, float] | None = None
    noise: float | None = None
    second_order: SecondOrder | None = None
    ray: Ray | None = None
    stability: Stability | None = None
    polished: bool = False
    distance: float | None = None
    lost_at: Vector | None = None


class Onward(NamedTuple):
    """The method is to start again at x."""

    x: Vector
    note: str
