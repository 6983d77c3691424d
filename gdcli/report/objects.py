"""JSON objects that are not results of a run: errors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from gdcli import __version__
from gdcli.diagnostics import Diagnostic
from gdcli.result import Result


def fault_object(diagnostics: Sequence[Diagnostic], kind: str, command: str) -> dict[str, Any]:
    """Return a `gd.result/1` of status `error` (kind `result`), or a `gd.error/1` object."""
    if kind == "result":
        sense = command if command in ("minimize", "maximize") else None
        return Result(
            status="error",
            message=diagnostics[0].message if diagnostics else "error",
            gd_version=__version__,
            sense=sense,
            errors=tuple(diagnostics),
        ).to_dict()
    return {
        "schema": "gd.error/1",
        "type": "error",
        "errors": [diagnostic.to_dict() for diagnostic in diagnostics],
    }
