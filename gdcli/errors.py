"""The errors that reach a caller: `GdError` and its few kinds."""

from __future__ import annotations

from collections.abc import Iterable

from gdcli.diagnostics import Diagnostic


class GdError(Exception):
    """Bad usage, formula, file or data. Carries every fault that was found.

    Attributes:
        diagnostics: All faults, in the order of their places.
    """

    def __init__(self, diagnostics: Diagnostic | Iterable[Diagnostic]) -> None:
        found = (diagnostics,) if isinstance(diagnostics, Diagnostic) else tuple(diagnostics)
        self.diagnostics: tuple[Diagnostic, ...] = found
        super().__init__("; ".join(d.message for d in found))


class FormulaError(GdError):
    """A formula that cannot be read, or whose shapes do not fit."""


class FileError(GdError):
    """A file that cannot be read, parsed, validated or written."""


class DataError(GdError):
    """Data (a column, an array, a start, a bound) that does not serve."""


class UsageError(GdError):
    """An option, an option's value, or a combination of options that makes no sense."""
