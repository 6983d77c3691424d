"""Fused loops against NumPy code: as Python on random formulas, by numba on chosen ones."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given

from gdcli.codegen import fast, fusing, nests
from gdcli.codegen.compile import compile_program
from gdcli.codegen.load import load
from gdcli.codegen.plan import Placed, Program, plan
from gdcli.codegen.targets import arrays, loops, points
from gdcli.errors import UsageError
from gdcli.graph import derivatives
from gdcli.graph.formula import Formula
from tests.codegen.random_graphs import formulas
from tests.codegen.random_graphs import points as point
from tests.codegen.test_random_graphs import RELAXED, SEEDS
from tests.graph.construct import Canvas

PYTHON = {**points.FUNCTIONS, "_sqrt": np.sqrt, loops.PLUS: np.add}


def parts(formula: Formula) -> dict[str, Program]:
    """Return the programs of value and gradient, and of a Hessian product."""
    size = sum(int(np.prod(leaf.shape)) for leaf in formula.variables)

    def placed(found: Any) -> list[Placed]:
        pairs = zip(found, formula.variables, strict=True)
        return [Placed(array, leaf.offset) for array, leaf in pairs]

    return {
        "joint": plan(formula.root, placed(derivatives.gradient(formula)), size, size),
        "product": plan(None, placed(derivatives.hessian_product(formula)), size, size),
    }


def numpy_function(program: Program, data: dict[int, Any]) -> Any:
    text, names = arrays.generate(program, data)
    return np.errstate(all="ignore")(load(text, arrays.ENTRY, names))


def interpreted(program: Program, data: dict[int, Any]) -> Any:
    """Return the loops as a Python function, None where they do not fit."""
    used = sorted(data)
    try:
        run = load(loops.source(program, fusing.nests(program), used), loops.ENTRY, PYTHON)
    except nests.Unfit:
        return None

    @np.errstate(all="ignore")
    def function(*vectors: Any) -> Any:
        x, y = (*vectors, np.empty(0))[:2]
        covered = sum(int(np.prod(placed.array.shape)) for placed in program.outputs)
        out = np.full(program.size, np.nan if covered == program.size else 0.0)
        value = run(out, x, y, *(data[k].reshape(-1) for k in used))
        return out if program.value is None else (value, out)

    return function


def near(found: Any, expected: Any, tolerance: float = 1e-13) -> None:
    if not isinstance(found, tuple):
        found, expected = (0.0, found), (0.0, expected)
    for one, other in zip(found, expected, strict=True):
        finite = np.abs(np.asarray(other)[np.isfinite(other)])
        scale = max(1.0, float(finite.max(initial=0.0)))
        np.testing.assert_allclose(one, other, rtol=tolerance, atol=tolerance * scale)


@pytest.mark.parametrize("short", [2, 3, 4])
@given(formulas(plain=True), SEEDS)
@RELAXED
def test_loops_on_random_formulas(short: int, formula: Formula, seed: int) -> None:
    data = {leaf.offset: np.ascontiguousarray(a) for leaf, a in formula.data}
    x, v = point(seed), point(seed + 1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(nests, "SHORT", short)
        patch.setattr(loops, "PIECE", 2)
        for name, program in parts(formula).items():
            vectors = (x, v)[: 1 + (name == "product")]
            function = interpreted(program, data)
            if function is not None:
                near(function(*vectors), numpy_function(program, data)(*vectors))


# --- compiled ------------------------------------------------------------------------------------


def rosenbrock(c: Canvas) -> Any:
    x, i = c.variable("x", 60), c.axis(59)
    return c.sum(i, 100 * (c.at(x, (i, 1, 1)) - c.at(x, i) ** 2) ** 2 + (1 - c.at(x, i)) ** 2)


def strided(c: Canvas) -> Any:
    x, y, i, j = c.variable("x", 60), c.variable("y", 31), c.axis(30), c.axis(59)
    even, odd, back = c.at(x, (i, 2, 0)), c.at(x, (i, 2, 1)), c.at(x, (i, -2, 59))
    neighbours = c.at(x, (j, 1, 1)) * c.at(x, (j, -1, 58)) * c.at(x, 7)
    return c.sum(i, (even * odd - back * c.at(y, (i, 1, 1))) ** 2) + c.sum(j, neighbours)


def surface(c: Canvas) -> Any:
    u, i, j = c.variable("u", 20, 30), c.axis(19), c.axis(29)
    here = c.at(u, i, j)
    down, right = c.at(u, (i, 1, 1), j) - here, c.at(u, i, (j, 1, 1)) - here
    return c.sum((i, j), c.f("sqrt", 1.0 + down**2 + right**2))


def clusters(c: Canvas) -> Any:
    p, i, j, k = c.variable("p", 40, 3), c.axis(40), c.axis(40), c.axis(3)
    square = c.sum(k, (c.at(p, i, k) - c.at(p, j, k)) ** 2)
    pair = c.f("less", c.position(i), c.position(j))
    return c.sum((i, j), c.f("where", pair, square**-6 - square**-3, 0.0 * square))


def outer_function(c: Canvas) -> Any:
    x, i = c.variable("x", 50), c.axis(50)
    return c.f("sqrt", c.sum(i, c.at(x, i) ** 2)) * c.sum(i, c.f("abs", c.at(x, i) - 1.0))


CHOSEN = [rosenbrock, strided, surface, clusters, outer_function]
EXTREMES = (np.nan, np.inf, -np.inf, 1e200, 0.0)


@pytest.mark.parametrize("formula_of", CHOSEN)
def test_compiled_loops_agree_with_numpy_at_every_kind_of_number(formula_of: Any) -> None:
    pytest.importorskip("numba")
    c = Canvas()
    formula = c.formula(formula_of(c))
    random = np.random.default_rng(5)
    for name, program in parts(formula).items():
        function = fast.compiled(program, {})
        assert function is not None
        expected = numpy_function(program, {})
        again = fast.compiled(program, {})
        assert again is not None
        for extreme in (None, *EXTREMES):
            x, v = 1.0 + random.uniform(-0.5, 0.5, (2, program.inputs))
            if extreme is not None:
                x[random.integers(x.size)] = extreme
            vectors = (x, v)[: 1 + (name == "product")]
            found = function(*vectors)
            near(found, expected(*vectors), 1e-12)
            for one, other in zip(found, again(*vectors), strict=True):
                assert np.asarray(one).tobytes() == np.asarray(other).tobytes()


def test_a_program_changes_over_after_a_number_of_evaluations_and_stays_right(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pytest.importorskip("numba")
    monkeypatch.delenv(fast.SWITCH, raising=False)
    c = Canvas()
    program = parts(c.formula(rosenbrock(c)))["joint"]
    assert fast.evaluations(program) > 1000
    monkeypatch.setattr(fast, "evaluations", lambda program: 2)
    made = []
    compiled = fast.compiled

    def noted(*arguments: Any) -> Any:
        made.append(compiled(*arguments))
        return made[-1]

    monkeypatch.setattr(fast, "compiled", noted)
    function = compile_program(program, {})
    x = np.linspace(0.5, 1.5, 60)
    x.flags.writeable = False
    value, gradient = function(x)
    function(x)
    assert not made
    value_after, gradient_after = function(x)
    assert len(made) == 1
    assert value_after == pytest.approx(value, rel=1e-14)
    np.testing.assert_allclose(gradient_after, gradient, rtol=1e-12)
    assert function(np.repeat(x, 2)[::2])[0] == value_after
    assert len(made) == 1


def test_what_does_not_pay_is_left_to_numpy() -> None:
    c = Canvas()
    w, i, k = c.variable("w", 20), c.axis(50), c.axis(20)
    data = c.array(np.ones((50, 20)))
    linear = c.sum(k, c.at(data, i, k) * c.at(w, k))
    for term in (c.f("softplus", linear), linear**2, c.f("exp", c.at(w, k))):
        formula = c.formula(c.sum(term.node.axes, term))
        with pytest.raises(nests.Unfit):
            fusing.nests(parts(formula)["joint"])


def test_it_can_be_turned_off_and_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    c = Canvas()
    program = parts(c.formula(rosenbrock(c)))["joint"]

    def function(x: Any) -> None: ...

    monkeypatch.setenv(fast.SWITCH, "0")
    assert fast.changing_over(program, {}, function) is function
    monkeypatch.setattr(fast, "_installed", lambda: False)
    monkeypatch.setenv(fast.SWITCH, "")
    x = np.ones(60)
    assert compile_program(program, {})(x)[0] == 0.0
    monkeypatch.setenv(fast.SWITCH, "1")
    with pytest.raises(UsageError, match="numba") as caught:
        compile_program(program, {})
    assert caught.value.diagnostics[0].hint == 'pip install "gd-minimize[fast]"'
