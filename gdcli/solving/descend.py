"""One descent: where to begin, by which method, and what came of it."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from time import perf_counter
from typing import Any

import numpy as np

from gdcli.deadline import Deadline
from gdcli.diagnostics import Diagnostic
from gdcli.engine.block_factor import LARGEST
from gdcli.engine.method import Method
from gdcli.engine.objective import Need
from gdcli.engine.observers import Iteration
from gdcli.engine.oracle import LimitReached, Oracle
from gdcli.engine.point import State
from gdcli.engine.run import Run, iteration_limit, run_with
from gdcli.engine.status import Status
from gdcli.engine.stopping import GradientTest
from gdcli.engine.structured import NARROW as BAND
from gdcli.engine.unit_free import Unit, automatic
from gdcli.errors import UsageError
from gdcli.graph.pattern import Pattern
from gdcli.methods import registry
from gdcli.methods.band_newton import BandNewton
from gdcli.methods.choose import DENSE, Facts, affordable, choose, separable
from gdcli.methods.hybrid import Hybrid, LevenbergMarquardt
from gdcli.methods.newton import NewtonCG
from gdcli.methods.restarts import lowest_value, next_attempt
from gdcli.methods.subproblems.combs import period_of
from gdcli.model.problem import Problem, Settings, Vector
from gdcli.records import dataclass
from gdcli.solving.blame import blame
from gdcli.solving.condition import stop_condition
from gdcli.solving.corners import Corners
from gdcli.solving.own_options import own_options
from gdcli.solving.prepare import Prepared
from gdcli.solving.quoted import point_text
from gdcli.solving.start import Start, choose_start
from gdcli.solving.wording import rate_hint

Observer = Callable[[Any], None]

NARROW, MOST = 1, 3_000_000
"""Width of a band that is factorised, and up to how many variables: factors take the memory of ten
vectors."""
LOCAL = ("diagonal", "banded", "arrow")
"""Patterns of Hessians whose products are worth conjugate gradients."""


def _composite() -> Method[Any]:
    from gdcli.methods.composite import Composite  # most formulas have no kinks

    return Composite()


OWN: dict[str, Callable[[], Method[Any]]] = {
    "hybrid": Hybrid,
    "banded": BandNewton,
    "composite": _composite,
}
"""Methods that only `auto` takes."""
TITLES = {
    "banded": "Newton's method with a banded Hessian, in a trust region",
    "composite": "Newton's method with kinks in its model, in a trust region",
}
"""In words, where the row of `auto` says something else."""


@dataclass(frozen=True, slots=True)
class Descent:
    """A run, and what the result says of how it was made.

    Attributes:
        method: The method's name; `auto` says what it chose in `because`.
        summary: The method in words.
    """

    run: Run
    start: Start
    method: str
    summary: str
    because: str
    seconds: float
    warnings: tuple[Diagnostic, ...] = ()
    hints: tuple[str, ...] = ()


def descend(
    prepared: Prepared,
    observers: Sequence[Observer],
    deadline: Deadline,
    place: Vector | None = None,
) -> Descent:
    """Descend by the method that the settings name, or that suits the problem.

    Args:
        place: Where to begin; by default where the problem says, or where it is defined.
    """
    began = perf_counter()
    problem = prepared.problem
    settings = problem.settings
    smooth = prepared.smooth
    facts = facts_of(prepared, smooth)
    name, because = settings.method, ""
    if name == "auto":
        choice, because = choose(facts)
        registry.values_in_force("auto", own_options(settings))
        name = choice
        method: Method[Any] = OWN[choice]() if choice in OWN else registry.make(choice)
        if isinstance(method, NewtonCG):
            method = replace(method, period=_period(prepared))
    else:
        method = registry.make(name, own_options(settings))
        _check_served(name, method, facts)
        method = _of_many(prepared, method)
    oracle = Oracle(
        prepared.objective,
        box=prepared.box,
        max_evaluations=settings.max_evaluations,
        deadline=deadline,
        too_dear=_too_dear(facts, method),
    )
    beginning = _Beginning(oracle, method)
    start = beginning.choose(problem) if place is None else beginning.at(place)
    run = _run(
        prepared,
        oracle,
        method,
        start,
        beginning.first,
        smooth,
        _in_user_units(prepared, observers),
    )
    title = TITLES.get(name) or registry.find("auto" if name in OWN else name).title
    hints = []
    if name == "gd" and settings.learning_rate is not None:
        hints.append(rate_hint(run, problem))
    return Descent(
        run,
        start,
        "auto" if settings.method == "auto" else name,
        title + _told(settings),
        because,
        perf_counter() - began,
        warnings=_start_warnings(prepared, start),
        hints=tuple(hint for hint in hints if hint),
    )


def _check_served(name: str, method: Method[Any], facts: Facts) -> None:
    """Refuse a method for sums of squares where the formula is not recognised as one."""
    if Need.RESIDUALS in method.needs and facts.residuals is None:
        raise UsageError(
            Diagnostic(
                "not-squares",
                f"method `{name}` needs a sum of squares, and the formula is not written as one",
                hint="write `sum((model - data)**2)`, or leave the method to gd",
            )
        )


class _Beginning:
    """Tries places to begin at, through the counted door, by starting the method there.

    Attributes:
        first: The method's state at the place that was chosen; None where there is none.
    """

    def __init__(self, oracle: Oracle, method: Method[Any]) -> None:
        self._oracle = oracle
        self._method = method
        self._tries = 0
        self.first: State[Any] | None = None

    def choose(self, problem: Problem) -> Start:
        """Return where to begin; the first place thought of where a limit ends the search."""
        self._oracle.begin()
        try:
            start = choose_start(problem, self._defined)
            if not start.finite:  # a kink at the start is no reason to go elsewhere
                start = choose_start(problem, lambda x: math.isfinite(self._oracle.value(x)))
        except LimitReached:
            start = choose_start(problem, lambda x: True)
        return start

    def at(self, place: Vector) -> Start:
        """Return this place as a start."""
        try:
            return Start(place, None, moved=False, finite=self._defined(place))
        except LimitReached:
            return Start(place, None, moved=False, finite=False)

    def _defined(self, x: Vector) -> bool:
        """Return whether value and gradient are finite; after the first place values alone are
        asked for as long as they are not."""
        self._tries += 1
        with np.errstate(all="ignore"):
            if self._tries > 1 and not math.isfinite(self._oracle.value(x)):
                return False
            state = self._method.start(self._oracle, x)
        point = state.point
        if math.isfinite(point.value) and bool(np.isfinite(point.gradient).all()):
            self.first = state
            return True
        return False


def _told(settings: Settings) -> str:
    """Return the options that were given, in words."""
    told = [f"{name.replace('_', ' ')} {value}" for name, value in own_options(settings).items()]
    return "".join(f", {text}" for text in told)


def _too_dear(facts: Facts, method: Method[Any]) -> frozenset[str]:
    dear = set() if affordable(facts) else {Need.HESSIAN}
    if not separable(facts):
        dear.add(Need.PIECES)
    return frozenset(dear) - method.needs


def facts_of(prepared: Prepared, smooth: bool) -> Facts:
    """Return what the choice of a method depends on."""
    objective = prepared.objective
    problem = prepared.problem
    squares = "residuals" in objective.provides
    rows = max((max(array.shape) for _, array in prepared.formula.data if array.ndim), default=0)
    many = objective.size > DENSE
    pattern = objective.pattern if many else Pattern("dense")
    local = pattern.kind in LOCAL
    structured = local and objective.offer_structure()
    return Facts(
        size=objective.size,
        bounded=problem.bounded,
        smooth=smooth,
        residuals=1 if squares else None,
        local=local,
        banded=squares and structured and not problem.bounded and _narrow(pattern, objective.size),
        rows=rows,
        pieces=objective.pieces.piece.size if "pieces" in objective.provides else None,
    )


def _of_many(prepared: Prepared, method: Method[Any]) -> Method[Any]:
    """Return Levenberg–Marquardt by the diagonals of JᵀJ where these are known; else the method."""
    if not isinstance(method, LevenbergMarquardt) or not method.scaled or prepared.problem.bounded:
        return method
    narrow = prepared.objective.pattern.width <= BAND
    if not narrow or not prepared.objective.offer_squares():
        return method
    return BandNewton(method.radius, squares=True)


def _narrow(pattern: Pattern, size: int) -> bool:
    """Return whether a band is so narrow that factorising it costs less than products with it."""
    narrow = pattern.width <= NARROW or 0 < pattern.block <= LARGEST
    return narrow and size <= MOST


def _period(prepared: Prepared) -> int | None:
    """Return how the Hessian's diagonal is read off a few products, if that helps.

    In an arrow it does not: conjugate gradients take its border in as many products as it is wide,
    and a scale would hold back the very variables that all others wait for.
    """
    pattern = prepared.objective.pattern
    if pattern.kind not in ("diagonal", "banded"):
        return None
    return 1 if "structured" in prepared.objective.provides else period_of(pattern.gaps)


def _run(
    prepared: Prepared,
    oracle: Oracle,
    method: Method[Any],
    start: Start,
    first: State[Any] | None,
    smooth: bool,
    observers: Sequence[Observer],
) -> Run:
    """Run a method; `auto` tries again where the end is doubtful, and the best run is kept."""
    settings = prepared.problem.settings
    condition = stop_condition(prepared.problem, prepared.value_of, prepared.factor)
    automatically = settings.method == "auto"
    unit = Unit(prepared.factor, prepared.constant)
    kinked = None if smooth else Corners(prepared, start.x).near
    runs: list[Run] = []
    spent = 0
    while True:
        attempt = next_attempt(method, runs, start.x.size) if automatically else None
        if runs and attempt is None:
            break
        left = settings.max_iter - spent
        stopping = automatic(oracle, start.x.size, settings.tol, unit) if automatically else None
        best = min((r.best for r in runs if r.best is not None), key=_value, default=None)
        from_best = attempt is not None and attempt.from_best and best is not None
        run = run_with(
            oracle,
            method if attempt is None else attempt.method,
            best.x if from_best and best is not None else start.x,
            max_iter=left if attempt is None or attempt.max_iter is None
            else min(left, attempt.max_iter),
            stopping=stopping or GradientTest(settings.tol),
            observers=observers if not runs else (),
            condition=condition,
            seed=settings.seed,
            smooth=smooth,
            kinked=kinked,
            first=None if runs else first,
            home=start.x,
        )  # fmt: skip
        runs.append(run)
        spent += run.iterations
        stopped = run.reason.status in (Status.TIME_LIMIT, Status.INTERRUPTED)
        out_of_evaluations = (
            settings.max_evaluations is not None and run.counts.value >= settings.max_evaluations
        )
        if not automatically or stopped or out_of_evaluations or spent >= settings.max_iter:
            break
        if attempt is not None and attempt.from_best:
            break
    found = _best_of(runs, spent)
    if len(runs) > 1 and spent >= settings.max_iter and found.reason.status is Status.MAX_ITER:
        # What the last attempt had left is not what the user set.
        found = found._replace(reason=iteration_limit(settings.max_iter))
    return found


def _value(point: Any) -> float:
    return float(point.value)


_RANK = {Status.CONVERGED: 0, Status.UNBOUNDED: -1}


def _best_of(runs: list[Run], spent: int) -> Run:
    """Return the run to report: the lowest value among those that converged, if any did."""
    last = runs[-1]
    if len(runs) == 1:
        return last
    seen = [run for run in runs if run.best is not None]
    if not seen:
        return last

    def key(run: Run) -> tuple[float, int]:
        assert run.best is not None
        return lowest_value(run), _RANK.get(run.reason.status, 1)

    chosen = min(seen, key=key)
    if chosen.reason.status is Status.NOT_ATTAINED:  # limits that are only approached are alike
        same = [run for run in seen if run.reason.status is Status.NOT_ATTAINED]
        chosen = min(same, key=lambda run: _value(run.best))
    # A converged run whose value equals the lowest to rounding is the better thing to say.
    assert chosen.best is not None
    for run in seen:
        assert run.best is not None
        near = run.best.value - lowest_value(chosen) <= 4 * max(
            run.noise or 0.0, chosen.noise or 0.0
        )
        if run.reason.status is Status.CONVERGED and near:
            chosen = run
            break
    return chosen._replace(iterations=spent, counts=last.counts)


def _in_user_units(prepared: Prepared, observers: Sequence[Observer]) -> tuple[Observer, ...]:
    if not observers:
        return ()
    if prepared.sign > 0 and prepared.factor == 1.0 and prepared.constant == 0.0:
        return tuple(observers)

    def convert(row: Iteration) -> None:
        converted = row._replace(
            value=prepared.value_of(row.value),
            gradient_norm=row.gradient_norm * prepared.factor,
        )
        for observer in observers:
            observer(converted)

    return (convert,)


def _start_warnings(prepared: Prepared, start: Start) -> tuple[Diagnostic, ...]:
    if not start.moved or start.given is None:
        return ()
    why = blame(prepared, start.given) or "the objective is undefined at the start"
    at = point_text(prepared, start.x)
    place = f", at {at}" if at else ""
    return (
        Diagnostic(
            "undefined-start",
            f"{why}; began at a defined place near it{place}",
            severity="warning",
        ),
    )
