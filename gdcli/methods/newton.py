"""Newton's method in a trust region, with the Hessian (`Newton`) or its products (`NewtonCG`)."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from gdcli.engine import structured
from gdcli.engine.norms import euclidean
from gdcli.engine.objective import Need, Structured, Vector
from gdcli.engine.point import Point, State
from gdcli.engine.status import Halt, Status
from gdcli.methods.scaling import NOT_FINITE, diagonal_lengths, finite, first_radius, grown
from gdcli.methods.subproblems.bounded import Bounded
from gdcli.methods.subproblems.combs import from_diagonal, lengths
from gdcli.methods.subproblems.more_sorensen import exact
from gdcli.methods.subproblems.shifted import Shifted
from gdcli.methods.subproblems.steihaug import in_scale, scaled
from gdcli.methods.subproblems.step import Dense
from gdcli.methods.trust_region import Advance, Pace, Region, advance
from gdcli.records import dataclass

if TYPE_CHECKING:
    from gdcli.engine.oracle import Oracle


class Memory(NamedTuple):
    """Δ, D of shape (n,), and the pace of convergence."""

    radius: float
    scale: Vector
    pace: Pace


@dataclass(frozen=True)
class Newton:
    """Trust-region Newton with exact steps (Moré & Sorensen 1983).

    Where the objective knows its Hessian by a few diagonals, and there are no bounds, these are
    factorised, so that many variables can be had.

    Attributes:
        scaled: Scale variable i by √|∂²f/∂x_i²|, so that its unit does not matter. Default True.
        stretch: Where convergence is only linear, as towards degenerate minima (x⁴), multiply
            steps by what would end it. Default True.
        radius: First radius, as a multiple of ‖Dx₀‖ (of ‖D‖ where x₀ = 0), if the model's own
            length scale is not shorter. Range > 0; default 100.
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
        return State(0, oracle.at(x), float("nan"), Memory(0.0, np.zeros(x.size), Pace()))

    def step(self, oracle: Oracle, state: State[Memory]) -> State[Memory] | Halt:
        """Return the next state: one accepted step, however many trials it takes."""
        point, memory = state.point, state.memory
        found = self._banded(oracle, point, memory) or self._whole(oracle, point, memory)
        if isinstance(found, Halt):
            return found
        model, scale = found
        radius = memory.radius
        if state.iteration == 0:
            radius = min(first_radius(self.radius, scale, point.x), model.reach())
        decrement = model.decrement()

        def multiple(s: Vector) -> float:
            return memory.pace.multiple(s, decrement, scale)

        region = Region(
            oracle, point, scale, oracle.value,
            multiple=multiple if self.stretch else None, doubling=False,
        )  # fmt: skip
        made = advance(region, [model], 0, radius)
        if isinstance(made, Halt):
            return made
        landing = oracle.landing(made.x)
        move = landing.x - point.x
        pace = Pace(move if made.free else None, decrement)
        length = euclidean(move)
        return State(state.iteration + 1, landing, length, Memory(made.radius, scale, pace))

    def _banded(
        self, oracle: Oracle, point: Point, memory: Memory
    ) -> tuple[Dense, Vector] | Halt | None:
        """Return the model by the diagonals of H, and D; None where H has no such form."""
        if oracle.box.bounded or not oracle.has(Need.STRUCTURED):
            return None
        hessian = oracle.structured_hessian(point.x)
        if not structured.narrow(hessian):
            return None
        if not structured.finite(hessian):
            return Halt(Status.STALLED, NOT_FINITE)
        scale = np.ones(point.x.size)
        if self.scaled:
            scale = grown(memory.scale, np.sqrt(abs(structured.diagonal(hessian))))
        return Shifted(point.gradient, hessian, scale), scale

    def _whole(self, oracle: Oracle, point: Point, memory: Memory) -> tuple[Dense, Vector] | Halt:
        """Return the model by the whole of H, and D."""
        hessian = oracle.hessian(point.x)
        scale = np.ones(point.x.size)
        if self.scaled:
            scale = grown(memory.scale, diagonal_lengths(hessian))
        if not finite(hessian, scale):
            return Halt(Status.STALLED, NOT_FINITE)
        if oracle.box.bounded:
            lower, upper = oracle.box.lower - point.x, oracle.box.upper - point.x
            return Bounded(point.gradient, hessian, scale, lower, upper), scale
        return exact(point.gradient, hessian, scale), scale


class TruncatedMemory(NamedTuple):
    """What `NewtonCG` remembers.

    Attributes:
        radius: Δ, in the scale of the step before.
        first_slope: ‖∇f‖ at the start, against which the forcing term is measured.
        scale: D of the step before; None without a scale.
        move: The step before; None at the start, and without a scale.
        factorise: Whether factorising the Hessian costs less than conjugate gradients do.
    """

    radius: float
    first_slope: float
    scale: Vector | None = None
    move: Vector | None = None
    factorise: bool = False


@dataclass(frozen=True)
class NewtonCG:
    """Trust-region Newton with truncated conjugate gradients (Steihaug 1983), for large n.

    Once a step has taken all the products it may, a Hessian that is known as a narrow band is
    factorised instead: an ill-conditioned one, of differences of high order, would take ever more.

    Attributes:
        forcing: Largest relative residual at which the inner iteration stops; it tightens as
            √(‖∇f‖/‖∇f(x₀)‖), which makes convergence superlinear (Dembo, Eisenstat & Steihaug
            1982). Range 0 < forcing < 1; default 0.5.
        products: Most Hessian products a step. Range ≥ 1; default 200.
        radius: First radius, as a multiple of ‖Dx₀‖ (of ‖D‖ where x₀ = 0). Range > 0; default 1.
        period: Where set, the variables are scaled by the root of the Hessian's diagonal, which
            preconditions the inner iteration; it is read off so many products (`combs`), unless the
            objective knows it. Default None.
    """

    forcing: float = 0.5
    products: int = 200
    radius: float = 1.0
    period: int | None = None

    @property
    def needs(self) -> frozenset[Need]:
        """What it asks of the objective beyond values and gradients."""
        return frozenset({Need.PRODUCT, Need.NOISE})

    def start(self, oracle: Oracle, x: Vector) -> State[TruncatedMemory]:
        """Return the first state."""
        point = oracle.at(x)
        slope = euclidean(point.gradient)
        return State(0, point, float("nan"), TruncatedMemory(0.0, slope))

    def step(self, oracle: Oracle, state: State[TruncatedMemory]) -> State[TruncatedMemory] | Halt:
        """Return the next state: one accepted step, however many trials it takes."""
        point, memory = state.point, state.memory
        products = 0

        def product(v: Vector) -> Vector:
            return oracle.hessian_product(point.x, v)

        def counted(v: Vector) -> Vector:
            nonlocal products
            products += 1
            return of_scaled(v)

        scale = np.ones(1)
        hessian: Structured | None = None
        if self.period is not None and oracle.has(Need.STRUCTURED):
            hessian = oracle.structured_hessian(point.x)
            scale = from_diagonal(structured.diagonal(hessian))
        elif self.period is not None:
            scale = lengths(product, point.x.size, self.period)
        radius = memory.radius
        if state.iteration == 0:
            radius = first_radius(self.radius, np.broadcast_to(scale, point.x.shape), point.x)
        elif memory.scale is not None and memory.move is not None:
            radius *= _length(scale, memory.move) / _length(memory.scale, memory.move)
        region = Region(oracle, point, scale, oracle.value)
        slope = euclidean(oracle.box.projected(point.x, point.gradient))
        relative = math.sqrt(slope / memory.first_slope) if memory.first_slope > 0.0 else 0.0
        bounds = None
        if oracle.box.bounded:
            bounds = oracle.box.lower - point.x, oracle.box.upper - point.x
        tolerance = min(self.forcing, relative) * region.slope(point)
        made: Advance | Halt | None = None
        if memory.factorise and hessian is not None and structured.finite(hessian):
            made = advance(region, [Shifted(point.gradient, hessian, scale)], 0, radius)
        factorise = isinstance(made, Advance) and made.free
        if made is None or isinstance(made, Halt):
            of_scaled = in_scale(product, scale)
            if hessian is not None:
                of_scaled = structured.multiplier(structured.scaled(hessian, scale))
            model = scaled(point.gradient, counted, scale, tolerance, self.products, bounds)
            made = advance(region, [model], 0, radius)
        if isinstance(made, Halt):
            return made
        landing = oracle.landing(made.x)
        move = landing.x - point.x
        if products >= self.products and hessian is not None and bounds is None:
            factorise = structured.narrow(hessian)
        kept = TruncatedMemory(made.radius, memory.first_slope, factorise=factorise)
        if self.period is not None:
            kept = kept._replace(scale=scale, move=move)
        return State(state.iteration + 1, landing, euclidean(move), kept)


def _length(scale: Vector, move: Vector) -> float:
    return euclidean(scale * move)
