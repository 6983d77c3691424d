"""How tables of indices and conditions are spelt: `E[{0}, 0]`, with a slot for each position.

A table holds the values of an expression of the user's for all values of its axes. Its name is that
expression, so that whoever shows the graph can write the expression again.
"""

from __future__ import annotations

from collections.abc import Sequence

from gdcli.graph.building.state import Scope
from gdcli.graph.nodes import Affine, Axis
from gdcli.language.characters import WORD
from gdcli.language.tree import Tree
from gdcli.language.unparse import unparse

_LONGEST = 80


def spelt(tree: Tree, scope: Scope, axes: Sequence[Axis], otherwise: str) -> str:
    """Return an expression with its indices as slots, numbered as the axes; or a plain name."""
    text = unparse(tree)
    if len(text) > _LONGEST:
        return otherwise
    parts = []
    end = 0
    for match in WORD.finditer(text):
        value = scope.indices.get(match.group())
        if value is None:
            continue
        slots = _slots(value, axes) if isinstance(value, Affine) else None
        if slots is None:
            return otherwise
        parts += [text[end : match.start()], slots]
        end = match.end()
    return "".join(parts) + text[end:] if parts else otherwise


def shifted(offset: int) -> str:
    """Return the spelling of a table whose values are its positions and a number."""
    return f"{{0}} {'-' if offset < 0 else '+'} {abs(offset)}" if offset else "{0}"


def _slots(value: Affine, axes: Sequence[Axis]) -> str | None:
    """Return an affine form of axes; None where one of them is not among the table's."""
    if any(axis not in axes for axis, _ in value.terms):
        return None
    terms = [
        f"{{{axes.index(axis)}}}" if step == 1 else f"{step}*{{{axes.index(axis)}}}"
        for axis, step in value.terms
    ]
    if value.offset or not terms:
        terms.append(str(value.offset))
    text = " + ".join(terms).replace("+ -", "- ")
    return text if len(terms) == 1 and terms[0].startswith("{") else f"({text})"
