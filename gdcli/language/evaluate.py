"""The value of a tree, computed plainly: for constants, starts, conditions, and verification.

Nothing here knows of graphs or derivatives, so that what it says is an independent witness of what
they say. A generator is not run index by index: all index values lie in one array, and a value is
an array with one *lane* for each of them (or a single one, where it is the same for all). So every
operation is one NumPy operation, and a conditional on indices evaluates each branch on those lanes
alone that take it.
"""

from __future__ import annotations

from collections.abc import Generator as Coroutine
from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from gdcli.diagnostics import Diagnostic, Source
from gdcli.errors import FormulaError
from gdcli.language import lanes
from gdcli.language.check import free_names
from gdcli.language.faults import shown
from gdcli.language.functions import CONSTANTS
from gdcli.language.lanes import Fault, Lanes, Values
from gdcli.language.numeric import FUNCTIONS, REDUCTIONS, matrix_product
from gdcli.language.subscripts import Bounds, Item, Place, subscript
from gdcli.language.tree import (
    Call,
    Compare,
    Conditional,
    For,
    Generator,
    IntegerDivision,
    ListComprehension,
    ListOf,
    Logical,
    MatrixProduct,
    Name,
    Negative,
    NewAxis,
    Not,
    Number,
    Power,
    Product,
    Slice,
    Subscript,
    Sum,
    Transpose,
    Tree,
)
from gdcli.language.unparse import describe

_Work: TypeAlias = "Coroutine[tuple[Tree, Lanes], Values, Values]"
"""An evaluation under way: it asks for the values of parts and returns that of the whole."""


def evaluate(
    tree: Tree,
    values: Mapping[str, float | NDArray[Any]],
    source: Source,
    *,
    strict: bool = False,
) -> float | NDArray[np.float64]:
    """Return the value of a tree, with NumPy's meaning.

    Args:
        tree: What `parse`, `parse_value` or `parse_condition` returned.
        values: The value of every name; built-in constants are known.
        source: The text, for errors.
        strict: Whether an operation on finite numbers whose result is not finite is an error.

    Returns:
        A float where it is a number, otherwise an array; 1.0 or 0.0 for a condition.

    Raises:
        FormulaError: Names without a value, shapes that do not fit, indices out of range, results
            beyond the limits of size, and, if `strict`, overflow and undefined operations.
    """
    missing = [
        (name, span)
        for name, span in free_names(tree).items()
        if name not in values and name not in CONSTANTS
    ]
    if missing:
        raise FormulaError(
            Diagnostic("unknown-name", f"{shown(name)} has no value here", source=source, span=span)
            for name, span in missing
        )
    evaluator = Evaluator(values, source, strict)
    with np.errstate(all="ignore"):
        result = np.asarray(evaluator.run(tree)[0], dtype=np.float64)
    return float(result) if result.ndim == 0 else result


class Evaluator:
    """The values of names, and the stack of evaluations under way."""

    def __init__(
        self, values: Mapping[str, float | NDArray[Any]], source: Source, strict: bool
    ) -> None:
        self.values = values
        self.source = source
        self.strict = strict
        self.known: dict[str, Values] = {}

    def run(self, tree: Tree) -> Values:
        """Return the value of a tree all of whose names have values; its first axis is the lane.

        The stack of coroutines is explicit, for a tree may be deeper than Python's stack.
        """
        stack = [(tree, self.work(tree, Lanes(1, {})))]
        answer: Values | None = None
        raised: Fault | None = None
        while stack:
            node, work = stack[-1]
            try:
                if raised is not None:
                    part, env = work.throw(raised)
                else:
                    part, env = next(work) if answer is None else work.send(answer)
            except StopIteration as stop:
                answer, raised = stop.value, None
                stack.pop()
            except (Fault, MemoryError) as error:
                raised = error if isinstance(error, Fault) else lanes.too_large()
                raised.span = raised.span or node.span
                stack.pop()
            else:
                raised = None
                answer = self.leaf(part, env)
                if answer is None:
                    stack.append((part, self.work(part, env)))
        if raised is not None:
            raise self._failure(raised)
        assert answer is not None
        return answer

    def leaf(self, node: Tree, env: Lanes) -> Values | None:
        """Return the value of a number or a name; None for everything else."""
        if isinstance(node, Number):
            return np.array([node.value])
        if isinstance(node, Name):
            index = env.indices.get(node.name)
            return self.named(node.name) if index is None else index
        return None

    def named(self, name: str) -> Values:
        """Return the value of a name that is no index."""
        value = self.known.get(name)
        if value is None:
            given = self.values[name] if name in self.values else CONSTANTS[name]
            value = np.asarray(given, dtype=np.float64)[np.newaxis]
            self.known[name] = value
        return value

    def work(self, node: Tree, env: Lanes) -> _Work:
        """Begin the evaluation of a node."""
        match node:
            case Number() | Name():
                return self._leaf(node, env)
            case Conditional():
                return self._conditional(node, env)
            case Logical():
                return self._logical(node, env)
            case Call(arguments=(Generator() as generator,)):
                return self._generator(node, generator, env)
            case Subscript():
                return self._subscript(node, env)
            case ListComprehension():
                return self._comprehension(node, env)
            case _:
                return self._operation(node, env)

    def _leaf(self, node: Tree, env: Lanes) -> _Work:
        value = self.leaf(node, env)
        assert value is not None
        return value
        yield

    def _operation(self, node: Tree, env: Lanes) -> _Work:
        """Evaluate what needs all its parts."""
        parts: list[Values] = []
        match node:
            case Sum(terms=operands, negated=flags) | Product(factors=operands, divided=flags):
                total = yield operands[0], env
                for operand, flag in zip(operands[1:], flags[1:], strict=True):
                    value = yield operand, env
                    result = lanes.apply(_FOLDS[type(node), flag], total, value)
                    total = self._checked(result, (total, value), node)
                return total
            case MatrixProduct(factors=operands):
                total = yield operands[0], env
                for operand in operands[1:]:
                    value = yield operand, env
                    result = matrix_product(total, value)
                    total = self._checked(result, (total, value), node)
                return total
            case Negative(operand=operand):
                return -(yield operand, env)
            case Not(operand=operand):
                return np.logical_not((yield operand, env))
            case Transpose(operand=operand):
                value = yield operand, env
                return value.transpose(0, *range(value.ndim - 1, 0, -1))
            case Power(base=base, exponent=exponent):
                parts = [(yield base, env), (yield exponent, env)]
                result = lanes.apply(np.power, *parts)
            case IntegerDivision(left=left, right=right, operator=operator):
                parts = [(yield left, env), (yield right, env)]
                divide = np.floor_divide if operator == "//" else np.remainder
                result = lanes.apply(divide, *parts)
            case Compare(operands=operands, operators=operators):
                left_value = yield operands[0], env
                holds: Values = np.array([True])
                for operand, comparison in zip(operands[1:], operators, strict=True):
                    value = yield operand, env
                    test = lanes.apply(_COMPARISONS[comparison], left_value, value)
                    holds = lanes.apply(np.logical_and, holds, test)
                    left_value = value
                return holds
            case Call(function=function, arguments=operands, axis=axis):
                for operand in operands:
                    parts.append((yield operand, env))
                if function in REDUCTIONS and len(parts) == 1:
                    result = REDUCTIONS[function](parts[0], axis)
                else:
                    result = FUNCTIONS[function](*parts)
            case ListOf(items=operands):
                for operand in operands:
                    parts.append((yield operand, env))
                return lanes.stacked(parts)
            case _:
                raise Fault("misplaced", "this cannot be evaluated here")
        return self._checked(result, parts, node)

    def _conditional(self, node: Conditional, env: Lanes) -> _Work:
        test = lanes.truth((yield node.test, env))
        if test.ndim > 1:
            body = yield node.body, env
            otherwise = yield node.otherwise, env
            return FUNCTIONS["where"](test, body, otherwise)
        if test.all():
            return (yield node.body, env)
        if not test.any():
            return (yield node.otherwise, env)
        body = yield node.body, env.only(test)
        otherwise = yield node.otherwise, env.only(~test)
        return lanes.merged(test, body, otherwise)

    def _logical(self, node: Logical, env: Lanes) -> _Work:
        """Evaluate as Python does: an operand only where those before it leave it open."""
        stops = node.operator == "or"
        decided = lanes.truth((yield node.operands[0], env))
        for operand in node.operands[1:]:
            open_lanes = ~decided if stops else decided
            if decided.ndim > 1:
                value = lanes.truth((yield operand, env))
                decided = lanes.apply(np.logical_or if stops else np.logical_and, decided, value)
                continue
            if not open_lanes.any():
                break
            if open_lanes.all():
                decided = lanes.truth((yield operand, env))
                continue
            value = lanes.truth((yield operand, env.only(open_lanes)))
            decided = decided.copy()
            decided[open_lanes] = lanes.scalar(value, "a condition")
        return decided

    def _clauses(
        self, clauses: tuple[For, ...], env: Lanes
    ) -> Coroutine[tuple[Tree, Lanes], Values, tuple[Lanes, NDArray[np.intp]]]:
        """Open the lanes of `for` clauses; return them, and which outer lane each belongs to."""
        parent = np.arange(env.count)
        for clause in clauses:
            bounds = [np.array([0.0]), np.array([0.0]), np.array([1.0])]
            for place, part in enumerate((clause.start, clause.stop, clause.step)):
                if part is not None:
                    bounds[place] = lanes.whole((yield part, env), "the arguments of `range`")
            env, outer = env.opened(clause.index, bounds[0], bounds[1], bounds[2])
            parent = parent[outer]
            for condition in clause.conditions:
                test = lanes.scalar(lanes.truth((yield condition, env)), "a condition")
                keep = np.broadcast_to(test, (env.count,))
                env, parent = env.only(keep), parent[keep]
        return env, parent

    def _generator(self, node: Call, generator: Generator, env: Lanes) -> _Work:
        inner, parent = yield from self._clauses(generator.clauses, env)
        if inner.count == 0:
            return lanes.reduced(node.function, np.zeros((0,)), parent, env.count)
        body = yield from self._body(generator.body, inner)
        result = lanes.reduced(node.function, lanes.spread(body, inner.count), parent, env.count)
        return self._checked(result, (body,), node)

    def _body(self, body: Tree, env: Lanes) -> _Work:
        """Evaluate the body of a generator: in all lanes at once, or, if it holds slices whose
        lengths differ, lane by lane.
        """
        try:
            return (yield body, env)
        except Fault as fault:
            if fault.code != lanes.UNEVEN or not 1 < env.count <= lanes.MAX_SINGLY:
                raise
        values: list[Values] = []
        for lane in range(env.count):
            values.append((yield body, env.only(np.arange(env.count) == lane)))
        return lanes.stacked(values, axis=0)

    def _comprehension(self, node: ListComprehension, env: Lanes) -> _Work:
        inner, parent = yield from self._clauses(node.clauses, env)
        if inner.count == 0:
            return np.zeros((env.count, 0))
        body = yield from self._body(node.body, inner)
        return lanes.rows(lanes.spread(body, inner.count), parent, env.count)

    def _subscript(self, node: Subscript, env: Lanes) -> _Work:
        base = yield node.base, env
        items: list[Item] = []
        for item in node.items:
            match item:
                case NewAxis():
                    items.append(None)
                case Slice(start=start, stop=stop, step=step):
                    bounds: list[Values | None] = []
                    for part in (start, stop, step):
                        bounds.append(None if part is None else (yield part, env))
                    literal = (_is_negative_literal(start), _is_negative_literal(stop))
                    items.append(Bounds(bounds[0], bounds[1], bounds[2], literal))
                case _:
                    items.append(Place((yield item, env), _is_negative_literal(item)))
        return subscript(base, items, node)

    def _checked(
        self, result: Values, parts: tuple[Values, ...] | list[Values], node: Tree
    ) -> Values:
        """Return the result; if strict, finite numbers must give finite ones."""
        if (
            self.strict
            and not np.isfinite(result).all()
            and all(np.isfinite(part).all() for part in parts)
        ):
            raise _not_finite(result, parts, node)
        return result

    def _failure(self, fault: Fault) -> FormulaError:
        return FormulaError(
            Diagnostic(
                fault.code, fault.message, source=self.source, span=fault.span, hint=fault.hint
            )
        )


def _not_finite(result: Values, parts: Sequence[Values], node: Tree) -> Fault:
    """Return the fault of an operation on finite numbers whose result is not finite."""
    text = shown(describe(node))
    if np.isnan(result).any():
        return Fault("not-finite", f"{text} is undefined")
    if isinstance(node, Product) and any((part == 0).any() for part in parts):
        return Fault("not-finite", f"{text} divides by zero")
    if isinstance(node, Call | Product | Sum):
        return Fault("not-finite", f"{text} is infinite")
    return Fault("not-finite", f"{text} is larger than the largest double, 1.8e308")


def _is_negative_literal(item: Tree | None) -> bool:
    return isinstance(item, Negative) and isinstance(item.operand, Number)


_FOLDS: Mapping[tuple[type, bool], lanes.Operation] = {
    (Sum, False): np.add,
    (Sum, True): np.subtract,
    (Product, False): np.multiply,
    (Product, True): np.divide,
}
_COMPARISONS: Mapping[str, lanes.Operation] = {
    "<": np.less,
    "<=": np.less_equal,
    ">": np.greater,
    ">=": np.greater_equal,
    "==": np.equal,
    "!=": np.not_equal,
}
