"""Who is who in a formula: bound indices, size names, and where arrays are read by index."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import field
from enum import Enum

from gdcli.diagnostics import Span
from gdcli.language.functions import FUNCTIONS
from gdcli.language.tree import (
    Call,
    Compare,
    Conditional,
    For,
    Generator,
    ListComprehension,
    Logical,
    Name,
    Negative,
    Not,
    Number,
    Power,
    Product,
    Slice,
    Subscript,
    Sum,
    Tree,
    children,
)
from gdcli.records import dataclass

Environment = Mapping[str, For]


class Guard(Enum):
    """How sure it is that an access happens for every value of its indices."""

    NONE = 0
    CLAUSE = 1  # its generator has conditions
    BRANCH = 2  # it stands in a branch of a conditional


@dataclass(frozen=True, slots=True)
class Access:
    """A subscript of a name, and the generators around it, by index."""

    node: Subscript
    name: str
    environment: Environment
    guard: Guard


@dataclass(slots=True)
class Scopes:
    """What one walk over a formula finds.

    Attributes:
        bound: Identities of the `Name` nodes that are indices of a generator.
        accesses: Subscripts of names, in the order of the text.
        environments: For each node inside a generator, the indices that it can see.
        size_uses: Names in ranges, slices and index expressions, where they are first used.
        plain_uses: Names used anywhere else.
        scalar: Whether nothing in the formula makes, reads or reduces an array.
    """

    bound: set[int] = field(default_factory=set)
    accesses: list[Access] = field(default_factory=list)
    environments: dict[int, Environment] = field(default_factory=dict)
    size_uses: dict[str, Span] = field(default_factory=dict)
    plain_uses: dict[str, Span] = field(default_factory=dict)
    scalar: bool = False

    def free(self) -> dict[str, Span]:
        """Return every name that is not a bound index, where it is first used, in that order."""
        both = [*self.plain_uses.items(), *self.size_uses.items()]
        found: dict[str, Span] = {}
        for name, span in sorted(both, key=lambda use: use[1].start):
            found.setdefault(name, span)
        return found


@dataclass(frozen=True, slots=True)
class _View:
    """What a node stands in."""

    environment: Environment
    guard: Guard = Guard.NONE
    index: bool = False  # inside a range, a slice, an index expression

    def inside(self, *, index: bool) -> _View:
        return _View(self.environment, self.guard, index)


def find_scopes(root: Tree) -> Scopes:
    """Walk a formula once, without recursion."""
    uses = _scalar_uses(root)
    if uses is not None:
        return Scopes(plain_uses=uses, scalar=True)
    scopes = Scopes()
    stack: list[tuple[Tree, _View]] = [(root, _View({}))]
    while stack:
        node, view = stack.pop()
        if view.environment:
            scopes.environments[id(node)] = view.environment
        if isinstance(node, Name):
            if node.name in view.environment:
                scopes.bound.add(id(node))
            else:
                uses = scopes.size_uses if view.index else scopes.plain_uses
                uses.setdefault(node.name, node.span)
            continue
        if isinstance(node, Subscript) and isinstance(node.base, Name):
            access = Access(node, node.base.name, view.environment, view.guard)
            scopes.accesses.append(access)
        stack.extend(reversed(list(_parts(node, view))))
    return scopes


def _scalar_uses(root: Tree) -> dict[str, Span] | None:
    """Return the names of a formula without arrays; None where there is any sign of one.

    Formulas of thousands of scalars are common, and this walk is several times quicker.
    """
    uses: dict[str, Span] = {}
    stack: list[Tree] = [root]
    while stack:
        node = stack.pop()
        kind = type(node)
        if kind is Number:
            continue
        if kind is Name:
            uses[node.name] = node.span  # type: ignore[union-attr]  # the first use comes last
        elif kind is Sum:
            stack += node.terms  # type: ignore[union-attr]
        elif kind is Product:
            stack += node.factors  # type: ignore[union-attr]
        elif kind in _OF_SCALARS or (isinstance(node, Call) and not _reduces(node)):
            stack.extend(children(node))
        else:
            return None
    return uses


def _reduces(node: Call) -> bool:
    kind = FUNCTIONS[node.function].kind
    return kind != "elementwise" and (len(node.arguments) == 1 or kind != "reduction")


_OF_SCALARS = frozenset((Sum, Product, Power, Negative, Conditional, Compare, Logical, Not))


def _parts(node: Tree, view: _View) -> Iterator[tuple[Tree, _View]]:
    """Yield the parts of a node with what each stands in."""
    match node:
        case Generator(body=body, clauses=clauses) | ListComprehension(body=body, clauses=clauses):
            environment = dict(view.environment)
            guard = view.guard
            for clause in clauses:
                outer = _View(dict(environment), guard, True)
                for part in (clause.start, clause.stop, clause.step):
                    if part is not None:
                        yield part, outer
                environment[clause.index] = clause
                if clause.conditions and guard is Guard.NONE:
                    guard = Guard.CLAUSE
                for condition in clause.conditions:
                    yield condition, _View(dict(environment), Guard.BRANCH, True)
            yield body, _View(environment, guard)
        case Subscript(base=base, items=items):
            yield base, view.inside(index=False)
            for item in items:
                yield item, view.inside(index=True)
        case Slice():
            for part in children(node):
                yield part, view.inside(index=True)
        case Conditional(test=test, body=body, otherwise=otherwise):
            branch = _View(view.environment, Guard.BRANCH, view.index)
            yield body, branch
            yield test, view
            yield otherwise, branch
        case Call(arguments=arguments):
            for part in arguments:
                yield part, view.inside(index=view.index and node.function != "len")
        case _:
            for part in children(node):
                yield part, view
