"""The one door to the objective: it counts, holds the limits, and keeps the best point."""

from __future__ import annotations

import math
from collections import deque
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias, cast

import numpy as np

from gdcli.deadline import Deadline, DeadlineReached, Interrupted
from gdcli.engine import structured
from gdcli.engine.box import FREE, Box
from gdcli.engine.objective import (
    Indices,
    Kinked,
    Layout,
    Matrix,
    Need,
    Objective,
    Structured,
    Vector,
    WithSquares,
)
from gdcli.engine.point import Point
from gdcli.engine.poles import PoleGuard, WithPoles

if TYPE_CHECKING:  # most objectives have no kinks
    from gdcli.engine.breakdown import Breakdown

LimitKind: TypeAlias = Literal["evaluations", "time", "signal"]

TRIALS = 3
"""Values of so many last trials are remembered, for the one that is accepted."""
ROUNDING = 2.0**-53
"""u, the unit roundoff of a double."""


class Counts(NamedTuple):
    """How often each kind of evaluation was made. A joint value and gradient counts in both."""

    value: int = 0
    gradient: int = 0
    hessian: int = 0
    product: int = 0
    curvature: int = 0


class LimitReached(Exception):
    """No further evaluation is allowed. Raised before the evaluation, caught only in `run`.

    Attributes:
        kind: Which limit: `evaluations`, `time` or `signal`.
        signal: The signal's number where the kind is `signal`, else 0.
    """

    def __init__(self, kind: LimitKind, signal: int = 0) -> None:
        self.kind: LimitKind = kind
        self.signal = signal
        super().__init__(kind)


class Oracle:
    """Evaluates an objective inside a box.

    Every evaluation of value or gradient is counted, may be refused (`LimitReached`), and is
    compared with the best so far. Vectors that are handed in or out are kept: nobody writes to
    them. Values and gradients may be NaN or infinite; the best point never has such a value.

    Args:
        max_evaluations: No more values than this, and no more gradients.
        deadline: The clock and interrupt token, asked before every evaluation.
        too_dear: What the objective could answer, but at a price that nobody is to pay.
    """

    __slots__ = (
        "_best_gradient", "_best_value", "_best_x", "_broken", "_budget", "_check", "_curvatures",
        "_gradients", "_guard", "_hessian", "_hessian_at", "_hessians", "_latest", "_noise",
        "_noise_at", "_products", "_structured", "_structured_at", "_trials", "_value",
        "_value_and_gradient", "_values", "box", "deadline", "objective", "provides",
    )  # fmt: skip

    def __init__(
        self,
        objective: Objective,
        *,
        box: Box | None = None,
        max_evaluations: int | None = None,
        deadline: Deadline | None = None,
        too_dear: frozenset[str] = frozenset(),
    ) -> None:
        self.objective = objective
        self.provides = objective.provides - too_dear
        self.box = FREE if box is None else box
        self.deadline = deadline
        self._budget = math.inf if max_evaluations is None else max_evaluations
        self._check = None if deadline is None else deadline.check
        self._value = objective.value
        self._value_and_gradient = objective.value_and_gradient
        self._values = self._gradients = self._hessians = self._products = self._curvatures = 0
        self._best_x: Vector | None = None
        self._best_value = math.inf
        self._best_gradient: Vector | None = None
        self._latest: Point | None = None
        self._hessian_at: Vector | None = None
        self._hessian: Matrix = np.empty((0, 0))
        self._structured: Structured | None = None
        self._structured_at: Vector | None = None
        self._trials: deque[tuple[Vector, float]] = deque(maxlen=TRIALS)
        self._guard: PoleGuard | None = None
        if Need.POLES in objective.provides:
            self._guard = PoleGuard(cast(WithPoles, objective))
        self._broken: Breakdown | None = None
        self._noise_at: Vector | None = None
        self._noise = 0.0

    @property
    def counts(self) -> Counts:
        """How often each kind of evaluation was made so far."""
        return Counts(
            self._values, self._gradients, self._hessians, self._products, self._curvatures
        )

    @property
    def evaluations(self) -> int:
        """How many values were computed so far; what `max_evaluations` limits."""
        return self._values

    @property
    def best_value(self) -> float:
        """The lowest finite value seen; infinity if there is none."""
        return self._best_value

    def begin(self, first: Point | None = None) -> None:
        """Forget the best point but `first`, for a new run; counts and limits go on."""
        self._best_x, self._best_value, self._best_gradient = None, math.inf, None
        if first is not None and math.isfinite(first.value):
            self._best_x, self._best_value, self._best_gradient = first
        if self._guard is not None:
            self._guard.stand(None)

    def separated(self, a: Vector, b: Vector) -> bool:
        """Return whether a and b may lie on different sides of a pole."""
        return self._guard is not None and self._guard.separated(a, b)

    def has(self, need: Need) -> bool:
        """Return whether the objective answers this."""
        return need in self.provides

    def admit(self) -> None:
        """Raise if the clock or somebody says stop: `LimitReached`."""
        if self._check is not None:
            try:
                self._check()
            except DeadlineReached:
                raise LimitReached("time") from None
            except Interrupted as stop:
                raise LimitReached("signal", stop.signal) from None

    def at(self, x: Vector) -> Point:
        """Return the complete point at x.

        Raises:
            LimitReached: Before the evaluation.
        """
        self._latest = None
        point = self.survey(x)
        value = point.value
        if self._guard is not None:
            value = self._behind_no_pole(x, value)
            point = Point(x, value, point.gradient)
        self._latest = point
        if -math.inf < value <= self._best_value and value != math.inf:
            self._best_x, self._best_value, self._best_gradient = point
        return point

    def survey(self, x: Vector) -> Point:
        """Return the complete point at x without making x a candidate for the best point.

        Raises:
            LimitReached: Before the evaluation.
        """
        if self._check is not None:
            self.admit()
        if self._values >= self._budget or self._gradients >= self._budget:
            raise LimitReached("evaluations")
        self._values += 1
        self._gradients += 1
        value, gradient = self._value_and_gradient(x)
        if self.box.bounded:
            gradient = self.box.steep(x, gradient)
        return Point(x, value, gradient)

    def landing(self, x: Vector) -> Point:
        """Return the complete point at x, which costs nothing where x is the latest such point's.

        Raises:
            LimitReached: Before the evaluation.
        """
        latest = self._latest
        return latest if latest is not None and latest.x is x else self.at(x)

    def value(self, x: Vector) -> float:
        """Return f(x); infinity where a pole separates x, if it is lower, from the iterate."""
        value = self.probe(x)
        if self._guard is not None and self._guard.lower(value):
            value = self._behind_no_pole(x, value)
        self._remember(x, value)
        self._trials.append((x, value))
        return value

    def probe(self, x: Vector) -> float:
        """Return f(x) without making x a candidate for the best point.

        For questions about far away (is there a limit at infinity?), not about where to go.
        """
        if self._check is not None:
            self.admit()
        if self._values >= self._budget:
            raise LimitReached("evaluations")
        self._values += 1
        return self._value(x)

    def jacobian(self, x: Vector) -> Matrix:
        """Return ∂r/∂x, shape (m, n). Counts as a gradient."""
        self.admit()
        if self._gradients >= self._budget:
            raise LimitReached("evaluations")
        self._gradients += 1
        return self.objective.jacobian(x)

    def linearise(self, x: Vector) -> tuple[Point, Vector, Matrix]:
        """Return the point at x with r and ∂r/∂x; the gradient is 2Jᵀr.

        The value is the formula's own, not Σr², which rounds otherwise (√3·√3 is not 3). Residuals
        and Jacobian together count as a gradient; the value counts unless it was one of the last
        few asked for, by this very vector.
        """
        value = next((known for place, known in self._trials if place is x), None)
        if value is None:
            value = self.value(x)
        jacobian = self.jacobian(x)
        r = self.objective.residuals(x)
        point = self._latest = Point(x, value, 2.0 * (r @ jacobian))
        if value == self._best_value:
            self._best_x, self._best_gradient = x, point.gradient
        return point, r, jacobian

    def break_down(self, x: Vector) -> Breakdown:
        """Return the point at x with the pieces of its kinks.

        Pieces, their Jacobian and the gradient together count as a gradient; the value counts
        unless it was one of the last few asked for, by this very vector. Asked again at the same x
        it costs nothing.
        """
        if self._broken is not None and self._broken.point.x is x:
            return self._broken
        from gdcli.engine.breakdown import Breakdown

        value = next((known for place, known in self._trials if place is x), None)
        if value is None:
            value = self.value(x)
        self.admit()
        if self._gradients >= self._budget:
            raise LimitReached("evaluations")
        self._gradients += 1
        kinked = cast(Kinked, self.objective)
        layout = kinked.pieces
        values = self.pieces(x)
        rows = layout.sign[:, None] * kinked.piece_jacobian(x)[layout.piece]
        counts = np.diff(np.append(layout.first, values.size))
        kink = np.repeat(np.arange(layout.first.size), counts)
        largest = values == np.maximum.reduceat(values, layout.first)[kink]
        shared = largest / np.add.reduceat(largest.astype(np.float64), layout.first)[kink]
        _, gradient, slopes = kinked.weighted(x, *self._shifted(layout, values, kink, shared))
        point = self._latest = Point(x, value, gradient)
        if value == self._best_value:
            self._best_x, self._best_gradient = x, gradient
        slopes = slopes * layout.sense
        self._broken = Breakdown(point, layout, values, rows, kink, shared, slopes)
        return self._broken

    def pieces(self, x: Vector) -> Vector:
        """Return the rows of pieces at x, shape (r,); to go with a value there, so not counted."""
        kinked = cast(Kinked, self.objective)
        layout = kinked.pieces
        return np.asarray(layout.sign * kinked.piece_values(x)[layout.piece])

    def lagrangian(self, down: Breakdown, weights: Vector) -> Matrix:
        """Return the Hessian of f with each kink replaced by Σ w·m, shape (n, n)."""
        self.admit()
        self._hessians += 1
        kinked = cast(Kinked, self.objective)
        shifts, slots = self._shifted(down.layout, down.values, down.kink, weights)
        return kinked.weighted_hessian(down.point.x, shifts, slots)

    @staticmethod
    def _shifted(
        layout: Layout, values: Vector, kink: Indices, weights: Vector
    ) -> tuple[Vector, Vector]:
        """Return the shifts with which weighted pieces have the kinks' values, and the weights."""
        moving = layout.slot >= 0
        slots = np.bincount(
            layout.slot[moving], (weights * layout.sign)[moving], minlength=layout.weights
        ).astype(np.float64)
        used = np.where(moving & (weights != 0.0), weights * values, 0.0)
        top = np.maximum.reduceat(values, layout.first)
        return layout.sense * (top - np.add.reduceat(used, layout.first)), slots

    def hessian(self, x: Vector) -> Matrix:
        """Return ∇²f(x), shape (n, n). Asked again at the same x it costs nothing."""
        if self._hessian_at is not x:
            self.admit()
            self._hessians += 1
            self._hessian = self.objective.hessian(x)
            self._hessian_at = x
        return self._hessian

    def structured_hessian(self, x: Vector) -> Structured:
        """Return ∇²f(x) by its diagonals and border. Asked again at the same x it costs nothing."""
        if self._structured is None or self._structured_at is not x:
            self.admit()
            self._hessians += 1
            self._structured = self.objective.structured_hessian(x)
            self._structured_at = x
        return self._structured

    def structured_squares(self, x: Vector) -> Structured:
        """Return 2·JᵀJ of the residuals in that form; counted as a Hessian."""
        self.admit()
        self._hessians += 1
        return cast(WithSquares, self.objective).structured_squares(x)

    def hessian_product(self, x: Vector, v: Vector) -> Vector:
        """Return ∇²f(x)·v, shape (n,); from the structured Hessian where there is one."""
        if Need.STRUCTURED in self.provides:
            return structured.product(self.structured_hessian(x), v)
        self.admit()
        self._products += 1
        return self.objective.hessian_product(x, v)

    def residual_curvature(self, x: Vector, v: Vector) -> Vector:
        """Return d²r(x + t·v)/dt² at t = 0, shape (m,)."""
        self.admit()
        self._curvatures += 1
        return self.objective.residual_curvature(x, v)

    def noise(self, x: Vector) -> float:
        """Return δ, a bound on the rounding error of f(x); not counted.

        Where the objective has no error analysis: u·(|f| + Σ|x_i·∂f/∂x_i|), too small a bound in
        general, but what rounding x and f alone brings about.
        """
        if self._noise_at is not x:
            if Need.NOISE in self.provides:
                self.admit()
                self._noise = self.objective.noise(x)
            else:
                point = self._latest
                if point is None or point.x is not x:
                    point = self.at(x)
                self._noise = ROUNDING * (abs(point.value) + float(abs(x) @ abs(point.gradient)))
            if not math.isfinite(self._noise):
                self._noise = 0.0
            self._noise_at = x
        return self._noise

    def best(self) -> Point | None:
        """Return the best point seen; None if no finite value was.

        Where only its value was computed, its gradient is computed now, counted as a gradient,
        whatever the clock says; NaN if the budget does not allow that.
        """
        if self._best_x is None:
            return None
        if self._best_gradient is None:
            if self._gradients < self._budget:
                self._gradients += 1
                self._best_gradient = self._value_and_gradient(self._best_x)[1]
            else:
                self._best_gradient = np.full(self._best_x.shape, math.nan)
        return Point(self._best_x, self._best_value, self._best_gradient)

    def stand(self, point: Point) -> None:
        """Take the present iterate: steps from it that cross a pole get an infinite value."""
        if self._guard is not None:
            self._guard.stand(point)

    def _behind_no_pole(self, x: Vector, value: float) -> float:
        assert self._guard is not None
        return math.inf if self._guard.crossed(x, value, self.probe) else value

    def _remember(self, x: Vector, value: float) -> None:
        if -math.inf < value < self._best_value:
            self._best_x, self._best_value, self._best_gradient = x, value, None
