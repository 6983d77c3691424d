"""Nesterov's method with a step that is searched.

Beck & Teboulle (2009), *A fast iterative shrinkage-thresholding algorithm for linear inverse
problems*, SIAM J. Imaging Sci. 2, 183–202, §4 (FISTA with backtracking); steps that may grow again:
Scheinberg, Goldfarb & Bai (2014), Found. Comput. Math. 14, 389–417; restarts as in `Nesterov`.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

from gdcli.engine.objective import Need, Vector
from gdcli.engine.point import Point, State
from gdcli.engine.status import Halt, Status
from gdcli.line_search.first_step import at_start
from gdcli.line_search.search import NO_STEP, SHORTER
from gdcli.methods.rules.momentum import next_t
from gdcli.records import dataclass

if TYPE_CHECKING:
    from gdcli.engine.oracle import Oracle

GROWTH = 1.25
"""What a step is multiplied by before it is tried, so that it can grow where curvature falls."""
SAFETY = 0.9
"""A refused step is replaced by this part of 1/L, L the curvature that it met …"""
LEAST, MOST = 0.1, 0.7
"""… but multiplied by something between these."""


class Memory(NamedTuple):
    """The last main iterate, Nesterov's t, and the step a."""

    main: Vector
    t: float
    step: float


@dataclass(frozen=True)
class Backtracking:
    """x⁺ ← y − a·∇f(y) with f(x⁺) ≤ f(y) + ∇f(y)·(x⁺ − y) + ‖x⁺ − y‖²/2a, as `Nesterov` goes on.

    A value at x⁺ and a gradient at y are evaluated in a step.

    Attributes:
        momentum, restart: As for `Nesterov`.
    """

    momentum: float | None = None
    restart: bool = True

    @property
    def needs(self) -> frozenset[Need]:
        """What it asks of the objective beyond values and gradients."""
        return frozenset({Need.NOISE})

    def stable_limit(self, curvature: float) -> float:
        """Return infinity: steps are searched."""
        return math.inf

    def start(self, oracle: Oracle, x: Vector) -> State[Memory]:
        """Return the first state."""
        point = oracle.at(x)
        step = at_start(point, point.gradient)
        return State(0, point, float("nan"), Memory(x, 1.0, step / GROWTH))

    def step(self, oracle: Oracle, state: State[Memory]) -> State[Memory] | Halt:
        """Return the next state."""
        point, memory = state.point, state.memory
        box = oracle.box
        made = self._main(oracle, point, memory.step)
        if made is None:
            return NO_STEP
        main, a = made
        advance = main - memory.main
        landing: Point | None = None
        t = 1.0
        if not (self.restart and float(point.gradient.dot(advance)) > 0.0):
            t = next_t(memory.t)
            advance *= (memory.t - 1.0) / t if self.momentum is None else self.momentum
            advance += main
            landing = oracle.at(box.clip(advance))
        if landing is None or not math.isfinite(float(landing.gradient.dot(landing.gradient))):
            t, landing = 1.0, oracle.at(main)
        if not math.isfinite(landing.value):
            return Halt(Status.STALLED, "no finite point was found along the way")
        return State(state.iteration + 1, landing, a, Memory(main, t, a))

    def _main(self, oracle: Oracle, point: Point, before: float) -> tuple[Vector, float] | None:
        """Return x⁺ and its step; None where no step changes y."""
        gradient, box = point.gradient, oracle.box
        a = GROWTH * before
        while True:
            main = box.clip(point.x - a * gradient)
            move = main - point.x
            length = float(move.dot(move))
            if not 0.0 < length < math.inf:
                return None
            value = oracle.value(main)
            linear = float(gradient.dot(move))
            bend = value - point.value - linear
            if bend <= 0.5 * length / a:
                return main, a
            if -linear <= oracle.noise(point.x):
                return box.clip(point.x - before * gradient), before
            fitting = SAFETY * 0.5 * length / bend if math.isfinite(bend) else SHORTER * a
            a = min(max(fitting, LEAST * a), MOST * a)
