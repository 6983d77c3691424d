"""Reading problem files: structure, names, and everything that can be wrong with a file."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from gdcli.errors import FileError, GdError
from gdcli.model.assemble import make_problem
from gdcli.model.files import MAX_BYTES, read_problems, read_problems_text, scan_problems
from gdcli.solving.solve import solve_raw


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


@pytest.mark.parametrize(
    ("text", "line", "column", "named"),
    [
        ("start = { x = 1 }\nset = { a = [[1], [2]] }\nstart = { x = 2 }", 3, 1, "key `start`"),
        ("[set]\na = 1\n[start]\n[ set ]\n", 4, 3, "table `set`"),
        ("start = { x = 1, x = 2 }", 1, 18, "key `x`"),
        ("start = { y = 1 }\n[start]\n", 2, 2, "table `start`"),
        ("[start]\nx = 1\ny = '''x = 1'''\nx = [\n[1, 2]]", 4, 1, "key `x`"),
        ("expect.at.x = 1 # y = 2\nexpect.at.x = 2", 2, 1, "key `expect.at.x`"),
        ("set = 1\n'set' = { a = { b = 1 }, c = 2 }", 2, 1, "key `'set'`"),
        ("a = 1\n[a.b]\n", 2, 2, "table `a.b`"),
    ],
)
def test_a_key_or_table_of_toml_that_has_a_value_already_is_named(
    text: str, line: int, column: int, named: str
) -> None:
    ((at_line, at_column, said, _),) = faults(text)
    assert (at_line, at_column) == (line, column)
    assert f"{named} has a value already" in said


def test_every_duplicate_key_of_a_json_file_is_reported() -> None:
    found = faults('{"tol": 1,\n "tol": 2,\n "set": {"a": 1, "a": 2}}', "f.json")
    assert [(line, said) for line, _, said, _ in found] == [
        (1, "the key `tol` is given twice"),
        (3, "the key `a` is given twice"),
    ]
    within = '{"problem": [\n{"name": "p",\n "name": "q"},\n {"set": [{"b": 1, "b": 2}]}]}'
    assert [(line, said) for line, _, said, _ in faults(within, "f.json")] == [
        (2, "the key `name` is given twice"),
        (4, "the key `b` is given twice"),
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


SHARED = """
[defaults]
options = {{ memory = 5{more} }}
[[problem]]
name = "a"
minimize = "x**2 + y**4"
method = "lbfgs"
[[problem]]
name = "b"
minimize = "x**2 + y**2"
method = "newton"
"""


def test_shared_options_need_suit_one_problem_only(tmp_path: Path) -> None:
    file = tmp_path / "two.toml"
    file.write_text(SHARED.format(more=""), encoding="utf-8")
    assert [solve_raw(raw).status for raw in read_problems(file)] == ["converged"] * 2
    assert solve_raw(read_problems(file)[1]).options.get("memory") is None
    file.write_text(SHARED.format(more=", beta1 = 0.9"), encoding="utf-8")
    for raw in read_problems(file):
        result = solve_raw(raw)
        assert result.status == "error"
        assert "`beta1` has no effect" in result.message


def test_a_key_that_means_nothing_hides_no_other_error(tmp_path: Path) -> None:
    file = tmp_path / "p.toml"
    file.write_text(
        'minimize = "x + y[0, 1]"\ncolour = "blue"\nstart = { x = 1, y = [1, 2] }\n',
        encoding="utf-8",
    )
    with pytest.raises(GdError) as caught:
        make_problem(read_problems(file)[0])
    assert [d.message for d in caught.value.diagnostics] == [
        "2 indices are too many",
        "unknown key `colour`",
    ]


def test_thousands_of_errors_are_counted(tmp_path: Path) -> None:
    file = tmp_path / "p.toml"
    keys = "".join(f"k{k} = 1\n" for k in range(3_000))
    file.write_text('minimize = "x**2"\n' + keys, encoding="utf-8")
    with pytest.raises(GdError) as caught:
        make_problem(read_problems(file)[0])
    assert len(caught.value.diagnostics) == 51
    assert caught.value.diagnostics[-1].message == "and 2,950 more errors like these"
