"""A method's own options among the settings of a problem."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from gdcli.diagnostics import Diagnostic
from gdcli.errors import UsageError
from gdcli.methods import registry
from gdcli.model.problem import Settings
from gdcli.model.raw import RawProblem, layers_of


def own_options(settings: Settings) -> dict[str, Any]:
    """Return the options given to the problem's method, the learning rate among them.

    What a file's `[defaults]` give is left out where this method does not have it but that of
    another problem does; where none has it, it stays, and is an error.
    """
    options = dict(settings.options)
    if settings.learning_rate is not None:
        options["learning_rate"] = settings.learning_rate
    return {name: value for name, value in options.items() if not _others(settings, name)}


def unknown_method(
    raw: RawProblem, overrides: RawProblem | Mapping[str, Any] | None = None
) -> list[Diagnostic]:
    """Return the error where the method that is named does not exist, with its place.

    It needs nothing of the formula, and so can be told together with what is wrong there.
    """
    for layer in layers_of(raw, overrides):
        name = layer.fields.get("method")
        if name is None:
            continue
        try:
            if isinstance(name, str):
                registry.find(name.strip())
        except UsageError as error:
            (found,) = error.diagnostics
            place = layer.fault(("method",), found.code, found.message, hint=found.hint)
            return [replace(place, label=found.label)]
        break
    return []


def _others(settings: Settings, name: str) -> bool:
    """Return whether an option is meant for other problems than this one."""
    if name not in settings.shared or registry.has_option(settings.method, name):
        return False
    return any(registry.has_option(method, name) for method in settings.methods)
