"""What is wrong with one formula, gathered while it is read."""

from __future__ import annotations

from gdcli.diagnostics import Diagnostic, Severity, Source, Span
from gdcli.errors import FormulaError

MAX_FAULTS = 30
"""More errors than these are not told one by one."""

MAX_SHOWN = 40
"""A longer piece of the formula is cut where a message quotes it."""


class TooManyFaults(Exception):
    """Reading on makes no sense."""


class Faults:
    """Collects diagnostics of a source; at most one error for each place."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.warnings: list[Diagnostic] = []
        self._errors: dict[int, Diagnostic] = {}

    def __bool__(self) -> bool:
        """Whether there are errors."""
        return bool(self._errors)

    def error(
        self,
        code: str,
        message: str,
        span: Span,
        label: str = "",
        hint: str = "",
        related: tuple[tuple[Span, str], ...] = (),
    ) -> None:
        """Note an error, unless there is one at the same place already.

        Raises:
            TooManyFaults: There are `MAX_FAULTS` already.
        """
        if span.start in self._errors:
            return
        if len(self._errors) >= MAX_FAULTS:
            raise TooManyFaults
        self._errors[span.start] = self._made("error", code, message, span, label, hint, related)

    def withdraw(self, start: int) -> None:
        """Forget the error at a place that turned out to be a part of another one."""
        self._errors.pop(start, None)

    def warning(self, code: str, message: str, span: Span, label: str = "", hint: str = "") -> None:
        """Note a warning; no more than `MAX_FAULTS` are kept."""
        if len(self.warnings) < MAX_FAULTS:
            self.warnings.append(self._made("warning", code, message, span, label, hint, ()))

    def failure(self) -> FormulaError:
        """Return the exception that tells of all errors, in the order of their places."""
        return FormulaError(self._errors[start] for start in sorted(self._errors))

    def _made(
        self,
        severity: Severity,
        code: str,
        message: str,
        span: Span,
        label: str,
        hint: str,
        related: tuple[tuple[Span, str], ...],
    ) -> Diagnostic:
        return Diagnostic(code, message, severity, self.source, span, label, hint, related)


def shown(text: str) -> str:
    """Return a piece of a formula as a message quotes it: in backticks, cut if it is long."""
    if len(text) > MAX_SHOWN:
        text = text[: MAX_SHOWN - 1] + "…"
    return f"`{text}`"
