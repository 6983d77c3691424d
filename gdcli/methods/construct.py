"""From a method's options to the method: which direction, search, first step, rule and schedule."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gdcli.engine.method import Method
from gdcli.line_search.armijo import Armijo
from gdcli.line_search.first_step import BarzilaiBorwein, Longer, Quadratic, Unit
from gdcli.line_search.hager_zhang import HagerZhang
from gdcli.line_search.search import LineSearch
from gdcli.line_search.strong_wolfe import StrongWolfe
from gdcli.methods.accelerated import Backtracking
from gdcli.methods.descent import Descent
from gdcli.methods.directions.bfgs import BFGS
from gdcli.methods.directions.conjugate_gradient import ConjugateGradient, Formula
from gdcli.methods.directions.lbfgs import LBFGS
from gdcli.methods.directions.steepest import MemoryGradient, SteepestDescent
from gdcli.methods.first_order import FirstOrder
from gdcli.methods.rules.adagrad import Adadelta, AdaGrad, RMSProp
from gdcli.methods.rules.adam import Adam, AMSGrad, Nadam
from gdcli.methods.rules.lion import Lion
from gdcli.methods.rules.momentum import HeavyBall, Nesterov
from gdcli.methods.rules.steepest import Steepest
from gdcli.methods.schedules import Schedule

SEARCHES: Mapping[str, LineSearch] = {
    "armijo": Armijo(),
    "wolfe": StrongWolfe(),
    "hager-zhang": HagerZhang(),
}
"""What the option `line_search` may say."""

NEARER: Mapping[str, LineSearch] = {**SEARCHES, "wolfe": StrongWolfe(curvature=0.4)}
"""The same for conjugate gradients, which want steps nearer to the minimum along the line; c₂ < ½
is what Polak and Ribière's formula needs to descend (Gilbert & Nocedal 1992)."""
ADAPTIVE = 0.5
"""Threshold of the adaptive Barzilai–Borwein length (Zhou, Gao & Dai 2006)."""
GROWING = 1.3
"""Growth of the first trial with momentum: a step found too short soon becomes longer."""


def gradient_descent(learning_rate: Schedule | None, line_search: str) -> Method[Any]:
    """`gd`."""
    if learning_rate is not None:
        return FirstOrder(Steepest(), learning_rate)
    return Descent(SteepestDescent(), SEARCHES[line_search], BarzilaiBorwein(ADAPTIVE))


def momentum(learning_rate: Schedule | None, momentum: float, line_search: str) -> Method[Any]:
    """`momentum`."""
    if learning_rate is not None:
        return FirstOrder(HeavyBall(momentum), learning_rate)
    return Descent(MemoryGradient(momentum), SEARCHES[line_search], Longer(GROWING))


def nesterov(
    learning_rate: Schedule | None, momentum: float | None, restart: bool
) -> Method[Any]:
    """`nesterov`."""
    if learning_rate is not None:
        return FirstOrder(Nesterov(momentum, restart), learning_rate)
    return Backtracking(momentum, restart)


def barzilai_borwein(window: int, threshold: float) -> Method[Any]:
    """`bb`."""
    return Descent(SteepestDescent(), Armijo(), BarzilaiBorwein(threshold), window)


def adagrad(learning_rate: Schedule, epsilon: float) -> Method[Any]:
    """`adagrad`."""
    return FirstOrder(AdaGrad(epsilon), learning_rate)


def rmsprop(learning_rate: Schedule, decay: float, epsilon: float) -> Method[Any]:
    """`rmsprop`."""
    return FirstOrder(RMSProp(decay, epsilon), learning_rate)


def adadelta(learning_rate: Schedule, decay: float, epsilon: float) -> Method[Any]:
    """`adadelta`."""
    return FirstOrder(Adadelta(decay, epsilon), learning_rate)


def adam(learning_rate: Schedule, beta1: float, beta2: float, epsilon: float) -> Method[Any]:
    """`adam`."""
    return FirstOrder(Adam(beta1, beta2, epsilon), learning_rate)


def adamw(
    learning_rate: Schedule, beta1: float, beta2: float, epsilon: float, weight_decay: float
) -> Method[Any]:
    """`adamw`."""
    return FirstOrder(Adam(beta1, beta2, epsilon, weight_decay), learning_rate)


def amsgrad(learning_rate: Schedule, beta1: float, beta2: float, epsilon: float) -> Method[Any]:
    """`amsgrad`."""
    return FirstOrder(AMSGrad(beta1, beta2, epsilon), learning_rate)


def nadam(learning_rate: Schedule, beta1: float, beta2: float, epsilon: float) -> Method[Any]:
    """`nadam`."""
    return FirstOrder(Nadam(beta1, beta2, epsilon), learning_rate)


def lion(
    learning_rate: Schedule, beta1: float, beta2: float, weight_decay: float
) -> Method[Any]:
    """`lion`."""
    return FirstOrder(Lion(beta1, beta2, weight_decay), learning_rate)


def conjugate_gradient(formula: Formula, line_search: str) -> Method[Any]:
    """`cg`."""
    return Descent(ConjugateGradient(formula), NEARER[line_search], Quadratic())


def bfgs(line_search: str) -> Method[Any]:
    """`bfgs`."""
    return Descent(BFGS(), SEARCHES[line_search], Unit())


def lbfgs(memory: int, line_search: str) -> Method[Any]:
    """`lbfgs`."""
    return Descent(LBFGS(memory), SEARCHES[line_search], Unit())
