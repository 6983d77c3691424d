"""Source text made in this process → function: the only place with `exec`.

What is executed was written by `targets` a moment before: generated names, numbers by `repr`, and
functions out of the namespace given here. There are no builtins in it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any


def load(source: str, entry: str, namespace: Mapping[str, Any]) -> Callable[..., Any]:
    """Return the function `entry` that `source` defines."""
    scope: dict[str, Any] = {**namespace, "__builtins__": {}}
    exec(compile(source, "<gd>", "exec", dont_inherit=True), scope)  # noqa: S102
    function: Callable[..., Any] = scope[entry]
    return function
