"""Elementwise nodes as passes: calls of NumPy's functions that write into buffers.

What counts is how often memory is passed over. A recipe is a short list of passes; the result is
slot 0, which the first pass that writes to it creates, and the other slots are scratch.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

from gdcli.codegen.contractions import union
from gdcli.codegen.operations import OPERATIONS
from gdcli.graph.nodes import Apply, Axis, Number, Product, Sum
from gdcli.records import dataclass


@dataclass(frozen=True, slots=True)
class Value:
    """Something that is there: a name (or a number, or a scalar expression) and its axes.

    `truth` says that its elements are truth values.
    """

    text: str
    axes: tuple[Axis, ...] = ()
    truth: bool = False


@dataclass(frozen=True, slots=True)
class Slot:
    """The result (0) or scratch of a recipe."""

    number: int
    axes: tuple[Axis, ...]
    truth: bool = False


Argument: TypeAlias = Value | Slot


@dataclass(frozen=True, slots=True)
class Pass:
    """`function(arguments, out)`. `copy` has an argument and perhaps a mask to copy under."""

    function: str
    arguments: tuple[Argument, ...]
    out: Slot


class Recipe:
    """Passes under construction."""

    def __init__(self, axes: tuple[Axis, ...], truth: bool = False) -> None:
        self.result = Slot(0, axes, truth)
        self.passes: list[Pass] = []
        self._slots = 0

    def scratch(self, axes: tuple[Axis, ...], truth: bool = False) -> Slot:
        """Return a new slot."""
        self._slots += 1
        return Slot(self._slots, axes, truth)

    def put(self, out: Slot, function: str, *arguments: Argument) -> Slot:
        """Add a pass."""
        self.passes.append(Pass(function, arguments, out))
        return out


def literal(value: float) -> Value:
    """Return a number as it is written."""
    if value != value:
        return Value("_nan")
    if value in (float("inf"), float("-inf")):
        return Value("_inf" if value > 0 else "(-_inf)")
    return Value(repr(float(value)))


# --- sums ----------------------------------------------------------------------------------------


def sum_recipe(node: Sum, values: Sequence[Value]) -> Recipe:
    """Return `constant + Σ coefficient·term`."""
    recipe = Recipe(node.axes)
    pairs = list(zip(node.coefficients, values, strict=True))
    scalars = [(c, v) for c, v in pairs if not v.axes]
    arrays = [(c, v) for c, v in pairs if v.axes]
    rest = scalar_sum(node.constant, scalars) if scalars or node.constant != 0.0 else None
    sizes = {abs(c) for c, _ in arrays}
    common = sizes.pop() if len(sizes) == 1 and len(arrays) > 1 else 1.0
    if common not in (0.0, 1.0):
        lead = common if arrays[0][0] > 0 else -common
        _add_up(recipe, [(c / lead, v) for c, v in arrays], None)
        recipe.put(recipe.result, "multiply", recipe.result, literal(lead))
        if rest is not None:
            recipe.put(recipe.result, "add", recipe.result, rest)
    else:
        _add_up(recipe, arrays, rest)
    return recipe


def scalar_sum(constant: float, terms: Sequence[tuple[float, Value]]) -> Value:
    """Return `constant + Σ coefficient·term` of terms without axes, as an expression."""
    parts = [literal(constant).text] if constant != 0.0 or not terms else []
    for c, value in terms:
        text = value.text if abs(c) == 1.0 else f"{literal(abs(c)).text}*{value.text}"
        sign = "-" if c < 0 else "+" if parts else ""
        parts.append(f"{sign}{text}")
    return Value(parts[0] if len(parts) == 1 and parts[0].isidentifier() else f"({''.join(parts)})")


def _add_up(recipe: Recipe, arrays: list[tuple[float, Value]], rest: Value | None) -> None:
    out = recipe.result
    waiting = sorted(arrays, key=lambda pair: (abs(pair[0]) == 1.0, -len(pair[1].axes)))
    c, value = waiting.pop(0)
    if abs(c) != 1.0:
        recipe.put(out, "multiply", value, literal(c))
    elif not waiting:
        if rest is not None:
            recipe.put(
                out, "add" if c > 0 else "subtract", *((value, rest) if c > 0 else (rest, value))
            )
        elif c > 0:
            recipe.put(out, "add", value, literal(0.0))
        else:
            recipe.put(out, "negative", value)
        return
    elif c < 0 and rest is not None:
        recipe.put(out, "subtract", rest, value)
        rest = None
    else:
        if c < 0 and any(d > 0 for d, _ in waiting):
            other = next(k for k, (d, _) in enumerate(waiting) if d > 0)
            (c, value), waiting[other] = waiting[other], (c, value)
        d, second = waiting.pop(0)
        recipe.put(out, "add" if c * d > 0 else "subtract", value, second)
        if c < 0:
            recipe.put(out, "negative", out)
    for c, value in waiting:
        term: Argument = value
        if abs(c) != 1.0:
            term = recipe.put(recipe.scratch(value.axes), "multiply", value, literal(abs(c)))
        recipe.put(out, "add" if c > 0 else "subtract", out, term)
    if rest is not None:
        recipe.put(out, "add", out, rest)


# --- products ------------------------------------------------------------------------------------


def product_recipe(node: Product, values: Sequence[Value]) -> Recipe:
    """Return `Π factor**exponent`, powers by squaring and multiplying."""
    recipe = Recipe(node.axes)
    pairs = list(zip(values, node.exponents, strict=True))
    scalars = [(v, e) for v, e in pairs if not v.axes]
    above = [(v, e) for v, e in pairs if v.axes and e > 0]
    below = [(v, -e) for v, e in pairs if v.axes and e < 0]
    factor = Value(scalar_product(scalars)) if scalars else None
    if not above:
        under = _multiply_up(recipe, below, None)
        recipe.put(recipe.result, "divide", factor or literal(1.0), under)
        return recipe
    total = _multiply_up(recipe, above, factor)
    for value, exponent in below:
        total = recipe.put(recipe.result, "divide", total, _power(recipe, value, exponent, None))
    if total != recipe.result:
        recipe.put(recipe.result, "add", total, literal(0.0))
    return recipe


def scalar_product(factors: Sequence[tuple[Value, int]]) -> str:
    """Return a product of powers of things without axes, as an expression."""
    above = [f"{v.text}" for v, e in factors if e > 0 for _ in range(e)]
    below = [f"{v.text}" for v, e in factors if e < 0 for _ in range(-e)]
    text = "*".join(above) or "1.0"
    if below:
        text += f"/({'*'.join(below)})"
    return text if text.isidentifier() else f"({text})"


def _multiply_up(
    recipe: Recipe, factors: list[tuple[Value, int]], scalar: Value | None
) -> Argument:
    """Multiply powers, what has fewer axes first; return where the product is."""
    groups: dict[tuple[Axis, ...], list[tuple[Value, int]]] = {}
    for value, exponent in factors:
        groups.setdefault(value.axes, []).append((value, exponent))
    total: Argument | None = scalar
    full = recipe.result.axes
    for axes in sorted(groups, key=len):
        members = sorted(groups[axes], key=lambda pair: -pair[1])
        own: Argument | None = total if total is not None and not total.axes else None
        into = recipe.result if axes == full else None
        for value, exponent in members:
            if own is None:
                own = _power(recipe, value, exponent, into)
            else:
                factor = _power(recipe, value, exponent, None)
                out = into or (own if isinstance(own, Slot) and own.axes else recipe.scratch(axes))
                own = recipe.put(out, "multiply", own, factor)
        assert own is not None
        if total is None or not total.axes:
            total = own
        else:
            both = union((total.axes, axes))
            out = recipe.result if both == full else recipe.scratch(both)
            total = recipe.put(out, "multiply", total, own)
    assert total is not None
    return total


def _power(recipe: Recipe, value: Value, exponent: int, into: Slot | None) -> Argument:
    """Return `value**exponent`, in `into` or scratch if it takes a pass."""
    if exponent == 1:
        return value
    out = into or recipe.scratch(value.axes)
    current: Argument = value
    for bit in bin(exponent)[3:]:
        current = recipe.put(out, "multiply", current, current)
        if bit == "1":
            current = recipe.put(out, "multiply", out, value)
    return current


def power_recipe(value: Value, exponent: int) -> Recipe:
    """Return `value**exponent` for a whole exponent other than 0 and 1."""
    recipe = Recipe(value.axes)
    power = _power(recipe, value, abs(exponent), recipe.result)
    if exponent < 0:
        recipe.put(recipe.result, "divide", literal(1.0), power)
    return recipe


# --- functions -----------------------------------------------------------------------------------


def apply_recipe(node: Apply, values: Sequence[Value], truth: bool) -> Recipe:
    """Return a function of the table; `truth` asks for truth values."""
    recipe = Recipe(node.axes, truth)
    out = recipe.result
    if node.function == "where":
        test, chosen, other = values
        mask: Argument = test
        if not test.axes:
            mask = Value(f"({test.text} != 0.0)", truth=True)
        elif not test.truth:
            mask = recipe.put(recipe.scratch(test.axes, True), "not_equal", test, literal(0.0))
        recipe.put(out, "copy", other)
        recipe.put(out, "copy", chosen, mask)
        return recipe
    if node.function == "pow" and _half(node):
        _half_power(recipe, values[0], node.arguments[1])
        return recipe
    row = OPERATIONS[node.function]
    if not row.folds:
        recipe.put(out, node.function, *values)
        return recipe
    if len(values) == 1:
        same = "not_equal" if row.condition else "abs" if node.function == "hypot" else "add"
        recipe.put(out, same, values[0], *(() if same == "abs" else (literal(0.0),)))
        return recipe
    # What has all axes first, so that every pass has the shape of the result.
    first, *others = sorted(values, key=lambda v: -len(v.axes))
    total: Argument = first
    for value in others:
        total = recipe.put(out, node.function, total, value)
    return recipe


def _half(node: Apply) -> bool:
    exponent = node.arguments[1]
    return (
        isinstance(exponent, Number)
        and abs(exponent.value) <= 8.0
        and (exponent.value * 2.0) % 2.0 == 1.0
        and bool(node.arguments[0].axes)
    )


def _half_power(recipe: Recipe, base: Value, exponent: object) -> None:
    """Write a power with an exponent such as 1.5 by a square root, 8 times as fast."""
    assert isinstance(exponent, Number)
    whole = int(abs(exponent.value))
    out = recipe.result
    root = out if whole == 0 else recipe.scratch(base.axes)
    recipe.put(root, "sqrt", base)
    if whole:
        recipe.put(out, "multiply", _power(recipe, base, whole, None), root)
    if exponent.value < 0:
        recipe.put(out, "divide", literal(1.0), out)
