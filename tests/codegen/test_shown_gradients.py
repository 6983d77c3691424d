"""What `gd gradient` shows of the literature's objectives, evaluated by Python as it stands."""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any

import mpmath
import numpy as np
import pytest

from gdcli.graph.build import build
from gdcli.graph.formula import Formula
from gdcli.graph.show.latex import gradient_latex
from gdcli.graph.show.python import gradient_python
from gdcli.graph.show.text import gradient_formulas
from gdcli.model.assemble import make_problem
from gdcli.model.problem import Problem
from gdcli.model.raw import RawProblem
from tests.codegen.literature_formulas import DATA, LITERATURE
from tests.codegen.test_literature import compiled, constants_of, near, point

_FUNCTIONS: Mapping[str, Any] = {
    **{f: getattr(np, f) for f in ("exp", "log", "log1p", "sqrt", "sin", "cos", "tanh", "sign")},
    "acos": np.arccos,
    "erf": math.erf,
    "digamma": lambda u: float(mpmath.digamma(u)),
    "lgamma": math.lgamma,
    "sigmoid": lambda u: 1.0 / (1.0 + np.exp(-u)),
    "softplus": lambda u: np.log(1.0 + np.exp(u)),
    "relu": lambda u: max(u, 0.0),
    "hypot": np.hypot,
    "prod": lambda terms: math.prod(terms),
    "inv": lambda rows: np.linalg.inv(np.array(rows)),
    "det": lambda rows: np.linalg.det(np.array(rows)),
    "pi": math.pi,
    "inf": math.inf,
}


class Part:
    """A shown part of an array: `name[i, k]` for some of its places."""

    def __init__(self, names: dict[str, Any], text: str) -> None:
        self._code = compile(text, text, "eval")
        self._names = names

    def at(self, places: Mapping[str, int]) -> float:
        return float(eval(self._code, {**self._names, **places}))


class Named:
    """A named shared part, evaluated where it is asked for."""

    def __init__(self, symbols: list[str], part: Part) -> None:
        self._value: Callable[..., float] = cache(
            lambda *index: part.at(dict(zip(symbols, index, strict=True)))
        )

    def __getitem__(self, index: Any) -> float:
        return self._value(*(index if isinstance(index, tuple) else (index,)))


def ranges(where: str) -> dict[str, range]:
    found = re.findall(r"(\w+) = (\d+) … (\d+)", where)
    return {symbol: range(int(low), int(high) + 1) for symbol, low, high in found}


def places(left: str, where: str, shape: tuple[int, ...]) -> Iterator[tuple[str, dict[str, int]]]:
    """Yield the index of a left side, as text, for all places that it stands for."""
    index = left.partition("[")[2].removesuffix("]")
    known = ranges(where)
    for position, part in enumerate(re.split(r", (?![^\[]*\])", index)):
        if part.isidentifier() and shape:
            known.setdefault(part, range(shape[position]))
    for values in itertools.product(*known.values()):
        yield index, dict(zip(known, values, strict=True))


def built(problem: Problem) -> Formula:
    return build(
        problem.tree, problem.source, problem.layout, problem.constants,
        unroll_limit=0, roll_up=False,
    )  # fmt: skip


def evaluated(text: str, shapes: dict[str, list[int]], x: Any) -> Any:
    """Return the gradient at x by what is shown of it."""
    problem = make_problem(
        RawProblem({"minimize": text, "set": constants_of(text, shapes), "variables": shapes})
    )
    found = gradient_formulas(built(problem))
    names: dict[str, Any] = dict(DATA) | dict(_FUNCTIONS)
    names |= problem.layout.unpack(x)
    for left, shown, where in found.definitions:
        name, bracket, index = left.partition("[")
        part = Part(names, shown)
        if where:  # an array that is filled in places
            filled = names.get(name) if isinstance(names.get(name), dict) else {}
            for at, values in places(left, where, ()):
                place = eval(at, {**names, **values})
                filled[place] = filled.get(place, 0.0) + part.at(values)
            names[name] = filled
        elif bracket:
            names[name] = Named(index.removesuffix("]").split(", "), part)
        else:
            names[name] = eval(shown, dict(names))
    slots = {v.name: np.zeros(v.shape) for v in problem.layout.variables}
    given = {v.name: np.zeros(v.shape) for v in problem.layout.variables}
    for shown_part in found.parts:
        array, part = slots[shown_part.variable], Part(names, shown_part.text)
        for at, values in places(shown_part.left, shown_part.where, array.shape):
            place = eval(f"({at},)" if at else "()", {**names, **values})
            array[place] += part.at(values)
            given[shown_part.variable][place] += 1
            assert shown_part.adds or given[shown_part.variable][place] == 1
    return problem.layout.pack(slots)


@pytest.mark.parametrize(
    ("text", "shapes"), [r[1:3] for r in LITERATURE], ids=[r[0] for r in LITERATURE]
)
def test_what_is_shown_is_the_gradient(text: str, shapes: dict[str, list[int]]) -> None:
    objective, _ = compiled(text, shapes)
    x = point(objective.size)
    near(evaluated(text, shapes, x), objective.value_and_gradient(x)[1], 1e-9)


@pytest.mark.parametrize(
    ("text", "shapes", "left", "expected"),
    [
        (
            "sum(dist[e]*(x[E[e,0]] - x[E[e,1]])**2 for e in range(7))",
            {"x": [5]},
            "x[E[i, 0]]",
            "2*dist[i]*(x[E[i, 0]] - x[E[i, 1]])",
        ),
        (
            "sum((R[i,j] - u[i]*w[j])**2 for i in range(7) for j in range(4) if seen[i,j] == 1)",
            {"u": [7], "w": [4]},
            "u[k]",
            "-2*sum(w[i]*(R[k, i] - u[k]*w[i]) for i in range(4) if seen[k, i] == 1)",
        ),
        ("prod(x)", {"x": [6]}, "x[k]", "prod(x[i] for i in range(6) if i != k)"),
        ("logsumexp(x)", {"x": [6]}, "x[k]", "exp(x[k])/sum(exp(x[i]) for i in range(6))"),
        (
            "sum(where(abs(x) <= 1, x**2/2, abs(x) - 1/2))",
            {"x": [6]},
            "x[k]",
            "x[k] if abs(x[k]) <= 1 else sign(x[k])",
        ),
        (
            "sum(exp(W[k[i],i]) for i in range(4))",
            {"W": [3, 4]},
            "W[k[l], l]",
            "exp(W[k[l], l])",
        ),
    ],
)
def test_it_is_written_as_a_person_would(
    text: str, shapes: dict[str, list[int]], left: str, expected: str
) -> None:
    given = constants_of(text, shapes)
    raw = RawProblem({"minimize": text, "set": given, "variables": shapes})
    parts = gradient_formulas(built(make_problem(raw))).parts
    assert (left, expected) in [(part.left, part.text) for part in parts]


def test_tables_of_the_user_in_latex() -> None:
    text = "sum((R[i,j] - u[i]*w[j])**2 for i in range(7) for j in range(4) if seen[i,j]*i >= 2)"
    shapes = {"u": [7], "w": [4]}
    raw = RawProblem({"minimize": text, "set": constants_of(text, shapes), "variables": shapes})
    shown = gradient_latex(built(make_problem(raw)))["u"]
    assert r"\mathrm{seen}_{k, i} \, k \ge 2" in shown


def test_exported_python_says_what_its_tables_hold() -> None:
    text = "sum(dist[e]*(x[E[e,0]] - x[E[e,1]])**2 for e in range(7))"
    raw = RawProblem({"minimize": text, "set": constants_of(text, {}), "variables": {"x": [5]}})
    formula = built(make_problem(raw))
    source = gradient_python(formula)
    assert "    # x2[i]: E[i, 0]\n    # x3[i]: E[i, 1]\n" in source
    names: dict[str, Any] = {}
    exec(source, names)
    x = np.linspace(0.2, 0.9, 5)
    _, (slope,) = names["value_and_gradient"](x, *(array for _, array in formula.data))
    near(slope, compiled(text, {"x": [5]})[0].value_and_gradient(x)[1], 1e-12)
