"""Newton's method for many variables that each meet few others, with the exact Hessian."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from gdcli.engine import structured
from gdcli.engine.norms import euclidean
from gdcli.engine.objective import Need, Vector
from gdcli.engine.point import State
from gdcli.engine.status import Halt, Status
from gdcli.methods.scaling import NOT_FINITE, first_radius
from gdcli.methods.subproblems.combs import from_diagonal
from gdcli.methods.subproblems.shifted import Shifted
from gdcli.methods.trust_region import Region, advance
from gdcli.records import dataclass

if TYPE_CHECKING:
    from gdcli.engine.oracle import Oracle


class Memory(NamedTuple):
    """Δ in the scale of the step before, with that scale D and the step, shape (n,) each.

    The last two are None at the start.
    """

    radius: float
    scale: Vector | None
    move: Vector | None


@dataclass(frozen=True)
class BandNewton:
    """Trust-region Newton whose steps come from factorising a band (Moré & Sorensen 1983).

    Attributes:
        squares: Whether 2·JᵀJ of a sum of squares takes the place of the Hessian, as Levenberg and
            Marquardt have it. Default False.
        radius: First radius, as a multiple of ‖Dx₀‖ (of ‖D‖ where x₀ = 0). Range > 0; default 1.
    """

    radius: float = 1.0
    squares: bool = False

    @property
    def needs(self) -> frozenset[Need]:
        """What it asks of the objective beyond values and gradients."""
        return frozenset({Need.SQUARES if self.squares else Need.STRUCTURED, Need.NOISE})

    def start(self, oracle: Oracle, x: Vector) -> State[Memory]:
        """Return the first state."""
        return State(0, oracle.at(x), float("nan"), Memory(0.0, None, None))

    def step(self, oracle: Oracle, state: State[Memory]) -> State[Memory] | Halt:
        """Return the next state: one accepted step, however many trials it takes."""
        point, memory = state.point, state.memory
        ask = oracle.structured_squares if self.squares else oracle.structured_hessian
        hessian = ask(point.x)
        if not structured.finite(hessian):
            return Halt(Status.STALLED, NOT_FINITE)
        scale = from_diagonal(structured.diagonal(hessian))
        radius = memory.radius
        if memory.scale is None or memory.move is None:
            radius = first_radius(self.radius, scale, point.x)
        else:
            before = euclidean(memory.scale * memory.move)
            radius *= euclidean(scale * memory.move) / before
        model = Shifted(point.gradient, hessian, scale)
        region = Region(oracle, point, scale, oracle.value)
        made = advance(region, [model], 0, radius)
        if isinstance(made, Halt):
            return made
        landing = oracle.at(made.x)
        move = landing.x - point.x
        length = euclidean(move)
        return State(state.iteration + 1, landing, length, Memory(made.radius, scale, move))
