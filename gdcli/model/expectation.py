"""What a problem's `expect` demands, and whether a result meets it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

import numpy as np

from gdcli.diagnostics import Diagnostic
from gdcli.errors import GdError
from gdcli.model.expressions import prepare
from gdcli.model.fields import Given
from gdcli.model.kinds import Path
from gdcli.model.problem import Expectation, Layout, Sense
from gdcli.model.start import fill


def read_expectation(
    entries: Mapping[str, Given],
    layout: Layout,
    constants: Mapping[str, Any],
    faults: list[Diagnostic],
) -> Expectation | None:
    """Return what `expect` demands, its expressions evaluated; None where it is not given."""
    if not entries:
        return None
    found: dict[str, Any] = {}
    for key, given in entries.items():
        try:
            if key == "value":
                value = prepare(given).evaluate(constants)
                if np.ndim(value):
                    message = "the expected value is one number"
                    raise GdError(given.fault("wrong-value", message))
                found[key] = float(value)
            elif key == "at":
                found[key] = tuple(_points(given, layout, constants))
            else:
                found[key] = given.value
        except GdError as error:
            faults.extend(error.diagnostics)
    return Expectation(**found)


def _points(
    given: Given, layout: Layout, constants: Mapping[str, Any]
) -> Iterator[Mapping[str, Any]]:
    """Yield the expected points with values in their variables' shapes."""
    variables = {variable.name: variable for variable in layout.variables}
    listed = isinstance(given.raw.fields["expect"]["at"], (list, tuple))
    for k, point in enumerate(given.value):
        filled = {}
        for name, part in point.items():
            below: Path = (k, name) if listed else (name,)
            value = prepare(given, part, below).evaluate(constants)
            filled[name] = fill(value, variables[name], given, "expected value")
        yield filled


def verdict(
    expectation: Expectation,
    status: str,
    value: float | None,
    at: Mapping[str, Any] | None,
    accepted: Collection[str] = (),
    sense: Sense = "minimize",
) -> tuple[bool, list[str]]:
    """Return whether a result meets the expectation, and a reason for each thing it misses.

    Differences count relative where the expected number is above 1 in size, absolute otherwise.
    Without an expected status only `converged` or an accepted one will do.

    Args:
        status: The result's status.
        value: Its value, in the user's sense; None where there is none.
        at: Its point by variable; None where there is none.
        accepted: Statuses that the user accepts.
        sense: Whether a smaller or a larger value is the better one, for the reason's words.
    """
    reasons = []
    if expectation.status is not None:
        if status != expectation.status:
            reasons.append(f"status is {status}, expected {expectation.status}")
    elif status != "converged" and status not in accepted:
        reasons.append(f"status is {status}, expected converged")
    if expectation.value is not None:
        reasons.extend(_value_reasons(expectation.value, expectation.tol, value, sense))
    if expectation.at:
        reasons.extend(_point_reasons(expectation, at))
    return not reasons, reasons


def _value_reasons(expected: float, tol: float, value: float | None, sense: Sense) -> list[str]:
    if value is None or np.isnan(value):
        return [f"there is no value, expected {expected!r}"]
    apart = _apart(value, expected)
    if apart <= tol:
        return []
    better = (value < expected) == (sense == "minimize")
    side = "better" if better else "worse"
    return [f"value is {value!r}, expected {expected!r}: {side} by {apart:.2g}, tol {tol:g}"]


def _point_reasons(expectation: Expectation, at: Mapping[str, Any] | None) -> list[str]:
    if at is None:
        return ["there is no point, expected one"]
    misses = [_farthest(point, at) for point in expectation.at]
    name, apart = min(misses, key=lambda miss: miss[1])
    if apart <= expectation.at_tol:
        return []
    nearest = "" if len(misses) == 1 else f" from the nearest of {len(misses)} expected points"
    return [f"`{name}` is off by {apart:.2g}{nearest}, at_tol {expectation.at_tol:g}"]


def _farthest(point: Mapping[str, Any], at: Mapping[str, Any]) -> tuple[str, float]:
    """Return the variable that is farthest from where it should be, and how far it is."""
    worst = ("", -1.0)
    for name, expected in point.items():
        apart = _apart(at[name], expected) if name in at else float("inf")
        if not apart <= worst[1]:
            worst = (name, apart)
    return worst


def _apart(actual: Any, expected: Any) -> float:
    """Return the largest difference, relative where the expected number is above 1 in size."""
    found = np.asarray(actual, dtype=np.float64)
    wanted = np.asarray(expected, dtype=np.float64)
    if wanted.shape not in ((), found.shape):
        return float("inf")
    with np.errstate(invalid="ignore"):
        difference = np.abs(found - wanted) / np.maximum(1.0, np.abs(wanted))
    difference = np.where(found == wanted, 0.0, difference)  # equal infinities
    if np.isnan(difference).any():
        return float("inf")
    return float(difference.max(initial=0.0))
