"""The machine under the parser: operators and their operands, without recursion.

Precedence climbing (Pratt 1973) with a stack of its own: an operand is held in `tree`, operators
that wait for their last operand lie on `frames`. An operator first closes every frame on top that
binds at least as tightly as it does. Nothing here grows with the depth of a formula but the list.
"""

from __future__ import annotations

from collections.abc import Collection

from gdcli.diagnostics import Span
from gdcli.language.faults import Faults
from gdcli.language.frames import Frame, Group, node_of
from gdcli.language.operators import NOT, OPERATORS, OR, PREFIXES
from gdcli.language.tokens import Tokens
from gdcli.language.tree import MAX_DEPTH, Number, Tree


class TooDeep(Exception):
    """A formula is nested more deeply than `MAX_DEPTH`; the error has been noted."""


class Reader:
    """Tokens, the present operand, and the frames that wait for operands.

    Attributes:
        at: The index of the token to be read next.
        tree: The operand read last; meaningful where an operator is expected.
        start, stop: Where it begins and ends in the text, brackets included.
        depth: How deep it is.
        names: Every name read as a variable, constant or index.
        has_tests: Whether there is any comparison or `and`, `or`, `not`.
    """

    def __init__(self, tokens: Tokens, faults: Faults, known: Collection[str]) -> None:
        self.tokens = tokens
        self.kinds = tokens.kinds
        self.faults = faults
        self.known = known
        self.at = 0
        self.tree: Tree = Number(0.0, Span(0, 0))
        self.start = self.stop = self.depth = 0
        self.frames: list[Frame] = [Group("formula", 0, -1)]
        self.names: set[str] = set()
        self.has_tests = False

    def hold(self, tree: Tree, start: int, stop: int, depth: int) -> None:
        """Make `tree` the present operand."""
        if depth > MAX_DEPTH:
            self.too_deep(start)
        self.tree = tree
        self.start = start
        self.stop = stop
        self.depth = depth

    def hold_nothing(self, index: int) -> None:
        """Put something in the place of an operand whose error has been noted."""
        span = self.tokens.span(index)
        self.hold(Number(0.0, span), span.start, span.stop, 1)

    def too_deep(self, place: int) -> None:
        """Note that the formula is nested too deeply, and give up."""
        self.faults.error(
            "too-deep",
            f"the formula is nested more than {MAX_DEPTH:,} levels deep",
            Span(place, place + 1),
            "here it becomes too deep",
            "write long sums as one `sum(… for i in range(n))`",
        )
        raise TooDeep

    def push(self, frame: Frame) -> None:
        """Open a frame."""
        if len(self.frames) > 2 * MAX_DEPTH:
            self.too_deep(frame.start)
        self.frames.append(frame)

    def close(self) -> None:
        """Close the topmost operator with the present operand as its last one."""
        frame = self.frames.pop()
        if frame.kind == "conditional":
            self.faults.error(
                "missing-else",
                "`if` without `else`",
                Span(frame.start, self.stop),
                hint="write `a if condition else b`",
            )
            return
        frame.parts.append(self.tree)
        if frame.depth > self.depth:
            self.depth = frame.depth
        start = frame.start
        self.hold(node_of(frame, Span(start, self.stop)), start, self.stop, self.depth + 1)

    def close_above(self, level: int) -> None:
        """Close every operator on top whose level is at least `level`."""
        frames = self.frames
        while frames[-1].level >= level:
            self.close()

    def group(self) -> Group:
        """Close every operator of the innermost bracket, and return the bracket."""
        self.close_above(1)
        group = self.frames[-1]
        assert isinstance(group, Group)
        return group

    def prefix(self, spelling: str) -> None:
        """Read `-` or `not` before its operand."""
        row = PREFIXES[spelling]
        span = self.tokens.span(self.at)
        if row.kind == "not":
            self.has_tests = True
            if self.frames[-1].level > NOT:
                self.faults.error("not-in-operation", "`not` needs brackets here", span,
                                  hint="write `(not …)`")  # fmt: skip
        self.push(Frame(row.kind, row.level, span.start))
        self.at += 1

    def binary(self, spelling: str) -> None:
        """Take the present operand as the left one of an operator."""
        row = OPERATORS[spelling]
        kind = row.kind
        frames = self.frames
        if kind == "power":
            self.push(frame := Frame(kind, row.level, self.start))
        else:
            while frames[-1].level > row.level:
                self.close()
            frame = frames[-1]
            if frame.kind != kind or kind == "remainder":
                if frame.level == row.level:
                    self.close()
                self.push(frame := Frame(kind, row.level, self.start))
            if kind in ("compare", "and", "or"):
                self.has_tests = True
        frame.parts.append(self.tree)
        frame.marks.append(spelling)
        if self.depth > frame.depth:
            frame.depth = self.depth

    def conditional(self) -> None:
        """Read the `if` of a conditional, whose body is the present operand."""
        self.close_above(OR)
        if self.frames[-1].kind == "conditional":
            self.faults.error("nested-conditional", "a conditional in a condition needs brackets",
                              self.tokens.span(self.at))  # fmt: skip
        frame = Frame("conditional", 1, self.start)
        frame.parts.append(self.tree)
        frame.depth = self.depth
        self.push(frame)
        self.at += 1

    def otherwise(self) -> None:
        """Read the `else` of a conditional, whose test is the present operand."""
        frames = self.frames
        while frames[-1].level > 0 and frames[-1].kind != "conditional":
            self.close()
        frame = frames[-1]
        if frame.kind == "conditional":
            frame.kind = "else"
            frame.parts.append(self.tree)
            frame.depth = max(frame.depth, self.depth)
        else:
            self.faults.error("else-without-if", "`else` without `if`", self.tokens.span(self.at),
                              hint="write `a if condition else b`")  # fmt: skip
        self.at += 1
