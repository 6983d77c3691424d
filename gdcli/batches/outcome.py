"""What a result counts as: solved, failed or error; and the record of a problem without one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Literal

from gdcli import __version__
from gdcli.diagnostics import Diagnostic
from gdcli.model.expectation import verdict
from gdcli.model.kinds import ACCEPT, Unfit
from gdcli.model.problem import Expectation
from gdcli.model.raw import RawProblem
from gdcli.result import Result

Outcome = Literal["solved", "failed", "error"]


def outcome_of(result: Mapping[str, Any]) -> Outcome:
    """Return what a `gd.result/1` object counts as.

    An `expect` decides; otherwise `converged` or an accepted status is a success.
    """
    if result["status"] == "error":
        return "error"
    expect = result.get("expect")
    if expect is not None:
        return "solved" if expect["verdict"] == "met" else "failed"
    accepted = (result.get("options") or {}).get("accept") or ()
    solved = result["status"] == "converged" or result["status"] in accepted
    return "solved" if solved else "failed"


def ended_from_outside(
    raw: RawProblem, merged: Mapping[str, Any], status: str, message: str, seconds: float
) -> Result:
    """Return the record of a problem whose process was ended, or ended itself.

    Args:
        merged: The problem's fields, defaults and overrides merged.
        status: `time_limit`, `memory_limit` or `crashed`.
    """
    reason = {"time_limit": "limit", "memory_limit": "memory", "crashed": "crash"}[status]
    result = _blank(raw, status, message)
    result.stop = {"reason": reason, "requested": None, "reached": None, "noise": None}
    result.seconds = {"total": seconds, "derive": 0.0, "compile": 0.0, "solve": 0.0}
    try:
        accepted = ACCEPT.read(merged.get("accept", ()))
    except Unfit:
        accepted = ()
    result.options = {
        "method": merged.get("method", "auto"),
        "time_limit": merged.get("time_limit"),
        "seed": merged.get("seed", 0),
        "accept": list(accepted),
    }
    expect = merged.get("expect")
    if isinstance(expect, Mapping) and expect:
        wanted = Expectation(status=expect.get("status"))
        met, reasons = verdict(wanted, status, None, None, accepted)
        if met and ("value" in expect or "at" in expect):
            met, reasons = False, ["there is no value, expected one"]
        result.expect = {"verdict": "met" if met else "missed", "reasons": reasons}
    return result


def unreadable(raw: RawProblem, diagnostics: tuple[Diagnostic, ...]) -> Result:
    """Return the record of a file or line that holds no problem that could be solved."""
    errors = tuple(d for d in diagnostics if d.severity == "error")
    others = tuple(d for d in diagnostics if d.severity != "error")
    result = _blank(raw, "error", errors[0].message if errors else "error")
    return replace(result, errors=errors, warnings=others)


def _blank(raw: RawProblem, status: str, message: str) -> Result:
    sense = "maximize" if "maximize" in raw.fields else "minimize"
    given = raw.fields.get(sense)
    place = None
    if raw.file is not None:
        place = {"file": raw.file, "line": raw.line, "sha256": raw.sha256}
    return Result(
        status,
        message,
        __version__,
        name=raw.name,
        sense=sense,
        objective=given if isinstance(given, str) else None,
        input=place,
    )
