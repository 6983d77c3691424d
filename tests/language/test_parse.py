"""What is read as what: precedence, products without `*`, pasted symbols, subscripts, spans."""

from __future__ import annotations

import pytest
from trees import bare

from gdcli.diagnostics import Source
from gdcli.errors import FormulaError
from gdcli.language.parse import parse, parse_value
from gdcli.language.tree import Call, Name, Negative, Number, Power, Product, Subscript, Sum
from gdcli.language.unparse import unparse


def read(text: str) -> str:
    return unparse(parse(Source(text)).tree)


def same(left: str, right: str) -> bool:
    return bare(parse(Source(left)).tree) == bare(parse(Source(right)).tree)


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("-x**2", "-(x**2)"),
        ("2**-x", "2**(-x)"),
        ("2**-x*3", "(2**(-x))*3"),
        ("2**3**x", "2**(3**x)"),
        ("x^2", "x**2"),
        ("2x", "2*x"),
        ("-2x", "(-2)*x"),
        ("3(x+1)", "3*(x+1)"),
        ("2exp(x)", "2*exp(x)"),
        ("2x**2", "2*(x**2)"),
        ("2.(x)", "2.*(x)"),
        ("1e3x", "1e3*x"),
        ("2pi x[0]".replace(" ", "*"), "2*pi*x[0]"),
        ("2x3", "2*x3"),
        ("x²+y³", "x**2+y**3"),
        ("2x²", "2*x**2"),
        ("-x²", "-(x**2)"),
        ("2**x²", "2**(x**2)"),
        ("x²[0]", "(x**2)[0]"),
        ("a − b×c·d", "a - b*c*d"),
        ("a if b ≤ 1 else c", "a if b <= 1 else c"),
        ("a if b if c else 1 else 2".replace("b if c else 1", "(b if c else 1)"),
         "a if (b if c else 1) else 2"),
        ("a if b else c if d else e", "a if b else (c if d else e)"),
        ("a\n+\tb\r\n", "a+b"),
        ("++x", "x"),
        ("x - +y", "x - y"),
        ("ln(x)", "log(x)"),
        ("arctan2(y, x)", "atan2(y, x)"),
        ("maximum(x, y)", "max(x, y)"),
        ("x[1,]", "x[1]"),
        ("ｘ₁ + ϕ", "x1 + φ"),
        ("µ", "μ"),
        ("1 if i%2==0else 2", "1 if i % 2 == 0 else 2"),
        ("a//b*c", "(a//b)*c"),
        ("a@b*c", "(a@b)*c"),
        ("not_x + orx + ifs", "not_x + (orx) + ifs"),
        ("sin + x(1)".replace("x(1)", "x*(1)"), "sin + x*1"),
    ],
)  # fmt: skip
def test_meaning(text: str, meaning: str) -> None:
    assert same(text, meaning)


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("(a+b)+c", "(a + b) + c"),
        ("a-(b-c)", "a - (b - c)"),
        ("a/(b*c)", "a/(b*c)"),
        ("(x)**(2)", "x**2"),
        ("((x))", "x"),
        ("(-x)**2", "(-x)**2"),
        ("-(-x)", "--x"),
        ("x[(1):(2)]", "x[1:2]"),
        ("b[:,None]", "b[:, None]"),
        ("x[::2]", "x[::2]"),
        ("sum( x[i] for i in range(0,n) if i>1 if i<9 )",
         "sum(x[i] for i in range(0, n) if i > 1 if i < 9)"),
        ("sum(X,axis=-1)", "sum(X, axis=-1)"),
        ("(A+B).T", "(A + B).T"),
        ("a<b<c if 0 else 1".replace("a<b<c if 0", "1 if a<b<c"), "1 if a < b < c else 1"),
    ],
)  # fmt: skip
def test_text(text: str, canonical: str) -> None:
    assert read(text) == canonical


def test_sums_and_products_are_flat() -> None:
    tree = parse(Source("a - b + c")).tree
    assert isinstance(tree, Sum)
    assert tree.negated == (False, True, False)
    tree = parse(Source("a / b * c")).tree
    assert isinstance(tree, Product)
    assert tree.divided == (False, True, False)


def test_whole_numbers_are_known() -> None:
    wholes = {"3": True, "1_000": True, "3.": False, "3e0": False}
    for text, whole in wholes.items():
        tree = parse(Source(text)).tree
        assert isinstance(tree, Number)
        assert tree.is_integer is whole


@pytest.mark.parametrize("text", ["0.1", "1e-3", "123456789.123456789", "4.9e-324", "1_0.2_5"])
def test_numbers_are_the_doubles_that_were_typed(text: str) -> None:
    tree = parse(Source(text)).tree
    assert isinstance(tree, Number)
    assert tree.value == float(text)


def test_spans_count_code_points_of_the_text_and_include_operands_brackets() -> None:
    text = "ｘ² + (α - 1)*sin(𝑦)"
    tree = parse(Source(text)).tree
    assert isinstance(tree, Sum)
    power, product = tree.terms
    assert isinstance(power, Power)
    assert isinstance(product, Product)
    assert text[power.span.start : power.span.stop] == "ｘ²"
    assert text[product.span.start : product.span.stop] == "(α - 1)*sin(𝑦)"
    call = product.factors[1]
    assert isinstance(call, Call)
    assert text[call.span.start : call.span.stop] == "sin(𝑦)"
    assert text[call.name_span.start : call.name_span.stop] == "sin"
    assert bare(call.arguments[0]) == ("Name", "y")


def test_a_function_name_is_a_name_where_no_bracket_follows() -> None:
    tree = parse(Source("gamma + exp(gamma)")).tree
    assert isinstance(tree, Sum)
    assert isinstance(tree.terms[0], Name)


def test_negative_literal_index() -> None:
    tree = parse(Source("x[-1]")).tree
    assert isinstance(tree, Subscript)
    assert isinstance(tree.items[0], Negative)


def test_lists_in_values_only() -> None:
    assert unparse(parse_value(Source("[[1,2],[3,4.5],]")).tree) == "[[1, 2], [3, 4.5]]"
    text = "[-1.2 if i % 2 == 0 else 1 for i in range(n)]"
    assert unparse(parse_value(Source(text)).tree) == text
    with pytest.raises(FormulaError):
        parse(Source("[1, 2]"))


def test_known_names_improve_the_hint() -> None:
    with pytest.raises(FormulaError) as caught:
        parse(Source("rate(1 + y)"), known={"rate"})
    assert caught.value.diagnostics[0].label == "did you mean `rate*(…)`?"
