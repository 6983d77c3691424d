"""The one loop: states, stopping tests, limits, observers; and what is said at the end."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import field
from time import perf_counter
from typing import Any, NamedTuple, TypeAlias

import numpy as np

from gdcli.deadline import Deadline
from gdcli.engine.blowup import blown_up, explain
from gdcli.engine.box import Box
from gdcli.engine.horizon import far_at_a_loss, far_on_the_way, marching_on, over_the_edge
from gdcli.engine.method import Method
from gdcli.engine.norms import euclidean, largest
from gdcli.engine.objective import Need, Objective, Vector
from gdcli.engine.observers import Iteration, Observer
from gdcli.engine.oracle import Counts, LimitReached, Oracle
from gdcli.engine.point import Point, State
from gdcli.engine.rays import Ray
from gdcli.engine.second_order import SecondOrder
from gdcli.engine.settle import settle, settle_kink, settle_late
from gdcli.engine.stability import Stability
from gdcli.engine.status import Halt, Reason, Status
from gdcli.engine.stopping import GradientTest, Stopping
from gdcli.engine.trail import Onward, Settled, Trail
from gdcli.records import dataclass

CHECK_EVERY = 12
"""Iterations between looks at whether the run is leaving for infinity."""
MAX_ONWARD = 30
"""How often a run may leave a saddle or an undefined point and start its method again."""

Condition: TypeAlias = Callable[[int, Point, float], bool]
"""(iteration, point, gradient_norm) ↦ whether to stop there."""


@dataclass(frozen=True)
class Limits:
    """What a run may spend.

    Attributes:
        max_iter: Iterations; the start is tested first, so 0 still recognises an optimal start.
        max_evaluations: Values, and gradients; None: any number.
        deadline: Clock and interrupt; None: neither.
    """

    max_iter: int = 10_000
    max_evaluations: int | None = None
    deadline: Deadline | None = None


class Run(NamedTuple):
    """What a run found, and why it ended.

    Attributes:
        best: The best point seen (where the run converged, the point it converged to, which no
            point seen is below by more than rounding); None if no finite value was.
        reason: Status, kind, sentence and hint.
        gradient_norm: Infinity norm of the projected gradient at `best`; NaN where undefined; at
            a kink the distance of 0 from the generalised gradient.
        requested, reached: The stopping test's measure; None where it was never taken.
        noise: Bound on the rounding error of the value at `best`; None where it was not needed.
        second_order: What kind of point `best` is; None where that was not asked.
        ray: For UNBOUNDED and NOT_ATTAINED.
        stability: For DIVERGED, where curvature explains it.
        start: The point that the run began at; None if not even that was evaluated.
        notes: What happened on the way (saddles that were left, …), in sentences.
        lost_at: Where a value or gradient was not finite, if that ended the run.
        signal: The signal's number, for INTERRUPTED.
    """

    best: Point | None
    iterations: int
    reason: Reason
    counts: Counts
    gradient_norm: float
    requested: float | None
    reached: float | None
    noise: float | None
    second_order: SecondOrder | None
    ray: Ray | None
    stability: Stability | None
    start: Point | None
    notes: tuple[str, ...]
    lost_at: Vector | None
    signal: int


def iterate(method: Method[Any], oracle: Oracle, x0: Vector) -> Iterator[State[Any]]:
    """Yield the bare sequence of states, from the start until the method cannot go on.

    No tests, no limits but the Oracle's own, whose `LimitReached` comes through.
    """
    state: State[Any] | Halt = method.start(oracle, oracle.box.clip(x0))
    while not isinstance(state, Halt):
        yield state
        state = method.step(oracle, state)


def run(
    objective: Objective,
    method: Method[Any],
    x0: Vector,
    *,
    box: Box | None = None,
    limits: Limits | None = None,
    stopping: Stopping | None = None,
    observers: Sequence[Observer] = (),
    condition: Condition | None = None,
    seed: int = 0,
    smooth: bool = False,
    kinked: Callable[[Vector], bool] | None = None,
) -> Run:
    """Minimise `objective` by `method` from `x0`, which is moved into the box.

    Args:
        stopping: Made for this run alone; `GradientTest(1e-8)` by default.
        condition: Ends the run as converged where it is true.
        seed: For the random directions that look for a way out of saddles.
        smooth: The objective is known to have no kinks: gradients are sampled in search of one
            only where nothing else explains why a method stalls.
        kinked: Tells whether there may be a kink at a place; by default anywhere.

    Raises:
        Nothing but what the objective or an observer raises.
    """
    limits = limits or Limits()
    oracle = Oracle(
        objective, box=box, max_evaluations=limits.max_evaluations, deadline=limits.deadline
    )
    return run_with(
        oracle, method, np.array(x0, dtype=np.float64), max_iter=limits.max_iter,
        stopping=stopping, observers=observers,
        condition=condition, seed=seed, smooth=smooth, kinked=kinked,
    )  # fmt: skip


def run_with(
    oracle: Oracle,
    method: Method[Any],
    x0: Vector,
    *,
    max_iter: int = 10_000,
    stopping: Stopping | None = None,
    observers: Sequence[Observer] = (),
    condition: Condition | None = None,
    seed: int = 0,
    smooth: bool = False,
    kinked: Callable[[Vector], bool] | None = None,
    first: State[Any] | None = None,
    home: Vector | None = None,
) -> Run:
    """Do what `run` does through a given Oracle, whose counts and limits go on.

    The best point is this run's own: what other runs saw before does not count.

    Args:
        x0: Kept, as every vector that is handed to an Oracle.
        first: The method's first state at x0, if it was made there by this Oracle already.
        home: From where it is measured whether the run has gone far; default x0.
    """
    begin = oracle.box.clip(np.asarray(x0, dtype=np.float64))
    course = _Course(
        oracle, method, max_iter, stopping or GradientTest(), tuple(observers), condition,
        Trail(begin if home is None else home, seed, smooth, kinked), begin, first,
    )  # fmt: skip
    oracle.begin(None if first is None else first.point)
    with np.errstate(all="ignore"):
        try:
            end = course.descend()
        except LimitReached as limit:
            end = Settled(_limit_reason(limit, oracle), None)
            course.signal = limit.signal
        except (ArithmeticError, np.linalg.LinAlgError) as error:
            sentence = f"numbers too large or too small to compute with: {error}"
            end = Settled(Reason(Status.STALLED, "step", sentence), None)
        return _report(course, end)


@dataclass
class _Course:
    """A run under way."""

    oracle: Oracle
    method: Method[Any]
    max_iter: int
    stopping: Stopping
    observers: tuple[Observer, ...]
    condition: Condition | None
    trail: Trail
    x0: Vector
    first: State[Any] | None = None
    began: float = field(default_factory=perf_counter)
    iterations: int = 0
    start: Point | None = None
    signal: int = 0

    def descend(self) -> Settled:
        """Go from state to state until something ends it."""
        trail, before = self.trail, None
        x, base = self.x0, 0
        while True:
            self.first = self.first or self.method.start(self.oracle, x)
            if self.start is None:
                self.start = start = self.first.point
                trail.begin(start)
                if not math.isfinite(start.value):
                    return Settled(_not_finite(start.value), None)
            end = self.leg(base, before)
            if isinstance(end, Settled):
                return end
            if self.iterations >= self.max_iter:
                return Settled(iteration_limit(self.max_iter), None)
            if len(trail.notes) >= MAX_ONWARD:
                sentence = f"left {MAX_ONWARD} saddles or undefined points, and met another"
                return Settled(Reason(Status.STALLED, "step", sentence), None)
            trail.notes.append(end.note)
            before, x, base = trail.last, end.x, self.iterations + 1

    def leg(self, base: int, before: Vector | None) -> Settled | Onward:
        """Follow the method from its first state to its end, or to where it must start anew.

        What the method remembers, many long vectors perhaps, is given up before a point is judged.
        """
        oracle, box, trail = self.oracle, self.oracle.box, self.trail
        bounded, step, test = box.bounded, self.method.step, self.stopping.test
        guarded, condition, max_iter = oracle.has(Need.POLES), self.condition, self.max_iter
        watched, passed = bool(self.observers), trail.recent.append
        assert self.first is not None
        state, self.first = self.first, None
        while True:
            point = state.point
            gradient = box.projected(point.x, point.gradient) if bounded else point.gradient
            norm = largest(gradient)
            iteration = self.iterations = base + state.iteration
            if watched:
                self.show(iteration, point, norm, before)
                before = point.x
            if condition is not None and condition(iteration, point, norm):
                sentence = "the condition to stop at is true"
                return Settled(Reason(Status.CONVERGED, "condition", sentence), point)
            verdict = test(oracle, point, norm)
            passed(point.x)
            if verdict is not None:
                del state
                return settle(oracle, point, verdict, trail)
            if norm - norm != 0.0 or point.value - point.value != 0.0:  # not finite
                return self.lost(state)
            if (iteration % CHECK_EVERY == 0 and iteration) or point.value < trail.depth:
                found = far_on_the_way(oracle, point, trail)
                found = found or marching_on(oracle, point, trail, iteration)
                if found is not None:
                    return found
                if blown_up(point, norm, trail):
                    return self.lost(state)
                if trail.idle(oracle.best_value):
                    verdict = self.stopping.stalled(oracle, point)
                    if verdict is not None:
                        del state
                        return settle(oracle, point, verdict, trail)
            if iteration >= max_iter:
                del state
                found = settle_late(oracle, point, norm, self.stopping.tol, trail)
                return found or Settled(iteration_limit(max_iter), None)
            if guarded:
                oracle.stand(point)
            try:
                made = step(oracle, state)
            except (ArithmeticError, np.linalg.LinAlgError) as error:
                made = Halt(Status.STALLED, f"the method's own arithmetic failed: {error}")
            if isinstance(made, Halt):
                del state
                return self.halted(point, made)
            state = made
            del made

    def halted(self, point: Point, halt: Halt) -> Settled | Onward:
        """Judge a point that the method cannot leave."""
        if halt.status is Status.STALLED:
            if not self.trail.smooth and self.trail.out_of_proportion(point):
                edge = over_the_edge(self.oracle, point, self.trail)
                if edge is not None:
                    return edge
            kink = None if self.trail.smooth else settle_kink(self.oracle, point, self.trail)
            if kink is not None:
                return kink
            verdict = self.stopping.stalled(self.oracle, point)
            if verdict is not None:
                return settle(self.oracle, point, verdict, self.trail)
            far: Settled | Onward | None
            far = far_at_a_loss(self.oracle, self.oracle.best() or point, self.trail)
            if far is None and self.trail.smooth:
                far = settle_kink(self.oracle, point, self.trail)
            if far is None:
                far = self.passed_better(point)
            if far is not None:
                return far
        return Settled(Reason(halt.status, "step", halt.because, halt.hint), None)

    def passed_better(self, point: Point) -> Settled | Onward | None:
        """Judge the best point instead, where the conditions hold there and the method passed it.

        So it is with √x at its bound: the slope there is infinite, and no step ends there.
        """
        best = self.oracle.best()
        if best is None or not best.value < point.value:
            return None
        verdict = self.stopping.test(self.oracle, best, _norm(self.oracle, best))
        return None if verdict is None else settle(self.oracle, best, verdict, self.trail)

    def lost(self, state: State[Any]) -> Settled | Onward:
        """Judge a run whose values or gradients went out of hand."""
        return explain(self.oracle, self.method, state, self.trail)

    def show(self, iteration: int, point: Point, norm: float, before: Vector | None) -> None:
        """Hand a row to the observers."""
        length = math.nan if before is None else euclidean(point.x - before)
        row = Iteration(
            iteration, point.value, norm, length, self.oracle.evaluations,
            perf_counter() - self.began,
        )  # fmt: skip
        for observer in self.observers:
            observer(row)


def _report(course: _Course, end: Settled) -> Run:
    """Put together what is said of a run that has ended."""
    oracle, best = course.oracle, end.point
    if best is None:
        best = oracle.best()
    elif course.observers and end.polished:
        course.iterations += 1
        course.show(course.iterations, best, _norm(oracle, best), course.trail.last)
    requested, reached = end.measure or (None, None)
    if best is not None and end.measure is None:
        requested, reached = course.stopping.measure(best, _norm(oracle, best))
    return Run(
        best,
        course.iterations,
        end.reason,
        oracle.counts,
        _gradient_norm(oracle, best, end),
        requested,
        reached,
        end.noise,
        end.second_order,
        end.ray,
        end.stability,
        course.start,
        tuple(course.trail.notes),
        end.lost_at,
        course.signal,
    )


def _gradient_norm(oracle: Oracle, best: Point | None, end: Settled) -> float:
    if end.distance is not None:
        return end.distance
    return math.nan if best is None else _norm(oracle, best)


def _norm(oracle: Oracle, point: Point) -> float:
    return largest(oracle.box.projected(point.x, point.gradient))


def _not_finite(value: float) -> Reason:
    sentence = f"the value at the start is {value}"
    return Reason(Status.NOT_FINITE, "not_finite", sentence, "choose a start where it is defined")


def iteration_limit(limit: int) -> Reason:
    """Return the reason of a run that used up its iterations."""
    times = "1 iteration" if limit == 1 else f"{limit} iterations"
    return Reason(
        Status.MAX_ITER, "limit", f"the limit of {times} was reached", "allow more iterations"
    )


def _limit_reason(limit: LimitReached, oracle: Oracle) -> Reason:
    match limit.kind:
        case "evaluations":
            sentence = f"the limit of {oracle.evaluations} evaluations was reached"
            return Reason(Status.MAX_ITER, "limit", sentence, "allow more evaluations")
        case "time":
            return Reason(
                Status.TIME_LIMIT, "limit", "the time limit was reached", "allow more time"
            )
        case "signal":
            return Reason(
                Status.INTERRUPTED, "signal", "interrupted; this is the best point so far"
            )
