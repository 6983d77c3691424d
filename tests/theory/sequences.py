"""The bare sequence of a method on problems whose theory is known."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from typing import Any

import numpy as np

from gdcli.engine.method import Method
from gdcli.engine.oracle import Oracle
from gdcli.engine.point import State
from gdcli.engine.run import iterate
from tests.methods.objectives import Squares, linear


def bowl(curvatures: Sequence[float]) -> Squares:
    """Return ½Σ λ_i·x_i²."""
    weights = np.asarray(curvatures, dtype=float)
    return linear(np.diag(np.sqrt(0.5 * weights)), np.zeros(weights.size))


def states(
    method: Method[Any], objective: Any, start: Sequence[float], count: int
) -> list[State[Any]]:
    """Return the first states, the start included; fewer where the method cannot go on."""
    oracle = Oracle(objective)
    return list(islice(iterate(method, oracle, np.array(start, dtype=float)), count + 1))


def places(
    method: Method[Any], objective: Any, start: Sequence[float], count: int
) -> list[np.ndarray]:
    """Return the first iterates."""
    return [state.point.x for state in states(method, objective, start, count)]
