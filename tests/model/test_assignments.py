"""What stands behind `--start`, `--bounds`, `--var`, `--data`."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gdcli.errors import UsageError
from gdcli.model.assignments import read_assignments, read_shapes, split_outside_brackets
from gdcli.model.data_items import DataItem, read_data
from gdcli.model.kinds import Unfit
from gdcli.model.options import from_options

values = st.sampled_from(["1", "-2e5", "[1,2]", "[i*2 for i in range(3)]", "max(a,b)", "0:inf"])


@settings(deadline=None, max_examples=60)
@given(st.lists(st.tuples(st.from_regex(r"[a-z][0-9]", fullmatch=True), values), min_size=1,
                unique_by=lambda pair: pair[0]), st.sampled_from([",", " , ", ", "]))  # fmt: skip
def test_assignments_read_back(pairs: list[tuple[str, str]], comma: str) -> None:
    text = comma.join(f"{name}={value}" for name, value in pairs)
    found = read_assignments("--start", [text])
    assert [(a.name, a.value) for a in found] == pairs
    assert [text[a.span.start : a.span.stop] for a in found] == [f"{n}={v}" for n, v in pairs]


def test_commas_inside_brackets_and_quotes_do_not_split() -> None:
    assert [p.text for p in split_outside_brackets("a[1,2],'b,c',{d,e}", ",")] == [
        "a[1,2]",
        "'b,c'",
        "{d,e}",
    ]


@pytest.mark.parametrize(
    ("texts", "message"),
    [
        (["x"], "`--set` takes `name=value`: `x`"),
        (["x=1,,y=2"], "`--set` takes `name=value`: ``"),
        (["=1"], "`--set` takes `name=value`: `=1`"),
        (["x="], "`--set` takes `name=value`: `x=`"),
        (["x=1,x=2"], "`x` is given twice in `--set`"),
        (["x=1", "ｘ=2"], "`x` is given twice in `--set`"),
    ],
)
def test_what_is_no_assignment_is_said(texts: list[str], message: str) -> None:
    with pytest.raises(UsageError) as caught:
        read_assignments("--set", texts)
    assert [d.message for d in caught.value.diagnostics] == [message]


def test_all_wrong_assignments_of_all_options_at_once() -> None:
    with pytest.raises(UsageError) as caught:
        from_options({"minimize": "x", "set": ["a,b"], "start": ["x=1,x=2"], "variables": ["x[n"]})
    assert [d.code for d in caught.value.diagnostics] == [
        "not-an-assignment", "not-an-assignment", "given-twice", "not-a-shape",
    ]  # fmt: skip


def test_shapes_are_names_with_extents() -> None:
    found = read_shapes("--var", ["x[n], W[20,n+1]", "b"])
    assert [(a.name, a.value) for a in found] == [("x", "n"), ("W", "20,n+1"), ("b", "")]


@pytest.mark.parametrize("text", ["x[]", "x[n", "3[n]", "x(n)", ""])
def test_what_is_no_shape_is_said(text: str) -> None:
    with pytest.raises(UsageError, match="takes a name with its extents"):
        read_shapes("--var", [text])


@pytest.mark.parametrize(
    ("text", "items"),
    [
        ("points.csv", [("points.csv", None)]),
        ("X=X.npy,y=t.csv:Sepal Length", [("X.npy", {"X": ""}), ("t.csv", {"y": "Sepal Length"})]),
        ("y='a,b.csv':'c:d'", [("a,b.csv", {"y": "c:d"})]),
        (r"X=C:\data\X.npy", [(r"C:\data\X.npy", {"X": ""})]),
        ("all.npz:w", [("all.npz", {"w": "w"})]),
    ],
)
def test_data_options(text: str, items: list[tuple[str, dict[str, str] | None]]) -> None:
    assert list(read_data(text)) == [DataItem(file, columns) for file, columns in items]


@pytest.mark.parametrize(
    "value",
    [
        3, {}, {"file": 3}, {"file": "a", "colums": {}}, [["a"]], "a=",
        {"file": "a", "columns": []}, {"file": "a", "columns": {"x": 1}},
    ],
)  # fmt: skip
def test_what_is_no_data_is_refused(value: object) -> None:
    with pytest.raises(Unfit):
        read_data(value)
