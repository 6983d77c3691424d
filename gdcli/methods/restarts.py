"""When `auto` doubts an end, and what it tries instead, from the same start; the best is kept.

A trust region's path depends on its scale and first radius. Where one path ends on a plateau, at a
saddle or in a valley that runs to infinity, another often does not: on the Moré–Garbow–Hillstrom
problems from far starts such restarts solve a fifth more than the first run alone. They are made
only after an end that is suspicious in itself, so that ordinary problems never pay for them.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

from gdcli.engine.method import Method
from gdcli.engine.run import Run
from gdcli.engine.second_order import flat_variables
from gdcli.engine.status import Status
from gdcli.methods.hybrid import Hybrid
from gdcli.methods.newton import Newton

LEG, LEG_PER_VARIABLE = 120, 2
"""Iterations of an attempt while there is another to come, and more for each variable."""
VANISHED = 1e-20
"""A value below this part of the start's: what is left is nothing, flat or not."""


class Attempt(NamedTuple):
    """What to run.

    Attributes:
        method: By which method.
        from_best: Whether from the best point so far; else from the start.
        max_iter: Most iterations of this attempt, besides the user's limit; None: no more.
        because: What was tried, for the message.
    """

    method: Method[Any]
    from_best: bool
    max_iter: int | None
    because: str


CAREFUL = 0.1
"""First radius of the attempts without a scale, as a multiple of ‖x₀‖."""
PLANS: dict[type, tuple[Attempt, ...]] = {
    Hybrid: (
        Attempt(Hybrid(), False, LEG, "scaled variables"),
        Attempt(Hybrid(scaled=False, radius=CAREFUL), False, LEG, "variables as they are"),
        Attempt(Hybrid(scaled=False, geodesic=False, radius=CAREFUL), False, LEG, "straight steps"),
        Attempt(Newton(scaled=False, radius=CAREFUL), False, LEG, "Newton steps alone"),
        Attempt(Hybrid(), True, None, "going on from the best point"),
    ),
    Newton: (
        Attempt(Newton(), False, LEG, "scaled variables"),
        Attempt(Newton(scaled=False, radius=CAREFUL), False, LEG, "variables as they are"),
        Attempt(Newton(), True, None, "going on from the best point"),
    ),
}
"""By the class of `auto`'s method: its attempts, in order."""


def doubt(run: Run) -> str:
    """Return why an end is suspicious; empty if it is not.

    A limit, a stall, a saddle, a ray to infinity; or a minimum with a variable that mattered at
    the start and makes no difference any more: a plateau. A sum of squares that has come down to
    nothing is no plateau.
    """
    status = run.reason.status
    if status in DOUBTFUL:
        return DOUBTFUL[status]
    if status is not Status.CONVERGED or run.second_order is None:
        return ""
    if run.start is None or run.best is None:
        return ""
    if abs(run.best.value) <= VANISHED * abs(run.start.value):
        return ""
    if run.second_order.down.size:
        return "its curvature is negative, if by less than rounding"
    lost = flat_variables(run.second_order.flat) & (run.start.gradient != 0.0)
    return "a variable makes no difference any more" if lost.any() else ""


DOUBTFUL = {
    Status.MAX_ITER: "it was not done after many iterations",
    Status.STALLED: "it came to a halt",
    Status.SADDLE: "it ended at a saddle",
    Status.NOT_ATTAINED: "it ran to infinity",
}


def _value(run: Run) -> float:
    return math.inf if run.best is None else lowest_value(run)


def lowest_value(run: Run) -> float:
    """Return the best value seen, or the limit of values that is not attained below it."""
    assert run.best is not None
    return run.best.value if run.ray is None else min(run.best.value, run.ray.limit)


def next_attempt(method: Method[Any], runs: Sequence[Run], size: int = 0) -> Attempt | None:
    """Return what to try next; None if the latest run is believed, or nothing is left to try.

    Going on from the best point is worth it only where an attempt was cut short.

    Args:
        method: What `auto` chose.
        runs: The attempts so far, in order; none yet gives the first attempt.
        size: Number of variables: paths through long curved valleys are as many steps long.
    """
    plan = PLANS.get(type(method), ())
    if len(runs) >= len(plan):
        return None
    attempt = plan[len(runs)]
    if runs and not doubt(runs[-1]):
        # What is believed may still be higher than where an attempt was cut short.
        lowest = min((run for run in runs if run.best is not None), key=_value, default=runs[-1])
        if lowest.reason.status is not Status.MAX_ITER or _value(lowest) >= _value(runs[-1]):
            return None
        attempt = plan[-1]
    if attempt.from_best:
        lowest = min(runs, key=_value)
        cut_short = any(run.reason.status is Status.MAX_ITER for run in runs)
        if not cut_short or lowest.ray is not None:
            return None
    if attempt.max_iter is None:
        return attempt
    return attempt._replace(max_iter=attempt.max_iter + LEG_PER_VARIABLE * size)
