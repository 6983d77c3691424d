"""Is 0 in the generalised gradient, and is the point a minimum? By the pieces of the kinks.

The decrease d that the model of `breakdown` still promises takes the place of Newton's decrement:
it does not depend on the objective's unit, and is compared with the rounding level. The multipliers
of its solution make the shortest generalised gradient: Σ w_k·∇m_k over the pieces that are active,
with w ≥ 0 and Σw = 1 for each kink.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from gdcli.engine.breakdown import Breakdown
from gdcli.engine.decrement import NOISY
from gdcli.engine.kinks import nonnegative_least_squares
from gdcli.engine.norms import largest
from gdcli.engine.objective import Matrix, Vector
from gdcli.engine.oracle import Oracle
from gdcli.engine.point import Point
from gdcli.engine.stopping import Verdict
from gdcli.engine.unit_free import PLAIN, Unit

ROUNDS = 3
"""How often multipliers are improved by the curvature that they themselves bring."""
NEGLIGIBLE = 1e-6
"""d is not asked for while the value falls by more than this part of the largest on the way."""
HOPELESS = 1e-6
"""… or while it is above this part of the value; better multipliers do not help then."""
AT = 1e-7
"""A piece is active whose gap is below this part of what it changes by over the size of x."""
SHORT = 1e-6
"""A generalised gradient is 0 below this part of the steepest slope."""
MOST_ROWS, HEAVY = 400, 1e3
"""The shortest one is looked for among so many pieces, with sums weighted by this."""
HELD = 1e-8
"""A multiplier above this part of the kink's whole weight holds its piece."""
NEGATIVE, FLAT = 1e-9, 1e-8
"""Eigenvalues along the kinks, against the largest curvature: below −1 × the first negative, below
the second next to none."""
SHRINKAGES = 12


class Stationarity(NamedTuple):
    """What the model says of a point.

    Attributes:
        down: The pieces there.
        decrease: d, what the model still promises within a step of the size of x.
        step: The step that would bring it, shape (n,).
        weights: Of all rows, shape (r,).
        distance: Infinity norm of the projected generalised gradient that the weights make.
        hessian: B, of the Lagrangian with the weights that were known before, not raised.
    """

    down: Breakdown
    decrease: float
    step: Vector
    weights: Vector
    distance: float
    hessian: Matrix

    def stationary(self, level: float, slope0: float) -> bool:
        """Return whether the decrease is down to a level, and the gradient next to 0.

        Args:
            slope0: Length of the gradient at the start: where all slopes vanish at the minimum,
                nothing is small against those at the point.
        """
        small = SHORT * max(steepest(self.down), slope0)
        return self.decrease <= level and self.distance <= small


def stationarity(
    oracle: Oracle, x: Vector, size: Vector, level: float, y: Vector | None = None
) -> Stationarity | None:
    """Return how far from stationary x is; None where a derivative is not finite.

    Args:
        size: The size of each variable.
        level: A decrease below this is as good as none.
        y: Multipliers to begin with, if some are known.
    """
    down = oracle.break_down(x)
    if not (np.isfinite(down.rows).all() and np.isfinite(down.slopes).all()):
        return None
    lower, upper = -size, size
    if oracle.box.bounded:
        lower = np.maximum(lower, oracle.box.lower - x)
        upper = np.minimum(upper, oracle.box.upper - x)
    best: Stationarity | None = None
    for _ in range(ROUNDS):
        hessian = oracle.lagrangian(down, down.weights(y))
        if not np.isfinite(hessian).all():
            return best
        made = down.step(hessian, y, lower, upper, size, oracle.admit)
        if made is None:
            return best
        found, y = made
        weights = down.weights(y)
        distance = largest(oracle.box.projected(x, down.gradient(weights)))
        reached = max(found.reduction, 0.0)
        if best is None or reached < best.decrease:
            best = Stationarity(down, reached, found.d, weights, distance, hessian)
        if reached <= level or reached > HOPELESS * abs(down.point.value) > 0.0:
            break
    if best is not None and best.distance > SHORT * steepest(best.down):
        best = _shortest(oracle, best, size)
    return best


def _far(oracle: Oracle, x: Vector, size: Vector) -> bool:
    """Return whether x is far from stationary, as most starts are: at a glance."""
    down = oracle.break_down(x)
    if not (np.isfinite(down.rows).all() and np.isfinite(down.slopes).all()):
        return False
    at = (down.gaps <= AT * (abs(down.rows) @ size)).astype(np.intp)
    alone = bool((np.add.reduceat(at, down.layout.first) <= 1).all())
    slope = largest(oracle.box.projected(x, down.point.gradient))
    return alone and slope > SHORT * steepest(down)


def steepest(down: Breakdown) -> float:
    """Return the largest slope of the smooth part and of pieces, as they enter the value."""
    lengths = abs(down.rows).max(axis=1) * abs(down.slopes)[down.kink]
    return float(max(abs(down.point.gradient).max(), lengths.max(initial=0.0)))


def _shortest(oracle: Oracle, found: Stationarity, size: Vector) -> Stationarity:
    """Return the same with the weights that make the generalised gradient shortest.

    Where more pieces meet than can be independent the model's multipliers are one choice of many,
    and rounding may have spoilt it: min ‖g + Σ w·∇m‖, w ≥ 0, Σw = 1 for each kink, as a
    non-negative least-squares problem with the sums as heavy equations (Lawson & Hanson (1974),
    ch. 23).
    """
    down = found.down
    x = down.point.x
    at = (down.gaps <= AT * (abs(down.rows) @ size)) & down.convex[down.kink]
    count = np.add.reduceat(at.astype(np.intp), down.layout.first)
    chosen = np.nonzero(at & (count[down.kink] > 1))[0]
    if not 0 < chosen.size <= MOST_ROWS:
        return found
    base = np.where(at & (count[down.kink] > 1), 0.0, down.single)
    gradient = down.gradient(base)
    scale = steepest(down) or 1.0
    columns = (down.slopes[down.kink[chosen]][:, None] * down.rows[chosen]).T / scale
    free = ~oracle.box.active(x, down.gradient(found.weights))
    kinks, place = np.unique(down.kink[chosen], return_inverse=True)
    sums = np.zeros((kinks.size, chosen.size))
    sums[place, np.arange(chosen.size)] = HEAVY
    system = np.vstack([columns[free], sums])
    target = np.concatenate([-gradient[free] / scale, np.full(kinks.size, HEAVY)])
    solved = nonnegative_least_squares(system, target)
    total = np.bincount(place, solved, minlength=kinks.size)[place]
    weights = base.copy()
    weights[chosen] = solved / total
    distance = largest(oracle.box.projected(x, down.gradient(weights)))
    if not distance < found.distance:
        return found
    return found._replace(weights=weights, distance=distance)


class PiecesTest:
    """d ≤ δ + tol²·|f| by the model with pieces: the unit-free test at and off kinks.

    Args:
        tol: Not negative.
        unit: In which decreases are told.
    """

    def __init__(self, tol: float = 1e-8, unit: Unit = PLAIN) -> None:
        self.tol = tol
        self.unit = unit
        self._size: Vector | None = None
        self._largest_value = 0.0
        self._before = math.nan
        self._slope0 = 0.0
        self._measure: tuple[float | None, float | None] = (None, None)

    def test(self, oracle: Oracle, point: Point, norm: float) -> Verdict | None:
        """See `Stopping`."""
        if self._size is None:
            self._size = typical(point.x)
            self._slope0 = norm if math.isfinite(norm) else 0.0
        if not math.isfinite(point.value):
            return None
        self._largest_value = max(self._largest_value, abs(point.value))
        fell, self._before = self._before - point.value, point.value
        if fell > NEGLIGIBLE * self._largest_value:
            return None
        if math.isnan(fell) and _far(oracle, point.x, self._size):
            return None
        return self._judged(oracle, point, 1.0)

    def stalled(self, oracle: Oracle, point: Point) -> Verdict | None:
        """See `Stopping`."""
        if not math.isfinite(point.value):
            return None
        return self._judged(oracle, point, NOISY)

    def measure(self, point: Point, norm: float) -> tuple[float | None, float | None]:
        """See `Stopping`."""
        return self._measure

    def _judged(self, oracle: Oracle, point: Point, slack: float) -> Verdict | None:
        size = typical(point.x) if self._size is None else self._size
        noise = oracle.noise(point.x)
        level = slack * noise + self.tol**2 * abs(point.value)
        found = stationarity(oracle, point.x, np.maximum(size, abs(point.x)), level)
        if found is None:
            return None
        self._measure = (level, found.decrease)
        if not found.stationary(level, self._slope0):
            return None
        if found.decrease <= noise:
            said = self.unit.rounding(found.decrease, noise)
            return Verdict("rounding", said, level, found.decrease, inexact=True)
        gain = found.decrease * self.unit.factor
        said = f"a Newton step would gain only {gain:.2g}"
        return Verdict("tolerance", said, level, found.decrease, inexact=True)


def typical(x: Vector) -> Vector:
    """Return the size of each variable; of those at 0 that of the largest, 1 if all are."""
    sizes = abs(x)
    return np.where(sizes == 0.0, float(sizes.max(initial=0.0)) or 1.0, sizes)


class Held(NamedTuple):
    """Which pieces meet at a stationary point.

    Attributes:
        meeting: Whether any do.
        across: Gradients of the differences of pieces that multipliers hold together, (m, n).
        weak: Whether pieces meet that no multiplier holds.
        concave: Rows that are as large as the largest of a concave kink.
    """

    meeting: bool
    across: Matrix
    weak: bool
    concave: list[int]


def held(found: Stationarity, size: Vector) -> Held:
    """Return what meets at the point."""
    down = found.down
    reach = abs(down.rows) @ size
    at = down.gaps <= AT * reach
    convex = down.convex[down.kink]
    matter = abs(down.slopes[down.kink]) > 0.0
    count = np.add.reduceat((at & matter).astype(np.intp), down.layout.first)
    several = count[down.kink] > 1
    strong = found.weights > HELD
    kept = np.add.reduceat((strong & convex).astype(np.intp), down.layout.first) > 1
    meeting = bool((at & several & matter).any()) or bool(kept.any())
    weak = bool((at & several & convex & matter & ~strong).any())
    concave = np.nonzero(at & several & ~convex & matter & (down.single == 0.0))[0]
    return Held(meeting, down.across(strong), weak, concave.tolist())


def curvature_along(
    found: Stationarity, across: Matrix, fixed: Vector, size: Vector
) -> tuple[float, Vector | None]:
    """Return the smallest curvature along the kinks, against the largest, and its direction.

    Infinity and None where nothing is left to move: the point is a corner.

    Args:
        across: Directions in which the pieces part, shape (m, n).
        fixed: Which variables a bound holds, shape (n,), 1 or 0.
    """
    n = size.size
    walls = np.vstack([across * size, np.eye(n)[fixed > 0.0]])
    walls = walls / (np.linalg.norm(walls, axis=1)[:, None] + 1e-300)
    _, singular, right = np.linalg.svd(walls, full_matrices=True) if len(walls) else (
        None, np.zeros(0), np.eye(n)
    )  # fmt: skip
    rank = int((singular > 1e-10).sum())
    free = right[rank:]
    if not len(free):
        return math.inf, None
    scaled = found.hessian * size * size[:, None]
    reduced = free @ scaled @ free.T
    values, vectors = np.linalg.eigh(reduced)
    most = float(abs(scaled).max()) or 1.0
    direction = (vectors[:, 0] @ free) * size
    return float(values[0]) / most, direction
