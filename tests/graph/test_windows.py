"""Short sums that slide along a long one: the values of the loops they stand for, and slices."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from gdcli.deadline import Deadline
from gdcli.engine import structured
from gdcli.graph.building import windows
from gdcli.graph.pattern import hessian_pattern
from gdcli.model.assemble import make_problem
from gdcli.model.raw import RawProblem
from gdcli.solving.prepare import Prepared, prepare

N = 90
Loop = Callable[[Any, Any], float]

BROYDEN = (
    "sum((x[i]*(2+5*x[i]**2)+1-sum(x[j]*(1+x[j]) for j in range(max(0,i-5), min(n,i+2)) if j != i))"
    "**2 for i in range(n))"
)
WINDOWS: dict[str, tuple[str, Loop]] = {
    "banded residuals": (
        BROYDEN,
        lambda x, c: sum(
            (
                x[i] * (2 + 5 * x[i] ** 2)
                + 1
                - sum(x[j] * (1 + x[j]) for j in range(max(0, i - 5), min(N, i + 2)) if j != i)
            )
            ** 2
            for i in range(N)
        ),
    ),
    "pairs": (
        "sum((x[i]-x[j])**2 for i in range(n) for j in range(i+1, min(n, i+4)))",
        lambda x, c: sum((x[i] - x[j]) ** 2 for i in range(N) for j in range(i + 1, min(N, i + 4))),
    ),
    "stencil": (
        "sum(sin(sum(c[k]*x[i+k] for k in range(5))) for i in range(n-4))",
        lambda x, c: sum(math.sin(sum(c[k] * x[i + k] for k in range(5))) for i in range(N - 4)),
    ),
    "coefficients of both": (
        "sum((sum(sin((i+1)*(j+1))*x[j] for j in range(max(0,i-3), min(n,i+4)))-x[i])**2"
        " for i in range(n))",
        lambda x, c: sum(
            (
                sum(math.sin((i + 1) * (j + 1)) * x[j] for j in range(max(0, i - 3), min(N, i + 4)))
                - x[i]
            )
            ** 2
            for i in range(N)
        ),
    ),
    "empty at the ends": (
        "sum(exp(-sum(x[j]**2 for j in range(i+2, min(n, i+3)))) for i in range(n))",
        lambda x, c: sum(
            math.exp(-sum(x[j] ** 2 for j in range(i + 2, min(N, i + 3)))) for i in range(N)
        ),
    ),
    "product and stride": (
        "sum(prod(1+x[j]/9 for j in range(2*i, min(n, 2*i+3))) for i in range(n//2))",
        lambda x, c: sum(
            math.prod(1 + x[j] / 9 for j in range(2 * i, min(N, 2 * i + 3))) for i in range(N // 2)
        ),
    ),
}


def prepared(text: str, n: int = N) -> Prepared:
    c = np.array([0.3, -1.0, 2.0, 0.5, 0.25])
    known: dict[str, Any] = {"n": n, "c": c} if "c[" in text else {"n": n}
    raw = RawProblem({"minimize": text, "set": known, "variables": {"x": ["n"]}, "method": "lbfgs"})
    return prepare(make_problem(raw), Deadline(None))


@pytest.mark.parametrize("rows_too", [False, True])
@pytest.mark.parametrize("name", WINDOWS)
def test_values_and_derivatives(name: str, rows_too: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    if rows_too:
        monkeypatch.setattr(windows, "WORTH", 1)
    text, loop = WINDOWS[name]
    objective = prepared(text).objective
    random = np.random.default_rng(3)
    x, v = random.uniform(-1, 1, N), random.normal(size=N)
    c = [0.3, -1.0, 2.0, 0.5, 0.25]
    value, gradient = objective.value_and_gradient(x)
    assert value == pytest.approx(loop(x, c), rel=1e-12)
    h = 1e-6
    slope = (loop(x + h * v, c) - loop(x - h * v, c)) / (2 * h)
    assert gradient @ v == pytest.approx(slope, rel=1e-6, abs=1e-6)
    image = objective.hessian_product(x, v)
    ahead, behind = (objective.value_and_gradient(x + s * h * v)[1] for s in (1, -1))
    np.testing.assert_allclose(image, (ahead - behind) / (2 * h), rtol=1e-5, atol=1e-5)
    if rows_too:
        assert objective.offer_structure()
        bands = objective.structured_hessian(x)
        np.testing.assert_allclose(structured.product(bands, v), image, rtol=1e-9, atol=1e-9)


def test_the_hessian_is_a_band_where_the_index_is_long() -> None:
    pattern = hessian_pattern(prepared(BROYDEN, windows.WORTH).formula)
    assert (pattern.kind, pattern.width) == ("banded", 6)
    pairs = prepared("sum((x[i]-x[j])**4 for i in range(n) for j in range(i+1, min(n, i+4)))", 900)
    assert hessian_pattern(pairs.formula).gaps == (1, 2, 3)


def test_triangles_and_plain_products_stay_axes() -> None:
    whole = "sum((x[i]-x[j])**2 for i in range(n) for j in range(i))"
    assert hessian_pattern(prepared(whole, 12).formula).kind == "dense"
    matrix = np.ones((900, 5))
    raw = RawProblem(
        {
            "minimize": "sum(sum(X[i,k]*w[k] for k in range(5))**2 for i in range(900))",
            "set": {"X": matrix},
        }
    )
    formula = prepare(make_problem(raw), Deadline(None)).formula
    assert hessian_pattern(formula).kind == "dense"
