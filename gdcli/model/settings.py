"""From checked fields to `Settings`, the options of the solve."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gdcli.diagnostics import Diagnostic
from gdcli.errors import FormulaError
from gdcli.language.check import free_names
from gdcli.language.functions import CONSTANTS
from gdcli.language.parse import parse_condition
from gdcli.model.fields import Fields, Given
from gdcli.model.keys import KEYS
from gdcli.model.problem import Layout, Settings
from gdcli.suggest import did_you_mean

STOP_WORDS = ("f", "gradient_norm", "iteration")
"""What `stop_when` knows beside variables and constants."""

_SETTINGS = tuple(row.name for row in KEYS.values() if row.setting and not row.table)


def read_settings(fields: Fields) -> Settings:
    """Return the settings given, with what is built in for the rest.

    `given` names every option that some layer gave, a method's own ones as `options.memory`.
    """
    given: dict[str, Any] = {
        name: fields.plain[name].value for name in _SETTINGS if name in fields.plain
    }
    own = dict(fields.table("options"))
    options = {name: entry.value for name, entry in own.items()}
    names = frozenset(given) | {f"options.{name}" for name in options}
    if "learning_rate" in fields.plain:
        own["learning_rate"] = fields.plain["learning_rate"]
    shared = {name: entry.raw for name, entry in own.items() if entry.raw.shared}
    methods = next((raw.methods for raw in shared.values()), ())
    if "method" in fields.plain and fields.plain["method"].raw.file is None:
        methods = (given["method"],)  # the command line's, for all problems
    return Settings(
        **given, options=options, given=names, shared=frozenset(shared), methods=methods
    )


def check_condition(
    given: Given | None,
    layout: Layout,
    constants: Mapping[str, Any],
    faults: list[Diagnostic],
) -> None:
    """Report a `stop_when` that cannot be read, or that uses names which it does not know."""
    if given is None:
        return
    source = given.source(given.value)
    try:
        tree = parse_condition(source).tree
    except FormulaError as error:
        faults.extend(error.diagnostics)
        return
    known = [*STOP_WORDS, *(variable.name for variable in layout.variables), *constants]
    for name, span in free_names(tree).items():
        if name not in known and name not in CONSTANTS:
            faults.append(
                Diagnostic(
                    "unknown-name",
                    f"a condition does not know `{name}`",
                    source=source,
                    span=span,
                    label=did_you_mean(name, known),
                    hint=f"it knows {', '.join(STOP_WORDS)} and the variables",
                )
            )
