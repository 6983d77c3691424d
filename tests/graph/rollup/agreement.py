"""Builds a formula rolled up and written out, and compares everything that is derived from it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from gdcli.codegen.objective import CompiledObjective
from gdcli.diagnostics import Source
from gdcli.graph.build import build
from gdcli.graph.formula import Formula
from gdcli.graph.laws import violations
from gdcli.language.check import free_names
from gdcli.language.parse import parse
from gdcli.model.problem import Layout


def built(
    text: str, constants: Mapping[str, Any] | None = None, *, roll_up: bool = True
) -> tuple[Formula, Layout]:
    """Return the graph of a formula of scalars, whose laws are checked, and its layout."""
    constants = constants or {}
    source = Source(text)
    tree = parse(source).tree
    layout = Layout.of({name: () for name in free_names(tree) if name not in constants})
    formula = build(tree, source, layout, constants, roll_up=roll_up)
    assert violations((formula.root,)) == []
    return formula, layout


def is_rolled(formula: Formula) -> bool:
    """Tell whether a formula of several scalars reads one flat variable."""
    return len(formula.variables) == 1 and formula.variables[0].shape != ()


def agrees(
    text: str,
    constants: Mapping[str, Any] | None = None,
    *,
    rolled: bool = True,
    low: float = 0.3,
    high: float = 1.7,
    tolerance: float = 1e-12,
) -> Formula:
    """Assert that value, gradient, Hessian, residuals and noise are those of the scalar formula.

    Returns the formula rolled up, if `rolled` says that it is.
    """
    formula, layout = built(text, constants)
    assert is_rolled(formula) == rolled
    written_out, _ = built(text, constants, roll_up=False)
    one, other = CompiledObjective(formula), CompiledObjective(written_out)
    assert one.size == other.size == layout.size
    random = np.random.default_rng(len(text))
    x, v = random.uniform(low, high, layout.size), random.normal(size=layout.size)
    value, gradient = one.value_and_gradient(x)
    expected, slopes = other.value_and_gradient(x)
    _close(value, expected, tolerance)
    _close(one.value(x), expected, tolerance)
    _close(gradient, slopes, tolerance)
    hessian = other.hessian(x)
    _close(one.hessian(x), hessian, tolerance)
    _close(one.hessian_product(x, v), hessian @ v, 10 * tolerance)
    assert one.provides >= other.provides
    assert one.noise(x) < 30 * other.noise(x) + 1e-300
    assert other.noise(x) < 30 * one.noise(x) + 1e-300
    if "residuals" in other.provides:
        _same_squares(one, other, x, v, tolerance)
    return formula


def _same_squares(
    one: CompiledObjective, other: CompiledObjective, x: Any, v: Any, tolerance: float
) -> None:
    """Compare what stays where residuals come in another order, with other signs, or merged.

    Of x·x + x·x one form may make one residual, √2·x, and the other two.
    """

    def compare(measure: Callable[[CompiledObjective], Any], scale: float = 1.0) -> None:
        _close(measure(one), measure(other), scale * tolerance)

    compare(lambda o: o.offset)
    compare(lambda o: o.residuals(x) @ o.residuals(x), 10)
    compare(lambda o: o.jacobian(x).T @ o.jacobian(x), 10)
    compare(lambda o: o.jacobian(x).T @ o.residuals(x), 10)
    compare(lambda o: o.residuals(x) @ o.residual_curvature(x, v), 100)
    if one.residual_count == other.residual_count:
        compare(lambda o: np.sort(np.abs(o.residuals(x))))
        compare(lambda o: np.sort(np.abs(o.residual_curvature(x, v))), 100)


def _close(found: Any, expected: Any, tolerance: float) -> None:
    scale = float(np.max(np.abs(expected), initial=0.0))
    np.testing.assert_allclose(found, expected, rtol=tolerance, atol=tolerance * scale)
