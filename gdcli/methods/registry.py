"""METHODS: every method that has a name, a visible row each.

Lists, help, validation of options and the tests of the laws all come from here. A further method is
a file with its dataclass and a row.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from gdcli.diagnostics import Diagnostic
from gdcli.engine.method import Method
from gdcli.errors import UsageError
from gdcli.methods import construct
from gdcli.methods.row import Claim, Registered, Storage
from gdcli.methods.settings import Setting, read_settings
from gdcli.suggest import did_you_mean


def _rate(default: float | None, unset: str = "") -> Setting:
    meaning = "step length, as a multiple of the (scaled) gradient"
    return Setting("learning_rate", "rate", default, meaning, unset=unset)


def _beta(name: str, default: float | None, meaning: str, unset: str = "") -> Setting:
    return Setting(name, "number", default, meaning, least=0.0, below=1.0, unset=unset)


def _above_zero(name: str, default: float, meaning: str) -> Setting:
    return Setting(name, "number", default, meaning, above=0.0)


def _search(default: str, words: tuple[str, ...] = construct.SEARCHES) -> Setting:
    return Setting(
        "line_search", "word", default, "how the step along a direction is found",
        words=words, only="searched",
    )  # fmt: skip


def _flag(name: str, default: bool, meaning: str) -> Setting:
    return Setting(name, "flag", default, meaning)


_DECAY = Setting("weight_decay", "number", 0.0, "shrinks x at every step besides", least=0.0)
_EPSILON = _above_zero("epsilon", 1e-8, "added below the fraction line, against division by 0")
_MOMENTS = (
    _beta("beta1", 0.9, "decay of the gradient's running mean"),
    _beta("beta2", 0.999, "decay of the running mean of its squares"),
    _EPSILON,
)
_RADIUS = _above_zero("radius", 100.0, "first radius, as a multiple of the scaled start's norm")
_SCALED = _flag("scaled", True, "scale each variable, so that its unit does not matter")
_GEODESIC = _flag("geodesic", True, "correct steps by second derivatives along them")

ROWS: tuple[Registered, ...] = (
    Registered(
        "auto", "Gauss–Newton and Newton in a trust region",
        "Gauss–Newton's or Newton's model, whichever predicted better, with geodesic acceleration",
        "the default: gd chooses by the formula; for sums of squares it is this",
        "Transtrum & Sethna (2012), arXiv:1201.5885; Moré (1978)",
        construct.hybrid, (), True, Storage(8, 5),
    ),
    Registered(
        "gd", "gradient descent",
        "x moves against the gradient, by the learning rate or by a searched step",
        "to see plain descent, and how its learning rate matters",
        "Cauchy (1847); Armijo (1966); first trial: Barzilai & Borwein (1988)",
        construct.gradient_descent,
        (
            _rate(None, "the step is searched, a Barzilai–Borwein length first"),
            _search("armijo"),
        ),
        True, Storage(2), Claim("rosenbrock", 1e-8),
    ),
    Registered(
        "momentum", "gradient descent with momentum (heavy ball)",
        "each step keeps a part of the one before",
        "long narrow valleys, where plain descent zigzags",
        "Polyak (1964); searched: Miele & Cantrell (1969)",
        construct.momentum,
        (
            _rate(None, "the step along −∇f + momentum is searched"),
            _beta("momentum", 0.9, "the part of a step that the next one keeps"),
            _search("wolfe"),
        ),
        True, Storage(6), Claim("rosenbrock", 1e-8),
    ),
    Registered(
        "nesterov", "Nesterov's accelerated gradient descent",
        "the gradient is taken where momentum leads",
        "convex problems of any size: the best rate that gradients alone allow",
        "Nesterov (1983); restarts: O'Donoghue & Candès (2015); searched: Beck & Teboulle (2009)",
        construct.nesterov,
        (
            _rate(None, "the step is searched by backtracking on the curvature met"),
            _beta("momentum", None, "constant momentum", "it grows by Nesterov's sequence"),
            _flag("restart", True, "begin the momentum anew where it leads uphill"),
        ),
        False, Storage(2), Claim("rosenbrock", 1e-8),
    ),
    Registered(
        "bb", "Barzilai–Borwein",
        "gradient descent with the step that the last change of the gradient suggests",
        "large smooth problems with little memory: often as fast as conjugate gradients",
        "Barzilai & Borwein (1988); Raydan (1997); adaptive: Zhou, Gao & Dai (2006)",
        construct.barzilai_borwein,
        (
            Setting("window", "count", 10, "a step must lower the largest of so many last values",
                    least=1, most=1000),
            Setting("threshold", "number", 0.5, "the short length is taken where it is below this "
                    "part of the long one", least=0.0, most=1.0),
            _search("armijo", construct.OR_NONE),
        ),
        False, Storage(2), Claim("rosenbrock", 1e-8),
    ),
    Registered(
        "adagrad", "AdaGrad",
        "every variable has a rate of its own, that falls with its gradients so far",
        "gradients of very different size, when running for a fixed number of steps",
        "Duchi, Hazan & Singer (2011)",
        construct.adagrad,
        (_rate(0.01), _above_zero("epsilon", 1e-10, _EPSILON.meaning)),
        False, Storage(2), Claim("quadratic", 1e-8, {"learning_rate": 0.5}),
    ),
    Registered(
        "rmsprop", "RMSProp",
        "steps divided by a running root mean square of the gradient",
        "non-convex problems with noisy scales; with a decaying rate, for it does not settle",
        "Tieleman & Hinton (2012)",
        construct.rmsprop,
        (_rate(0.001), _beta("decay", 0.9, "decay of the running mean of squares"), _EPSILON),
        False, Storage(2),
        Claim("quadratic", 1e-8, {"learning_rate": "exponential(0.1, 0.995)"}),
    ),
    Registered(
        "adadelta", "Adadelta",
        "like RMSProp, with a rate taken from the steps themselves",
        "where no rate can be guessed; slow to begin with",
        "Zeiler (2012)",
        construct.adadelta,
        (
            _rate(1.0), _beta("decay", 0.95, "decay of both running means"),
            _above_zero("epsilon", 1e-6, "sets the length of the first steps"),
        ),
        False, Storage(2), Claim("quadratic", 1e-3),
    ),
    Registered(
        "adam", "Adam",
        "momentum over a running root mean square of the gradient",
        "the usual choice for training networks; rates transfer between problems",
        "Kingma & Ba (2015)",
        construct.adam, (_rate(0.001), *_MOMENTS),
        False, Storage(2), Claim("rosenbrock", 1e-6, {"learning_rate": 0.01}),
    ),
    Registered(
        "amsgrad", "AMSGrad",
        "Adam with rates that never grow, so that it converges on convex problems",
        "where Adam keeps wandering",
        "Reddi, Kale & Kumar (2018)",
        construct.amsgrad, (_rate(0.001), *_MOMENTS),
        False, Storage(2), Claim("rosenbrock", 1e-6, {"learning_rate": 0.1}),
    ),
    Registered(
        "nadam", "Nadam",
        "Adam with Nesterov's look ahead",
        "as Adam; often a little faster",
        "Dozat (2016)",
        construct.nadam, (_rate(0.002), *_MOMENTS),
        False, Storage(2), Claim("rosenbrock", 1e-6, {"learning_rate": 0.01}),
    ),
    Registered(
        "adamw", "AdamW",
        "Adam, with weight decay beside the gradient's step",
        "training with decay; decay above 0 moves the answer away from the minimum of f",
        "Loshchilov & Hutter (2019)",
        construct.adamw,
        (_rate(0.001), *_MOMENTS, Setting(
            "weight_decay", "number", 0.01, _DECAY.meaning, least=0.0)),
        False, Storage(2),
        Claim("rosenbrock", 1e-6, {"learning_rate": 0.01, "weight_decay": 0.0}),
    ),
    Registered(
        "lion", "Lion",
        "every variable moves by exactly the rate, against the sign of its momentum",
        "training where memory is short; needs a decaying rate to settle",
        "Chen et al. (2023)",
        construct.lion,
        (
            _rate(1e-4), _beta("beta1", 0.9, "decay within a step"),
            _beta("beta2", 0.99, "decay of the running mean of gradients"), _DECAY,
        ),
        False, Storage(2),
        Claim("quadratic", 1e-8, {"learning_rate": "exponential(0.1, 0.995)"}),
    ),
    Registered(
        "cg", "nonlinear conjugate gradients",
        "directions that keep clear of each other, from two vectors of memory",
        "large smooth problems where memory for `lbfgs` is short",
        "Polak & Ribière (1969), Gilbert & Nocedal (1992); Hager & Zhang (2005)",
        construct.conjugate_gradient,
        (
            Setting("formula", "word", "polak-ribiere", "how directions are combined",
                    words=("polak-ribiere", "hager-zhang")),
            _search("wolfe"),
        ),
        True, Storage(5),
    ),
    Registered(
        "bfgs", "BFGS",
        "a dense picture of the inverse Hessian, from changes of the gradient",
        "up to about a thousand variables, where second derivatives are not to be had",
        "Broyden, Fletcher, Goldfarb, Shanno (1970); Nocedal & Wright (2006), Alg. 6.1",
        construct.bfgs, (_search("wolfe"),), True, Storage(4, 3),
    ),
    Registered(
        "lbfgs", "limited-memory BFGS",
        "the same from the last few steps only",
        "many variables: the first choice from a thousand to millions",
        "Liu & Nocedal (1989); Byrd, Nocedal & Schnabel (1994)",
        construct.lbfgs,
        (
            Setting("memory", "count", 10, "how many steps are remembered", least=1, most=1000),
            _search("wolfe"),
        ),
        True, Storage(5),
    ),
    Registered(
        "newton", "Newton's method in a trust region",
        "the exact second-order model, solved within a radius",
        "up to a few hundred variables: few, dear steps, and quadratic convergence",
        "Moré & Sorensen (1983); Conn, Gould & Toint (2000)",
        construct.newton,
        (_SCALED, _flag("stretch", True, "go on along steps where convergence is only linear"),
         _RADIUS),
        True, Storage(8, 4),
    ),
    Registered(
        "newton-cg", "Newton's method with conjugate gradients",
        "the second-order model, solved roughly by products with the Hessian",
        "many variables, curvature that matters, cheap products",
        "Steihaug (1983); Dembo, Eisenstat & Steihaug (1982)",
        construct.newton_cg,
        (
            Setting("forcing", "number", 0.5, "relative residual at which a step's inner iteration "
                    "stops", above=0.0, below=1.0),
            Setting("products", "count", 200, "most Hessian products a step", least=1),
            _above_zero("radius", 1.0, "first radius, as a multiple of the start's norm"),
        ),
        True, Storage(8),
    ),
    Registered(
        "lm", "Levenberg–Marquardt",
        "Gauss–Newton in a trust region, bent by geodesic acceleration",
        "sums of squares: fits, systems of equations",
        "Levenberg (1944), Marquardt (1963), Moré (1978); Transtrum & Sethna (2012)",
        construct.levenberg_marquardt, (_SCALED, _GEODESIC, _RADIUS), True, Storage(8, 4),
    ),
)  # fmt: skip

METHODS: Mapping[str, Registered] = {row.name: row for row in ROWS}


def has_option(method: str, option: str) -> bool:
    """Return whether there is such a method, with an option of this name."""
    row = METHODS.get(method)
    return row is not None and option in row.option_names


def find(name: str) -> Registered:
    """Return the row of a method.

    Raises:
        UsageError: There is no such method; with a suggestion.
    """
    row = METHODS.get(name)
    if row is None:
        raise UsageError(
            Diagnostic(
                "unknown-method",
                f"unknown method `{name}`",
                label=did_you_mean(name, METHODS),
                hint=f"methods: {', '.join(METHODS)}",
            )
        )
    return row


def check_size(name: str, size: int) -> None:
    """Refuse a method whose matrices would be too large for so many variables.

    Raises:
        UsageError: With the methods that serve.
    """
    most = find(name).most_variables
    if most is None or size <= most:
        return
    others = ", ".join(row.name for row in ROWS if row.most_variables is None)
    raise UsageError(
        Diagnostic(
            "too-many-variables",
            f"method `{name}` keeps a matrix of {size} × {size} numbers: too large beyond "
            f"{most} variables",
            hint=f"use `lbfgs`; methods without matrices: {others}",
        )
    )


@cache
def options_known() -> Mapping[str, str]:
    """Return every option of any method, with the names of the methods that have it."""
    known: dict[str, list[str]] = {}
    for row in ROWS:
        for setting in row.settings:
            known.setdefault(setting.name, []).append(row.name)
    return {name: ", ".join(methods) for name, methods in known.items()}


def values_in_force(name: str, options: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Return a checked value for every option of a method: the given one, or the default.

    Args:
        options: By name; values as read from a file or typed. `learning_rate` among them, where
            None means that none was given.

    Raises:
        UsageError: Unknown method or options, options without effect, values out of range: all.
    """
    row = find(name)
    return read_settings(name, row.settings, options or {}, options_known())


def make(name: str, options: Mapping[str, Any] | None = None) -> Method[Any]:
    """Return the method of this name, with these options.

    Raises:
        UsageError: As `values_in_force`.
    """
    return find(name).build(**values_in_force(name, options))
