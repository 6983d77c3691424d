"""The last digits of x, which the value no longer shows."""

from __future__ import annotations

import numpy as np

from gdcli.engine.norms import largest
from gdcli.engine.objective import Vector
from gdcli.engine.oracle import Oracle
from gdcli.engine.point import Point
from gdcli.engine.second_order import spectrum

STEPS = 2
CURVED = 1e-6
"""Eigenvalues above this part of the largest are curvature to be relied on."""


def polish(oracle: Oracle, point: Point) -> Point:
    """Return the point after up to two Newton steps that the gradient decides on.

    Each must halve the projected gradient and must not raise the value by more than rounding. Both
    use the Hessian at `point`: so close to a minimum a newer one changes nothing.
    """
    noise = oracle.noise(point.x)
    hessian = oracle.hessian(point.x)
    free = ~oracle.box.active(point.x, point.gradient)
    if not free.any():
        return point
    inner = hessian[np.ix_(free, free)]
    best, norm = point, largest(point.gradient[free])
    for _ in range(STEPS):
        x: Vector = best.x.copy()
        try:
            x[free] -= np.linalg.solve(inner, best.gradient[free])
        except np.linalg.LinAlgError:
            break
        if not oracle.box.contains(x) or np.array_equal(x, best.x):
            break
        trial = oracle.at(x)
        after = largest(trial.gradient[free])
        if not (after <= 0.5 * norm and trial.value <= point.value + noise):
            break
        best, norm = trial, after
    return best


def settle_down(oracle: Oracle, point: Point) -> Point:
    """Return the point after Newton steps in the directions of clear curvature alone.

    A little off a valley's floor, curvature across it shows up along it with either sign, and a
    point of the valley looks like a saddle. Steps are judged as by `polish`.
    """
    noise = oracle.noise(point.x)
    free = ~oracle.box.active(point.x, point.gradient)
    found = spectrum(oracle.hessian(point.x)[np.ix_(free, free)])
    if found is None:
        return point
    clear = found.values > CURVED * abs(found.values).max()
    best, norm = point, largest(point.gradient[free])
    for _ in range(STEPS):
        c = found.vectors.T @ (best.gradient[free] / found.scale)
        x: Vector = best.x.copy()
        x[free] -= found.vectors[:, clear] @ (c[clear] / found.values[clear]) / found.scale
        if not oracle.box.contains(x) or np.array_equal(x, best.x):
            break
        trial = oracle.at(x)
        after = largest(trial.gradient[free])
        if not (after <= 0.5 * norm and trial.value <= point.value + noise):
            break
        best, norm = trial, after
    return best
