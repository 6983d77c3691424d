"""Reduce nodes as statements: dots, matrix products, and ufunc reductions."""

from __future__ import annotations

from collections.abc import Mapping

from gdcli.codegen import contractions
from gdcli.codegen.contractions import Operand, Term
from gdcli.codegen.targets.elementwise import Value, literal, power_recipe, scalar_product
from gdcli.codegen.targets.writer import Writer
from gdcli.graph.nodes import NEUTRAL, Axis, Reduce
from gdcli.records import dataclass

_FUNCTIONS: Mapping[str, str] = {
    "sum": "add",
    "prod": "multiply",
    "max": "max",
    "min": "min",
}


@dataclass(frozen=True, slots=True)
class Accumulator:
    """What one term of a Reduce adds up to over the blocks of a loop."""

    name: str
    term: Term


def accumulators(writer: Writer, node: Reduce, loop: Axis) -> list[Accumulator]:
    """Write the neutral elements of a Reduce that a loop accumulates, before the loop."""
    found = []
    neutral = literal(NEUTRAL[node.operator]).text
    for term in contractions.terms(node):
        if loop in term.bound:
            name = writer.names.new("s")
            found.append(Accumulator(name, term))
            if not node.axes:
                start = f"{writer.function('n')}({neutral})"
            else:
                lengths = "".join(f"{axis.extent}," for axis in node.axes)
                start = f"{writer.function('full')}(({lengths}), {neutral})"
            if "inf" in neutral:
                writer.function("inf")
            writer.outer(f"{name} = {start}")
    return found


def accumulate(writer: Writer, node: Reduce, parts: list[Accumulator]) -> None:
    """Write what a block adds."""
    function = _FUNCTIONS[node.operator]
    for part in parts:
        value = reduced(writer, node, part.term)
        if not node.axes and function == "add":
            writer.line(f"{part.name} += {value.text}")
        elif not node.axes:
            writer.line(f"{part.name} = {writer.function(function)}({part.name}, {value.text})")
        else:
            text = writer.aligned(value, value.text, node.axes)
            writer.call(function, (part.name, text), part.name)
        writer.scope.release(value.text)


def finish(writer: Writer, node: Reduce, parts: list[Accumulator]) -> Value:
    """Write the sum of all terms after the loop, those that the loop did not see included."""
    done = {part.term: part.name for part in parts}
    pairs = []
    for term in contractions.terms(node):
        if term in done:
            pairs.append((term.coefficient, Value(done[term], node.axes)))
        elif term.operands:
            pairs.append((term.coefficient, reduced(writer, node, term)))
        else:
            pairs.append((term.coefficient, Value("1.0")))
    return total(writer, node, pairs)


def total(writer: Writer, node: Reduce, pairs: list[tuple[float, Value]]) -> Value:
    """Write `Σ coefficient·value`; only a Reduce without axes has several values."""
    if not node.axes:
        expression = Value(pairs[0][1].text) if len(pairs) == 1 and pairs[0][0] == 1.0 else None
        text = (expression or contractions_sum(pairs)).text
        name = writer.names.new("t")
        writer.line(f"{name} = {text}")
        return Value(name)
    ((coefficient, value),) = pairs
    if coefficient != 1.0:
        factor = literal(coefficient).text
        writer.line(f"{writer.function('multiply')}({value.text}, {factor}, {value.text})")
    return Value(value.text, node.axes)


def contractions_sum(pairs: list[tuple[float, Value]]) -> Value:
    """Return `Σ coefficient·value` of values without axes."""
    parts = [
        value.text if coefficient == 1.0 else f"{literal(coefficient).text}*{value.text}"
        for coefficient, value in pairs
    ]
    return Value(f"({'+'.join(parts)})")


def reduced(writer: Writer, node: Reduce, term: Term, into: str | None = None) -> Value:
    """Write a term, reduced over its bound axes as far as the present block goes.

    The value is fresh: a scalar, or a buffer that the caller releases.
    """
    if node.operator != "sum":
        value = writer.value(term.operands[0].node)
        return _folded(writer, value, term.bound, _FUNCTIONS[node.operator], into)
    operands = dict(enumerate(_operand(writer, operand) for operand in term.operands))
    fresh = {
        k for k, operand in enumerate(term.operands) if operand.exponent != 1 and operands[k].axes
    }
    steps = contractions.order([value.axes for value in operands.values()], term.bound)
    for step in steps:
        number = len(operands)
        target = into if step is steps[-1] else None
        left = operands[step.left]
        if step.right is None:
            operands[number] = _folded(writer, left, step.summed, "add", target)
        else:
            right = operands[step.right]
            operands[number] = _contracted(writer, left, right, step.summed, step.axes, target)
        for used in (step.left, step.right):
            if used is not None and used in fresh:
                writer.scope.release(operands[used].text)
        fresh.add(number)
    return operands[len(operands) - 1]


def _operand(writer: Writer, operand: Operand) -> Value:
    value = writer.value(operand.node)
    if operand.exponent == 1:
        return value
    if not value.axes:
        return Value(scalar_product([(value, operand.exponent)]))
    return Value(writer.run(power_recipe(value, operand.exponent), set()), value.axes)


def _out(writer: Writer, axes: tuple[Axis, ...], into: str | None) -> str:
    """Return the name of what an array with these axes is written to."""
    if into is None:
        return writer.scope.buffer(axes)
    return writer.named(into)


def _folded(
    writer: Writer, value: Value, bound: tuple[Axis, ...], function: str, into: str | None
) -> Value:
    """Write a ufunc's reduction over some of a value's axes."""
    rest = tuple(axis for axis in value.axes if axis not in bound)
    places = [k for k, axis in enumerate(value.axes) if axis in bound]
    where = str(places[0]) if len(places) == 1 else f"({', '.join(map(str, places))})"
    if len(places) == len(value.axes):
        where = "None"
    call = f"{writer.function(function)}.reduce({value.text}, {where}"
    if not rest:
        name = writer.names.new("t")
        writer.line(f"{name} = {call})")
        return Value(name)
    out = _out(writer, rest, into)
    writer.line(f"{call}, None, {out})")
    return Value(out, rest)


def _contracted(
    writer: Writer,
    left: Value,
    right: Value,
    summed: tuple[Axis, ...],
    axes: tuple[Axis, ...],
    into: str | None,
) -> Value:
    """Write the product of two values, summed over axes that both have."""
    if not axes:
        return _number(writer, left, right)
    out = _out(writer, axes, into)
    if not summed:
        a = writer.aligned(left, left.text, axes)
        b = writer.aligned(right, right.text, axes)
        writer.line(f"{writer.function('multiply')}({a}, {b}, {out})")
        return Value(out, axes)
    shared = [axis for axis in axes if axis in left.axes and axis in right.axes]
    if len(left.axes) < len(right.axes):
        left, right = right, left
    if len(summed) == 1 and not shared:
        (axis,) = summed
        if len(left.axes) == 2 and len(right.axes) == 1:
            a = left.text if left.axes[1] == axis else f"{left.text}.T"
            writer.line(f"{writer.function('matmul')}({a}, {right.text}, {out})")
            return Value(out, axes)
        if len(left.axes) == len(right.axes) == 2:
            if axes[0] in right.axes:
                left, right = right, left
            a = left.text if left.axes[1] == axis else f"{left.text}.T"
            b = right.text if right.axes[0] == axis else f"{right.text}.T"
            writer.line(f"{writer.function('matmul')}({a}, {b}, {out})")
            return Value(out, axes)
    if len(summed) == 1 and left.axes == right.axes:
        place = left.axes.index(summed[0]) - len(left.axes)
        extra = "" if place == -1 else f", axis={place}"
        call = f"{writer.function('vecdot')}({left.text}, {right.text}, {out}{extra})"
        writer.line(call)
        return Value(out, axes)
    plan = _product_plan(left.axes, right.axes, summed, axes)
    writer.line(f"{writer.function('product')}({left.text}, {right.text}, {plan}, {out})")
    return Value(out, axes)


def _number(writer: Writer, left: Value, right: Value) -> Value:
    name = writer.names.new("t")
    if not left.axes or not right.axes:
        writer.line(f"{name} = {left.text}*{right.text}")
    else:
        # Both have just the axes that are summed.
        dot = writer.function("dot" if len(left.axes) == 1 else "vdot")
        writer.line(f"{name} = {dot}({left.text}, {right.text})")
    return Value(name)


def _product_plan(
    left: tuple[Axis, ...],
    right: tuple[Axis, ...],
    summed: tuple[Axis, ...],
    axes: tuple[Axis, ...],
) -> str:
    """Return how `special.batched_product` has to turn its operands, as text of numbers.

    (order of the left's dimensions: shared, own, summed; order of the right's: shared, summed,
    own; how many are shared, and own to each; order of the result's dimensions).
    """
    shared = [axis for axis in axes if axis in left and axis in right]
    own_left = [axis for axis in axes if axis in left and axis not in right]
    own_right = [axis for axis in axes if axis in right and axis not in left]
    turn_left = [left.index(axis) for axis in (*shared, *own_left, *summed)]
    turn_right = [right.index(axis) for axis in (*shared, *summed, *own_right)]
    made = [*shared, *own_left, *own_right]
    turn_out = [made.index(axis) for axis in axes]
    return repr((tuple(turn_left), tuple(turn_right), len(shared), len(own_left), tuple(turn_out)))
