"""Nonsmooth test problems of the literature as formulas, with their published minima.

Sources: L Lukšan & Vlček (2000), *Test problems for nonsmooth unconstrained and linearly
constrained optimization*, TR 798, Academy of Sciences of the Czech Republic; H Haarala, Miettinen &
Mäkelä (2004), *New limited memory bundle method for large-scale nonsmooth optimization*, OMS 19; K
the kinks that the method was designed on; P the minimum is that of a linear program, where one is
given; C it is known in closed form, or not at all.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np


class Kinked(NamedTuple):
    """A problem: formula, start, constants, published minimum (None: not known), source."""

    name: str
    formula: str
    start: dict[str, Any]
    value: float | None
    source: str
    set: Mapping[str, Any] = MappingProxyType({})


def problems() -> list[Kinked]:
    """Return all problems."""
    return [*_ten(), *_small(), *_minimax(), *_chained(20), *_chained(50), *_statistics()]


def _ten() -> list[Kinked]:
    random = np.random.default_rng(5)
    a6, b6 = random.normal(size=(6, 2)), random.normal(size=6)
    a40, b40 = random.normal(size=(40, 5)), random.normal(size=40)
    l1 = "sum(abs(sum(A[i,j]*w[j] for j in range(n)) - b[i]) for i in range(m))"
    lasso = "sum((sum(A[i,j]*w[j] for j in range(n)) - b[i])**2 for i in range(m)) + 20*norm1(w)"
    five = "max(" + ", ".join(
        f"(x-{a})**2 + {c}*(y-{b})**2 + (z-{d})**2 + {e}"
        for a, b, c, d, e in ((1, 0, 2, 0, 0), (0, 1, 1, 1, 1), (-1, 0, 3, 0, 0.5),
                              (0, -1, 1, -1, 0), (0.5, 0.5, 2, 2, -1))
    ) + ")"  # fmt: skip
    return [
        Kinked("abs", "abs(x)+abs(y-1)", {"x": 3, "y": 4}, 0.0, "K"),
        Kinked("abs weighted", "3*abs(x-2*y)+0.5*abs(y-1)+2*abs(x-2)", {"x": 3, "y": 4}, 0.0, "K"),
        Kinked("three", "max(x+2*y, -x+y, -y)", {"x": 3, "y": 4}, 0.0, "K"),
        Kinked("l1 6x2", l1, {"w": [0.0, 0.0]}, _l1(a6, b6), "P",
               {"A": a6.tolist(), "b": b6.tolist(), "m": 6, "n": 2}),
        Kinked("l1 40x5", l1, {"w": [0.0] * 5}, _l1(a40, b40), "P",
               {"A": a40.tolist(), "b": b40.tolist(), "m": 40, "n": 5}),
        Kinked("lasso 40x5", lasso, {"w": [1.0] * 5}, None, "P",
               {"A": a40.tolist(), "b": b40.tolist(), "m": 40, "n": 5}),
        Kinked("largest", "max(abs(x), abs(y))", {"x": 3, "y": 4}, 0.0, "K"),
        Kinked("valley", "(1-x)**2 + 8*abs(y-x**2)", {"x": -1.2, "y": 1}, 0.0, "K"),
        Kinked("five quadratics", five, {"x": 3, "y": 3, "z": 3}, None, "K"),
    ]  # fmt: skip


def _l1(a: np.ndarray, b: np.ndarray) -> float:
    """Return min ‖aw − b‖₁ by linear programming."""
    from scipy.optimize import linprog

    m, n = a.shape
    eye = np.eye(m)
    found = linprog(
        np.r_[np.zeros(n), np.ones(m)],
        np.block([[a, -eye], [-a, -eye]]),
        np.r_[b, -b],
        bounds=[(None, None)] * n + [(0, None)] * m,
    )
    return float(found.fun)


def _small() -> list[Kinked]:
    ten = {"x": [float(i) if i <= 5 else -float(i) for i in range(1, 11)]}
    rosen = (
        "max(F, F + 10*(a*a+b*b+c*c+d*d+a-b+c-d-8), F + 10*(a*a+2*b*b+c*c+2*d*d-a-d-10),"
        " F + 10*(2*a*a+b*b+c*c+2*a-b-d-5))"
    ).replace("F", "(a*a+b*b+2*c*c+d*d-5*a-5*b-21*c+7*d)")
    shor_a = [[0, 2, 1, 1, 3, 0, 1, 1, 0, 1], [0, 1, 2, 4, 2, 2, 1, 0, 0, 1],
              [0, 1, 1, 1, 1, 1, 1, 1, 2, 2], [0, 1, 1, 2, 0, 0, 1, 2, 1, 0],
              [0, 3, 2, 2, 1, 1, 1, 1, 0, 0]]  # fmt: skip
    shor_b = [1, 5, 10, 2, 4, 3, 1.7, 2.5, 6, 3.5]
    i, j, k = np.arange(1, 11)[:, None, None], np.arange(1, 11)[None, :, None], np.arange(1, 6)
    off = np.exp(np.minimum(i, j) / np.maximum(i, j)) * np.cos(i * j) * np.sin(k)
    off[np.arange(10), np.arange(10)] = 0.0
    maxquad = np.moveaxis(off, 2, 0)
    for m in range(5):
        diagonal = np.arange(1, 11) / 10.0 * abs(np.sin(m + 1)) + abs(maxquad[m]).sum(axis=1)
        maxquad[m][np.arange(10), np.arange(10)] = diagonal
    linear = np.exp(np.arange(1, 11)[None, :] / k[:, None]) * np.sin(
        np.arange(1, 11)[None, :] * k[:, None]
    )
    return [
        Kinked("CB2", "max(x**2+y**4, (2-x)**2+(2-y)**2, 2*exp(y-x))",
               {"x": 1, "y": -0.1}, 1.9522245, "L"),
        Kinked("CB3", "max(x**4+y**2, (2-x)**2+(2-y)**2, 2*exp(y-x))", {"x": 2, "y": 2}, 2.0, "L"),
        Kinked("DEM", "max(5*x+y, -5*x+y, x**2+y**2+4*y)", {"x": 1, "y": 1}, -3.0, "L"),
        Kinked("QL", "max(x**2+y**2, x**2+y**2+10*(-4*x-y+4), x**2+y**2+10*(-x-2*y+6))",
               {"x": -1, "y": 5}, 7.2, "L"),
        Kinked("LQ", "max(-x-y, -x-y+x**2+y**2-1)", {"x": -0.5, "y": -0.5}, -(2**0.5), "L"),
        Kinked("Mifflin 1", "-x + 20*max(x**2+y**2-1, 0)", {"x": 0.8, "y": 0.6}, -1.0, "L"),
        Kinked("Mifflin 2", "-x + 2*(x**2+y**2-1) + 1.75*abs(x**2+y**2-1)",
               {"x": -1, "y": -1}, -1.0, "L"),
        Kinked("Crescent", "max(x**2+(y-1)**2+y-1, -x**2-(y-1)**2+y+1)",
               {"x": -1.5, "y": 2}, 0.0, "L"),
        Kinked("Rosen-Suzuki", rosen, {"a": 0, "b": 0, "c": 0, "d": 0}, -44.0, "L"),
        Kinked("Shor", "max(b[i]*sum((x[j]-A[j,i])**2 for j in range(5)) for i in range(10))",
               {"x": [0, 0, 0, 0, 1.0]}, 22.600162, "L", {"A": shor_a, "b": shor_b}),
        Kinked("Maxquad", "max(sum(x[i]*A[k,i,j]*x[j] for i in range(10) for j in range(10))"
               " - sum(B[k,i]*x[i] for i in range(10)) for k in range(5))",
               {"x": [1.0] * 10}, -0.8414083, "L", {"A": maxquad.tolist(), "B": linear.tolist()}),
        Kinked("Maxq", "max(x[i]**2 for i in range(20))",
               {"x": [float(i) if i <= 10 else -float(i) for i in range(1, 21)]}, 0.0, "L"),
        Kinked("Maxl", "max(abs(x[i]) for i in range(20))",
               {"x": [float(i) if i <= 10 else -float(i) for i in range(1, 21)]}, 0.0, "L"),
        Kinked("Goffin", "50*max(x) - sum(x)", {"x": [i - 25.5 for i in range(1, 51)]}, 0.0, "L"),
        Kinked("l1 Hilbert",
               "sum(abs(sum((x[j]-1)/(i+j+1) for j in range(50))) for i in range(50))",
               {"x": [0.0] * 50}, 0.0, "L"),
        Kinked("max Hilbert", "max(abs(sum(x[j]/(i+j+1) for j in range(50))) for i in range(50))",
               {"x": [1.0] * 50}, 0.0, "L"),
        Kinked("Wolfe", "5*sqrt(9*x**2+16*y**2) if x >= abs(y) else "
               "(9*x+16*abs(y) if x > 0 else 9*x+16*abs(y)-x**9)", {"x": 3, "y": 2}, -8.0, "L"),
        Kinked("Colville 1 parts", "max(x[0]**2 + x[1]**2 + 1, abs(x[0] - 3) + abs(x[1]))",
               {"x": [5.0, 5.0]}, None, "C"),
        Kinked("ten piecewise", "max(abs(x[i])+0.1*x[i]**2 for i in range(10))", ten, 0.0, "C"),
        Kinked("nested", "max(abs(x)+2*abs(y)-1, (x-1)**2)", {"x": -3, "y": 2}, None, "C"),
        Kinked("concave", "-abs(x) + x**2/2 + abs(y - x)", {"x": 0, "y": 1}, -0.5, "C"),
        Kinked("least of three", "min((x-1)**2+1, abs(x+2), 5) + 0.01*x**2", {"x": -1}, 0.04, "C"),
    ]  # fmt: skip


def _minimax() -> list[Kinked]:
    bard = [0.14, 0.18, 0.22, 0.25, 0.29, 0.32, 0.35, 0.39, 0.37, 0.58, 0.73, 0.96, 1.34, 2.10,
            4.39]  # fmt: skip
    ky = [0.1957, 0.1947, 0.1735, 0.16, 0.0844, 0.0627, 0.0456, 0.0342, 0.0323, 0.0235, 0.0246]
    ku = [4, 2, 1, 0.5, 0.25, 0.167, 0.125, 0.1, 0.0833, 0.0714, 0.0625]
    wong1 = (
        "max(F, F+10*(2*x[0]**2+3*x[1]**4+x[2]+4*x[3]**2+5*x[4]-127),"
        "F+10*(7*x[0]+3*x[1]+10*x[2]**2+x[3]-x[4]-282),"
        "F+10*(23*x[0]+x[1]**2+6*x[5]**2-8*x[6]-196),"
        "F+10*(4*x[0]**2+x[1]**2-3*x[0]*x[1]+2*x[2]**2+5*x[5]-11*x[6]))"
    ).replace(
        "F", "((x[0]-10)**2+5*(x[1]-12)**2+x[2]**4+3*(x[3]-11)**2+10*x[4]**6+7*x[5]**2+x[6]**4"
        "-4*x[5]*x[6]-10*x[5]-8*x[6])"
    )  # fmt: skip
    wong2 = (
        "max(F, F+10*(3*(x[0]-2)**2+4*(x[1]-3)**2+2*x[2]**2-7*x[3]-120),"
        "F+10*(5*x[0]**2+8*x[1]+(x[2]-6)**2-2*x[3]-40),"
        "F+10*(0.5*(x[0]-8)**2+2*(x[1]-4)**2+3*x[4]**2-x[5]-30),"
        "F+10*(x[0]**2+2*(x[1]-2)**2-2*x[0]*x[1]+14*x[4]-6*x[5]),"
        "F+10*(4*x[0]+5*x[1]-3*x[6]+9*x[7]-105), F+10*(10*x[0]-8*x[1]-17*x[6]+2*x[7]),"
        "F+10*(-3*x[0]+6*x[1]+12*(x[8]-8)**2-7*x[9]), F+10*(-8*x[0]+2*x[1]+5*x[8]-2*x[9]-12))"
    ).replace(
        "F", "(x[0]**2+x[1]**2+x[0]*x[1]-14*x[0]-16*x[1]+(x[2]-10)**2+4*(x[3]-5)**2+(x[4]-3)**2"
        "+2*(x[5]-1)**2+5*x[6]**2+7*(x[7]-11)**2+2*(x[8]-10)**2+(x[9]-7)**2+45)"
    )  # fmt: skip
    evd52 = (
        "max(x**2+y**2+z**2-1, x**2+y**2+(z-2)**2, x+y+z-1, x+y-z+1, 2*x**3+6*y**2+2*(5*z-x+1)**2,"
        " x**2-9*z)"
    )
    polak2 = (
        "max(exp(1e-8*x[0]**2+(x[1]+2*s)**2+x[2]**2+4*x[3]**2+x[4]**2+x[5]**2+x[6]**2+x[7]**2"
        "+x[8]**2+x[9]**2) for s in range(-1, 2) if s != 0)"
    )
    polak3 = (
        "max(sum(exp((x[j]-sin(i+1+2*(j+1)))**2)/(i+j+1) for j in range(11)) for i in range(10))"
    )
    polak6 = (
        "max(F, F+10*(x[0]**2+x[1]**2+x[2]**2+x[3]**2+x[0]-x[1]+x[2]-x[3]-8),"
        "F+10*(x[0]**2+2*x[1]**2+x[2]**2+2*x[3]**2-x[0]-x[3]-10),"
        "F+10*(2*x[0]**2+x[1]**2+x[2]**2+2*x[0]-x[1]-x[3]-5))"
    ).replace(
        "F", "((x[0]-(x[3]+1)**4)**2+(x[1]-(x[0]-(x[3]+1)**4)**4)**2+2*x[2]**2+x[3]**2"
        "-5*(x[0]-(x[3]+1)**4)-5*(x[1]-(x[0]-(x[3]+1)**4)**4)-21*x[2]+7*x[3])"
    )  # fmt: skip
    return [
        Kinked("Bard", "max(abs(x+u[i]/(v[i]*y+w[i]*z)-d[i]) for i in range(15))",
               {"x": 1, "y": 1, "z": 1}, 0.050816327, "L",
               {"u": [i + 1.0 for i in range(15)], "v": [15.0 - i for i in range(15)],
                "w": [min(i + 1.0, 15.0 - i) for i in range(15)], "d": bard}),
        Kinked("Kowalik-Osborne", "max(abs(a*(u[i]**2+b*u[i])/(u[i]**2+c*u[i]+d)-v[i])"
               " for i in range(11))", {"a": 0.25, "b": 0.39, "c": 0.415, "d": 0.39}, 0.0080844,
               "L", {"u": ku, "v": ky}),
        Kinked("Davidon 2", "max(abs((a+b*t[i]-exp(t[i]))**2+(c+d*sin(t[i])-cos(t[i]))**2)"
               " for i in range(20))", {"a": 25, "b": 5, "c": -5, "d": -1}, 115.70644, "L",
               {"t": [0.2 * (i + 1) for i in range(20)]}),
        Kinked("OET5", "max(abs(d-(a*t[i]**2+b*t[i]+c)**2-sqrt(t[i])) for i in range(21))",
               {"a": 1, "b": 1, "c": 1, "d": 1}, 0.0026359735, "L",
               {"t": [0.25 + 0.75 * i / 20 for i in range(21)]}),
        Kinked("OET6", "max(abs(a*exp(c*t[i])+b*exp(d*t[i])-1/(1+t[i])) for i in range(21))",
               {"a": 1, "b": 1, "c": -3, "d": -1}, 0.0020160753, "L",
               {"t": [-0.5 + 0.05 * i for i in range(21)]}),
        Kinked("EXP", "max(abs((a+b*t[i])/(1+c*t[i]+d*t[i]**2+e*t[i]**3)-exp(t[i]))"
               " for i in range(21))", {"a": 0.5, "b": 0, "c": 0, "d": 0, "e": 0}, 0.00012237125,
               "L", {"t": [-1 + 0.1 * i for i in range(21)]}),
        Kinked("Spiral", "max((x-sqrt(x**2+y**2)*cos(sqrt(x**2+y**2)))**2+0.005*(x**2+y**2),"
               "(y-sqrt(x**2+y**2)*sin(sqrt(x**2+y**2)))**2+0.005*(x**2+y**2))",
               {"x": 1.411831, "y": -4.79462}, 0.0, "L"),
        Kinked("EVD52", evd52, {"x": 1, "y": 1, "z": 1}, 3.5997193, "L"),
        Kinked("Wong 1", wong1, {"x": [1.0, 2, 0, 4, 0, 1, 1]}, 680.63006, "L"),
        Kinked("Wong 2", wong2, {"x": [2.0, 3, 5, 5, 1, 2, 7, 3, 6, 10]}, 24.306209, "L"),
        Kinked("Polak 1", "max(exp(x**2/1000+(y-1)**2), exp(x**2/1000+(y+1)**2))",
               {"x": 50, "y": 0.05}, 2.7182818, "L"),
        Kinked("Polak 2", polak2, {"x": [100.0] + [0.1] * 9}, 54.598150, "L"),
        Kinked("Polak 3", polak3, {"x": [1.0] * 11}, 261.08258, "C"),
        Kinked("Polak 6", polak6, {"x": [0.0] * 4}, -44.0, "L"),
        Kinked("Gamma-like", "max(abs(x[0]*exp(x[1]*t)+x[2]-1/sqrt(1+8*t)) for t in range(20))",
               {"x": [0.5, -0.5, 0.2]}, None, "C"),
    ]  # fmt: skip


def _chained(n: int) -> list[Kinked]:
    alternating = [-1.5 if i % 2 == 0 else 2.0 for i in range(n)]
    lq = "sum(max(-x[i]-x[i+1], -x[i]-x[i+1]+x[i]**2+x[i+1]**2-1) for i in range(n-1))"
    cb3 = "(x[i]**4+x[i+1]**2, (2-x[i])**2+(2-x[i+1])**2, 2*exp(-x[i]+x[i+1]))"
    parts = cb3[1:-1].split(", ")
    up = "x[i]**2+(x[i+1]-1)**2+x[i+1]-1"
    down = "-x[i]**2-(x[i+1]-1)**2+x[i+1]+1"
    over = "for i in range(n-1)"
    mifflin = f"sum(-x[i]+2*(x[i]**2+x[i+1]**2-1)+1.75*abs(x[i]**2+x[i+1]**2-1) {over})"
    brown = f"sum(abs(x[i])**(x[i+1]**2+1)+abs(x[i+1])**(x[i]**2+1) {over})"
    sets = {"n": n}
    return [
        Kinked(f"Chained LQ {n}", lq, {"x": [-0.5] * n}, -(n - 1) * 2**0.5, "H", sets),
        Kinked(f"Chained CB3 I {n}", f"sum(max{cb3} {over})", {"x": [2.0] * n}, 2.0 * (n - 1), "H",
               sets),
        Kinked(f"Chained CB3 II {n}", "max(" + ", ".join(f"sum({p} {over})" for p in parts) + ")",
               {"x": [2.0] * n}, 2.0 * (n - 1), "H", sets),
        Kinked(f"Chained Crescent I {n}", f"max(sum({up} {over}), sum({down} {over}))",
               {"x": alternating}, 0.0, "H", sets),
        Kinked(f"Chained Crescent II {n}", f"sum(max({up}, {down}) {over})", {"x": alternating},
               0.0, "H", sets),
        Kinked(f"Chained Mifflin 2 {n}", mifflin, {"x": [-1.0] * n},
               {20: -13.58, 50: -34.795}[n], "H", sets),
        Kinked(f"Active faces {n}", "max(log(abs(-sum(x))+1), max(log(abs(x[i])+1)"
               " for i in range(n)))", {"x": [1.0] * n}, 0.0, "H", sets),
        Kinked(f"Brown 2 {n}", brown, {"x": [1.0 if i % 2 == 1 else -1.0 for i in range(n)]}, 0.0,
               "H", sets),
    ]  # fmt: skip


def _statistics() -> list[Kinked]:
    random = np.random.default_rng(11)
    x, truth = random.normal(size=(80, 6)), np.array([2.0, -1, 0, 0, 0.5, 0])
    y = x @ truth + random.standard_t(3, size=80)
    labels = np.where(x @ truth + 0.5 * random.normal(size=80) > 0, 1.0, -1.0)
    signal = np.repeat([0.0, 2.0, -1.0, 1.0], 10) + 0.3 * random.normal(size=40)
    places = random.normal(size=(12, 2))
    data = {"X": x.tolist(), "y": y.tolist()}
    residual = "(y[i]-sum(X[i,j]*w[j] for j in range(6)))"
    return [
        Kinked("l1 regression", f"sum(abs({residual}) for i in range(80))", {"w": [0.0] * 6},
               _l1(x, y), "P", data),
        Kinked("lasso", f"sum({residual}**2 for i in range(80)) + 60*norm1(w)", {"w": [0.0] * 6},
               None, "P", data),
        Kinked("quantile 0.9", f"sum(max(0.9*{residual}, -0.1*{residual}) for i in range(80))",
               {"w": [0.0] * 6}, None, "P", data),
        Kinked("hinge", "mean(max(0, 1-c[i]*sum(X[i,j]*w[j] for j in range(6)))"
               " for i in range(80)) + 0.05*w@w", {"w": [0.0] * 6}, None, "P",
               {"X": x.tolist(), "c": labels.tolist()}),
        Kinked("elastic net", f"mean({residual}**2 for i in range(80)) + 0.5*norm1(w) + 0.1*w@w",
               {"w": [1.0] * 6}, None, "P", data),
        Kinked("Chebyshev fit", f"max(abs({residual}) for i in range(80))", {"w": [0.0] * 6}, None,
               "P", data),
        Kinked("total variation", "sum((u[i]-s[i])**2 for i in range(40))"
               " + sum(abs(u[i+1]-u[i]) for i in range(39))", {"u": [0.0] * 40}, None, "P",
               {"s": signal.tolist()}),
        Kinked("median", "sum(abs(m-y[i]) for i in range(80))", {"m": 0.3},
               float(abs(y - np.median(y)).sum()), "C", {"y": y.tolist()}),
        Kinked("geometric median", "sum(sqrt((x-P[i,0])**2+(y-P[i,1])**2) for i in range(12))",
               {"x": 3, "y": 3}, None, "C", {"P": places.tolist()}),
        Kinked("smallest circle", "max((x-P[i,0])**2+(y-P[i,1])**2 for i in range(12))",
               {"x": 3, "y": 3}, None, "C", {"P": places.tolist()}),
    ]  # fmt: skip
