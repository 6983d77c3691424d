"""Programs as JSON: canonical, and nothing believed on the way back."""

from __future__ import annotations

import copy
import json
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gdcli.codegen.codec import Damaged, decode, encode
from gdcli.codegen.compile import compile_program
from gdcli.codegen.plan import Placed, Program, plan
from gdcli.graph import derivatives
from gdcli.graph.formula import Formula
from tests.graph.catalogue import CATALOGUE
from tests.graph.construct import Canvas


def joint(formula: Formula) -> Program:
    gradient = derivatives.gradient(formula)
    pairs = zip(gradient, formula.variables, strict=True)
    size = sum(int(np.prod(leaf.shape)) for leaf in formula.variables)
    return plan(formula.root, [Placed(a, leaf.offset) for a, leaf in pairs], size, size)


def rosenbrock(shift: int) -> Formula:
    c = Canvas()
    for _ in range(shift):
        c.axis(3)
    x = c.variable("x", 5)
    for k in range(shift):
        c.at(x, k) ** 7
    i = c.axis(4)
    here, there = c.at(x, i), c.at(x, (i, 1, 1))
    return c.formula(c.sum(i, 100 * (there - here**2) ** 2 + (1 - here) ** 2))


def test_equal_formulas_of_different_graphs_give_equal_text() -> None:
    texts = [encode(plan(rosenbrock(k).root, (), 0, 5)) for k in (0, 3)]
    assert texts[0] == texts[1]


def test_numbers_keep_every_bit() -> None:
    c = Canvas()
    (x,) = c.scalars("x")
    numbers = [0.1, 5e-324, 1.7976931348623157e308, -(2.0**-30), float("inf")]
    total = x
    for number in numbers:
        total = total + c.f("pow", x, number)
    program = plan(total.node, (), 0, 1)
    again = decode(encode(program))
    before = [item.value for item in program.items if hasattr(item, "value")]
    assert [item.value for item in again.items if hasattr(item, "value")] == before


BAD = [-1, 10**9, 2.5, "x", None, True, [], {}, "__import__('os')", 2**70, "\x00", float("nan")]


def places(data: Any) -> list[tuple[Any, Any]]:
    """Return every (container, key) of nested lists and dictionaries."""
    found = []
    waiting = [data]
    while waiting:
        here = waiting.pop()
        keys = list(here) if isinstance(here, dict) else range(len(here))
        for key in keys:
            found.append((here, key))
            if isinstance(here[key], (list, dict)):
                waiting.append(here[key])
    return found


@given(st.sampled_from(sorted(CATALOGUE)), st.integers(0, 10**6), st.sampled_from(BAD))
@settings(deadline=None, max_examples=300, suppress_health_check=list(HealthCheck))
def test_tampering_is_noticed_or_harmless(name: str, place: int, value: Any) -> None:
    formula = CATALOGUE[name].formula
    data = json.loads(encode(joint(formula)))
    found = places(data)
    container, key = found[place % len(found)]
    container[key] = copy.deepcopy(value)
    try:
        program = decode(json.dumps(data))
    except Damaged:
        return
    # What passes is a program: it runs, with nothing in it but its own operations.
    assert isinstance(program, Program)
    encode(program)


@pytest.mark.parametrize(
    "text",
    ["", "null", "[]", "{}", "[" * 10_000, '{"axes":[],"items":[]}', "\ufeff{}", "1e999", "NaN"],
)
def test_what_is_no_program(text: str) -> None:
    with pytest.raises(Damaged):
        decode(text)


@pytest.mark.parametrize(
    "row",
    [
        ["call", 0],
        ["apply", "system", [1]],
        ["apply", "exp", [1, 1]],
        ["apply", "exp", [2]],
        ["apply", "exp", [0]],
        ["access", 0, [[1, []]]],
        ["access", 0, [[-1, []]]],
        ["access", 1, []],
        ["leaf", "variable", [3], 0],
        ["leaf", "secret", [], 0],
        ["number", "1"],
        ["number", True],
        ["sum", 0.0, []],
        ["product", [[1, 0]]],
        ["reduce", "sum", [0], 1],
        ["reduce", "any", [], 1],
        ["determinant", "det", 0],
        ["inverse", 1],
        ["scatter", [1], [[[[0, []]], [], 0]]],
        ["leaf"],
        ["leaf", "variable", [1], 0, 0],
        [1],
        [],
        "leaf",
    ],
)
def test_rows_that_no_program_has(row: Any) -> None:
    items = [["leaf", "variable", [1], 0], ["access", 0, [[0, []]]], row]
    data = {"axes": [2], "items": items, "value": 1, "outputs": [], "size": 0, "inputs": 1}
    assert compile_program(decode(json.dumps({**data, "items": items[:2]})), {})(np.ones(1)) == 1.0
    with pytest.raises(Damaged):
        decode(json.dumps(data))
