"""What every trust-region subproblem answers."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, Protocol

from gdcli.engine.objective import Vector


class Step(NamedTuple):
    """An (approximate) minimiser of m(s) = gᵀs + ½sᵀBs with ‖Ds‖ ≤ Δ.

    Attributes:
        s: The step, shape (n,).
        reduction: −m(s), the predicted decrease; never negative.
        length: ‖Ds‖.
        boundary: Whether the radius, not the model, ended it.
        solve: v ↦ −(B + μD²)⁻¹v, with the multiplier μ of the radius, for which
            s = −(B + μD²)⁻¹g; None where the step is no such solution.
    """

    s: Vector
    reduction: float
    length: float
    boundary: bool
    solve: Callable[[Vector], Vector] | None = None


class Model(Protocol):
    """A quadratic model m about a point, able to solve its own subproblem."""

    def step(self, radius: float) -> Step:
        """Return the minimiser within the radius."""
        ...

    def reduction(self, s: Vector) -> float:
        """Return −m(s) for any s."""
        ...


class Dense(Model, Protocol):
    """A model with its matrix at hand, which can say how far it is from its minimum."""

    def decrement(self) -> float:
        """Return ½Σc²/|λ|, the decrease that a full Newton step promises."""
        ...

    def reach(self) -> float:
        """Return ‖D·|B|⁻¹g‖, the length of a full step if negative curvature is taken for positive.

        How far the model itself suggests to go where its minimum is at infinity.
        """
        ...
