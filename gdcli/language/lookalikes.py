"""Names that look alike: a Greek letter for a Latin one, a zero for an O, another case."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import NamedTuple

from gdcli.language.faults import shown

_LATIN: Mapping[str, str] = MappingProxyType(
    dict(zip("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧονιI1ı0", "ABEZHlKMNOPTYXovilliO", strict=True))
)
"""What a character is mistaken for."""

SPELT: Mapping[str, str] = MappingProxyType({"π": "pi", "τ": "tau"})
"""Names that look like a constant and are none."""


def skeleton(name: str) -> str:
    """Return what a name looks like: equal for names that a reader takes for each other."""
    return "".join(_LATIN.get(character, character) for character in name)


class Lookalike(NamedTuple):
    """A name, what it is mistaken for, and one sentence about them."""

    name: str
    other: str
    message: str


def lookalikes(names: Iterable[str]) -> Iterator[Lookalike]:
    """Yield names that look like another one before them, or like a constant.

    A letter alone is not compared in case: `x` and `X` are usual for a vector and a matrix.
    """
    seen: dict[str, str] = {}
    folded: dict[str, str] = {}
    for name in names:
        if name in SPELT:
            constant = SPELT[name]
            message = f"`{name}` is a name like any other; the constant is `{constant}`"
            yield Lookalike(name, constant, message)
        other = seen.setdefault(skeleton(name), name)
        if other == name and len(name) > 1:
            other = folded.setdefault(name.casefold(), name)
        if other != name:
            message = f"{shown(name)} and {shown(other)} are different names{_letters(name, other)}"
            yield Lookalike(name, other, message)


def _letters(name: str, other: str) -> str:
    """Return which characters differ, by their Unicode names."""
    pairs = ((a, b) for a, b in zip(name, other, strict=False) if a != b)
    for a, b in pairs:
        return f": {unicodedata.name(a)} is not {unicodedata.name(b)}"
    return ""
