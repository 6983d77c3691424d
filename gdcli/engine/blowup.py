"""A run that got out of hand: seen early, and explained by curvature and step length."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from gdcli.engine.horizon import far_at_a_loss, gone_far
from gdcli.engine.objective import Vector
from gdcli.engine.oracle import Oracle
from gdcli.engine.point import Point, State
from gdcli.engine.second_order import largest_curvature
from gdcli.engine.settle import settle_kink
from gdcli.engine.stability import Stability
from gdcli.engine.status import Reason, Status
from gdcli.engine.trail import Onward, Settled, Trail

GROWN = 1e6
"""The gradient has grown by this factor since it was smallest …"""
RISES = 4
"""… and has risen from look to look as often as this."""


def blown_up(point: Point, norm: float, trail: Trail) -> bool:
    """Return whether the gradient grows and grows while the value is above the start's.

    Called at regular looks, some iterations apart.
    """
    trail.rises = trail.rises + 1 if norm > trail.previous else 0
    trail.previous = norm
    trail.lowest = min(trail.lowest, norm)
    return trail.rises >= RISES and norm > GROWN * trail.lowest and point.value > trail.value0


def explain(oracle: Oracle, method: Any, state: State[Any], trail: Trail) -> Settled | Onward:
    """Judge a run whose values or gradients are infinite, undefined, or grow without end.

    Args:
        method: Its `stable_limit(curvature)`, if it has one, gives the largest stable step length
            of its rule where that is not plain descent's 2/L.
    """
    point = state.point
    anchor = next((x for x in reversed(trail.recent) if np.isfinite(x).all()), trail.x0)
    value = oracle.probe(anchor) if anchor is not point.x else point.value
    best = oracle.best()
    if best is not None and not math.isfinite(value):
        anchor, value = best.x, best.value
    there = Point(anchor, value, point.gradient)
    far = far_at_a_loss(oracle, there, trail)
    if far is None and point.value == -math.inf:
        far = gone_far(oracle, there, trail)
    if far is not None:
        return far
    if math.isfinite(point.value) and not np.isfinite(point.gradient).all():
        kink = settle_kink(oracle, point, trail)
        if kink is not None:
            return kink
        sentence = "the derivative is not defined at this point"
        return Settled(Reason(Status.STALLED, "derivative", sentence), point, lost_at=point.x)
    stability = _stability(oracle, method, state.step_length, anchor, trail)
    if stability is not None:
        sentence = (
            f"the steps blew up: with curvature {stability.curvature:.6g} a step length of "
            f"{stability.step:.6g} is too long, and the largest stable one is {stability.limit:.6g}"
        )
        hint = f"use a step length below {stability.limit:.3g}, or a method that searches its step"
    elif math.isfinite(value) and not math.isfinite(point.value):
        sentence = "a step led to where the objective is not finite"
        hint = "use a shorter step, or a method that searches its step"
    else:
        sentence = "the gradient grows from step to step"
        hint = "use a shorter step, or a method that searches its step"
    lost = not (math.isfinite(point.value) and np.isfinite(point.gradient).all())
    reason = Reason(Status.DIVERGED, "step", sentence, hint)
    return Settled(reason, None, stability=stability, lost_at=point.x if lost else None)


def _stability(
    oracle: Oracle, method: Any, step: float, anchor: Vector, trail: Trail
) -> Stability | None:
    """Return what curvature says of the step, at the best point or else at the last finite one."""
    if not math.isfinite(step):
        return None
    limit_of: Callable[[float], float] = getattr(method, "stable_limit", lambda c: 2.0 / c)
    best = oracle.best()
    places = [anchor] if best is None else [best.x, anchor]
    for x in places:
        curvature = largest_curvature(oracle, x, trail.random)
        if curvature is not None and curvature > 0.0 and math.isfinite(curvature):
            limit = limit_of(curvature)
            if step >= limit:
                return Stability(curvature, step, limit)
    return None
