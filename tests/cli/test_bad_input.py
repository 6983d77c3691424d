"""Input that students mistype and that attackers write: each has an outcome, stated here."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from conftest import Runner


@pytest.mark.parametrize(
    "name",
    ["S", "N", "E", "I", "Q", "O", "C", "beta", "gamma", "zeta", "lambda", "π", "λ", "oo", "Symbol",
     "f", "def", "class", "import", "self", "np", "x__", "_", "__class__"],
)  # fmt: skip
def test_names_that_mean_something_elsewhere_are_variables(gd: Runner, name: str) -> None:
    # `gamma` is a function of the language: as a variable it must be declared.
    found = gd("minimize", f"({name}-2)**2", "--start", f"{name}=0.5", "--json").object
    assert found["status"] == "converged", found["message"]
    assert found["at"] == {name: pytest.approx(2.0)}


def test_a_function_as_a_variable_that_nothing_declares(gd: Runner) -> None:
    ended = gd("minimize", "(gamma-2)**2")
    assert ended.code == 2
    assert "`gamma`" in ended.err and "--start" in ended.err


@pytest.mark.parametrize(
    ("formula", "code"),
    [
        ("3", "no-variables"),
        ("2*pi + sqrt(2)", "no-variables"),
        ("", "empty"),
        ("   ", "empty"),
        ("x + ", "unfinished"),
        ("sine(x)", "unknown-function"),
        ("nan*x", None),
        ("x + 1e400", None),
        ("9**9**9**9 + x", None),
        ("2**(2**100) + x", None),
        ("1" * 5000 + "*x", None),
        ("x.real", None),
        ("x.__class__", None),
        ("__import__('os').system('true')", None),
        ("().__class__.__bases__[0]", None),
        ("(lambda x: x)(3)", None),
        ("lambda x: x", None),
        ("f(x)(y)", None),
        ("'text' + x", None),
        ('"text"', None),
        ("x if", None),
        ("[x for x in y]", None),
        ("x = 3", None),
        ("x; y", None),
        ("x # y", None),
        ("exec(x)", None),
        ("x\x00y", None),
        ("x\x1b[2Jy", None),
        ("x‮y", None),
        ("x + ʹ", None),
        ("x" * 1_000_001, None),
        ("(" * 100_000 + "x" + ")" * 100_000, None),
        ("-" * 100_000 + "x", None),
        ("x**" * 50_000 + "2", None),
    ],
    ids=lambda v: repr(v[:30]) if isinstance(v, str) else "",
)
def test_formulas_that_are_refused(gd: Runner, formula: str, code: str | None) -> None:
    began = time.process_time()
    ended = gd("minimize", "-", "--json", stdin=formula)
    assert time.process_time() - began < 2
    assert ended.code == 2
    found = ended.object
    assert found["status"] == "error"
    assert found["errors"][0]["code"] != "internal"
    if code is not None:
        assert found["errors"][0]["code"] == code
    plain = gd("minimize", "-", stdin=formula)
    assert plain.code == 2 and plain.out == ""
    assert all(len(row) < 2_000 for row in plain.err.split("\n"))
    assert all(c.isprintable() or c == "\n" for c in plain.err), "nothing raw reaches a terminal"


def test_look_alikes_bring_a_warning(gd: Runner) -> None:
    ended = gd("minimize", "(a-1)**2 + (а-2)**2", "-q")  # the second is Cyrillic
    assert ended.code == 2
    assert "U+0430" in ended.err
    greek = gd("minimize", "(o-1)**2 + (ο-2)**2")  # the second is Greek, and allowed
    assert greek.code == 0
    assert "warning" in greek.err


def test_products_side_by_side_bring_a_warning(gd: Runner) -> None:
    ended = gd("minimize", "x**2 + y**2 + xy + xy**2")
    assert ended.code == 0
    assert "did you mean `x*y`?" in ended.err


def test_undefined_at_the_start(gd: Runner) -> None:
    moved = gd("minimize", "x - log(x)", "--start", "x=-1", "--json").object
    assert moved["status"] == "converged"
    (warning,) = moved["warnings"]
    assert warning["code"] == "undefined-start" and "log" in warning["message"]
    nowhere = gd("minimize", "x**2 + sqrt(-2-x**2)", "--json").object
    assert nowhere["status"] == "not_finite"
    assert "sqrt" in nowhere["message"]


def test_a_hostile_name_is_shown_and_not_obeyed(gd: Runner, tmp_path: Path) -> None:
    file = tmp_path / "hostile.toml"
    file.write_text('name = "[bold]x[/nope]"\nminimize = "x^2"\n')
    assert "[bold]x[/nope]: minimum" in gd("solve", str(file), "-q").out
    file.write_text('name = "a\\u001b[31mb"\nminimize = "x^2"\n')
    ended = gd("solve", str(file), "-q")
    assert "\x1b" not in ended.out + ended.err


SLOW_FILES = {
    "a key of 100,000 parts": "a." * 99_999 + "a = 1\n",
    "many dotted keys": "".join(f"{'a.' * 300}b{k} = 1\n" for k in range(2_000)),
    "deep brackets": "x = " + "[" * 5_000 + "]" * 5_000 + "\n",
    "a long number": "x = " + "1" * 6_000 + "\n",
    "never closed": 'x = "' + "a" * 100_000,
    "deep tables": "[" + "a." * 50_000 + "a]\n",
    "too long": "# " + "x" * 10_000_001 + "\n",
}


@pytest.mark.parametrize("name", SLOW_FILES)
def test_files_made_to_be_slow(gd: Runner, tmp_path: Path, name: str) -> None:
    file = tmp_path / "slow.toml"
    file.write_text(SLOW_FILES[name])
    began = time.process_time()
    ended = gd("solve", str(file), "--json")
    assert time.process_time() - began < 2
    assert ended.code == 2
    assert ended.object["errors"][0]["code"] != "internal"


UNREADABLE = {
    "bytes.toml": b"minimize = '\xff\xfe'",
    "nul.toml": b"minimize = 'x\x00'",
    "empty.toml": b"",
    "broken.toml": b"minimize = \n",
    "list.json": b"[1, 2]",
    "twice.json": b'{"minimize": "x^2", "minimize": "y^2"}',
    "nan.json": b'{"minimize": "x^2", "tol": NaN}',
    "deep.json": b"[" * 100_000,
}


@pytest.mark.parametrize("name", UNREADABLE)
def test_files_that_cannot_be_read(gd: Runner, tmp_path: Path, name: str) -> None:
    file = tmp_path / name
    file.write_bytes(UNREADABLE[name])
    ended = gd("solve", str(file), "--json")
    assert ended.code == 2
    for error in ended.object["errors"]:
        assert error["code"] != "internal" and error["message"]


def test_folders_and_missing_files(gd: Runner, tmp_path: Path) -> None:
    assert "no_such.toml" in gd("solve", "no_such.toml").err
    assert gd("solve", str(tmp_path)).code == 2


def test_all_errors_of_a_file_with_their_places(gd: Runner, tmp_path: Path) -> None:
    file = tmp_path / "wrong.toml"
    file.write_text('minimze = "x^2"\nmaximize = "x^2"\ntol = -1\n')
    err = gd("solve", str(file)).err
    for place, message in (("1:1", "`minimze`"), ("3:7", "`tol`")):
        assert f"{file}:{place}: error: " in err
        assert message in err
    assert "did you mean `minimize`?" in err
    file.write_text('maximize = """\nsine(x)\n  + tan(y"""\n')
    err = gd("check", str(file)).out
    assert f"{file}:2:1: error: unknown function `sine`" in err
    assert f"{file}:3:8: error: `(` is never closed" in err


@pytest.mark.parametrize("formula", ["sin(x)", "abs(x)", "x**2 + sign(x)"])
def test_a_method_for_squares_says_that_a_formula_is_none(gd: Runner, formula: str) -> None:
    ended = gd("minimize", formula, "--method", "lm")
    assert ended.code == 2
    assert "method `lm` needs a sum of squares" in ended.err


@pytest.mark.parametrize("formula", ["f(x]=y", "inv(]=0}gamma(", "f(x=2"])
def test_an_equals_sign_among_brackets_that_do_not_match(gd: Runner, formula: str) -> None:
    ended = gd("gradient", formula)
    assert ended.code == 2
    assert "internal" not in ended.err


@pytest.mark.parametrize(
    "words",
    [
        ("floor(x)", "--start", "x=1e200", "--method", "adam"),
        ("max(x.T@x - x**-3)", "--var", "x[3]", "--bounds", "x=0:1"),
    ],
)
def test_overflow_brings_no_warning_of_numpy(gd: Runner, words: tuple[str, ...]) -> None:
    ended = gd("minimize", *words, "--max-iter", "20")
    assert "RuntimeWarning" not in ended.err
    assert ended.code in (0, 1)


def test_a_sum_that_would_take_minutes_at_every_evaluation_is_refused(gd: Runner) -> None:
    ranges = "for i in range(100000) for j in range(100000)"
    ended = gd("minimize", f"sum(sin(x*i*j) {ranges})", "--time-limit", "3s")
    assert ended.code == 2
    assert "10,000,000,000 terms" in ended.err


@pytest.mark.parametrize(
    "words",
    [
        ("minimize", "x**2", "--subject-to", "x<=3"),
        ("minimize", "x**2", "--plot", "x.png"),
        ("fit", "y ~ a*x", "points.csv"),
        *((word, "x**2") for word in ("predict", "compare", "plot", "explain", "sweep")),
    ],
)
def test_what_is_not_built_says_so_and_what_to_write_instead(
    gd: Runner, words: tuple[str, ...]
) -> None:
    ended = gd(*words)
    assert ended.code == 2
    assert "not part of this version of gd" in ended.err and "hint: " in ended.err


def test_what_is_wrong_beside_the_formula_is_told_with_it(gd: Runner, tmp_path: Path) -> None:
    path = tmp_path / "p.toml"
    path.write_text('minimize = "sine(x) + y"\nbounds = { x = [3, 1] }\nmethod = "adma"\n')
    for command in ("check", "solve"):
        ended = gd(command, str(path))
        said = ended.out + ended.err
        assert ended.code == 2
        assert "p.toml:1:13: error: unknown function `sine`" in said
        assert "p.toml:2:16: error: the bounds of `x` are reversed: 3 is above 1" in said
        assert "p.toml:3:10: error: unknown method `adma`" in said


@pytest.mark.parametrize("command", ["check", "solve"])
def test_what_is_wrong_with_a_methods_options_has_its_place(
    gd: Runner, tmp_path: Path, command: str
) -> None:
    path = tmp_path / "p.toml"
    path.write_text(
        '[defaults]\nlearning_rate = "step(0.1, x)"\n'
        '[[problem]]\nminimize = "x +"\nmethod = "adam"\n'
        "options = { beta1 = 2, memory = 5, beta3 = 1 }\n"
        '[[problem]]\nname = "b"\nminimize = "x**2"\nmethod = "newton"\n'
    )
    ended = gd(command, str(path))
    said = ended.out + ended.err
    assert ended.code == 2
    for expected in (
        "p.toml:4:16: error: the formula ends",
        "p.toml:2:28: error: ",
        "p.toml:6:21: error: `beta1` must be a number at least 0 and below 1, not 2",
        "p.toml:6:24: error: `memory` has no effect with method `adam`",
        "p.toml:6:36: error: method `adam` has no option `beta3`",
    ):
        assert expected in said
    assert said.count("error: ") == 5  # the learning rate is not meant for `newton`


def test_options_of_the_command_line_are_shown(gd: Runner) -> None:
    ended = gd("minimize", "x**2", "--method", "lbfgs", "--option", "memory=5", "--option", "a=1")
    assert ended.code == 2
    assert "error: method `lbfgs` has no option `a`\n  a=1\n  ^^^" in ended.err
