"""Steepest descent, with or without momentum."""

from __future__ import annotations

import numpy as np

from gdcli.engine.box import Box
from gdcli.engine.objective import Vector
from gdcli.engine.point import Point
from gdcli.records import dataclass


@dataclass(frozen=True)
class SteepestDescent:
    """d = −∇f; with bounds the projected gradient's.

    Cauchy (1847); with bounds Goldstein (1964), Levitin & Polyak (1966).
    """

    def start(self, point: Point) -> None:
        """See `Direction`."""

    def direction(self, point: Point, memory: None, box: Box) -> Vector:
        """See `Direction`."""
        return -box.projected(point.x, point.gradient)

    def update(
        self,
        memory: None,
        before: Point,
        after: Point,
        direction: Vector,
        step: float,
        box: Box,
    ) -> None:
        """See `Direction`."""


@dataclass(frozen=True)
class MemoryGradient:
    """d = −∇f + β·d₋: with a constant step t exactly momentum, v = t·d.

    Miele & Cantrell (1969), *Study on a memory gradient method for the minimization of functions*,
    J. Optim. Theory Appl. 3, 459–470, with a constant β.

    Attributes:
        momentum: β. Range 0 ≤ β < 1; default 0.9.
    """

    momentum: float = 0.9

    def start(self, point: Point) -> Vector:
        """Return d = 0."""
        return np.zeros_like(point.x)

    def direction(self, point: Point, memory: Vector, box: Box) -> Vector:
        """See `Direction`."""
        direction = self.momentum * memory
        direction -= point.gradient
        if box.bounded:
            direction = np.where(box.active(point.x, point.gradient), 0.0, direction)
        return direction

    def update(
        self,
        memory: Vector,
        before: Point,
        after: Point,
        direction: Vector,
        step: float,
        box: Box,
    ) -> Vector:
        """See `Direction`. What bounds cut off a step is forgotten."""
        return (after.x - before.x) / step
