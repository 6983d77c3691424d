"""The table of derivatives: against SymPy itself, and on its way to disk and back."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import mpmath
import numpy as np
import pytest

from gdcli.graph.calculus import RULES, SYMBOLIC, RuleBook
from gdcli.graph.derivatives import gradient
from tests.graph.construct import Canvas, Values

POINTS = {"acosh": (1.2, 3.0), "log1p": (-0.5, 2.0), "lgamma": (0.3, 4.5), "gamma": (0.4, 3.2)}
MEANINGS: dict[str, Any] = {
    "lgamma": mpmath.loggamma,
    "log2": lambda x: mpmath.log(x, 2),
    "digamma": lambda x: mpmath.psi(0, x),
    "trigamma": lambda x: mpmath.psi(1, x),
}


@pytest.mark.parametrize("function", [f for f in SYMBOLIC if f != "atan2"])
def test_derivatives_agree_with_high_precision(function: str) -> None:
    c = Canvas()
    (x,) = c.scalars("x")
    values = Values(c.formula(c.f(function, x)))
    meaning = MEANINGS.get(function) or getattr(mpmath, function)
    for at in POINTS.get(function, (0.3, 0.8)):
        with mpmath.workdps(40):
            expected = float(mpmath.diff(meaning, mpmath.mpf(at)))
        found = values.flat(gradient(values.formula), np.array([at]))
        assert found == pytest.approx(expected, rel=1e-13)


def test_a_rule_uses_the_value_where_that_is_cheaper() -> None:
    for function in ("exp", "tanh", "tan", "sqrt", "cbrt"):
        steps = RULES.rules(function)[0]
        assert ("value",) in steps
        assert all(step[0] != "apply" for step in steps)


def test_rules_survive_json() -> None:
    for function in SYMBOLIC:
        RULES.rules(function)
    data = json.loads(json.dumps(RULES.export()))
    book = RuleBook()
    book.restore(data)
    assert book.export() == RULES.export()
    assert all(book.rules(f) == RULES.rules(f) for f in SYMBOLIC)


@pytest.mark.parametrize(
    "data",
    [
        [],
        {"system": [[["value"]]]},
        {"exp": []},
        {"exp": [[]]},
        {"exp": [[["argument", 1]]]},
        {"exp": [[["argument", True, 2]]]},
        {"exp": [[["number", float("nan")]]]},
        {"exp": [[["number", "1"]]]},
        {"exp": [[["apply", "__import__", [0]]]]},
        {"exp": [[["value"], ["apply", "exp", [1]]]]},
        {"exp": [[["value"], ["product", [[0, 0]]]]]},
        {"exp": [[["value"], ["product", [[0, 0.5]]]]]},
        {"exp": [[["value"], ["sum", 0.0, [[1.0, -1]]]]]},
        {"exp": [[["value"], ["sum", 0.0, [1.0]]]]},
        {"exp": [[["value"]] * 1000]},
        {"exp": "value"},
        {"atan2": [[["value"]]]},
    ],
)
def test_what_is_no_rule_is_refused_whole(data: Any) -> None:
    book = RuleBook()
    with pytest.raises(ValueError, match=r"rule|step"):
        book.restore(data)
    assert book.export() == {}


def test_a_process_with_remembered_rules_needs_no_sympy() -> None:
    RULES.rules("tanh")
    program = f"""
import json, sys
from gdcli.graph.calculus import RULES, partial
from gdcli.graph.interning import Graph
RULES.restore(json.loads({json.dumps(RULES.export())!r}))
graph = Graph()
x = graph.access(graph.leaf("variable", "x", (), 0), ())
for function in ("tanh", "abs", "sigmoid"):
    assert partial(graph, graph.apply(function, x), 0) is not None
assert "sympy" not in sys.modules
"""
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)
