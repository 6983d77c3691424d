"""The syntax tree of a formula: what was written, with its place, and nothing of what it means.

Sums and products are n-ary, so that a sum of thousands of terms is one node and not a deep chain.
Trees may be up to `MAX_DEPTH` levels deep: walk them with an explicit stack (`children`,
`postorder`), never by plain recursion over unbounded depth.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, TypeAlias

from gdcli.diagnostics import Span
from gdcli.records import dataclass

MAX_DEPTH = 1_000

CompareOperator = Literal["<", "<=", ">", ">=", "==", "!="]


@dataclass(frozen=True, slots=True)
class Number:
    """A literal, as the double nearest to what was typed."""

    value: float
    span: Span
    is_integer: bool = False  # written without point and exponent: may serve as an index


@dataclass(frozen=True, slots=True)
class Name:
    """A variable, constant, size or index, NFKC-normalised."""

    name: str
    span: Span


@dataclass(frozen=True, slots=True)
class Negative:
    """`-operand`."""

    operand: Tree
    span: Span


@dataclass(frozen=True, slots=True)
class Sum:
    """`a + b - c`: `negated[k]` tells that term k is subtracted."""

    terms: tuple[Tree, ...]
    negated: tuple[bool, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Product:
    """`a * b / c`, from left to right: `divided[k]` tells that factor k divides."""

    factors: tuple[Tree, ...]
    divided: tuple[bool, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class MatrixProduct:
    """`A @ B @ c`, from left to right."""

    factors: tuple[Tree, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Power:
    """`base ** exponent`."""

    base: Tree
    exponent: Tree
    span: Span


@dataclass(frozen=True, slots=True)
class IntegerDivision:
    """`left // right` or `left % right`, between constants and indices only."""

    operator: Literal["//", "%"]
    left: Tree
    right: Tree
    span: Span


@dataclass(frozen=True, slots=True)
class Call:
    """`function(arguments, axis=axis)`; `function` is the canonical name of the function table."""

    function: str
    arguments: tuple[Tree, ...]
    axis: int | None
    span: Span
    name_span: Span


@dataclass(frozen=True, slots=True)
class Compare:
    """`a < b <= c`: one operand more than operators."""

    operands: tuple[Tree, ...]
    operators: tuple[CompareOperator, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Logical:
    """`a and b and c` or `a or b or c`."""

    operator: Literal["and", "or"]
    operands: tuple[Tree, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Not:
    """`not operand`."""

    operand: Tree
    span: Span


@dataclass(frozen=True, slots=True)
class Conditional:
    """`body if test else otherwise`."""

    test: Tree
    body: Tree
    otherwise: Tree
    span: Span


@dataclass(frozen=True, slots=True)
class Slice:
    """`start:stop:step` inside a subscript; a missing part is None."""

    start: Tree | None
    stop: Tree | None
    step: Tree | None
    span: Span


@dataclass(frozen=True, slots=True)
class NewAxis:
    """`None` inside a subscript: an axis of length one."""

    span: Span


@dataclass(frozen=True, slots=True)
class Subscript:
    """`base[items]`."""

    base: Tree
    items: tuple[Tree | Slice | NewAxis, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Transpose:
    """`operand.T`."""

    operand: Tree
    span: Span


@dataclass(frozen=True, slots=True)
class For:
    """`for index in range(start, stop, step) if condition if …`.

    `start` and `step` are None where they were not written (0 and 1).
    """

    index: str
    index_span: Span
    start: Tree | None
    stop: Tree
    step: Tree | None
    conditions: tuple[Tree, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Generator:
    """`body for i in range(n) for j in range(m) if …`: the only argument of sum, mean, …"""

    body: Tree
    clauses: tuple[For, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class ListOf:
    """`[a, b, c]`, in starts and constants only."""

    items: tuple[Tree, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class ListComprehension:
    """`[body for i in range(n)]`, in starts and constants only."""

    body: Tree
    clauses: tuple[For, ...]
    span: Span


Tree: TypeAlias = (
    Number
    | Name
    | Negative
    | Sum
    | Product
    | MatrixProduct
    | Power
    | IntegerDivision
    | Call
    | Compare
    | Logical
    | Not
    | Conditional
    | Slice
    | NewAxis
    | Subscript
    | Transpose
    | For
    | Generator
    | ListOf
    | ListComprehension
)


def children(node: Tree) -> tuple[Tree, ...]:
    """Return the direct parts of a node, in the order in which they stand in the text."""
    match node:
        case Number() | Name() | NewAxis():
            return ()
        case Negative(operand=part) | Not(operand=part) | Transpose(operand=part):
            return (part,)
        case Sum(terms=parts) | Product(factors=parts) | MatrixProduct(factors=parts):
            return parts
        case Power(base=base, exponent=exponent):
            return (base, exponent)
        case IntegerDivision(left=left, right=right):
            return (left, right)
        case Call(arguments=parts):
            return parts
        case Compare(operands=parts) | Logical(operands=parts) | ListOf(items=parts):
            return parts
        case Conditional(test=test, body=body, otherwise=otherwise):
            return (body, test, otherwise)
        case Slice(start=start, stop=stop, step=step):
            return tuple(part for part in (start, stop, step) if part is not None)
        case Subscript(base=base, items=items):
            return (base, *items)
        case For(start=start, stop=stop, step=step, conditions=conditions):
            return tuple(p for p in (start, stop, step, *conditions) if p is not None)
        case Generator(body=body, clauses=clauses) | ListComprehension(body=body, clauses=clauses):
            return (body, *clauses)


def postorder(root: Tree) -> Iterator[Tree]:
    """Yield every node of the tree, parts before the whole, without recursion."""
    stack: list[tuple[Tree, bool]] = [(root, False)]
    while stack:
        node, ready = stack.pop()
        parts = () if ready else children(node)
        if not parts:
            yield node
            continue
        stack.append((node, True))
        stack.extend((part, False) for part in reversed(parts))
