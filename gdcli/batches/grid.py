"""A grid of options over all problems: `--method gd,adam,lbfgs --seed 0..9`."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import product
from math import prod
from typing import Any

from gdcli.diagnostics import Diagnostic
from gdcli.errors import UsageError
from gdcli.model.assignments import split_outside_brackets
from gdcli.records import dataclass

AXES = ("method", "learning_rate", "tol", "max_iter", "max_evaluations", "starts", "seed")
"""Options that may be given several values; a method's own options may too: `memory=5..7`."""

MAX_POINTS = 1_000_000
_RANGE = re.compile(r"\s*(-?\d{1,18})\s*\.\.\s*(-?\d{1,18})\s*")

HasOption = Callable[[str, str], bool]
"""Whether a method (`adam`) has an option (`learning_rate`, `beta1`)."""


@dataclass(frozen=True, slots=True)
class Grid:
    """The points, in the order in which each problem is solved.

    Attributes:
        points: What is set at each: option → text; a method's own ones under `options`.
        axes: The names that take several values, for telling points apart.
    """

    points: tuple[Mapping[str, Any], ...] = ({},)
    axes: tuple[str, ...] = ()

    def label(self, point: Mapping[str, Any]) -> str:
        """Return how a point is told from the others: `method=adam seed=3`; empty for one."""
        flat = {**point, **point.get("options", {})}
        return " ".join(f"{axis}={flat[axis]}" for axis in self.axes if axis in flat)


def read_grid(
    given: Mapping[str, Any], own: Sequence[str], has_option: HasOption
) -> tuple[Grid, dict[str, Any]]:
    """Return the grid of the command line's options, and the options that are no axis.

    Both ends of a range are in it. A point leaves out the options that its method has not, and
    points that become equal by that are one.

    Args:
        given: Options by key of the problem file; texts or numbers.
        own: The texts of `--option`.
        has_option: Asked for methods' own options and the learning rate.

    Raises:
        UsageError: An empty range, too many points, an option that none of the methods has.
    """
    rest = {key: value for key, value in given.items() if key not in AXES}
    axes = {key: _values(key, str(given[key])) for key in AXES if key in given}
    options = _own_options(own)
    many = prod(len(values) for values in (*axes.values(), *options.values()))
    if many > MAX_POINTS:
        message = f"the grid has {many:,} points; at most {MAX_POINTS:,} are solved"
        raise UsageError(Diagnostic("usage", message))
    _check_used(axes, options, has_option)
    points: dict[str, Mapping[str, Any]] = {}
    for point in _points(axes, options, has_option):
        points.setdefault(repr(point), point)
    several = [name for name, values in {**axes, **options}.items() if len(values) > 1]
    return Grid(tuple(points.values()), tuple(several)), rest


def _points(
    axes: Mapping[str, list[str]], options: Mapping[str, list[str]], has_option: HasOption
) -> Iterator[Mapping[str, Any]]:
    names = [*axes, *options]
    for values in product(*axes.values(), *options.values()):
        chosen = dict(zip(names, values, strict=True))
        method = chosen.get("method")
        kept = {
            name: value
            for name, value in chosen.items()
            if method is None
            or not (name in options or name == "learning_rate")
            or has_option(method, name)
        }
        point: dict[str, Any] = {name: value for name, value in kept.items() if name in axes}
        own = {name: value for name, value in kept.items() if name in options}
        if own:
            point["options"] = own
        yield point


def _check_used(
    axes: Mapping[str, list[str]], options: Mapping[str, list[str]], has_option: HasOption
) -> None:
    """Refuse options that none of the methods has, all of them."""
    methods = axes.get("method")
    if methods is None:
        return
    named = [*options, *(["learning_rate"] if "learning_rate" in axes else [])]
    unused = [name for name in named if not any(has_option(m, name) for m in methods)]
    if unused:
        listed = ", ".join(methods)
        raise UsageError(
            Diagnostic(
                "option-without-effect",
                f"`{name}` has no effect with {'any of ' if len(methods) > 1 else ''}{listed}",
                hint="leave it out, or add a method that has it: see `gd methods`",
            )
            for name in unused
        )


def _own_options(texts: Sequence[str]) -> dict[str, list[str]]:
    """Return the values of `--option` texts such as `memory=5,line_search=armijo,wolfe`."""
    found: dict[str, list[str]] = {}
    for text in texts:
        name = ""
        fresh = set()
        for piece in split_outside_brackets(text, ","):
            head, equals, value = piece.text.partition("=")
            if equals:
                name = head.strip()
                if not name or name in fresh or name in found:
                    what = "is given twice" if name else "has no name"
                    raise UsageError(Diagnostic("usage", f"`{piece.text}` in `--option` {what}"))
                fresh.add(name)
                found[name] = _values(name, value)
            elif name:
                found[name].extend(_values(name, piece.text))
            else:
                message = f"`--option` needs name=value: `{piece.text}`"
                raise UsageError(Diagnostic("usage", message))
    return found


def _values(name: str, text: str) -> list[str]:
    """Return the values of an axis: `a,b,c` outside brackets, and `0..9`."""
    values: list[str] = []
    for piece in split_outside_brackets(text, ","):
        word = piece.text.strip()
        match = _RANGE.fullmatch(word)
        if match is None:
            if not word:
                message = f"a value is missing in `--{name.replace('_', '-')} {text}`"
                raise UsageError(Diagnostic("usage", message))
            values.append(word)
            continue
        first, last = int(match.group(1)), int(match.group(2))
        if last < first or last - first >= MAX_POINTS:
            what = "is empty" if last < first else "is too long"
            raise UsageError(Diagnostic("usage", f"the range `{word}` {what}"))
        values.extend(str(k) for k in range(first, last + 1))
    return list(dict.fromkeys(values))
