"""What to make of a point where the first-order conditions hold, and of a run that goes far.

A stopping test says that the gradient is as good as zero. Before that is called converged it is
asked whether a better point was seen, whether the objective goes on falling for ever behind the
horizon, and whether curvature says that this is no minimum.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from gdcli.engine.decrement import NOISY
from gdcli.engine.edges import held_by_edge
from gdcli.engine.escape import (
    LENGTHS,
    UNSIZED,
    along_the_level,
    down_curvature,
    off_the_plateau,
    out_of_flatness,
)
from gdcli.engine.horizon import (
    far_at_a_loss,
    far_at_the_end,
    gone_far,
    no_minimum,
    over_the_edge,
)
from gdcli.engine.jumps import down_a_jump
from gdcli.engine.kinks import bent, follow
from gdcli.engine.norms import euclidean
from gdcli.engine.objective import Need, Vector
from gdcli.engine.oracle import Oracle
from gdcli.engine.plateaus import along_axes
from gdcli.engine.point import Point
from gdcli.engine.polish import polish, settle_down
from gdcli.engine.second_order import SecondOrder, cheap, classify, flat_variables
from gdcli.engine.status import Reason, Status
from gdcli.engine.stopping import VANISHED, GradientTest, Verdict, at_the_bottom
from gdcli.engine.trail import AWAY, Onward, Settled, Trail

MOVES, DRIFT = 3, 1e-4
"""So many last steps, each above this part of x, are no convergence."""
DROWNED = 1e-6
"""Rounding above this part of the values is too much to judge a far point by."""
ROUND = 12
"""Digits of a round number, against the size of the variable."""
MOST_KINKS = 4
"""How often a method is started again after a kink."""
KINK_LENGTHS = (1e-4, 0.01)
QUESTIONS = 100
"""Values that questions about infinity take, about."""


def settle(oracle: Oracle, point: Point, verdict: Verdict, trail: Trail) -> Settled | Onward:
    """Judge a point where the first-order conditions hold."""
    noise = oracle.noise(point.x)
    measure = (verdict.requested, verdict.reached)
    # Two values differ by the rounding of both; after having gone back for it, by a little more.
    if oracle.best_value < point.value - (NOISY if trail.returned else 2.0) * noise:
        best = oracle.best()
        if best is not None and at_the_bottom(oracle, point.value, trail.value0):
            point, noise = best, oracle.noise(best.x)  # neither has anything below it
        elif best is not None and not trail.returned:
            trail.returned = True
            return Onward(best.x, "went back to a better point that had been passed")
        else:
            far = gone_far(oracle, point, trail)
            if far is not None:
                return far
            sentence = "the method settles at a point that is higher than one it has passed"
            return Settled(Reason(Status.STALLED, "step", sentence), None)
    far = far_at_the_end(oracle, point, trail)
    if far is not None:
        return far
    if oracle.has(Need.PIECES):
        from gdcli.engine.settle_pieces import Smooth, settle_pieces

        there = settle_pieces(oracle, point, trail)
        if there is not None and not isinstance(there, Smooth):
            return there
    curvature = classify(oracle, point, trail.draw)
    doubtful = verdict.degenerate or curvature.kind == "degenerate"
    if not oracle.has(Need.PIECES) and trail.may_bend(point.x, doubtful):
        lower = down_a_jump(oracle, point, trail.typical, trail.random)
        if lower is not None:
            return Onward(lower, "stepped down where the objective jumps")
        kink = settle_kink(oracle, point, trail)
        if isinstance(kink, Onward) or (kink and kink.reason.status is Status.CONVERGED):
            return kink
    if doubtful:
        curved = verdict.degenerate or curvature.flat.size > 0
        far = gone_far(oracle, point, trail, curved=curved, level=curvature.flat)
        if far is not None:
            return far
    if curvature.faint:
        point = settle_down(oracle, point)
        curvature = classify(oracle, point, trail.draw)
    if curvature.down.size:
        x = down_curvature(oracle, point, curvature.down, _size(point, trail))
        if x is not None:
            return Onward(x, f"left a {curvature.kind} along negative curvature")
        edge = over_the_edge(oracle, point, trail)
        if edge is not None:
            return edge
        if not (curvature.weak or _lost_in_noise(oracle, point, curvature, trail)):
            sentence = "the gradient is zero, but curvature is negative, and no way down was found"
            reason = Reason(Status.SADDLE, verdict.kind, sentence)
            return Settled(reason, None, measure, noise, curvature)
        level = np.vstack([curvature.flat, curvature.down])
        curvature = curvature._replace(kind="degenerate", flat=level)
    if curvature.flat.size and not at_the_bottom(oracle, point.value, trail.value0):
        onward = _out_of_flatness(oracle, point, curvature, trail)
        if onward is not None:
            return onward
        if trail.smooth:
            plateau = along_axes(oracle, point, flat_variables(curvature.flat))
            if plateau.lower is not None:
                return Onward(plateau.lower, "left a plateau on which a variable has no effect")
            if plateau.ray is not None:
                return no_minimum(plateau.ray)
    if verdict.degenerate and curvature.kind == "minimum":
        curvature = curvature._replace(kind="degenerate")
    doubtful = verdict.degenerate or curvature.kind == "degenerate"
    lowest = at_the_bottom(oracle, point.value, trail.value0, 0.0)
    if doubtful and not lowest and _drifting(point, trail):
        sentence = "still moving along a valley far from the start, which may go on for ever"
        reason = Reason(Status.STALLED, "step", sentence, "try `--bounds`, or another start")
        return Settled(reason, None, measure, noise, curvature)
    if _drowned(point, noise, trail):
        sentence = (
            "far from the start the value is mostly rounding, and nothing can be told from it"
        )
        reason = Reason(Status.STALLED, "rounding", sentence, "try `--bounds`, or another start")
        return Settled(reason, None, measure, noise)
    reason = Reason(Status.CONVERGED, verdict.kind, verdict.sentence)
    better = polish(oracle, point) if verdict.inexact and curvature.kind == "minimum" else point
    return Settled(reason, better, measure, noise, curvature, polished=better is not point)


def settle_late(
    oracle: Oracle, point: Point, norm: float, tol: float, trail: Trail
) -> Settled | Onward | None:
    """Judge a point where the iterations run out; None where there is nothing to add.

    Questions about infinity may take a hundred values: of many variables they are asked only after
    as many evaluations. A minimum of 0 is approached for ever: next to it the rounding falls
    together with the value. Where all of the value is gone, and the slope is within the tolerance,
    it is solved.
    """
    many = not cheap(oracle, point.x.size)
    if not many or oracle.evaluations >= QUESTIONS:
        far = far_at_a_loss(oracle, point, trail)
        if far is not None:
            return far
    if not many or abs(point.value) > VANISHED * abs(trail.value0):
        return None
    verdict = GradientTest(tol).test(oracle, point, norm)
    return None if verdict is None else settle(oracle, point, verdict, trail)


def settle_kink(oracle: Oracle, point: Point, trail: Trail) -> Settled | Onward | None:
    """Judge a point where a method for smooth objectives stalls; None if there is no kink."""
    if oracle.has(Need.PIECES):
        from gdcli.engine.settle_pieces import Smooth, settle_pieces

        there = settle_pieces(oracle, point, trail)
        if there is not None:
            return None if isinstance(there, Smooth) else there
    best = oracle.best()
    if best is not None and held_by_edge(oracle, best.x, best.value, _size(best, trail)):
        sentence = "the edge of the domain holds x: the value rises from there"
        reason = Reason(Status.CONVERGED, "kink", sentence)
        return Settled(reason, best, (0.0, 0.0), oracle.noise(best.x), distance=0.0)
    if not bent(oracle, point, trail.slope0, trail.typical, trail.random):
        return None
    kink = follow(oracle, point, trail.slope0, trail.typical, trail.random)
    if kink.stationary:
        landing = oracle.at(_round_numbers(oracle, kink.x, trail))
        if trail.out_of_proportion(point) or trail.out_of_proportion(landing):
            edge = over_the_edge(oracle, landing, trail)
            if edge is not None:
                return edge
        size = _size(landing, trail)
        x = out_of_flatness(oracle, landing, np.eye(kink.x.size), trail.random, size, KINK_LENGTHS)
        if x is not None:
            return Onward(x, "left a stationary kink that is no minimum")
        sentence = "0 lies in the generalised gradient: the minimum is at a kink"
        reason = Reason(Status.CONVERGED, "kink", sentence)
        measure = (kink.level, kink.distance)
        noise = oracle.noise(landing.x)
        return Settled(reason, landing, measure, noise, distance=kink.distance)
    if kink.lower and trail.kinks < MOST_KINKS:
        trail.kinks += 1
        return Onward(kink.x, "went on along a kink")
    sentence = "no further progress at a kink"
    return Settled(Reason(Status.STALLED, "kink", sentence), None, distance=kink.distance)


def _round_numbers(oracle: Oracle, x: Vector, trail: Trail) -> Vector:
    """Return x with fewer digits if the value is lower there.

    Kinks of formulas that people write lie at such numbers, and next to a steep one, as of √|x|,
    the last digits of x make a difference.
    """
    size = np.exp2(np.ceil(np.log2(np.maximum(trail.typical, abs(x)))))  # scales exactly
    near = oracle.box.clip(np.round(x / size, ROUND) * size + 0.0)
    return near if oracle.value(near) < oracle.value(x) else x


def _out_of_flatness(
    oracle: Oracle, point: Point, curvature: SecondOrder, trail: Trail
) -> Onward | None:
    """Return a lower point off a place that is flat in some directions, or in all of them."""
    if len(curvature.flat) == point.x.size:
        x = off_the_plateau(oracle, point)
        if x is not None:
            return Onward(x, "left a plateau without slope or curvature")
    lengths = LENGTHS if trail.x0.any() else UNSIZED
    size = _size(point, trail)
    x = out_of_flatness(oracle, point, curvature.flat, trail.random, size, lengths)
    if x is not None:
        return Onward(x, "left a degenerate stationary point that is no minimum")
    x = along_the_level(oracle, point, curvature.flat)
    if x is not None:
        return Onward(x, "went along a level valley to where curvature is negative")
    return None


def _lost_in_noise(oracle: Oracle, point: Point, curvature: SecondOrder, trail: Trail) -> bool:
    """Return whether negative curvature is too small to show within the size of x.

    So it is along the floor of a level valley, as that of √(x² + y²) + x, where the Hessian's own
    rounding has either sign.
    """
    if curvature.smallest is None or not cheap(oracle, point.x.size):
        return False
    fall = -0.5 * curvature.smallest * _size(point, trail) ** 2
    return fall <= NOISY * oracle.noise(point.x)


def _drifting(point: Point, trail: Trail) -> bool:
    """Return whether a run far from its start still makes steps as long as those before.

    At a minimum the last steps vanish. In a valley that leads to infinity they do not, although
    what they gain is lost in rounding.
    """
    moves = [euclidean(b - a) for a, b in pairwise(trail.recent)]
    if len(moves) < MOVES or not trail.away(point) > AWAY:
        return False
    return min(moves[-MOVES:]) > DRIFT * euclidean(point.x)


def _drowned(point: Point, noise: float, trail: Trail) -> bool:
    """Return whether a run has gone so far that rounding x changes the value a good deal.

    sin(x²) is such a formula at x = 1e9: every point is as good as the next, and none a minimum.
    """
    seen = max(abs(point.value), abs(trail.value0))
    return noise > DROWNED * seen and trail.away(point) > AWAY


def _size(point: Point, trail: Trail) -> float:
    """Return how far a step of the size of x is."""
    return max(trail.size0, euclidean(point.x))
