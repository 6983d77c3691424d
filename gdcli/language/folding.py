"""Parts of a formula that are constant, and what is wrong with their values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gdcli.diagnostics import Diagnostic, Source
from gdcli.errors import FormulaError
from gdcli.language.evaluate import Evaluator
from gdcli.language.functions import CONSTANTS
from gdcli.language.tree import (
    For,
    Generator,
    ListComprehension,
    Name,
    Negative,
    NewAxis,
    Number,
    Slice,
    Tree,
    children,
    postorder,
)


def constant_diagnostics(
    tree: Tree, source: Source, constants: Mapping[str, float | NDArray[Any]]
) -> list[Diagnostic]:
    """Return the errors of constant sub-formulas: `9**9**9**9`, `1/0`, `log(-1)`.

    Only numbers and scalar constants are looked at, so that the cost is that of one walk.
    """
    scalars = {name: value for name, value in constants.items() if np.ndim(value) == 0}
    evaluator = Evaluator(scalars, source, strict=True)
    found: list[Diagnostic] = []
    with np.errstate(all="ignore"):
        for part in _constant_parts(tree, {*scalars, *CONSTANTS} - _arrays(constants)):
            try:
                evaluator.run(part)
            except FormulaError as error:
                found.extend(error.diagnostics)
    return found


def _arrays(constants: Mapping[str, float | NDArray[Any]]) -> set[str]:
    return {name for name, value in constants.items() if np.ndim(value) > 0}


def _constant_parts(tree: Tree, known: set[str]) -> Iterator[Tree]:
    """Yield the largest sub-formulas that depend on known names only, and compute something."""
    varying: set[int] = set()
    plain: set[int] = set()
    for node in postorder(tree):
        parts = children(node)
        if isinstance(node, Name):
            if node.name not in known:
                varying.add(id(node))
        elif isinstance(node, Generator | ListComprehension | For | Slice | NewAxis) or any(
            id(part) in varying for part in parts
        ):
            varying.add(id(node))
            continue
        if isinstance(node, Name | Number) or (
            isinstance(node, Negative) and id(node.operand) in plain
        ):
            plain.add(id(node))
    stack = [tree]
    while stack:
        node = stack.pop()
        if id(node) not in varying:
            if id(node) not in plain:
                yield node
        else:
            stack.extend(reversed(children(node)))
