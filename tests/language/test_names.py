"""Names: which a formula uses, and what is odd about them."""

from __future__ import annotations

import pytest

from gdcli.diagnostics import Diagnostic, Source
from gdcli.language.check import MAX_VARIABLES, bound_names, free_names, name_diagnostics
from gdcli.language.folding import constant_diagnostics
from gdcli.language.functions import CONSTANTS
from gdcli.language.parse import parse


def noticed(
    text: str, constants: tuple[str, ...] = (), declared: tuple[str, ...] = ()
) -> list[Diagnostic]:
    source = Source(text)
    tree = parse(source).tree
    built_in = {*CONSTANTS} - {*declared}
    variables = [n for n in free_names(tree) if n not in constants and n not in built_in]
    return name_diagnostics(tree, source, variables, constants, declared)


def codes(text: str, constants: tuple[str, ...] = (), declared: tuple[str, ...] = ()) -> list[str]:
    return [diagnostic.code for diagnostic in noticed(text, constants, declared)]


def test_free_names_in_the_order_of_the_text() -> None:
    text = "sum(b*x[i] for i in range(n) if i < m) + a*i"
    names = free_names(parse(Source(text)).tree)
    assert list(names) == ["b", "x", "n", "m", "a", "i"]
    assert text[names["i"].start :] == "i"


def test_an_index_is_bound_in_later_clauses_and_not_in_its_own_range() -> None:
    tree = parse(Source("sum(i*j for i in range(i) for j in range(i))")).tree
    assert list(free_names(tree)) == ["i"]
    assert list(bound_names(tree)) == ["i", "j"]


ORDINARY = "S N E I Q O beta zeta lambda T Symbol oo __x__ is def π1"


@pytest.mark.parametrize("name", ORDINARY.split())
def test_names_that_mean_something_elsewhere_are_ordinary(name: str) -> None:
    assert codes(f"({name} - 1)**2 + 3*{name}") == []


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("x**2 + y**2 + xy", "did you mean `x*y`?"),
        ("alpha + beta + alphabeta", "did you mean `alpha*beta`?"),
        ("x + xx", "did you mean `x*x`?"),
    ],
)
def test_joined_names(text: str, label: str) -> None:
    (found,) = noticed(text)
    assert (found.code, found.severity, found.label) == ("joined-names", "warning", label)


def test_a_declared_name_is_no_product() -> None:
    assert codes("x + y + xy", declared=("xy",)) == []


@pytest.mark.parametrize(
    "text", ["o + ο", "A + Α", "x1 + xl", "x0 + xO", "l + I", "rate + Rate", "π*x", "ν + v"]
)
def test_lookalikes(text: str) -> None:
    assert codes(text) == ["lookalike"]


def test_capital_letters_are_no_lookalikes() -> None:
    assert codes("sum(X @ x) + B*b") == []


def test_a_functions_name_must_be_declared() -> None:
    assert codes("gamma + x") == ["function-as-name"]
    assert codes("gamma + x", declared=("gamma",)) == []
    assert codes("gamma + x", constants=("gamma",)) == []


def test_no_variables() -> None:
    assert codes("1 + pi") == ["no-variables"]
    (found,) = noticed("n**2", constants=("n",))
    assert "`n`" in found.hint


def test_own_meaning_of_a_constant_is_noted() -> None:
    (found,) = noticed("e*x", constants=("e",))
    assert (found.code, found.severity) == ("constant-overridden", "note")


def test_remainders_of_variables() -> None:
    assert codes("x % 2") == ["variable-in-remainder"]
    assert codes("x[i % 2] + len(x) // 2 + n % 3", constants=("i", "n")) == []


def test_too_many_variables() -> None:
    assert "too-many-variables" in codes("+".join(f"x{k}" for k in range(MAX_VARIABLES + 1)))
    assert codes("+".join(f"x{k}_" for k in range(3_000))) == []


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("x + 9**9**9**9", "9**9**9"),
        ("x*2**(2**100)", "2**(2**100)"),
        ("x + log(-1)", "log(-1)"),
        ("x + 1/(n - 3)", "1/(n-3)"),
        ("sum(x[i]*exp(1000) for i in range(3))", "exp(1000)"),
    ],
)
def test_constant_parts_without_a_value(text: str, part: str) -> None:
    text = text.replace("n - 3", "n-3")
    source = Source(text)
    (found,) = constant_diagnostics(parse(source).tree, source, {"n": 3.0})
    assert found.span is not None
    assert text[found.span.start : found.span.stop] == part


def test_sound_constants_pass() -> None:
    text = "x*inf + 2**10*x + sqrt(2)*e + (1/n if n > 0 else 0) + sum(1/i for i in range(1, 4))"
    source = Source(text)
    assert constant_diagnostics(parse(source).tree, source, {"n": 0.0}) == []
