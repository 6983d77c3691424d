"""Sums of squares: Gauss–Newton, Newton, or whichever of the two has lately been right.

f = offset + ‖r(x)‖² has the gradient 2Jᵀr and two quadratic models: 2JᵀJ (Gauss–Newton), blind to
the curvature of r but never indefinite, and the Hessian. `LevenbergMarquardt` uses the first alone
(Moré (1978), LNM 630, 105–116); `Hybrid`, which `auto` takes, begins at each point with the one
whose prediction of the last decrease was nearer to the truth (in the spirit of Dennis, Gay & Welsch
(1981), NL2SOL, ACM TOMS 7, 348–368, with exact second derivatives in the place of updates), and
where a step of one fails tries the other.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from gdcli.engine.norms import euclidean
from gdcli.engine.objective import Matrix, Need, Vector
from gdcli.engine.point import Point, State
from gdcli.engine.status import Halt, Status
from gdcli.methods.scaling import column_lengths, finite, first_radius, grown
from gdcli.methods.subproblems.bounded import Bounded
from gdcli.methods.subproblems.levenberg_marquardt import gauss_newton
from gdcli.methods.subproblems.more_sorensen import exact
from gdcli.methods.subproblems.step import Dense
from gdcli.methods.trust_region import Pace, Region, advance
from gdcli.records import dataclass

if TYPE_CHECKING:
    from gdcli.engine.oracle import Oracle


class Memory(NamedTuple):
    """What a sum of squares remembers.

    Attributes:
        radius: Δ.
        scale: D, shape (n,).
        residuals, jacobian: r and J at the point, shapes (m,) and (m, n).
        model: Index of the model to begin with.
        pace: The pace of convergence.
    """

    radius: float
    scale: Vector
    residuals: Vector
    jacobian: Matrix
    model: int
    pace: Pace


@dataclass(frozen=True)
class LevenbergMarquardt:
    """Levenberg–Marquardt: Gauss–Newton in a scaled trust region.

    Attributes:
        scaled: Scale variable i by ‖∂r/∂x_i‖, so that its unit does not matter. Default True.
        geodesic: Correct steps by the residuals' second derivative along them, one r″[s, s] a trial
            (Transtrum & Sethna 2012). Default True.
        radius: First radius, as a multiple of ‖Dx₀‖ (of ‖D‖ where x₀ = 0). Range > 0; default 100.
    """

    scaled: bool = True
    geodesic: bool = True
    radius: float = 100.0

    @property
    def needs(self) -> frozenset[Need]:
        """What it asks of the objective beyond values and gradients."""
        return frozenset({Need.RESIDUALS, Need.NOISE})

    def start(self, oracle: Oracle, x: Vector) -> State[Memory]:
        """Return the first state."""
        point, residuals, jacobian = oracle.linearise(x)
        scale = grown(None, column_lengths(jacobian)) if self.scaled else np.ones(x.size)
        radius = first_radius(self.radius, scale, x)
        return State(0, point, float("nan"), Memory(radius, scale, residuals, jacobian, 0, Pace()))

    def step(self, oracle: Oracle, state: State[Memory]) -> State[Memory] | Halt:
        """Return the next state: one accepted step, however many trials it takes."""
        point, memory = state.point, state.memory
        if not np.isfinite(memory.jacobian / memory.scale).all():
            return Halt(Status.STALLED, "a derivative of a residual is not finite at this point")
        models = self.models(oracle, point, memory)
        decrement = models[-1].decrement()

        def curvature(s: Vector) -> Vector:
            bend = oracle.residual_curvature(point.x, s)
            return np.asarray(2.0 * (memory.jacobian.T @ bend))

        def multiple(s: Vector) -> float:
            return memory.pace.multiple(s, decrement, memory.scale)

        region = Region(
            oracle, point, memory.scale, oracle.value,
            curvature=curvature if self.geodesic else None, multiple=multiple,
        )  # fmt: skip
        made = advance(region, models, min(memory.model, len(models) - 1), memory.radius)
        if isinstance(made, Halt):
            return made
        landing, residuals, jacobian = oracle.linearise(made.x)
        scale = grown(memory.scale, column_lengths(jacobian)) if self.scaled else memory.scale
        move = landing.x - point.x
        pace = Pace(move if made.free else None, decrement)
        length = euclidean(move)
        kept = Memory(made.radius, scale, residuals, jacobian, made.model, pace)
        return State(state.iteration + 1, landing, length, kept)

    def models(self, oracle: Oracle, point: Point, memory: Memory) -> list[Dense]:
        """Return the models of f about the point."""
        box = oracle.box
        if box.bounded:
            squared = 2.0 * (memory.jacobian.T @ memory.jacobian)
            return [within(oracle, point, squared, memory.scale)]
        return [gauss_newton(memory.residuals, memory.jacobian, memory.scale)]


@dataclass(frozen=True)
class Hybrid(LevenbergMarquardt):
    """Gauss–Newton and Newton in one scaled trust region.

    Attributes:
        scaled, geodesic, radius: As for `LevenbergMarquardt`.
    """

    @property
    def needs(self) -> frozenset[Need]:
        """What it asks of the objective beyond values and gradients."""
        return frozenset({Need.RESIDUALS, Need.HESSIAN, Need.NOISE})

    def models(self, oracle: Oracle, point: Point, memory: Memory) -> list[Dense]:
        """Return Gauss–Newton's model and, where the Hessian is finite, Newton's."""
        models = super().models(oracle, point, memory)
        hessian = oracle.hessian(point.x)
        if not finite(hessian, memory.scale):
            return models
        if oracle.box.bounded:
            return [*models, within(oracle, point, hessian, memory.scale)]
        return [*models, exact(point.gradient, hessian, memory.scale)]


def within(oracle: Oracle, point: Point, hessian: Matrix, scale: Vector) -> Bounded:
    """Return the model that keeps to the bounds."""
    box = oracle.box
    return Bounded(point.gradient, hessian, scale, box.lower - point.x, box.upper - point.x)
