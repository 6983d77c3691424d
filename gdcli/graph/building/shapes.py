"""The shape of every part of a formula whose variables and constants are all known."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from gdcli.diagnostics import Diagnostic, Source
from gdcli.errors import FormulaError
from gdcli.graph.nodes import Leaf
from gdcli.language.tree import (
    Slice,
    Subscript,
    Tree,
    postorder,
)
from gdcli.language.unparse import describe
from gdcli.model.extents import Equations, Extent
from gdcli.model.indices import Indices
from gdcli.model.scopes import find_scopes
from gdcli.model.shape_walk import ShapeWalk, shape_text


def shapes_of(
    tree: Tree, source: Source, variables: Mapping[str, Leaf], constants: Mapping[str, Any]
) -> dict[int, tuple[int, ...]]:
    """Return the shapes of all parts that are no numbers, by identity.

    Raises:
        FormulaError: Shapes do not fit, or the whole is not a number.
    """
    extents: dict[str, tuple[Extent, ...]] = {
        name: tuple(Extent(extent) for extent in np.shape(value))
        for name, value in constants.items()
    }
    for name, leaf in variables.items():
        extents[name] = tuple(Extent(extent) for extent in leaf.shape)
    scopes = find_scopes(tree)
    indices = Indices(constants, frozenset(), extents, Equations())
    walk = ShapeWalk(source, scopes, indices, extents, frozenset())
    root = walk.run(tree)
    if walk.faults:
        raise FormulaError(walk.faults)
    found: dict[int, tuple[int, ...]] = {}
    for part in postorder(tree):
        shape = walk.known.get(id(part))
        if not shape:
            continue
        known = tuple(walk.resolve(extent) for extent in shape)
        if all(extent.known for extent in known):
            found[id(part)] = tuple(extent.constant for extent in known)
        else:
            raise FormulaError(_ragged(part, source))
    if root:
        message = f"the formula has {shape_text(root)}; an objective is one number"
        hint = "write `sum(…)` or `norm(…)**2` around it"
        raise FormulaError(
            Diagnostic("not-a-number", message, source=source, span=tree.span, hint=hint)
        )
    return found


def _ragged(part: Tree, source: Source) -> Diagnostic:
    """Return the fault of a slice whose length depends on an index."""
    base, span, bounds = "x", part.span, "a, b"
    for node in postorder(part):
        if isinstance(node, Subscript) and len(node.items) == 1:
            (item,) = node.items
            if isinstance(item, Slice) and item.step is None:
                base, span = describe(node.base), item.span
                start = "0" if item.start is None else describe(item.start)
                stop = f"len({base})" if item.stop is None else describe(item.stop)
                bounds = f"{start}, {stop}"
                break
    hint = f"write a sum over positions instead: `sum({base}[k] for k in range({bounds}))`"
    message = "the length of this slice depends on an index"
    return Diagnostic("ragged", message, source=source, span=span, hint=hint)
