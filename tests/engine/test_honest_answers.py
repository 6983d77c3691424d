"""What a run says is so: minima, saddles, rays, degenerate points, in any unit."""

from __future__ import annotations

import numpy as np
import pytest
from plain_descents import FixedStep, Halving
from smooth_formulas import Formula

from gdcli.engine.box import Box
from gdcli.engine.run import Limits, Run, run
from gdcli.engine.status import Status
from gdcli.engine.stopping import GradientTest
from gdcli.engine.unit_free import DecrementTest
from gdcli.methods.newton import Newton


def solve(text: str, names: str, start: list[float], **options: object) -> Run:
    """Run Newton's method with the unit-free test, as `auto` does."""
    return run(
        Formula(text, names),
        Newton(),
        np.array(start, dtype=float),
        stopping=DecrementTest(),
        limits=Limits(max_iter=400),
        **options,  # type: ignore[arg-type]
    )


@pytest.mark.parametrize(
    ("text", "names", "start", "value", "x"),
    [
        ("x**2 - y**2 + y**4", "x y", [1, 0], -0.25, None),
        ("x**2 - y**2 + y**4 + z**2", "x y z", [1, 0, 2], -0.25, None),
        ("cos(x)", "x", [0], -1.0, None),
        ("x**4/4 - x**2/2 + y**2/2", "x y", [0, 1], -0.25, None),
        ("1e-9*(x - 3)**2", "x", [0], 0.0, [3]),
        ("1e3*(x - 3)**2", "x", [0], 0.0, [3]),
        ("1e12*(x - 3)**2", "x", [0], 0.0, [3]),
        ("1e-200*x**2", "x", [1], 0.0, [0]),
        ("1e-300 + x**2", "x", [1], 0.0, [0]),
        ("(x - 1e8)**2", "x", [0], 0.0, [1e8]),
        ("-exp(-x**2)", "x", [10], -1.0, [0]),
        ("cosh(x)", "x", [5], 1.0, [0]),
        ("log(1 + x**2)", "x", [3], 0.0, [0]),
        ("x**2/(1 + x**2)", "x", [1], 0.0, [0]),
        ("x - log(x - 1)", "x", [1.5], 2.0, [2]),
        ("x - sqrt(x)", "x", [9], -0.25, [0.25]),
        ("log(1 + exp(x)) - 0.3*x", "x", [9], 0.6108643020548935, None),
        ("exp(-x) + 1e-12*x", "x", [0], 2.8631021115928546e-11, None),
        ("-1/(1 + (x - 1000)**2)", "x", [0], -1.0, [1000]),
        ("x**5 - x**7 + x**8", "x", [0], -0.0352519066524, None),
        ("x**2*y**2*z**2 - x*y*z", "x y z", [0, 0, 0], -0.25, None),
        ("x**4 - x*y**3 + y**6", "x y", [0, 0], -0.015625, None),
        ("1e-12*(100*(y - x**2)**2 + (1 - x)**2)", "x y", [-1.2, 1], 0.0, [1, 1]),
    ],
)
def test_minima_are_found_and_called_converged(
    text: str, names: str, start: list[float], value: float, x: list[float] | None
) -> None:
    result = solve(text, names, start)
    assert result.reason.status is Status.CONVERGED
    assert result.best is not None
    assert result.best.value == pytest.approx(value, rel=1e-9, abs=1e-12)
    if x is not None:
        assert result.best.x == pytest.approx(x, rel=1e-7, abs=1e-7)


@pytest.mark.parametrize(
    ("text", "names", "start", "sign"),
    [
        ("-x**3", "x", [1], 1),
        ("x**3", "x", [0], -1),
        ("x", "x", [0], -1),
        ("-x**2 - y", "x y", [1, 1], None),
        ("-x**2 - y", "x y", [0, 0], None),
        ("-log(x)", "x", [1], 1),
        ("log(x)", "x", [1], None),
        ("log(x) + y**2", "x y", [1, 1], None),
        ("x**3 - 3*x*y**2", "x y", [0, 0], None),
        ("1e-9*x - 1e-9*y", "x y", [5, 5], None),
        ("-1e12*x**4", "x", [2], 1),
    ],
)
def test_objectives_without_a_lower_bound_are_unbounded(
    text: str, names: str, start: list[float], sign: int | None
) -> None:
    result = solve(text, names, start)
    assert result.reason.status is Status.UNBOUNDED
    assert result.ray is not None
    assert abs(result.ray.direction).max() == 1.0
    if sign is not None:
        assert result.ray.direction[0] * sign > 0
    if not result.ray.curve and result.ray.edge is None:
        objective, x0 = Formula(text, names), np.array(start, dtype=float)
        values = [objective.value(x0 + t * result.ray.direction) for t in (1e3, 1e6, 1e9)]
        assert objective.value(x0) > values[0] > values[1] > values[2]


@pytest.mark.parametrize(
    ("text", "names", "start", "limit"),
    [
        ("exp(-x)", "x", [0], 0.0),
        ("1e-9*exp(-x) + 5", "x", [0], 5.0),
        ("1/x**2", "x", [1], 0.0),
        ("1/(1 + x**2)", "x", [1], 0.0),
        ("atan(x)", "x", [1], -np.pi / 2),
        ("log(1 + exp(-x)) + log(1 + exp(-2*x - y))", "x y", [0, 0], 0.0),
        ("exp(-x) + (y - 1)**2", "x y", [0, 3], 0.0),
        ("(x*y - 1)**2 + x**2", "x y", [1, 1], 0.0),
        # Along the floor of a valley, where the last digits of the direction decide:
        ("sqrt(1 + (x - y)**2) + exp(-x)", "x y", [1, 3], 1.0),
        ("sqrt(1 + (x - y)**2) + exp(-x)", "x y", [10, 0], 1.0),
        ("sqrt(1 + (3*x - 2*y)**2) + 1/(1 + exp(x))", "x y", [1, 1], 1.0),
        ("cosh(x - y) + exp(-x)", "x y", [0, 0], 1.0),
    ],
)
def test_limits_that_are_not_attained_are_named(
    text: str, names: str, start: list[float], limit: float
) -> None:
    result = solve(text, names, start)
    assert result.reason.status is Status.NOT_ATTAINED
    assert result.ray is not None
    assert result.ray.limit == pytest.approx(limit, abs=1e-6)


def test_rounding_that_hides_a_limit_is_allowed_for() -> None:
    class Noisy(Formula):
        def noise(self, x: np.ndarray) -> float:
            return float(4 * 2.0**-53 * abs(x).sum())

    provides = ("value", "gradient", "hessian", "noise")
    objective = Noisy("sqrt(1 + x**2) - x", provides=provides)
    result = run(objective, Newton(), np.array([1.0]), stopping=DecrementTest())
    assert result.reason.status is Status.NOT_ATTAINED


@pytest.mark.parametrize(
    ("text", "names", "start", "x"),
    [
        ("x**4", "x", [1], [0]),
        ("(x - y)**4 + (x + y - 2)**2", "x y", [3, 0], [1, 1]),
        ("(x - 1)**4 + (y - 2)**6", "x y", [3, 0], [1, 2]),
        ("(x**2 + y**2 - 1)**2", "x y", [0, 0], None),
        ("x**2 + 0*y", "x y", [1, 5], [0, 5]),
    ],
)
def test_degenerate_minima_are_called_so(
    text: str, names: str, start: list[float], x: list[float] | None
) -> None:
    result = solve(text, names, start)
    assert result.reason.status is Status.CONVERGED
    assert result.second_order is not None
    assert result.second_order.kind == "degenerate"
    if x is not None and result.best is not None:
        assert result.best.x == pytest.approx(x, abs=1e-2)


@pytest.mark.parametrize(
    ("text", "names", "start"),
    [
        ("sqrt(1 + (1 + x/2 + y/2)**2)", "x y", [0.5, 2.1]),
        ("atan(2*x - 2*y)**2", "x y", [-0.28, -1.2]),
        ("log(1 + (3 + x + 2*y)**2)", "x y", [-2.1, 2.75]),
        ("cosh(x - y/2 + 3*z/2)", "x y z", [0.87, -2.75, 3.57]),
        ("(exp(0.3*(2*x + y/2 - 3*z - 1)) - 1)**2", "x y z", [-4.3, -2.4, 0.8]),
        ("cosh(x/2 - y - z/2 - 1/2)", "x y z", [-2.8, 4.6, 1.1]),
    ],
)
def test_what_x_loses_far_out_is_no_fall(text: str, names: str, start: list[float]) -> None:
    """Along a level direction x + t·d has lost x where t is large enough."""
    result = solve(text, names, start)
    assert result.reason.status is Status.CONVERGED


def test_a_constant_is_converged_at_its_start() -> None:
    result = solve("0*x", "x", [7])
    assert result.reason.status is Status.CONVERGED
    assert result.best is not None
    assert result.best.x[0] == 7.0
    assert result.iterations == 0


def test_rounding_of_the_value_does_not_hide_the_place() -> None:
    for text, x in (("sin(x)*1e-3 + 1e6", -np.pi / 2), ("1e16 + x**2", 0.0)):
        result = solve(text, "x", [0.25 if x == 0.0 else 0.0])
        assert (result.reason.status, result.reason.kind) == (Status.CONVERGED, "rounding")
        assert result.best is not None
        assert result.best.x[0] == pytest.approx(x, abs=1e-9)
        assert result.noise is not None
        assert result.noise > 1e-12


def test_a_flat_piece_behind_a_corner_is_attained() -> None:
    result = solve("Max(0, 10 - x)**2", "x", [1])
    assert result.reason.status is Status.CONVERGED
    assert result.best is not None
    assert result.best.value == 0.0


def test_a_plain_method_leaves_saddles_too() -> None:
    result = run(
        Formula("x**2 - y**2 + y**4", "x y"),
        FixedStep(0.05),
        np.array([1.0, 0.0]),
        stopping=GradientTest(1e-6),
    )
    assert result.reason.status is Status.CONVERGED
    assert result.best is not None
    assert result.best.value == pytest.approx(-0.25)
    assert any("saddle" in note for note in result.notes)


def test_a_saddle_without_a_way_down_in_its_box_is_no_minimum_inside() -> None:
    box = Box(np.array([-1.0, 0.0]), np.array([1.0, 0.0]))
    result = solve("x**2 - y**2", "x y", [1, 0], box=box)
    assert result.reason.status is Status.CONVERGED
    assert result.best is not None
    assert result.best.x.tolist() == [0.0, 0.0]
    box = Box(np.array([-1.0, -2.0]), np.array([1.0, 3.0]))
    result = solve("x**2 - y**2", "x y", [1, 0], box=box)
    assert result.reason.status is Status.CONVERGED
    assert result.best is not None
    assert result.best.value in (-4.0, -9.0)


def test_a_product_in_a_box_is_left_from_its_flat_corner() -> None:
    names = "a b c d e"
    box = Box(np.zeros(5), np.arange(1.0, 6.0))
    result = solve("2 - a*b*c*d*e/120", names, [0, 0, 0, 0, 0], box=box)
    assert result.reason.status is Status.CONVERGED
    assert result.best is not None
    assert result.best.value == pytest.approx(1.0)


def test_bounds_end_a_ray() -> None:
    box = Box(np.array([-np.inf, -np.inf]), np.array([7.0, np.inf]))
    assert solve("-x**3", "x", [1], box=Box(np.array([-5.0]), np.array([7.0]))).best is not None
    bounded = solve("-x + y**2", "x y", [1, 1], box=box)
    assert bounded.reason.status is Status.CONVERGED
    assert bounded.best is not None
    assert bounded.best.x == pytest.approx([7, 0])


@pytest.mark.parametrize("factor", [1e-12, 1e12, 2.0**60])
@pytest.mark.parametrize("text", ["100*(y - x**2)**2 + (1 - x)**2", "x**2 - y**2 + y**4"])
def test_the_unit_of_the_objective_changes_nothing(text: str, factor: float) -> None:
    plain = solve(text, "x y", [-1.2, 1])
    scaled = solve(f"{factor!r}*({text})", "x y", [-1.2, 1])
    assert scaled.reason.status is plain.reason.status
    assert abs(scaled.iterations - plain.iterations) <= 1


@pytest.mark.parametrize(
    ("text", "names", "start", "value"),
    [
        ("Abs(x) + Abs(y - 1)", "x y", [3, 4], 0.0),
        ("sqrt(x**2 + y**2)", "x y", [3, 4], 0.0),
        ("sqrt(x**2 + y**2)", "x y", [0, 0], 0.0),
        ("Abs(x) - y**2 + y**4", "x y", [3, 0], -0.25),
        ("Abs(x - 1) + x**2/4", "x", [3], 0.25),
    ],
)
def test_minima_at_kinks_are_found_and_called_so(
    text: str, names: str, start: list[float], value: float
) -> None:
    for method, stopping in ((Newton(), DecrementTest()), (Halving(1.0), GradientTest())):
        result = run(Formula(text, names), method, np.array(start, dtype=float), stopping=stopping)
        assert result.reason.status is Status.CONVERGED
        assert result.reason.kind == "kink"
        assert result.best is not None
        assert result.best.value == pytest.approx(value, abs=1e-7)
