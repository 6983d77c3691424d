"""Shapes of variables and sizes: what follows from what, and what stays open."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gdcli.diagnostics import Diagnostic, Source
from gdcli.errors import GdError
from gdcli.language.check import free_names
from gdcli.language.parse import parse
from gdcli.model.assemble import make_problem
from gdcli.model.extents import Equations, Extent
from gdcli.model.problem import Problem
from gdcli.model.raw import RawProblem
from gdcli.model.shapes import infer

X = [[1, 2, 3], [4, 5, 6]]


def make(formula: str, **fields: Any) -> Problem:
    return make_problem(RawProblem({"minimize": formula, **fields}))


def shapes(formula: str, **fields: Any) -> dict[str, tuple[int, ...]]:
    return {v.name: v.shape for v in make(formula, **fields).layout.variables}


def faults(formula: str, **fields: Any) -> tuple[Diagnostic, ...]:
    with pytest.raises(GdError) as caught:
        make(formula, **fields)
    return caught.value.diagnostics


@pytest.mark.parametrize(
    ("formula", "fields", "expected"),
    [
        ("x**2 + y", {}, {"x": (), "y": ()}),
        ("sum(x**2)", {"variables": {"x": [4]}}, {"x": (4,)}),
        ("sum(x**2)", {"variables": {"x": "n"}, "set": {"n": 4}}, {"x": (4,)}),
        ("sum(x**2)", {"variables": {"x": ["2*n", 3]}, "set": {"n": 4}}, {"x": (8, 3)}),
        ("sum(x**2)", {"start": {"x": [1, 2]}}, {"x": (2,)}),
        ("sum(x**2)", {"start": {"x": 3}}, {"x": ()}),
        ("norm(X @ w - y)**2 + lam*norm(w)", {"set": {"X": X, "y": [1, 2], "lam": 1}}, {"w": (3,)}),
        ("norm(X @ w - y)**2", {"set": {"X": X, "y": [1, 2]}, "start": {"w": 0}}, {"w": (3,)}),
        ("sum((w @ X)**2)", {"set": {"X": X}}, {"w": (2,)}),
        ("w.T @ X.T @ v", {"set": {"X": X}, "variables": {"w": [3]}}, {"w": (3,), "v": (2,)}),
        ("dot(x, c)", {"set": {"c": [1, 2]}}, {"x": (2,)}),
        ("mean((X @ w + b - y)**2)", {"set": {"X": X, "y": [1, 2]}}, {"w": (3,), "b": ()}),
        ("sum((x[1:] - c)**2)", {"set": {"c": [1, 2, 3]}}, {"x": (4,)}),
        ("sum((x[1:-1] - c)**2)", {"set": {"c": [1, 2, 3]}}, {"x": (5,)}),
        ("sum((x[::2] - c)**2)", {"set": {"c": [1, 2]}, "variables": {"x": [4]}}, {"x": (4,)}),
        ("sum((x[i] - c[i])**2 for i in range(m))", {"set": {"c": [1, 2]}}, {"x": (2,)}),
        ("sum((x[i+1] - c[i])**2 for i in range(n-1))", {"set": {"c": [1, 2]}}, {"x": (3,)}),
        ("sum((x[i] - c[i])**2 for i in range(2))", {"set": {"c": [1, 2]}}, {"x": (2,)}),
        ("sum(w[k]*X[i,k] for i in range(m) for k in range(p))", {"set": {"X": X}}, {"w": (3,)}),
        ("sum((A[i,j] - X[i,j])**2 for i in range(m) for j in range(p) if i != j)",
         {"set": {"X": X}}, {"A": (2, 3)}),
        ("sum(X[i,0]*x[len(X)-1-i] for i in range(len(X)))", {"set": {"X": X}}, {"x": (2,)}),
        ("sum(c[n-1-i]*x[i] for i in range(n))", {"set": {"c": [1, 2, 3]}}, {"x": (3,)}),
        ("sum(x[i]*c[2*i] for i in range(n))", {"set": {"c": [1, 2, 3, 4, 5]}}, {"x": (3,)}),
        ("tr(A @ X)", {"set": {"X": X}, "variables": {"A": [3, 2]}}, {"A": (3, 2)}),
        ("-logdet(A) + tr(A @ S)",
         {"set": {"S": [[2, 0], [0, 1]]}, "start": {"A": [[1, 0], [0, 1]]}}, {"A": (2, 2)}),
        ("sum((y - w2 @ tanh(W1 @ X.T + b1[:,None]) - b2)**2)",
         {"set": {"X": X, "y": [1, 2], "h": 4}, "variables": {"W1": ["h", 3], "w2": "h"}},
         {"W1": (4, 3), "w2": (4,), "b1": (4,), "b2": ()}),
        ("max(sum(X*x, axis=1))", {"set": {"X": X}, "variables": {"x": [3]}}, {"x": (3,)}),
        ("sum(x[k[i]] for i in range(2))", {"set": {"k": [0, 3]}, "variables": {"x": [4]}},
         {"x": (4,)}),
        ("sum(where(x > 0, x, c))", {"set": {"c": [1, 2]}, "variables": {"x": [2]}}, {"x": (2,)}),
    ],
)  # fmt: skip
def test_shapes_follow(formula: str, fields: Any, expected: dict[str, tuple[int, ...]]) -> None:
    found = shapes(formula, **fields)
    assert found == expected
    assert make(formula, **fields).layout.size == sum(int(np.prod(s)) for s in found.values())


def test_sizes_are_bound_by_data_and_become_constants() -> None:
    problem = make("sum(w[k]*X[i,k] for i in range(m) for k in range(p))/m", set={"X": X})
    assert (problem.constants["m"], problem.constants["p"]) == (2.0, 3.0)


def test_sizes_are_bound_by_a_start_and_used_by_another() -> None:
    problem = make(
        "sum((x[i] - y[i])**2 for i in range(n))",
        start={"x": [1, 2, 3], "y": "[i for i in range(n)]"},
    )
    assert problem.constants["n"] == 3
    assert problem.start["y"].tolist() == [0, 1, 2]


@pytest.mark.parametrize(
    ("formula", "fields", "codes", "hint"),
    [
        ("sum(x**2)", {}, ["open-shape"], '--var "x[10]"'),
        ("norm(x - c)", {"set": {"c": 1}}, ["open-shape"], '--var "x[10]"'),
        ("x @ y", {}, ["open-shape", "open-shape"], '--var "x[10]"'),
        ("sum(x[i]**2 for i in range(n))", {"set": {"n": 5}}, ["open-shape"], '--var "x[5]"'),
        ("sum(x[i]**2 for i in range(n))", {}, ["open-size", "open-shape"], "--set n=10"),
        ("sum(x[i]**2 for i in range(n))", {"variables": {"x": "n"}}, ["open-size"], "--set n=10"),
        ("x[k]**2 + k", {"variables": {"x": [3]}}, ["open-size"], "--set k=10"),
        ("sum(x[i+k] for i in range(2))", {"start": {"x": [1, 2, 3]}}, ["open-size"], "--set k=10"),
        ("tr(A)", {}, ["open-shape"], '--var "A[10,10]"'),
        ("sum((x[1:] - x[:-1])**2)", {}, ["open-shape"], "--var"),
    ],
)
def test_what_stays_open_is_an_error_that_says_what_to_write(
    formula: str, fields: Any, codes: list[str], hint: str
) -> None:
    found = faults(formula, **fields)
    assert [d.code for d in found] == codes
    assert hint in found[0].hint


@pytest.mark.parametrize(
    ("formula", "fields", "left", "right"),
    [
        ("norm(X @ w - y)", {"set": {"X": X, "y": [1, 2, 3]}}, ("X @ w", "(2,)"), ("y", "(3,)")),
        ("sum(a*b)", {"start": {"a": [1, 2]}, "set": {"b": [1, 2, 3]}},
         ("a", "(2,)"), ("b", "(3,)")),
        ("sum(X @ w)", {"set": {"X": X}, "start": {"w": [1, 2]}}, ("X", "(2, 3)"), ("w", "(2,)")),
        ("sum(x[1:] - x)", {"variables": {"x": [4]}}, ("x[1:]", "(3,)"), ("x", "(4,)")),
    ],
)  # fmt: skip
def test_a_mismatch_shows_both_shapes_under_their_parts(
    formula: str, fields: Any, left: tuple[str, str], right: tuple[str, str]
) -> None:
    (found,) = faults(formula, **fields)
    assert found.code == "shape-mismatch" and found.span is not None
    ((other, label),) = found.related
    assert formula[found.span.start : found.span.stop] == left[0] and left[1] in found.label
    assert formula[other.start : other.stop] == right[0] and right[1] in label


@pytest.mark.parametrize(
    ("formula", "fields", "code"),
    [
        ("x**2", {"start": {"x": [1, 2]}}, "not-a-number"),
        ("sum(x[0, 1])", {"start": {"x": [1, 2]}}, "too-many-indices"),
        ("sum(x, axis=1)", {"start": {"x": [1, 2]}}, "no-such-axis"),
        ("det(X) + x", {"set": {"X": X}}, "not-square"),
        ("sum(x[::0])", {"start": {"x": [1, 2]}}, "zero-step"),
        ("(2*c) @ c + x", {"set": {"c": 3}}, "not-an-array"),
        ("sum(x[i] for i in range(n))", {"start": {"x": [1, 2], "n": 3}}, "variable-as-index"),
        ("sum(x)", {"variables": {"x": [10**13]}}, "wrong-value"),
        ("sum(x)", {"variables": {"x": [10**6, 10**6]}}, "too-large"),
        ("sum(x)", {"variables": {"x": ["0*k"]}, "set": {"k": 1}}, "wrong-value"),
        ("sum(c[i]*d[i] for i in range(m)) + x", {"set": {"c": [1, 2], "d": [1, 2, 3]}},
         "shape-mismatch"),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_an_error(formula: str, fields: Any, code: str) -> None:
    assert code in [d.code for d in faults(formula, **fields)]


def test_a_number_among_arrays_is_noted() -> None:
    problem = make("mean((X @ w + b - y)**2)", set={"X": X, "y": [1, 2]})
    (note,) = [w for w in problem.warnings if w.code == "taken-as-number"]
    assert note.severity == "note" and '--var "b[2]"' in note.hint
    declared = make("mean((X @ w + b - y)**2)", set={"X": X, "y": [1, 2]}, start={"b": 0})
    assert not declared.warnings


small = st.lists(st.integers(1, 3), max_size=3).map(tuple)


@settings(deadline=None, max_examples=150)
@given(small, small, st.sampled_from(["a + b", "a*b", "max(a, b)", "a**b", "b if a > 0 else a"]))
def test_broadcasting_is_numpys(a: tuple[int, ...], b: tuple[int, ...], text: str) -> None:
    formula = f"mean({text})"
    source = Source(formula)
    tree = parse(source).tree
    known = {"a": np.ones(a), "b": np.ones(b)}
    try:
        np.broadcast_shapes(a, b)
    except ValueError:
        with pytest.raises(GdError):
            infer(tree, source, {}, known, variables=())
    else:
        assert not infer(tree, source, {}, known, variables=()).faults


@settings(deadline=None, max_examples=150)
@given(st.integers(1, 7), *[st.none() | st.integers(-9, 9)] * 2, st.none() | st.integers(1, 3))
def test_slices_are_numpys(size: int, start: Any, stop: Any, step: Any) -> None:
    length = len(np.zeros(size)[start:stop:step])
    if length < 2:  # of length one broadcasts with anything
        return
    text = ":".join("" if part is None else str(part) for part in (start, stop, step))
    formula = f"sum(c[{text}]*x)"
    source = Source(formula)
    known = {"c": np.zeros(size)}
    tree = parse(source).tree
    declared: dict[str, tuple[int | str, ...]] = {"x": ("k",)}
    found = infer(tree, source, declared, known, variables=["x"], sizes=["k"])
    assert found.sizes == {"k": length} and found.shapes == {"x": (length,)}
    assert set(free_names(tree)) == {"c", "x"}


forms = st.builds(
    lambda constant, factors: Extent(constant).plus(
        Extent(0, tuple(sorted((n, f) for n, f in factors.items() if f)))
    ),
    st.integers(-5, 5),
    st.dictionaries(st.sampled_from("nmp"), st.integers(-2, 2), max_size=3),
)


@settings(deadline=None, max_examples=200)
@given(st.dictionaries(st.sampled_from("nmp"), st.integers(1, 9), min_size=3),
       st.lists(forms, max_size=4))  # fmt: skip
def test_equations_that_hold_are_never_contradicted(values: dict[str, int], given_: Any) -> None:
    equations = Equations()
    known = {name: Extent(value) for name, value in values.items()}
    for form in given_:
        assert equations.equate(form, form.replaced(known))
    for name, extent in equations.values.items():
        assert equations.resolve(extent).replaced(known).constant == values[name]
