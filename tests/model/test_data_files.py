"""Constants from data files: formats, names, and what is wrong with them."""

from __future__ import annotations

import builtins
import contextlib
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gdcli.api import compile
from gdcli.errors import GdError
from gdcli.graph.build import build
from gdcli.model.assemble import make_problem
from gdcli.model.files import read_problems
from gdcli.model.options import from_options
from gdcli.model.raw import RawProblem

TABLE = 'x,"Sepal, Length",name,n\n1,0.5,a,1\n2,1.5,b,2\n\n3,2.5,c,4\n'


def constants(data: object, formula: str = "w") -> dict[str, Any]:
    return dict(make_problem(RawProblem({"minimize": formula, "data": data})).constants)


def fault(path: Path, content: bytes | str, data: object = None) -> str:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    with pytest.raises(GdError) as caught:
        constants(str(path) if data is None else data)
    (found,) = caught.value.diagnostics
    if path.suffix in (".csv", ".tsv") and found.file is not None:
        return f"{found.line}: {found.message}"
    return found.message


def test_columns_become_constants_under_their_names(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text(TABLE)
    found = constants(str(tmp_path / "t.csv"))
    assert list(found) == ["x", "Sepal, Length", "n"]  # a column of texts is passed over
    assert found["x"].tolist() == [1, 2, 3] and found["x"].dtype == np.int64
    assert found["Sepal, Length"].tolist() == [0.5, 1.5, 2.5]


def test_columns_may_be_renamed_and_are_found_beside_the_problem_file(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text(TABLE)
    (tmp_path / "p.toml").write_text(
        'minimize = "sum((a*t - y)**2)"\n'
        'data = { file = "t.csv", columns = { y = "Sepal, Length", t = "x" } }\n'
    )
    problem = make_problem(read_problems(tmp_path / "p.toml")[0])
    assert set(problem.constants) == {"y", "t"}
    assert problem.layout.size == 1


def test_a_column_of_texts_that_the_formula_uses(tmp_path: Path) -> None:
    table = tmp_path / "t.csv"
    message = "3: `5%` in column `b` is no number"
    table.write_text("a,b\n1,\n2,5%\n")
    with pytest.raises(GdError) as caught:
        constants(str(table), "sum((w*a - b)**2)")
    (found,) = caught.value.diagnostics
    assert f"{found.line}: {found.message}" == message
    assert fault(table, "a,b\n1,\n2,5%\n", data=f"y={table}:b") == message
    problem = RawProblem(
        {"minimize": "sum((w*a - b)**2)", "data": str(table), "variables": {"b": [2]}}
    )
    assert make_problem(problem).layout.size == 3  # declared as a variable, it is one


def test_texts_beside_numbers_are_passed_over_in_every_kind_of_file(tmp_path: Path) -> None:
    np.savez(tmp_path / "t.npz", a=np.ones(2), names=np.array(["u", "v"]))
    assert list(constants(str(tmp_path / "t.npz"))) == ["a"]
    with pytest.raises(GdError, match=r"`names` in `.*t.npz`: an array of texts is no use here"):
        constants(str(tmp_path / "t.npz"), "sum(names*w)")


def test_files_of_which_nothing_is_used(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("a,b\n1,2\n")
    np.save(tmp_path / "X.npy", np.ones(2))
    data = [str(tmp_path / "t.csv"), f"X={tmp_path / 'X.npy'}"]
    problem = make_problem(RawProblem({"minimize": "sum((X - c)**2)", "data": data}))
    (warning,) = (w for w in problem.warnings if w.code == "unused-data")
    assert warning.message.endswith("t.csv` is used: it gives `a`, `b`")


def test_data_of_the_command_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "t.csv").write_text(TABLE)
    np.save(tmp_path / "X.npy", np.ones((3, 2)))
    words = {"minimize": "norm(X @ w - y)**2", "data": ["X=X.npy", "y='t.csv':'Sepal, Length'"]}
    problem = make_problem(from_options(words))
    assert [(v.name, v.shape) for v in problem.layout.variables] == [("w", (2,))]


@pytest.mark.parametrize("delimiter", [";", "\t", ","])
def test_delimiters_are_recognised(tmp_path: Path, delimiter: str) -> None:
    (tmp_path / "t.csv").write_text(f"a{delimiter}b\n1{delimiter}2\n3{delimiter}4.5\n")
    assert constants(str(tmp_path / "t.csv"))["b"].tolist() == [2, 4.5]


def test_arrays_keep_what_they_are(tmp_path: Path) -> None:
    np.savez(
        tmp_path / "a.npz",
        f4=np.ones(2, np.float32), i1=np.ones(2, np.int8), b=np.array([True, False]), s=3.5,
    )  # fmt: skip
    found = constants(str(tmp_path / "a.npz"))
    assert found["f4"].dtype == np.float32
    assert found["i1"].dtype == np.int8
    assert found["b"].dtype == np.float64 and found["b"].tolist() == [1, 0]
    assert found["s"] == 3.5 and isinstance(found["s"], float)


@pytest.mark.parametrize("kind", ["<f8", ">f8", ">i4", "u1", "i2", "f2", "f4", "?", "g", "u8"])
@pytest.mark.parametrize("order", ["C", "F"])
def test_every_kind_of_number_serves(tmp_path: Path, kind: str, order: Any) -> None:
    matrix = np.array([[1, 0, 1], [0, 0, 1]])
    np.save(tmp_path / "M.npy", matrix.astype(kind, order=order))
    formula = compile("sum((M @ x)**2)", data=str(tmp_path / "M.npy"))
    x = np.array([0.5, -2.0, 3.0])
    value, gradient = formula.value_and_gradient(x)
    assert value == 3.5**2 + 3.0**2
    assert gradient.tolist() == [7.0, 0.0, 13.0]


def test_short_integers_in_great_number_take_four_bytes_each(tmp_path: Path) -> None:
    many = np.arange(1_200_000, dtype=np.int16)
    np.save(tmp_path / "M.npy", many)
    problem = make_problem(RawProblem({"minimize": "sum(x*M)", "data": str(tmp_path / "M.npy")}))
    formula = build(problem.tree, problem.source, problem.layout, problem.constants)
    ((_, held),) = formula.data
    assert held.dtype == np.float32
    assert (held == many).all()


def test_an_array_file_is_called_after_itself(tmp_path: Path) -> None:
    np.save(tmp_path / "weights.npy", np.arange(3.0))
    assert list(constants(str(tmp_path / "weights.npy"))) == ["weights"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("a,b\n1,2\n3\n", "3: the row has 1 cells, the header 2"),
        ("a,b\n1,2\n3,\n", "3: column `b` has no value here"),
        ("a,b\n1,2\n3,NA\n", "3: column `b` has no value here (`NA`)"),
        ("a,b\n1,2\n3,nan\n", "3: column `b` has no value here (`nan`)"),
        ("a,b\n1,2\n3,x\n", "3: `x` in column `b` is no number"),
        ("a,b\n1,2\n3,-inf\n", "3: `-inf` in column `b` is not finite"),
        ("a,b\n1,2\n3,1e999\n", "3: `1e999` in column `b` is not finite"),
        ('a,b\n1,"2\n', "2: this is no table: unexpected end of data"),
        ("\x1b[1ma,[b]\n[/b],\x1b[2m\n", "1: no column holds numbers"),
        ("1,2\n3,4\n", "1: the first line must name the columns"),
        ("a,\n1,2\n", "1: column 2 has no name"),
        ("a,a\n1,2\n", "1: two columns are called `a`"),
        ("a,b\n", "1: the table has a header and no rows"),
        ("", "1: the table is empty"),
        ("a\nx\ny\n", "1: no column holds numbers"),
        (b"a\n\xff\n", "1: `{path}` is not UTF-8 text"),
    ],
)
def test_what_is_wrong_with_a_table_is_said_with_the_line(
    tmp_path: Path, content: bytes | str, message: str
) -> None:
    path = tmp_path / "t.csv"
    assert fault(path, content) == message.replace("{path}", str(path))


def test_objects_are_never_unpickled(tmp_path: Path) -> None:
    class Trap:
        def __reduce__(self) -> tuple[Any, ...]:
            return (builtins.exec, ("raise SystemExit('unpickled')",))

    np.save(tmp_path / "o.npy", np.array([Trap()], dtype=object), allow_pickle=True)
    np.savez(tmp_path / "o.npz", o=np.array([Trap()], dtype=object))
    (tmp_path / "p.npy").write_bytes(b"\x80\x04K\x01.")
    for name in ("o.npy", "o.npz", "p.npy"):
        with pytest.raises(GdError, match="is not a sound"):
            constants(str(tmp_path / name))


@pytest.mark.parametrize(
    ("array", "message"),
    [
        (np.array(["a"]), "an array of texts"),
        (np.array([1j]), "an array of complex numbers"),
        (np.zeros(2, "V4"), "an array of records"),
        (np.array([1], "m8[s]"), "an array of durations"),
        (np.array([[1.0, 2.0], [3.0, np.nan]]), "it is not a number (nan) at [1][1]"),
        (np.array([1.0, np.inf]), "is infinite at [1]"),
        (np.array([]), "is empty"),
    ],
)
def test_arrays_that_do_not_serve(tmp_path: Path, array: Any, message: str) -> None:
    np.save(tmp_path / "a.npy", array)
    with pytest.raises(GdError) as caught:
        constants(str(tmp_path / "a.npy"))
    assert message in caught.value.diagnostics[0].message


@pytest.mark.parametrize("name", ["a.npy", "a.npz", "a.csv"])
def test_missing_files(tmp_path: Path, name: str) -> None:
    with pytest.raises(GdError, match="No such file"):
        constants(str(tmp_path / name))


def test_broken_and_unknown_files(tmp_path: Path) -> None:
    assert "is not a sound .npy file" in fault(tmp_path / "a.npy", b"\x93NUMPY\x01\x00")
    assert "is not a sound .npz file" in fault(tmp_path / "a.npz", b"PK\x03\x04 nothing")
    assert "is of an unknown kind" in fault(tmp_path / "a.xls", b"")


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_large_tables_are_read_like_small_ones(tmp_path: Path, end: str) -> None:
    head = ["a ; b;c", "1; 2.5;-3.0", "4;5e-1;6"]
    many = [f"{k};{k}.25;{k}.0" for k in range(90_000)]
    (tmp_path / "s.csv").write_bytes(end.join([*head, *many[:9]]).encode())
    (tmp_path / "l.csv").write_bytes(end.join([*head, *many]).encode())
    small, large = (constants(str(tmp_path / name)) for name in ("s.csv", "l.csv"))
    for name in "abc":
        assert large[name].dtype == small[name].dtype
        assert large[name].shape == (90_002,)
        assert large[name][:11].tolist() == small[name].tolist()


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("1;", "90002: column `b` has no value here"),
        ("1;x", "90002: `x` in column `b` is no number"),
        ("1;inf", "90002: `inf` in column `b` is not finite"),
        ("1;nan", "90002: column `b` has no value here (`nan`)"),
        ("1", "90002: the row has 1 cells, the header 2"),
        ('1;"2', "90002: this is no table: unexpected end of data"),
    ],
)
def test_what_is_wrong_with_a_large_table(tmp_path: Path, line: str, message: str) -> None:
    rows = "".join(f"{k};{k}.25\n" for k in range(90_000))
    assert fault(tmp_path / "t.csv", f"a;b\n{rows}{line}\n") == message


@pytest.mark.parametrize("suffix", [".npy", ".npz"])
def test_no_broken_byte_is_an_internal_error(tmp_path: Path, suffix: str) -> None:
    """Headers of NumPy files are read by Python's tokenizer and zipfile: they raise much."""
    path = tmp_path / f"a{suffix}"
    array = np.arange(3.0)
    if suffix == ".npy":
        np.save(path, array)
    else:
        np.savez(path, x=array)
    sound = path.read_bytes()
    for k in range(min(len(sound), 300)):
        for byte in (0, 0x28, 0x5C, 0xFF):
            path.write_bytes(sound[:k] + bytes([byte]) + sound[k + 1 :])
            with contextlib.suppress(GdError):
                constants(str(path))


def test_columns_that_are_not_there(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("alpha,b\n1,2\n")
    table = str(tmp_path / "t.csv")
    with pytest.raises(GdError) as caught:
        constants({"file": table, "columns": {"y": "alfa", "z": ""}})
    assert [d.hint for d in caught.value.diagnostics] == ["did you mean `alpha`?"]
    with pytest.raises(GdError, match="2 columns: which one is `z`"):
        constants(f"z={table}")
    with pytest.raises(GdError, match="gives `b` twice"):
        constants([table, f"b={table}:alpha"])


def test_a_name_given_by_set_and_data(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("a\n1\n")
    with pytest.raises(GdError, match="`a` is given twice: in `set` and by the data"):
        make_problem(
            RawProblem({"minimize": "x*a", "set": {"a": 1}, "data": str(tmp_path / "t.csv")})
        )


def test_parquet_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "polars", None)
    with pytest.raises(GdError) as caught:
        constants(str(tmp_path / "t.parquet"))
    assert "gd-minimize[data]" in caught.value.diagnostics[0].hint


def test_parquet(tmp_path: Path) -> None:
    polars = pytest.importorskip("polars")
    polars.DataFrame({"a": [1, 2], "b": [0.5, 1.5]}).write_parquet(tmp_path / "t.parquet")
    assert constants(str(tmp_path / "t.parquet"))["b"].tolist() == [0.5, 1.5]
    polars.DataFrame({"a": [1, None]}).write_parquet(tmp_path / "n.parquet")
    with pytest.raises(GdError, match="has no value in row 2"):
        constants(str(tmp_path / "n.parquet"))
