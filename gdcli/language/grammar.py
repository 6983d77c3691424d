"""The grammar of formulas.

The parser alternates between two questions, *which operand?* and *what comes after it?*, and after
an error goes on with the most plausible reading, so that one fault brings one error.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Literal

from gdcli.diagnostics import Span
from gdcli.language import mistakes
from gdcli.language.brackets import CLOSERS, Brackets
from gdcli.language.conditions import misplaced_tests
from gdcli.language.faults import Faults
from gdcli.language.frames import Group
from gdcli.language.operators import OPERATORS
from gdcli.language.tokens import Tokens
from gdcli.language.tree import Name, NewAxis, Number, Power, Transpose, Tree

_OPERANDS = frozenset(("name", "number", "(", "[", "not", "None", "True", "False", "nan", "bad"))
"""Kinds of tokens with which an operand can begin (signs apart)."""


Purpose = Literal["objective", "value", "condition"]
"""What a formula is for: lists may stand in a value, and `=` in a condition means `==`."""


class Grammar(Brackets):
    """The two questions: which operand, and what comes after it?"""

    def __init__(
        self, tokens: Tokens, faults: Faults, known: Collection[str], purpose: Purpose
    ) -> None:
        super().__init__(tokens, faults, known)
        self.purpose = purpose
        self.unknown = []
        self.bars = 0

    def read(self) -> Tree:
        """Read all tokens and return the tree; errors are in `faults`."""
        if self.kinds[0] == "end":
            self.faults.error("empty-formula", "the formula is empty", Span(0, 0))
            return self.tree
        while True:
            while not self.operand():
                pass
            while True:
                kind = self.kinds[self.at]
                if kind in OPERATORS and kind != "if":
                    self.binary(kind)
                    self.at += 1
                    break
                if kind == "end":
                    return self.finish()
                if self.after_operand(kind):
                    break

    def operand(self) -> bool:
        """Read on where an operand is expected; return whether there is one now."""
        at = self.at
        kind = self.kinds[at]
        tokens = self.tokens
        if kind == "name":
            if self.kinds[at + 1] in ("(", "="):
                return self.applied_name()
            name = tokens.texts[at]
            self.names.add(name)
            start, stop = tokens.starts[at], tokens.stops[at]
            self.tree = Name(name, Span(start, stop))
            self.start, self.stop, self.depth = start, stop, 1
        elif kind == "number":
            text = tokens.texts[at]
            start, stop = tokens.starts[at], tokens.stops[at]
            whole = text.isdigit() or text.replace("_", "").isdigit()
            self.tree = Number(float(text), Span(start, stop), whole)
            self.start, self.stop, self.depth = start, stop, 1
        elif kind == "(":
            self.open("(", tokens.starts[at])
            return False
        elif kind in ("-", "not"):
            self.prefix(kind)
            return False
        elif kind == "+":
            self.at += 1
            return False
        else:
            return self.unusual_operand(kind)
        self.at = at + 1
        return True

    def applied_name(self) -> bool:
        """Read a name before `(` or `=`."""
        at = self.at
        if self.kinds[at + 1] == "(":
            if self.tokens.texts[at] == "range":
                self.faults.error("range", "`range` stands only after `for … in`",
                                  self.tokens.span(at))  # fmt: skip
            self.open_call()
            return False
        group = self.frames[-1]
        if isinstance(group, Group) and group.bracket == "call":
            return self.keyword(group)
        name = self.tokens.texts[at]
        self.names.add(name)
        span = self.tokens.span(at)
        self.hold(Name(name, span), span.start, span.stop, 1)
        self.at += 1
        return True

    def keyword(self, group: Group) -> bool:
        """Read `axis=0` or note that there is no such keyword; nothing becomes an operand."""
        at = self.at
        kinds, texts = self.kinds, self.tokens.texts
        if texts[at] != "axis":
            sums = group.function is not None and group.function.takes_generator
            index_like = len(texts[at]) == 1 and sums
            self.faults.error(
                "keyword-argument",
                "the only keyword argument is `axis=`",
                Span(self.tokens.starts[at], self.tokens.stops[at + 1]),
                hint="an index runs as in `sum(x[i]**2 for i in range(n))`" if index_like else "",
            )
            group.faulty = True
            self.at += 2
            return False
        sign = 1
        self.at += 2
        if kinds[self.at] == "-":
            sign = -1
            self.at += 1
        number = texts[self.at]
        if kinds[self.at] == "number" and number.isdigit() and len(number) < 4:
            group.axis = sign * int(number)
            self.at += 1
            if kinds[self.at] == ")" and group.parts:
                return self.close_bracket(empty=True)
        mistakes.axis(self.tokens, at, self.faults)
        group.faulty = True
        if kinds[self.at] in (",", ")"):
            self.hold_nothing(at)
            return True
        return False

    def unusual_operand(self, kind: str) -> bool:
        """Read on where neither a name nor a number nor a bracket or sign begins an operand."""
        at = self.at
        group = self.frames[-1]
        if kind == "[":
            if self.purpose != "value":
                mistakes.misplaced_list(self.tokens, at, self.faults)
            self.open("list", self.tokens.starts[at])
            return False
        if kind == "bad":
            self.at += 1
            if self.kinds[self.at] in _OPERANDS:
                return False
            self.hold_nothing(at)
            return True
        if isinstance(group, Group):
            previous = self.kinds[at - 1]
            if kind == ":" and group.bracket == "subscript":
                self.colon(empty=True)
                return False
            if kind in CLOSERS and (at - 1 == group.token or previous == "," or
                                    (previous == ":" and group.bounds)):  # fmt: skip
                return self.close_bracket(empty=True) or self.clause()
            if kind == "," and previous == ":" and group.bounds:
                self.add_item(group, empty=True)
                self.at += 1
                return False
            if kind == "None" and group.bracket == "subscript" and not group.bounds:
                span = self.tokens.span(at)
                self.hold(NewAxis(span), span.start, span.stop, 1)
                self.at += 1
                return True
        if kind in ("|", "||"):
            if not self.bars:
                mistakes.bars(self.tokens, at, self.faults)
            self.bars += 1
            self.at += 1
            return False
        mistakes.missing_operand(self.tokens, at, self.faults)
        if kind in OPERATORS and kind != "if":
            self.at += 1
            return False
        if kind in ("=", "superscript", "nan", "True", "False", "None", ".", "...", "||", ":="):
            self.at += 1
            if kind in ("=", ":=") or self.kinds[self.at] in _OPERANDS:
                return False
        self.hold_nothing(at)
        return True

    def after_operand(self, kind: str) -> bool:
        """Read on after an operand; return whether another operand is expected now."""
        at = self.at
        if kind in CLOSERS:
            return not (self.close_bracket(empty=False) or self.clause())
        if kind == "superscript":
            span = self.tokens.span(at)
            two = Number(float(self.tokens.texts[at]), span, True)
            whole = Span(self.start, span.stop)
            self.hold(Power(self.tree, two, whole), whole.start, whole.stop, self.depth + 1)
            self.at += 1
            return False
        if kind == ".":
            return self.attribute()
        if kind == "[":
            if self.kinds[at - 1] == "number":
                mistakes.index_of_number(self.tokens, at, self.faults)
            self.open_subscript()
            return True
        if kind == "if":
            return self.condition()
        if kind == "for":
            self.group()
            return self.for_clause()
        if kind == "bad":
            self.at += 1
            return self.kinds[self.at] in _OPERANDS
        if kind in ("|", "||") and self.bars:
            self.bars -= 1
            self.at += 1
            return False
        if kind in _OPERANDS:
            self.side_by_side(kind)
            return True
        if kind == ",":
            self.comma()
        elif kind == ":":
            self.colon(empty=False)
        elif kind == "else":
            self.otherwise()
        elif kind in ("=", ":="):
            self.equals_sign()
        elif kind in ("|", "||") and mistakes.opens_bars(self.tokens, at):
            mistakes.bars(self.tokens, at, self.faults)
            self.bars += 1
            self.binary("*")
            self.at += 1
        else:
            mistakes.wrong_operator(self.tokens, at, self.faults)
            self.binary("+")
            self.at += 1
        return True

    def side_by_side(self, kind: str) -> None:
        """Read a product without `*`, or note that an operator is missing."""
        tokens, at = self.tokens, self.at
        adjacent = tokens.stops[at - 1] == tokens.starts[at]
        if self.kinds[at - 1] == "number" and adjacent and kind in ("name", "("):
            depth = len(self.frames) - 1
            while self.frames[depth].kind == "negative":
                depth -= 1
            before = self.frames[depth]
            if before.kind in ("power", "remainder") or before.marks[-1:] == ["/"]:
                mistakes.ambiguous_product(tokens, at, before, self.faults)
        else:
            group = next(f for f in reversed(self.frames) if isinstance(f, Group))
            if group.bracket == "list" and not adjacent:
                mistakes.missing_comma(tokens, at, self.faults)
            else:
                mistakes.missing_operator(tokens, at, self.tree, self.faults)
            if tokens.texts[at - 1] == "lambda" and ":" in self.kinds[at:]:
                self.at = self.kinds.index(":", at) + 1
                return
        self.binary("*")

    def attribute(self) -> bool:
        """Read `.T`, or note that there are no other attributes."""
        at = self.at
        kinds, texts = self.kinds, self.tokens.texts
        if kinds[at + 1] == "name" and texts[at + 1] == "T" and kinds[at + 2] != "(":
            stop = self.tokens.stops[at + 1]
            whole = Span(self.start, stop)
            self.hold(Transpose(self.tree, whole), whole.start, stop, self.depth + 1)
            self.at += 2
            return False
        module = mistakes.attribute(self.tokens, at, self.tree, self.faults)
        self.at += 1
        if module or kinds[at + 1] != "name":
            return module
        if kinds[at + 2] == "(":
            self.at += 1
            group = self.open("call", self.start)
            group.name = at + 1
            group.faulty = True
            return True
        self.at += 1
        return False

    def condition(self) -> bool:
        """Read the `if` of a conditional, or of a clause."""
        self.close_above(2)
        group = self.frames[-1]
        if isinstance(group, Group) and group.stage in ("iterable", "condition"):
            self.end_clause(group)
            group.stage = "condition"
            self.at += 1
        else:
            self.conditional()
        return True

    def for_clause(self) -> bool:
        """Read a `for` clause up to its iterable; return whether an operand is expected now."""
        group = self.group()
        if group.stage in ("iterable", "condition"):
            self.end_clause(group)
        return self.begin_clause()

    def clause(self) -> bool:
        """Read on after `range(…)`; return whether there is an operand now."""
        group = self.frames[-1]
        assert isinstance(group, Group)
        kind = self.kinds[self.at]
        if kind == "if":
            group.stage = "condition"
            self.at += 1
            return False
        if kind == "for":
            return not self.begin_clause()
        if kind in CLOSERS:
            return self.close_bracket(empty=True) or self.clause()
        if kind == "end":
            self.hold_nothing(self.at)
            return True
        if kind == ",":
            self.hold_nothing(self.at)
            return True
        mistakes.after_range(self.tokens, self.at, self.faults)
        group.stage = "condition"
        return False

    def equals_sign(self) -> None:
        """Note that a formula has no `=`, and go on with what stands behind it."""
        outermost = self.purpose != "condition" and all(f.level for f in self.frames[1:])
        mistakes.equals_sign(self.tokens, self.at, self.faults, outermost=outermost)
        if outermost:
            self.unknown = [index for index in self.unknown if index > 0]
            del self.frames[1:]
            self.at += 1
        else:
            self.binary("==")
            self.at += 1

    def finish(self) -> Tree:
        """Close what is open at the end of the formula, and check it as a whole."""
        while True:
            group = self.group()
            if group.bracket == "formula":
                break
            self.unclosed(group)
            if not self._leave(group, empty=group.stage == "ranged"):
                self.hold_nothing(self.at)
        for index in self.unknown:
            mistakes.unknown_function(self.tokens, index, self.names.union(self.known), self.faults)
        if self.has_tests and not self.faults:
            for test in misplaced_tests(self.tree):
                self.faults.error(
                    "misplaced-test",
                    "a comparison stands only in a condition",
                    test.span,
                    hint="write `a if condition else b`, or `where(condition, a, b)`",
                )
        return self.tree
