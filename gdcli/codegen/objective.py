"""`CompiledObjective`: a formula as the function of a flat vector that methods minimise.

It satisfies `engine.objective.Objective`. Value and gradient are derived and compiled when it is
made; everything else when it is first asked for. With a cache, what was derived once is read back.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from types import ModuleType
from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np

from gdcli.codegen.batches import Matrix, Vector, batch_size, rows
from gdcli.codegen.cache import Cache, hash_key
from gdcli.codegen.codec import encode
from gdcli.codegen.compile import Function, compile_program
from gdcli.codegen.plan import Program, place, plan
from gdcli.deadline import Deadline
from gdcli.graph.nodes import Leaf
from gdcli.graph.pattern import Pattern, hessian_pattern
from gdcli.graph.squares import SumOfSquares, sum_of_squares
from gdcli.graph.structure import crossings

if TYPE_CHECKING:
    from gdcli.graph.formula import Formula

_OF_RESIDUALS = ("jacobian", "residual")
"""How the names of the parts begin that follow from the residuals."""
_WIDEST = 8
"""Bands beyond this cost more to factorise than products with the Hessian."""
_ENTRYWISE = 100
"""Up to so many variables, the Hessian of a formula without axes is compiled entry by entry."""


class Bands(NamedTuple):
    """A Hessian by its diagonals and the border of an arrow; see `engine.structured`."""

    bands: Matrix
    border: tuple[int, ...]
    columns: Matrix
    corner: Matrix


class CompiledObjective:
    """A formula, ready to be evaluated.

    Every method takes a flat float64 vector of shape (size,) and leaves it alone; what it returns
    belongs to the caller. Undefined values come back as NaN or infinity.

    Attributes:
        size: How many scalars the flat vector of variables holds.
        provides: `value gradient hessian product noise`, `residuals` where the formula is
            recognised as a sum of squares, `poles` where it has any.
        offset: With residuals: f(x) = offset + Σ r_k(x)²; otherwise 0.
    """

    def __init__(
        self,
        formula: Formula,
        *,
        cache: Cache | None = None,
        deadline: Deadline | None = None,
    ) -> None:
        """Derive and compile value and gradient.

        Args:
            formula: What to minimise.
            cache: Where programs are kept between processes.
            deadline: Asked between the steps of deriving, now and later.

        Raises:
            DeadlineReached, Interrupted: From the deadline.
        """
        self._formula = formula
        self._cache = cache
        self._deadline = deadline
        # Laid out in C order once, and not for every function again.
        self._data = {leaf.offset: np.ascontiguousarray(array) for leaf, array in formula.data}
        self.size = sum(math.prod(leaf.shape) for leaf in formula.variables)
        self._functions: dict[str, Function] = {}
        self._batches: dict[str, int] = {}
        self._identities: dict[str, str] = {}
        self._squares: SumOfSquares | None = sum_of_squares(formula)
        self.offset = 0.0 if self._squares is None else self._squares.offset
        self._crossings = crossings(formula)
        self._pattern = Pattern("dense")
        self.provides = frozenset(
            ("value", "gradient", "hessian", "product", "noise")
            + (() if self._squares is None else ("residuals",))
            + (("poles",) if self._crossings else ())
        )
        self._scalar = self._plan_value().scalar
        self._joint = self._compiled(
            "value_and_gradient", lambda: _deriving().value_and_gradient(formula)
        )

    # --- value and gradient ------------------------------------------------------------------

    def value(self, x: Vector) -> float:
        """Return f(x)."""
        result: float = self._compiled("value", self._plan_value)(x)
        return result

    def value_and_gradient(self, x: Vector) -> tuple[float, Vector]:
        """Return f(x) and ∇f(x), shape (size,)."""
        result: tuple[float, Vector] = self._joint(x)
        return result

    def noise(self, x: Vector) -> float:
        """Return a bound on the rounding error of `value` at x (running error analysis)."""
        result: float = self._compiled("noise", lambda: _deriving().noise(self._formula))(x)
        return result

    def poles(self, x: Vector) -> Vector:
        """Return quantities of which one changes its sign between two sides of a pole, (k,)."""
        result: Vector = self._compiled("poles", self._plan_poles)(x)
        return result

    def _plan_value(self) -> Program:
        return plan(self._formula.root, (), 0, self.size)

    def _plan_poles(self) -> Program:
        graph = self._formula.graph
        placed, size = place(graph.collect(node, node.axes) for node in self._crossings)
        return plan(None, placed, size, self.size)

    # --- second derivatives --------------------------------------------------------------------

    def hessian(self, x: Vector) -> Matrix:
        """Return ∇²f(x), shape (size, size)."""
        if self._scalar and self.size <= _ENTRYWISE:
            flat: Vector = self._compiled("hessian", lambda: _deriving().hessian(self._formula))(x)
            return flat.reshape(self.size, self.size)
        batch = 1 if self._scalar else self._batch("hessian_product", self._plan_products)
        if batch == 1:
            return rows(self.hessian_product, x, 1, self._parts, self._parts)
        function = self._compiled(f"hessian_rows {batch}", lambda: self._plan_products(batch))
        return rows(function, x, batch, self._parts, self._parts)

    def hessian_product(self, x: Vector, v: Vector) -> Vector:
        """Return ∇²f(x)·v, shape (size,)."""
        result: Vector = self._compiled("hessian_product", self._plan_products)(x, v)
        return result

    def offer_structure(self) -> bool:
        """Derive the Hessian's diagonals and border, if it has no more; `provides` then says so.

        Only worth asking where the whole Hessian is large.
        """
        pattern = hessian_pattern(self._formula)
        if pattern.width > _WIDEST or pattern.kind not in ("diagonal", "banded", "arrow"):
            return False
        program = self._program(
            "band_hessian", lambda: _deriving().band_hessian(self._formula, pattern)
        )
        if not program.size:
            return False
        self._functions["band_hessian"] = compile_program(program, self._data)
        self._pattern = pattern
        self.provides |= {"structured"}
        return True

    def structured_hessian(self, x: Vector) -> Bands:
        """Return ∇²f(x) in structured form; only after `offer_structure`."""
        n, width, k = self.size, self._pattern.width + 1, len(self._pattern.border)
        flat: Vector = self._functions["band_hessian"](x)
        bands, columns, corner = np.split(flat, (width * n, width * n + k * n))
        return Bands(
            bands.reshape(width, n), self._pattern.border, columns.reshape(k, n),
            corner.reshape(k, k),
        )  # fmt: skip

    def _plan_products(self, batch: int | None = None) -> Program:
        program: Program = _deriving().hessian_product(self._formula, batch)
        return program

    # --- sums of squares -----------------------------------------------------------------------

    @property
    def residual_count(self) -> int:
        """How many residuals there are, m; ValueError if the formula is not a sum of squares."""
        return sum(size for _, size in self._residual_parts())

    def residuals(self, x: Vector) -> Vector:
        """Return r(x), shape (m,)."""
        result: Vector = self._compiled("residuals", self._plan_residuals)(x)
        return result

    def jacobian(self, x: Vector) -> Matrix:
        """Return ∂r/∂x, shape (m, size)."""
        if self._scalar:
            squares = self._sum_of_squares()
            flat: Vector = self._compiled(
                "jacobian", lambda: _deriving().jacobian(self._formula, squares)
            )(x)
            return flat.reshape(-1, self.size)
        batch = self._batch("residual_tangent", lambda: self._plan_tangents(1, None))
        function = self._compiled(f"jacobian {batch}", lambda: self._plan_tangents(1, batch))
        columns = rows(function, x, batch, self._parts, self._residual_parts())
        return np.ascontiguousarray(columns.T)

    def residual_curvature(self, x: Vector, v: Vector) -> Vector:
        """Return d²r(x + t·v)/dt² at t = 0, shape (m,)."""
        function = self._compiled("residual_curvature", lambda: self._plan_tangents(2, None))
        result: Vector = function(x, v)
        return result

    def _plan_tangents(self, order: Literal[1, 2], batch: int | None) -> Program:
        squares = self._sum_of_squares()
        program: Program = _deriving().residual_tangent(self._formula, squares, order, batch)
        return program

    def _sum_of_squares(self) -> SumOfSquares:
        if self._squares is None:
            raise ValueError("the formula is not a sum of squares")
        return self._squares

    def _residual_parts(self) -> list[tuple[int, int]]:
        parts = []
        offset = 0
        for node in self._sum_of_squares().residuals:
            size = math.prod(axis.extent for axis in node.axes)
            parts.append((offset, size))
            offset += size
        return parts

    def _plan_residuals(self) -> Program:
        graph = self._formula.graph
        placed, size = place(
            graph.collect(node, node.axes) for node in self._sum_of_squares().residuals
        )
        return plan(None, placed, size, self.size)

    # --- compiling -----------------------------------------------------------------------------

    @property
    def _parts(self) -> list[tuple[int, int]]:
        return [(leaf.offset, math.prod(leaf.shape)) for leaf in self._formula.variables]

    def _batch(self, part: str, planner: Callable[[], Program]) -> int:
        found = self._batches.get(part)
        if found is None:
            found = self._batches[part] = batch_size(self._program(part, planner), self.size)
        return found

    def _compiled(self, part: str, planner: Callable[[], Program]) -> Function:
        """Return the function of a part of the objective, made at its first use."""
        found = self._functions.get(part)
        if found is None:
            # The value, the residuals and the poles are in the formula: nothing is to be looked up.
            derived = part not in ("value", "residuals", "poles")
            program = self._program(part, planner) if derived else planner()
            self._check()
            found = self._functions[part] = compile_program(program, self._data)
        return found

    def _program(self, part: str, planner: Callable[[], Program]) -> Program:
        self._check()
        if self._cache is None:
            return planner()
        key = hash_key((self._identity(part), part))
        return self._cache.program(key, planner, self._fits)

    def _fits(self, program: Program) -> bool:
        """Whether a program from the cache can be one of this formula."""
        return program.inputs == self.size and all(
            item.offset in self._data and self._data[item.offset].shape == item.shape
            for item in program.items
            if isinstance(item, Leaf) and item.role == "data"
        )

    def _identity(self, part: str) -> str:
        """Return what a part follows from: the formula or its residuals, and the variables."""
        kind = "residuals" if part.startswith(_OF_RESIDUALS) else "value"
        found = self._identities.get(kind)
        if found is None:
            program = self._plan_value() if kind == "value" else self._plan_residuals()
            layout = [(leaf.shape, leaf.offset) for leaf in self._formula.variables]
            found = self._identities[kind] = f"{encode(program)} {layout}"
        return found

    def _check(self) -> None:
        if self._deadline is not None:
            self._deadline.check()


def _deriving() -> ModuleType:
    """Return what derives, imported when something has to be: a program from the cache has not."""
    from gdcli.codegen import deriving

    return deriving
