"""Program → a function of flat NumPy vectors that never raises for what the numbers are."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from gdcli.codegen import fast
from gdcli.codegen.load import load
from gdcli.codegen.plan import Program
from gdcli.codegen.targets import floats

Vector: TypeAlias = NDArray[np.float64]
Data: TypeAlias = Mapping[int, NDArray[Any]]
Function: TypeAlias = Callable[..., Any]

_ARITHMETIC = (OverflowError, ZeroDivisionError, ValueError)
_SPARSE = 4
"""A flat vector with fewer entries than one in so many is filled from a shorter list."""


def compile_program(program: Program, data: Data) -> Function:
    """Return the function of a program: of the variables, and of the direction if it has one.

    It returns the value (a float), the flat output vector (a fresh array), or a pair of both,
    whichever the program has. `data` holds the data arrays by their leaf's offset.

    Raises:
        UsageError: numba is asked for and missing.
    """
    fast.check()
    if program.scalar:
        return _compile_floats(program, data)
    return _compile_arrays(program, data)


def _compile_floats(program: Program, data: Data) -> Function:
    # A matrix with few entries is returned as those alone, and spread out here.
    few = program.value is None and program.size > _SPARSE * len(program.outputs)
    sparse = few and all(placed.array.shape == () for placed in program.outputs)
    places = np.array([placed.offset for placed in program.outputs], dtype=np.intp)
    fast = load(
        floats.source(program, compact=sparse), floats.ENTRY, floats.namespace(program, data)
    )
    exact: list[Function] = []

    def again(*vectors: Vector) -> Any:
        """Evaluate a point where Python's floats raise, by NumPy's rules."""
        if not exact:
            text = floats.source(program, compact=sparse, exact=True)
            names = floats.namespace(program, data, exact=True)
            exact.append(load(text, floats.ENTRY, names))
        with np.errstate(all="ignore"):
            return exact[0](*(list(vector) for vector in vectors))

    array = np.array

    def value(x: Vector) -> float:
        try:
            result: float = fast(x.tolist())
        except _ARITHMETIC:
            result = float(again(x))
        return result

    def both(x: Vector) -> tuple[float, Vector]:
        try:
            value, flat = fast(x.tolist())
        except _ARITHMETIC:
            value, flat = again(x)
            return float(value), array(flat, dtype=np.float64)
        return value, array(flat)

    def flat(*vectors: Vector) -> Vector:
        try:
            listed = fast(*[vector.tolist() for vector in vectors])
        except _ARITHMETIC:
            listed = again(*vectors)
        if not sparse:
            return array(listed, dtype=np.float64)
        spread = np.zeros(program.size)
        spread[places] = listed
        return spread

    if not program.outputs and not program.size:
        return value
    return flat if program.value is None else both


def _compile_arrays(program: Program, data: Data) -> Function:
    # Imported here: formulas of a few scalars need none of it.
    from gdcli.codegen.targets import arrays

    text, names = arrays.generate(program, data)
    function = np.errstate(all="ignore")(load(text, arrays.ENTRY, names))
    return fast.changing_over(program, data, function)
