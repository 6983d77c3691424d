"""What a result says in words: one sentence about how it ended, and what to try next."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np

from gdcli.engine.run import Run
from gdcli.engine.second_order import SecondOrder
from gdcli.engine.status import Status
from gdcli.model.problem import Problem


def times(many: int, noun: str) -> str:
    """Return `1 iteration`, `92 iterations`."""
    return f"{many} {noun}" if many == 1 else f"{many} {noun}s"


def sentence(run: Run, problem: Problem, factor: float, limit: float | None) -> str:
    """Return the result's `message`.

    Args:
        factor: From the engine's curvature to the user's.
        limit: What the objective tends to along the ray, in the user's sense and unit.
    """
    status, reason = run.reason.status, run.reason.sentence
    parts = []
    if status is Status.CONVERGED:
        after = (
            "at the start" if run.iterations == 0 else f"after {times(run.iterations, 'iteration')}"
        )
        parts.append(f"converged {after}: {reason}")
        kind = kind_words(run.second_order, problem.sense, factor)
        if kind:
            parts.append(kind)
    elif status is Status.UNBOUNDED:
        parts.append(f"the objective falls without limit {along(run, problem)}")
    elif status is Status.NOT_ATTAINED:
        shown = "a limit" if limit is None else f"{limit:.6g}"
        if run.ray is not None and run.ray.curve:
            shown += " or beyond"
        parts.append(
            f"the objective tends to {shown} {along(run, problem)}, and reaches it nowhere"
        )
    elif status is Status.INTERRUPTED and run.best is None:
        parts.append("interrupted before the first evaluation was done")
    elif status is Status.TIME_LIMIT and run.best is None:
        parts.append("the time limit was reached before the first evaluation was done")
    else:
        parts.append(reason)
    return in_sense("; ".join([*parts, *_counted(run.notes)]), problem.sense)


_MAXIMISED = {
    "falls": "grows",
    "negative curvature": "positive curvature",
    "curvature is negative": "curvature is positive",
    "no way down": "no way up",
    "lowers": "raises",
    "is higher": "is lower",
    "minimum": "maximum",
    "maximum": "minimum",
}
"""What the engine says of the minimisation that stands for a maximisation, and what is meant."""


def _counted(notes: Sequence[str]) -> list[str]:
    """Return each note once, with how often it was made."""
    return [f"{note} ({n} times)" if n > 1 else note for note, n in Counter(notes).items()]


def in_sense(text: str, sense: str) -> str:
    """Return what the engine says in the user's sense."""
    if sense != "maximize":
        return text
    return re.sub("|".join(_MAXIMISED), lambda found: _MAXIMISED[found[0]], text)


def advice(run: Run) -> str:
    """Return what to do about how a run ended; may be empty."""
    if run.stability is None:
        return run.reason.hint
    return (
        f"give a learning rate below {run.stability.limit:.3g}, or none: then the step is searched"
    )


def kind_words(second: SecondOrder | None, sense: str, factor: float) -> str:
    """Return what curvature says of the point, in the user's sense and unit."""
    if second is None:
        return ""
    low, high = second.smallest, second.largest
    if second.kind == "minimum":
        if low is None or high is None:
            return "every variable is held by a bound"
        low, high = low * factor, high * factor
        if sense == "maximize":
            low, high = -high, -low
        level = math.isclose(low, high, rel_tol=1e-6)
        shown = _short(low) if level else f"{_short(low)} to {_short(high)}"
        return f"a strict minimum (curvature {shown})"
    if second.kind == "degenerate":
        if low == high == 0.0:
            return "a degenerate minimum: no curvature in any direction"
        return "a degenerate minimum: next to no curvature in some direction"
    return ""


def _short(value: float) -> str:
    """Return three digits, but no exponent where whole numbers are short too: 1002, not 1e+03."""
    return f"{value:.0f}" if 1e3 <= abs(value) < 1e6 else f"{value:.3g}"


def along(run: Run, problem: Problem) -> str:
    """Return the direction of a ray in words: `as x → ∞`, or `along x = 1, y = -0.5`."""
    if run.ray is None:
        return ""
    direction = run.ray.direction
    moving = np.flatnonzero(direction)
    name = problem.layout.element_name
    if run.ray.edge is not None:
        edges = (f"{name(int(k))} → {_plain(run.ray.edge[k])}" for k in moving[:6])
        return f"as {', '.join(edges)}, the edge of its domain"
    if run.ray.curve and moving.size == 1 and direction[moving[0]] < 0:
        return f"as {name(int(moving[0]))} → 0"
    if run.ray.curve:
        powers = ", ".join(
            f"{problem.layout.element_name(int(k))} ~ t^{direction[k]:g}" for k in moving[:6]
        )
        return f"along the curve {powers} as t → ∞"
    if moving.size <= 3:
        ends = (
            f"{problem.layout.element_name(int(k))} → {'∞' if direction[k] > 0 else '-∞'}"
            for k in moving
        )
        if moving.size == 1 or np.ptp(np.abs(direction[moving])) == 0:
            return "as " + ", ".join(ends)
    shown = ", ".join(
        f"{problem.layout.element_name(int(k))} = {direction[k]:.4g}" for k in moving[:6]
    )
    more = ", …" if moving.size > 6 else ""
    return f"along the ray {shown}{more}"


def _plain(number: float) -> str:
    """Return a number that was found by bisection, without its last digits."""
    return f"{round(number, 12) + 0.0:.6g}"


def rate_hint(run: Run, problem: Problem) -> str:
    """Return what curvature says of a fixed learning rate, for a converged run of plain descent."""
    second = run.second_order
    if second is None or second.kind != "minimum" or run.reason.status is not Status.CONVERGED:
        return ""
    low, high = second.smallest, second.largest
    if low is None or high is None or not high > 0:
        return ""
    return (
        f"near this {problem.sense[:-3] + 'um'} any learning rate below {2 / high:.3g} converges; "
        f"{2 / (low + high):.3g} is the fastest"
    )


def plain_second_order(
    second: SecondOrder | None, sign: float, factor: float
) -> dict[str, Any] | None:
    """Return the result's `second_order`, of the user's objective."""
    if second is None:
        return None
    kinds = {"minimum": "maximum", "maximum": "minimum"} if sign < 0 else {}
    value = second.smallest if sign > 0 else second.largest
    smallest = None if value is None else sign * factor * value
    return {"kind": kinds.get(second.kind, second.kind), "smallest_eigenvalue": smallest}
