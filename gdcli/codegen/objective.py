"""`CompiledObjective`: a formula as the function of a flat vector that methods minimise.

It satisfies `engine.objective.Objective`. Value and gradient are derived and compiled when it is
made; everything else when it is first asked for. With a cache, what was derived once is read back.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from functools import cached_property
from types import ModuleType
from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np

from gdcli.codegen.batches import Matrix, Vector, batch_size, rows
from gdcli.codegen.cache import Cache, hash_key
from gdcli.codegen.codec import encode
from gdcli.codegen.compile import Function, compile_program
from gdcli.codegen.joint import Joint
from gdcli.codegen.plan import Program, place, plan
from gdcli.deadline import Deadline
from gdcli.graph.nodes import Leaf, Node
from gdcli.graph.pattern import Pattern, hessian_pattern
from gdcli.graph.pieces import has_kinks
from gdcli.graph.squares import SumOfSquares, sum_of_squares
from gdcli.graph.structure import crossings
from gdcli.graph.walk import extent

if TYPE_CHECKING:
    from gdcli.codegen.pieces import CompiledPieces, Layout
    from gdcli.graph.formula import Formula

_SOURCES = {"residuals": ("jacobian", "residual"), "pieces": ("piece",)}
"""How the names of the parts begin that do not follow from the formula as a whole."""
_DIAGONALS = 8
"""Most diagonals on one side of a structured Hessian: with more, products by the formula serve."""
_ENTRYWISE = 100
"""Up to so many variables, the Hessian of a formula without axes is compiled entry by entry."""


class Bands(NamedTuple):
    """A Hessian by its diagonals and the border of an arrow; see `engine.structured`."""

    gaps: tuple[int, ...]
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
            recognised as a sum of squares, `poles` where it has any, `pieces` where it is made of
            smooth pieces.
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
        self._pieces = self._take_apart()
        self.provides = frozenset(
            ("value", "gradient", "hessian", "product", "noise")
            + (() if self._squares is None else ("residuals",))
            + (("poles",) if self._crossings else ())
            + (() if self._pieces is None else ("pieces",))
        )
        value = self._plan_value()
        self._scalar = value.scalar
        both = self._compiled("value_and_gradient", lambda: _deriving().value_and_gradient(formula))
        self._joint = Joint(both, lambda: self._compiled("value", self._plan_value), value)

    # --- value and gradient ------------------------------------------------------------------

    def value(self, x: Vector) -> float:
        """Return f(x)."""
        return self._joint.value(x)

    def value_and_gradient(self, x: Vector) -> tuple[float, Vector]:
        """Return f(x) and ∇f(x), shape (size,)."""
        return self._joint.value_and_gradient(x)

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
        return self._plan_nodes(self._crossings)

    # --- second derivatives --------------------------------------------------------------------

    def hessian(self, x: Vector) -> Matrix:
        """Return ∇²f(x), shape (size, size)."""
        if self._scalar and self.size <= _ENTRYWISE:
            flat: Vector = self._compiled("hessian", lambda: _deriving().hessian(self._formula))(x)
            return flat.reshape(self.size, self.size)
        return self.hessian_rows(x, self.size)

    def hessian_rows(self, x: Vector, count: int) -> Matrix:
        """Return the first rows of ∇²f(x), shape (count, size), by products."""
        batch = 1 if self._scalar else self._batch("hessian_product", self._plan_products)
        if batch == 1:
            return rows(self.hessian_product, x, 1, self._parts, self._parts, count)
        function = self._compiled(f"hessian_rows {batch}", lambda: self._plan_products(batch))
        return rows(function, x, batch, self._parts, self._parts, count)

    def hessian_product(self, x: Vector, v: Vector) -> Vector:
        """Return ∇²f(x)·v, shape (size,)."""
        result: Vector = self._compiled("hessian_product", self._plan_products)(x, v)
        return result

    @cached_property
    def pattern(self) -> Pattern:
        """Where the Hessian may have entries."""
        return hessian_pattern(self._formula)

    def offer_structure(self) -> bool:
        """Derive the Hessian's diagonals and border, if it has no more; `provides` then says so.

        Only worth asking where the whole Hessian is large. Asked again it costs nothing.
        """
        return self._structured

    @cached_property
    def _structured(self) -> bool:
        pattern = self.pattern
        if len(pattern.gaps) > _DIAGONALS or pattern.kind not in ("diagonal", "banded", "arrow"):
            return False
        program = self._program(
            "structured_hessian", lambda: _deriving().band_hessian(self._formula, pattern)
        )
        if not program.size:
            return False
        self._functions["structured_hessian"] = compile_program(program, self._data)
        self.provides |= {"structured"}
        return True

    def offer_squares(self) -> bool:
        """Derive 2·JᵀJ in the form of the Hessian, if that is offered; `provides` then says so."""
        if "structured_squares" in self.provides:
            return True
        if "structured" not in self.provides or self._squares is None:
            return False
        squares = self._squares
        program = self._program(
            "structured_squares",
            lambda: _deriving().band_gauss_newton(self._formula, squares, self.pattern),
        )
        if not program.size:
            return False
        self._functions["structured_squares"] = compile_program(program, self._data)
        self.provides |= {"structured_squares"}
        return True

    def structured_hessian(self, x: Vector) -> Bands:
        """Return ∇²f(x) in structured form; only after `offer_structure`."""
        return self._bands("structured_hessian", x)

    def structured_squares(self, x: Vector) -> Bands:
        """Return 2·JᵀJ in the same form; only after `offer_squares`."""
        return self._bands("structured_squares", x)

    def _bands(self, part: str, x: Vector) -> Bands:
        gaps, border = (0, *self.pattern.gaps), self.pattern.border
        n, d, k = self.size, len(gaps), len(border)
        flat: Vector = self._functions[part](x)
        end = d * n + k * n
        bands, columns, corner = flat[: d * n], flat[d * n : end], flat[end:]
        return Bands(gaps, bands.reshape(d, n), border, columns.reshape(k, n), corner.reshape(k, k))

    def _plan_products(self, batch: int | None = None) -> Program:
        program: Program = _deriving().hessian_product(self._formula, batch)
        return program

    # --- sums of squares -----------------------------------------------------------------------

    @property
    def residual_count(self) -> int:
        """How many residuals there are, m; ValueError if the formula is not a sum of squares."""
        return sum(size for _, size in _stretches(self._sum_of_squares()))

    def residuals(self, x: Vector) -> Vector:
        """Return r(x), shape (m,)."""
        result: Vector = self._compiled("residuals", self._plan_residuals)(x)
        return result

    def jacobian(self, x: Vector) -> Matrix:
        """Return ∂r/∂x, shape (m, size)."""
        return self._jacobian("", self._sum_of_squares(), x)

    def residual_curvature(self, x: Vector, v: Vector) -> Vector:
        """Return d²r(x + t·v)/dt² at t = 0, shape (m,)."""
        squares = self._sum_of_squares()
        function = self._compiled(
            "residual_curvature", lambda: self._plan_tangents(squares, 2, None)
        )
        result: Vector = function(x, v)
        return result

    def _jacobian(self, kind: str, squares: SumOfSquares, x: Vector) -> Matrix:
        """Return the Jacobian of the residuals, or of what is given in their place."""
        if self._scalar:
            flat: Vector = self._compiled(
                f"{kind}jacobian", lambda: _deriving().jacobian(self._formula, squares)
            )(x)
            return flat.reshape(-1, self.size)
        tangent = f"{kind}tangent" if kind else "residual_tangent"
        batch = self._batch(tangent, lambda: self._plan_tangents(squares, 1, None))
        function = self._compiled(
            f"{kind}jacobian {batch}", lambda: self._plan_tangents(squares, 1, batch)
        )
        columns = rows(function, x, batch, self._parts, _stretches(squares))
        return np.ascontiguousarray(columns.T)

    def _plan_tangents(
        self, squares: SumOfSquares, order: Literal[1, 2], batch: int | None
    ) -> Program:
        program: Program = _deriving().residual_tangent(self._formula, squares, order, batch)
        return program

    def _sum_of_squares(self) -> SumOfSquares:
        if self._squares is None:
            raise ValueError("the formula is not a sum of squares")
        return self._squares

    def _plan_residuals(self) -> Program:
        return self._plan_nodes(self._sum_of_squares().residuals)

    def _plan_nodes(self, nodes: Iterable[Node]) -> Program:
        graph = self._formula.graph
        placed, size = place(graph.collect(node, node.axes) for node in nodes)
        return plan(None, placed, size, self.size)

    # --- pieces --------------------------------------------------------------------------------

    @property
    def pieces(self) -> Layout:
        """Of which pieces each kink is made; ValueError if the formula has none that are known."""
        return self._taken_apart().layout

    def piece_values(self, x: Vector) -> Vector:
        """Return all pieces m(x), shape (M,)."""
        nodes = self._taken_apart().nodes
        result: Vector = self._compiled("piece_values", lambda: self._plan_nodes(nodes))(x)
        return result

    def piece_jacobian(self, x: Vector) -> Matrix:
        """Return ∂m/∂x, shape (M, size)."""
        return self._jacobian("piece_", SumOfSquares(self._taken_apart().nodes, 0.0), x)

    def weighted(self, x: Vector, shifts: Vector, weights: Vector) -> tuple[float, Vector, Vector]:
        """Return f with every kink replaced by Σ w·m + s; its gradient in x, and that in s."""
        return self._taken_apart().weighted(x, shifts, weights)

    def weighted_hessian(self, x: Vector, shifts: Vector, weights: Vector) -> Matrix:
        """Return the Hessian of that in x, shape (size, size)."""
        return self._taken_apart().hessian(x, shifts, weights)

    def _take_apart(self) -> CompiledPieces | None:
        if not has_kinks(self._formula):
            return None
        # Imported here: most formulas have no kinks.
        from gdcli.codegen.pieces import CompiledPieces
        from gdcli.graph.pieces import take_apart

        found = take_apart(self._formula)
        if found is None:
            return None
        return CompiledPieces(
            found,
            self.size,
            lambda: CompiledObjective(found.weighted, cache=self._cache, deadline=self._deadline),
        )

    def _taken_apart(self) -> CompiledPieces:
        if self._pieces is None:
            raise ValueError("the formula is not made of smooth pieces")
        return self._pieces

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
            derived = part not in ("value", "residuals", "poles", "piece_values")
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
        """Return what a part follows from: the formula, residuals or pieces; and the variables."""
        kind = next((kind for kind in _SOURCES if part.startswith(_SOURCES[kind])), "value")
        found = self._identities.get(kind)
        if found is None:
            planners: dict[str, Callable[[], Program]] = {
                "value": self._plan_value,
                "residuals": self._plan_residuals,
                "pieces": lambda: self._plan_nodes(self._taken_apart().nodes),
            }
            program = planners[kind]()
            layout = [(leaf.shape, leaf.offset) for leaf in self._formula.variables]
            found = self._identities[kind] = f"{encode(program)} {layout}"
        return found

    def _check(self) -> None:
        if self._deadline is not None:
            self._deadline.check()


def _stretches(squares: SumOfSquares) -> list[tuple[int, int]]:
    """Return (offset, size) of each residual node in the flat vector of residuals."""
    parts = []
    offset = 0
    for node in squares.residuals:
        size = extent(node.axes)
        parts.append((offset, size))
        offset += size
    return parts


def _deriving() -> ModuleType:
    """Return what derives, imported when something has to be: a program from the cache has not."""
    from gdcli.codegen import deriving

    return deriving
