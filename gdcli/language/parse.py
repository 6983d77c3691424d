"""From the text of a formula to its tree, with all errors at once.

    source → tokens → operands and operators → tree

`grammar` reads a formula token by token on the machine of `reader` and `brackets`; `mistakes` words
what it finds wrong.
"""

from __future__ import annotations

from collections.abc import Collection

from gdcli.diagnostics import Diagnostic, Source
from gdcli.errors import FormulaError
from gdcli.language.conditions import is_test
from gdcli.language.faults import Faults, TooManyFaults
from gdcli.language.grammar import Grammar, Purpose
from gdcli.language.reader import TooDeep
from gdcli.language.tokens import MAX_LENGTH, tokenize
from gdcli.language.tree import Tree
from gdcli.records import dataclass


@dataclass(frozen=True, slots=True)
class Parsed:
    """A tree and what was noticed while reading it."""

    tree: Tree
    warnings: tuple[Diagnostic, ...]


def parse(source: Source, known: Collection[str] = ()) -> Parsed:
    """Read a formula that stands for a number: an objective.

    Args:
        source: The text.
        known: Names known to be variables or constants, for better hints.

    Raises:
        FormulaError: With all errors, in the order of their places.
    """
    parsed = _read(source, known, "objective")
    faults = Faults(source)
    if is_test(parsed.tree):
        faults.error("test-as-number", "a comparison is no number to be minimized",
                     parsed.tree.span, hint="write `a if condition else b`")  # fmt: skip
        raise faults.failure()
    return parsed


def parse_value(source: Source, known: Collection[str] = ()) -> Parsed:
    """Read the value of a start or a constant: as `parse`, but lists may stand in it."""
    parsed = _read(source, known, "value")
    faults = Faults(source)
    if is_test(parsed.tree):
        faults.error("test-as-number", "a comparison is no number", parsed.tree.span)
        raise faults.failure()
    return parsed


def parse_condition(source: Source, known: Collection[str] = ()) -> Parsed:
    """Read a condition such as `f < 1e-3 and iteration > 10`."""
    parsed = _read(source, known, "condition")
    faults = Faults(source)
    if not is_test(parsed.tree):
        faults.error("not-a-condition", "a condition compares", parsed.tree.span,
                     hint="write for example `f < 1e-3`")  # fmt: skip
        raise faults.failure()
    return parsed


def _read(source: Source, known: Collection[str], purpose: Purpose) -> Parsed:
    """Read any expression."""
    length = len(source.text)
    if length > MAX_LENGTH:
        message = f"the formula is {length:,} characters long; at most {MAX_LENGTH:,} are read"
        hint = "write long sums as `sum(… for i in range(n))`, and numbers as data"
        raise FormulaError(Diagnostic("too-long", message, hint=hint))
    faults = Faults(source)
    try:
        tokens = tokenize(source, faults)
        tree = Grammar(tokens, faults, known, purpose).read()
    except (TooManyFaults, TooDeep):
        raise faults.failure() from None
    if faults:
        raise faults.failure()
    return Parsed(tree, tuple(faults.warnings))
