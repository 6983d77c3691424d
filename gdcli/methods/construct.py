"""From a method's options to the method: which direction, search, first step, rule and schedule.

Every function imports what it makes: a run that uses one method does not load the others.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gdcli.engine.method import Method

if TYPE_CHECKING:
    from gdcli.line_search.search import LineSearch
    from gdcli.methods.directions.conjugate_gradient import Formula
    from gdcli.methods.schedules import Schedule

SEARCHES = ("armijo", "wolfe", "hager-zhang")
"""What the option `line_search` may say, where steps are searched …"""
OR_NONE = ("armijo", "none")
"""… and for Barzilai–Borwein, which was published without a search."""
CURVATURE = 0.9
"""c₂ of Wolfe's conditions."""
NEARER = 0.4
"""The same for conjugate gradients, which want steps nearer to the minimum along the line; c₂ < ½
is what Polak and Ribière's formula needs to descend (Gilbert & Nocedal 1992)."""
ADAPTIVE = 0.5
"""Threshold of the adaptive Barzilai–Borwein length (Zhou, Gao & Dai 2006)."""
GROWING = 1.3
"""Growth of the first trial with momentum: a step found too short soon becomes longer."""


def search(word: str, curvature: float = CURVATURE) -> LineSearch:
    """Return the line search of this name."""
    match word:
        case "wolfe":
            from gdcli.line_search.strong_wolfe import StrongWolfe

            return StrongWolfe(curvature=curvature)
        case "hager-zhang":
            from gdcli.line_search.hager_zhang import HagerZhang

            return HagerZhang()
        case "none":
            from gdcli.line_search.fixed import Fixed

            return Fixed()
        case _:
            from gdcli.line_search.armijo import Armijo

            return Armijo()


def gradient_descent(learning_rate: Schedule | None, line_search: str) -> Method[Any]:
    """`gd`."""
    if learning_rate is not None:
        from gdcli.methods.first_order import FirstOrder
        from gdcli.methods.rules.steepest import Steepest

        return FirstOrder(Steepest(), learning_rate)
    from gdcli.line_search.first_step import BarzilaiBorwein
    from gdcli.methods.descent import Descent
    from gdcli.methods.directions.steepest import SteepestDescent

    return Descent(SteepestDescent(), search(line_search), BarzilaiBorwein(ADAPTIVE))


def momentum(learning_rate: Schedule | None, momentum: float, line_search: str) -> Method[Any]:
    """`momentum`."""
    if learning_rate is not None:
        from gdcli.methods.first_order import FirstOrder
        from gdcli.methods.rules.momentum import HeavyBall

        return FirstOrder(HeavyBall(momentum), learning_rate)
    from gdcli.line_search.first_step import Longer
    from gdcli.methods.descent import Descent
    from gdcli.methods.directions.steepest import MemoryGradient

    return Descent(MemoryGradient(momentum), search(line_search), Longer(GROWING))


def nesterov(learning_rate: Schedule | None, momentum: float | None, restart: bool) -> Method[Any]:
    """`nesterov`."""
    if learning_rate is not None:
        from gdcli.methods.first_order import FirstOrder
        from gdcli.methods.rules.momentum import Nesterov

        return FirstOrder(Nesterov(momentum, restart), learning_rate)
    from gdcli.methods.accelerated import Backtracking

    return Backtracking(momentum, restart)


def barzilai_borwein(window: int, threshold: float, line_search: str) -> Method[Any]:
    """`bb`."""
    from gdcli.line_search.first_step import BarzilaiBorwein
    from gdcli.methods.descent import Descent
    from gdcli.methods.directions.steepest import SteepestDescent

    return Descent(SteepestDescent(), search(line_search), BarzilaiBorwein(threshold), window)


def adagrad(learning_rate: Schedule, epsilon: float) -> Method[Any]:
    """`adagrad`."""
    from gdcli.methods.first_order import FirstOrder
    from gdcli.methods.rules.adagrad import AdaGrad

    return FirstOrder(AdaGrad(epsilon), learning_rate)


def rmsprop(learning_rate: Schedule, decay: float, epsilon: float) -> Method[Any]:
    """`rmsprop`."""
    from gdcli.methods.first_order import FirstOrder
    from gdcli.methods.rules.adagrad import RMSProp

    return FirstOrder(RMSProp(decay, epsilon), learning_rate)


def adadelta(learning_rate: Schedule, decay: float, epsilon: float) -> Method[Any]:
    """`adadelta`."""
    from gdcli.methods.first_order import FirstOrder
    from gdcli.methods.rules.adagrad import Adadelta

    return FirstOrder(Adadelta(decay, epsilon), learning_rate)


def adam(learning_rate: Schedule, beta1: float, beta2: float, epsilon: float) -> Method[Any]:
    """`adam`."""
    return adamw(learning_rate, beta1, beta2, epsilon, 0.0)


def adamw(
    learning_rate: Schedule, beta1: float, beta2: float, epsilon: float, weight_decay: float
) -> Method[Any]:
    """`adamw`."""
    from gdcli.methods.first_order import FirstOrder
    from gdcli.methods.rules.adam import Adam

    return FirstOrder(Adam(beta1, beta2, epsilon, weight_decay), learning_rate)


def amsgrad(learning_rate: Schedule, beta1: float, beta2: float, epsilon: float) -> Method[Any]:
    """`amsgrad`."""
    from gdcli.methods.first_order import FirstOrder
    from gdcli.methods.rules.adam import AMSGrad

    return FirstOrder(AMSGrad(beta1, beta2, epsilon), learning_rate)


def nadam(learning_rate: Schedule, beta1: float, beta2: float, epsilon: float) -> Method[Any]:
    """`nadam`."""
    from gdcli.methods.first_order import FirstOrder
    from gdcli.methods.rules.adam import Nadam

    return FirstOrder(Nadam(beta1, beta2, epsilon), learning_rate)


def lion(learning_rate: Schedule, beta1: float, beta2: float, weight_decay: float) -> Method[Any]:
    """`lion`."""
    from gdcli.methods.first_order import FirstOrder
    from gdcli.methods.rules.lion import Lion

    return FirstOrder(Lion(beta1, beta2, weight_decay), learning_rate)


def conjugate_gradient(formula: Formula, line_search: str) -> Method[Any]:
    """`cg`."""
    from gdcli.line_search.first_step import SameChange
    from gdcli.methods.descent import Descent
    from gdcli.methods.directions.conjugate_gradient import ConjugateGradient

    return Descent(ConjugateGradient(formula), search(line_search, NEARER), SameChange())


def bfgs(line_search: str) -> Method[Any]:
    """`bfgs`."""
    from gdcli.line_search.first_step import Unit
    from gdcli.methods.descent import Descent
    from gdcli.methods.directions.bfgs import BFGS

    return Descent(BFGS(), search(line_search), Unit())


def lbfgs(memory: int, line_search: str) -> Method[Any]:
    """`lbfgs`."""
    from gdcli.line_search.first_step import Unit
    from gdcli.methods.descent import Descent
    from gdcli.methods.directions.lbfgs import LBFGS

    return Descent(LBFGS(memory), search(line_search), Unit())


def hybrid() -> Method[Any]:
    """`auto`, for sums of squares."""
    from gdcli.methods.hybrid import Hybrid

    return Hybrid()


def levenberg_marquardt(scaled: bool, geodesic: bool, radius: float) -> Method[Any]:
    """`lm`."""
    from gdcli.methods.hybrid import LevenbergMarquardt

    return LevenbergMarquardt(scaled=scaled, geodesic=geodesic, radius=radius)


def newton(scaled: bool, stretch: bool, radius: float) -> Method[Any]:
    """`newton`."""
    from gdcli.methods.newton import Newton

    return Newton(scaled=scaled, stretch=stretch, radius=radius)


def newton_cg(forcing: float, products: int, radius: float) -> Method[Any]:
    """`newton-cg`."""
    from gdcli.methods.newton import NewtonCG

    return NewtonCG(forcing=forcing, products=products, radius=radius)
