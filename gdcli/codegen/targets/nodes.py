"""One node as statements: numbers as expressions, arrays as passes into a buffer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import assert_never

from gdcli.codegen import contractions
from gdcli.codegen.operations import OPERATIONS
from gdcli.codegen.plan import Program
from gdcli.codegen.schedule import inputs
from gdcli.codegen.targets import reductions
from gdcli.codegen.targets.elementwise import (
    Value,
    apply_recipe,
    product_recipe,
    scalar_product,
    scalar_sum,
    sum_recipe,
)
from gdcli.codegen.targets.writer import Writer
from gdcli.graph.nodes import (
    Access,
    Apply,
    Determinant,
    Node,
    Number,
    Position,
    Product,
    Reduce,
    Sum,
)

_PAIR = frozenset(("softplus", "sigmoid"))
_LOGICAL = frozenset(("and", "or", "not"))
_LONG_POWER = 4


def truths(program: Program) -> frozenset[int]:
    """Return the conditions that nothing reads as a number, so that truth values will do."""
    conditions = {
        item.serial
        for item in program.items
        if isinstance(item, Apply) and item.axes and OPERATIONS[item.function].condition
    }
    for item in program.items:
        read = list(inputs(item))
        if isinstance(item, Apply) and item.function == "where":
            read = read[1:]
        elif isinstance(item, Apply) and item.function in _LOGICAL:
            continue
        conditions.difference_update(part.serial for part in read)
    return frozenset(conditions)


class NodeWriter:
    """Writes nodes that are computed, not viewed.

    Attributes:
        result: The name of the last one written.
    """

    def __init__(self, writer: Writer, program: Program) -> None:
        self._writer = writer
        self._partners = _partners(program)
        self._summed = _summed(program)
        self.result = ""

    def write(self, node: Node, into: str | None = None) -> None:
        """Write a node, into the view whose text is given, or a buffer."""
        writer = self._writer
        if not node.axes:
            self._keep(node, self._number(node))
            return
        match node:
            case Sum():
                recipe = sum_recipe(node, [writer.value(term) for term in node.terms])
            case Product():
                recipe = product_recipe(node, [writer.value(f) for f in node.factors])
            case Apply() if node.function in _PAIR:
                self._pair(node, into)
                return
            case Apply():
                values = [writer.value(argument) for argument in node.arguments]
                recipe = apply_recipe(node, values, node.serial in writer.truths)
            case Access():
                places, axes = writer.positions(node.array, node.index)
                out = writer.named(into) if into else writer.scope.buffer(axes)
                flat = writer.flat(node.array)
                # The places were checked when they were made, so clipping changes nothing.
                writer.line(f"{writer.function('take')}({flat}, {places}, None, {out}, 'clip')")
                self._keep(node, out)
                return
            case Reduce():
                (term,) = contractions.terms(node)
                value = reductions.reduced(writer, node, term, into)
                self._keep(node, reductions.total(writer, node, [(term.coefficient, value)]).text)
                return
            case Number() | Position() | Determinant():
                raise TypeError(f"{type(node).__name__} is not computed")
            case _:
                assert_never(node)
        self._keep(node, writer.run(recipe, writer.dying(_operands(node)), into))

    def _keep(self, node: Node, name: str) -> None:
        writer = self._writer
        writer.scope.here[node.serial] = Value(name, node.axes, node.serial in writer.truths)
        self.result = name

    def _pair(self, node: Apply, into: str | None) -> None:
        """Write softplus, sigmoid, or both of one argument, which share the exponential."""
        writer, scope = self._writer, self._writer.scope
        if node.serial in scope.here:
            # Its partner came first, and could not know where this one belongs.
            self.result = scope.here[node.serial].text
            if into is not None:
                place = writer.named(into)
                writer.line(f"{writer.function('copyto')}({place}, {self.result})")
            return
        (argument,) = node.arguments
        value = writer.value(argument).text
        out = writer.named(into) if into else scope.buffer(node.axes)
        partner = self._partners.get(node.serial)
        sums = "summed_" if node.serial in self._summed else ""
        if partner is None or partner.serial not in scope.planned or partner.serial in scope.here:
            name = f"{sums}softplus" if node.function == "softplus" else "sigmoid"
            writer.line(f"{writer.function(name)}({value}, {out})")
            self._keep(node, out)
            return
        other = scope.buffer(node.axes)
        if node.function == "sigmoid":
            sums = "summed_" if partner.serial in self._summed else ""
            soft, sigmoid = other, out
        else:
            soft, sigmoid = out, other
        writer.line(f"{writer.function(f'{sums}softplus_sigmoid')}({value}, {soft}, {sigmoid})")
        self._keep(partner, other)
        self._keep(node, out)

    def _number(self, node: Node) -> str:
        """Write a node without axes; return its name."""
        writer = self._writer
        match node:
            case Sum():
                terms = zip(node.coefficients, map(writer.value, node.terms), strict=True)
                text = scalar_sum(node.constant, list(terms)).text
            case Product():
                values = [self._powered(writer.value(f), e) for f, e in _factors(node)]
                text = scalar_product(values)
            case Apply():
                text = self._applied(node, [writer.value(a).text for a in node.arguments])
            case Access():
                places, _ = writer.positions(node.array, node.index)
                text = f"{writer.flat(node.array)}[{places}]"
            case Reduce():
                pairs: list[tuple[float, Value]] = []
                for term in contractions.terms(node):
                    value = reductions.reduced(writer, node, term) if term.operands else None
                    pairs.append((term.coefficient, value or Value("1.0")))
                return reductions.total(writer, node, pairs).text
            case Number() | Position() | Determinant():
                raise TypeError(f"{type(node).__name__} is not computed")
            case _:
                assert_never(node)
        name = writer.names.new("t")
        writer.line(f"{name} = {text}")
        return name

    def _powered(self, value: Value, exponent: int) -> tuple[Value, int]:
        """Return a base and a small exponent of the same value, by squaring if need be."""
        if abs(exponent) < _LONG_POWER:
            return value, exponent
        writer = self._writer
        name = writer.names.new("t")
        writer.line(f"{name} = {value.text}")
        for bit in bin(abs(exponent))[3:]:
            writer.line(f"{name} = {name}*{name}" + (f"*{value.text}" if bit == "1" else ""))
        return Value(name), 1 if exponent > 0 else -1

    def _applied(self, node: Apply, arguments: Sequence[str]) -> str:
        writer = self._writer
        row = OPERATIONS[node.function]
        if node.function == "where":
            test, chosen, other = arguments
            return f"{writer.function('n')}({chosen} if {test} != 0.0 else {other})"
        name = writer.function(node.function)
        if row.folds:
            text = arguments[0]
            for argument in arguments[1:]:
                text = f"{name}({text}, {argument})"
        else:
            text = f"{name}({', '.join(arguments)})"
        return f"{writer.function('n')}({text})" if row.condition else text


def _partners(program: Program) -> dict[int, Apply]:
    """Return for every softplus the sigmoid of the same argument, and the other way round."""
    found: dict[tuple[str, int], Apply] = {}
    for item in program.items:
        if isinstance(item, Apply) and item.function in _PAIR:
            found[item.function, item.arguments[0].serial] = item
    partners = {}
    for (function, argument), item in found.items():
        other = found.get(("sigmoid" if function == "softplus" else "softplus", argument))
        if other is not None:
            partners[item.serial] = other
    return partners


def _summed(program: Program) -> frozenset[int]:
    """Return the softplus nodes that only sums over axes read.

    In a sum an absolute error of a rounding each is as good as a relative one.
    """
    found = {
        item.serial
        for item in program.items
        if isinstance(item, Apply) and item.function == "softplus" and item.axes
    }
    for item in program.items:
        if not isinstance(item, Reduce) or item.operator != "sum":
            found.difference_update(part.serial for part in inputs(item))
    return frozenset(found)


def _factors(node: Product) -> list[tuple[Node, int]]:
    return list(zip(node.factors, node.exponents, strict=True))


def _operands(node: Sum | Product | Apply) -> tuple[Node, ...]:
    match node:
        case Sum():
            return node.terms
        case Product():
            return node.factors
        case Apply():
            return node.arguments
