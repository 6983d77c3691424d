"""Where statements go, and the buffers that they write to.

A scope is the code outside loops, or the body of one loop. Buffers are handed out by the axes of
what they hold, given back when that is used up, and so are few.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import field

from gdcli.codegen.targets.elementwise import Value
from gdcli.codegen.targets.views import Block
from gdcli.graph.nodes import Axis
from gdcli.records import dataclass


class Names:
    """A supply of generated names: all begin with an underscore and end with a number."""

    def __init__(self) -> None:
        self._counts: dict[str, int] = {}

    def new(self, letter: str) -> str:
        """Return a name that was not given before."""
        number = self._counts.get(letter, 0)
        self._counts[letter] = number + 1
        return f"_{letter}{number}"


@dataclass(slots=True)
class Scope:
    """A piece of straight-line code.

    Attributes:
        block: What part of the axes it is for.
        size: How many values of the loop's axis a buffer holds.
        lines: The statements, without indentation.
        before: Statements that go before the loop.
        here: What was computed or viewed in it, by serial number.
        planned: Serials of what is to be computed in it.
        left: How often each node will still be read in it, by serial number.
    """

    names: Names
    block: Block
    size: int = 0
    lines: list[str] = field(default_factory=list)
    before: list[str] = field(default_factory=list)
    here: dict[int, Value] = field(default_factory=dict)
    planned: set[int] = field(default_factory=set)
    left: Counter[int] = field(default_factory=Counter)
    _free: dict[tuple[tuple[Axis, ...], bool], list[str]] = field(default_factory=dict)
    _owned: dict[str, tuple[tuple[Axis, ...], bool]] = field(default_factory=dict)

    def buffer(self, axes: tuple[Axis, ...], truth: bool = False) -> str:
        """Return the name of a buffer for something with these axes."""
        free = self._free.get((axes, truth))
        if free:
            return free.pop()
        name = self.names.new("b")
        self._owned[name] = (axes, truth)
        lengths = "".join(
            f"{self.size if axis == self.block.axis else axis.extent}," for axis in axes
        )
        kind = ", _bool" if truth else ""
        where = self.lines if self.block.axis is None else self.before
        where.append(f"{name} = _empty(({lengths}){kind})")
        return name

    def owns(self, name: str, axes: tuple[Axis, ...], truth: bool) -> bool:
        """Whether a name is a buffer of this scope for such things."""
        return self._owned.get(name) == (axes, truth)

    def release(self, name: str) -> None:
        """Take a buffer back; names that are not buffers of this scope are left alone."""
        key = self._owned.get(name)
        if key is not None:
            free = self._free.setdefault(key, [])
            assert name not in free
            free.append(name)

    def shortened(self) -> Iterator[str]:
        """Give the statements that cut the buffers to the last, shorter block."""
        for name, (axes, _) in self._owned.items():
            if self.block.axis in axes:
                cut = [":_hi-_lo" if axis == self.block.axis else ":" for axis in axes]
                while cut[-1] == ":":
                    cut.pop()
                yield f"{name} = {name}[{', '.join(cut)}]"
