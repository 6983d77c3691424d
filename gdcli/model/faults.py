"""All faults of a problem in one error."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NoReturn

from gdcli.diagnostics import Diagnostic
from gdcli.errors import FileError, FormulaError, GdError, UsageError
from gdcli.model.raw import RawProblem


def raise_all(faults: Iterable[Diagnostic], raw: RawProblem) -> NoReturn:
    """Raise the error that carries all faults, those of a file in the order of their places.

    It is a `FormulaError` where every fault lies in a formula or expression, otherwise a
    `FileError` where they come from a file, and a `UsageError` where not.
    """
    found = list(dict.fromkeys(faults))
    if raw.file is not None:
        found.sort(key=_place)
    kind: type[GdError] = UsageError if raw.file is None else FileError
    if not any(fault.code in _NOT_FORMULA for fault in found):
        kind = FormulaError
    raise kind(bounded(found))


def bounded(faults: Sequence[Diagnostic]) -> list[Diagnostic]:
    """Return the first faults, and how many there are besides: nobody reads thousands."""
    if len(faults) <= MOST:
        return list(faults)
    errors = sum(fault.severity == "error" for fault in faults[MOST:])
    more = Diagnostic(
        "more-errors", f"and {errors:,} more errors like these", file=faults[0].place()[0]
    )
    return [*faults[:MOST], more]


MOST = 50
"""Faults of one problem or file that are told one by one."""


_NOT_FORMULA = frozenset(
    (
        "bad-data",
        "bad-table",
        "given-twice",
        "name-needed",
        "no-objective",
        "no-such-column",
        "not-finite",
        "not-installed",
        "not-supported",
        "not-text",
        "reversed-bounds",
        "too-large",
        "two-objectives",
        "unknown-data",
        "unknown-key",
        "unreadable-file",
        "wrong-value",
    )
)
"""Codes of faults that lie in keys, values or data, not in a formula or expression."""


def _place(fault: Diagnostic) -> tuple[int, int, int]:
    file, line, column = fault.place()
    return (0 if file is None else 1, line or 0, column or 0)
