"""From a problem to its result: the hall where the formula and the engine meet.

A maximisation is turned into a minimisation here, and nowhere else.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from gdcli import __version__
from gdcli.deadline import Deadline, DeadlineReached, Interrupted
from gdcli.diagnostics import Diagnostic
from gdcli.engine.observers import History, Iteration
from gdcli.errors import GdError
from gdcli.model.assemble import make_problem
from gdcli.model.expectation import verdict
from gdcli.model.problem import Problem
from gdcli.model.raw import RawProblem
from gdcli.result import Result
from gdcli.solving import wording
from gdcli.solving.descend import Descent, descend
from gdcli.solving.message import message
from gdcli.solving.own_options import method_faults, own_options
from gdcli.solving.prepare import Prepared, prepare
from gdcli.solving.restarts import search_minima
from gdcli.solving.sensitivity import sensitivities, sensitivity_lines

Observer = Callable[[Any], None]


class AllRows:
    """A history that keeps every row."""

    def __init__(self) -> None:
        self.rows: list[Iteration] = []

    def __call__(self, row: Iteration) -> None:
        """Take a row."""
        self.rows.append(row)


def solve_raw(
    raw: RawProblem,
    overrides: RawProblem | Mapping[str, Any] | None = None,
    *,
    deadline: Deadline | None = None,
    observers: Sequence[Observer] = (),
    history: bool = True,
    every_row: bool = False,
) -> Result:
    """Check a problem and solve it. Faults become a result of status `error`."""
    deadline = deadline or Deadline()
    sense = "maximize" if "maximize" in raw.fields else "minimize"
    given = raw.fields.get(sense)
    blank = Result(
        "error",
        "",
        __version__,
        name=raw.name,
        sense=sense,
        objective=given if isinstance(given, str) else None,
        input=None
        if raw.file is None
        else {"file": raw.file, "line": raw.line, "sha256": raw.sha256},
    )
    unsuited = method_faults(raw, overrides)
    try:
        problem = make_problem(raw, overrides, deadline=deadline)
    except GdError as error:
        return failed(blank, [*error.diagnostics, *unsuited])
    except (DeadlineReached, Interrupted) as stop:
        return stopped_early(blank, stop, deadline)
    if unsuited:
        return failed(blank, unsuited)
    return solve(
        problem, deadline=deadline, observers=observers, history=history, every_row=every_row
    )


def failed(blank: Result, diagnostics: Sequence[Diagnostic]) -> Result:
    """Return the result of a problem that could not be run."""
    errors = tuple(d for d in diagnostics if d.severity == "error")
    warnings = tuple(d for d in diagnostics if d.severity != "error")
    message = errors[0].message if errors else "error"
    return replace(blank, status="error", message=message, errors=errors, warnings=warnings)


def stopped_early(blank: Result, stop: DeadlineReached | Interrupted, deadline: Deadline) -> Result:
    """Return the result of a problem that was stopped before anything was evaluated."""
    seconds = {"total": deadline.elapsed(), "derive": 0.0, "compile": 0.0, "solve": 0.0}
    kind = "signal" if isinstance(stop, Interrupted) else "limit"
    result = replace(
        blank,
        status="interrupted" if isinstance(stop, Interrupted) else "time_limit",
        message="interrupted before the first evaluation"
        if isinstance(stop, Interrupted)
        else "the time limit was reached before the first evaluation",
        stop={"reason": kind, "requested": None, "reached": None, "noise": None},
        seconds=seconds,
    )
    if isinstance(stop, Interrupted):
        result.notes["signal"] = stop.signal
    return result


@np.errstate(all="ignore")  # overflow is judged by the numbers themselves
def solve(
    problem: Problem,
    *,
    deadline: Deadline | None = None,
    observers: Sequence[Observer] = (),
    history: bool = True,
    every_row: bool = False,
) -> Result:
    """Solve a checked problem.

    Args:
        deadline: The clock that began with the command; the problem's time limit is set on it.
        observers: Called with an `Iteration` in the user's unit, every iteration.
        history: Whether to keep rows for the convergence table; all of them with `every_row`.
    """
    deadline = deadline or Deadline()
    deadline.limit(problem.settings.time_limit)
    rows: History | AllRows | None = (AllRows() if every_row else History()) if history else None
    watching = [*observers, *([rows] if rows is not None else [])]
    blank = _blank(problem)
    try:
        deadline.check()
        prepared = prepare(problem, deadline)
        if problem.settings.starts is not None:
            found = search_minima(prepared, watching, deadline)
            descent, minima = found.best, found
        else:
            descent, minima = descend(prepared, watching, deadline), None
    except GdError as error:
        return failed(blank, error.diagnostics)
    except (DeadlineReached, Interrupted) as stop:
        early = stopped_early(blank, stop, deadline)
        _expect(early, problem)
        return early
    result = _assemble(blank, prepared, descent, deadline)
    if minima is not None:
        result.minima = minima.as_plain()
        result.message += f"; {minima.sentence()}"
    if problem.settings.sensitivity and result.status == "converged":
        try:
            result.sensitivity = sensitivities(prepared, descent, deadline)
            result.notes["sensitivity_lines"] = sensitivity_lines(result, problem)
        except (DeadlineReached, Interrupted):
            result.notes["sensitivity_lines"] = ("sensitivity: no time was left for it",)
    if rows is not None:
        result.history = list(rows.rows)
    assert result.seconds is not None
    result.seconds["total"] = deadline.elapsed()
    return result


def _blank(problem: Problem) -> Result:
    source = problem.input
    return Result(
        "error",
        "",
        __version__,
        name=problem.name,
        sense=problem.sense,
        objective=problem.objective,
        warnings=problem.warnings,
        seed=problem.settings.seed,
        options=_options(problem),
        input=None
        if source is None
        else {"file": source.file, "line": source.line, "sha256": source.sha256},
        notes={"accept": problem.settings.accept},
    )


def _options(problem: Problem) -> dict[str, Any]:
    settings = problem.settings
    own = own_options(settings)
    named: dict[str, Any] = {
        "method": settings.method,
        "learning_rate": own.pop("learning_rate", None),
        "tol": settings.tol,
        "max_iter": settings.max_iter,
        "max_evaluations": settings.max_evaluations,
        "time_limit": settings.time_limit,
        "seed": settings.seed,
        "starts": settings.starts,
        "stop_when": settings.stop_when,
        "accept": list(settings.accept),
        "sensitivity": settings.sensitivity,
    }
    return {**named, **own}


def _assemble(blank: Result, prepared: Prepared, descent: Descent, deadline: Deadline) -> Result:
    problem, run = prepared.problem, descent.run
    layout = problem.layout
    result = replace(blank, status=run.reason.status.value)
    result.method = descent.method
    result.iterations = run.iterations
    result.evaluations = {
        "value": run.counts.value,
        "gradient": run.counts.gradient,
        "hessian": run.counts.hessian,
        "product": run.counts.product,
    }
    result.start = layout.unpack(descent.start.x)
    result.notes = {**blank.notes, "method_summary": descent.summary, "because": descent.because}
    result.warnings = (*blank.warnings, *descent.warnings)
    if run.signal:
        result.notes["signal"] = run.signal
    if run.best is not None:
        result.value = prepared.value_of(run.best.value)
        result.at = layout.unpack(run.best.x)
        norm = run.gradient_norm * prepared.factor
        result.gradient_norm = norm if math.isfinite(norm) else None
        inside = (problem.lower <= run.best.x) & (run.best.x <= problem.upper)
        result.feasible = bool(np.all(inside))
    noise = None
    if run.noise is not None:
        noise = run.noise * prepared.factor + abs(prepared.constant) * 2.0**-53
    requested = _scaled(run.requested, prepared.factor)
    if run.reason.kind == "rounding" and requested is not None and noise is not None:
        requested = max(requested, noise)  # a constant that was taken off has its rounding too
    result.stop = {
        "reason": run.reason.kind,
        "requested": requested,
        "reached": _scaled(run.reached, prepared.factor),
        "noise": noise,
    }
    result.second_order = wording.plain_second_order(
        run.second_order, prepared.sign, prepared.factor
    )
    if run.ray is not None:
        result.ray = layout.unpack(run.ray.direction)
    result.message = message(prepared, descent)
    result.hints = tuple(h for h in (wording.advice(run), *descent.hints) if h)
    result.seconds = {
        "total": deadline.elapsed(),
        "derive": prepared.seconds_derive,
        "compile": prepared.seconds_compile,
        "solve": descent.seconds,
    }
    _expect(result, problem)
    return result


def _scaled(number: float | None, factor: float) -> float | None:
    return None if number is None else number * factor


def _expect(result: Result, problem: Problem) -> None:
    if problem.expectation is None:
        return
    met, reasons = verdict(
        problem.expectation,
        result.status,
        result.value,
        result.at,
        problem.settings.accept,
        problem.sense,
    )
    result.expect = {"verdict": "met" if met else "missed", "reasons": list(reasons)}
