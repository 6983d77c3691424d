"""Finds the shapes of variables, and the sizes that nobody gave, from what is known.

A variable's shape is declared, or follows from its start, or from its use with arrays of known
shape; otherwise it is a number if it is only used as one. What stays open is an error.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

import numpy as np

from gdcli.diagnostics import Diagnostic, Source
from gdcli.errors import FormulaError
from gdcli.language.tree import For, MatrixProduct, Name, Tree, postorder
from gdcli.model.extents import Equations, Extent
from gdcli.model.indices import Demand, Indices, Shape, demands
from gdcli.model.ranks import ranks
from gdcli.model.scopes import Guard, Scopes, find_scopes
from gdcli.model.shape_walk import ShapeWalk, shape_text
from gdcli.records import dataclass

_PASSES = 12


@dataclass(frozen=True, slots=True)
class Inferred:
    """What follows from a formula and what is known.

    Attributes:
        shapes: Variables in the order given; those whose shape is open are missing.
        sizes: Values of size names that were not set.
        faults: What stays open, and what does not fit the whole.
        notes: Choices that the user may want to know of.
    """

    shapes: Mapping[str, tuple[int, ...]]
    sizes: Mapping[str, int]
    faults: tuple[Diagnostic, ...] = ()
    notes: tuple[Diagnostic, ...] = ()


def infer(
    tree: Tree,
    source: Source,
    declared: Mapping[str, tuple[int | str, ...]],
    known: Mapping[str, Any],
    *,
    variables: Collection[str],
    sizes: Collection[str] = (),
    numbers: Collection[str] = (),
    scopes: Scopes | None = None,
) -> Inferred:
    """Return the shapes of variables and the sizes bound by them.

    Args:
        declared: Extents of variables, from declarations and starts: numbers or size names.
        known: Constants: numbers and arrays.
        variables: All variables, in their order.
        sizes: Names in ranges, slices, indices and declarations that have no value.
        numbers: Variables whose start is a number: it fills an array, but where nothing asks
            for one the variable is a number.
        scopes: Of the formula, where they have been found already.

    Raises:
        FormulaError: Shapes that do not fit together; each fault shows both.
    """
    found = scopes or find_scopes(tree)
    if found.scalar and not sizes and not any(declared.values()):
        used = found.plain_uses
        if not any(np.ndim(value) for name, value in known.items() if name in used):
            return Inferred(dict.fromkeys(variables, ()), {})
    search = _Search(tree, source, known, frozenset(sizes), found)
    search.begin(declared, variables, frozenset(numbers))
    walk = search.settle()
    if walk.faults:
        raise FormulaError(walk.faults)
    return search.outcome(walk, list(variables), list(sizes))


class _Search:
    """Passes over the formula until nothing new follows."""

    def __init__(
        self,
        tree: Tree,
        source: Source,
        known: Mapping[str, Any],
        sizes: frozenset[str],
        scopes: Scopes,
    ) -> None:
        self.tree = tree
        self.source = source
        self.scopes = scopes
        self.sizes = sizes
        self.counted = _in_ranges(tree) if sizes else frozenset()
        self.equations = Equations()
        self.shapes: dict[str, Shape] = {
            name: tuple(Extent(extent) for extent in np.shape(value))
            for name, value in known.items()
        }
        self.given: set[str] = set(self.shapes)  # names whose shape does not come from their use
        self.indices = Indices(known, sizes, self.shapes, self.equations)
        self.undecided: frozenset[str] = frozenset()
        self.root: Shape | None = ()
        self.asked: dict[tuple[str, int], Extent] = {}  # by accesses; for hints
        self.by_size: dict[tuple[str, int], Demand] = {}  # in open sizes, before they are bound

    def begin(
        self,
        declared: Mapping[str, tuple[int | str, ...]],
        variables: Collection[str],
        numbers: frozenset[str],
    ) -> None:
        """Give every variable a shape, with open extents where its rank is all that is known."""
        used = ranks(self.tree, self.scopes)
        by_index = {access.name for access in self.scopes.accesses}
        undecided = set()
        for name in variables:
            if name in declared:
                self.shapes[name] = tuple(
                    Extent.symbol(e) if isinstance(e, str) else Extent(e) for e in declared[name]
                )
                self.given.add(name)
            elif name in used and (name not in numbers or name in by_index or used[name] > 1):
                axes = range(used[name])
                self.shapes[name] = tuple(Extent.symbol(f"{name}.{k}") for k in axes)
            elif name in used:
                self.shapes[name] = self._vector_or_number(name)
            else:
                self.shapes[name] = ()
                if name not in numbers:
                    undecided.add(name)
        self.undecided = frozenset(undecided)

    def _vector_or_number(self, name: str) -> Shape:
        """A variable whose start is a number: a vector in a product, a number in `sum(x)`."""
        for node in postorder(self.tree):
            if isinstance(node, MatrixProduct) and any(
                isinstance(factor, Name) and factor.name == name for factor in node.factors
            ):
                return (Extent.symbol(f"{name}.0"),)
        return ()

    def settle(self) -> ShapeWalk:
        """Walk and bind until nothing changes; return the last walk."""
        for _ in range(_PASSES):
            before = len(self.equations.values)
            walk = ShapeWalk(self.source, self.scopes, self.indices, self.shapes, self.undecided)
            self.root = walk.run(self.tree)
            if walk.faults:
                return walk
            walk.faults.extend(self._bind_demands())
            if walk.faults or len(self.equations.values) == before:
                return walk
        return walk

    def _bind_demands(self) -> list[Diagnostic]:
        """Let accesses by index bind open sizes and open extents."""
        asked: dict[tuple[str, int], list[Demand]] = {}
        for access in self.scopes.accesses:
            if access.name in self.shapes and access.guard is not Guard.BRANCH:
                for demand in demands(access, self.indices):
                    if demand.axis < len(self.shapes[access.name]):
                        asked.setdefault((demand.name, demand.axis), []).append(demand)
        anchored = self._anchored(asked)
        faults = []
        for (name, axis), found in asked.items():
            top = _largest(found)
            extent = self.equations.resolve(self.shapes[name][axis])
            asks = None if top is None else self.equations.resolve(top.extent)
            if top is None or asks is None:
                continue
            if asks.symbols() & self.sizes - self.counted:
                continue  # the `k` of `x[k]` is any element, not the last
            if top.extent.symbols() & self.sizes:
                self.by_size.setdefault((name, axis), top)
            if extent.known and asks.known:
                continue
            self.asked[name, axis] = asks
            named = asks.symbols() <= self.sizes
            if not named or (asks.known and not (extent.known or top.clauses & anchored)):
                continue
            if not self.equations.equate(extent, asks):
                faults.append(self._contradiction(top, extent, asks))
        faults.extend(self._contradictions())
        return faults

    def _contradictions(self) -> Iterator[Diagnostic]:
        """Yield the arrays to which a size that was bound by another array does not fit."""
        for (name, axis), demand in self.by_size.items():
            extent = self.equations.resolve(self.shapes[name][axis])
            asks = self.equations.resolve(demand.extent)
            if extent.known and asks.known and extent != asks:
                yield self._contradiction(demand, extent, asks)

    def _anchored(self, asked: Mapping[tuple[str, int], list[Demand]]) -> frozenset[int]:
        """Return the clauses whose index also reads an array of known extent."""
        anchored: set[int] = set()
        for (name, axis), found in asked.items():
            if self.equations.resolve(self.shapes[name][axis]).known:
                for demand in found:
                    anchored |= demand.clauses
        return frozenset(anchored)

    def _contradiction(self, demand: Demand, extent: Extent, asks: Extent) -> Diagnostic:
        node = demand.access.node
        sizes = ", ".join(
            f"`{size}` = {self.equations.resolve(Extent.symbol(size))}"
            for size in sorted(demand.extent.symbols() & self.sizes)
        )
        return Diagnostic(
            "shape-mismatch",
            f"`{demand.name}` has {extent} elements here, the indices ask for {asks}",
            source=self.source,
            span=node.span,
            label=f"{extent} elements",
            hint=f"they follow from {sizes}; give it a value with `set` if so few are meant"
            if sizes
            else "",
        )

    def outcome(self, walk: ShapeWalk, variables: list[str], sizes: list[str]) -> Inferred:
        """Return what was found; open names become faults."""
        shapes: dict[str, tuple[int, ...]] = {}
        faults: list[Diagnostic] = []
        for name in variables:
            shape = tuple(self.equations.resolve(e) for e in self.shapes[name])
            if all(e.known for e in shape) and name not in walk.open_arrays:
                shapes[name] = tuple(e.constant for e in shape)
        bound = {
            size: extent.constant
            for size in sizes
            if (extent := self.equations.resolve(Extent.symbol(size))).known
        }
        faults.extend(self._open(walk, variables, shapes, sizes, bound))
        if not faults and self.root:
            faults.append(self._not_a_number(self.root))
        notes = tuple(self._note(n, s) for n, s in walk.scalar_uses.items() if n in self.undecided)
        return Inferred(shapes, bound, tuple(faults), notes)

    def _open(
        self,
        walk: ShapeWalk,
        variables: list[str],
        shapes: Mapping[str, tuple[int, ...]],
        sizes: list[str],
        bound: Mapping[str, int],
    ) -> list[Diagnostic]:
        faults = []
        missing = [size for size in sizes if size not in bound]
        for size in missing:
            faults.append(
                Diagnostic(
                    "open-size",
                    f"the size `{size}` has no value",
                    source=self.source,
                    span=self.scopes.size_uses.get(size),
                    hint=f"give it one: `--set {size}=10`, or `set = {{ {size} = 10 }}` in a file",
                )
            )
        for name in variables:
            if name in shapes or self._waits_for(name, missing):
                continue
            axes = range(max(1, len(self.shapes[name])))
            extents = ",".join(self._suggested(name, axis) for axis in axes)
            faults.append(
                Diagnostic(
                    "open-shape",
                    f"the shape of `{name}` is open",
                    source=self.source,
                    span=self._use(name, walk),
                    label="used as an array"
                    if self.shapes[name] or name in walk.open_arrays
                    else "",
                    hint=f'declare it: `--var "{name}[{extents}]"`, or give it a start',
                )
            )
        return faults

    def _waits_for(self, name: str, missing: list[str]) -> bool:
        """Whether a declared shape is open only because a size is."""
        symbols = {s for e in self.shapes[name] for s in self.equations.resolve(e).symbols()}
        return bool(symbols) and name in self.given and symbols <= set(missing)

    def _suggested(self, name: str, axis: int) -> str:
        """Return the extent to write in a hint: what accesses ask for, else an example."""
        asked = self.asked.get((name, axis))
        return str(asked) if asked is not None and "?" not in str(asked) else "10"

    def _use(self, name: str, walk: ShapeWalk) -> Any:
        found = walk.open_arrays.get(name)
        if found is not None:
            return found.span
        return self.scopes.plain_uses.get(name)

    def _not_a_number(self, root: Shape) -> Diagnostic:
        return Diagnostic(
            "not-a-number",
            f"the formula has {shape_text(root)}; an objective is one number",
            source=self.source,
            span=self.tree.span,
            label=shape_text(root),
            hint="write `sum(…)` or `norm(…)**2` around it",
        )

    def _note(self, name: str, shape: Shape) -> Diagnostic:
        extents = ",".join(str(self.equations.resolve(e)) for e in shape)
        return Diagnostic(
            "taken-as-number",
            f"`{name}` is taken as one number",
            severity="note",
            source=self.source,
            span=self.scopes.plain_uses.get(name),
            hint=f'for an array write `--var "{name}[{extents}]"`',
        )


def _in_ranges(tree: Tree) -> frozenset[str]:
    """Return the names in the ranges of generators: a shape can fix them."""
    ranges = [node for node in postorder(tree) if isinstance(node, For)]
    return frozenset(
        node.name
        for clause in ranges
        for part in (clause.start, clause.stop, clause.step)
        if part is not None
        for node in postorder(part)
        if isinstance(node, Name)
    )


def _largest(found: list[Demand]) -> Demand | None:
    """Return the demand that contains the others; None where they cannot be compared.

    Beside `x[i]`, an `x[0]` says nothing of how long `x` is.
    """
    open_ones = [demand for demand in found if not demand.extent.known] or found
    top = open_ones[0]
    for demand in open_ones[1:]:
        difference = demand.extent.minus(top.extent)
        if not difference.known:
            return None
        if difference.constant > 0:
            top = demand
    return top
