"""Grids, shards, selections: what a batch solves."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gdcli.batches.grid import read_grid
from gdcli.batches.guard import read_memory, read_workers
from gdcli.batches.plan import Plan, Selection, read_selection, read_shard
from gdcli.batches.sources import Found
from gdcli.errors import UsageError
from gdcli.model.raw import RawProblem

HAS = {
    "gd": {"learning_rate", "line_search"},
    "adam": {"learning_rate", "beta1"},
    "lbfgs": {"memory", "line_search"},
}


def has_option(method: str, option: str) -> bool:
    return option in HAS[method]


def points(own: list[str] = [], **given: str) -> list[dict[str, object]]:  # noqa: B006
    return [dict(point) for point in read_grid(given, own, has_option)[0].points]


def test_a_range_has_both_ends() -> None:
    assert [point["seed"] for point in points(seed="0..9")] == [str(k) for k in range(10)]
    assert [point["seed"] for point in points(seed="1,3..4")] == ["1", "3", "4"]


def test_an_option_applies_to_the_methods_that_have_it() -> None:
    found = points(["memory=5,10", "beta1=0.8"], method="gd,adam,lbfgs", learning_rate="0.1,0.01")
    assert found == [
        {"method": "gd", "learning_rate": "0.1"},
        {"method": "gd", "learning_rate": "0.01"},
        {"method": "adam", "learning_rate": "0.1", "options": {"beta1": "0.8"}},
        {"method": "adam", "learning_rate": "0.01", "options": {"beta1": "0.8"}},
        {"method": "lbfgs", "options": {"memory": "5"}},
        {"method": "lbfgs", "options": {"memory": "10"}},
    ]


def test_schedules_keep_their_commas() -> None:
    found = points(learning_rate="exponential(0.1, 0.99),0.5")
    assert [point["learning_rate"] for point in found] == ["exponential(0.1, 0.99)", "0.5"]


@pytest.mark.parametrize(
    ("own", "options", "part"),
    [
        (["memory=5"], {"method": "gd,adam"}, "no effect"),
        ([], {"seed": "9..0"}, "empty"),
        ([], {"seed": "0..999999999"}, "too long"),
        ([], {"seed": "0..9999", "max_iter": "0..9999"}, "points"),
        ([], {"seed": "1,,2"}, "missing"),
        (["memory"], {}, "name=value"),
        (["memory=1", "memory=2"], {}, "twice"),
    ],
)
def test_grids_that_make_no_sense(own: list[str], options: dict[str, str], part: str) -> None:
    with pytest.raises(UsageError, match=part):
        read_grid(options, own, has_option)


@given(many=st.integers(0, 60), n=st.integers(1, 9))
@settings(deadline=None, max_examples=50)
def test_shards_share_the_problems_out(many: int, n: int) -> None:
    shards = [read_shard(f"{k}/{n}") for k in range(1, n + 1)]
    owners = [[k for k, shard in enumerate(shards) if shard.has(p)] for p in range(many)]
    assert all(len(owner) == 1 for owner in owners)
    sizes = [sum(owner == [k] for owner in owners) for k in range(n)]
    assert max(sizes) - min(sizes) <= 1


@pytest.mark.parametrize("text", ["0/5", "6/5", "2", "a/b", "1/0", "-1/5"])
def test_shards_that_are_none(text: str) -> None:
    with pytest.raises(UsageError, match="shard"):
        read_shard(text)


def found(name: str, *tags: str) -> Found:
    return Found(RawProblem({"minimize": "x**2", "name": name, "tags": list(tags)}))


@pytest.mark.parametrize(
    ("names", "tags", "expected"),
    [
        (None, None, ["rosenbrock", "rosen2", "beale"]),
        ("rosen*", None, ["rosenbrock", "rosen2"]),
        ("rosen?", None, ["rosen2"]),
        ("eal,brock", None, ["rosenbrock", "beale"]),
        (None, "slow", ["rosen2"]),
        (None, "!slow", ["rosenbrock", "beale"]),
        (None, "classic,!slow", ["rosenbrock"]),
        ("rosen*", "classic", ["rosenbrock", "rosen2"]),
    ],
)
def test_selections(names: str | None, tags: str | None, expected: list[str]) -> None:
    problems = [found("rosenbrock", "classic"), found("rosen2", "classic", "slow"), found("beale")]
    selection = read_selection(names, tags)
    assert [f.raw.name for f in problems if selection.has(f)] == expected


def test_a_problem_loses_options_that_the_grids_method_has_not() -> None:
    raw = RawProblem({"minimize": "x**2", "learning_rate": 0.1, "options": {"memory": 3}})
    grid, _ = read_grid({"method": "gd,lbfgs"}, [], has_option)
    tasks = list(Plan([Found(raw)], grid, Selection(), has_option))
    kept = [(task.raw.fields.get("learning_rate"), task.raw.fields["options"]) for task in tasks]
    assert kept == [(0.1, {}), (None, {"memory": 3})]


def test_sizes_and_numbers_of_workers() -> None:
    assert read_memory("2GB") == 2 * 10**9
    assert read_memory("1.5 GiB") == 3 * 2**29
    assert read_workers("3") == 3
    assert read_workers("auto") >= 1
    for text in ("0", "two", "-1"):
        with pytest.raises(UsageError):
            read_workers(text)
    for text in ("1MB", "much"):
        with pytest.raises(UsageError):
            read_memory(text)
