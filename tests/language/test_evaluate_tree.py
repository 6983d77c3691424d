"""Plain evaluation: NumPy's meaning, lazy conditionals on indices, errors, limits."""

from __future__ import annotations

import math
import time
from typing import Any

import numpy as np
import pytest

from gdcli.diagnostics import Source
from gdcli.errors import FormulaError
from gdcli.language.evaluate import evaluate
from gdcli.language.functions import FUNCTIONS
from gdcli.language.numeric import FUNCTIONS as NUMERIC
from gdcli.language.numeric import REDUCTIONS
from gdcli.language.parse import parse, parse_condition, parse_value

_RANDOM = np.random.default_rng(7)
VALUES: dict[str, Any] = {
    "x": _RANDOM.normal(size=7),
    "X": _RANDOM.normal(size=(5, 3)),
    "A": _RANDOM.normal(size=(3, 3)),
    "w": _RANDOM.normal(size=3),
    "b": _RANDOM.normal(size=5),
    "g": np.array([0, 2, 1, 2, 0]),
    "n": 7,
    "m": 3,
    "a": 1.5,
    "c": -2.0,
}


def value(text: str, **more: Any) -> Any:
    source = Source(text)
    return evaluate(parse_value(source).tree, VALUES | more, source)


def fault(text: str, strict: bool = True) -> tuple[str, str]:
    source = Source(text)
    with pytest.raises(FormulaError) as caught:
        evaluate(parse_value(source).tree, VALUES, source, strict=strict)
    found = caught.value.diagnostics[0]
    assert found.span is not None
    return found.code, text[found.span.start : found.span.stop]


def _plain_sum(items: Any, axis: int | None = None) -> Any:
    return np.sum(items, axis=axis) if isinstance(items, np.ndarray) else sum(items)


def _plain_mean(items: Any, axis: int | None = None) -> Any:
    return np.mean(items if isinstance(items, np.ndarray) else list(items), axis=axis)


PYTHON: dict[str, Any] = {
    "sum": _plain_sum, "mean": _plain_mean, "prod": lambda items: np.prod(list(items)),
    "where": np.where, "hypot": np.hypot, "dot": np.dot, "diag": np.diag, "abs": np.abs,
    "tr": np.trace, "inv": np.linalg.inv, "det": np.linalg.det, "norm": np.linalg.norm,
    "log": np.log, "sin": np.sin, "range": range, "len": len, **VALUES,
}  # fmt: skip


@pytest.mark.parametrize(
    "text",
    [
        "x[0] + X[1, 2]", "X[1]", "X[:, 1]", "X[1:, 0]", "X[-1, -1]", "x[1:] - x[:-1]**2",
        "x[::-1]", "x[::2]", "X @ w", "X.T @ b", "b[:, None]*w", "sum(X @ w - b)", "w[g]",
        "X[g, 1]", "X[1:, None, :]", "sum(X, axis=0)", "sum(X, axis=-1)", "mean(x)", "A.T @ A @ w",
        "inv(A) @ A", "det(A) + tr(A)", "diag(w)", "diag(A)", "where(x > 0, x, 0)", "dot(w, w)",
        "sum(x[i]**2 for i in range(n))",
        "sum(100*(x[i+1] - x[i]**2)**2 + (1 - x[i])**2 for i in range(n - 1))",
        "sum(X[i, k]*w[k] for i in range(5) for k in range(m) if k <= i)",
        "sum(sum(X[i, k]*w[k] for k in range(i)) for i in range(3))",
        "sum(x[i-1] if i > 0 else 0 for i in range(n))",
        "sum(x[i] if i % 2 else (x[i+1] if i < 6 else 0) for i in range(7))",
        "sum((X[i] @ w)**2 for i in range(5))",
        "sum(x[i:i+2] @ x[i+1:i+3] for i in range(5))",
        "sum(b[i] for i in range(5) if i % 2 == 0 and x[i] > 0 or i == 3)",
        "sum(x[i+1] for i in range(7) if i < 6 and x[i+1] > 0)",
        "sum(g[i]*w[g[i]] for i in range(5))",
        "sum(X[i, :] for i in range(5))",
        "sum(mean(X[i, k] for k in range(3))*b[i] for i in range(5))",
        "sum(A[i, j]*A[j, i] for i in range(3) for j in range(i, 3))",
        "sum(sum(x[k] for k in range(i, n, 2))*w[i] for i in range(m))",
        "prod(x[i] for i in range(3))", "[x[i] for i in range(n)]", "[i for i in range(10, 0, -3)]",
        "[[i*j for i in range(3)] for j in range(4)]", "[1, [2][0], 3]", "[[1, 2], [3, 4]]",
        "7//2 + -7%3 + 7%-3", "len(X) + len(x)", "1 if a > 0 else c", "1 if 0 < a < 1 else c",
        "[sum(x[:k]) for k in range(1, 4)]", "abs(c)**a",
        "sum(x[i:]@x[i:] for i in range(n))", "-a**2 + 2**-a",
        "sum(sum(x[i:i+k]) for i in range(3) for k in range(3))",
    ],
)  # fmt: skip
def test_value_is_that_of_python_and_numpy(text: str) -> None:
    wanted = np.asarray(eval(text, {**PYTHON, "__builtins__": {}}), dtype=float)
    got = value(text)
    assert np.shape(got) == wanted.shape
    np.testing.assert_allclose(got, wanted, rtol=1e-13)


def test_every_function_has_a_value() -> None:
    assert set(FUNCTIONS) <= set(NUMERIC) | set(REDUCTIONS)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("log(8, 2)", 3.0),
        ("gamma(5)", 24.0),
        ("lgamma(0.5)", math.lgamma(0.5)),
        ("erf(0.3)", math.erf(0.3)),
        ("sigmoid(-800) + sigmoid(800)", 1.0),
        ("softplus(1000)", 1000.0),
        ("relu(c) + relu(a)", 1.5),
        ("logsumexp([1000, 1000])", 1000 + math.log(2)),
        ("norm([3e200, 4e200])", 5e200),
        ("norm1([3, -4])", 7.0),
        ("max(1, 2, a) + min(1, c)", 0.0),
        ("max([1, 5, 2])", 5.0),
        ("hypot(3, 4) + atan2(0, 1)", 5.0),
        ("cbrt(-8)", -2.0),
        ("logdet([[2, 0], [0, 3]])", math.log(6)),
        ("tau - 2pi", 0.0),
        ("sum(1 for i in range(0))", 0.0),
        ("exp(1000)", math.inf),
    ],
)
def test_functions(text: str, wanted: float) -> None:
    assert value(text) == pytest.approx(wanted, rel=1e-14)


def test_undefined_is_nan_where_not_strict() -> None:
    for text in ("log(-1)", "sqrt(-1)", "gamma(-1)", "inv([[1, 1], [1, 1]])[0, 0]", "0*inf"):
        assert math.isnan(value(text))


def test_conditions_are_one_or_zero() -> None:
    for text, wanted in {
        "a < 2 and not c > 0": 1.0,
        "1 < a < 1.2": 0.0,
        "c > 0 or a >= 1.5": 1.0,
    }.items():
        assert evaluate(parse_condition(Source(text)).tree, VALUES, Source(text)) == wanted


def test_the_users_names_override_constants() -> None:
    assert value("e + pi", e=1.0) == 1 + math.pi


@pytest.mark.parametrize(
    ("text", "code", "part"),
    [
        ("1 + foo + bar", "unknown-name", "foo"),
        ("x[7]", "index-out-of-range", "7"),
        ("x[-8]", "index-out-of-range", "-8"),
        ("sum(x[i-1] for i in range(n))", "negative-index", "i-1"),
        ("x[c:]", "negative-index", "c"),
        ("x[0.5]", "not-whole", "0.5"),
        ("X[1, 2, 3]", "too-many-indices", "X[1, 2, 3]"),
        ("a[0]", "not-an-array", "a[0]"),
        ("a + (x + w)", "shape-mismatch", "x + w"),
        ("X @ x", "shape-mismatch", "X @ x"),
        ("sum(x, axis=1)", "axis", "sum(x, axis=1)"),
        ("x[::0]", "zero-step", "::0"),
        ("sum(1 for i in range(0, 3, 0))", "zero-step", "sum(1 for i in range(0, 3, 0))"),
        ("max(x[i] for i in range(0))", "empty", "max(x[i] for i in range(0))"),
        ("[1, [2, 3]]", "ragged", "[1, [2, 3]]"),
        ("[[1 for i in range(j)] for j in range(3)]", "ragged", "[1 for i in range(j)]"),
        ("2 + 9**9**9**9", "not-finite", "9**9**9"),
        ("1/(a - a)", "not-finite", "1/(a - a)"),
        ("2*log(c)", "not-finite", "log(c)"),
        ("sum(1/i for i in range(3))", "not-finite", "1/i"),
        ("sum(1 for i in range(10**9))", "too-large", "sum(1 for i in range(10**9))"),
    ],
)
def test_faults(text: str, code: str, part: str) -> None:
    assert fault(text) == (code, part)


def test_arrays_beyond_the_limit_are_refused() -> None:
    text = "[i for i in range(20000)] + [[i] for i in range(20000)]"
    assert fault(text)[0] == "too-large"


def test_a_million_starts_are_quick() -> None:
    begun = time.process_time()
    start = value("[-1.2 if i%2==0 else 1 for i in range(1000000)]")
    assert time.process_time() - begun < 2
    assert start.shape == (1_000_000,)
    assert start[:3].tolist() == [-1.2, 1.0, -1.2]


def test_deep_formulas_have_values() -> None:
    text = "sin(1 + " * 400 + "a" + ")" * 400
    wanted = 1.5
    for _ in range(400):
        wanted = math.sin(1 + wanted)
    assert evaluate(parse(Source(text)).tree, VALUES, Source(text)) == pytest.approx(wanted)
