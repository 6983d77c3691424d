"""`gd verify` and `gd rerun`: results recomputed and solved again."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gdcli.batches.precise import Precise
from gdcli.deadline import Deadline
from gdcli.diagnostics import Source
from gdcli.language.evaluate import evaluate
from gdcli.language.functions import FUNCTIONS
from gdcli.language.parse import parse
from tests.batches.running import gd

SAMPLES = Path(__file__).resolve().parents[2] / "sample_problems"

# One formula for every function of the language; a new one must be added here.
FORMULAS = {
    **{name: f"{name}(x)" for name, row in FUNCTIONS.items() if row.kind == "elementwise"},
    "log": "log(x) + log(y, 3)", "log1p": "log1p(x)", "acosh": "acosh(1 + x)",
    "atan2": "atan2(x, y)", "hypot": "hypot(x, y)", "where": "where(x > y, x, y*3)",
    "atanh": "atanh(x/4)", "asin": "asin(x/4)", "acos": "acos(x/4)",
    "min": "min(x, y) + min(v) + min(v[i] for i in range(3))",
    "max": "max(x, y, 1) + sum(max(M, axis=0)) + max(v)",
    "logsumexp": "logsumexp(v) + sum(logsumexp(M, axis=1))",
    "norm": "norm(M) + norm(v)", "norm1": "norm1(v - 1)", "dot": "dot(v, v) + dot(x, y)",
    "sum": "sum(M) + sum(sum(M, axis=1)*2) + sum(v[i]*i for i in range(len(v)) if i != 1)",
    "prod": "prod(v) + prod(x + i for i in range(3))",
    "mean": "mean(v) + mean(M) + mean(v[i]**2 for i in range(3))",
    "len": "len(v)*x", "tr": "tr(M)", "det": "det(M)", "logdet": "logdet(M @ M.T + 1 + x)",
    "inv": "sum(inv(M))", "diag": "sum(diag(M)) + sum(diag(v) @ v)",
    "conditional": "(x if x > y else y) + sum(v[i-1] if i > 0 else 0 for i in range(3))",
    "slices": "sum(v[1:] - v[:-1]**2) + v[-1] + sum(v[:, None] * M[None, 0, :])",
    "powers": "x**y + (-x)**3 + x**-2 + 2**x",
    "division": "sum(v[i // 2] * (i % 2) for i in range(6)) / x",
    "logic": "1*x if x > 0 and y > 0 or not x > 9 else 3",
}  # fmt: skip
LOGDET = "logdet(M @ M.T + diag(v))"


@pytest.mark.parametrize("name", FORMULAS)
def test_high_precision_agrees_with_plain_evaluation(name: str) -> None:
    text = LOGDET if name == "logdet" else FORMULAS[name]
    values: dict[str, Any] = {
        "x": 1.75, "y": 0.625, "v": np.array([0.5, 1.5, 2.25]),
        "M": np.array([[2.0, 0.5, 1.0], [0.25, 3.0, 0.125], [1.0, -1.0, 4.0]]),
    }  # fmt: skip
    source = Source(text)
    tree = parse(source).tree
    plain = evaluate(tree, values, source)
    precise = Precise(values, 50, Deadline()).value(tree)
    assert float(precise) == pytest.approx(plain, rel=1e-13, abs=1e-13)


@given(x=st.floats(-1e3, 1e3), y=st.floats(0.01, 50))
@settings(deadline=None, max_examples=40)
def test_high_precision_agrees_anywhere(x: float, y: float) -> None:
    source = Source("sigmoid(x)*y + softplus(-x) + relu(x) + tanh(x/y) + cbrt(x) + lgamma(y)")
    tree = parse(source).tree
    plain = evaluate(tree, {"x": x, "y": y}, source)
    precise = Precise({"x": x, "y": y}, 50, Deadline()).value(tree)
    assert float(precise) == pytest.approx(plain, rel=1e-12, abs=1e-12)


def test_what_double_precision_loses_is_there() -> None:
    tree = parse(Source("1e20 + x - 1e20")).tree
    assert float(Precise({"x": 1.5}, 50, Deadline()).value(tree)) == 1.5


def test_deep_trees_need_no_deep_stack() -> None:
    tree = parse(Source("sin(" * 200 + "x" + ")" * 200)).tree
    assert 0 < float(Precise({"x": 1.0}, 30, Deadline()).value(tree)) < 0.2


@pytest.fixture(scope="module")
def solved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("solved")
    gd(folder, "batch", str(SAMPLES / "[a-k]*.toml"), "-q", "--store", "s.db", "--jsonl", "r.jsonl")
    return folder


def test_every_sample_problem_verifies(solved: Path) -> None:
    ran = gd(solved, "verify", "s.db", code=0)
    assert "all of them hold" in ran.stderr
    gd(solved, "verify", "r.jsonl", "-q", code=0)


def test_every_sample_problem_comes_out_the_same_again(solved: Path) -> None:
    ran = gd(solved, "rerun", "s.db", code=0)
    assert "differs" not in ran.stdout
    assert "agrees" not in ran.stdout


@pytest.mark.parametrize(
    ("change", "part"),
    [
        ({"value": 1e-4}, "value is 0.0001, recomputed"),
        ({"at": {"x": 1.0, "y": 1.01}}, "value is"),
        ({"gradient_norm": 0.5}, "gradient_norm is 0.5, recomputed"),
        ({"at": {"x": 1.0}}, "`at` names x"),
        ({"feasible": False}, "feasible"),
    ],
)
def test_a_forged_result_is_found_out(tmp_path: Path, change: dict[str, Any], part: str) -> None:
    (tmp_path / "p.toml").write_text('minimize = "(1 - x)^2 + 100*(y - x^2)^2"\n')
    gd(tmp_path, "solve", "p.toml", "-o", "r.json", code=0)
    gd(tmp_path, "verify", "r.json", code=0)
    result = json.loads((tmp_path / "r.json").read_text())
    result.update(change)
    (tmp_path / "r.json").write_text(json.dumps(result))
    ran = gd(tmp_path, "verify", "r.json", code=1)
    assert part in ran.stdout


def test_many_variables_are_compared_along_directions(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from gdcli.batches import verify as verifying
    from gdcli.batches.recall import read_results

    monkeypatch.setattr(verifying, "SECONDS", 0.05)
    formula = "sum((x[i+1] - x[i]**2)**2 + (1 - x[i])**2 for i in range(n-1))"
    gd(tmp_path, "minimize", formula, "--set", "n=300", "--var", "x[n]", "-o", "r.json", code=0)
    (recalled,) = read_results(tmp_path / "r.json")
    good = verifying.verify(recalled, {"set": ["n=300"]}, Deadline())
    assert not good.wrong
    assert "random directions" in good.notes[0]
    recalled.result["at"]["x"][7] += 0.01
    plain = {"x": np.array(recalled.result["at"]["x"]), "n": 300.0}
    source = Source(formula)
    recalled.result["value"] = evaluate(parse(source).tree, plain, source)
    assert "gradient_norm" in verifying.verify(recalled, {"set": ["n=300"]}, Deadline()).wrong[0]


def test_bounds_and_maxima(tmp_path: Path) -> None:
    (tmp_path / "p.toml").write_text('maximize = "log(x) - y"\nbounds = { x = [1, 3], y = [0, 9] }')
    gd(tmp_path, "solve", "p.toml", "-o", "r.json", code=0)
    assert "gradient" in gd(tmp_path, "verify", "r.json", code=0).stdout


def test_a_formulas_constants_are_asked_for(tmp_path: Path) -> None:
    gd(tmp_path, "minimize", "(x - a)**2", "--set", "a=2", "-o", "r.json", code=0)
    assert "--set" in gd(tmp_path, "verify", "r.json", code=2).stderr
    gd(tmp_path, "verify", "r.json", "--set", "a=2", code=0)
    gd(tmp_path, "verify", "r.json", "--set", "a=3", code=1)
    gd(tmp_path, "rerun", "r.json", "--set", "a=2", code=0)


def test_rerun_tells_what_differs(tmp_path: Path) -> None:
    (tmp_path / "p.toml").write_text('minimize = "(x - 1)^2"\n')
    gd(tmp_path, "solve", "p.toml", "--method", "gd", "-o", "r.json", code=0)
    assert "identical" in gd(tmp_path, "rerun", "r.json", code=0).stdout
    (tmp_path / "p.toml").write_text('minimize = "(x - 1)^2 + 1"\n')
    ran = gd(tmp_path, "rerun", "r.json", code=1)
    assert "has changed" in ran.stdout
    assert "value: 0.0 before, 1.0 now" in ran.stdout


@pytest.mark.parametrize(
    "content", ["", "[1]", "{", '{"schema": "x"}', '{"a": 1}\n{"b": 2}\n', "\0"]
)
def test_what_is_no_result(tmp_path: Path, content: str) -> None:
    (tmp_path / "r.json").write_text(content)
    for command in ("verify", "rerun"):
        ran = gd(tmp_path, command, "r.json", code=2)
        assert "r.json" in ran.stderr


def test_the_hint_names_every_constant_to_give_again(tmp_path: Path) -> None:
    words = ("minimize", "a*x**2 + b*x", "--set", "a=1,b=2", "-o", "r.json")
    gd(tmp_path, *words, code=0)
    for command in ("verify", "rerun"):
        assert "`--set a=…,b=…`" in gd(tmp_path, command, "r.json", code=2).stderr
        gd(tmp_path, command, "r.json", "--set", "a=1,b=2", code=0)
