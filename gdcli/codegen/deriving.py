"""The programs of derivatives: what has to be computed for each part of an objective.

Apart from `objective`, for deriving takes modules that a formula with cached programs never needs.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

from gdcli.codegen.plan import Placed, Program, place, plan
from gdcli.graph import band_hessian as banded
from gdcli.graph import derivatives
from gdcli.graph import noise as running_error
from gdcli.graph.nodes import Array
from gdcli.graph.pattern import Pattern
from gdcli.graph.squares import SumOfSquares
from gdcli.graph.tangent import Direction

if TYPE_CHECKING:
    from gdcli.graph.formula import Formula


def value_and_gradient(formula: Formula) -> Program:
    """Return f and ∇f, shape (n,) for n scalars in all."""
    placed, size = _by_variable(formula, derivatives.gradient(formula))
    return plan(formula.root, placed, size, size)


def noise(formula: Formula) -> Program:
    """Return a bound on the rounding error of f."""
    return plan(running_error.noise(formula), (), 0, _size(formula))


def hessian(formula: Formula) -> Program:
    """Return ∇²f of a formula without axes entry by entry, laid out as n × n."""
    entries = derivatives.scalar_hessian(formula)
    n = _size(formula)
    placed = []
    for (i, j), node in entries.items():
        array = formula.graph.collect(node, ())
        placed.append(Placed(array, i * n + j))
        if i != j:
            placed.append(Placed(array, j * n + i))
    return plan(None, placed, n * n, n)


def hessian_product(formula: Formula, batch: int | None = None) -> Program:
    """Return ∇²f·v; with `batch`, of so many directions laid out by variable."""
    product = derivatives.hessian_product(formula, batch)
    placed, size = _by_variable(formula, product, batch or 1)
    return plan(None, placed, size, _size(formula))


def band_hessian(formula: Formula, pattern: Pattern) -> Program:
    """Return the diagonals, columns and corner of ∇²f one behind the other.

    Without any output where the Hessian is not of that form.
    """
    return _parts(formula, banded.band_hessian(formula, pattern))


def band_gauss_newton(formula: Formula, squares: SumOfSquares, pattern: Pattern) -> Program:
    """Return 2·JᵀJ in the same way."""
    return _parts(formula, banded.band_gauss_newton(formula, squares, pattern))


def _parts(formula: Formula, found: banded.BandHessian | None) -> Program:
    if found is None:
        return plan(None, (), 0, _size(formula))
    placed, size = place(found)
    return plan(None, placed, size, _size(formula))


def jacobian(formula: Formula, squares: SumOfSquares) -> Program:
    """Return ∂r/∂x of m residuals without axes entry by entry, laid out as m × n."""
    placed = []
    n = _size(formula)
    for k, node in enumerate(squares.residuals):
        for j, entry in derivatives.component_gradient(formula, node):
            placed.append(Placed(formula.graph.collect(entry, ()), k * n + j))
    return plan(None, placed, len(squares.residuals) * n, n)


def residual_tangent(
    formula: Formula, squares: SumOfSquares, order: Literal[1, 2], batch: int | None
) -> Program:
    """Return the first or second derivative of the residuals along one or more directions."""
    graph = formula.graph
    tangents = derivatives.residual_tangent(formula, squares, order, batch)
    lead = Direction(graph, formula.variables, batch).axes
    pairs = zip(tangents, squares.residuals, strict=True)
    placed, size = place(graph.collect(t, (*lead, *r.axes)) for t, r in pairs)
    return plan(None, placed, size, _size(formula))


def _size(formula: Formula) -> int:
    return sum(math.prod(leaf.shape) for leaf in formula.variables)


def _by_variable(
    formula: Formula, arrays: Sequence[Array], batch: int = 1
) -> tuple[list[Placed], int]:
    """Place one array a variable as the variables are laid out; return them and the length."""
    pairs = zip(arrays, formula.variables, strict=True)
    return [Placed(array, leaf.offset * batch) for array, leaf in pairs], _size(formula) * batch
