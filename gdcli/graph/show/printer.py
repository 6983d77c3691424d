"""Nodes to expressions: signs, coefficients, powers and fractions tidied, shared parts named.

Works with a stack of its own, so that no depth is too deep. A long part that is used several times
gets a name (`t1`, or `t1[i]`), which keeps the text about as small as the graph.

An axis may be free in one place and bound by a sum in another, so what a node looks like depends on
its `Scope`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import TypeAlias, assert_never

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
    Lookup,
    Node,
    Number,
    Position,
    Product,
    Reduce,
    Scatter,
    ScatterEntry,
    Sum,
)
from gdcli.graph.show.scopes import Line, Scope, bound_inside
from gdcli.graph.show.style import COMPARISONS, Factor, Style, Written
from gdcli.graph.show.views import (
    View,
    alias_of,
    atom,
    index_view,
    indicator_in,
    is_left_out,
    names_in_order,
    others_in,
    words_of,
)
from gdcli.graph.walk import Item, operands, reachable
from gdcli.language.operators import ATOM
from gdcli.language.operators import SUM as SUMS

_LONG = 120
"""A part of about this length gets a name where it is used more than once."""

_LONG_MATRIX = 16
"""The same for a matrix, which is written by its elements."""

_LETTERS = "ijklmnpqrstuvwabcdefgh"


_Key: TypeAlias = tuple[int, Scope]


class Printer:
    """Writes nodes of one graph.

    Args:
        style: The notation.
        roots: Everything that will be written.
        reserved: Names that indices and shared parts must not have, besides the users'.
    """

    def __init__(self, style: Style, roots: Iterable[Item], reserved: Iterable[str] = ()) -> None:
        self._style = style
        roots = list(roots)
        order = reachable(roots)
        self._taken = words_of(order) | set(reserved)
        self._symbols: dict[tuple[Axis, bool], str] = {}
        self._inside = bound_inside(order)
        self._names: dict[int, str] = {}
        self._shared: list[Item] = []
        self._views: dict[_Key, View] = {}
        self._name_parts(order, Counter(root.serial for root in roots))

    def _name_parts(self, order: list[Item], uses: Counter[int]) -> None:
        """Choose the parts that get names, from estimated lengths."""
        for item in order:
            uses.update(child.serial for child in operands(item))
        lengths: dict[int, int] = {}
        for item in order:
            length = 4 + sum(lengths[child.serial] for child in operands(item))
            long = _LONG if not isinstance(item, Collect | Inverse) else _LONG_MATRIX
            named = isinstance(item, Scatter) or (length > long and uses[item.serial] > 1)
            if named and not isinstance(item, Leaf):
                self._names[item.serial] = self._style.name(self._fresh_part())
                self._shared.append(item)
                length = 4
            lengths[item.serial] = length

    def _fresh_part(self) -> str:
        number = len(self._names) + 1
        while f"t{number}" in self._taken:
            number += 1
        self._taken.add(f"t{number}")
        return f"t{number}"

    def definitions(self) -> tuple[tuple[str, str, str], ...]:
        """Return the named parts as (left side, right side, range), in the order of need."""
        found = []
        for item in self._shared:
            name = self._names[item.serial]
            if isinstance(item, Scatter):
                for entry in item.entries:
                    left, where = self.place(name, entry)
                    text = self._render(entry.value, self._default(entry.axes)).text
                    found.append((left, text, where))
            elif isinstance(item, Collect | Inverse):
                found.append((name, self._render(item, Scope(), whole=True).text, ""))
            elif not isinstance(item, Leaf):
                scope = self._default(item.axes)
                index = [line.symbol for _, line in scope.lines]
                text = self._render(item, scope, whole=True).text
                found.append((self._style.element(name, index), text, ""))
        return tuple(found)

    def expression(self, node: Node, lines: Mapping[Axis, Line] | None = None) -> Written:
        """Return a node as an expression, its axes written as `lines` say."""
        if lines is None:
            return self._render(node, self._default(node.axes))
        return self._render(node, Scope(tuple(lines.items()), frozenset()))

    def total(self, parts: Iterable[tuple[Node, Mapping[Axis, Line]]]) -> Written:
        """Return the sum of nodes, the axes of each written as its lines say; like terms as one."""
        coefficients: dict[tuple[Factor, ...], float] = {}
        for node, lines in parts:
            view = self._look(node, Scope(tuple(lines.items()), frozenset()))
            for coefficient, factors in view.terms:
                coefficients[factors] = coefficients.get(factors, 0.0) + coefficient
        return self.written(View(tuple((c, factors) for factors, c in coefficients.items() if c)))

    def place(self, name: str, entry: ScatterEntry) -> tuple[str, str]:
        """Return where an entry adds to, in its own axes, and their ranges."""
        scope = self._default(entry.axes)
        index = [self._index(part, scope) for part in entry.index]
        ranges = (f"{line.symbol} = 0 … {axis.extent - 1}" for axis, line in scope.lines)
        return self._style.element(name, index), ", ".join(ranges)

    # --- scopes --------------------------------------------------------------------------------

    def _default(self, axes: Iterable[Axis]) -> Scope:
        """Return the scope of something that stands alone."""
        axes = tuple(axes)
        lines = tuple((axis, Line(1, self._symbol(axis), 0)) for axis in axes)
        return Scope(lines, frozenset(axes))

    def _symbol(self, axis: Axis, again: bool = False) -> str:
        """Return the index of an axis; another one where it is bound `again` inside itself."""
        found = self._symbols.get((axis, again))
        if found is None:
            free = [letter for letter in _LETTERS if letter not in self._taken]
            found = free[0] if free else f"i{len(self._symbols)}"
            self._taken.add(found)
            self._symbols[axis, again] = found
        return found

    def _bind(self, scope: Scope, axes: tuple[Axis, ...]) -> Scope:
        """Return the scope inside something that binds axes."""
        lines = dict(scope.lines)
        for axis in axes:
            lines[axis] = Line(1, self._symbol(axis, axis in scope.bound), 0)
        return Scope(tuple(lines.items()), scope.bound | set(axes))

    def _child(self, child: Item, scope: Scope) -> _Key:
        """Return the key of a child, with only what its text depends on."""
        axes = () if isinstance(child, Array) else child.axes
        known = dict(scope.lines)
        lines = tuple((axis, known[axis]) for axis in axes if axis in known)
        return child.serial, Scope(lines, scope.bound & self._inside[child.serial])

    def _children(self, item: Item, scope: Scope) -> list[tuple[Item, Scope]]:
        """Return what is written within an item, and in which scope."""
        match item:
            case Reduce():
                return [(item.body, self._bind(scope, item.bound))]
            case Collect():
                return [(item.body, self._bind(Scope((), scope.bound), item.axes))]
            case Leaf() | Scatter():
                return []
            case _:
                whole = others_in(item)
                if whole is not None:
                    return [(whole.body, self._bind(scope, whole.bound))]
                alias = alias_of(item)
                return [(child, scope) for child in (operands(item) if alias is None else (alias,))]

    def _render(self, root: Item, scope: Scope, whole: bool = False) -> Written:
        """Return the text of an item; `whole` writes it out although it has a name."""
        return self.written(self._look(root, scope, whole))

    def _look(self, root: Item, scope: Scope, whole: bool = False) -> View:
        """Return an item as a sum of products."""
        waiting: list[tuple[Item, Scope, bool]] = [(root, scope, False)]
        first = self._child(root, scope)
        while waiting:
            item, within, ready = waiting.pop()
            key = self._child(item, within)
            out = whole and item is root
            if key in self._views and not out:
                continue
            if item.serial in self._names and not out:
                self._views[key] = self._reference(item, Scope(*key[1]))
                continue
            if not ready:
                waiting.append((item, within, True))
                waiting += [(c, s, False) for c, s in self._children(item, within)]
                continue
            view = self._view(item, within)
            if out:
                return view
            self._views[key] = view
        return self._views[first]

    def _reference(self, item: Item, scope: Scope) -> View:
        name = self._names[item.serial]
        if isinstance(item, Scatter | Collect | Inverse):
            return atom(Written(name, ATOM))
        lines = dict(scope.lines)
        index = [self._index(Affine(0, ((axis, 1),)), scope) for axis in lines]
        return atom(Written(self._style.element(name, index), ATOM))

    def _seen(self, child: Item, scope: Scope) -> View:
        return self._views[self._child(child, scope)]

    def _text(self, child: Item, scope: Scope) -> Written:
        return self.written(self._seen(child, scope))

    # --- sums of products ----------------------------------------------------------------------

    def written(self, view: View) -> Written:
        """Return the text of a view."""
        terms = names_in_order(view.terms)
        if not terms:
            return self._style.number(0.0)
        if terms[0][0] < 0:
            # `1 - x` reads better than `-x + 1`.
            first = next((k for k, (c, _) in enumerate(terms) if c > 0), 0)
            terms.insert(0, terms.pop(first))
        if len(terms) == 1:
            return self._term(*terms[0])
        texts = [self._term(abs(c), factors) for c, factors in terms]
        return self._style.added(texts, [c < 0 for c, _ in terms])

    def _term(self, coefficient: float, factors: tuple[Factor, ...]) -> Written:
        if not factors:
            return self._style.number(coefficient)
        if coefficient == 1 and len(factors) == 1 and factors[0].exponent == 1:
            return factors[0].base
        return self._style.product(coefficient, factors)

    def _view(self, item: Item, scope: Scope) -> View:
        style = self._style
        match item:
            case Number():
                return View(((item.value, ()),))
            case Position():
                return index_view(Affine(0, ((item.axis, 1),)), scope)
            case Access():
                index = [self._index(part, scope) for part in item.index]
                if isinstance(item.array, Leaf) and "{" in item.array.name:
                    return atom(style.spelt(item.array.name, index))
                return atom(Written(style.element(self._text(item.array, scope).text, index), ATOM))
            case Sum():
                return self._sum(item, scope)
            case Product():
                return self._product(item, scope)
            case Apply():
                return self._apply(item, scope)
            case Reduce():
                return self._reduction(item, scope)
            case Determinant():
                return atom(style.call(item.function, [self._text(item.operand, scope)]))
            case Leaf():
                name = f"d{item.name}" if item.role == "direction" else item.name
                return atom(Written(style.name(name), ATOM))
            case Inverse():
                return atom(style.call("inv", [self._text(item.operand, scope)]))
            case Collect():
                inner = self._bind(Scope((), scope.bound), item.axes)
                bound = [(line.symbol, axis.extent) for axis, line in inner.lines]
                return atom(Written(style.listing(self._text(item.body, inner), bound), ATOM))
            case Scatter():
                return self._reference(item, scope)
        assert_never(item)

    def _sum(self, node: Sum, scope: Scope) -> View:
        terms: list[tuple[float, tuple[Factor, ...]]] = []
        constant = node.constant
        for c, term in zip(node.coefficients, node.terms, strict=True):
            inner = self._seen(term, scope)
            parts: tuple[tuple[float, tuple[Factor, ...]], ...]
            if len(inner.terms) == 1:
                parts = ((c * inner.terms[0][0], inner.terms[0][1]),)
            elif c == 1.0 or isinstance(term, Position):
                parts = tuple((c * each, factors) for each, factors in inner.terms)
            else:
                parts = ((c, (Factor(self.written(inner), 1),)),)
            terms += [part for part in parts if part[1]]
            constant += sum(part[0] for part in parts if not part[1])
        if constant != 0.0 or not terms:
            terms.append((constant, ()))
        return View(tuple(terms))

    def _reduction(self, node: Reduce, scope: Scope) -> View:
        inner = self._bind(scope, node.bound)
        bound = [(dict(inner.lines)[axis].symbol, axis.extent) for axis in node.bound]
        body: Node = node.body
        condition: Written | None = None
        if is_left_out(body, node.operator) and body.serial not in self._names:
            condition, text = (self._text(part, inner) for part in body.arguments[:2])
            return atom(self._style.reduction(node.operator, text, bound, condition))
        plain = isinstance(body, Product) and body.serial not in self._names
        test = indicator_in(body) if node.operator == "sum" and plain else None
        if test is None or not isinstance(body, Product):
            text = self._text(body, inner)
        else:
            text = self.written(self._product(body, inner, without=test))
            condition = self._text(test.arguments[0], inner)
        return atom(self._style.reduction(node.operator, text, bound, condition))

    def _others(self, whole: Reduce, scope: Scope) -> View:
        """Return the product of all elements but the one in question."""
        inner = self._bind(scope, whole.bound)
        (axis,) = whole.bound
        symbol = dict(inner.lines)[axis].symbol
        this = self._index(Affine(0, ((axis, 1),)), scope)
        differs = self._style.compare("not_equal", Written(symbol, ATOM), Written(this, SUMS))
        body = self._text(whole.body, inner)
        return atom(self._style.reduction("prod", body, [(symbol, axis.extent)], differs))

    def _product(self, node: Product, scope: Scope, without: Node | None = None) -> View:
        coefficient = 1.0
        exponents: dict[tuple[Written, bool], float] = {}
        for factor, e in zip(node.factors, node.exponents, strict=True):
            if factor is without:
                continue
            inner = self._seen(factor, scope)
            parts: tuple[Factor, ...] = (Factor(self.written(inner), 1),)
            if len(inner.terms) == 1 and (e == 1 or abs(inner.terms[0][0]) == 1.0):
                coefficient *= inner.terms[0][0] ** e
                parts = inner.terms[0][1]
            for part in parts:
                key = part.base, part.exponent * e > 0
                exponents[key] = exponents.get(key, 0) + part.exponent * e
        factors = [Factor(base, e) for (base, _), e in exponents.items()]
        # Bare names first, as people write them: `x*y`, `2*x*exp(x)`.
        factors.sort(key=lambda f: f.base.text if f.base.text.isidentifier() else "~")
        return View(((coefficient, tuple(factors)),))

    def _apply(self, node: Apply, scope: Scope) -> View:
        style, function = self._style, node.function
        whole = others_in(node)
        if whole is not None:
            return self._others(whole, scope)
        alias = alias_of(node)
        if alias is not None:
            return self._seen(alias, scope)
        parts = [self._text(argument, scope) for argument in node.arguments]
        if function == "pow":
            exponent = node.arguments[1]
            if isinstance(exponent, Number) and exponent.value != 0:
                return View(((1.0, (Factor(parts[0], exponent.value),)),))
            return atom(style.power(parts[0], parts[1]))
        if function == "where":
            return atom(style.choice(parts[0], parts[1], parts[2]))
        if function in COMPARISONS:
            return atom(style.compare(function, parts[0], parts[1]))
        if function in ("and", "or", "not"):
            return atom(style.connect(function, parts))
        return atom(style.call(function, parts))

    def _index(self, index: Index, scope: Scope) -> str:
        if isinstance(index, Lookup):
            inner = [self._index(part, scope) for part in index.position]
            if "{" in index.table.name:
                return self._style.spelt(index.table.name, inner).text
            return self._style.element(self._style.name(index.table.name), inner)
        return self.written(index_view(index, scope)).text
