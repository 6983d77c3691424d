"""What holds for every trust-region method on every objective."""

from __future__ import annotations

from itertools import islice

import numpy as np
import pytest
from smooth_squares import BEALE, ROSENBROCK, Smooth

from gdcli.engine.box import Box
from gdcli.engine.oracle import Oracle
from gdcli.engine.run import iterate, run_with
from gdcli.engine.status import Halt, Status
from gdcli.engine.unit_free import automatic
from gdcli.methods.hybrid import Hybrid, LevenbergMarquardt
from gdcli.methods.newton import Newton, NewtonCG

METHODS = [Newton(), NewtonCG(), LevenbergMarquardt(), Hybrid(), Hybrid(scaled=False)]
GENERAL = [Newton(), NewtonCG()]


NEEDED_FOR = {
    "hessian": "hessian",
    "hessian_product": "product",
    "residuals": "residuals",
    "jacobian": "residuals",
    "residual_curvature": "residuals",
}


def name(method) -> str:
    return type(method).__name__


def solved(objective, method, x0, box=None, max_iter=200):
    oracle = Oracle(objective, box=box)
    test = automatic(oracle, objective.size)
    return run_with(oracle, method, np.array(x0, dtype=float), max_iter=max_iter, stopping=test)


@pytest.mark.parametrize("method", METHODS, ids=name)
def test_goes_on_from_any_state_as_if_never_interrupted(method):
    x0 = np.array([-1.2, 1.0])
    oracle = Oracle(Smooth(ROSENBROCK, "x y"))
    whole = list(islice(iterate(method, oracle, x0), 8))
    for k in range(len(whole) - 1):
        fresh = Oracle(Smooth(ROSENBROCK, "x y"))
        state = whole[k]
        for expected in whole[k + 1 :]:
            state = method.step(fresh, state)
            assert np.array_equal(state.point.x, expected.point.x)
    assert np.array_equal(x0, [-1.2, 1.0])


@pytest.mark.parametrize("method", METHODS, ids=name)
def test_asks_only_for_its_needs(method):
    asked = set()

    class Watched(Smooth):
        def __getattribute__(self, question):
            asked.add(NEEDED_FOR.get(question))
            return super().__getattribute__(question)

    x0 = np.array([1.0, 1.0])
    states = list(islice(iterate(method, Oracle(Watched(BEALE, "x y")), x0), 6))
    assert len(states) > 3
    assert asked <= {None, *(str(need) for need in method.needs)}


@pytest.mark.parametrize("method", GENERAL, ids=name)
def test_undefined_regions_only_shorten_steps(method):
    barrier = Smooth("x - log(x) + (y - 2)**2 - 0.1*log(3 - y)", "x y")
    run = solved(barrier, method, (5.0, -40.0))
    assert run.reason.status is Status.CONVERGED
    assert run.best is not None
    assert run.best.x[0] == pytest.approx(1.0)
    assert run.best.gradient == pytest.approx(np.zeros(2), abs=1e-6)


@pytest.mark.parametrize("method", [LevenbergMarquardt(), Hybrid()], ids=name)
def test_undefined_residuals_only_shorten_steps(method):
    run = solved(Smooth(("log(x) - 1", "sqrt(y) - 3"), "x y"), method, (20.0, 0.1))
    assert run.best is not None
    np.testing.assert_allclose(run.best.x, [np.e, 9.0], rtol=1e-9)


@pytest.mark.parametrize("method", METHODS, ids=name)
def test_derivative_that_is_not_finite_halts_in_words(method):
    objective = Smooth(ROSENBROCK, "x y")
    oracle = Oracle(objective)
    state = method.start(oracle, np.array([-1.2, 1.0]))
    nan = np.full((2, 2), np.nan)
    objective.hessian = lambda x: nan
    objective.hessian_product = lambda x, v: nan[0]
    if isinstance(method, LevenbergMarquardt):
        state = state._replace(memory=state.memory._replace(jacobian=nan))
    made = method.step(oracle, state)
    assert isinstance(made, Halt)
    assert made.status is Status.STALLED


@pytest.mark.parametrize("method", METHODS, ids=name)
def test_stationary_start_halts(method):
    oracle = Oracle(Smooth(("x - 1", "y + 2"), "x y"))
    state = method.start(oracle, np.array([1.0, -2.0]))
    assert isinstance(method.step(oracle, state), Halt)


@pytest.mark.parametrize("method", METHODS, ids=name)
def test_below_rounding_the_gradient_decides(method):
    """1e10 hides the last digits of x from the value; the gradient still shows them."""
    objective = Smooth(("x - 1", "10*(y - x**2)", "100000"), "x y")
    states = list(islice(iterate(method, Oracle(objective), np.array([-1.2, 1.0])), 60))
    np.testing.assert_allclose(states[-1].point.x, [1.0, 1.0], atol=1e-8)


BOUNDED = {
    "HS1": ("100*(y-x**2)**2+(1-x)**2", "x y", (-2, 1), (-9, -1.5), (9, 9), 0.0),
    "HS2": ("100*(y-x**2)**2+(1-x)**2", "x y", (-2, 1), (-9, 1.5), (9, 9), 4.941229318),
    "HS3": ("y+1e-5*(y-x)**2", "x y", (10, 1), (-99, 0), (99, 99), 0.0),
    "HS4": ("(x+1)**3/3+y", "x y", (1.125, 0.125), (1, 0), (99, 99), 8 / 3),
    "HS5": ("sin(x+y)+(x-y)**2-1.5*x+2.5*y+1", "x y", (0, 0), (-1.5, -3), (4, 3), -1.913222955),
    "HS38": (
        "100*(b-a**2)**2+(1-a)**2+90*(d-c**2)**2+(1-c)**2+10.1*((b-1)**2+(d-1)**2)"
        "+19.8*(b-1)*(d-1)",
        "a b c d", (-3, -1, -3, -1), (-10,) * 4, (10,) * 4, 0.0,
    ),
    "HS45": ("2-a*b*c*d*e/120", "a b c d e", (2,) * 5, (0,) * 5, (1, 2, 3, 4, 5), 1.0),
}  # fmt: skip


@pytest.mark.parametrize("method", GENERAL, ids=name)
@pytest.mark.parametrize("case", BOUNDED.values(), ids=BOUNDED)
def test_bound_problems_of_hock_and_schittkowski(case, method):
    formula, names, x0, lower, upper, best = case
    objective = Smooth(formula, names)
    box = Box(np.array(lower, dtype=float), np.array(upper, dtype=float))
    run = solved(objective, method, x0, box)
    assert run.reason.status is Status.CONVERGED
    assert run.best is not None
    assert run.best.value == pytest.approx(best, rel=1e-8, abs=1e-12)
    assert all(box.contains(x) for x in objective.asked)


@pytest.mark.parametrize("method", METHODS, ids=name)
def test_bounds_are_hit_exactly_and_never_left(method):
    objective = Smooth(ROSENBROCK, "x y")
    box = Box(np.array([-2.0, -2.0]), np.array([0.3, 2.0]))
    run = solved(objective, method, (-1.2, 1.0), box)
    assert run.best is not None
    assert run.best.x[0] == 0.3
    assert run.best.value == pytest.approx(0.49)
    assert all(box.contains(x) for x in objective.asked)


@pytest.mark.parametrize("method", METHODS, ids=name)
def test_fixed_variable_stays(method):
    objective = Smooth(BEALE, "x y")
    box = Box(np.array([1.7, -5.0]), np.array([1.7, 5.0]))
    run = solved(objective, method, (1.7, 1.0), box)
    assert all(x[0] == 1.7 for x in objective.asked)
    assert run.best is not None
    assert abs(run.best.gradient[1]) < 1e-7
