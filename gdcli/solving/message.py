"""The result's `message`: what the engine says, with the names of the formula's parts in it."""

from __future__ import annotations

import numpy as np

from gdcli.engine.run import Run
from gdcli.engine.status import Status
from gdcli.graph.nodes import Leaf, Sum
from gdcli.graph.walk import Item, operands
from gdcli.solving import wording
from gdcli.solving.blame import blame
from gdcli.solving.corners import Corners, kink_words
from gdcli.solving.descend import Descent
from gdcli.solving.prepare import Prepared

_ZERO = "the gradient is exactly zero"
AT_A_KINK = "at a kink"
"""What the engine says of kinks, which it cannot name."""


def message(prepared: Prepared, descent: Descent) -> str:
    """Return the result's `message`: one sentence about how the run ended."""
    run = descent.run
    if run.reason.status is Status.NOT_FINITE:
        return blame(prepared, descent.start.x) or run.reason.sentence
    limit = None if run.ray is None else prepared.value_of(run.ray.limit)
    text = wording.sentence(run, prepared.problem, prepared.factor, limit)
    if _ZERO in text and _held(prepared, run):
        ends = "bounds" if prepared.problem.bounded else "edges of the domain"
        text = text.replace(_ZERO, f"what the {ends} leave of the gradient is exactly zero")
    if run.reason.kind == "kink":
        text = text.replace(AT_A_KINK, _kinks_at_the_end(prepared, descent))
    if run.reason.status is Status.CONVERGED and _constant(prepared):
        text += "; the objective is constant: no variable makes a difference"
    if run.lost_at is not None:
        text += _whose_fault(prepared, run, run.lost_at)
    return text


def _held(prepared: Prepared, run: Run) -> bool:
    """Return whether a slope that is not 0 holds some variable where it cannot go on."""
    if run.best is None or not prepared.box.bounded:
        return False
    held = prepared.box.active(run.best.x, run.best.gradient)
    return bool((held & (run.best.gradient != 0.0)).any())


def _kinks_at_the_end(prepared: Prepared, descent: Descent) -> str:
    best = descent.run.best
    if best is None:
        return AT_A_KINK
    return kink_words(Corners(prepared, descent.start.x).at(best.x) or ())


def _constant(prepared: Prepared) -> bool:
    """Return whether the formula turned out not to depend on its variables, as 0*x does not."""
    waiting: list[Item] = [prepared.formula.root]
    seen: set[int] = set()
    while waiting:
        item = waiting.pop()
        if item.serial in seen:
            continue
        seen.add(item.serial)
        if isinstance(item, Leaf) and item.role == "variable":
            return False
        if isinstance(item, Sum):
            pairs = zip(item.coefficients, item.terms, strict=True)
            waiting.extend(term for coefficient, term in pairs if coefficient != 0.0)
        else:
            waiting.extend(operands(item))
    return True


def _whose_fault(prepared: Prepared, run: Run, place: np.ndarray) -> str:
    """Return which part of the formula is not finite where the run was lost, or its slope."""
    why = blame(prepared, place)
    if not why:
        where = kink_words(Corners(prepared, place).at(place) or ())
        why = "" if where.startswith(AT_A_KINK) else f"that is {where}"
    return f"; {why}, in iteration {run.iterations}" if why else ""
