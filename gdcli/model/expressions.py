"""Values written as expressions of constants: parsed once, evaluated when all are known."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from gdcli.diagnostics import Diagnostic, Source, Span
from gdcli.errors import DataError, FormulaError
from gdcli.language.check import free_names
from gdcli.language.functions import CONSTANTS
from gdcli.language.parse import parse_value
from gdcli.language.tree import Tree
from gdcli.model.fields import Given
from gdcli.model.kinds import Path
from gdcli.model.values import has_nan
from gdcli.records import dataclass
from gdcli.suggest import did_you_mean

_DECIMAL = re.compile(r"\s*[+-]?[0-9]{1,25}(?:\.[0-9]{0,25})?(?:[eE][+-]?[0-9]{1,2})?\s*", re.A)


@dataclass(frozen=True, slots=True)
class Expression:
    """A parsed expression and the text that it stands in."""

    tree: Tree
    source: Source


@dataclass(frozen=True, slots=True)
class Value:
    """A value ready to be evaluated.

    Attributes:
        content: A float, an array, an `Expression`, or a list of such.
        names: The names that it depends on, where they are first used.
    """

    given: Given
    content: Any
    names: Mapping[str, tuple[Source, Span]]

    def evaluate(self, constants: Mapping[str, Any]) -> Any:
        """Return a float or an array.

        Raises:
            FormulaError: A name without a value (all of them), or an undefined operation.
            DataError: The parts of a list differ in shape, or the result is not a number.
        """
        unknown = list(self._unknown(constants))
        if unknown:
            raise FormulaError(unknown)
        value = _evaluated(self.content, constants, self.given)
        array = np.asarray(value)
        if array.dtype.kind not in "fiub":
            raise DataError(self.given.fault("not-a-number", f"{_name(self.given)} is no number"))
        if value is not self.content and has_nan(array):  # what was read as it is has been seen
            message = f"{_name(self.given)} is not a number (nan)"
            raise DataError(self.given.fault("not-a-number", message))
        return float(array) if array.ndim == 0 else value

    def _unknown(self, constants: Mapping[str, Any]) -> Iterator[Diagnostic]:
        for name, (source, span) in self.names.items():
            if name in constants or name in CONSTANTS:
                continue
            known = sorted(constants)
            yield Diagnostic(
                "unknown-name",
                f"`{name}` has no value here",
                source=source,
                span=span,
                label=did_you_mean(name, known),
                hint=f"an expression may use constants: give `{name}` a value with `set`",
            )


def _name(given: Given) -> str:
    return f"`{'.'.join(str(step) for step in given.path[:2])}`"


def prepare(given: Given, value: Any = None, below: Path = ()) -> Value:
    """Return a value as `read_value` left it (or a part of one) with its expressions parsed.

    Args:
        value: The part; the whole value where None.
        below: The path of the part inside the value.

    Raises:
        FormulaError: Expressions that cannot be read; with all faults.
    """
    names: dict[str, tuple[Source, Span]] = {}
    faults: list[Diagnostic] = []
    content = _parsed(given, given.value if value is None else value, below, names, faults)
    if faults:
        raise FormulaError(faults)
    return Value(given, content, names)


def _parsed(
    given: Given,
    value: Any,
    below: Path,
    names: dict[str, tuple[Source, Span]],
    faults: list[Diagnostic],
) -> Any:
    if isinstance(value, list):
        return [_parsed(given, v, (*below, k), names, faults) for k, v in enumerate(value)]
    if not isinstance(value, str):
        return value
    if _DECIMAL.fullmatch(value):
        return float(value)  # the usual case on the command line: no need for a parser
    source = given.source(value, below)
    try:
        parsed = parse_value(source)
    except FormulaError as error:
        faults.extend(error.diagnostics)
        return None
    for name, span in free_names(parsed.tree).items():
        names.setdefault(name, (source, span))
    return Expression(parsed.tree, source)


def _evaluated(content: Any, constants: Mapping[str, Any], given: Given) -> Any:
    if isinstance(content, Expression):
        from gdcli.language.evaluate import evaluate  # plain numbers do without

        return evaluate(content.tree, constants, content.source, strict=True)
    if not isinstance(content, list):
        return content
    parts = [np.asarray(_evaluated(part, constants, given)) for part in content]
    for part in parts:
        if part.shape != parts[0].shape:
            message = f"the parts of {_name(given)} differ in shape: {parts[0].shape}, {part.shape}"
            raise DataError(given.fault("shape-mismatch", message))
    return np.array(parts, dtype=np.float64)
