"""Positions in TOML and JSON: what stands at a span is the key, or reads back as the value."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from gdcli.diagnostics import Span
from gdcli.model.positions import Positions
from gdcli.model.quoted import decoded

texts = st.text(st.characters(exclude_categories=("Cs",)), max_size=12)
scalars = st.one_of(st.integers(-999, 999), st.booleans(), texts, st.floats(-9, 9))
documents = st.dictionaries(
    texts,
    st.recursive(
        scalars,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
        max_leaves=8,
    ),
    max_size=4,
)


def paths(value: Any, above: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], Any]]:
    if above:
        yield above, value
    if isinstance(value, dict):
        for key, part in value.items():
            yield from paths(part, (*above, key))
    elif isinstance(value, list):
        for k, part in enumerate(value):
            yield from paths(part, (*above, k))


@settings(deadline=None, max_examples=100)
@given(documents, st.sampled_from([None, 2]), st.booleans())
def test_json_spans_read_back(document: dict[str, Any], indent: int | None, ascii: bool) -> None:
    text = json.dumps(document, indent=indent, ensure_ascii=ascii)
    positions = Positions(text, "f.json", toml=False)
    for path, value in paths(document):
        span = positions.value_span(path)
        assert span is not None
        assert json.loads(text[span.start : span.stop]) == value
        key = positions.key_span(path)
        assert key is not None
        if isinstance(path[-1], str):
            assert json.loads(text[key.start : key.stop]) == path[-1]
        if isinstance(value, str):
            assert decoded(text, span)[0] == value


TOML = '''# a comment with = and [brackets]
title = "a # b"   # said
dotted . "quoted key".'third' = 1
[start]
x = -1.2
y = [1, # one
     [2, "three"], {z = 4}]
[expect.deep]
at = { x = 1, "y y" = 'lit' }
when = 1979-05-27 07:32:00
[[problem]]
minimize = """
x + \\
  y"""
[problem.set]
a = +1_000
[[problem]]
name = \'\'\'it's\'\'\'
'''


def test_toml_spans_read_back() -> None:
    positions = Positions(TOML, "f.toml", toml=True)
    document = tomllib.loads(TOML)
    found = 0
    for path, value in paths(document):
        span = positions.value_span(path)
        if span is None or (TOML[span.start] == "[" and isinstance(value, dict)):
            continue  # tables made by headers and dotted keys have no value of their own
        if isinstance(value, list) and path == ("problem",):
            continue
        found += 1
        assert tomllib.loads(f"v = {TOML[span.start : span.stop]}")["v"] == value, path
    assert found == 17
    assert positions.line_and_column(positions.key_span(("problem", 1)).start) == (17, 1)  # type: ignore[union-attr]
    assert positions.line_and_column(positions.value_span(("start", "y", 1, 1)).start) == (7, 10)  # type: ignore[union-attr]
    assert positions.line_and_column(positions.key_span(("dotted", "quoted key")).start) == (3, 1)  # type: ignore[union-attr]


@settings(deadline=None, max_examples=100)
@given(
    st.text(st.sampled_from('ab"\\\n\t \U0001f600é'), max_size=12), st.sampled_from(['"', '"""'])
)
def test_toml_strings_decode_with_the_place_of_each_character(value: str, quotes: str) -> None:
    escaped = value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    text = f"k = {quotes}{escaped}{quotes}\n"
    positions = Positions(text, "f.toml", toml=True)
    span = positions.value_span(("k",))
    assert span is not None
    characters, offsets = decoded(text, span)
    assert characters == value == tomllib.loads(text)["k"]
    assert len(offsets) == len(value) + 1
    assert offsets == sorted(offsets)
    for character, offset in zip(value, offsets, strict=False):
        assert text[offset] in (character, "\\")


def test_a_formula_over_several_lines_points_into_the_file() -> None:
    text = 'minimize = """\n  x\n  + y\\n"""\n'
    source = Positions(text, "f.toml", toml=True).source(("minimize",), "  x\n  + y\n")
    assert source.position(2) == (2, 3)
    assert source.position(6) == (3, 3)
    assert source.position(8) == (3, 5)


def test_a_formula_on_one_line_points_into_the_file() -> None:
    source = Positions('a = 1\nf = "x+y"', "f.toml", toml=True).source(("f",), "x+y")
    assert (source.file, source.position(2)) == ("f.toml", (2, 8))


def test_a_long_line_is_shown_in_part() -> None:
    text = '{"a": [' + "1, " * 10_000 + '"x"]}'
    positions = Positions(text, "f.json", toml=False)
    place = positions.place(positions.value_span(("a", 10_000)))
    assert place.source is not None and place.span is not None
    assert len(place.source.text) <= 160
    assert place.source.text[place.span.start : place.span.stop] == '"x"'
    assert place.source.position(place.span.start) == (1, text.index('"x"') + 1)


def test_span_is_kept_by_decoding() -> None:
    assert decoded("'a'", Span(0, 3)) == ("a", [1, 2])
