"""Formulas solved as a user would, and what must be so of every result."""

from __future__ import annotations

import math
from typing import Any

import gdcli
from gdcli.result import Result

CONVERGED, UNBOUNDED, NOT_ATTAINED = "converged", "unbounded", "not_attained"


def solved(formula: str, start: dict[str, Any], **options: Any) -> Result:
    """Minimise a formula, and check what holds of results of every status."""
    result = gdcli.minimize(formula, start=start, **options)
    check(result)
    return result


def maximized(formula: str, start: dict[str, Any], **options: Any) -> Result:
    """Maximise a formula, and check what holds of results of every status."""
    result = gdcli.maximize(formula, start=start, **options)
    check(result)
    return result


def check(result: Result) -> None:
    """Hold the rules that the statuses stand for."""
    plain = result.to_dict()
    assert plain["message"]
    if result.status in (UNBOUNDED, NOT_ATTAINED):
        assert result.ray is not None
    else:
        assert result.ray is None
    if result.status == CONVERGED:
        assert result.value is not None and math.isfinite(result.value)
        assert result.feasible
        assert plain["stop"]["reason"] in ("tolerance", "rounding", "kink", "condition")
        if result.second_order is not None:
            assert result.second_order["kind"] != "saddle"


def ends(result: Result, status: str, value: float | None = None, tol: float = 1e-6) -> None:
    """Check the status and, relative where it is large, the value."""
    assert result.status == status, result.message
    if value is not None:
        assert result.value is not None
        assert abs(result.value - value) <= tol * max(1.0, abs(value)), result.message
