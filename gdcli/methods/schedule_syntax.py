"""Reads a learning rate: a number, or a schedule such as `warmup(cosine(0.1, 500), 20)`."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from typing import Any, Literal

from gdcli.diagnostics import Diagnostic, Source, Span
from gdcli.errors import UsageError
from gdcli.methods.schedules import (
    Constant,
    Cosine,
    Exponential,
    Inverse,
    Restart,
    Schedule,
    Step,
    WarmUp,
)
from gdcli.records import dataclass
from gdcli.suggest import did_you_mean

Kind = Literal["schedule", "rate", "count", "factor", "decay", "growth"]

_RANGES: Mapping[Kind, tuple[str, Callable[[float], bool]]] = {
    "rate": ("a number above 0", lambda v: 0.0 < v < math.inf),
    "count": ("a whole number, at least 1", lambda v: v >= 1.0 and v == int(v)),
    "factor": ("a number above 0, at most 1", lambda v: 0.0 < v <= 1.0),
    "decay": ("a number above 0", lambda v: 0.0 < v < math.inf),
    "growth": ("a number from 1 to 1000", lambda v: 1.0 <= v <= 1000.0),
}


@dataclass(frozen=True)
class Form:
    """A row of the table of schedules.

    Attributes:
        parameters: What stands in the brackets, in order: name and kind.
        optional: How many of the last may be left out.
        meaning: One line for the help.
    """

    make: Callable[..., Schedule]
    parameters: tuple[tuple[str, Kind], ...]
    meaning: str
    optional: int = 0

    def shown(self, name: str) -> str:
        """Return the form as the help writes it: `step(a, every, factor)`."""
        return f"{name}({', '.join(parameter for parameter, _ in self.parameters)})"


FORMS: Mapping[str, Form] = {
    "constant": Form(Constant, (("a", "rate"),), "a, the same as the number alone"),
    "step": Form(
        Step, (("a", "rate"), ("every", "count"), ("factor", "factor")),
        "a, multiplied by factor after every so many steps",
    ),
    "exponential": Form(
        Exponential, (("a", "rate"), ("factor", "factor")), "a, multiplied by factor at every step"
    ),
    "inverse": Form(Inverse, (("a", "rate"), ("k", "decay")), "a/(1 + k·i) at step i = 0, 1, …"),
    "cosine": Form(
        Cosine, (("a", "rate"), ("steps", "count")), "from a down to 0 along half a cosine"
    ),
    "warmup": Form(
        WarmUp, (("schedule", "schedule"), ("steps", "count")),
        "a schedule (or number) that is approached in so many steps",
    ),
    "restart": Form(
        Restart, (("schedule", "schedule"), ("every", "count"), ("growth", "growth")),
        "a schedule begun anew after every so many steps, periods growing by a factor (1)",
        optional=1,
    ),
}  # fmt: skip

MOST_CHARACTERS = 1_000
_TOKEN = re.compile(
    r"\s*(?:(?P<number>(?:[0-9][0-9_]*\.?[0-9_]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)"
    r"|(?P<name>[A-Za-z_][A-Za-z_0-9-]*)|(?P<mark>[(),])|(?P<other>\S))"
)


def read_schedule(given: float | str) -> Schedule:
    """Return the schedule that a number or a text stands for.

    Raises:
        UsageError: Code `learning-rate`; what is wrong and where.
    """
    if isinstance(given, str):
        return _Reader(given).whole()
    rate = float(given)
    if isinstance(given, bool) or not 0.0 < rate < math.inf:
        raise UsageError(
            Diagnostic("learning-rate", f"a learning rate is a number above 0, not {given}")
        )
    return Constant(rate)


class _Reader:
    """A cursor over the tokens of one text."""

    def __init__(self, text: str) -> None:
        self._source = Source(text)
        if len(text) > MOST_CHARACTERS:
            raise self._fault("this learning rate is too long", Span(0, len(text)))
        self._tokens: list[tuple[str, str, Span]] = []
        for match in _TOKEN.finditer(text):
            kind = match.lastgroup or "other"
            self._tokens.append((kind, match.group(kind), Span(*match.span(kind))))
        self._tokens.append(("end", "", Span(len(text), len(text))))
        self._next = 0

    def whole(self) -> Schedule:
        """Read the whole text."""
        schedule = self._schedule(depth=0)
        kind, _, span = self._tokens[self._next]
        if kind != "end":
            raise self._fault("nothing may follow here", span)
        return schedule

    def _schedule(self, depth: int) -> Schedule:
        kind, text, span = self._take()
        if kind == "number":
            return Constant(self._number(text, span, "rate"))
        if kind != "name":
            raise self._fault("a number or a schedule is expected", span, self._forms())
        form = FORMS.get(text)
        if form is None:
            label = did_you_mean(text, FORMS)
            raise self._fault(f"unknown schedule `{text}`", span, self._forms(), label)
        if depth == 8:
            raise self._fault("schedules are nested too deeply", span)
        shown = form.shown(text)
        self._expect("(", shown)
        values: list[Any] = []
        for k, (parameter, wanted) in enumerate(form.parameters):
            if k:
                if k >= len(form.parameters) - form.optional and self._tokens[self._next][1] == ")":
                    break
                self._expect(",", shown)
            if wanted == "schedule":
                values.append(self._schedule(depth + 1))
                continue
            kind, text, span = self._take()
            if kind != "number":
                raise self._fault(f"`{parameter}` must be {_RANGES[wanted][0]}", span, shown)
            values.append(self._number(text, span, wanted))
        self._expect(")", shown)
        return form.make(*values)

    def _number(self, text: str, span: Span, wanted: Kind) -> float | int:
        meaning, fits = _RANGES[wanted]
        try:
            value = float(text)
        except ValueError:
            raise self._fault(f"`{text}` is not a number", span) from None
        if not (math.isfinite(value) and fits(value)):
            raise self._fault(f"`{text}` must be {meaning}", span)
        return int(value) if wanted == "count" else value

    def _take(self) -> tuple[str, str, Span]:
        token = self._tokens[self._next]
        if token[0] != "end":
            self._next += 1
        return token

    def _expect(self, mark: str, shown: str) -> None:
        _, text, span = self._take()
        if text != mark:
            raise self._fault(f"`{mark}` is expected", span, f"write {shown}")

    def _forms(self) -> str:
        return "a number, or " + ", ".join(form.shown(name) for name, form in FORMS.items())

    def _fault(self, message: str, span: Span, hint: str = "", label: str = "") -> UsageError:
        return UsageError(
            Diagnostic("learning-rate", message, source=self._source, span=span,
                       label=label, hint=hint)
        )  # fmt: skip
