"""A problem, ready to be solved: what every front door (shell, file, Python) makes."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import field
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from gdcli.diagnostics import Diagnostic, Source
from gdcli.language.tree import Tree
from gdcli.records import dataclass

Vector: TypeAlias = NDArray[np.float64]
Constant: TypeAlias = "float | NDArray[Any]"
Sense: TypeAlias = Literal["minimize", "maximize"]


@dataclass(frozen=True, slots=True)
class Variable:
    """A variable and its shape; `()` is a scalar. `offset` is its place in the flat vector."""

    name: str
    shape: tuple[int, ...]
    offset: int

    @property
    def size(self) -> int:
        """How many scalars it has."""
        size = 1
        for extent in self.shape:
            size *= extent
        return size


@dataclass(frozen=True, slots=True)
class Layout:
    """The flat float64 vector and the named arrays that it stands for, in C order."""

    variables: tuple[Variable, ...]

    @staticmethod
    def of(shapes: Mapping[str, tuple[int, ...]]) -> Layout:
        """Lay variables out in the order given."""
        variables = []
        offset = 0
        for name, shape in shapes.items():
            variable = Variable(name, tuple(shape), offset)
            variables.append(variable)
            offset += variable.size
        return Layout(tuple(variables))

    @property
    def size(self) -> int:
        """How many scalars there are in all."""
        return self.variables[-1].offset + self.variables[-1].size if self.variables else 0

    def pack(self, values: Mapping[str, Any]) -> Vector:
        """Return the flat vector of named values. A scalar fills its variable's shape.

        Raises:
            ValueError: A shape does not fit, or a variable has no value.
        """
        flat = np.empty(self.size)
        for variable in self.variables:
            if variable.name not in values:
                raise ValueError(f"no value for `{variable.name}`")
            value = np.asarray(values[variable.name], dtype=np.float64)
            if value.shape not in ((), variable.shape):
                raise ValueError(
                    f"`{variable.name}` has shape {variable.shape}, the value {value.shape}"
                )
            part = flat[variable.offset : variable.offset + variable.size]
            part[:] = value.reshape(-1) if value.shape else value
        return flat

    def unpack(self, flat: Vector) -> dict[str, float | Vector]:
        """Return the named values in a flat vector: floats for scalars, arrays (copies) else."""
        named: dict[str, float | Vector] = {}
        for variable in self.variables:
            part = flat[variable.offset : variable.offset + variable.size]
            named[variable.name] = (
                part.reshape(variable.shape).copy() if variable.shape else float(part[0])
            )
        return named

    def element_name(self, index: int) -> str:
        """Return the name of scalar `index` of the flat vector, such as `x[3]` or `W[0, 2]`."""
        if not 0 <= index < self.size:
            raise IndexError(index)
        after = bisect_right(self.variables, index, key=lambda variable: variable.offset)
        variable = self.variables[after - 1]
        if not variable.shape:
            return variable.name
        place = np.unravel_index(index - variable.offset, variable.shape)
        return f"{variable.name}[{', '.join(str(int(k)) for k in place)}]"


@dataclass(frozen=True, slots=True)
class Settings:
    """Every option of a solve, with what is built in as the default.

    Attributes:
        learning_rate: A number, or the text of a schedule; None lets the method search its step.
        tol: The tolerance of the first-order test.
        options: A method's own options.
        stop_when: The text of a condition over `f gradient_norm iteration` and the variables.
        accept: Statuses that count as a success.
        given: Names of the options that the user set, for «has no effect with this method».
        shared: Which of `options` (and `learning_rate`) come from a file's `[defaults]`: they need
            not suit the method of every problem, but of one.
        methods: The methods of the problems that share them.
    """

    method: str = "auto"
    learning_rate: float | str | None = None
    tol: float = 1e-8
    max_iter: int = 10_000
    max_evaluations: int | None = None
    time_limit: float | None = None
    seed: int = 0
    starts: int | None = None
    stop_when: str | None = None
    accept: tuple[str, ...] = ()
    sensitivity: bool = False
    options: Mapping[str, Any] = field(default_factory=dict)
    cache: bool = True
    given: frozenset[str] = frozenset()
    shared: frozenset[str] = frozenset()
    methods: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Expectation:
    """What a problem file's `expect` demands.

    `at` is a list of alternatives; each may name some of the variables.
    """

    value: float | None = None
    tol: float = 1e-6
    at: tuple[Mapping[str, Any], ...] = ()
    at_tol: float = 1e-4
    status: str | None = None


@dataclass(frozen=True, slots=True)
class InputFile:
    """Where a problem came from, for the result's `input`."""

    file: str
    line: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Problem:
    """A checked problem.

    Attributes:
        objective: The formula as the user wrote it; `tree` is what it parses to.
        constants: Every name with a value: floats, or float64, float32 or integer arrays.
        start: What the user gave, by name, each of its variable's shape; may lack variables.
        lower, upper: Bounds of the flat vector, ∓infinity where there are none; (size,).
        warnings: What was noticed on the way, to be carried into the result.
    """

    sense: Sense
    objective: str
    source: Source
    tree: Tree
    constants: Mapping[str, Constant]
    layout: Layout
    lower: Vector
    upper: Vector
    start: Mapping[str, Any] = field(default_factory=dict)
    settings: Settings = field(default_factory=Settings)
    name: str | None = None
    description: str | None = None
    reference: str | None = None
    tags: tuple[str, ...] = ()
    expectation: Expectation | None = None
    input: InputFile | None = None
    warnings: tuple[Diagnostic, ...] = ()

    @property
    def bounded(self) -> bool:
        """Whether any variable has a finite bound."""
        return bool(np.isfinite(self.lower).any() or np.isfinite(self.upper).any())
