"""The diagonal of a sparse Hessian from a few products.

A product with a comb, a vector of ones every p-th place and zeros between, gives at those places
the diagonal, if no entry of the Hessian is a multiple of p away from it (after Curtis, Powell &
Reid (1974), *On the estimation of sparse Jacobian matrices*, J. Inst. Maths Applics 13, 117–119).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from gdcli.engine.objective import Vector
from gdcli.methods.scaling import grown

MOST = 8
"""Products that a diagonal may cost: more, and conjugate gradients had better spend them."""


def period_of(gaps: Sequence[int]) -> int | None:
    """Return the least distance between teeth that reads the diagonal; None above `MOST`.

    Args:
        gaps: The distances |i − j| > 0 at which the Hessian can differ from 0.
    """
    for period in range(1, MOST + 1):
        if all(gap % period for gap in gaps):
            return period
    return None


def diagonal(product: Callable[[Vector], Vector], size: int, period: int) -> Vector:
    """Return the diagonal of a Hessian, shape (size,), from `period` products with it."""
    found = np.empty(size)
    for k in range(min(period, size)):
        comb = np.zeros(size)
        comb[k::period] = 1.0
        found[k::period] = product(comb)[k::period]
    return found


def lengths(product: Callable[[Vector], Vector], size: int, period: int) -> Vector:
    """Return the scale of a Hessian whose diagonal `period` products read."""
    return from_diagonal(diagonal(product, size, period))


def from_diagonal(found: Vector) -> Vector:
    """Return the scale √H_ii, not less than a part of the largest. Uses up the diagonal.

    Where some H_ii is negative all variables get the largest: a small |H_ii| says nothing there
    of how far a variable may go, and one that goes too far shrinks the region for all of them.
    """
    if not found.min(initial=np.inf) >= 0.0:
        return np.full(found.size, np.sqrt(abs(found).max(initial=0.0)) or 1.0)
    return grown(None, np.sqrt(found, out=found))
