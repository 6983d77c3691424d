"""Plain gradient descent: Cauchy (1847), *Méthode générale pour la résolution des systèmes*."""

from __future__ import annotations

from gdcli.engine.box import Box
from gdcli.engine.objective import Vector
from gdcli.records import dataclass


@dataclass(frozen=True)
class Steepest:
    """x ← x − a·∇f."""

    def start(self, x: Vector) -> None:
        """See `Rule`."""

    def move(
        self, x: Vector, gradient: Vector, rate: float, k: int, memory: None, box: Box
    ) -> tuple[Vector, None]:
        """See `Rule`."""
        moved = x - rate * gradient
        return (box.clip(moved) if box.bounded else moved), None

    def stable_limit(self, curvature: float) -> float:
        """Return 2/L: beyond it |1 − a·L| > 1."""
        return 2.0 / curvature
