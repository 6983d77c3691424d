"""How many axes a variable has, as far as the way it is written tells."""

from __future__ import annotations

from gdcli.language.functions import FUNCTIONS
from gdcli.language.tree import (
    Call,
    MatrixProduct,
    Name,
    NewAxis,
    Subscript,
    Transpose,
    Tree,
    postorder,
)
from gdcli.model.scopes import Scopes

_LEAST = {"tr": 2, "det": 2, "logdet": 2, "inv": 2, "diag": 1, "dot": 1, "len": 1}


def ranks(root: Tree, scopes: Scopes) -> dict[str, int]:
    """Return the number of axes of every name that is used as an array.

    A name in a matrix product is a vector unless something asks for more; a name that stands
    in no such place is missing: it may be a number.
    """
    found: dict[str, int] = {}

    def note(node: Tree, rank: int) -> None:
        if isinstance(node, Transpose) and rank:
            node, rank = node.operand, 2
        if isinstance(node, Name) and id(node) not in scopes.bound:
            found[node.name] = max(rank, found.get(node.name, 0))

    for node in postorder(root):
        match node:
            case Subscript(base=base, items=items):
                note(base, max(1, sum(not isinstance(item, NewAxis) for item in items)))
            case Transpose(operand=operand):
                note(operand, 2)
            case MatrixProduct(factors=factors):
                for factor in factors:
                    note(factor, 1)
            case Call(function=function, arguments=arguments, axis=axis):
                least = _LEAST.get(function, 0)
                if FUNCTIONS[function].kind in ("reduction", "norm") and len(arguments) == 1:
                    least = 1 if axis is None or axis < 0 else axis + 1
                for argument in arguments if least else ():
                    note(argument, least)
            case _:
                pass
    return found
