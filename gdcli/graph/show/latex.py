"""Derivatives as LaTeX, in the user's names."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from gdcli.graph.derivatives import gradient
from gdcli.graph.formula import Formula
from gdcli.graph.nodes import Array, Node
from gdcli.graph.show.printer import Printer
from gdcli.graph.show.style import COMPARISONS, SUBSCRIPT, Style, Written, digits, fraction
from gdcli.graph.show.text import Formulas, gradient_formulas
from gdcli.language.operators import ATOM, COMPARE, NEGATIVE, OR, POWER, PRODUCT, SUM

_GREEK = frozenset(
    (
        *("alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta", "iota", "kappa"),
        *("lambda", "mu", "nu", "xi", "pi", "rho", "sigma", "tau", "upsilon", "phi", "chi", "psi"),
        *("omega", "Gamma", "Delta", "Theta", "Lambda", "Xi", "Pi", "Sigma", "Upsilon", "Phi"),
        *("Psi", "Omega"),
    )
)

_FUNCTIONS: Mapping[str, str] = {
    **{f: rf"\{f}" for f in ("exp", "sin", "cos", "tan", "sinh", "cosh", "tanh", "max", "min")},
    "log": r"\log",
    "det": r"\det",
    "asin": r"\arcsin",
    "acos": r"\arccos",
    "atan": r"\arctan",
    "gamma": r"\Gamma",
    "lgamma": r"\log\Gamma",
    "digamma": r"\psi",
    "trigamma": r"\psi_1",
    "sigmoid": r"\sigma",
    "log2": r"\log_2",
    "log10": r"\log_{10}",
}

_COMPARISONS = {"less": "<", "less_equal": r"\le", "equal": "=", "not_equal": r"\ne"}
_WORDS = {"and": r"\land", "or": r"\lor"}
_OPERATORS = {
    **{COMPARISONS[name]: command for name, command in _COMPARISONS.items()},
    ">=": r"\ge",
    "%": r"\bmod",
    "//": r"\div",
    **_WORDS,
}
_REDUCTIONS = {"sum": r"\sum", "prod": r"\prod", "max": r"\max", "min": r"\min"}
_FENCES = {"abs": (r"\left|", r"\right|"), "floor": (r"\lfloor ", r" \rfloor")}
_FENCES["ceil"] = (r"\lceil ", r" \rceil")


class Latex(Style):
    """LaTeX's mathematics."""

    times = r" \, "

    def bracket(self, part: Written, level: int) -> str:
        return part.text if part.level >= level else rf"\left({part.text}\right)"

    def ratio(self, above: int, below: int) -> Written:
        sign = "-" if above < 0 else ""
        return Written(rf"{sign}\frac{{{abs(above)}}}{{{below}}}", PRODUCT)

    def number(self, value: float) -> Written:
        written = super().number(value)
        if fraction(value) is not None:
            return written
        mantissa, _, exponent = digits(value).partition("e")
        if not exponent:
            text = {"inf": r"\infty", "-inf": r"-\infty"}.get(written.text, written.text)
            return Written(text, written.level)
        return Written(rf"{mantissa} \cdot 10^{{{int(exponent)}}}", PRODUCT)

    def name(self, name: str) -> str:
        """Return a name: Greek by its command, digits and what follows `_` as subscripts."""
        head, _, tail = name.partition("_")
        match = re.fullmatch(r"(.*?[^\d])(\d+)", head)
        if match:
            head, tail = match[1], match[2] + ("," + tail if tail else "")
        if head in _GREEK:
            head = f"\\{head}"
        elif len(head) > 1:
            head = rf"\mathrm{{{head}}}"
        tail = tail.replace("_", ",")
        return f"{head}_{{{tail}}}" if tail else head

    def element(self, array: str, index: Sequence[str]) -> str:
        if not index:
            return array
        inner = ", ".join(index)
        if array.endswith("}") and "_{" in array:
            return rf"{{{array}}}_{{{inner}}}"
        return rf"{array}_{{{inner}}}"

    def operators(self, text: str) -> str:
        for plain, command in _OPERATORS.items():
            text = text.replace(f" {plain} ", f" {command} ")
        while found := SUBSCRIPT.search(text):
            item = self.element(self.name(found[1]), [found[2]])
            text = text[: found.start()] + item + text[found.end() :]
        return text.replace("*", r" \, ")

    def power(self, base: Written, exponent: Written) -> Written:
        return Written(f"{self.bracket(base, ATOM)}^{{{exponent.text}}}", POWER)

    def call(self, function: str, arguments: Sequence[Written]) -> Written:
        first = arguments[0].text
        if function == "sqrt":
            return Written(rf"\sqrt{{{first}}}", ATOM)
        if function == "cbrt":
            return Written(rf"\sqrt[3]{{{first}}}", ATOM)
        if function == "inv":
            return Written(rf"{{{self.bracket(arguments[0], ATOM)}}}^{{-1}}", ATOM)
        if function in _FENCES:
            opening, closing = _FENCES[function]
            return Written(f"{opening}{first}{closing}", ATOM)
        name = _FUNCTIONS.get(function) or rf"\operatorname{{{function}}}"
        inner = ", ".join(a.text for a in arguments)
        return Written(rf"{name}\left({inner}\right)", ATOM)

    def compare(self, function: str, left: Written, right: Written) -> Written:
        parts = self.bracket(left, SUM), _COMPARISONS[function], self.bracket(right, SUM)
        return Written(" ".join(parts), COMPARE)

    def connect(self, word: str, parts: Sequence[Written]) -> Written:
        texts = [self.bracket(part, COMPARE) for part in parts]
        if word == "not":
            return Written(rf"\lnot {texts[0]}", OR)
        return Written(f" {_WORDS[word]} ".join(texts), OR)

    def choice(self, test: Written, yes: Written, no: Written) -> Written:
        rows = rf"{yes.text} & \text{{if }} {test.text} \\ {no.text} & \text{{otherwise}}"
        return Written(rf"\begin{{cases}} {rows} \end{{cases}}", ATOM)

    def reduction(
        self,
        operator: str,
        body: Written,
        bound: Sequence[tuple[str, int]],
        condition: Written | None = None,
    ) -> Written:
        sign = _REDUCTIONS[operator]
        if operator in ("max", "min"):
            signs = sign + "_{" + ", ".join(f"0 \\le {i} < {n}" for i, n in bound) + "}"
        else:
            below = [f"{i}=0" for i, _ in bound]
            if condition is not None:
                below[-1] = rf"\substack{{{below[-1]} \\ {condition.text}}}"
            signs = " ".join(
                rf"{sign}_{{{low}}}^{{{n - 1}}}" for low, (_, n) in zip(below, bound, strict=True)
            )
        return Written(f"{signs} {self.bracket(body, PRODUCT)}", NEGATIVE)

    def listing(self, body: Written, bound: Sequence[tuple[str, int]]) -> str:
        index = ", ".join(symbol for symbol, _ in bound)
        return rf"\left[{body.text}\right]_{{{index}}}"

    def quotient(self, above: Sequence[Written], below: Sequence[Written]) -> Written:
        if not below:
            return self.multiplied(above)
        top, bottom = self.multiplied(above).text, self.multiplied(below).text
        return Written(rf"\frac{{{top}}}{{{bottom}}}", PRODUCT)

    def multiplied(self, parts: Sequence[Written]) -> Written:
        if len(parts) == 1:
            return parts[0]
        # A sum sign reaches over all that follows it: only the last factor goes without brackets.
        levels = [POWER if k < len(parts) - 1 else NEGATIVE for k in range(len(parts))]
        texts = [
            part.text if part.level == PRODUCT and k == 0 else self.bracket(part, level)
            for k, (part, level) in enumerate(zip(parts, levels, strict=True))
        ]
        text = texts[0]
        for piece in texts[1:]:
            text += (r" \cdot " if piece[0].isdigit() else self.times) + piece
        return Written(text, PRODUCT)


def node_latex(node: Node) -> str:
    """Return a node as LaTeX."""
    return Printer(Latex(), (node,)).expression(node).text


def gradient_latex(formula: Formula, gradients: Sequence[Array] | None = None) -> dict[str, str]:
    r"""Return {variable: `\frac{\partial f}{\partial x} = …`}, and named shared parts by name.

    Of an array, one line for each part; `\\mathrel{+}=` where parts of one place are to be added.
    """
    arrays = gradient(formula) if gradients is None else gradients
    found: Formulas = gradient_formulas(formula, arrays, Latex())
    lines: dict[str, list[str]] = {leaf.name: [] for leaf in formula.variables}
    for part in found.parts:
        left = rf"\frac{{\partial f}}{{\partial {part.left}}}"
        sign = r"\mathrel{+}=" if part.adds else "="
        lines[part.variable].append(_equation(left, part.text, part.where, sign))
    joined = {name: "\n".join(parts) for name, parts in lines.items()}
    return joined | {row[0]: _equation(*row) for row in found.definitions}


def _equation(left: str, right: str, where: str, sign: str = "=") -> str:
    condition = where.replace("…", r"\ldots")
    return f"{left} {sign} {right}" + (rf" \qquad ({condition})" if where else "")
