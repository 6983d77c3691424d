"""Where comparisons and `and`, `or`, `not` may stand: in conditions only."""

from __future__ import annotations

from collections.abc import Iterator

from gdcli.language.tree import (
    Call,
    Compare,
    Conditional,
    For,
    Logical,
    Not,
    Tree,
    children,
)


def is_test(tree: Tree) -> bool:
    """Whether a tree is true or false, and no number."""
    return isinstance(tree, Compare | Logical | Not)


def misplaced_tests(root: Tree) -> Iterator[Tree]:
    """Yield every test below the root that stands where a number is wanted, outermost first."""
    stack = [root]
    while stack:
        node = stack.pop()
        wanted = {id(condition) for condition in _conditions(node)}
        for part in children(node):
            if is_test(part) and id(part) not in wanted:
                yield part
            else:
                stack.append(part)


def _conditions(node: Tree) -> tuple[Tree, ...]:
    """Return those parts of a node that may be tests."""
    match node:
        case Conditional(test=test):
            return (test,)
        case Logical(operands=parts):
            return parts
        case Not(operand=part):
            return (part,)
        case For(conditions=parts):
            return parts
        case Call(function="where", arguments=(test, *_)):
            return (test,)
        case _:
            return ()
