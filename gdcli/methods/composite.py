"""Composite Newton: kinks enter the model as they are, in a trust region.

f(x + d) ≈ smooth quadratic + maxima of linear pieces, minimised within |d_i| ≤ Δ·size_i, with the
Hessian of the Lagrangian, whose multipliers the last subproblem gave. Fletcher (1987), *Practical
Methods of Optimization*, §14.4; Womersley & Fletcher (1986), JOTA 48, 493–523. Near a minimum, on a
kink or not, it converges quadratically.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from gdcli.engine.norms import euclidean
from gdcli.engine.objective import Need, Vector
from gdcli.engine.point import State
from gdcli.engine.status import Halt, Status
from gdcli.methods.scaling import NOT_FINITE
from gdcli.records import dataclass

if TYPE_CHECKING:
    from gdcli.engine.box import Box
    from gdcli.engine.oracle import Oracle

ACCEPT = 1e-4
"""Least ratio of actual to predicted decrease of an accepted step."""
POOR, GOOD = 0.25, 0.75
"""Below the first the radius shrinks, above the second it may grow."""
AT_BOUNDARY = 0.9
"""A step of this part of the radius counts as ended by it."""
SHRINK, GROW = 0.25, 2.0


class Memory(NamedTuple):
    """What the method remembers.

    Attributes:
        radius: Δ.
        size: Of each variable, shape (n,).
        multipliers: Of the pieces, from the last subproblem; None at the start.
    """

    radius: float
    size: Vector
    multipliers: Vector | None


@dataclass(frozen=True)
class Composite:
    """Composite Newton in a trust region.

    Attributes:
        radius: First radius, against the size of each variable. Range > 0; default 1.
    """

    radius: float = 1.0

    @property
    def needs(self) -> frozenset[Need]:
        """What it asks of the objective beyond values and gradients."""
        return frozenset({Need.PIECES, Need.NOISE})

    def start(self, oracle: Oracle, x: Vector) -> State[Memory]:
        """Return the first state."""
        down = oracle.break_down(x)
        sizes = abs(x)
        most = float(sizes.max(initial=0.0)) or 1.0
        size = np.where(sizes == 0.0, most, sizes)
        return State(0, down.point, float("nan"), Memory(self.radius, size, None))

    def step(self, oracle: Oracle, state: State[Memory]) -> State[Memory] | Halt:
        """Return the next state: one accepted step, however many trials it takes."""
        point, memory = state.point, state.memory
        box, x = oracle.box, point.x
        down = oracle.break_down(x)
        if not (np.isfinite(down.rows).all() and np.isfinite(down.slopes).all()):
            return Halt(Status.STALLED, "a derivative of a piece is not finite at this point")
        y, radius = memory.multipliers, memory.radius
        hessian = oracle.lagrangian(down, down.weights(y))
        if not np.isfinite(hessian).all():
            return Halt(Status.STALLED, NOT_FINITE)
        size = np.maximum(memory.size, abs(x))
        while True:
            lower, upper = -radius * size, radius * size
            if box.bounded:
                lower = np.maximum(lower, box.lower - x)
                upper = np.minimum(upper, box.upper - x)
            made = down.step(hessian, y, lower, upper, size, oracle.admit)
            if made is None:
                return Halt(Status.STALLED, "the model has no solution at this point")
            found, multipliers = made
            landing = within(box, x, found.d)
            if not found.reduction > 0.0 or np.array_equal(landing, x):
                return Halt(Status.STALLED, "no step that the model can suggest lowers the value")
            value = oracle.value(landing)
            ratio = _ratio(point.value - value, found.reduction)
            if ratio < POOR and ratio > -math.inf:
                moved_pieces = oracle.pieces(landing)
                again = down.corrected(found.d, moved_pieces).step(
                    hessian, y, lower, upper, size, oracle.admit
                )
                if again is not None and np.isfinite(again[0].d).all():
                    other = within(box, x, again[0].d)
                    there = oracle.value(other)
                    if there < value:
                        landing, value = other, there
                        ratio = _ratio(point.value - value, found.reduction)
            length = float((abs(found.d) / size).max())
            if ratio > ACCEPT:
                if ratio < POOR:
                    radius = 0.5 * length
                elif ratio > GOOD and length >= AT_BOUNDARY * radius:
                    radius *= GROW
                break
            if found.reduction <= oracle.noise(x):
                return Halt(Status.STALLED, "the decrease that is left is below rounding")
            radius = SHRINK * min(radius, length)
        down = oracle.break_down(landing)
        moved = euclidean(landing - x)
        kept = Memory(radius, memory.size, multipliers)
        return State(state.iteration + 1, down.point, moved, kept)


def _ratio(drop: float, predicted: float) -> float:
    return drop / predicted if math.isfinite(drop) else -math.inf


def within(box: Box, x: Vector, d: Vector) -> Vector:
    """Return x + d; exactly at a bound where d leads there or beyond."""
    moved = box.clip(x + d)
    if box.bounded:
        moved = np.where(d <= box.lower - x, box.lower, moved)
        moved = np.where(d >= box.upper - x, box.upper, moved)
    return moved
