"""The plainest methods there are, to test the loop with."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gdcli.engine.objective import Need
from gdcli.engine.oracle import Oracle
from gdcli.engine.point import State
from gdcli.engine.status import Halt, Status


@dataclass(frozen=True)
class FixedStep:
    """x ← P(x − rate·∇f)."""

    rate: float

    @property
    def needs(self) -> frozenset[Need]:
        return frozenset()

    def start(self, oracle: Oracle, x: np.ndarray) -> State[None]:
        return State(0, oracle.at(x), float("nan"), None)

    def step(self, oracle: Oracle, state: State[None]) -> State[None]:
        point = state.point
        x = oracle.box.clip(point.x - self.rate * point.gradient)
        return State(state.iteration + 1, oracle.at(x), self.rate, None)


@dataclass(frozen=True)
class Halving(FixedStep):
    """The same, with the step halved until the value falls; stalls where it never does."""

    def step(self, oracle: Oracle, state: State[None]) -> State[None] | Halt:
        point, t = state.point, self.rate
        while True:
            x = oracle.box.clip(point.x - t * point.gradient)
            if np.array_equal(x, point.x):
                return Halt(Status.STALLED, "no step lowers the value")
            if oracle.value(x) < point.value:
                return State(state.iteration + 1, oracle.at(x), t, None)
            t *= 0.5
