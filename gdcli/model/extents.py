"""Sizes that are not known yet: integer linear forms of size names, and their equations."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field

from gdcli.records import dataclass


@dataclass(frozen=True, slots=True)
class Extent:
    """`constant + Σ factor·symbol`, such as `n - 1`. Symbols are sorted, no factor is 0."""

    constant: int
    terms: tuple[tuple[str, int], ...] = ()

    @staticmethod
    def symbol(name: str) -> Extent:
        """Return the form that is one symbol."""
        return Extent(0, ((name, 1),))

    @property
    def known(self) -> bool:
        """Whether it is a number."""
        return not self.terms

    def symbols(self) -> frozenset[str]:
        """Return the symbols that occur."""
        return frozenset(name for name, _ in self.terms)

    def plus(self, other: Extent, factor: int = 1) -> Extent:
        """Return `self + factor * other`."""
        if not other.terms:
            return Extent(self.constant + factor * other.constant, self.terms)
        factors = dict(self.terms)
        for name, part in other.terms:
            factors[name] = factors.get(name, 0) + factor * part
        terms = tuple(sorted((name, part) for name, part in factors.items() if part))
        return Extent(self.constant + factor * other.constant, terms)

    def minus(self, other: Extent) -> Extent:
        """Return `self - other`."""
        return self.plus(other, -1)

    def times(self, factor: int) -> Extent:
        """Return `factor * self`."""
        return Extent(0).plus(self, factor)

    def replaced(self, values: Mapping[str, Extent]) -> Extent:
        """Return the form with symbols replaced by other forms."""
        if not any(name in values for name, _ in self.terms):
            return self
        result = Extent(self.constant)
        for name, factor in self.terms:
            result = result.plus(values.get(name, Extent.symbol(name)), factor)
        return result

    def __str__(self) -> str:
        """Spell it as a person would: `n - 1`; an open axis of an array is `?`."""
        parts = [(name if "." not in name else "?", factor) for name, factor in self.terms]
        text = ""
        for name, factor in parts:
            sign = "-" if factor < 0 else "+"
            size = name if abs(factor) == 1 else f"{abs(factor)}*{name}"
            text += f" {sign} {size}" if text else size if factor > 0 else f"-{size}"
        if not text:
            return str(self.constant)
        if self.constant:
            text += f" {'-' if self.constant < 0 else '+'} {abs(self.constant)}"
        return text


@dataclass(slots=True)
class Equations:
    """What is known about the symbols, as substitutions in triangular form.

    Attributes:
        values: Symbol → the form that it equals; grows only.
    """

    values: dict[str, Extent] = field(default_factory=dict)

    def resolve(self, extent: Extent) -> Extent:
        """Return the form with everything known put in."""
        while any(name in self.values for name, _ in extent.terms):
            extent = extent.replaced(self.values)
        return extent

    def equate(self, one: Extent, other: Extent) -> bool:
        """Note that two forms are equal; return False where they cannot be.

        Axes of arrays are eliminated before size names, so that an axis is known by its name.
        """
        difference = self.resolve(one).minus(self.resolve(other))
        if difference.known:
            return difference.constant == 0
        units = [name for name, factor in difference.terms if abs(factor) == 1]
        if units:
            chosen = min(units, key=lambda name: ("." not in name, name))
            factor = dict(difference.terms)[chosen]
            rest = difference.minus(Extent(0, ((chosen, factor),)))
            return self._bind(chosen, rest.times(-factor))
        if len(difference.terms) == 1:
            name, factor = difference.terms[0]
            if difference.constant % factor:
                return False
            return self._bind(name, Extent(-difference.constant // factor))
        return True  # nothing can be said yet

    def _bind(self, name: str, extent: Extent) -> bool:
        if extent.known and extent.constant < 0:
            return False
        self.values[name] = extent
        return True
