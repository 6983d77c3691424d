"""The shape of every part of a formula, by NumPy's rules, with sizes that may still be open."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import field

from gdcli.diagnostics import Diagnostic, Source
from gdcli.language.functions import FUNCTIONS
from gdcli.language.tree import (
    Call,
    For,
    Generator,
    ListComprehension,
    ListOf,
    MatrixProduct,
    Name,
    NewAxis,
    Slice,
    Subscript,
    Transpose,
    Tree,
    children,
    postorder,
)
from gdcli.model.extents import Extent
from gdcli.model.indices import Indices, Shape
from gdcli.model.scopes import Scopes
from gdcli.records import dataclass

ONE = Extent(1)
Shaped = tuple[Shape | None, Tree]


@dataclass(slots=True)
class ShapeWalk:
    """One pass over a formula, parts before the whole.

    Equal extents are noted as equations; what can never be equal is a fault. A shape of None is
    not known (its cause is a fault already, or lies beyond these rules).

    Attributes:
        undecided: Names taken as scalars although nothing says so.
        scalar_uses: Those of them that were combined with arrays, with the array's shape.
        open_arrays: Undecided names where only an array makes sense, with the node that asks.
    """

    source: Source
    scopes: Scopes
    indices: Indices
    shapes: Mapping[str, Shape]
    undecided: frozenset[str]
    faults: list[Diagnostic] = field(default_factory=list)
    scalar_uses: dict[str, Shape] = field(default_factory=dict)
    open_arrays: dict[str, Tree] = field(default_factory=dict)
    known: dict[int, Shape | None] = field(default_factory=dict)

    def run(self, root: Tree) -> Shape | None:
        """Return the shape of the whole formula."""
        for node in postorder(root):
            self.known[id(node)] = self._shape(node)
        return self.known[id(root)]

    def _shape(self, node: Tree) -> Shape | None:
        rule = _RULES.get(type(node))
        if rule is not None:
            return rule(self, node)
        return self.broadcast([self._shaped(part) for part in children(node)])

    def _shaped(self, part: Tree) -> Shaped:
        return self.known[id(part)], part

    def name(self, node: Tree) -> Shape | None:
        """An index or a size is a number; a variable or constant has its shape."""
        assert isinstance(node, Name)
        if id(node) in self.scopes.bound:
            return ()
        return tuple(self.resolve(e) for e in self.shapes.get(node.name, ()))

    def resolve(self, extent: Extent) -> Extent:
        """Return the extent with everything known put in."""
        return self.indices.equations.resolve(extent)

    def broadcast(self, parts: Sequence[Shaped]) -> Shape | None:
        """Return the common shape of operands, by NumPy's broadcasting."""
        result: Shape = ()
        owner: Tree | None = None
        for shape, node in parts:
            if shape is None:
                return None
            joined = self._joined(result, shape)
            if joined is None:
                assert owner is not None
                self._mismatch("these shapes do not fit together", (result, owner), (shape, node))
                return None
            if len(shape) > len(result) or (shape and joined != result) or owner is None:
                owner = node
            result = joined
        self._note_scalars(parts, result)
        return result

    def _joined(self, one: Shape, other: Shape) -> Shape | None:
        if len(one) < len(other):
            one, other = other, one
        lead = len(one) - len(other)
        joined = list(one[:lead])
        for a, b in zip(one[lead:], other, strict=True):
            a, b = self.resolve(a), self.resolve(b)
            if a == ONE or b == ONE:
                joined.append(b if a == ONE else a)
            elif self.indices.equations.equate(a, b):
                joined.append(self.resolve(a))
            else:
                return None
        return tuple(joined)

    def _note_scalars(self, parts: Sequence[Shaped], result: Shape) -> None:
        if not result or not self.undecided:
            return
        for _, node in parts:
            if isinstance(node, Name) and node.name in self.undecided:
                self.scalar_uses.setdefault(node.name, result)

    def matrix_product(self, node: Tree) -> Shape | None:
        """`A @ B @ c`, and `dot(a, b)`, from left to right."""
        factors = node.factors if isinstance(node, MatrixProduct) else children(node)
        result, owner = self._shaped(factors[0])
        for factor in factors[1:]:
            result = self._product((result, owner), self._shaped(factor))
            owner = factor if len(factors) == 2 else node
        return result

    def _product(self, left: Shaped, right: Shaped) -> Shape | None:
        one, other = left[0], right[0]
        if one is None or other is None:
            return None
        for shape, node in (left, right):
            if not shape:
                if not self._ask_array(node):
                    self._fault("not-an-array", "a matrix product needs arrays", node,
                                "this is one number", "write `*` for numbers")  # fmt: skip
                return None
        inner = other[0] if len(other) == 1 else other[-2]
        if not self.indices.equations.equate(one[-1], inner):
            self._mismatch("these shapes cannot be multiplied as matrices", left, right)
            return None
        tail = () if len(other) == 1 else other[-1:]
        lead = one[:-1] if len(other) <= 2 else (*other[:-2], *one[:-1])
        return tuple(self.resolve(e) for e in (*lead, *tail))

    def call(self, node: Tree) -> Shape | None:
        """A function: element by element, a reduction, a norm, or of whole matrices."""
        assert isinstance(node, Call)
        if node.function == "dot":
            return self.matrix_product(node)
        if node.function in _OF_MATRIX:
            return self._of_matrix(node)
        parts = [self._shaped(part) for part in node.arguments]
        kind = FUNCTIONS[node.function].kind
        if kind not in ("reduction", "norm") or len(parts) > 1:
            return self.broadcast(parts)
        shape, argument = parts[0]
        if isinstance(argument, Generator):
            return shape
        if shape is None:
            return None
        if not shape and self._ask_array(argument):
            return None
        if node.axis is None or node.function == "len":
            return ()
        axis = node.axis + len(shape) if node.axis < 0 else node.axis
        if not 0 <= axis < len(shape):
            self._fault("no-such-axis", f"there is no axis {node.axis}", argument,
                        f"this has {shape_text(shape)}")  # fmt: skip
            return None
        return shape[:axis] + shape[axis + 1 :]

    def _of_matrix(self, node: Call) -> Shape | None:
        shape, argument = self._shaped(node.arguments[0])
        if shape is None:
            return None
        if node.function == "diag" and len(shape) == 1:
            return (shape[0], shape[0])
        if len(shape) != 2 or not self.indices.equations.equate(shape[0], shape[1]):
            if not shape and self._ask_array(argument):
                return None
            self._fault("not-square", f"`{node.function}` needs a square matrix", argument,
                        f"this has {shape_text(shape)}")  # fmt: skip
            return None
        return {"inv": shape, "diag": shape[:1]}.get(node.function, ())

    def _ask_array(self, node: Tree) -> bool:
        """Note undecided names in a part that should be an array; whether there are any."""
        names = [n for n in postorder(node) if isinstance(n, Name) and n.name in self.undecided]
        for name in names:
            self.open_arrays.setdefault(name.name, name)
        return bool(names)

    def subscript(self, node: Tree) -> Shape | None:
        """`x[i]`, `X[i, 1:]`, `b[:, None]`, `x[indices]`."""
        assert isinstance(node, Subscript)
        shape, base = self._shaped(node.base)
        if shape is None:
            return None
        asked = sum(not isinstance(item, NewAxis) for item in node.items)
        if asked > len(shape):
            if shape or not self._ask_array(base):
                self._fault("too-many-indices", f"{asked} indices are too many", base,
                            f"this has {shape_text(shape)}")  # fmt: skip
            return None
        result: list[Extent] = []
        axis = 0
        for item in node.items:
            if isinstance(item, NewAxis):
                result.append(ONE)
                continue
            if isinstance(item, Slice):
                result.append(self._sliced(item, self.resolve(shape[axis])))
            else:
                result.extend(self.known[id(item)] or ())
            axis += 1
        return (*result, *shape[axis:])

    def _sliced(self, item: Slice, extent: Extent) -> Extent:
        """Return how many elements a slice takes; a fresh symbol where that cannot be said."""
        environment = self.scopes.environments.get(id(item), {})
        ends: list[Extent | None] = []
        for part in (item.start, item.stop, item.step):
            ends.append(None if part is None else self.indices.extent(part, environment))
            if part is not None and ends[-1] is None:
                return Extent.symbol(f".slice{id(item)}")
        start, stop, step = ends
        known = [e for e in (start, stop, step) if e is not None]
        if extent.known and all(e.known for e in known):
            if step is not None and step.constant == 0:
                self._fault("zero-step", "the step of a slice is 0", item, "this is 0")
                return extent
            cut = slice(*(None if e is None else e.constant for e in ends))
            return Extent(len(range(*cut.indices(extent.constant))))
        if step is not None and step != ONE:
            return Extent.symbol(f".slice{id(item)}")
        first = Extent(0) if start is None else _from_end(start, extent)
        last = extent if stop is None else _from_end(stop, extent)
        return self.resolve(last.minus(first))

    def transpose(self, node: Tree) -> Shape | None:
        """`X.T` has the axes the other way round."""
        shape, operand = self._shaped(children(node)[0])
        if shape == () and self._ask_array(operand):
            return None
        return None if shape is None else shape[::-1]

    def generator(self, node: Tree) -> Shape | None:
        """A generator has the shape of its body: its function sums over the indices."""
        assert isinstance(node, Generator)
        return self.known[id(node.body)]

    def nothing(self, node: Tree) -> Shape | None:
        """Clauses, slices and lists are parts of others."""
        return () if not isinstance(node, ListOf | ListComprehension) else None

    def _fault(self, code: str, message: str, node: Tree, label: str, hint: str = "") -> None:
        self.faults.append(
            Diagnostic(code, message, source=self.source, span=node.span, label=label, hint=hint)
        )

    def _mismatch(self, message: str, one: Shaped, other: Shaped) -> None:
        """One error with both shapes, each under its part of the formula."""
        shapes = [tuple(self.resolve(e) for e in shape or ()) for shape, _ in (one, other)]
        self.faults.append(
            Diagnostic(
                "shape-mismatch",
                f"{message}: {shape_text(shapes[0])} and {shape_text(shapes[1])}",
                source=self.source,
                span=one[1].span,
                label=shape_text(shapes[0]),
                related=((other[1].span, shape_text(shapes[1])),),
            )
        )


def _from_end(place: Extent, extent: Extent) -> Extent:
    """Return a slice's end, counted from the array's end where it is a negative number."""
    return extent.plus(place) if place.known and place.constant < 0 else place


def shape_text(shape: Shape) -> str:
    """Return `shape (3, n)`, or `no shape: one number`."""
    if not shape:
        return "no shape: one number"
    inside = ", ".join(str(extent) for extent in shape)
    return f"shape ({inside}{',' if len(shape) == 1 else ''})"


_OF_MATRIX = ("tr", "det", "logdet", "inv", "diag")
_Rule = Callable[[ShapeWalk, Tree], "Shape | None"]
_RULES: Mapping[type, _Rule] = {
    Name: ShapeWalk.name,
    MatrixProduct: ShapeWalk.matrix_product,
    Call: ShapeWalk.call,
    Subscript: ShapeWalk.subscript,
    Transpose: ShapeWalk.transpose,
    Generator: ShapeWalk.generator,
    For: ShapeWalk.nothing,
    Slice: ShapeWalk.nothing,
    NewAxis: ShapeWalk.nothing,
    ListOf: ShapeWalk.nothing,
    ListComprehension: ShapeWalk.nothing,
}
