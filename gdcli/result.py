"""The result of a solve: what the table shows and `--json` writes."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import field
from typing import Any

import numpy as np

from gdcli.diagnostics import Diagnostic
from gdcli.records import dataclass

SCHEMA = "gd.result/1"


@dataclass(slots=True)
class Result:
    """One result. Attribute for attribute the JSON object, plus what only a person is shown.

    Attributes:
        at: The best point, by variable: floats, or arrays of the variable's shape.
        stop: reason, requested, reached, noise.
        history: Rows of the convergence table; not part of the JSON.
        hints: What else to try; for a person, not part of the JSON.
        notes: Facts for a person (how the method was chosen, curvature); not part of the JSON.
    """

    status: str
    message: str
    gd_version: str
    name: str | None = None
    sense: str | None = None
    objective: str | None = None
    stop: dict[str, Any] | None = None
    value: float | None = None
    at: dict[str, Any] | None = None
    gradient_norm: float | None = None
    feasible: bool | None = None
    method: str | None = None
    options: dict[str, Any] | None = None
    iterations: int | None = None
    evaluations: dict[str, int] | None = None
    start: dict[str, Any] | None = None
    seed: int | None = None
    second_order: dict[str, Any] | None = None
    minima: list[dict[str, Any]] | None = None
    constraints: dict[str, Any] | None = None
    fit: dict[str, Any] | None = None
    expect: dict[str, Any] | None = None
    bound: float | None = None
    certificate: dict[str, Any] | None = None
    sensitivity: dict[str, Any] | None = None
    ray: dict[str, Any] | None = None
    warnings: tuple[Diagnostic, ...] = ()
    errors: tuple[Diagnostic, ...] = ()
    input: dict[str, Any] | None = None
    seconds: dict[str, float] | None = None
    history: list[Any] = field(default_factory=list)
    hints: tuple[str, ...] = ()
    notes: dict[str, Any] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """Return the `gd.result/1` object: every key, no NaN, no infinity, plain Python types."""
        keys = (
            "name", "sense", "objective", "status", "message", "stop", "value", "at",
            "gradient_norm", "feasible", "method", "options", "iterations", "evaluations",
            "start", "seed", "second_order", "minima", "constraints", "fit", "expect", "bound",
            "certificate", "sensitivity", "ray",
        )  # fmt: skip
        out: dict[str, Any] = {"schema": SCHEMA, "type": "result"}
        out.update((key, plain(getattr(self, key))) for key in keys)
        out["warnings"] = [w.to_dict() for w in self.warnings]
        out["errors"] = [e.to_dict() for e in self.errors]
        out["input"] = plain(self.input)
        out["seconds"] = plain(self.seconds)
        out["gd_version"] = self.gd_version
        return out


def plain(value: Any) -> Any:
    """Return `value` as JSON types; numbers that JSON does not know become None."""
    if isinstance(value, Mapping):
        return {str(key): plain(part) for key, part in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [plain(part) for part in value]
    if isinstance(value, np.ndarray):
        if value.dtype.kind == "f" and not np.isfinite(value).all():
            return [plain(part) for part in value] if value.ndim else plain(float(value))
        return value.tolist()
    if isinstance(value, np.generic):
        return plain(value.item())
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
