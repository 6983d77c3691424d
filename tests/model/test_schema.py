"""The JSON Schema says the same as the reader."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

from gdcli.errors import GdError
from gdcli.model.assemble import make_problem
from gdcli.model.keys import EXPECT_KEYS, KEYS
from gdcli.model.raw import RawProblem
from gdcli.model.schema import schema

jsonschema = pytest.importorskip("jsonschema")
SAMPLES = sorted((Path(__file__).parents[2] / "sample_problems").glob("*.toml"))


def valid(document: Any) -> bool:
    return bool(jsonschema.Draft202012Validator(schema()).is_valid(document))


def test_the_schema_is_a_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(schema())


def test_every_key_of_the_table_stands_in_it_with_its_summary() -> None:
    properties = schema()["$defs"]["problem"]["properties"]
    assert set(properties) == {row.name for row in KEYS.values() if row.in_files}
    assert all(properties[name]["description"] == KEYS[name].summary for name in properties)
    assert set(properties["expect"]["properties"]) == set(EXPECT_KEYS)


def test_the_sample_problems_are_valid() -> None:
    wrong = [path.name for path in SAMPLES if not valid(tomllib.loads(path.read_text("utf-8")))]
    assert wrong == []


@pytest.mark.parametrize(
    "fields",
    [
        {"tol": -1}, {"tol": "1"}, {"max_iter": 1.5}, {"seed": -1}, {"starts": 0}, {"tags": "a"},
        {"start": 3}, {"start": {"x": True}}, {"bounds": {"x": [1]}}, {"bounds": {"x": "1"}},
        {"variables": {"x": [0]}}, {"data": 3}, {"data": {"columns": {}}}, {"method": ""},
        {"learning_rate": 0}, {"time_limit": "soon"}, {"accept": ["ok"]}, {"sensitivity": 1},
        {"options": {"memory": []}}, {"expect": {"vale": 1}}, {"expect": {"status": "ok"}},
        {"expect": {"at": []}}, {"maxiter": 1}, {"maximize": "x"},
    ],
)  # fmt: skip
def test_what_the_reader_refuses_the_schema_refuses(fields: dict[str, Any]) -> None:
    document = {"minimize": "x", **fields}
    assert not valid(document)
    with pytest.raises(GdError):
        make_problem(RawProblem(document))


@pytest.mark.parametrize(
    "fields",
    [
        {"tol": 0}, {"time_limit": "10s"}, {"time_limit": 3}, {"start": {"x": "1/2"}},
        {"bounds": {"x": "0:inf"}}, {"bounds": {"x": [0, "pi"]}}, {"bounds": {"x": [None, 1]}},
        {"learning_rate": "exponential(0.1, 0.9)"}, {"accept": ["max_iter"]},
        {"expect": {"at": [{"x": 1}, {"x": 2}]}}, {"options": {"memory": 5, "nonmonotone": True}},
    ],
)  # fmt: skip
def test_what_the_reader_takes_the_schema_takes(fields: dict[str, Any]) -> None:
    document = {"minimize": "x", **fields}
    assert valid(document)
    make_problem(RawProblem(document))


def test_many_problems() -> None:
    assert valid({"defaults": {"tol": 1}, "problem": [{"minimize": "x"}]})
    assert not valid({"tol": 1, "problem": [{"minimize": "x"}]})
    assert not valid({"problem": []})
