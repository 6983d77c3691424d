"""The value of a formula in high precision, straight from its syntax tree.

The second path of `gd verify`: it shares nothing with the graph, the compiled code or the plain
evaluation of trees. Generators run index by index. Slow, and meant to be.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Generator, Iterator, Mapping
from typing import Any, TypeAlias

import numpy as np

from gdcli.batches.precise_functions import Functions, Undefined, elementwise
from gdcli.deadline import Deadline
from gdcli.language import tree as t
from gdcli.language.functions import CONSTANTS

MAX_ELEMENTS = 2_000_000
"""Larger arrays of high-precision numbers would not fit."""

Indices: TypeAlias = Mapping[str, int]
_Work: TypeAlias = "Generator[tuple[t.Tree, Indices], Any, Any]"

_COMPARE: Mapping[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
    "==": operator.eq, "!=": operator.ne,
}  # fmt: skip


class Precise:
    """Evaluates trees with `digits` digits.

    Args:
        values: Constants and variables: floats, arrays, or numbers of mpmath.
        deadline: Asked now and then.
    """

    def __init__(self, values: Mapping[str, Any], digits: int, deadline: Deadline) -> None:
        import mpmath

        self.mp = mpmath.MPContext()
        self.mp.dps = digits
        self._functions = Functions(self.mp)
        self._deadline = deadline
        self._given = values
        self._known: dict[str, Any] = {}
        self._steps = 0

    def put(self, name: str, value: Any) -> None:
        """Give a variable another value: numbers of this context, or an object array of them."""
        self._known[name] = value

    def number(self, value: Any) -> Any:
        """Return a double, or an array of them, as exact numbers of this context."""
        if np.ndim(value) == 0:
            return self.mp.mpf(float(value))
        array = np.asarray(value)
        if array.size > MAX_ELEMENTS:
            raise Undefined("the arrays are too large for high precision")
        out = np.empty(array.shape, dtype=object)
        for place, part in np.ndenumerate(array):
            out[place] = self.mp.mpf(float(part))
        return out

    def value(self, root: t.Tree) -> Any:
        """Return the value of a tree, a real number.

        Raises:
            Undefined: Something that high precision cannot do.
            DeadlineReached, Interrupted: By the deadline.
        """
        stack: list[_Work] = [self._work(root, {})]
        answer: Any = None
        while stack:
            try:
                part, indices = stack[-1].send(answer)
            except StopIteration as stop:
                answer = stop.value
                stack.pop()
                continue
            answer = self._leaf(part, indices)
            if answer is None:
                stack.append(self._work(part, indices))
        if isinstance(answer, np.ndarray):
            raise Undefined("the formula is an array")
        return self.mp.mpf(answer)

    def _leaf(self, node: t.Tree, indices: Indices) -> Any:
        match node:
            case t.Number(value=value, is_integer=True) if abs(value) < 2**53:
                return int(value)
            case t.Number(value=value):
                return self.mp.mpf(value)
            case t.Name(name=name):
                return indices[name] if name in indices else self._named(name)
            case _:
                return None

    def _named(self, name: str) -> Any:
        if name not in self._known:
            given = self._given[name] if name in self._given else CONSTANTS[name]
            self._known[name] = self.number(given)
        return self._known[name]

    def _work(self, node: t.Tree, indices: Indices) -> _Work:
        self._steps += 1
        if self._steps % 4096 == 0:
            self._deadline.check()
        match node:
            case t.Number() | t.Name():
                return self._at_once(node, indices)
            case t.Conditional():
                return self._conditional(node, indices)
            case t.Logical():
                return self._logical(node, indices)
            case t.Call(arguments=(t.Generator() as generator,)):
                return self._generator(node, generator, indices)
            case t.Subscript():
                return self._subscript(node, indices)
            case t.Compare():
                return self._compare(node, indices)
            case _:
                return self._operation(node, indices)

    def _at_once(self, node: t.Tree, indices: Indices) -> _Work:
        return self._leaf(node, indices)
        yield

    def _operation(self, node: t.Tree, indices: Indices) -> _Work:
        functions = self._functions
        match node:
            case t.Sum(terms=parts, negated=flags) | t.Product(factors=parts, divided=flags):
                plain, other = (
                    (operator.add, operator.sub)
                    if isinstance(node, t.Sum)
                    else (operator.mul, functions.divide)
                )
                total = yield parts[0], indices
                for part, flag in zip(parts[1:], flags[1:], strict=True):
                    total = elementwise(other if flag else plain, total, (yield part, indices))
                return total
            case t.MatrixProduct(factors=parts):
                total = yield parts[0], indices
                for part in parts[1:]:
                    total = functions.dot(total, (yield part, indices))
                return total
            case t.Negative(operand=part):
                return elementwise(operator.neg, (yield part, indices))
            case t.Not(operand=part):
                return elementwise(operator.not_, (yield part, indices))
            case t.Transpose(operand=part):
                return np.transpose((yield part, indices))
            case t.Power(base=base, exponent=exponent):
                below = yield base, indices
                return elementwise(functions.power, below, (yield exponent, indices))
            case t.IntegerDivision(left=left, right=right, operator=sign):
                first = yield left, indices
                second = yield right, indices
                if second == 0:
                    raise Undefined("a division by zero among indices")
                return (operator.floordiv if sign == "//" else operator.mod)(
                    _whole(first), _whole(second)
                )
            case t.Call(arguments=parts):
                values = []
                for part in parts:
                    values.append((yield part, indices))
                return functions.call(node, values)
            case _:
                raise Undefined("a part of the formula has no high-precision form")

    def _compare(self, node: t.Compare, indices: Indices) -> _Work:
        left = yield node.operands[0], indices
        holds: Any = True
        for operand, sign in zip(node.operands[1:], node.operators, strict=True):
            right = yield operand, indices
            test = elementwise(_COMPARE[sign], left, right)
            holds = elementwise(lambda a, b: a and b, holds, test)
            left = right
        return holds

    def _conditional(self, node: t.Conditional, indices: Indices) -> _Work:
        test = yield node.test, indices
        if isinstance(test, np.ndarray):
            body = yield node.body, indices
            otherwise = yield node.otherwise, indices
            return elementwise(lambda c, a, b: a if c else b, test, body, otherwise)
        return (yield (node.body if test else node.otherwise), indices)

    def _logical(self, node: t.Logical, indices: Indices) -> _Work:
        stops = node.operator == "or"
        value = yield node.operands[0], indices
        for operand in node.operands[1:]:
            if not isinstance(value, np.ndarray) and bool(value) == stops:
                return value
            other = yield operand, indices
            value = elementwise((lambda a, b: a or b) if stops else (lambda a, b: a and b),
                                value, other)  # fmt: skip
        return value

    def _generator(self, node: t.Call, generator: t.Generator, indices: Indices) -> _Work:
        values: list[Any] = []
        yield from self._clauses(generator.clauses, generator.body, indices, values)
        return self._functions.fold(node.function, values)

    def _clauses(
        self, clauses: tuple[t.For, ...], body: t.Tree, indices: Indices, values: list[Any]
    ) -> _Work:
        if not clauses:
            values.append((yield body, indices))
            return None
        clause = clauses[0]
        bounds = [0, 0, 1]
        for k, part in enumerate((clause.start, clause.stop, clause.step)):
            if part is not None:
                bounds[k] = _whole((yield part, indices))
        if not bounds[2]:
            raise Undefined("the step of a range is 0")
        for index in range(*bounds):
            inner = {**indices, clause.index: index}
            for condition in clause.conditions:
                if not (yield condition, inner):
                    break
            else:
                yield from self._clauses(clauses[1:], body, inner, values)
        return None

    def _subscript(self, node: t.Subscript, indices: Indices) -> _Work:
        value = yield node.base, indices
        if not isinstance(value, np.ndarray):
            raise Undefined("an index into a number")
        axis = 0
        for item in node.items:
            match item:
                case t.NewAxis():
                    value = np.expand_dims(value, axis)
                    axis += 1
                case t.Slice(start=start, stop=stop, step=step):
                    bounds: list[int | None] = []
                    for part in (start, stop, step):
                        bounds.append(None if part is None else _whole((yield part, indices)))
                    value = value[(slice(None),) * axis + (slice(*bounds),)]
                    axis += 1
                case _:
                    place = yield item, indices
                    value, gained = _taken(value, place, axis)
                    axis += gained
        return value


def _taken(value: Any, place: Any, axis: int) -> tuple[Any, int]:
    """Return what stands at an index, or at an array of them, and how many axes that has."""
    extent = value.shape[axis]
    places = np.asarray(
        [_whole(p) for p in place.reshape(-1)] if isinstance(place, np.ndarray) else _whole(place)
    )
    if places.size and not (-extent <= places.min() and places.max() < extent):
        raise Undefined("an index is out of range")
    if places.ndim == 0:
        return value[(slice(None),) * axis + (int(places),)], 0
    places = places.reshape(place.shape)
    return np.take(value, places, axis=axis), places.ndim


def _whole(value: Any) -> int:
    found = int(value)
    if found != value:
        raise Undefined("an index is not whole")
    return found


def elements(value: Any) -> Iterator[Any]:
    """Yield the numbers of a value."""
    if isinstance(value, np.ndarray):
        yield from value.reshape(-1)
    else:
        yield value
