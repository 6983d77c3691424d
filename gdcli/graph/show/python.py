"""A formula and its gradient as a Python function that needs NumPy only.

The text is made from the graph alone: of the user's words, only names that are plain identifiers
get into it, the others become `x0`, `x1`, …. It is written to be read and kept, not to be fast.
"""

from __future__ import annotations

import keyword
import re
from collections.abc import Mapping, Sequence
from typing import assert_never

from gdcli.graph.derivatives import gradient
from gdcli.graph.formula import Formula
from gdcli.graph.nodes import (
    Access,
    Affine,
    Apply,
    Array,
    Axis,
    Collect,
    Determinant,
    Index,
    Inverse,
    Leaf,
    Node,
    Number,
    Position,
    Product,
    Reduce,
    Scatter,
    Sum,
)
from gdcli.graph.show.style import digits, filled
from gdcli.graph.walk import Item, reachable

_DIRECT: Mapping[str, str] = {
    **{f: f"np.{f}" for f in ("exp", "expm1", "log", "log2", "log10", "log1p", "sqrt", "cbrt")},
    **{f: f"np.{f}" for f in ("sin", "cos", "tan", "sinh", "cosh", "tanh", "sign", "floor")},
    **{f: f"np.{f}" for f in ("ceil", "abs", "less_equal", "less", "equal", "not_equal")},
    **{f"a{f}": f"np.arc{f}" for f in ("sin", "cos", "tan", "sinh", "cosh", "tanh", "tan2")},
    "pow": "np.power",
    "where": "np.where",
    "not": "np.logical_not",
}

_FOLDED: Mapping[str, str] = {
    "max": "np.maximum",
    "min": "np.minimum",
    "hypot": "np.hypot",
    "and": "np.logical_and",
    "or": "np.logical_or",
}

_TESTS = frozenset(("less_equal", "less", "equal", "not_equal", "and", "or", "not"))

_HELPERS: Mapping[str, str] = {
    "relu": "def relu(x):\n    return np.maximum(x, 0.0)\n",
    "softplus": (
        "def softplus(x):\n    return np.maximum(x, 0.0) + np.log1p(np.exp(-np.abs(x)))\n"
    ),
    "sigmoid": (
        "def sigmoid(x):\n    e = np.exp(-np.abs(x))\n"
        "    return np.where(np.asarray(x) >= 0, 1.0, e) / (1.0 + e)\n"
    ),
    **{
        f: f"{f} = np.vectorize(math.{f}, otypes=[float])\n" for f in ("erf", "gamma", "lgamma")
    },
    "digamma": (
        "@np.vectorize\ndef digamma(x):\n"
        "    if x <= 0:\n"
        "        if x == math.floor(x):\n            return math.nan\n"
        "        return digamma(1 - x) - math.pi / math.tan(math.pi * x)\n"
        "    shift = 0.0\n"
        "    while x < 10:\n        shift -= 1 / x\n        x += 1\n"
        "    y = 1 / x**2\n"
        "    series = 1/252 - y * (1/240 - y * (1/132 - y * (691/32760 - y / 12)))\n"
        "    return shift + math.log(x) - 0.5 / x - y * (1/12 - y * (1/120 - y * series))\n"
    ),
    "logdet": (
        "def logdet(a):\n    sign, log = np.linalg.slogdet(a)\n"
        "    return log if sign > 0 else np.nan\n"
    ),
}  # fmt: skip

_INDICES = "ijklmnpq"
_HARMLESS = re.compile(r"[\w\[\]{}(), +\-*/%<>=!.]+", re.ASCII)
"""Spellings of tables that may stand in a comment."""

_TAKEN = frozenset(("np", "math", "value", "data", *_HELPERS))


def gradient_python(formula: Formula, gradients: Sequence[Array] | None = None) -> str:
    """Return the source of `value_and_gradient(variables…, data…)`.

    It takes the variables by name, then the data arrays, and returns the value and a tuple of
    derivatives, one for each variable and of its shape.

    Args:
        gradients: What `derivatives.gradient` gave, if it is at hand.
    """
    arrays = gradient(formula) if gradients is None else gradients
    writer = _Writer([*formula.variables, *(leaf for leaf, _ in formula.data)])
    order = reachable((formula.root, *arrays))
    for item in order:
        writer.write(item)
    used = [f for f in _HELPERS if f in writer.functions]
    names = writer.parameters
    results = ", ".join(writer.name(array) for array in arrays)
    shapes = ", ".join(str(leaf.shape) for leaf in formula.variables)
    lines = [
        *(["import math", ""] if any("math." in _HELPERS[f] for f in used) else []),
        "import numpy as np",
        "",
        *(f"\n{_HELPERS[f]}" for f in used),
        "",
        '@np.errstate(all="ignore")',
        f"def value_and_gradient({', '.join(names)}):",
        f'    """Return f and its derivatives by the first {len(arrays)}, of shapes {shapes}."""',
        *(f"    # {note}" for note in writer.notes),
        *(f"    {line}" for line in writer.lines),
        f"    return {writer.name(formula.root)}, ({results},)",
        "",
    ]
    return "\n".join(lines)


class _Writer:
    def __init__(self, leaves: Sequence[Leaf]) -> None:
        self.lines: list[str] = []
        self.functions: set[str] = set()
        self.parameters: list[str] = []
        self.notes: list[str] = []
        self._names: dict[int, str] = {}
        wanted = {leaf.name for leaf in leaves if _is_plain(leaf.name)}
        for number, leaf in enumerate(leaves):
            name = leaf.name if leaf.name in wanted else f"x{number}"
            while name != leaf.name and name in wanted:
                name += "_"
            self._names[leaf.serial] = name
            self.parameters.append(name)
            if "{" in leaf.name and _HARMLESS.fullmatch(leaf.name):
                index = _INDICES[: len(leaf.shape)]
                self.notes.append(f"{name}[{', '.join(index)}]: {filled(leaf.name, index)}")

    def name(self, item: Item) -> str:
        """Return the text that stands for what was written."""
        return self._names[item.serial]

    def write(self, item: Item) -> None:
        """Add the statement that computes an item from its operands."""
        if isinstance(item, Leaf):
            name = self.name(item)
            kind = "np.asarray({}, dtype=float)" if item.shape else "np.float64({})"
            self.lines.append(f"{name} = {kind.format(name)}")
            return
        if isinstance(item, Number):
            self._names[item.serial] = _literal(item.value)
            return
        if isinstance(item, Access) and not item.index:
            self._names[item.serial] = self.name(item.array)
            return
        target = self._names[item.serial] = f"_{len(self.lines) + 1}"
        if isinstance(item, Scatter):
            self._scatter(item, target)
        else:
            self.lines.append(f"{target} = {self._expression(item)}")

    def _scatter(self, item: Scatter, target: str) -> None:
        if not item.shape:
            totals = [self._summed(entry.value, entry.axes) for entry in item.entries]
            if len(totals) == 1:
                self._names[item.serial] = totals[0]
            else:
                self.lines.append(f"{target} = {' + '.join(totals) or '0.0'}")
            return
        self.lines.append(f"{target} = np.zeros({item.shape})")
        for entry in item.entries:
            index = ", ".join(self._index(part, entry.axes) for part in entry.index)
            value = self._aligned(entry.value, entry.axes)
            extents = tuple(axis.extent for axis in entry.axes)
            if extents:
                value = f"np.broadcast_to({value}, {extents})"
            self.lines.append(f"np.add.at({target}, ({index},), {value})")

    def _summed(self, node: Node, axes: tuple[Axis, ...]) -> str:
        """Return the text of a node summed over axes, which it may lack."""
        extents = tuple(axis.extent for axis in axes)
        if not extents:
            return self.name(node)
        return f"np.sum(np.broadcast_to({self._aligned(node, axes)}, {extents}))"

    def _expression(self, item: Item) -> str:
        match item:
            case Position():
                return f"np.arange({item.axis.extent}.0)"
            case Access():
                index = ", ".join(self._index(part, item.axes) for part in item.index)
                return f"{self.name(item.array)}[{index}]"
            case Sum():
                text = "" if item.constant == 0.0 else _literal(item.constant)
                for c, term in zip(item.coefficients, item.terms, strict=True):
                    size = "" if abs(c) == 1.0 else f"{_literal(abs(c))} * "
                    sign = (" - " if text else "-") if c < 0 else " + " if text else ""
                    text += f"{sign}{size}{self._aligned(term, item.axes)}"
                return text
            case Product():
                pairs = list(zip(item.factors, item.exponents, strict=True))
                above = [self._power(f, e, item.axes) for f, e in pairs if e > 0]
                below = [self._power(f, -e, item.axes) for f, e in pairs if e < 0]
                top = " * ".join(above) or "1.0"
                if len(below) > 1:
                    below = [f"({' * '.join(below)})"]
                return " / ".join((top, *below))
            case Apply():
                return self._apply(item)
            case Reduce():
                body = item.body
                places = tuple(body.axes.index(axis) for axis in item.bound)
                return f"np.{item.operator}({self.name(body)}, axis={places})"
            case Determinant():
                if item.function == "logdet":
                    self.functions.add("logdet")
                function = "np.linalg.det" if item.function == "det" else "logdet"
                return f"{function}({self.name(item.operand)})"
            case Inverse():
                return f"np.linalg.inv({self.name(item.operand)})"
            case Collect():
                value = self._aligned(item.body, item.axes)
                return f"np.broadcast_to({value}, {item.shape})"
            case Number() | Leaf() | Scatter():
                return self.name(item)
        assert_never(item)

    def _power(self, node: Node, exponent: int, axes: tuple[Axis, ...]) -> str:
        text = self._aligned(node, axes)
        return text if exponent == 1 else f"{text}**{exponent}"

    def _apply(self, node: Apply) -> str:
        function = node.function
        parts = [self._aligned(argument, node.axes) for argument in node.arguments]
        if function in _FOLDED:
            text = parts[0]
            for part in parts[1:]:
                text = f"{_FOLDED[function]}({text}, {part})"
        else:
            if function not in _DIRECT:
                self.functions.add(function)
            text = f"{_DIRECT.get(function, function)}({', '.join(parts)})"
        return f"1.0 * {text}" if function in _TESTS else text

    def _aligned(self, node: Node, axes: tuple[Axis, ...]) -> str:
        """Return the text of a node with a dimension for each of `axes`."""
        name = self.name(node)
        if node.axes in (axes, ()):
            return name
        index = ", ".join(":" if axis in node.axes else "None" for axis in axes)
        return f"{name}[{index}]"

    def _index(self, index: Index, axes: tuple[Axis, ...]) -> str:
        """Return the text of an index over all of `axes`."""
        if not isinstance(index, Affine):
            inner = ", ".join(self._index(part, axes) for part in index.position)
            return f"{self.name(index.table)}[{inner}].astype(int)"
        terms = []
        for axis, coefficient in index.terms:
            text = f"np.arange({axis.extent})"
            if len(axes) > 1:
                place = ", ".join(":" if a == axis else "None" for a in axes)
                text += f"[{place}]"
            terms.append(text if coefficient == 1 else f"{coefficient} * {text}")
        if index.offset or not terms:
            terms.append(str(index.offset))
        return " + ".join(terms)


def _literal(value: float) -> str:
    text = digits(value)
    if "inf" in text or "nan" in text:
        return text.replace("inf", "np.inf").replace("nan", "np.nan")
    if not any(mark in text for mark in ".e"):
        text += ".0"
    return f"({text})" if text.startswith("-") else text


def _is_plain(name: str) -> bool:
    """Tell whether a user's name can stand in the text as it is."""
    usual = name.isascii() and name.isidentifier() and not name.startswith("_")
    return usual and not keyword.iskeyword(name) and name not in _TAKEN
