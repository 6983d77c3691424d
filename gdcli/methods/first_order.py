"""Shape 3 of a method: an update rule × a schedule. One evaluation a step, no search."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

from gdcli.engine.box import Box
from gdcli.engine.objective import Need, Vector
from gdcli.engine.point import State
from gdcli.engine.status import Halt, Status
from gdcli.methods.schedules import Schedule
from gdcli.records import dataclass

if TYPE_CHECKING:
    from gdcli.engine.oracle import Oracle

M = TypeVar("M")

LOOK_EVERY = 16
"""Steps between looks at whether x still moves."""


class Rule(Protocol[M]):
    """How x moves, given the gradient and a rate. A frozen dataclass of its constants."""

    def start(self, x: Vector) -> M:
        """Return the memory at the start."""
        ...

    def move(
        self, x: Vector, gradient: Vector, rate: float, k: int, memory: M, box: Box
    ) -> tuple[Vector, M]:
        """Return the next x, projected into the box, and the memory; k counts steps from 0.

        The memory's arrays may be written to; x and the gradient may not.
        """
        ...

    def stable_limit(self, curvature: float) -> float:
        """Return the largest rate that is stable on a quadratic of this curvature.

        Infinity for rules where curvature sets no limit: they normalise the gradient.
        """
        ...


@dataclass(frozen=True)
class FirstOrder(Generic[M]):
    """x moves by a rule, at a rate that a schedule sets."""

    rule: Rule[M]
    schedule: Schedule

    @property
    def needs(self) -> frozenset[Need]:
        """What it asks of the objective beyond values and gradients: nothing."""
        return frozenset()

    def stable_limit(self, curvature: float) -> float:
        """Return the largest stable learning rate where the Hessian's norm is `curvature`."""
        return self.rule.stable_limit(curvature)

    def start(self, oracle: Oracle, x: Vector) -> State[M]:
        """Return the first state."""
        return State(0, oracle.at(x), float("nan"), self.rule.start(x))

    def step(self, oracle: Oracle, state: State[M]) -> State[M] | Halt:
        """Return the next state; Halt where x can no longer move."""
        k, point, _, memory = state
        rate = self.schedule(k)
        x, memory = self.rule.move(point.x, point.gradient, rate, k, memory, oracle.box)
        if (rate == 0.0 or k % LOOK_EVERY == 0) and not self._moves(rate, point.x, x):
            return Halt(
                Status.STALLED,
                f"at a learning rate of {rate:.3g} steps are too short to move any variable",
                "use a larger learning rate, or a schedule that decays more slowly",
            )
        return State(k + 1, oracle.at(x), rate, memory)

    def _moves(self, rate: float, before: Vector, after: Vector) -> bool:
        """Return whether x moves, or may move again when the rate has grown."""
        if self.schedule.rises:
            return True
        if rate > 0.0 and before.item(0) != after.item(0):
            return True
        return rate > 0.0 and bool((before != after).any())
