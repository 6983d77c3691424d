"""From a tree to its text, with no more brackets than needed.

`parse(unparse(tree))` is the same tree up to spans, for every tree that the parser makes.
"""

from __future__ import annotations

from gdcli.language.operators import (
    ATOM,
    CONDITIONAL,
    NEGATIVE,
    OPERATORS,
    OR,
    POWER,
    PREFIXES,
    PRODUCT,
)
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
    children,
    postorder,
)

_SPACED = ("+", "-", "%", "@", "//")


def unparse(tree: Tree) -> str:
    """Return the text of a tree; without recursion, so that its depth does not matter."""
    done: list[tuple[str, int]] = []
    for node in postorder(tree):
        count = len(children(node))
        parts = done[len(done) - count :]
        del done[len(done) - count :]
        done.append(_text(node, parts))
    return done[0][0]


def describe(tree: Tree, limit: int = 60) -> str:
    """Return the text of a tree as a message quotes it: cut if it has more than `limit` letters."""
    budget = limit
    for _ in postorder(tree):
        budget -= 1
        if budget < 0:
            break
    else:
        text = unparse(tree)
        if len(text) <= limit:
            return text
        return text[: limit - 1] + "…"
    return _outline(tree)


def number_text(value: float, *, is_integer: bool) -> str:
    """Return the shortest text that is read as this number."""
    if is_integer:
        return str(int(value))
    text = repr(value)
    return text.removesuffix("0") if text.endswith(".0") else text


def _outline(tree: Tree) -> str:
    """Return what stands for a long formula."""
    if isinstance(tree, Call):
        return f"{tree.function}(…)"
    return "…"


def _in(part: tuple[str, int], least: int) -> str:
    """Return a part's text, in brackets if its level is less than `least`."""
    text, level = part
    return text if level >= least else f"({text})"


def _joined(parts: list[tuple[str, int]], spellings: list[str]) -> tuple[str, int]:
    """Return `a op b op c` of left-associative operators of one level."""
    row = OPERATORS[spellings[0]]
    pieces = [_in(parts[0], row.left)]
    for part, spelling in zip(parts[1:], spellings, strict=True):
        spaced = spelling in _SPACED or OPERATORS[spelling].level < PRODUCT
        pieces.append(f" {spelling} " if spaced else spelling)
        pieces.append(_in(part, OPERATORS[spelling].right))
    return "".join(pieces), row.level


def _signs(flags: tuple[bool, ...], otherwise: str, spelling: str) -> list[str]:
    return [spelling if flag else otherwise for flag in flags[1:]]


def _text(node: Tree, parts: list[tuple[str, int]]) -> tuple[str, int]:
    """Return text and level of a node, given those of its parts."""
    match node:
        case Number(value=value, is_integer=is_integer):
            return number_text(value, is_integer=is_integer), ATOM
        case Name(name=name):
            return name, ATOM
        case Sum(negated=flags):
            return _joined(parts, _signs(flags, "+", "-"))
        case Product(divided=flags):
            return _joined(parts, _signs(flags, "*", "/"))
        case MatrixProduct():
            return _joined(parts, ["@"] * (len(parts) - 1))
        case IntegerDivision(operator=operator):
            return _joined(parts, [operator])
        case Compare(operators=operators):
            return _joined(parts, list(operators))
        case Logical(operator=operator):
            return _joined(parts, [operator] * (len(parts) - 1))
        case Negative():
            return "-" + _in(parts[0], PREFIXES["-"].right), NEGATIVE
        case Not():
            return "not " + _in(parts[0], PREFIXES["not"].right), PREFIXES["not"].level
        case Power():
            row = OPERATORS["**"]
            return f"{_in(parts[0], row.left)}**{_in(parts[1], row.right)}", POWER
        case Conditional():
            body, test, otherwise = parts
            text = f"{_in(body, OR)} if {_in(test, OR)} else {otherwise[0]}"
            return text, CONDITIONAL
        case Transpose():
            return f"{_base(node.operand, parts[0])}.T", ATOM
        case Subscript(base=base):
            return f"{_base(base, parts[0])}[{_listed(parts[1:])}]", ATOM
        case Call(function=function, axis=axis):
            inside = _listed(parts) + ("" if axis is None else f", axis={axis}")
            return f"{function}({inside})", ATOM
        case _:
            return _bracketed(node, parts)


def _bracketed(node: Tree, parts: list[tuple[str, int]]) -> tuple[str, int]:
    """Return text and level of what stands inside brackets only, and of lists."""
    match node:
        case Slice(start=start, stop=stop, step=step):
            texts = iter(text for text, _ in parts)
            bounds = [None if bound is None else next(texts) for bound in (start, stop, step)]
            first, last, stride = (text or "" for text in bounds)
            return f"{first}:{last}" + (f":{stride}" if stride else ""), CONDITIONAL
        case NewAxis():
            return "None", ATOM
        case For(index=index, start=start, stop=stop, step=step):
            given = sum(part is not None for part in (start, stop, step))
            if start is None and step is not None:
                parts = [("0", ATOM), *parts]
                given += 1
            clause = f"for {index} in range({_listed(parts[:given])})"
            return clause + "".join(f" if {_in(p, OR)}" for p in parts[given:]), CONDITIONAL
        case Generator():
            return " ".join(text for text, _ in parts), CONDITIONAL
        case ListComprehension():
            return f"[{' '.join(text for text, _ in parts)}]", ATOM
        case ListOf():
            return f"[{_listed(parts)}]", ATOM
        case _:
            raise AssertionError(node)


def _listed(parts: list[tuple[str, int]]) -> str:
    return ", ".join(text for text, _ in parts)


def _base(node: Tree, part: tuple[str, int]) -> str:
    """Return the text of what a subscript or `.T` follows."""
    return f"({part[0]})" if isinstance(node, Number) else _in(part, ATOM)
