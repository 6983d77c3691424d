"""Which names a formula uses, and what is odd about them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from gdcli.diagnostics import Diagnostic, Source, Span
from gdcli.language.faults import shown
from gdcli.language.functions import CONSTANTS, SPELLINGS
from gdcli.language.lookalikes import lookalikes
from gdcli.language.tree import (
    Call,
    Generator,
    IntegerDivision,
    ListComprehension,
    Name,
    Subscript,
    Tree,
    children,
)

MAX_VARIABLES = 20_000
"""More scalar variables than these are not written out one by one."""

MAX_TOLD = 20
"""More warnings of a kind than these help nobody."""

_Bound = frozenset[str]
_NONE: _Bound = frozenset()


def names(tree: Tree) -> Iterator[Name]:
    """Yield every name that is not a bound index, in the order of the text."""
    stack: list[tuple[Tree, _Bound]] = [(tree, _NONE)]
    while stack:
        node, bound = stack.pop()
        if isinstance(node, Name):
            if node.name not in bound:
                yield node
        elif isinstance(node, Generator | ListComprehension):
            stack.extend(reversed(_scopes(node, bound)))
        else:
            stack.extend((part, bound) for part in reversed(children(node)))


def _scopes(node: Generator | ListComprehension, bound: _Bound) -> list[tuple[Tree, _Bound]]:
    """Return the parts of a generator, each with the indices that are bound in it."""
    parts: list[tuple[Tree, _Bound]] = []
    for clause in node.clauses:
        bounds = (clause.start, clause.stop, clause.step)
        parts.extend((part, bound) for part in bounds if part is not None)
        bound |= {clause.index}
        parts.extend((condition, bound) for condition in clause.conditions)
    return [(node.body, bound), *parts]


def free_names(tree: Tree) -> dict[str, Span]:
    """Return the first use of each name that is not a bound index, in the order of the text."""
    found: dict[str, Span] = {}
    for node in names(tree):
        found.setdefault(node.name, node.span)
    return found


def bound_names(tree: Tree) -> dict[str, Span]:
    """Return where each index of a `for` is bound first."""
    found: dict[str, Span] = {}
    stack: list[Tree] = [tree]
    while stack:
        node = stack.pop()
        if isinstance(node, Generator | ListComprehension):
            for clause in node.clauses:
                found.setdefault(clause.index, clause.index_span)
        stack.extend(reversed(children(node)))
    return found


def name_diagnostics(
    tree: Tree,
    source: Source,
    variables: Collection[str],
    constants: Collection[str],
    declared: Collection[str] = (),
    used: Mapping[str, Span] | None = None,
) -> list[Diagnostic]:
    """Return what is wrong (errors) and odd (warnings, notes) about a formula's names.

    Args:
        tree: The parsed formula.
        source: Its text.
        variables: Names that are variables: those free in the formula without a value, and those
            that are declared.
        constants: Names that the user gave a value.
        declared: Variables that a start, bounds or a shape declare; only these may bear the name
            of a function, and they never look like a product of others.
        used: What `free_names` returns of the tree, where it is known already.

    Returns:
        In the order of the text: `function-as-name`, `no-variables`, `too-many-variables`,
        `variable-in-remainder` (errors); `lookalike`, `joined-names`, `looks-like-constant`
        (warnings); `constant-overridden` (notes).
    """
    variables, constants = frozenset(variables), frozenset(constants)
    used = free_names(tree) if used is None else used
    free = {name: span for name, span in used.items() if name in variables}
    found: list[Diagnostic] = []
    if not free:
        found.append(_no_variables(tree, source, used))
    if len(free) > MAX_VARIABLES:
        message = (
            f"the formula has {len(free):,} variables; at most {MAX_VARIABLES:,} are written out"
        )
        hint = "make them one array: `x[0]`, `x[i]`, with `--var 'x[n]'`"
        found.append(Diagnostic("too-many-variables", message, hint=hint))
        return found
    for name, span in free.items():
        if name in declared or name in constants:
            continue
        if name in SPELLINGS:
            found.append(
                Diagnostic(
                    "function-as-name",
                    f"the function `{name}` needs brackets",
                    source=source,
                    span=span,
                    label=f"did you mean `{name}(…)`?",
                    hint=f"a variable `{name}` must be declared with `--start` or `--var`",
                )
            )
        else:
            found.extend(_joined(name, span, source, variables, constants))
    found.extend(_lookalike_warnings(used, source))
    found.extend(_overridden(used, source, variables, constants))
    if "%" in source.text or "//" in source.text:
        found.extend(_remainders(tree, source, free))
    return sorted(found, key=_place)


def _place(diagnostic: Diagnostic) -> int:
    return -1 if diagnostic.span is None else diagnostic.span.start


def _no_variables(tree: Tree, source: Source, used: Mapping[str, Span]) -> Diagnostic:
    """Return the error of a formula in which there is nothing to vary."""
    given = [name for name in used if name not in CONSTANTS]
    hint = "name what should be found, as in `(x - 3)**2`"
    if given:
        hint = f"every name has a value; leave out that of {shown(given[0])} to vary it"
    return Diagnostic(
        "no-variables", "the formula has no variable", source=source, span=tree.span, hint=hint
    )


def _joined(
    name: str,
    span: Span,
    source: Source,
    variables: Collection[str],
    constants: Collection[str],
) -> Iterator[Diagnostic]:
    """Warn of `xy` where `x` and `y` are names of their own."""
    if len(name) > 40:
        return
    for cut in range(1, len(name)):
        left, right = name[:cut], name[cut:]
        if all(part in variables or part in constants for part in (left, right)):
            yield Diagnostic(
                "joined-names",
                f"{shown(name)} is a variable of its own, not a product",
                "warning",
                source,
                span,
                f"did you mean `{left}*{right}`?",
            )
            return


def _lookalike_warnings(used: Mapping[str, Span], source: Source) -> Iterator[Diagnostic]:
    """Warn of pairs of names that a reader cannot tell apart."""
    for told, (name, other, why) in enumerate(lookalikes(used)):
        if told == MAX_TOLD:
            return
        yield Diagnostic(
            "lookalike",
            why,
            "warning",
            source,
            used[name],
            f"did you mean {shown(other)}?",
            related=((used[other], "used here"),) if other in used else (),
        )


def _overridden(
    used: Mapping[str, Span], source: Source, variables: Collection[str], constants: Collection[str]
) -> Iterator[Diagnostic]:
    """Note names of built-in constants to which the user gave another meaning."""
    for name, span in used.items():
        if name in CONSTANTS and (name in variables or name in constants):
            kind = "a variable" if name in variables else "your constant"
            yield Diagnostic(
                "constant-overridden",
                f"`{name}` is {kind} here, not {CONSTANTS[name]:.6g}",
                "note",
                source,
                span,
            )


def _remainders(tree: Tree, source: Source, free: dict[str, Span]) -> Iterator[Diagnostic]:
    """Yield an error for every variable under `%` or `//`, except in subscripts and `len`."""
    stack: list[tuple[Tree, bool]] = [(tree, False)]
    told: set[str] = set()
    while stack:
        node, inside = stack.pop()
        match node:
            case Name(name=name, span=span) if inside and name in free and name not in told:
                told.add(name)
                yield Diagnostic(
                    "variable-in-remainder",
                    f"`%` and `//` work on constants and indices, and {shown(name)} is a variable",
                    source=source,
                    span=span,
                    hint="write `floor(a/b)` for whole division",
                )
            case IntegerDivision():
                stack.extend((part, True) for part in children(node))
            case Subscript(base=base, items=items):
                stack.append((base, inside))
                stack.extend((part, False) for part in items)
            case Call(function="len"):
                pass
            case _:
                stack.extend((part, inside) for part in children(node))
