"""gd: type a formula; gd derives its gradient, descends to the minimum, and says how sure it is."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from gdcli.api import Compiled, compile, maximize, minimize, solve
    from gdcli.errors import GdError
    from gdcli.result import Result

__version__ = "0.1.0"
__all__ = [
    "Compiled", "GdError", "Result", "__version__", "compile", "maximize", "minimize", "solve",
]  # fmt: skip

# Imported at first use: `gd --version` needs no NumPy.
_HOMES = {
    "Compiled": "gdcli.api",
    "compile": "gdcli.api",
    "maximize": "gdcli.api",
    "minimize": "gdcli.api",
    "solve": "gdcli.api",
    "GdError": "gdcli.errors",
    "Result": "gdcli.result",
}


def __getattr__(name: str) -> Any:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module `gdcli` has no attribute `{name}`")
    from importlib import import_module

    value = getattr(import_module(home), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
