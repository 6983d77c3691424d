"""How the pieces of an expression are written: as text in the language of formulas.

A `Style` knows notation and brackets, nothing of graphs; `latex` has another one.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import NamedTuple

from gdcli.language.operators import (
    ATOM,
    COMPARE,
    CONDITIONAL,
    NEGATIVE,
    OR,
    POWER,
    PRODUCT,
    SUM,
)

_MANY_DIGITS = 12
"""A number of fewer characters is written as it is."""
_MOST_PARTS = 999
"""Denominators of numbers that are written as fractions."""

SUBSCRIPT = re.compile(r"(\w+)\[([^\[\]()]*)\]")
"""A spelling that is just an element of an array."""
_SLOT = re.compile(r"\{(\d+)\}")

COMPARISONS: Mapping[str, str] = {
    "less": "<",
    "less_equal": "<=",
    "equal": "==",
    "not_equal": "!=",
}


class Written(NamedTuple):
    """A text and how tightly it binds (a level of `language.operators`)."""

    text: str
    level: int


class Factor(NamedTuple):
    """`base**exponent` in a product."""

    base: Written
    exponent: float


def filled(pattern: str, index: Sequence[str]) -> str:
    """Return a spelling with its slots filled, in brackets where they stand in a product."""
    parts = []
    end = 0
    for slot in _SLOT.finditer(pattern):
        text = index[int(slot[1])]
        before, after = pattern[: slot.start()].rstrip(), pattern[slot.end() :].lstrip()
        loose = before[-1:] in ("", *"[(,+") and after[:1] in ("", *"]),+-")
        parts += [pattern[end : slot.start()], text if loose or text.isalnum() else f"({text})"]
        end = slot.end()
    return "".join(parts) + pattern[end:]


def digits(value: float) -> str:
    """Return a number with all of its digits and no needless `.0`."""
    text = repr(float(value))
    return text[:-2] if text.endswith(".0") else text


def fraction(value: float) -> tuple[int, int] | None:
    """Return p and q > 1 where p/q is this very number and shorter to read than its digits."""
    if not 1e-3 < abs(value) < 1e3 or len(digits(abs(value))) < _MANY_DIGITS:
        return None
    p, q = Fraction(value).limit_denominator(_MOST_PARTS).as_integer_ratio()
    return (p, q) if q > 1 and p / q == value else None


class Style:
    """Plain text, as the language of formulas reads it."""

    times = "*"

    def bracket(self, part: Written, level: int) -> str:
        """Return a text that binds at least as tightly as `level`."""
        return part.text if part.level >= level else f"({part.text})"

    def number(self, value: float) -> Written:
        ratio = fraction(value)
        if ratio is not None:
            return self.ratio(*ratio)
        return Written(digits(value), NEGATIVE if math.copysign(1.0, value) < 0 else ATOM)

    def ratio(self, above: int, below: int) -> Written:
        return Written(f"{above}/{below}", PRODUCT)

    def name(self, name: str) -> str:
        return name

    def element(self, array: str, index: Sequence[str]) -> str:
        return f"{array}[{', '.join(index)}]" if index else array

    def spelt(self, pattern: str, index: Sequence[str]) -> Written:
        """Return an expression that is kept as a table, an element or a test: `E[{0}, 0]`.

        See `graph.building.spelling`.
        """
        found = SUBSCRIPT.fullmatch(pattern)
        if found is not None:
            items = [filled(item, index) for item in found[2].split(", ")]
            return Written(self.element(self.name(found[1]), items), ATOM)
        return Written(self.operators(filled(pattern, index)), COMPARE)

    def operators(self, text: str) -> str:
        """Return an expression as this style writes it."""
        return text

    def power(self, base: Written, exponent: Written) -> Written:
        text = f"{self.bracket(base, ATOM)}**{self.bracket(exponent, NEGATIVE)}"
        return Written(text, POWER)

    def call(self, function: str, arguments: Sequence[Written]) -> Written:
        return Written(f"{function}({', '.join(a.text for a in arguments)})", ATOM)

    def compare(self, function: str, left: Written, right: Written) -> Written:
        parts = self.bracket(left, SUM), COMPARISONS[function], self.bracket(right, SUM)
        return Written(" ".join(parts), COMPARE)

    def connect(self, word: str, parts: Sequence[Written]) -> Written:
        texts = [self.bracket(part, COMPARE) for part in parts]
        return Written(f"not {texts[0]}" if word == "not" else f" {word} ".join(texts), OR)

    def choice(self, test: Written, yes: Written, no: Written) -> Written:
        parts = self.bracket(yes, OR), self.bracket(test, OR), no.text
        return Written("{} if {} else {}".format(*parts), CONDITIONAL)

    def reduction(
        self,
        operator: str,
        body: Written,
        bound: Sequence[tuple[str, int]],
        condition: Written | None = None,
    ) -> Written:
        ranges = "".join(f" for {index} in range({extent})" for index, extent in bound)
        if condition is not None:
            ranges += f" if {self.bracket(condition, OR)}"
        return Written(f"{operator}({self.bracket(body, OR)}{ranges})", ATOM)

    def listing(self, body: Written, bound: Sequence[tuple[str, int]]) -> str:
        text = body.text
        for index, extent in reversed(bound):
            text = f"[{text} for {index} in range({extent})]"
        return text

    def raised(self, factor: Factor) -> Written:
        """Return one factor with its (positive) exponent."""
        if factor.exponent == 1:
            return factor.base
        return self.power(factor.base, self.number(factor.exponent))

    def product(self, coefficient: float, factors: Sequence[Factor]) -> Written:
        """Return `coefficient·Π factor`, negative exponents below a fraction bar."""
        above = [self.raised(f) for f in factors if f.exponent > 0]
        below = [self.raised(f._replace(exponent=-f.exponent)) for f in factors if f.exponent < 0]
        size = abs(coefficient)
        ratio = fraction(size) if below else None
        if ratio is not None:
            size = ratio[0]
            below.insert(0, self.number(ratio[1]))
        if size != 1 or not above:
            above.insert(0, self.number(size))
        written = self.quotient(above, below)
        if coefficient < 0:
            return Written("-" + self.bracket(written, PRODUCT), min(written.level, NEGATIVE))
        return written

    def quotient(self, above: Sequence[Written], below: Sequence[Written]) -> Written:
        top = self.multiplied(above)
        if not below:
            return top
        bottom = self.multiplied(below)
        text = f"{self.bracket(top, PRODUCT)}/{self.bracket(bottom, NEGATIVE)}"
        return Written(text, PRODUCT)

    def multiplied(self, parts: Sequence[Written]) -> Written:
        if len(parts) == 1:
            return parts[0]
        first, *others = parts
        texts = [self.bracket(first, PRODUCT), *(self.bracket(part, NEGATIVE) for part in others)]
        return Written(self.times.join(texts), PRODUCT)

    def added(self, terms: Sequence[Written], negative: Sequence[bool]) -> Written:
        """Return a sum of terms; those marked are subtracted."""
        if len(terms) == 1 and not negative[0]:
            return terms[0]
        texts = []
        for k, (term, minus) in enumerate(zip(terms, negative, strict=True)):
            text = self.bracket(term, PRODUCT)
            if k == 0:
                texts.append(f"-{text}" if minus else text)
            else:
                texts.append(f"- {text}" if minus else f"+ {text}")
        return Written(" ".join(texts), SUM)
