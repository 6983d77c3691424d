"""Reading problem files: structure, names, and everything that can be wrong with a file."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from gdcli.errors import FileError
from gdcli.model.files import MAX_BYTES, read_problems, read_problems_text, scan_problems


def faults(text: str, name: str = "f.toml") -> list[tuple[int | None, int | None, str, str]]:
    with pytest.raises(FileError) as caught:
        read_problems_text(text, name)
    return [(d.place()[1], d.place()[2], d.message, d.hint) for d in caught.value.diagnostics]


def test_one_problem_at_top_level_is_called_after_its_file(tmp_path: Path) -> None:
    file = tmp_path / "valley.toml"
    file.write_text('minimize = "x**2"\n')
    (raw,) = read_problems(file)
    assert (raw.name, raw.index, raw.line, raw.file) == ("valley", 0, 1, str(file))
    assert len(raw.sha256) == 64


def test_many_problems_share_defaults_and_get_numbered_names() -> None:
    text = '[defaults]\ntol = 1e-3\n\n[[problem]]\nminimize = "x"\n\n[[problem]]\nminimize = "y"\n'
    first, second = read_problems_text(text, "many.toml")
    assert (first.name, second.name) == ("many", "many#2")
    assert (first.line, second.line) == (4, 7)
    assert first.defaults is not None and first.defaults.fields == {"tol": 1e-3}


def test_json_of_the_same_shape() -> None:
    text = '{"defaults": {"seed": 1}, "problem": [{"minimize": "x"}, {"minimize": "y"}]}'
    assert [raw.name for raw in read_problems_text(text, "m.json")] == ["m", "m#2"]


def test_text_from_standard_input_is_sniffed() -> None:
    assert read_problems_text('{"minimize": "x"}')[0].fields == {"minimize": "x"}
    assert read_problems_text('minimize = "x"')[0].fields == {"minimize": "x"}


def test_a_byte_order_mark_and_windows_line_ends_are_read(tmp_path: Path) -> None:
    file = tmp_path / "w.toml"
    file.write_bytes(b'\xef\xbb\xbfname = "a"\r\nminimize = "x^2"\r\n')
    assert read_problems(file)[0].fields == {"name": "a", "minimize": "x^2"}


@pytest.mark.parametrize(
    ("text", "name", "line", "column", "message", "hint"),
    [
        ("minimize = (x-1)^2\n", "f.toml", 1, 12, "not TOML: invalid value", "into quotes"),
        ('a = 1\nminimize: "x"\n', "f.toml", 2, 9, "not TOML", "TOML writes `key = value`"),
        ('{"minimize": "x"', "f.json", 1, 17, "not JSON: expecting ',' delimiter", ""),
        ('{"minimize": "x", "tol": NaN}', "f.json", 1, 26, "JSON has no `NaN`", ""),
        ('{"tol": -Infinity}', "f.json", 1, 9, "JSON has no `-Infinity`", '"-inf" in quotes'),
        ("[1, 2]", "f.json", 1, 1, "the file must hold an object", ""),
        ('{"minimize": "\\ud800"}', "f.json", 1, 15, "half of a surrogate pair", ""),
        ("a = 2021-02-31", "f.toml", 1, 5, "not TOML", ""),
        ("", "f.toml", 1, 1, "the file is empty", "at least"),
        ("# nothing\n", "f.toml", 1, 1, "the file holds no problem", "at least"),
        ("problem = []", "f.toml", 1, 11, "the file holds no problem", ""),
        ("[problem]\nminimize='x'", "f.toml", 1, 1, "must be a list", "`[[problem]]` with two"),
        ("problem = [1]", "f.toml", 1, 11, "must be a list of tables", ""),
        ("defaults = 1\n[[problem]]\nminimize='x'", "f.toml", 1, 12, "must be a table", ""),
        ("minimize='x'\n[defaults]\n", "f.toml", 2, 1, "serves files with", ""),
        ("[defaults]\nname='a'\n[[problem]]\n", "f.toml", 2, 1, "would give all problems", ""),
    ],
)
def test_a_malformed_file_is_one_error_with_its_place(
    text: str, name: str, line: int, column: int, message: str, hint: str
) -> None:
    ((at_line, at_column, said, hinted),) = faults(text, name)
    assert (at_line, at_column) == (line, column)
    assert message in said
    assert hint in hinted


def test_all_faults_of_the_structure_at_once() -> None:
    text = (
        "tol = 1\nproblm = 2\n[[problem]]\nname = 'a'\nminimize = 'x'\n"
        "[[problem]]\nname = 'a'\nminimize = 'y'\n"
    )
    found = faults(text)
    assert [line for line, *_ in found] == [1, 2, 7]
    assert "into `[defaults]`" in found[0][3]
    assert "did you mean `problem`?" in found[1][3]
    assert found[2][2] == "two problems are called `a`"


def test_every_duplicate_key_of_a_json_file_is_reported() -> None:
    found = faults('{"tol": 1,\n "tol": 2,\n "set": {"a": 1, "a": 2}}', "f.json")
    assert [(line, said) for line, _, said, _ in found] == [
        (1, "the key `tol` is given twice"),
        (3, "the key `a` is given twice"),
    ]


@pytest.mark.parametrize(
    ("text", "name", "message"),
    [
        ("a" + ".a" * 100_000 + " = 1", "f.toml", "dotted key"),
        ("[a" + ".a" * 100_000 + "]", "f.toml", "dotted key"),
        ('"a"' + '."a"' * 100_000 + " = 1", "f.toml", "dotted key"),
        ("a = " + "[" * 100_000, "f.toml", "nested more than"),
        ("a = " + "{a=" * 100_000, "f.toml", "nested more than"),
        ('{"a": ' + "[" * 100_000, "f.json", "nested more than"),
        ("a = " + "9" * 100_000, "f.toml", "more than 1,000 digits"),
        ('{"a": ' + "9" * 100_000 + "}", "f.json", "more than 1,000 digits"),
        ('{"a": "' + '\\"' * 1_000_000, "f.json", "unterminated string"),
        ('a = """' + 'x"' * 500_000, "f.toml", "unterminated string"),
        ("#" * (MAX_BYTES + 1), "f.toml", "larger than 10 MB"),
    ],
)
def test_hostile_files_are_refused_quickly(text: str, name: str, message: str) -> None:
    begin = time.perf_counter()
    ((_, _, said, _),) = faults(text, name)
    assert message in said
    assert time.perf_counter() - begin < 2


def test_brackets_and_dots_inside_strings_and_comments_do_not_count() -> None:
    text = f"# {'[' * 100}\nminimize = 'x'\ndescription = \"{'[a.b' * 100}\"\n"
    assert read_problems_text(text, "f.toml")[0].fields["minimize"] == "x"


@pytest.mark.parametrize("kind", ["missing", "folder", "binary", "nul"])
def test_unreadable_files_say_why(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "p.toml"
    if kind == "folder":
        path.mkdir()
    elif kind == "binary":
        path.write_bytes(b"name = 'x'\n\xff\xfe\x00")
    elif kind == "nul":
        path = Path("a\0b.toml")
    with pytest.raises(FileError) as caught:
        read_problems(path)
    (found,) = caught.value.diagnostics
    expected = {
        "missing": "No such file",
        "folder": "is a folder",
        "binary": "not UTF-8 text",
        "nul": "null byte",
    }
    assert expected[kind] in found.message
    if kind == "binary":
        assert found.place() == (str(path), 2, 1)


def test_scanning_returns_faults_beside_the_problems() -> None:
    problems, found = scan_problems("no/such/file.toml")
    assert problems == [] and found[0].code == "unreadable-file"
