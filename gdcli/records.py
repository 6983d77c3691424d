"""`dataclass` with less to generate: for type checkers it is the standard library's own.

That writes, compiles and runs the source of up to eight methods for every class, at every start:
two milliseconds for each of two hundred classes were a fifth of a short command's time. Here only
`__init__` is generated; equality, hash and representation are closures over the names of the
fields, and that nothing is assigned to a frozen class's instances is left to the type checker.
"""

from __future__ import annotations

import dataclasses
from operator import attrgetter
from typing import TYPE_CHECKING, Any

__all__ = ["dataclass"]

if TYPE_CHECKING:
    from dataclasses import dataclass
else:

    def dataclass(
        cls: type | None = None,
        /,
        *,
        frozen: bool = False,
        slots: bool = False,
        eq: bool = True,
    ) -> Any:
        """Return a class with the methods of a dataclass; see `dataclasses.dataclass`."""
        if cls is None:
            return lambda decorated: dataclass(decorated, frozen=frozen, slots=slots, eq=eq)
        own = set(cls.__dict__)
        made: Any = dataclasses.dataclass(cls, repr=False, eq=False, slots=slots)
        names = [item.name for item in dataclasses.fields(made)]
        if "__repr__" not in own:
            made.__repr__ = _representation(names)
        if eq:
            values = _values(names)
            if "__eq__" not in own:
                made.__eq__ = _equality(values)
            if "__hash__" not in own or made.__hash__ is None:
                made.__hash__ = (lambda self: hash(values(self))) if frozen else None
        return made


def _values(names: list[str]) -> Any:
    return attrgetter(*names) if names else lambda self: ()


def _equality(values: Any) -> Any:
    def equals(self: Any, other: Any) -> Any:
        return (
            values(self) == values(other) if other.__class__ is self.__class__ else NotImplemented
        )

    return equals


def _representation(names: list[str]) -> Any:
    def represented(self: Any) -> str:
        inside = ", ".join(f"{name}={getattr(self, name)!r}" for name in names)
        return f"{type(self).__qualname__}({inside})"

    return represented
