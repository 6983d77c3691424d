"""Solves a result's problem again with the same options, and says what differs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, Literal

import numpy as np

from gdcli.batches.recall import Recalled, options_of, recall
from gdcli.deadline import Deadline
from gdcli.model.raw import RawProblem
from gdcli.records import dataclass
from gdcli.solving.solve import solve_raw

Verdict = Literal["identical", "agrees", "differs"]

TOLERANCE = 1e-6
"""Values that differ relatively by less agree."""

_EXACT = ("status", "method", "iterations", "evaluations", "value", "gradient_norm", "at")


@dataclass(frozen=True, slots=True)
class Compared:
    """Two results of one problem.

    Attributes:
        verdict: `identical` to the last bit, `agrees` in status and to rounding, or `differs`.
        differences: What is not the same, in words.
    """

    name: str
    verdict: Verdict
    differences: tuple[str, ...]
    result: dict[str, Any]
    notes: tuple[str, ...] = ()


def solve_again(recalled: Recalled, given: Mapping[str, Any], deadline: Deadline) -> Compared:
    """Solve again and compare.

    Raises:
        GdError: The problem is no longer there.
    """
    again = recall(recalled, given)
    overrides = again.overrides
    if recalled.kept is None:
        fields = {**options_of(recalled.result), **(overrides.fields if overrides else {})}
        own = _own_options(recalled.result)
        if own:
            fields["options"] = own
        overrides = RawProblem(fields) if overrides is None else replace(overrides, fields=fields)
    result = solve_raw(again.raw, overrides, deadline=deadline, history=False).to_dict()
    differences = tuple(_differences(recalled.result, result))
    verdict: Verdict = "identical"
    if differences:
        verdict = "agrees" if _agree(recalled.result, result) else "differs"
    return Compared(recalled.name, verdict, differences, result, again.notes)


def _own_options(result: Mapping[str, Any]) -> dict[str, Any]:
    """Return a named method's own options; `auto` chooses its own."""
    from gdcli.model.keys import KEYS

    options = result.get("options") or {}
    if options.get("method") == "auto":
        return {}
    return {k: v for k, v in options.items() if k not in KEYS and v is not None}


def _differences(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[str]:
    for key in _EXACT:
        if old.get(key) != new[key]:
            if key == "at":
                yield f"at: farthest apart by {_distance(old.get(key), new[key]):.2g}"
            else:
                yield f"{key}: {old.get(key)!r} before, {new[key]!r} now"
    if old.get("gd_version") != new["gd_version"]:
        yield f"gd_version: {old.get('gd_version')} before, {new['gd_version']} now"


def _agree(old: Mapping[str, Any], new: Mapping[str, Any]) -> bool:
    if old.get("status") != new["status"]:
        return False
    before, now = old.get("value"), new["value"]
    if before is None or now is None:
        return before is now
    noise = (new.get("stop") or {}).get("noise") or 0.0
    return bool(abs(before - now) <= TOLERANCE * max(1.0, abs(before)) + noise)


def _distance(old: Any, new: Any) -> float:
    if not isinstance(old, Mapping) or not isinstance(new, Mapping) or set(old) != set(new):
        return float("inf")
    try:
        parts = [np.max(np.abs(np.asarray(old[k], float) - np.asarray(new[k], float))) for k in new]
    except (TypeError, ValueError):
        return float("inf")
    return float(max(parts, default=0.0))
