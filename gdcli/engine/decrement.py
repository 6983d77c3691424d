"""Newton's decrement: the decrease of the objective that a Newton step still promises.

d = ½·∇fᵀH⁻¹∇f, over the variables that no bound holds: by the exact Hessian where that is cheap,
otherwise by conjugate gradients and Hessian products.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np

from gdcli.engine import structured
from gdcli.engine.box import Box
from gdcli.engine.norms import euclidean
from gdcli.engine.objective import Need, Vector
from gdcli.engine.oracle import Oracle
from gdcli.engine.point import Point
from gdcli.engine.second_order import cheap, free_variables, spectrum

NOISY = 4.0
"""A slope within this factor of its noise is at its rounding level."""
SHIFTS = (2.0, -2.0, 1.0)
"""Displacements of x, in units in the last place, that show the gradient's noise."""
PRODUCTS = 50
"""Hessian products for one estimate of d by conjugate gradients."""
LEAST, TINY = 1e-20, 1e-14
"""Least curvature of a variable against the largest, and the shift against that curvature."""
SHARP = 0.1
"""Relative residual at which that estimate is good enough."""


class Newton(NamedTuple):
    """What the Hessian says at a point, over the variables that no bound holds.

    Attributes:
        decrement: d, over the directions with curvature.
        remainder: What the slope in the directions without curvature may be worth, ‖x‖ far.
        step: Newton's step in the convex directions, shape (n,); not the step taken, which a
            trust region may have made tiny.
        convex: Whether there is no negative curvature beyond rounding.
    """

    decrement: float
    remainder: float
    step: Vector
    convex: bool


def newton(oracle: Oracle, point: Point) -> Newton | None:
    """Return d and what belongs to it; None if the Hessian is not finite."""
    x = point.x
    hessian = oracle.hessian(x)
    free, _ = free_variables(oracle, point, hessian.diagonal())
    step = np.zeros(x.size)
    if not free.any():
        return Newton(0.0, 0.0, step, True)
    everywhere = bool(free.all())
    found = spectrum(hessian if everywhere else hessian[np.ix_(free, free)])
    if found is None:
        return None
    c = found.vectors.T @ (point.gradient[free] / found.scale)
    size = abs(found.values)
    curved = size > found.level
    decrement = 0.5 * float((c[curved] ** 2 / size[curved]).sum())
    reach = max(1.0, euclidean(found.scale * x[free]))
    remainder = euclidean(c[~curved]) * reach
    up = curved & (found.values > 0.0)
    step[free] = -(found.vectors[:, up] @ (c[up] / found.values[up])) / found.scale
    return Newton(decrement, remainder, step, not found.negative)


def changes(evaluate: Callable[[Vector], Point], box: Box, point: Point) -> Iterator[Vector]:
    """Yield how the gradient changes when x moves by a few units in the last place."""
    ulps = np.spacing(abs(point.x))
    for k, shift in enumerate(SHIFTS):
        signs = np.where(np.arange(point.x.size) % (k + 1) == 0, 1.0, -1.0)
        yield evaluate(box.clip(point.x + shift * signs * ulps)).gradient - point.gradient


def explained(oracle: Oracle, point: Point, d: float) -> bool:
    """Return whether rounding of the gradient explains a decrement d.

    Noise along one direction says nothing of the slope along another, as of a valley's floor: so
    the noise is weighed by the inverse Hessian as the slope is.
    """
    hessian = oracle.hessian(point.x)
    free, _ = free_variables(oracle, point, hessian.diagonal())
    found = spectrum(hessian[np.ix_(free, free)])
    if found is None:
        return False
    size = np.maximum(abs(found.values), found.level)
    noise = 0.0
    for change in changes(oracle.survey, oracle.box, point):
        c = found.vectors.T @ (change[free] / found.scale)
        if np.isfinite(c).all():
            noise = max(noise, 0.5 * float((c**2 / size).sum()))
    return d <= NOISY**2 * noise


def newton_by_factors(oracle: Oracle, point: Point) -> Newton | None:
    """Return the same by factorising the Hessian's diagonals; None where it has no such form.

    Where H itself is singular, as with a variable that has no effect, a shift far below what its
    diagonal says makes it definite.
    """
    if oracle.box.bounded or not oracle.has(Need.STRUCTURED):
        return None
    hessian = oracle.structured_hessian(point.x)
    if not (structured.narrow(hessian) and structured.finite(hessian)):
        return None
    squares = abs(structured.diagonal(hessian))
    squares = np.maximum(squares, LEAST * float(squares.max(initial=0.0)) or 1.0)
    system = structured.System(hessian, squares)
    for shift in (0.0, TINY):
        factor = system.factor(shift)
        if factor.negative == 0:
            laid = factor.solve(system.layout.lay(point.gradient))
            step = -system.layout.flat(laid)
            return Newton(-0.5 * float(point.gradient @ step), 0.0, step, True)
    return None


def decrement_by_products(oracle: Oracle, point: Point, level: float) -> float | None:
    """Return d by conjugate gradients, or a lower bound above `level`; None if there is none.

    None stands for negative curvature far below `level` too: that is for the second-order test, so
    a d below `level` is returned there.
    """
    free = ~oracle.box.active(point.x, point.gradient)
    r = np.where(free, -point.gradient, 0.0)
    p, rr, d = r, float(r @ r), 0.0
    goal = SHARP**2 * rr
    for _ in range(min(PRODUCTS, int(free.sum()))):
        image = np.where(free, oracle.hessian_product(point.x, p), 0.0)
        curvature = float(p @ image)
        if not math.isfinite(curvature):
            return None
        if curvature <= 0.0:
            return d if rr == 0.0 or d > level else None
        alpha = rr / curvature
        d += 0.5 * alpha * rr
        if d > level:
            return d
        r = r - alpha * image
        new = float(r @ r)
        if new <= goal:
            return d
        p = r + (new / rr) * p
        rr = new
    return d


def decrement(oracle: Oracle, point: Point, level: float) -> float | None:
    """Return d, or anything above `level` if it is above; None where it is not to be had.

    What the slope may be worth in directions without curvature counts as decrement too.
    """
    if cheap(oracle, point.x.size):
        found = newton(oracle, point)
        return None if found is None else max(found.decrement, found.remainder)
    return decrement_by_products(oracle, point, level) if oracle.has(Need.PRODUCT) else None
