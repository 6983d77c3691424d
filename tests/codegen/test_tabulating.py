"""What no variable enters is computed once: the same values, and nothing of it left to compute."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from gdcli.codegen import tabulating
from gdcli.codegen.objective import CompiledObjective
from gdcli.codegen.tabulating import tabulated
from gdcli.deadline import Deadline
from gdcli.graph.formula import Formula
from gdcli.graph.nodes import Apply, Reduce
from gdcli.graph.walk import dependent, reachable
from gdcli.model.assemble import make_problem
from gdcli.model.raw import RawProblem
from gdcli.solving.prepare import prepare

FORMULAS = {
    "sum(sin(i+1)*x[i]**2+(x[i]-exp(-i/n))**2 for i in range(n))": {},
    "sum((y[i]-x[0]*exp(-t[i]*x[1]))**2/(1+t[i]**2)/log(3+t[i]) for i in range(n))": {"y", "t"},
    "sum(x[i]*sum(cos(i*j)*x[j] for j in range(n)) for i in range(n))": {},
    "norm(x-log(1+t))**2+norm(t)*x[0]+mean(y*t)*max(x)": {"y", "t"},
    "sum((sqrt(t[i])+y[i]+x[i]+x[i]**2)**2 for i in range(n) if i % 3 != 1)": {"y", "t"},
    "x @ inv(diag(1+t)) @ x": {"t"},
}


def formula(text: str, data: Any) -> Formula:
    random = np.random.default_rng(4)
    n = 130  # smaller ones may be written out
    known: dict[str, Any] = {name: random.uniform(0.5, 2.0, n) for name in data}
    if "range(n)" in text:
        known["n"] = n
    raw = RawProblem({"minimize": text, "set": known, "variables": {"x": [n]}})
    return prepare(make_problem(raw), Deadline(None)).formula


@pytest.mark.parametrize("text", FORMULAS)
def test_the_same_values(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    one = formula(text, FORMULAS[text])
    monkeypatch.setattr(tabulating, "WORTH", 0.0)
    other = tabulated(one)
    assert other is not one
    plain, tables = CompiledObjective(one), CompiledObjective(other)
    random = np.random.default_rng(5)
    x, v = random.uniform(0.2, 1.0, plain.size), random.normal(size=plain.size)
    value, gradient = plain.value_and_gradient(x)
    found, slopes = tables.value_and_gradient(x)
    assert found == pytest.approx(value, rel=1e-13)
    np.testing.assert_allclose(slopes, gradient, rtol=1e-11, atol=1e-12)
    np.testing.assert_allclose(
        tables.hessian_product(x, v), plain.hessian_product(x, v), rtol=1e-10, atol=1e-10
    )


@pytest.mark.parametrize("text", FORMULAS)
def test_nothing_is_left_to_compute(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tabulating, "WORTH", 0.0)
    made = tabulated(formula(text, FORMULAS[text]))
    order = reachable((made.root,))
    active = dependent(order, {leaf.serial for leaf in made.variables})
    assert [i for i in order if isinstance(i, Apply | Reduce) and i.serial not in active] == []


def test_small_formulas_are_left_alone() -> None:
    one = formula("sum(sin(i+1)*x[i]**2 for i in range(n))", {})
    assert tabulated(one) is one


def test_tables_have_limited_room(monkeypatch: pytest.MonkeyPatch) -> None:
    one = formula("sum(x[i]*sum(cos(i*j)*x[j] for j in range(n)) for i in range(n))", {})
    monkeypatch.setattr(tabulating, "WORTH", 0.0)
    monkeypatch.setattr(tabulating, "ROOM", 100)
    assert all(array.size < 900 for _, array in tabulated(one).data)
