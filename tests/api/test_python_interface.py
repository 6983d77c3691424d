"""The Python interface: what the contract promises to programs that import gdcli."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import warnings
from pathlib import Path

import numpy as np
import pytest

import gdcli

CHAIN = "sum(100*(x[i+1]-x[i]**2)**2 + (1-x[i])**2 for i in range(n-1))"


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GD_CACHE_DIR", str(tmp_path / "cache"))


def test_minimize() -> None:
    r = gdcli.minimize("x**2 + 3*y**2", start={"x": 1, "y": 2})
    assert isinstance(r, gdcli.Result)
    assert r.status == "converged"
    assert r.value == pytest.approx(0, abs=1e-12)
    assert r.at is not None and r.at["x"] == pytest.approx(0, abs=1e-6)
    assert json.loads(json.dumps(r.to_dict(), allow_nan=False))["schema"] == "gd.result/1"


def test_maximize_is_in_the_users_sense() -> None:
    r = gdcli.maximize("5 - (x-1)**2", start={"x": 3})
    assert r.sense == "maximize"
    assert r.value == pytest.approx(5)


def test_options_are_those_of_problem_files() -> None:
    r = gdcli.minimize(
        "a*x**2 + y**2", set={"a": 4}, bounds={"x": [1, np.inf]},
        method="lbfgs", options={"memory": 3}, tol=1e-6, max_iter=50, start={"x": 2, "y": np.pi},
    )  # fmt: skip
    assert r.status == "converged"
    assert r.at is not None and r.at["x"] == pytest.approx(1)
    assert r.method == "lbfgs"
    assert r.options is not None and r.options["memory"] == 3


def test_arrays_go_in_and_come_out() -> None:
    a, b = np.array([[1.0, 1], [1, 2], [1, 3]]), np.array([1.0, 2, 2])
    r = gdcli.minimize("sum((A @ x - b)**2)", set={"A": a, "b": b})
    assert r.at is not None
    expected = np.linalg.lstsq(a, b, rcond=None)[0]
    np.testing.assert_allclose(r.at["x"], expected, atol=1e-9)
    assert isinstance(r.at["x"], np.ndarray)


def test_solve_takes_the_problem_of_a_file(tmp_path: Path) -> None:
    one, two = tmp_path / "one.toml", tmp_path / "two.toml"
    one.write_text('minimize = "(x-1)^2"')
    two.write_text(
        '[[problem]]\nname="a"\nminimize = "x^2"\n[[problem]]\nname="b"\nmaximize="-x^2"'
    )
    assert gdcli.solve(one).status == "converged"
    assert gdcli.solve(str(one), max_iter=0, start={"x": 5}).status == "max_iter"
    assert gdcli.solve(two, name="b").sense == "maximize"
    for wrong in ({}, {"name": "c"}):
        with pytest.raises(gdcli.GdError):
            gdcli.solve(two, **wrong)


@pytest.mark.parametrize(
    ("formula", "options"),
    [
        ("sine(x) + tangens(x)", {}),
        ("x**2", {"tol": -1}),
        ("x**2", {"tool": 1}),
        ("x**2", {"method": "adma"}),
        ("x**2", {"start": {"z": 1}}),
        ("x**2", {"bounds": {"x": [2, 1]}}),
        ("3", {}),
    ],
)
def test_faults_are_raised_with_their_diagnostics(formula: str, options: dict[str, object]) -> None:
    with pytest.raises(gdcli.GdError) as caught:
        gdcli.minimize(formula, **options)
    assert caught.value.diagnostics
    assert all(fault.message for fault in caught.value.diagnostics)
    assert str(caught.value)


def test_all_faults_of_a_formula_at_once() -> None:
    with pytest.raises(gdcli.GdError) as caught:
        gdcli.compile("sine(x) + tangens(x)")
    assert len(caught.value.diagnostics) == 2


def test_what_ran_returns_a_result_whatever_came_of_it() -> None:
    assert gdcli.minimize("x**3").status == "unbounded"
    assert gdcli.minimize("x**2", time_limit=0).status == "time_limit"


def test_a_compiled_objective() -> None:
    f = gdcli.compile(CHAIN, set={"n": 10}, variables={"x": "n"})
    assert f.size == 10
    assert f.start.shape == (10,) and f.start.dtype == np.float64
    z = np.linspace(-1, 1, 10)
    value, gradient = f.value_and_gradient(z)
    assert value == pytest.approx(sum(100 * (z[1:] - z[:-1] ** 2) ** 2 + (1 - z[:-1]) ** 2))
    assert f.value(z) == pytest.approx(value)
    np.testing.assert_allclose(f.gradient(z), gradient)
    step = 1e-6
    differences = [(f.value(z + step * e) - f.value(z - step * e)) / (2 * step) for e in np.eye(10)]
    np.testing.assert_allclose(gradient, differences, rtol=1e-5, atol=1e-4)
    hessian = f.hessian(z)
    np.testing.assert_allclose(hessian, hessian.T)
    v = np.arange(10.0)
    np.testing.assert_allclose(f.hessian_product(z, v), hessian @ v)


def test_vectors_of_the_wrong_shape_are_refused() -> None:
    f = gdcli.compile(CHAIN, set={"n": 10}, variables={"x": "n"})
    for wrong in (np.zeros(9), np.zeros((10, 1)), 3.0):
        with pytest.raises(ValueError, match="expected a vector of shape"):
            f.value(wrong)  # type: ignore[arg-type]


def test_results_do_not_share_memory() -> None:
    f = gdcli.compile(CHAIN, set={"n": 50}, variables={"x": "n"})
    first = f.gradient(np.zeros(50))
    kept = first.copy()
    f.gradient(np.ones(50) * 3)
    np.testing.assert_array_equal(first, kept)


def test_packing() -> None:
    f = gdcli.compile("sum(w**2) + (b-1)**2", variables={"w": [2, 3]})
    z = f.pack({"w": np.arange(6.0).reshape(2, 3), "b": 7})
    back = f.unpack(z)
    assert back["b"] == 7
    np.testing.assert_array_equal(back["w"], [[0, 1, 2], [3, 4, 5]])
    assert f.pack({"w": 2, "b": 1}).sum() == 13
    with pytest.raises(ValueError, match="b"):
        f.pack({"w": 2})


def test_it_serves_another_solver() -> None:
    optimize = pytest.importorskip("scipy.optimize")
    f = gdcli.compile(CHAIN, set={"n": 10}, variables={"x": "n"})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = optimize.minimize(f.value_and_gradient, f.start, jac=True, hess=f.hessian)
    assert found.fun < 1e-6 or np.abs(found.jac).max() < 1e-4


def test_nothing_of_the_process_is_changed() -> None:
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    handlers = [signal.getsignal(number) for number in numbers]
    environment = dict(os.environ)
    filters = list(warnings.filters)
    errors = np.geterr()
    gdcli.minimize("sqrt(x) + 1/x", start={"x": -1})
    gdcli.minimize("sum(log(x))", variables={"x": [100]}, bounds={"x": [1, 2]})
    assert [signal.getsignal(number) for number in numbers] == handlers
    assert dict(os.environ) == environment
    assert warnings.filters == filters
    assert np.geterr() == errors


def test_importing_changes_nothing() -> None:
    code = (
        "import os, signal, sys, threading, warnings\n"
        "state = lambda: (dict(os.environ), [signal.getsignal(s) for s in (1, 2, 15)],"
        " sys.getrecursionlimit(), threading.active_count())\n"
        "before = state()\n"
        "import gdcli, gdcli.api\n"
        "gdcli.minimize('x**2 + (y-1)**4')\n"
        "assert state() == before\n"
        "for name in gdcli.__all__: assert getattr(gdcli, name) is not None\n"
        "assert callable(gdcli.compile) and callable(gdcli.solve)\n"
    )
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr


def test_ctrl_c_is_python_s_own() -> None:
    """Only the command line turns a signal into an answer."""

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGALRM, interrupt)
    signal.setitimer(signal.ITIMER_REAL, 1.0)
    try:
        with pytest.raises(KeyboardInterrupt):
            gdcli.minimize(
                "(1-x)^2 + 100*(y-x^2)^2", start={"x": -1.2, "y": 1},
                method="gd", learning_rate=1e-9, max_iter=10**9,
            )  # fmt: skip
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def test_the_package_is_typed() -> None:
    assert (Path(gdcli.__file__).parent / "py.typed").exists()
