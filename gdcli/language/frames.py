"""What the parser has begun and not finished: one frame for each open operator or bracket."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, cast

from gdcli.diagnostics import Span
from gdcli.language.tree import (
    Compare,
    CompareOperator,
    Conditional,
    For,
    IntegerDivision,
    Logical,
    MatrixProduct,
    Negative,
    Not,
    Power,
    Product,
    Sum,
    Tree,
)

if TYPE_CHECKING:
    from gdcli.language.functions import Function
    from gdcli.language.operators import OperatorKind

GroupKind = Literal["formula", "(", "call", "subscript", "list", "range"]
Stage = Literal["items", "iterable", "ranged", "condition"]


class Frame:
    """An operator whose last operand is still being read.

    Attributes:
        kind: The operator's kind; `else` for a conditional whose test has been read.
        level: Its level; 0 for an open bracket.
        start: Where its first operand begins in the text.
        parts: The operands read so far.
        marks: The operators between them, one for each part read.
        depth: How deep the deepest part is.
    """

    __slots__ = ("depth", "kind", "level", "marks", "parts", "start")

    def __init__(self, kind: OperatorKind | Literal["else", "group"], level: int, start: int):
        self.kind = kind
        self.level = level
        self.start = start
        self.parts: list[Tree] = []
        self.marks: list[str] = []
        self.depth = 0


class Group(Frame):
    """An open bracket, or the formula as a whole.

    Attributes:
        bracket: What sort of bracket.
        token: The index of the opening bracket among the tokens; -1 for the formula.
        function: What is called, None if unknown.
        name: The index of the function's name among the tokens.
        axis: The value of `axis=`.
        bounds: The parts of a slice before each `:` so far; None outside a slice.
        item: Where the present item begins in the text.
        stage: What is being read: items, or a clause's iterable or condition.
        clauses: The `for` clauses, if it is a generator or a comprehension.
        faulty: Whether an error has been noted that makes its number of items meaningless.
    """

    __slots__ = (
        "axis", "bounds", "bracket", "clauses", "faulty", "function", "item", "name", "stage",
        "token",
    )  # fmt: skip

    def __init__(self, bracket: GroupKind, start: int, token: int):
        super().__init__("group", 0, start)
        self.bracket = bracket
        self.token = token
        self.function: Function | None = None
        self.name = -1
        self.axis: int | None = None
        self.bounds: list[Tree | None] | None = None
        self.item = start
        self.stage: Stage = "items"
        self.clauses: list[Clause] = []
        self.faulty = False


class Clause:
    """A `for` clause that is being read; see `tree.For`. `stop` is where it ends so far."""

    __slots__ = ("conditions", "index", "index_span", "range", "start", "stop")

    def __init__(self, index: str, index_span: Span, start: int):
        self.index = index
        self.index_span = index_span
        self.start = start
        self.stop = index_span.stop
        self.range: tuple[Tree | None, Tree, Tree | None] | None = None
        self.conditions: list[Tree] = []

    def node(self) -> For:
        """Return the finished clause; it must have got its range."""
        assert self.range is not None
        first, last, step = self.range
        span = Span(self.start, self.stop)
        return For(self.index, self.index_span, first, last, step, tuple(self.conditions), span)


def node_of(frame: Frame, span: Span) -> Tree:
    """Return the node of an operator all of whose operands have been read."""
    parts = frame.parts
    match frame.kind:
        case "sum":
            return Sum(tuple(parts), (False, *[mark == "-" for mark in frame.marks]), span)
        case "product":
            return Product(tuple(parts), (False, *[mark == "/" for mark in frame.marks]), span)
        case "power":
            return Power(parts[0], parts[1], span)
        case "negative":
            return Negative(parts[0], span)
        case "matrix":
            return MatrixProduct(tuple(parts), span)
        case "remainder":
            operator: Literal["//", "%"] = "//" if frame.marks[0] == "//" else "%"
            return IntegerDivision(operator, parts[0], parts[1], span)
        case "compare":
            return Compare(
                tuple(parts), cast("tuple[CompareOperator, ...]", tuple(frame.marks)), span
            )
        case "and" | "or":
            return Logical(frame.kind, tuple(parts), span)
        case "not":
            return Not(parts[0], span)
        case "else":
            return Conditional(parts[1], parts[0], parts[2], span)
        case "conditional" | "group":
            raise AssertionError(frame.kind)
