"""BFGS with limited memory, in compact form.

Liu & Nocedal (1989), *On the limited memory BFGS method*, Math. Program. 45, 503–528; the compact
representation: Byrd, Nocedal & Schnabel (1994), *Representations of quasi-Newton matrices*, Math.
Program. 63, 129–156, eq. 3.1. The last pairs (s, y) are rows of one matrix W, used as a ring; a
direction reads W twice, once for W·g and once for c·W. All else is of the size of the memory: with
R_ij = s_i·y_j for i not newer than j, R⁻¹ is kept up to date by a column a pair, and dropping the
oldest pair only drops a row and a column.
"""

from __future__ import annotations

import numpy as np

from gdcli.engine.box import Box
from gdcli.engine.objective import Matrix, Vector
from gdcli.engine.point import Point
from gdcli.methods.directions.bfgs import FLAT
from gdcli.methods.directions.direction import Mask, held, onto_bounds
from gdcli.records import dataclass

BLOCK = 8192
"""Elements of a long vector that are worked on at a time, to stay in cache."""


class Ring:
    """The last pairs, and their products. Rows 2k and 2k + 1 of W are s and y of slot k.

    Attributes:
        pairs: W, shape (2m, n).
        count: How many slots are filled, from slot 0 on.
        newest: The slot of the newest pair.
        inverse: R⁻¹, shape (m, m), by slots.
        curvatures: s_k·y_k, shape (m,).
        squares: y_i·y_j, shape (m, m).
        scale: γ = s·y/y·y of the newest pair: the inverse Hessian to begin with is γ·I.
        products: W·g at the current point, shape (2·count,).
    """

    __slots__ = (
        "count", "curvatures", "inverse", "newest", "pairs", "products", "scale", "squares",
    )  # fmt: skip

    def __init__(self, memory: int, size: int) -> None:
        self.pairs: Matrix = np.empty((2 * memory, size))
        self.count = 0
        self.newest = -1
        self.inverse: Matrix = np.zeros((memory, memory))
        self.curvatures: Vector = np.ones(memory)
        self.squares: Matrix = np.zeros((memory, memory))
        self.scale = 1.0
        self.products: Vector = np.empty(0)

    def take(self, before: Point, after: Point) -> None:
        """Take in the pair between two points and set `products`.

        The pair is written straight into the oldest slot. If it shows no curvature that slot is
        left empty: rows of zeros add nothing to anything.
        """
        pairs, products = self.pairs, self.products
        slot = (self.newest + 1) % self.curvatures.size
        s, y = pairs[2 * slot], pairs[2 * slot + 1]
        np.subtract(after.x, before.x, out=s)
        np.subtract(after.gradient, before.gradient, out=y)
        sy, yy = float(s.dot(y)), float(y.dot(y))
        curved = sy > 0.0 and sy * sy > FLAT * FLAT * yy * float(s.dot(s))
        if not curved:
            s[:] = y[:] = 0.0
        elif slot == self.count:
            self.count += 1
        count = self.count
        self.products = pairs[: 2 * count].dot(after.gradient)
        inverse = self.inverse[:count, :count]
        if slot < count:
            inverse[slot] = 0.0
            inverse[:, slot] = 0.0
        if not curved:
            self.squares[slot] = self.squares[:, slot] = 0.0
            return
        change = self.products.copy()
        change[: products.size] -= products
        change[2 * slot + 1] = yy
        across = change[1::2]
        column = inverse.dot(change[0::2])
        column *= -1.0 / sy
        column[slot] = 1.0 / sy
        inverse[:, slot] = column
        self.squares[slot, :count] = across
        self.squares[:count, slot] = across
        self.curvatures[slot] = sy
        self.newest, self.scale = slot, sy / yy

    def coefficients(self) -> Vector:
        """Return c with −H·g = c·W − γ·g, shape (2·count,)."""
        count, products, scale = self.count, self.products, self.scale
        inverse = self.inverse[:count, :count]
        c = np.empty(2 * count)
        u = inverse.dot(products[0::2])
        w = products[1::2] - self.squares[:count, :count].dot(u)
        w *= scale
        w -= self.curvatures[:count] * u
        c[0::2] = w.dot(inverse)
        u *= scale
        c[1::2] = u
        return c

    def restricted(self, gradient: Vector, mask: Mask) -> Vector:
        """Return −H·g over the variables outside the mask, from the pairs' parts there; 0 inside.

        Pairs whose parts there show no curvature are left out.
        """
        memory = self.curvatures.size
        order = [(self.newest + 1 + k) % memory for k in range(memory)]
        order = [slot for slot in order if slot < self.count]
        free = np.flatnonzero(~mask)
        part, g = self.pairs[: 2 * self.count, free], gradient[free]
        gram = part @ part.T
        across, sizes = gram.diagonal(1)[0::2], np.sqrt(gram.diagonal())
        kept = [k for k in order if across[k] > FLAT * sizes[2 * k] * sizes[2 * k + 1]]
        direction = np.zeros_like(gradient)
        if not kept:
            direction[free] = -self.scale * g
            return direction
        rows = np.array(kept)
        s_rows, y_rows = 2 * rows, 2 * rows + 1
        triangle = np.triu(gram[np.ix_(s_rows, y_rows)])
        last = rows[-1]
        scale = float(gram[2 * last, 2 * last + 1] / gram[2 * last + 1, 2 * last + 1])
        products = part @ g
        u = np.linalg.solve(triangle, products[s_rows])
        w = scale * (gram[np.ix_(y_rows, y_rows)] @ u - products[y_rows])
        w += triangle.diagonal() * u
        c = np.zeros(2 * self.count)
        c[s_rows] = np.linalg.solve(triangle.T, w)
        c[y_rows] = -scale * u
        direction[free] = -(scale * g + c @ part)
        return direction


@dataclass(frozen=True)
class LBFGS:
    """d = −H·∇f, with H from the last pairs.

    Attributes:
        memory: How many pairs are kept. Range 1 to 1000; default 10.
    """

    memory: int = 10

    def start(self, point: Point) -> Ring:
        """See `Direction`."""
        return Ring(0, 0)

    def direction(self, point: Point, memory: Ring, box: Box) -> Vector:
        """See `Direction`."""
        mask = held(box, point)
        if memory.count == 0:
            direction = -box.projected(point.x, point.gradient)
        elif mask is not None:
            direction = memory.restricted(point.gradient, mask)
        else:
            direction = memory.coefficients().dot(memory.pairs[: 2 * memory.count])
            subtract(direction, memory.scale, point.gradient)
        return direction if mask is None else onto_bounds(box, point, mask, direction)

    def update(
        self,
        memory: Ring,
        before: Point,
        after: Point,
        direction: Vector,
        step: float,
        box: Box,
    ) -> Ring:
        """See `Direction`. The first pair makes the room for all: who kept the start keeps none."""
        if not memory.pairs.size:
            memory = Ring(self.memory, after.x.size)
        memory.take(before, after)
        return memory


def subtract(target: Vector, factor: float, vector: Vector) -> None:
    """Do target −= factor·vector, without a vector of that length in between."""
    if target.size <= BLOCK:
        target -= factor * vector
        return
    for k in range(0, target.size, BLOCK):
        target[k : k + BLOCK] -= factor * vector[k : k + BLOCK]
