"""Conditions on indices that sums are subject to, as ranges of their innermost loop."""

from __future__ import annotations

from collections.abc import Sequence

from gdcli.codegen.nests import Linear, Where
from gdcli.codegen.targets.points import number
from gdcli.graph.nodes import Apply, Axis, Node, Number, Position, Product, Reduce, Sum


def support(sums: Sequence[Reduce]) -> Node | None:
    """Return a condition without which all of the sums add nothing, if there is one."""
    common: dict[int, Node] | None = None
    for item in sums:
        own = _conditions(item.body)
        common = own if common is None else {k: n for k, n in common.items() if k in own}
    return max(common.values(), key=lambda node: node.serial) if common else None


def _conditions(node: Node) -> dict[int, Node]:
    """Return the conditions on indices without which a node is 0."""
    match node:
        case Apply() if node.function == "where":
            test, chosen, other = node.arguments
            if isinstance(other, Number) and other.value == 0.0 and _of_indices(test):
                return {test.serial: test, **_conditions(chosen)}
            return {}
        case Product():
            found: dict[int, Node] = {}
            for factor, exponent in zip(node.factors, node.exponents, strict=True):
                if exponent > 0:
                    found.update(_conditions(factor))
            return found
        case Sum() if node.constant == 0.0 and node.terms:
            first, *others = (_conditions(term) for term in node.terms)
            return {k: n for k, n in first.items() if all(k in other for other in others)}
        case _:
            return {}


def _of_indices(node: Node) -> bool:
    match node:
        case Position() | Number():
            return True
        case Sum():
            return all(_of_indices(term) for term in node.terms)
        case Apply():
            return all(_of_indices(argument) for argument in node.arguments)
        case _:
            return False


def bounds(test: Node | None, axis: Axis, where: Where) -> tuple[str, str] | None:
    """Return the range of the innermost index in which `a < b` or `a <= b` holds."""
    if not isinstance(test, Apply) or test.function not in ("less", "less_equal"):
        return None
    left, right = (_whole(argument, where) for argument in test.arguments)
    if left is None or right is None:
        return None
    # 0 < gap (or 0 <= gap) for the axis's coefficient 1 or −1.
    gap = right.plus(left.scaled(-1))
    ((variable, _),) = where[axis].terms
    coefficient = dict(gap.terms).get(variable, 0)
    rest = Linear(gap.offset, tuple(term for term in gap.terms if term[0] != variable))
    strict = int(test.function == "less")
    if coefficient == 1:
        return f"_max(0, {number(rest.scaled(-1).plus(Linear(strict)))})", str(axis.extent)
    if coefficient == -1:
        return "0", f"_min({axis.extent}, {number(rest.plus(Linear(1 - strict)))})"
    return None


def _whole(node: Node, where: Where) -> Linear | None:
    """Return a node as a whole linear function of the loop variables, if it is one."""
    match node:
        case Number() if node.value.is_integer():
            return Linear(int(node.value))
        case Position():
            return where[node.axis]
        case Sum():
            total = Linear(0)
            for c, term in zip((*node.coefficients,), node.terms, strict=True):
                part = _whole(term, where)
                if part is None or not c.is_integer():
                    return None
                total = total.plus(part.scaled(int(c)))
            return total.plus(Linear(int(node.constant))) if node.constant.is_integer() else None
        case _:
            return None
