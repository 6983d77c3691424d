"""The subproblem by truncated conjugate gradients, from products with the Hessian alone.

Steihaug (1983), SIAM J. Numer. Anal. 20, 626–637; Nocedal & Wright (2006), Alg. 7.2. Within bounds
the iteration is held to a face of the box, clipped, and repeated on the smaller face, after Lin &
Moré (1999), SIAM J. Optim. 9, 1100–1127.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from gdcli.engine.norms import euclidean
from gdcli.engine.objective import Vector
from gdcli.methods.subproblems.step import Model, Step

Product = Callable[[Vector], Vector]
Mask = NDArray[np.bool_]

FACES = 8
"""How many times a face may shrink before the step is taken as it is."""
CAUCHY_TRIALS = 20


def truncated(
    gradient: Vector,
    product: Product,
    free: Mask | None,
    radius: float,
    tolerance: float,
    limit: int,
) -> tuple[Vector, Vector, bool]:
    """Minimise gᵀs + ½sᵀBs over the free variables within ‖s‖ ≤ Δ, as far as it pays.

    Args:
        product: v ↦ Bv.
        free: Mask of the variables that may move; None: all may.
        tolerance: Stop at a residual of this length.
        limit: Most products.

    Returns:
        s, Bs and whether the radius (or negative curvature) ended it.
    """
    s, scratch = np.zeros_like(gradient), np.empty_like(gradient)
    image: Vector | None = None  # Bs, where that is not residual - gradient
    residual = gradient.copy()
    if free is not None:
        image, residual = np.zeros_like(gradient), np.where(free, gradient, 0.0)
    d = -residual
    square = float(residual @ residual)
    ss, sd, dd = 0.0, 0.0, square  # ‖s‖², s·d and ‖d‖² by recurrence: no pass over the vectors
    for _ in range(limit):
        if math.sqrt(square) <= tolerance:
            break
        bent = product(d)
        curvature = float(d @ bent)
        if not math.isfinite(curvature):
            break
        alpha = square / curvature if curvature > 0.0 else math.inf
        if curvature <= 0.0 or ss + alpha * (2.0 * sd + alpha * dd) >= radius**2:
            tau = to_boundary(s, d, radius)
            before_it = residual - gradient if image is None else image
            return s + tau * d, before_it + tau * bent, True
        s += np.multiply(d, alpha, out=scratch)
        np.multiply(bent, alpha, out=scratch)
        if image is None or free is None:
            residual += scratch
        else:
            image += scratch
            residual += np.where(free, scratch, 0.0)
        before, square = square, float(residual @ residual)
        ss += alpha * (2.0 * sd + alpha * dd)
        beta = square / before
        sd = beta * (sd + alpha * dd)
        dd = square + beta * beta * dd
        d *= beta
        d -= residual
    return s, residual - gradient if image is None else image, False


def to_boundary(s: Vector, d: Vector, radius: float) -> float:
    """Return t ≥ 0 with ‖s + td‖ = Δ, for ‖s‖ ≤ Δ; without cancellation."""
    a, b = float(d @ d), float(s @ d)
    c = max(0.0, radius**2 - float(s @ s))
    root = math.sqrt(b * b + a * c)
    return c / (b + root) if b > 0.0 else (root - b) / a


class Conjugate:
    """gᵀs + ½sᵀBs within ‖s‖ ≤ Δ, B known by its products alone.

    A step of length 0 means that there is none.

    Args:
        gradient: g, shape (n,).
        product: v ↦ Bv.
        tolerance: Length of the residual at which the inner iteration stops.
        limit: Most products of one inner iteration.
        bounds: Distances to the lower and upper bounds, each of shape (n,); None: no bounds.
    """

    def __init__(
        self,
        gradient: Vector,
        product: Product,
        tolerance: float,
        limit: int,
        bounds: tuple[Vector, Vector] | None = None,
    ) -> None:
        self.gradient = gradient
        self.product = product
        self.tolerance = tolerance
        self.limit = limit
        self.bounds = bounds

    def step(self, radius: float) -> Step:
        """Return a step within the radius and the bounds that beats the Cauchy step."""
        if self.bounds is not None:
            return self._bounded(radius, *self.bounds)
        s, image, ended = self._inner(self.gradient, None, radius)
        return self._step(s, image, ended)

    def reduction(self, s: Vector) -> float:
        """Return −m(s)."""
        return -float(self.gradient @ s + 0.5 * (s @ self.product(s)))

    def _inner(
        self, gradient: Vector, free: Mask | None, radius: float
    ) -> tuple[Vector, Vector, bool]:
        return truncated(gradient, self.product, free, radius, self.tolerance, self.limit)

    def _step(self, s: Vector, image: Vector, ended: bool) -> Step:
        reduction = -float(self.gradient @ s + 0.5 * (s @ image))
        return Step(s, reduction, euclidean(s), ended)

    def _bounded(self, radius: float, lower: Vector, upper: Vector) -> Step:
        g = self.gradient
        free = ~(((lower >= 0.0) & (g >= 0.0)) | ((upper <= 0.0) & (g <= 0.0)))
        best = self._cauchy(free, radius, lower, upper)
        s, image = np.zeros_like(g), np.zeros_like(g)
        for _ in range(FACES):
            rest = radius - euclidean(s)
            if rest <= 0.0 or not free.any():
                break
            move, bent, ended = self._inner(g + image, free, rest)
            whole = s + move
            s = np.clip(whole, lower, upper)
            hit = s != whole
            image = self.product(s) if hit.any() else image + bent
            step = self._step(s, image, ended)
            if step.reduction > best.reduction:
                best = step
            if not hit.any():
                break
            free = free & ~hit
        return best

    def _cauchy(self, free: Mask, radius: float, lower: Vector, upper: Vector) -> Step:
        """Return a step along the projected gradient with a sufficient decrease of the model."""
        d = np.where(free, -self.gradient, 0.0)
        length = euclidean(d)
        best = self._step(np.zeros_like(d), np.zeros_like(d), False)
        if length == 0.0:
            return best
        curvature = float(d @ self.product(d))
        t = radius / length
        if curvature > 0.0:
            t = min(t, length**2 / curvature)
        for _ in range(CAUCHY_TRIALS):
            s = np.clip(t * d, lower, upper)
            best = self._step(s, self.product(s), t * length >= radius)
            if best.reduction >= -0.01 * float(self.gradient @ s):
                break
            t *= 0.25
        return best


class Scaled:
    """The model with the region ‖Ds‖ ≤ Δ, solved in the variables Ds.

    Args:
        inner: The model in those variables.
        scale: D, positive, shape (n,) or (1,).
    """

    def __init__(self, inner: Conjugate, scale: Vector) -> None:
        self.inner = inner
        self.scale = scale

    def step(self, radius: float) -> Step:
        """See `Model`."""
        step = self.inner.step(radius)
        return step._replace(s=step.s / self.scale)

    def reduction(self, s: Vector) -> float:
        """See `Model`."""
        return self.inner.reduction(self.scale * s)


def scaled(
    gradient: Vector,
    product: Product,
    scale: Vector,
    tolerance: float,
    limit: int,
    bounds: tuple[Vector, Vector] | None,
) -> Model:
    """Return the model of `Conjugate` with the region ‖Ds‖ ≤ Δ: preconditioned with D².

    Args:
        product: v ↦ D⁻¹BD⁻¹v.
        tolerance: Length of the scaled residual at which the inner iteration stops.
        scale: D, positive, shape (n,); shape (1,) stands for the identity.
    """
    if scale.size == 1:
        return Conjugate(gradient, product, tolerance, limit, bounds)
    if bounds is not None:
        bounds = bounds[0] * scale, bounds[1] * scale
    return Scaled(Conjugate(gradient / scale, product, tolerance, limit, bounds), scale)


def in_scale(product: Product, scale: Vector) -> Product:
    """Return v ↦ D⁻¹BD⁻¹v, given v ↦ Bv and D as `scaled` takes it."""
    return product if scale.size == 1 else lambda v: product(v / scale) / scale
