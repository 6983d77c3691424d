"""A convex quadratic plus maxima of linear functions, minimised in a box.

    min over l ≤ d ≤ u of  gᵀd + ½dᵀBd + Σ_j c_j·max over the rows i of j of (b_i + A_i·d)

by Mehrotra's predictor-corrector method (Nocedal & Wright (2006), Alg. 16.4; Gertz & Wright (2003),
ACM TOMS 29). Each maximum t_j is an unknown of its own, eliminated from the linear systems, which
are n × n. What the method leaves to rounding is then made exact by solving for the rows and bounds
that it found to be active.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from gdcli.engine.objective import Indices, Matrix, Vector

MOST = 60
"""Interior-point iterations."""
CLOSE, FAIR = 1e-11, 1e-8
"""Complementarity, against what is gained, and residuals, against slopes, at which it ends."""
CORRECTIONS = 8
"""How often the active rows are corrected afterwards."""
NEGATIVE = 1e-9
"""Multipliers down to minus this part of their sum are 0."""
LEAST = 1e-4
"""It need not end with a gap below this part of that, against what the box could bring at most."""
ROUNDED = 1e-15
"""Rounding of the function, against its slopes: x is at distances of 1 from 0, and so are they."""
TO_BOUNDARY = 0.995
"""So far a step goes towards the first unknown that it would make negative."""
CRAMPED, CENTRED = 0.3, 0.3
"""A step shorter than the first is tried again with so much of the complementarity kept."""


class Subproblem(NamedTuple):
    """The problem above.

    Attributes:
        g, hessian: Shapes (n,) and (n, n), B positive semidefinite.
        weight: c > 0, shape (k,).
        b, rows: Shapes (r,) and (r, n).
        kink: j of each row, not falling, every j there, shape (r,).
        first: The first row of each j, shape (k,).
        lower, upper: l ≤ 0 ≤ u, finite, shape (n,).
    """

    g: Vector
    hessian: Matrix
    weight: Vector
    b: Vector
    rows: Matrix
    kink: Indices
    first: Indices
    lower: Vector
    upper: Vector

    def value(self, d: Vector) -> float:
        """Return the function at d, less that at 0."""
        smooth = float(self.g @ d + 0.5 * (d @ self.hessian @ d))
        if not self.first.size:
            return smooth
        moved = np.maximum.reduceat(self.b + self.rows @ d, self.first)
        return smooth + float(self.weight @ (moved - np.maximum.reduceat(self.b, self.first)))


class Solution(NamedTuple):
    """The minimiser.

    Attributes:
        d: Shape (n,).
        y: Multipliers of the rows, ≥ 0, those of j with the sum c_j, shape (r,).
        reduction: By how much the function falls.
    """

    d: Vector
    y: Vector
    reduction: float


def solve(problem: Subproblem, check: Callable[[], object] = bool) -> Solution | None:
    """Return the minimiser; None if the arithmetic fails.

    Args:
        check: Called at every iteration; raises where there is no time for more.
    """
    with np.errstate(all="ignore"):
        try:
            inside = None if problem.first.size else _inside(problem)
            if inside is not None:
                return Solution(inside, np.zeros(0), -problem.value(inside))
            found = _interior(problem, check)
        except np.linalg.LinAlgError:
            return None
        d, y, slack, low, high = found
        reduction = -problem.value(d)
        exact = _exact(problem, d, y, slack, low, high, reduction)
    return exact or Solution(d, y, reduction)


def _inside(problem: Subproblem) -> Vector | None:
    """Return the unconstrained minimiser of the quadratic, if it is within the box."""
    try:
        d = np.asarray(np.linalg.solve(problem.hessian, -problem.g), dtype=np.float64)
    except np.linalg.LinAlgError:
        return None
    inside = np.isfinite(d).all() and (d >= problem.lower).all() and (d <= problem.upper).all()
    return d if inside else None


def _interior(
    problem: Subproblem, check: Callable[[], object]
) -> tuple[Vector, Vector, Vector, Vector, Vector]:
    """Return d, y, the rows' slacks, and the multipliers of both bounds."""
    g, hessian, weight, b, rows, kink, first, lower, upper = problem
    kinked = first.size > 0
    n, count = g.size, b.size + 2 * g.size
    width = upper - lower
    d = np.clip(np.zeros(n), lower + 0.05 * width, upper - 0.05 * width)
    reach = float(width.max()) * 0.5
    slopes = abs(rows).sum(axis=1) if kinked else np.zeros(0)

    def tops(v: Vector) -> Vector:
        return np.maximum.reduceat(v, first) if kinked else v

    def sums(v: Vector) -> Vector:
        return np.add.reduceat(v, first) if kinked else v

    values = b + rows @ d
    spread = np.maximum(tops(values) - (-tops(-values)), 0.2 * reach * tops(slopes))
    spread[spread == 0.0] = 1.0
    t = tops(values) + 0.5 * spread
    s = t[kink] - values
    y = (weight / sums(np.ones(b.size)))[kink]
    below, above = d - lower, upper - d
    gradient = abs(g + hessian @ d + rows.T @ y)
    floor = float(gradient.max(initial=0.0)) or 1.0
    low = np.maximum(gradient, 0.1 * floor)
    high = low.copy()
    size = float(abs(g).max() + (abs(rows).max(initial=0.0) * weight.max(initial=0.0))) or 1.0
    size += float(abs(hessian).max()) * reach
    parting = rows[::2] - rows[1::2] if 2 * first.size == b.size else rows
    for _ in range(MOST):
        check()
        mu = float(s @ y + below @ low + above @ high) / count
        dual = g + hessian @ d + rows.T @ y - low + high
        lack = weight - sums(y)
        primal = t[kink] - b - rows @ d - s
        if (
            mu * count <= CLOSE * max(-problem.value(d), LEAST * size * reach)
            and abs(dual).max() <= FAIR * size
            and abs(lack).max(initial=0.0) <= FAIR * weight.max(initial=0.0)
        ):
            break
        system = _System.made(problem, s, y, below, above, low, high, (dual, lack, primal), parting)
        if system is None:
            break
        direction = system.direction
        found = direction(-s * y, -below * low, -above * high)
        dd, _, ds, dy, dl, dh = found
        a = min(_longest(s, ds), _longest(below, dd), _longest(above, -dd))
        e = min(_longest(y, dy), _longest(low, dl), _longest(high, dh))
        after = float(
            (s + a * ds) @ (y + e * dy)
            + (below + a * dd) @ (low + e * dl)
            + (above - a * dd) @ (high + e * dh)
        )
        centre = (after / count / mu) ** 3 * mu
        bent = direction(
            centre - s * y - ds * dy,
            centre - below * low - dd * dl,
            centre - above * high + dd * dh,
        )
        dd, dt, ds, dy, dl, dh = bent
        a = _common((s, ds), (below, dd), (above, -dd), (y, dy), (low, dl), (high, dh))
        if a < CRAMPED:
            straight = direction(
                CENTRED * mu - s * y, CENTRED * mu - below * low, CENTRED * mu - above * high
            )
            dd, dt, ds, dy, dl, dh = straight
            other = _common((s, ds), (below, dd), (above, -dd), (y, dy), (low, dl), (high, dh))
            if other > a:
                a = other
            else:
                dd, dt, ds, dy, dl, dh = bent
        moved = d + a * dd
        if not (np.isfinite(moved).all() and np.isfinite(dy).all()):
            break
        d, t, s, y = moved, t + a * dt, s + a * ds, y + a * dy
        low, high = low + a * dl, high + a * dh
        below, above = np.maximum(d - lower, 1e-300), np.maximum(upper - d, 1e-300)
        if a < 1e-10:
            break
    d = np.clip(d, lower, upper)
    return d, y, s, low, high


class _System(NamedTuple):
    """Newton's equations at an iterate, with everything but d eliminated.

    Attributes:
        residuals: Of the dual equations, of the sums of multipliers, and of the slacks.
        ratio, total: y/s, and its sum for each kink.
        matrix, inverse: For d alone, shape (n, n).
    """

    problem: Subproblem
    s: Vector
    y: Vector
    below: Vector
    above: Vector
    low: Vector
    high: Vector
    residuals: tuple[Vector, Vector, Vector]
    ratio: Vector
    total: Vector
    matrix: Matrix
    inverse: Matrix

    @classmethod
    def made(
        cls,
        problem: Subproblem,
        s: Vector,
        y: Vector,
        below: Vector,
        above: Vector,
        low: Vector,
        high: Vector,
        residuals: tuple[Vector, Vector, Vector],
        parting: Matrix,
    ) -> _System | None:
        """Return the equations; None if they are singular.

        Args:
            parting: Where every kink has two rows, their differences.
        """
        rows, first = problem.rows, problem.first
        ratio = total = y / s
        matrix = problem.hessian.copy()
        if first.size:
            total = np.add.reduceat(ratio, first)
            if 2 * first.size == ratio.size:  # pairs: about their mean they are one row each
                centred = np.sqrt(ratio[::2] * ratio[1::2] / total)[:, None] * parting
            else:
                mean = np.add.reduceat(ratio[:, None] * rows, first) / total[:, None]
                centred = np.sqrt(ratio)[:, None] * (rows - mean[problem.kink])
            matrix = matrix + centred.T @ centred
        matrix.flat[:: matrix.shape[0] + 1] += low / below + high / above
        try:
            inverse = np.asarray(np.linalg.inv(matrix), dtype=np.float64)
        except np.linalg.LinAlgError:
            return None
        return cls(problem, s, y, below, above, low, high, residuals, ratio, total, matrix, inverse)

    def direction(self, rs: Vector, rl: Vector, rh: Vector) -> tuple[Vector, ...]:
        """Return the changes of d, t, s, y and both bounds' multipliers.

        Args:
            rs, rl, rh: What the products s·y, (d − l)·low and (u − d)·high are to change by.
        """
        dual, lack, primal = self.residuals
        rows, kink, first = self.problem.rows, self.problem.kink, self.problem.first
        # dy = (rs − y·ds)/s, ds = dt − A·dd + primal, and the dy of a kink sum up to its lack.
        h = rs / self.s - self.ratio * primal
        base = (np.add.reduceat(h, first) - lack) / self.total if first.size else h
        right = -dual - rows.T @ (h - self.ratio * base[kink]) + rl / self.below - rh / self.above
        dd = self.inverse @ right
        dd = dd + self.inverse @ (right - self.matrix @ dd)
        moved = rows @ dd
        dt = base
        if first.size:
            dt = base + np.add.reduceat(self.ratio * moved, first) / self.total
        ds = dt[kink] - moved + primal
        dy = rs / self.s - self.ratio * ds
        return dd, dt, ds, dy, (rl - self.low * dd) / self.below, (rh + self.high * dd) / self.above


def _common(*pairs: tuple[Vector, Vector]) -> float:
    """Return the longest step, at most 1, at which all stay well positive."""
    return min(1.0, TO_BOUNDARY * min(_longest(v, dv) for v, dv in pairs))


def _longest(v: Vector, dv: Vector) -> float:
    """Return the longest step ≤ 1/TO_BOUNDARY that keeps v positive."""
    shrinking = dv < 0.0
    if not shrinking.any():
        return 1.0 / TO_BOUNDARY
    return min(1.0 / TO_BOUNDARY, float((-v[shrinking] / dv[shrinking]).min()))


def _exact(
    problem: Subproblem, d: Vector, y: Vector, slack: Vector, low: Vector, high: Vector, best: float
) -> Solution | None:
    """Solve for what is active at d, correcting that by signs; None if it comes to nothing."""
    g, hessian, weight, b, rows, kink, first, lower, upper = problem
    n = g.size
    part = y / weight[kink] if first.size else y
    gap = slack / (float(abs(b).max(initial=0.0)) + float(slack.max(initial=0.0)) or 1.0)
    active = part > gap
    slopes = float(abs(g).max() + abs(rows).max(initial=0.0) * weight.max(initial=0.0))
    rounding = ROUNDED * slopes
    width = upper - lower
    at_lower = low / (slopes or 1.0) > (d - lower) / width
    at_upper = high / (slopes or 1.0) > (upper - d) / width
    for _ in range(CORRECTIONS):
        if first.size:
            none = ~np.logical_or.reduceat(active, first)
            if none.any():
                for j in np.nonzero(none)[0]:
                    stop = first[j + 1] if j + 1 < first.size else b.size
                    active[first[j] + int(np.argmax(part[first[j] : stop]))] = True
        chosen = np.nonzero(active)[0]
        lead = np.zeros(first.size, dtype=np.intp)
        lead[kink[chosen[::-1]]] = chosen[::-1]
        others = chosen[chosen != lead[kink[chosen]]]
        held = at_lower | at_upper
        free = ~held
        fixed = np.where(at_lower, lower, np.where(at_upper, upper, 0.0))
        normal = rows[others] - rows[lead[kink[others]]]
        right = b[lead[kink[others]]] - b[others] - normal @ fixed
        slope = g + weight @ rows[lead] + hessian @ fixed
        inner = int(free.sum())
        size_of = inner + others.size
        if size_of > 4 * n + 8 or not np.isfinite(normal).all():
            return None
        system = np.zeros((size_of, size_of))
        system[:inner, :inner] = hessian[np.ix_(free, free)]
        system[:inner, inner:] = normal[:, free].T
        system[inner:, :inner] = normal[:, free]
        target = np.concatenate([-slope[free], right])
        found = _solved(system, target)
        if found is None:
            return None
        exact = fixed.copy()
        exact[free] = found[:inner]
        multipliers = np.zeros(b.size)
        multipliers[others] = found[inner:]
        multipliers[lead] = weight - np.bincount(kink[others], found[inner:], minlength=first.size)
        total = weight[kink] if first.size else weight
        wrong = active & (multipliers < -NEGATIVE * total)
        outside_low, outside_high = exact < lower, exact > upper
        values = b + rows @ exact
        level = values[lead][kink]
        noise = 1e-14 * (abs(values) + abs(b) + abs(rows) @ abs(exact))
        violated = ~active & (values > level + noise)
        reduced = slope + hessian @ (exact - fixed) + normal.T @ found[inner:]
        released = (at_lower & (reduced < 0.0)) | (at_upper & (reduced > 0.0))
        if not (violated.any() or outside_low.any() or outside_high.any()):
            reduction = -problem.value(exact)
            signed = not (wrong.any() or released.any())
            if reduction >= best - (1e-9 * abs(best) + rounding if signed else 0.0):
                # Where more rows meet than can be independent, not all solutions have the signs.
                return Solution(exact, np.maximum(multipliers, 0.0) if signed else y, reduction)
            if signed:
                return None
        active = (active & ~wrong) | violated
        at_lower = (at_lower & ~released) | outside_low
        at_upper = (at_upper & ~released) | outside_high
    return None


def _solved(system: Matrix, target: Vector) -> Vector | None:
    """Solve a symmetric system; the shortest solution where it is singular."""
    if not target.size:
        return target
    if not (np.isfinite(system).all() and np.isfinite(target).all()):
        return None
    scale = float(abs(target).max()) or 1.0
    try:
        x = np.asarray(np.linalg.solve(system, target), dtype=np.float64)
        if abs(system @ x - target).max() <= 1e-10 * scale and np.isfinite(x).all():
            return x
    except np.linalg.LinAlgError:
        pass
    x = np.asarray(np.linalg.lstsq(system, target, rcond=1e-13)[0], dtype=np.float64)
    return x if abs(system @ x - target).max() <= 1e-8 * scale else None
