"""Brackets: groups, calls, subscripts, lists, and the `for` clauses that stand in them."""

from __future__ import annotations

from gdcli.diagnostics import Span
from gdcli.language.frames import Clause, Group, GroupKind
from gdcli.language.functions import SPELLINGS
from gdcli.language.reader import Reader
from gdcli.language.tree import (
    MAX_DEPTH,
    Call,
    Generator,
    ListComprehension,
    ListOf,
    Number,
    Slice,
    Subscript,
)

CLOSERS = {")": "(", "]": "["}
_CLOSING = {"(": ")", "call": ")", "range": ")", "subscript": "]", "list": "]"}
_GENERATORS = "`sum`, `mean`, `max`, `min` and `prod`"


class Brackets(Reader):
    """A reader that knows brackets.

    Attributes:
        unknown: The indices of names that are called and are no functions.
        open_brackets: How many brackets are open.
    """

    unknown: list[int]
    open_brackets: int = 0

    def open(self, bracket: GroupKind, start: int) -> Group:
        """Open a bracket at the present token."""
        self.open_brackets += 1
        if self.open_brackets > MAX_DEPTH:
            self.too_deep(self.tokens.starts[self.at])
        group = Group(bracket, start, self.at)
        self.at += 1
        group.item = self.tokens.starts[self.at]
        self.push(group)
        return group

    def open_call(self) -> None:
        """Open the bracket of a call: the present token is the function's name."""
        name = self.at
        self.at += 1
        group = self.open("call", self.tokens.starts[name])
        group.name = name
        group.function = SPELLINGS.get(self.tokens.texts[name])
        if group.function is None:
            self.unknown.append(name)
            group.faulty = True

    def open_subscript(self) -> None:
        """Open the bracket of a subscript of the present operand."""
        group = self.open("subscript", self.start)
        group.parts.append(self.tree)
        group.depth = self.depth

    def add_item(self, group: Group, *, empty: bool) -> None:
        """Add the present operand (or, at the end of a slice, nothing) to a bracket's items."""
        if group.bounds is not None:
            group.bounds.append(None if empty else self.tree)
            group.depth = max(group.depth, self.depth + 1)
            span = Span(group.item, max(group.item, self.tokens.stops[self.at - 1]))
            if len(group.bounds) > 3:
                self.faults.error("long-slice", "a slice has at most three parts", span,
                                  hint="write `start:stop:step`")  # fmt: skip
            first, last, step = (*group.bounds, None)[:3]
            group.parts.append(Slice(first, last, step, span))
            group.bounds = None
        elif not empty:
            group.parts.append(self.tree)
            group.depth = max(group.depth, self.depth)
        group.item = self.tokens.starts[self.at + 1] if self.kinds[self.at] != "end" else 0

    def colon(self, *, empty: bool) -> None:
        """Read the `:` of a slice; `empty` if nothing stands before it."""
        group = self.group() if not empty else self.frames[-1]
        if isinstance(group, Group) and group.bracket == "subscript":
            group.bounds = group.bounds or []
            group.bounds.append(None if empty else self.tree)
            group.depth = max(group.depth, 0 if empty else self.depth + 1)
        else:
            self.faults.error("colon", "`:` stands only in subscripts such as `x[1:]`",
                              self.tokens.span(self.at))  # fmt: skip
        self.at += 1

    def comma(self) -> None:
        """Read a comma after the present operand."""
        group = self.group()
        span = self.tokens.span(self.at)
        around = self.kinds[self.at - 1], self.kinds[self.at + 1]
        if group.stage != "items":
            self.faults.error("generator-with-arguments",
                              "a generator must be the only argument", span)  # fmt: skip
            self.end_clause(group)
            group.faulty = True
            group.stage = "items"
        elif group.bracket in ("formula", "("):
            if around == ("number", "number") and group.bracket == "formula":
                left, right = self.tokens.texts[self.at - 1], self.tokens.texts[self.at + 1]
                meant = f"`{left}.{right}`"
                if len(right) == 3 and right.isdigit():
                    meant += f" or `{left}_{right}`"
                label = f"did you mean {meant}?" if len(left + right) < 20 else ""
                hint = "write decimals with a point"
            else:
                label, hint = "", "write one expression, or a list `[a, b]` in starts and constants"
            self.faults.error("comma", "a comma stands only between arguments, indices and items",
                              span, label, hint)  # fmt: skip
        else:
            self.add_item(group, empty=False)
        self.at += 1

    def close_bracket(self, *, empty: bool) -> bool:
        """Read a closing bracket; `empty` if no operand stands before it.

        Returns:
            Whether there is an operand now (not so after the `range(…)` of a clause).
        """
        kind = self.kinds[self.at]
        if not empty:
            self.group()
        while True:
            group = self._innermost()
            if group.bracket == "formula":
                self.faults.error("unopened-bracket", f"`{kind}` closes nothing",
                                  self.tokens.span(self.at), hint="remove it")  # fmt: skip
                if empty:
                    self.hold_nothing(self.at)
                self.at += 1
                return True
            if _CLOSING[group.bracket] == kind or not self._opened(kind):
                break
            self.unclosed(group)
            self._leave(group, empty=empty)
            self.group()
            empty = False
        if _CLOSING[group.bracket] != kind:
            opener = self.kinds[group.token]
            self.faults.error(
                "wrong-bracket",
                f"`{kind}` does not close `{opener}`",
                self.tokens.span(self.at),
                f"did you mean `{_CLOSING[group.bracket]}`?",
                related=((self.tokens.span(group.token), "opened here"),),
            )
            group.faulty = True
        self.stop = self.tokens.stops[self.at]
        held = self._leave(group, empty=empty)
        self.at += 1
        return held

    def unclosed(self, group: Group) -> None:
        """Note that a bracket is never closed."""
        group.faulty = True
        opener = self.kinds[group.token]
        self.faults.error("unclosed-bracket", f"`{opener}` is never closed",
                          self.tokens.span(group.token),
                          f"needs a `{_CLOSING[group.bracket]}`")  # fmt: skip

    def begin_clause(self) -> bool:
        """Read `for name in range(` (the present token is `for`), or `for name in`.

        Returns:
            Whether an operand is expected now (not so at the end of a clause that is cut short).
        """
        kinds, texts, at = self.kinds, self.tokens.texts, self.at
        group = self._innermost()
        span = self.tokens.span(at)
        if group.stage == "items":
            self._begin_generator(group, span)
        if kinds[at + 1] == "name" and kinds[at + 2] == "in":
            clause = Clause(texts[at + 1], self.tokens.span(at + 1), span.start)
            self.at += 3
        else:
            self.faults.error(
                "for-clause",
                "`for` needs one name and `in`",
                span,
                hint="write `for i in range(n)`",
            )
            group.faulty = True
            clause = Clause("", span, span.start)
            self.at += 1
            while kinds[self.at] not in ("in", "(", ")", "[", "]", "for", "if", "end"):
                self.at += 1
            if kinds[self.at] == "in":
                self.at += 1
        group.clauses.append(clause)
        group.stage = "iterable"
        if texts[self.at] == "range" and kinds[self.at + 1] == "(":
            self.at += 1
            self.open("range", self.tokens.starts[self.at])
            return True
        if not group.faulty:
            self.faults.error(
                "for-clause",
                "`for` runs over `range(…)` only",
                self.tokens.span(self.at),
                hint="write `for i in range(len(x))` and `x[i]`",
            )
        group.faulty = True
        if kinds[self.at] in (*CLOSERS, "end"):
            self.hold_nothing(self.at)
            return False
        return True

    def end_clause(self, group: Group) -> None:
        """Take the present operand as the iterable or a condition of the last clause."""
        clause = group.clauses[-1]
        if group.stage == "condition":
            clause.conditions.append(self.tree)
            group.depth = max(group.depth, self.depth + 1)
        elif group.stage == "iterable":
            clause.range = (None, self.tree, None)
        clause.stop = self.stop

    def _innermost(self) -> Group:
        """Return the innermost open bracket, with its operators closed."""
        frame = self.frames[-1]
        return frame if isinstance(frame, Group) else self.group()

    def _opened(self, closer: str) -> bool:
        """Whether any bracket is open that `closer` closes."""
        return any(
            isinstance(frame, Group) and _CLOSING.get(frame.bracket) == closer
            for frame in reversed(self.frames)
        )

    def _begin_generator(self, group: Group, span: Span) -> None:
        """Check that a `for` may stand here, and take the present operand as its body."""
        function = group.function
        message = ""
        if group.parts or group.bounds is not None:
            message = "a generator must be the only argument"
        elif group.bracket == "call" and function is not None and not function.takes_generator:
            message = f"`{function.name}` takes no generator; {_GENERATORS} do"
        elif group.bracket in ("formula", "(", "subscript", "range"):
            message = f"`for` stands only in the brackets of {_GENERATORS}"
        if message:
            self.faults.error("misplaced-generator", message, span,
                              hint="write `sum(x[i]**2 for i in range(n))`")  # fmt: skip
            group.faulty = True
        group.parts.append(self.tree)
        group.depth = max(group.depth, self.depth)

    def _leave(self, group: Group, *, empty: bool) -> bool:
        """Close a bracket and make what it stands for the present operand."""
        if group.stage in ("iterable", "condition") and not empty:
            self.end_clause(group)
        elif group.stage == "items" and not group.clauses:
            if group.bracket == "(":
                if empty:
                    self.faults.error("empty-brackets", "nothing stands in the brackets",
                                      Span(group.start, self.tokens.stops[self.at]))  # fmt: skip
                    self.hold_nothing(group.token)
            else:
                self.add_item(group, empty=empty)
        self.frames.pop()
        self.open_brackets -= 1
        stop = self.tokens.stops[self.at]
        span = Span(group.start, stop)
        depth = max(group.depth, 1)
        if group.bracket == "range":
            self._set_range(group, span)
            return False
        if group.bracket == "(":
            self.hold(self.tree, group.start, stop, self.depth)
            return True
        if any(clause.range is None for clause in group.clauses):
            group.faulty = True
            group.clauses.clear()
        if group.clauses:
            clauses = tuple(clause.node() for clause in group.clauses)
            depth += 2
            inside = Span(self.tokens.starts[group.token + 1], clauses[-1].span.stop)
            if group.bracket == "list":
                self.hold(
                    ListComprehension(group.parts[0], clauses, span), group.start, stop, depth
                )
                return True
            group.parts[:] = [Generator(group.parts[0], clauses, inside)]
        items = tuple(group.parts)
        if group.bracket == "list":
            if not items and not group.faulty:
                self.faults.error("empty-brackets", "a list needs items", span)
            self.hold(ListOf(items, span), group.start, stop, depth + 1)
        elif group.bracket == "subscript":
            if len(items) == 1 and not group.faulty:
                self.faults.error("empty-brackets", "an index is missing between the brackets",
                                  Span(self.tokens.starts[group.token], stop))  # fmt: skip
            self.hold(Subscript(items[0], items[1:], span), group.start, stop, depth + 1)
        else:
            self._call(group, span, depth + 1)
        return True

    def _set_range(self, group: Group, span: Span) -> None:
        """Give the outer bracket's clause its range."""
        outer = self.frames[-1]
        assert isinstance(outer, Group)
        parts = group.parts
        outer.stage = "ranged"
        outer.depth = max(outer.depth, group.depth + 1)
        clause = outer.clauses[-1]
        clause.stop = span.stop
        if not 1 <= len(parts) <= 3 or group.clauses:
            if not group.faulty:
                message = f"`range` takes 1 to 3 arguments, not {len(parts)}"
                self.faults.error("wrong-arguments", message, span)
            parts = [Number(0.0, span)]
        if len(parts) == 1:
            clause.range = (None, parts[0], None)
        else:
            clause.range = (parts[0], parts[1], parts[2] if len(parts) == 3 else None)

    def _call(self, group: Group, span: Span, depth: int) -> None:
        """Make the present operand a call."""
        name_span = self.tokens.span(group.name)
        function = group.function
        arguments = tuple(group.parts)
        count = len(arguments)
        generator = count == 1 and isinstance(arguments[0], Generator)
        if function is not None and not group.faulty:
            if count < function.least or (function.most is not None and count > function.most):
                hint = ""
                if count == 2 and function.takes_axis and isinstance(arguments[1], Number):
                    hint = f"write `{function.name}(…, axis=…)`"
                elif function.name == "sum" and count:
                    hint = "write `a + b`, or `sum(x)` of one array"
                self.faults.error(
                    "wrong-arguments",
                    f"`{function.name}` takes {function.arity()}, not {count}",
                    span if count else Span(name_span.start, span.stop),
                    hint=hint,
                )
            elif group.axis is not None and (not function.takes_axis or generator or count > 1):
                self.faults.error("misplaced-axis", "`axis=` belongs to a reduction of one array",
                                  span)  # fmt: skip
        name = self.tokens.texts[group.name] if function is None else function.name
        call = Call(name, arguments, group.axis, span, name_span)
        self.hold(call, span.start, span.stop, depth)
