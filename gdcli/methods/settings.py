"""A method's options as data: meaning, range, default; and how a given value is read."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal

from gdcli.diagnostics import Diagnostic
from gdcli.errors import UsageError
from gdcli.records import dataclass
from gdcli.suggest import did_you_mean

Kind = Literal["number", "count", "flag", "word", "rate"]


class OptionFaults(UsageError):
    """What is wrong with the options given to a method, by option."""

    def __init__(self, by_option: Mapping[str | None, Sequence[Diagnostic]]) -> None:
        self.by_option = by_option
        super().__init__(fault for faults in by_option.values() for fault in faults)


Only = Literal["", "searched", "fixed"]


@dataclass(frozen=True)
class Setting:
    """An option of a method.

    Attributes:
        name: As the user writes it, and the parameter of the row's `build`.
        default: What holds where nothing is given; None where `unset` says what happens then.
        above, least, below, most: The range of numbers; `above` and `below` are not in it.
        words: The values of a `word`.
        unset: What the method does where nothing is given, for the help.
        only: Has an effect only where the step is `searched`, or only where it is `fixed` by a
            learning rate.
    """

    name: str
    kind: Kind
    default: Any
    meaning: str
    above: float = -math.inf
    least: float = -math.inf
    below: float = math.inf
    most: float = math.inf
    words: tuple[str, ...] = ()
    unset: str = ""
    only: Only = ""

    @property
    def range(self) -> str:
        """What values it takes, for a person."""
        match self.kind:
            case "flag":
                return "`true` or `false`"
            case "word":
                return "one of " + ", ".join(f"`{word}`" for word in self.words)
            case "rate":
                return "a number above 0, or a schedule such as `exponential(0.1, 0.99)`"
            case "number" | "count":
                noun = "a number" if self.kind == "number" else "a whole number"
                limits = [
                    f"{word} {value:g}"
                    for word, value in (
                        ("above", self.above), ("at least", self.least),
                        ("below", self.below), ("at most", self.most),
                    )
                    if math.isfinite(value)
                ]  # fmt: skip
                return " ".join([noun, " and ".join(limits)]).strip()

    def read(self, given: Any) -> Any:
        """Return a given value as `build` wants it.

        Raises:
            UsageError: A value of the wrong kind or out of range.
        """
        if self.kind == "rate":
            from gdcli.methods.schedule_syntax import read_schedule

            return read_schedule(given)
        value = _READERS[self.kind](given)
        if self.kind == "word" and value not in self.words:
            label = did_you_mean(str(given), self.words)
            raise UsageError(self._fault(given, label))
        if value is None or (self.kind in ("number", "count") and not self._within(value)):
            raise UsageError(self._fault(given))
        return value

    def _within(self, value: float) -> bool:
        return self.above < value < self.below and self.least <= value <= self.most

    def _fault(self, given: Any, label: str = "") -> Diagnostic:
        return Diagnostic(
            "option-value", f"`{self.name}` must be {self.range}, not {given!r}", label=label
        )


def _number(given: Any) -> float | None:
    if isinstance(given, bool):
        return None
    try:
        value = float(given)
    except (TypeError, ValueError, OverflowError):
        return None
    return value if math.isfinite(value) else None


def _count(given: Any) -> int | None:
    value = _number(given)
    return int(value) if value is not None and value == int(value) else None


def _flag(given: Any) -> bool | None:
    if isinstance(given, str):
        return {"true": True, "false": False}.get(given.strip().lower())
    return given if isinstance(given, bool) else None


def _word(given: Any) -> str | None:
    return given.strip() if isinstance(given, str) else None


_READERS: Mapping[str, Any] = {"number": _number, "count": _count, "flag": _flag, "word": _word}


def read_settings(
    method: str, settings: Iterable[Setting], given: Mapping[str, Any], known: Mapping[str, str]
) -> dict[str, Any]:
    """Return a value for every setting: the given one, or the default.

    Args:
        known: Options of other methods, each with the names of methods that have it.

    Raises:
        OptionFaults: Unknown options, options without effect, values that do not fit: all.
    """
    table = {setting.name: setting for setting in settings}
    faults: dict[str | None, list[Diagnostic]] = {}
    values = {name: _default(setting) for name, setting in table.items()}
    fixed = given.get("learning_rate") is not None and "learning_rate" in table
    for name, value in given.items():
        setting = table.get(name)
        if name == "learning_rate" and value is None:
            continue
        if setting is None:
            faults[name] = [_without_effect(method, name, table, known)]
            continue
        if setting.only and (setting.only == "fixed") != fixed:
            faults[name] = [_contradiction(method, setting)]
        try:
            values[name] = setting.read(value)
        except UsageError as error:
            faults.setdefault(name, []).extend(error.diagnostics)
    if faults:
        raise OptionFaults(faults)
    return values


def _default(setting: Setting) -> Any:
    if setting.kind == "rate" and setting.default is not None:
        return setting.read(setting.default)
    return setting.default


def _without_effect(
    method: str, name: str, table: Mapping[str, Setting], known: Mapping[str, str]
) -> Diagnostic:
    mine = ", ".join(f"`{option}`" for option in table) or "no options"
    if name in known:
        return Diagnostic(
            "no-effect",
            f"`{name}` has no effect with method `{method}`",
            hint=f"methods that have it: {known[name]}; `{method}` has {mine}",
        )
    return Diagnostic(
        "unknown-option",
        f"method `{method}` has no option `{name}`",
        label=did_you_mean(name, table) or did_you_mean(name, known),
        hint=f"`{method}` has {mine}",
    )


def _contradiction(method: str, setting: Setting) -> Diagnostic:
    how = "without" if setting.only == "searched" else "with"
    return Diagnostic(
        "no-effect",
        f"`{setting.name}` has an effect with method `{method}` only {how} `learning_rate`",
        hint="leave one of them out" if setting.only == "searched" else "give a learning rate",
    )
