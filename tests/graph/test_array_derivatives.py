"""Gradients and Hessian products of array formulas, against differences and JAX."""

from __future__ import annotations

import importlib
from typing import Any

import numpy as np
import pytest

from gdcli.graph.derivatives import gradient, hessian_product
from gdcli.graph.laws import violations
from gdcli.graph.nodes import Product, Reduce
from gdcli.graph.walk import reachable
from tests.graph.catalogue import CATALOGUE
from tests.graph.construct import Values, differences

CASES = pytest.mark.parametrize("name", CATALOGUE)


def relative(found: Any, expected: Any) -> float:
    scale = max(1.0, float(np.abs(expected).max()))
    return float(np.abs(np.asarray(found) - expected).max()) / scale


@CASES
def test_the_graph_means_what_it_should(name: str) -> None:
    case = CATALOGUE[name]
    assert case.meaning is not None
    expected = case.meaning(np, case.point)
    assert Values(case.formula).value(case.point) == pytest.approx(expected, rel=1e-12)


@CASES
def test_gradients_agree_with_differences(name: str) -> None:
    case = CATALOGUE[name]
    values = Values(case.formula)
    found = values.flat(gradient(case.formula), case.point)
    assert relative(found, differences(values.value, case.point)) < 1e-8


@CASES
def test_hessian_products_agree_with_differences_of_gradients(name: str) -> None:
    case = CATALOGUE[name]
    values = Values(case.formula)
    gradients = gradient(case.formula)
    hessian = differences(lambda x: values.flat(gradients, x), case.point)
    v = np.random.default_rng(1).normal(size=(3, values.size))
    one = values.flat(hessian_product(case.formula), case.point, v[0])
    batch = values.flat(hessian_product(case.formula, 3), case.point, v)
    assert relative(one, hessian @ v[0]) < 1e-7
    assert relative(batch, v @ hessian) < 1e-7


@CASES
def test_hessians_are_symmetric(name: str) -> None:
    case = CATALOGUE[name]
    values = Values(case.formula)
    unit = np.eye(values.size)
    hessian = values.flat(hessian_product(case.formula, values.size), case.point, unit)
    assert relative(hessian, hessian.T) < 1e-11


@CASES
def test_gradients_agree_with_jax(name: str) -> None:
    jax = pytest.importorskip("jax")
    jax.config.update("jax_enable_x64", True)
    case = CATALOGUE[name]
    assert case.meaning is not None
    meaning = case.meaning
    jnp = importlib.import_module("jax.numpy")
    values = Values(case.formula)
    point = jnp.asarray(case.point)
    expected = np.asarray(jax.grad(lambda z: meaning(jnp, z))(point))
    assert relative(values.flat(gradient(case.formula), case.point), expected) < 1e-11


@CASES
def test_derivatives_obey_the_laws_of_graphs(name: str) -> None:
    formula = CATALOGUE[name].formula
    products = hessian_product(formula, 2)
    assert violations([formula.root, *gradient(formula), *products]) == []
    for leaf, array, product in zip(formula.variables, gradient(formula), products, strict=True):
        assert array.shape == leaf.shape
        assert product.shape == (2, *leaf.shape)


def test_equal_requests_give_identical_arrays() -> None:
    formula = CATALOGUE["network"].formula
    before = gradient(formula)
    size = len(formula.graph)
    assert gradient(formula) == before
    assert len(formula.graph) == size


def test_no_tangent_has_more_axes_than_the_contraction_it_comes_from() -> None:
    # A product laid out over rows, units and columns at once would cost 4 gradients.
    formula = CATALOGUE["network"].formula
    items = reachable(hessian_product(formula))
    bodies = {item.body.serial for item in items if isinstance(item, Reduce)}
    for item in items:
        if isinstance(item, Product) and len(item.axes) > 2:
            assert item.serial in bodies
            assert len(item.factors) == 2
