"""The partial derivatives of elementwise functions, as graph nodes.

SymPy does the calculus: what it knows about a function is derived once per process, over generated
dummies, and remembered as a `Rule`, which is plain data and can be kept on disk. Where SymPy's
answer is not fit for numbers (`abs`, ties of `max`, powers at 0, …) a row of `OVERRULED` stands
instead.

A partial derivative may use the arguments and the function's own value: tanh' = 1 − tanh².
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

from gdcli.graph.interning import Graph
from gdcli.graph.nodes import Access, Apply, Leaf, Node, Number, Product, Reduce, Sum
from gdcli.graph.rules import Rule, Step

SYMBOLIC: Mapping[str, int] = {
    **dict.fromkeys(
        (
            *("exp", "expm1", "log", "log2", "log10", "log1p", "sqrt", "cbrt"),
            *("sin", "cos", "tan", "asin", "acos", "atan"),
            *("sinh", "cosh", "tanh", "asinh", "acosh", "atanh"),
            *("erf", "gamma", "lgamma", "digamma", "trigamma"),
        ),
        1,
    ),
    "atan2": 2,
}
"""Functions that SymPy differentiates, with their number of arguments."""

_TESTS = ("less", "less_equal", "equal", "not_equal", "and", "or", "not")

CONSTANT = frozenset(("sign", "floor", "ceil", *_TESTS))
"""Functions whose derivative is 0 wherever there is one."""

BOUNDED = frozenset(("sin", "cos", "tanh", "atan", "sigmoid", "erf", "abs", "sign", *_TESTS))
"""Functions whose values are at most as large as their arguments, or as a small number."""

_IN_RULES = frozenset(SYMBOLIC) | {"polygamma", "pow", "sigmoid"}
_MOST_STEPS = 200


class RuleBook:
    """The rules derived so far."""

    def __init__(self) -> None:
        self._rules: dict[str, tuple[Rule, ...]] = {}

    def rules(self, function: str) -> tuple[Rule, ...]:
        """Return the rules of a function of `SYMBOLIC`, one for each argument."""
        found = self._rules.get(function)
        if found is None:
            # Imported here, for SymPy takes longer to import than most formulas to solve.
            from gdcli.graph.symbolic import derive

            found = self._rules[function] = derive(function)
        return found

    def export(self) -> dict[str, Any]:
        """Return the rules known so far as JSON-able data, for `restore`."""
        return {name: [list(rule) for rule in self._rules[name]] for name in sorted(self._rules)}

    def restore(self, data: object) -> None:
        """Take over rules that `export` gave, perhaps in another process.

        Raises:
            ValueError: The data are not rules; nothing is taken over then.
        """
        if not isinstance(data, Mapping):
            raise ValueError("not a table of rules")
        taken = {}
        for function, rules in data.items():
            if function not in SYMBOLIC or not isinstance(rules, Sequence):
                raise ValueError(f"no rules for {function!r}")
            count = SYMBOLIC[function]
            if len(rules) != count:
                raise ValueError(f"{function} needs {count} rules")
            taken[function] = tuple(_checked_rule(rule, count) for rule in rules)
        self._rules.update(taken)


RULES = RuleBook()
"""The rules of this process: facts of mathematics, remembered."""


def partial(graph: Graph, node: Apply, argument: int) -> Node | None:
    """Return ∂node/∂argument as a node of the same graph, or None where it is 0.

    Raises:
        KeyError: The function is not known here.
    """
    function = node.function
    if function in CONSTANT:
        return None
    row = OVERRULED.get(function)
    if row is not None:
        return row(graph, node, argument)
    rule = RULES.rules(function)[argument]
    return instantiate(graph, rule, node.arguments, node)


def instantiate(graph: Graph, rule: Rule, arguments: tuple[Node, ...], value: Node) -> Node:
    """Return what a rule says, for these arguments and this value of the function."""
    made: list[Node] = []
    for step in rule:
        match step[0]:
            case "argument":
                made.append(arguments[step[1]])
            case "value":
                made.append(value)
            case "number":
                made.append(graph.number(step[1]))
            case "sum":
                made.append(graph.add(((c, made[k]) for c, k in step[2]), step[1]))
            case "product":
                made.append(graph.multiply((made[k], e) for k, e in step[1]))
            case "apply":
                made.append(graph.apply(step[1], *(made[k] for k in step[2])))
            case unknown:
                raise ValueError(f"no such step: {unknown}")
    return made[-1]


def bounded(node: Node) -> bool:
    """Tell whether a node is certainly finite wherever the variables are (overflow apart).

    Used to see whether `0·node` is 0.
    """
    if isinstance(node, Sum):
        return all(_plain(term) for term in node.terms)
    return _plain(node)


def _plain(node: Node) -> bool:
    if isinstance(node, Product):
        return min(node.exponents) > 0 and all(_elementary(f) for f in node.factors)
    return _elementary(node)


def _elementary(node: Node) -> bool:
    if isinstance(node, Access):
        return isinstance(node.array, Leaf)
    if isinstance(node, Apply):
        return node.function in BOUNDED
    return isinstance(node, Number) or (isinstance(node, Sum) and all(map(_access, node.terms)))


def _access(node: Node) -> bool:
    return isinstance(node, Access) and isinstance(node.array, Leaf)


# --- rows that overrule SymPy --------------------------------------------------------------------


def _extremum(graph: Graph, node: Apply, argument: int) -> Node:
    """max and min: 1 for the argument that is it, ties shared equally."""
    arguments = node.arguments
    if len(arguments) == 2:
        mine, other = arguments[argument], arguments[1 - argument]
        low, high = (other, mine) if node.function == "max" else (mine, other)
        ahead, level = graph.apply("less", low, high), graph.apply("less_equal", low, high)
        return graph.add(((0.5, ahead), (0.5, level)))
    ties = [graph.apply("equal", each, node) for each in arguments]
    return graph.multiply(((ties[argument], 1), (graph.add((1.0, t) for t in ties), -1)))


def _power(graph: Graph, node: Apply, argument: int) -> Node:
    base, exponent = node.arguments
    if argument == 1:
        if isinstance(base, Number) and base.value > 0:
            return graph.scale(math.log(base.value), node)
        # 0**p is flat in p > 0; the logarithm alone would make it NaN.
        rate = graph.multiply(((node, 1), (graph.apply("log", base), 1)))
        zero = graph.number(0.0)
        return graph.apply("where", graph.apply("equal", node, zero), zero, rate)
    if isinstance(exponent, Number):
        return graph.scale(exponent.value, real_power(graph, base, exponent.value - 1.0))
    lowered = graph.apply("pow", base, graph.add(((1.0, exponent),), -1.0))
    slope = graph.multiply(((exponent, 1), (lowered, 1)))
    zero = graph.number(0.0)
    return graph.apply("where", graph.apply("equal", exponent, zero), zero, slope)


def real_power(graph: Graph, base: Node, exponent: float) -> Node:
    """Return `base**exponent` in its cheapest form: a product, roots, or `pow`."""
    if exponent.is_integer() and abs(exponent) <= 64:
        return graph.multiply(((base, int(exponent)),))
    if (2 * exponent).is_integer() and abs(exponent) <= 4:
        root = graph.apply("sqrt", base)
        whole = math.trunc(exponent)
        return graph.multiply(((base, whole), (root, 1 if exponent > 0 else -1)))
    return graph.apply("pow", base, graph.number(exponent))


def _square_root(graph: Graph, node: Apply, argument: int) -> Node:
    """1/(2·sqrt); the root of a sum of squares is a norm, and gets the subgradient 0 at 0."""
    slope = instantiate(graph, RULES.rules("sqrt")[0], node.arguments, node)
    return _unless_zero(graph, node, slope) if vanishing_squares(node.arguments[0]) else slope


def _hypotenuse(graph: Graph, node: Apply, argument: int) -> Node:
    slope = graph.multiply(((node.arguments[argument], 1), (node, -1)))
    return _unless_zero(graph, node, slope)


def _unless_zero(graph: Graph, test: Node, node: Node) -> Node:
    zero = graph.number(0.0)
    return graph.apply("where", graph.apply("equal", test, zero), zero, node)


def _logistic(graph: Graph, node: Apply, argument: int) -> Node:
    return graph.multiply(((node, 1), (graph.add(((-1.0, node),), 1.0), 1)))


def _softplus(graph: Graph, node: Apply, argument: int) -> Node:
    return graph.apply("sigmoid", node.arguments[0])


def _ramp(graph: Graph, node: Apply, argument: int) -> Node:
    return graph.apply("less", graph.number(0.0), node.arguments[0])


def _absolute(graph: Graph, node: Apply, argument: int) -> Node:
    return graph.apply("sign", node.arguments[0])


def _choice(graph: Graph, node: Apply, argument: int) -> Node | None:
    test = node.arguments[0]
    if argument == 0:
        return None
    return test if argument == 1 else graph.apply("not", test)


def _polygamma(graph: Graph, node: Apply, argument: int) -> Node | None:
    order, at = node.arguments
    if argument == 0 or not isinstance(order, Number):
        return None
    return graph.apply("polygamma", graph.number(order.value + 1.0), at)


Row: TypeAlias = Callable[[Graph, Apply, int], Node | None]
OVERRULED: Mapping[str, Row] = {
    "max": _extremum,
    "min": _extremum,
    "pow": _power,
    "sqrt": _square_root,
    "hypot": _hypotenuse,
    "sigmoid": _logistic,
    "softplus": _softplus,
    "relu": _ramp,
    "abs": _absolute,
    "where": _choice,
    "polygamma": _polygamma,
}


def vanishing_squares(node: Node) -> bool:
    """Tell whether a node is a sum of even powers and nothing else, so that 0 is its least value.

    Factors that are data are taken as weights.
    """
    waiting = [node]
    while waiting:
        current = waiting.pop()
        if isinstance(current, Sum):
            if current.constant != 0.0 or min(current.coefficients) <= 0:
                return False
            waiting.extend(current.terms)
        elif isinstance(current, Reduce) and current.operator == "sum":
            waiting.append(current.body)
        elif isinstance(current, Product):
            pairs = tuple(zip(current.factors, current.exponents, strict=True))
            if not any(e > 0 and e % 2 == 0 for _, e in pairs):
                return False
            if not all(e % 2 == 0 or _is_data(f) for f, e in pairs):
                return False
        else:
            return False
    return True


def _is_data(node: Node) -> bool:
    return isinstance(node, Access) and isinstance(node.array, Leaf) and node.array.role == "data"


# --- checking rules that come from outside -----------------------------------------------------


def _checked_rule(data: object, arguments: int) -> Rule:
    if not isinstance(data, Sequence) or not 1 <= len(data) <= _MOST_STEPS:
        raise ValueError("not a rule")
    return tuple(_checked_step(step, k, arguments) for k, step in enumerate(data))


def _checked_step(step: object, known: int, arguments: int) -> Step:
    """Return a step as `Rule` has it; `known` steps stand before it."""
    match step:
        case ["argument", int(k)] if 0 <= k < arguments:
            return ("argument", k)
        case ["value"]:
            return ("value",)
        case ["number", int() | float() as c] if math.isfinite(c):
            return ("number", float(c))
        case ["sum", int() | float() as constant, [*terms]] if math.isfinite(constant):
            return ("sum", float(constant), tuple(_checked_term(t, known) for t in terms))
        case ["product", [*factors]]:
            return ("product", tuple(_checked_factor(f, known) for f in factors))
        case ["apply", str(function), [*used]] if function in _IN_RULES and used:
            return ("apply", function, tuple(_checked_place(k, known) for k in used))
        case _:
            raise ValueError(f"not a step of a rule: {str(step)[:80]}")


def _checked_term(term: object, known: int) -> tuple[float, int]:
    match term:
        case [int() | float() as c, int(k)] if math.isfinite(c) and 0 <= k < known:
            return float(c), k
        case _:
            raise ValueError(f"not a term of a rule: {str(term)[:80]}")


def _checked_factor(factor: object, known: int) -> tuple[int, int]:
    match factor:
        case [int(k), int(e)] if 0 <= k < known and 0 < abs(e) < 100:
            return k, e
        case _:
            raise ValueError(f"not a factor of a rule: {str(factor)[:80]}")


def _checked_place(place: object, known: int) -> int:
    if not isinstance(place, int) or not 0 <= place < known:
        raise ValueError(f"not the number of a step: {str(place)[:80]}")
    return place
