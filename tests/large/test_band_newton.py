"""Exact Hessians of many variables: their entries, and Newton's method with them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import gdcli
from gdcli.codegen.objective import CompiledObjective
from gdcli.deadline import Deadline
from gdcli.engine.structured import Factor, System, diagonal, product, scaled
from gdcli.methods.subproblems.shifted import Shifted
from gdcli.model.assemble import make_problem
from gdcli.model.files import read_problems
from gdcli.model.raw import RawProblem
from gdcli.solving.prepare import prepare
from gdcli.solving.solve import solve_raw

ROSENBROCK = "sum(100*(x[i+1]-x[i]**2)**2 + (1-x[i])**2 for i in range(n-1))"
FORMULAS = [
    ROSENBROCK,
    "sum((x[i]**2+x[n-1]**2)**2-4*x[i]+3 for i in range(n-1))",
    "sum(4*(x[i]**2-x[0])**2+(x[i]-1)**2 for i in range(n))",
    "sum((x[i]**2-2)**2+x[i]*x[i+1]*x[i+2] for i in range(n-2))+x[0]*x[1]**3+exp(x[n-1])",
    "sum(cos(x[i]**2-0.5*x[i+1]) for i in range(n-1))",
    "sum((x[2*i]-x[2*i+1]**2)**2+x[2*i]**4 for i in range(n//2))",
    "sum((x[i]-i)**4 for i in range(n))",
    "sum(x[i]**4+x[i]*x[i+20]**2 for i in range(n-20))+sum(x[i]*x[i+40] for i in range(n-40))",
]


def objective(formula: str, n: int) -> CompiledObjective:
    """Return the compiled objective of a formula in x[n]."""
    raw = RawProblem({"minimize": formula, "set": {"n": n}, "variables": {"x": "n"}})
    return prepare(make_problem(raw), Deadline()).objective


@pytest.mark.parametrize("formula", FORMULAS)
def test_entries_are_those_of_the_whole_hessian(formula: str) -> None:
    f = objective(formula, 60)
    assert f.offer_structure()
    random = np.random.default_rng(3)
    x, v = random.standard_normal(60), random.standard_normal(60)
    whole, parts = f.hessian(x), f.structured_hessian(x)
    size = float(abs(whole).max())
    assert product(parts, v) == pytest.approx(whole @ v, rel=1e-11, abs=1e-11 * size)
    assert diagonal(parts) == pytest.approx(whole.diagonal(), rel=1e-11, abs=1e-11 * size)


@pytest.mark.parametrize(
    "formula",
    ["sum(x[i] for i in range(n))**2 + x @ x", "sum((x[i]*x[n-1-i]-1)**2 for i in range(n))"],
)
def test_others_have_no_such_form(formula: str) -> None:
    assert not objective(formula, 60).offer_structure()


@pytest.mark.parametrize("radius", [1e-3, 0.3, 10.0, 1e6])
@pytest.mark.parametrize("formula", FORMULAS[:5])
def test_a_step_is_as_good_as_the_exact_one(formula: str, radius: float) -> None:
    n = 80
    f = objective(formula, n)
    assert f.offer_structure()
    x = np.random.default_rng(4).standard_normal(n)
    _, gradient = f.value_and_gradient(x)
    hessian = f.hessian(x)
    scale = np.ones(n)
    step = Shifted(gradient, f.structured_hessian(x), scale).step(radius)
    assert step.length <= 1.25 * radius * (1 + 1e-9)
    assert step.reduction == pytest.approx(
        -(gradient @ step.s + 0.5 * step.s @ hessian @ step.s), rel=1e-6, abs=1e-9
    )
    values, vectors = np.linalg.eigh(hessian)
    from gdcli.methods.subproblems.more_sorensen import Spectral

    exact = Spectral(values, vectors, vectors.T @ gradient, scale).step(0.75 * radius)
    assert step.reduction >= 0.9 * exact.reduction


@pytest.mark.parametrize("n", [500, 3_000])
def test_newton_with_a_band_solves_a_chain(n: int) -> None:
    x0 = 1.0 + np.random.default_rng(1).uniform(-0.5, 0.5, n)
    result = gdcli.minimize(ROSENBROCK, set={"n": n}, start={"x": x0})
    assert result.status == "converged" and result.value == pytest.approx(0.0, abs=1e-12)
    assert "banded Hessian" in result.notes["because"]
    assert result.iterations is not None and result.iterations <= 30
    assert result.evaluations is not None and result.evaluations["product"] == 0


@pytest.mark.parametrize("n", [60, 20_000])
def test_products_in_scale_are_those_of_the_scaled_hessian(n: int) -> None:
    random = np.random.default_rng(5)
    scale, v = 0.1 + random.random(n), random.standard_normal(n)
    for formula in FORMULAS:
        f = objective(formula, n)
        assert f.offer_structure()
        parts = f.structured_hessian(random.standard_normal(n))
        found, expected = product(scaled(parts, scale), v), product(parts, v / scale) / scale
        assert found == pytest.approx(expected, rel=1e-10, abs=1e-12 * float(abs(expected).max()))


@pytest.mark.parametrize("formula", FORMULAS[:3])
def test_newton_by_name_takes_the_structured_hessian_of_many_variables(formula: str) -> None:
    result = gdcli.minimize(
        formula, set={"n": 5000}, variables={"x": "n"}, start={"x": 1.1}, method="newton"
    )
    assert result.status == "converged"
    assert result.iterations < 40


def test_a_border_that_cancels_is_solved_to_rounding() -> None:
    n = 20_000
    f = objective("sum(100*(x[0]-x[i]**2)**2 for i in range(n-1)) + (x[0]-1)**2 + x[n-1]**2", n)
    assert f.offer_structure()
    hessian = f.structured_hessian(np.full(n, 1.0 + 1e-6))
    wanted = np.random.default_rng(2).standard_normal(n)
    system = System(hessian, np.ones(n))
    lay, flat = system.layout.lay, system.layout.flat
    found = flat(system.factor(0.0).solve(lay(product(hessian, wanted))))
    assert found == pytest.approx(wanted, rel=1e-6, abs=1e-6)


@pytest.mark.parametrize("name", ["nondia", "tquartic"])
def test_a_gradient_that_is_rounding_in_a_border_ends_the_descent(name: str) -> None:
    path = Path(__file__).parents[2] / "sample_problems" / "scalable" / f"{name}.toml"
    result = solve_raw(read_problems(path)[0], {"set": {"n": 50_000}})
    assert result.status == "converged"
    assert result.value == pytest.approx(0.0, abs=1e-15)


@pytest.mark.parametrize("formula", [FORMULAS[0], FORMULAS[2], FORMULAS[5], FORMULAS[6]])
def test_squares_of_residuals_are_those_of_the_whole_jacobian(formula: str) -> None:
    f = objective(formula, 60)
    assert f.offer_structure()
    assert f.offer_squares()
    random = np.random.default_rng(3)
    x, v = random.standard_normal(60), random.standard_normal(60)
    jacobian = f.jacobian(x)
    expected = 2.0 * (jacobian.T @ (jacobian @ v))
    assert product(f.structured_squares(x), v) == pytest.approx(
        expected, rel=1e-10, abs=1e-11 * float(abs(expected).max())
    )


@pytest.mark.parametrize("formula", [FORMULAS[0], FORMULAS[2]])
def test_levenberg_marquardt_by_name_solves_many_variables(formula: str) -> None:
    result = gdcli.minimize(
        formula, set={"n": 5000}, variables={"x": "n"}, start={"x": 1.1}, method="lm"
    )
    assert result.status == "converged"
    assert result.value == pytest.approx(0.0, abs=1e-12)


def test_a_variable_without_effect_costs_few_factorisations(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    n = 300
    f = objective("sum((x[0]-x[i]**2)**2+(x[i]-1)**2 for i in range(n-1))+0*x[n-1]", n)
    assert f.offer_structure()
    made: list[float] = []
    factor = System.factor

    def counted(system: System, shift: float) -> Factor:
        made.append(shift)
        return factor(system, shift)

    monkeypatch.setattr(System, "factor", counted)
    x = np.full(n, 1.01)
    _, gradient = f.value_and_gradient(x)
    step = Shifted(gradient, f.structured_hessian(x), np.ones(n)).step(1e3)
    whole = np.linalg.lstsq(f.hessian(x), -gradient, rcond=None)[0]
    assert not step.boundary
    assert step.s == pytest.approx(whole, rel=1e-6, abs=1e-9)
    assert len(made) <= 8
