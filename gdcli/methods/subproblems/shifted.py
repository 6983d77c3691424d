"""The exact subproblem for many variables, by factorisations of H + μD².

Moré & Sorensen (1983), SIAM J. Sci. Stat. Comput. 4, 553–572, Alg. 3.2; Conn, Gould & Toint (2000),
*Trust-Region Methods*, Alg. 7.3.4: the step is s(μ) = −(H + μD²)⁻¹g with H + μD² positive definite,
and Newton's method on 1/‖Ds(μ)‖ = 1/Δ finds μ within a bracket. A step of about the radius is
enough. In the hard case the step is completed along a direction of least curvature.
"""

from __future__ import annotations

import math
from functools import cached_property
from typing import NamedTuple

import numpy as np

from gdcli.engine import structured
from gdcli.engine.norms import euclidean
from gdcli.engine.objective import Matrix, Structured, Vector
from gdcli.engine.structured import Factor, System
from gdcli.methods.subproblems.step import Step

CLOSE = 0.25
"""A step this near to the radius, in proportion, is as good as on it."""
FACTORISATIONS = 30
"""Most factorisations for one step."""
NARROW = 1e-3
"""A bracket of μ this narrow, in proportion, is not narrowed further: the hard case."""
REMEMBERED = 3
"""Factorisations that are kept for other radii."""
TURNS = 3
"""Steps of inverse iteration for a direction of least curvature."""
SMALLEST = 1e-14
"""The first shift against the largest curvature, once none at all does not do."""


class _Known(NamedTuple):
    """s(μ), laid out, with ‖Ds‖, −m(s), and the factorisation that it comes from."""

    s: Matrix
    length: float
    reduction: float
    factor: Factor


class Shifted:
    """gᵀs + ½sᵀHs with a structured H. The last factorisations are kept for other radii.

    Args:
        gradient: g, shape (n,).
        hessian: H; finite.
        scale: D, positive, shape (n,).
    """

    def __init__(self, gradient: Vector, hessian: Structured, scale: Vector) -> None:
        self.gradient = gradient
        self.hessian = hessian
        self.scale = scale
        self._system = System(hessian, scale * scale)
        self._squares = self._system.squares
        self._slopes = self._system.layout.lay(gradient)
        self._known: dict[float, _Known] = {}
        self._newton = self._at(0.0)
        # A step inside the radius with a shift as small as this is as good as one without.
        self._tiny = SMALLEST * self._curvature if self._newton is None else 0.0
        self._low = 0.0  # for this μ H + μD² is known not to be positive definite

    def _at(self, shift: float) -> _Known | None:
        """Return s(μ); None where H + μD² is not positive definite."""
        if shift in self._known:
            return self._known[shift]
        factor = self._system.factor(shift)
        if factor.negative != 0:
            return None
        s = factor.solve(self._slopes)
        np.negative(s, out=s)
        length = math.sqrt(_dot(s, self._squares * s))
        if not math.isfinite(length):
            return None
        reduction = 0.5 * (shift * length**2 - _dot(self._slopes, s))
        found = self._known[shift] = _Known(s, length, reduction, factor)
        if len(self._known) > REMEMBERED:
            self._known.pop(next(iter(self._known)))
        return found

    def step(self, radius: float) -> Step:
        """Return a minimiser within about the radius."""
        newton = self._newton
        if newton is not None and newton.length <= radius * (1.0 + CLOSE):
            return self._told(newton, boundary=False)
        low, high = self._low, math.inf
        best: _Known | None = None
        longer = None if newton is None else (0.0, newton)
        for shift, known in self._known.items():
            if known.length > radius * (1.0 + CLOSE):
                if longer is None or shift > longer[0]:
                    longer = shift, known
                low = max(low, shift)
            elif shift < high:
                high, best = shift, known
        if best is not None and high <= self._tiny:
            return self._told(best, boundary=False)
        if best is not None and best.length >= radius * (1.0 - CLOSE):
            return self._told(best)
        shift = self._first(longer, low, high, radius)
        for _ in range(FACTORISATIONS):
            found = self._at(shift)
            if found is None:
                low = self._low = max(low, shift)
            elif found.length > radius * (1.0 + CLOSE):
                low = max(low, shift)
            else:
                high, best = min(high, shift), found
                if found.length >= radius * (1.0 - CLOSE):
                    return self._told(found)
                if shift <= self._tiny:
                    return self._told(found, boundary=False)
            if high < math.inf and high - low <= NARROW * high:
                break
            shift = self._next(found, shift, low, high, radius)
            if low < self._tiny:
                shift = max(shift, self._tiny)
        if best is None:
            return Step(np.zeros_like(self.gradient), 0.0, 0.0, True)
        return self._completed(best, radius)

    def _first(
        self, longer: tuple[float, _Known] | None, low: float, high: float, radius: float
    ) -> float:
        """Return the first μ to try: by Newton's method from one too small, or a guess."""
        if longer is not None:
            guess = self._improved(longer[1], longer[0], radius)
            if low < guess < high:
                return guess
        if high < math.inf:
            return math.sqrt(max(low, NARROW * high) * high)
        slope = euclidean(self.gradient / self.scale)
        return max(2.0 * low, SMALLEST * self._curvature, 0.1 * slope / radius)

    @cached_property
    def _curvature(self) -> float:
        """The largest curvature of a variable, in the scale."""
        diagonal = structured.diagonal(self.hessian)
        return float((abs(diagonal) / self.scale**2).max())

    def _next(
        self, found: _Known | None, shift: float, low: float, high: float, radius: float
    ) -> float:
        """Return Newton's next μ, kept well inside the bracket."""
        if found is not None:
            guess = self._improved(found, shift, radius)
            if low < guess < high:
                return guess
        if high == math.inf:
            return 10.0 * shift
        return max(math.sqrt(low * high), low + 0.01 * (high - low))

    def _improved(self, found: _Known, shift: float, radius: float) -> float:
        """Return Newton's iterate for 1/‖Ds(μ)‖ = 1/Δ."""
        pull = self._squares * found.s
        rate = _dot(pull, found.factor.solve(pull))
        if not rate > 0.0:
            return math.nan
        return shift + (found.length / radius - 1.0) * found.length**2 / rate

    def _told(self, found: _Known, boundary: bool = True) -> Step:
        flat = self._system.layout.flat
        return Step(flat(found.s), found.reduction, found.length, boundary)

    def _completed(self, inner: _Known, radius: float) -> Step:
        """Return a step inside the radius, gone on to it along a direction of least curvature."""
        squares, z = self._squares, inner.s
        if not z.any():
            z = np.where(np.arange(z.size).reshape(z.shape) % 2 == 0, 1.0, -1.0) / np.sqrt(squares)
        for _ in range(TURNS):
            z = inner.factor.solve(squares * z)
            z /= math.sqrt(_dot(z, squares * z)) or 1.0
        along = _dot(squares * inner.s, z)
        rest = math.sqrt(max(along**2 + radius**2 - inner.length**2, 0.0))
        flat = self._system.layout.flat
        steps = [flat(inner.s + t * z) for t in (rest - along, -rest - along, 0.0)]
        gains = [self.reduction(s) for s in steps]
        k = int(np.argmax(gains))
        length = euclidean(self.scale * steps[k])
        return Step(steps[k], max(gains[k], 0.0), length, True)

    def reduction(self, s: Vector) -> float:
        """Return −m(s)."""
        return -float(self.gradient @ s + 0.5 * (s @ structured.product(self.hessian, s)))

    def decrement(self) -> float:
        """Return what a Newton step promises; infinity where H is not positive definite."""
        return math.inf if self._newton is None else self._newton.reduction

    def reach(self) -> float:
        """Return the length of a full step; infinity where H is not positive definite."""
        return math.inf if self._newton is None else self._newton.length


def _dot(a: Matrix, b: Matrix) -> float:
    return float(a.reshape(-1) @ b.reshape(-1))
