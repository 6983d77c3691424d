"""A method's own options among the settings of a problem."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from gdcli.diagnostics import Diagnostic
from gdcli.errors import UsageError
from gdcli.methods import registry
from gdcli.methods.settings import OptionFaults
from gdcli.model.keys import KEYS
from gdcli.model.kinds import Path, Unfit, normalised
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


def method_faults(
    raw: RawProblem, overrides: RawProblem | Mapping[str, Any] | None = None
) -> list[Diagnostic]:
    """Return what is wrong with the method that is named and its own options, with the places.

    It needs nothing of the formula, and so can be told together with what is wrong there. Values
    that no option could have are told by whoever checks the keys.
    """
    layers = layers_of(raw, overrides)
    naming = next((layer for layer in layers if "method" in layer.fields), None)
    name = "auto" if naming is None else naming.fields["method"]
    if not isinstance(name, str):
        return []
    name = name.strip()
    if naming is not None and name not in registry.METHODS:
        return [_placed(fault, naming, ("method",)) for fault in _faults(name, {})[None]]
    given = {
        option: found
        for option, found in _given(layers).items()
        if not (found.layer.shared and _suits_another(found.layer, naming, name, option))
    }
    faults = _faults(name, {option: found.value for option, found in given.items()})
    return [
        _placed(fault, found.layer, found.path)
        for option, found in given.items()
        for fault in faults.get(option, ())
    ]


class _Option(NamedTuple):
    value: Any
    layer: RawProblem
    path: Path


def _given(layers: Sequence[RawProblem]) -> dict[str, _Option]:
    """Return the options that could be read, by name, the strongest layer's each."""
    found: dict[str, _Option] = {}
    for layer in layers:
        table = layer.fields.get("options")
        entries = list(table.items()) if isinstance(table, Mapping) else []
        places: list[tuple[Path, Any]] = [(("options", key), value) for key, value in entries]
        if "learning_rate" in layer.fields:
            places.append((("learning_rate",), layer.fields["learning_rate"]))
        for path, value in places:
            with contextlib.suppress(Unfit):
                read = KEYS[str(path[0])].kind.read(value)
                found.setdefault(normalised(str(path[-1])), _Option(read, layer, path))
    return found


def _suits_another(
    defaults: RawProblem, naming: RawProblem | None, method: str, option: str
) -> bool:
    """Return whether an option of `[defaults]` is meant for other problems than this one."""
    if registry.has_option(method, option) or naming is None or naming.file is None:
        return False
    return any(registry.has_option(other, option) for other in defaults.methods)


def _faults(method: str, options: Mapping[str, Any]) -> Mapping[str | None, Sequence[Diagnostic]]:
    """Return what is wrong, by option; under None what is wrong with the method."""
    try:
        registry.values_in_force(method, options)
    except OptionFaults as error:
        return error.by_option
    except UsageError as error:
        return {None: error.diagnostics}
    return {}


def _placed(fault: Diagnostic, layer: RawProblem, path: Path) -> Diagnostic:
    """Return a fault at the place of a key or its value, or within that where it is a text."""
    if fault.source is not None:
        return replace(fault, source=layer.locator.text(path, fault.source.text))
    at_key = fault.code in ("no-effect", "unknown-option")
    found = layer.fault(path, fault.code, fault.message, hint=fault.hint, at_key=at_key)
    return replace(found, label=fault.label)


def _others(settings: Settings, name: str) -> bool:
    """Return whether an option is meant for other problems than this one."""
    if name not in settings.shared or registry.has_option(settings.method, name):
        return False
    return any(registry.has_option(method, name) for method in settings.methods)
