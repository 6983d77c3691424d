"""What to say of the mistakes that people make in formulas."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from types import MappingProxyType

from gdcli.diagnostics import Span
from gdcli.language.faults import Faults, shown
from gdcli.language.frames import Frame
from gdcli.language.functions import FUNCTIONS, SPELLINGS
from gdcli.language.tokens import Tokens
from gdcli.language.tree import Call, Name, Tree
from gdcli.suggest import did_you_mean

MODULES = frozenset(("np", "numpy", "math", "sp", "sympy", "torch", "tf", "jnp", "scipy"))
"""Names before a `.` that people take along from their programs."""

COMMANDS = frozenset(("minimize", "minimise", "maximize", "maximise", "argmin", "argmax"))
"""Words that people write before an objective; `min` and `max` are functions."""

_CONSTANTS = "make it a constant: `--set"

INSTEAD_OF_FUNCTIONS: Mapping[str, str] = MappingProxyType(
    {
        "pow": "write `x**y`",
        "power": "write `x**y`",
        "square": "write `x**2`",
        "factorial": "write `gamma(n + 1)`",
        "sec": "write `1/cos(x)`",
        "csc": "write `1/sin(x)`",
        "cot": "write `1/tan(x)`",
        "lg": "write `log10(x)` or `log2(x)`",
        "erfc": "write `1 - erf(x)`",
        "sinc": "write `sin(x)/x`",
        "exp2": "write `2**x`",
        "clip": "write `min(max(x, low), high)`",
        "float": "leave it out: every number is a double",
        "int": "write `floor(x)`",
        "round": "write `floor(x + 0.5)`",
        "matmul": "write `A @ B`",
        "transpose": "write `A.T`",
        "eye": f'{_CONSTANTS} "I=[[1 if i==j else 0 for j in range(n)] for i in range(n)]"`',
        "identity": f'{_CONSTANTS} "I=[[1 if i==j else 0 for j in range(n)] for i in range(n)]"`',
        "zeros": f'{_CONSTANTS} "z=[0 for i in range(n)]"`; one number serves for all elements',
        "ones": f'{_CONSTANTS} "o=[1 for i in range(n)]"`; one number serves for all elements',
        "arange": f'{_CONSTANTS} "t=[i for i in range(n)]"`',
        "linspace": f'{_CONSTANTS} "t=[a + (b-a)*i/(n-1) for i in range(n)]"`',
        "var": "write `mean((x - mean(x))**2)`",
        "std": "write `sqrt(mean((x - mean(x))**2))`",
        "outer": "write `x[:, None]*y`",
        "diff": "write `x[1:] - x[:-1]`",
        "softmax": "write `exp(x - logsumexp(x))`",
        "lambda": "a formula defines no functions; write the expression itself",
    }
)
"""What to write instead of functions that other languages have."""

INSTEAD_OF_OPERATORS: Mapping[str, str] = MappingProxyType(
    {
        "&&": "did you mean `and`?",
        "||": "did you mean `or`?",
        "|": "did you mean `or`?",
        "=<": "did you mean `<=`?",
        "=>": "did you mean `>=`?",
        "<>": "did you mean `!=`?",
    }
)


def missing_operand(tokens: Tokens, at: int, faults: Faults) -> None:
    """Note that no operand stands before token `at`."""
    kind = tokens.kinds[at]
    span = tokens.span(at)
    if kind == "end":
        faults.error("unfinished", "the formula ends where a number or a name is expected", span,
                     f"something is missing after {shown(tokens.texts[at - 1])}")  # fmt: skip
    elif kind in ("True", "False", "None", "nan"):
        faults.error("reserved-word", f"`{kind}` is a reserved word and stands for no number", span)
    elif kind in ("for", "if", "else", "in", "and", "or"):
        faults.error("reserved-word", f"a number or a name is expected before the word `{kind}`",
                     span, hint="write `a if condition else b`" if kind == "if"
                     else f"`{kind}` cannot be a name")  # fmt: skip
    else:
        what = shown(tokens.texts[at]) if kind != "superscript" else "an exponent"
        faults.error("missing-operand", f"a number or a name is expected before {what}", span)


def missing_operator(tokens: Tokens, at: int, left: Tree, faults: Faults) -> None:
    """Note that nothing stands between the operand `left` and token `at`."""
    kind, text = tokens.kinds[at], tokens.texts[at]
    before, previous = tokens.kinds[at - 1], tokens.texts[at - 1]
    span = Span(tokens.starts[at - 1], tokens.stops[at])
    if before == "name" and previous == "lambda":
        faults.error("lambda", "a formula defines no functions", span,
                     hint="write the expression itself")  # fmt: skip
        return
    if isinstance(left, Name) and before == "name" and previous in SPELLINGS:
        argument = text if kind in ("name", "number") and len(text) < 20 else "…"
        faults.error("function-without-brackets", f"the function `{previous}` needs brackets",
                     tokens.span(at - 1), f"did you mean `{previous}({argument})`?")  # fmt: skip
        return
    if before == "superscript" and tokens.kinds[at - 2] == "name" and kind == "(":
        function = tokens.texts[at - 2]
        if function in SPELLINGS:
            faults.error("function-without-brackets", "a power of a function stands behind it",
                         span, f"did you mean `{function}(…)**{previous}`?")  # fmt: skip
            return
    if isinstance(left, Call) and kind == "(" and before == ")":
        faults.error("call-of-call", "the result of a function cannot be called", tokens.span(at),
                     hint="write `*` for a product")  # fmt: skip
        return
    if kind in ("True", "False", "None", "nan", "not"):
        faults.error("missing-operator", f"an operator is missing before `{kind}`", tokens.span(at))
        return
    if isinstance(left, Name) and before == "name" and previous in COMMANDS and at == 1:
        faults.error("command-in-formula", f"{shown(previous)} does not belong to the formula",
                     tokens.span(0), hint="write the expression alone")  # fmt: skip
        return
    simple = ("name", "number")
    short = len(previous) + len(text) < 30
    if before == "number" and at > 1 and tokens.kinds[at - 2] in ("/", "//", "%", "**"):
        label = "did you mean `*`?"
    elif before in simple and short and (kind in simple or kind == "("):
        right = "(…)" if kind == "(" else text
        label = f"did you mean `{previous}*{right}`?"
    elif before == ")" and short:
        label = f"did you mean `(…)*{'(…)' if kind == '(' else text}`?"
    else:
        label = "did you mean `*`?"
    faults.error("missing-operator", "an operator is missing here", span, label)


def bars(tokens: Tokens, at: int, faults: Faults) -> None:
    """Note that `|` or `||` (token `at`) has no meaning before an operand."""
    single = tokens.kinds[at] == "|"
    label = "write `abs(…)` for an absolute value" if single else "write `norm(…)` for a norm"
    faults.error("bars", f"{shown(tokens.texts[at])} has no meaning in a formula",
                 tokens.span(at), label)  # fmt: skip


def opens_bars(tokens: Tokens, at: int) -> bool:
    """Whether the bar at token `at` begins a factor or an argument, as in `2|x|` and `ln|x|`."""
    if tokens.stops[at - 1] != tokens.starts[at]:
        return False
    before = tokens.kinds[at - 1]
    return before == "number" or (before == "name" and tokens.texts[at - 1] in SPELLINGS)


def index_of_number(tokens: Tokens, at: int, faults: Faults) -> None:
    """Note that the bracket at token `at` follows a number."""
    faults.error("index-of-number", "a number has no elements", tokens.span(at),
                 hint="only arrays take an index")  # fmt: skip


def misplaced_list(tokens: Tokens, at: int, faults: Faults) -> None:
    """Note that a list begins at token `at` in a formula."""
    faults.error("list", "lists stand only in starts and constants", tokens.span(at),
                 hint="give the list a name with `--set`")  # fmt: skip


def axis(tokens: Tokens, at: int, faults: Faults) -> None:
    """Note that `axis=` at token `at` is not followed by a number and a bracket."""
    faults.error("axis", "`axis=` needs a whole number and stands last", tokens.span(at),
                 hint="write for example `sum(X, axis=0)`")  # fmt: skip


def missing_comma(tokens: Tokens, at: int, faults: Faults) -> None:
    """Note that the items of a list before and at token `at` are not separated."""
    faults.error("missing-comma", "a comma is missing between two items",
                 Span(tokens.starts[at - 1], tokens.stops[at]), "did you mean `,`?")  # fmt: skip


def wrong_operator(tokens: Tokens, at: int, faults: Faults) -> None:
    """Note that token `at`, which follows an operand, is no operator."""
    kind, text = tokens.kinds[at], tokens.texts[at]
    hint = "`in` stands only after `for`" if kind == "in" else ""
    faults.error("unknown-operator", f"{shown(text)} is no operator of a formula",
                 tokens.span(at), INSTEAD_OF_OPERATORS.get(kind, ""), hint)  # fmt: skip


def ambiguous_product(tokens: Tokens, at: int, before: Frame, faults: Faults) -> None:
    """Note that a product without `*` stands after `/`, `//`, `%` or `**`."""
    operator = before.marks[-1]
    number = tokens.texts[at - 1]
    function = tokens.texts[at - 3] if operator == "**" and at > 2 else ""
    if function in SPELLINGS and tokens.kinds[at] == "(" and tokens.kinds[at - 2] == "**":
        faults.error("function-without-brackets", "a power of a function stands behind it",
                     Span(tokens.starts[at - 3], tokens.stops[at]),
                     f"did you mean `{function}(…)**{shown(number)[1:-1]}`?")  # fmt: skip
        return
    right = "(…)" if tokens.kinds[at] == "(" else tokens.texts[at]
    if len(number) + len(right) > 30:
        number, right = "a", "b"
    span = Span(tokens.starts[at - 1], tokens.stops[at])
    faults.error(
        "ambiguous-product",
        f"a product without `*` after `{operator}` can be read in two ways",
        span,
        f"did you mean `{operator}({number}*{right})` or `{operator}{number}*{right}`?",
    )


def attribute(tokens: Tokens, at: int, left: Tree, faults: Faults) -> bool:
    """Note that `.` (token `at`) leads to no attribute.

    Returns:
        Whether it stands after the name of a module, which is best left out.
    """
    if tokens.kinds[at + 1] != "name":
        faults.error("attribute", "`.` has no meaning here", tokens.span(at))
        return False
    name = tokens.texts[at + 1]
    if isinstance(left, Name) and left.name in MODULES:
        faults.error("module", f"functions are written without `{left.name}.`",
                     Span(left.span.start, tokens.stops[at]),
                     f"did you mean {shown(name)}?" if name in SPELLINGS else "")  # fmt: skip
        return True
    span = Span(tokens.starts[at], tokens.stops[at + 1])
    label = f"did you mean `{name}(…)`?" if name in FUNCTIONS else ""
    faults.error("attribute", "the only attribute is `.T`, the transpose", span, label)
    return False


def equals_sign(tokens: Tokens, at: int, faults: Faults, *, outermost: bool) -> None:
    """Note that `=` (token `at`) has no meaning; `outermost` if it stands in no bracket."""
    kinds = tokens.kinds
    if outermost and kinds[0] == "name" and at == 1:
        faults.error("definition", "a formula has no left-hand side",
                     Span(tokens.starts[0], tokens.stops[at]),
                     hint=f"leave out {shown(tokens.texts[0] + ' =')}")  # fmt: skip
    elif (
        outermost
        and kinds[:2] == ["name", "("]
        and kinds[:at].count(")") == 1
        and kinds[at - 1] == ")"
    ):
        faults.error("definition", "a formula has no left-hand side",
                     Span(tokens.starts[0], tokens.stops[at]),
                     hint=f"leave out {shown(tokens.texts[0] + '(…) =')}")  # fmt: skip
    else:
        faults.error("equals-sign", "`=` is no operator of a formula", tokens.span(at),
                     "did you mean `==`?",
                     "`==` compares, in conditions")  # fmt: skip


def after_range(tokens: Tokens, at: int, faults: Faults) -> None:
    """Note that something other than `for`, `if` or a bracket follows `range(…)`."""
    faults.error("for-clause", "`for`, `if` or a closing bracket is expected here",
                 tokens.span(at), hint="write what is summed before the `for`")  # fmt: skip


def unknown_function(tokens: Tokens, at: int, names: Collection[str], faults: Faults) -> None:
    """Note that the name at token `at` is called and is no function."""
    name = tokens.texts[at]
    span = tokens.span(at)
    if name in names:
        label = f"did you mean {shown(f'{name}*(…)')}?"
        faults.error(
            "unknown-function", f"{shown(name)} is a variable, not a function", span, label
        )
        return
    hint = INSTEAD_OF_FUNCTIONS.get(name, "")
    label = "" if hint else did_you_mean(name, SPELLINGS)
    for cut in range(1, min(len(name), MAX_PREFIX)):
        if not hint and name[:cut] in names and name[cut:] in SPELLINGS:
            label = f"did you mean `{name[:cut]}*{name[cut:]}(…)`?"
    if not (label or hint) and len(name) <= LONGEST_FACTOR:
        hint = f"write {shown(f'{name}*(…)')} for a product"
    faults.error("unknown-function", f"unknown function {shown(name)}", span, label, hint)


LONGEST_FACTOR = 3
"""A longer name before a bracket is hardly meant as a factor."""

MAX_PREFIX = 40
"""How long a variable may be that is looked for at the beginning of a function's name."""
