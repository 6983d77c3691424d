"""The shape of every method."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, TypeVar

from gdcli.engine.objective import Need, Vector
from gdcli.engine.point import State
from gdcli.engine.status import Halt

if TYPE_CHECKING:
    from gdcli.engine.oracle import Oracle

M = TypeVar("M")


class Method(Protocol[M]):
    """A frozen dataclass whose fields are its options.

    A method knows nothing of tables, clocks, files and limits: every evaluation passes the Oracle,
    which raises when a limit is reached. A method that cannot go on returns a `Halt`.
    """

    @property
    def needs(self) -> frozenset[Need]:
        """What it asks of the objective beyond values and gradients."""
        ...

    def start(self, oracle: Oracle, x: Vector) -> State[M]:
        """Return the first state, at `x` (inside the bounds)."""
        ...

    def step(self, oracle: Oracle, state: State[M]) -> State[M] | Halt:
        """Return the next state, or why there is none."""
        ...
