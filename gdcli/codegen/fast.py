"""The extra `[fast]`: programs compiled by numba, where that pays.

Fused loops take polynomial, rational and root kernels and sums over pairs four to eighty times as
fast as NumPy code in blocks. But numba takes a third of a second to import and as long to compile a
program. So every program starts as NumPy code and changes over once about as much time was spent
in it as the change costs: whenever a solve ends, it took at most about twice what it could have.
The change follows from the count of evaluations and an estimate of what one takes, never from a
clock, so that the same input gives the same bits.

Nothing is kept on disk (numba's cache is pickle), and everything runs on one thread. Sums are
taken in another order than NumPy's, so the two agree to rounding. NaN and infinity come through:
of numba's fast arithmetic only the reordering of sums and contraction (a·b + c) are used.
"""

from __future__ import annotations

import importlib.util
import math
import os
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from gdcli.codegen.load import load
from gdcli.codegen.plan import Program
from gdcli.diagnostics import Diagnostic
from gdcli.errors import UsageError
from gdcli.graph.nodes import Collect, Inverse, Leaf, Scatter
from gdcli.graph.walk import extent

Vector: TypeAlias = NDArray[np.float64]
Data: TypeAlias = Mapping[int, NDArray[Any]]
Function: TypeAlias = Callable[..., Any]

SWITCH = "GD_FAST"
"""Environment variable: `0` never, `1` from the first evaluation, otherwise where it pays."""
COST = 0.7
"""Seconds that importing numba and compiling a program take, about."""
_SECONDS_A_PASS = 0.4e-9
_SECONDS_A_STATEMENT = 1e-6


def check() -> None:
    """Raise UsageError if numba is asked for and missing."""
    if _mode() == "1" and not _installed():
        raise UsageError(
            Diagnostic(
                "missing-extra",
                f"`{SWITCH}=1` asks for numba, which is not installed",
                hint='pip install "gd-minimize[fast]"',
            )
        )


def changing_over(program: Program, data: Data, function: Function) -> Function:
    """Return a function that is `function` at first, and compiled once that pays."""
    mode = _mode()
    if mode == "0":
        return function
    left = 0 if mode == "1" else evaluations(program)
    current = function

    def counted(*vectors: Vector) -> Any:
        nonlocal left, current
        if left >= 0:
            left -= 1
            if left < 0:
                current = compiled(program, data) or function
        return current(*vectors)

    return counted


def evaluations(program: Program) -> int:
    """Return after how many evaluations as NumPy code compiling has paid."""
    seconds = 0.0
    for item in program.items:
        if isinstance(item, (Leaf, Inverse)):
            continue
        shape = item.shape if isinstance(item, (Collect, Scatter)) else ()
        axes = () if isinstance(item, (Collect, Scatter)) else item.axes
        size = math.prod(shape) * extent(axes)
        seconds += _SECONDS_A_STATEMENT + _SECONDS_A_PASS * size
    return int(COST / max(seconds, 1e-9))


def compiled(program: Program, data: Data) -> Function | None:
    """Return a program's function compiled by numba; None if NumPy code is better, or all there is.

    It takes and returns what `compile.compile_program` says.
    """
    if not _installed():
        return None
    # Imported here: most programs end before it pays.
    from gdcli.codegen.fusing import nests
    from gdcli.codegen.nests import Unfit
    from gdcli.codegen.targets import loops

    used = [i.offset for i in program.items if isinstance(i, Leaf) and i.role == "data"]
    flat = [data[offset].reshape(-1) for offset in used]
    try:
        run = _jit(loops.source(program, nests(program), used), flat)
    except Unfit:
        return None
    if run is None:
        return None
    size = program.size
    covered = sum(math.prod(placed.array.shape) for placed in program.outputs)
    new = np.empty if covered == size else np.zeros
    nowhere = np.empty(0)

    def function(x: Vector, y: Vector = nowhere) -> Any:
        out = new(size)
        value = run(out, np.ascontiguousarray(x), np.ascontiguousarray(y), *flat)
        if program.value is None:
            return out
        return (value, out) if size else value

    return function


def _jit(text: str, data: list[NDArray[Any]]) -> Function | None:
    """Return loops compiled for these data arrays, None where numba does not get along."""
    from gdcli.codegen.targets import loops, points

    try:
        import numba
    except ImportError:
        return None
    number = numba.types.float64
    read = [numba.types.Array(number, 1, "C", readonly=True) for _ in range(2)]
    for array in data:
        kind = numba.from_dtype(array.dtype)
        read.append(numba.types.Array(kind, 1, "C", readonly=True))
    signature = number(numba.types.Array(number, 1, "C"), *read)
    # Only sums may be reordered: reordered products would overflow where NumPy's do not.
    plus = numba.njit(fastmath={"reassoc", "nsz"})(_plus)
    function = load(text, loops.ENTRY, {**points.FUNCTIONS, loops.PLUS: plus})
    try:
        made: Function = numba.njit(signature, fastmath={"contract"}, error_model="numpy")(function)
    except numba.core.errors.NumbaError:
        return None
    return made


def _plus(total: float, term: float) -> float:
    return total + term


def _mode() -> str:
    return os.environ.get(SWITCH, "")


def _installed() -> bool:
    return importlib.util.find_spec("numba") is not None
