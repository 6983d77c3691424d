"""Newton's method in a trust region, with the Hessian (`Newton`) or its products (`NewtonCG`)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from gdcli.engine.objective import Need, Vector
from gdcli.engine.point import State
from gdcli.engine.status import Halt, Status
from gdcli.methods.scaling import diagonal_lengths, finite, first_radius, grown
from gdcli.methods.subproblems.bounded import Bounded
from gdcli.methods.subproblems.more_sorensen import exact
from gdcli.methods.subproblems.steihaug import Conjugate
from gdcli.methods.subproblems.step import Dense
from gdcli.methods.trust_region import LINEAR, Region, advance

if TYPE_CHECKING:
    from gdcli.engine.oracle import Oracle


class Memory(NamedTuple):
    """Δ, D of shape (n,), and what a full step promised at the point before (0 at the start)."""

    radius: float
    scale: Vector
    decrement: float


@dataclass(frozen=True)
class Newton:
    """Trust-region Newton with exact steps (Moré & Sorensen 1983).

    Attributes:
        scaled: Scale variable i by √|∂²f/∂x_i²|, so that its unit does not matter. Default True.
        stretch: Where convergence is only linear, go on along accepted steps while the value
            falls: degenerate minima (x⁴) cost values then, not derivatives. Default True.
        radius: First radius, as a multiple of ‖Dx₀‖ (of ‖D‖ where x₀ = 0). Range > 0; default 100.
    """

    scaled: bool = True
    stretch: bool = True
    radius: float = 100.0

    @property
    def needs(self) -> frozenset[Need]:
        """What it asks of the objective beyond values and gradients."""
        return frozenset({Need.HESSIAN, Need.NOISE})

    def start(self, oracle: Oracle, x: Vector) -> State[Memory]:
        """Return the first state. D is set, and Δ with it, at the first step."""
        return State(0, oracle.at(x), float("nan"), Memory(0.0, np.zeros(x.size), 0.0))

    def step(self, oracle: Oracle, state: State[Memory]) -> State[Memory] | Halt:
        """Return the next state: one accepted step, however many trials it takes."""
        point, memory = state.point, state.memory
        hessian = oracle.hessian(point.x)
        scale, radius = np.ones(point.x.size), memory.radius
        if self.scaled:
            scale = grown(memory.scale, diagonal_lengths(hessian))
        if not finite(hessian, scale):
            return Halt(Status.STALLED, "a second derivative is not finite at this point")
        if state.iteration == 0:
            radius = first_radius(self.radius, scale, point.x)
        model: Dense
        if oracle.box.bounded:
            lower, upper = oracle.box.lower - point.x, oracle.box.upper - point.x
            model = Bounded(point.gradient, hessian, scale, lower, upper)
        else:
            model = exact(point.gradient, hessian, scale)
        decrement = model.decrement()
        linear = LINEAR * decrement > memory.decrement > 0.0
        region = Region(oracle, point, scale, oracle.value, stretch=self.stretch and linear)
        made = advance(region, [model], 0, radius)
        if isinstance(made, Halt):
            return made
        landing = oracle.at(made.x)
        length = float(np.linalg.norm(landing.x - point.x))
        return State(state.iteration + 1, landing, length, Memory(made.radius, scale, decrement))


class TruncatedMemory(NamedTuple):
    """Δ, and ‖∇f‖ at the start, against which the forcing term is measured."""

    radius: float
    first_slope: float


@dataclass(frozen=True)
class NewtonCG:
    """Trust-region Newton with truncated conjugate gradients (Steihaug 1983), for large n.

    Attributes:
        forcing: Largest relative residual at which the inner iteration stops; it tightens as
            √(‖∇f‖/‖∇f(x₀)‖), which makes convergence superlinear (Dembo, Eisenstat & Steihaug
            1982). Range 0 < forcing < 1; default 0.5.
        products: Most Hessian products a step. Range ≥ 1; default 200.
        radius: First radius, as a multiple of ‖x₀‖ (of √n where x₀ = 0). Range > 0; default 1.
    """

    forcing: float = 0.5
    products: int = 200
    radius: float = 1.0

    @property
    def needs(self) -> frozenset[Need]:
        """What it asks of the objective beyond values and gradients."""
        return frozenset({Need.PRODUCT, Need.NOISE})

    def start(self, oracle: Oracle, x: Vector) -> State[TruncatedMemory]:
        """Return the first state."""
        point = oracle.at(x)
        radius = first_radius(self.radius, np.ones(x.size), x)
        slope = float(np.linalg.norm(point.gradient))
        return State(0, point, float("nan"), TruncatedMemory(radius, slope))

    def step(self, oracle: Oracle, state: State[TruncatedMemory]) -> State[TruncatedMemory] | Halt:
        """Return the next state: one accepted step, however many trials it takes."""
        point, memory = state.point, state.memory
        region = Region(oracle, point, np.ones(point.x.size), oracle.value)
        slope = region.slope(point)
        relative = math.sqrt(slope / memory.first_slope) if memory.first_slope > 0.0 else 0.0
        model = Conjugate(
            point.gradient,
            lambda v: oracle.hessian_product(point.x, v),
            tolerance=min(self.forcing, relative) * slope,
            limit=self.products,
            bounds=(
                (oracle.box.lower - point.x, oracle.box.upper - point.x)
                if oracle.box.bounded
                else None
            ),
        )
        made = advance(region, [model], 0, memory.radius)
        if isinstance(made, Halt):
            return made
        landing = oracle.at(made.x)
        length = float(np.linalg.norm(landing.x - point.x))
        kept = TruncatedMemory(made.radius, memory.first_slope)
        return State(state.iteration + 1, landing, length, kept)
