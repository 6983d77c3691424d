"""Array formulas for tests of derivatives: every kind of node, each with its NumPy-like meaning.

`CATALOGUE` maps a name to (formula, point, the same function of the flat vector in terms of `np`,
which may be NumPy or JAX's NumPy; None where it is compared with differences only).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from gdcli.graph.formula import Formula
from gdcli.graph.nodes import Affine, Lookup
from tests.graph.construct import Canvas, Term

RANDOM = np.random.default_rng(20)
DATA = RANDOM.normal(size=(7, 3))
LABELS = np.where(RANDOM.random(7) < 0.5, -1.0, 1.0)
TABLE = np.array([0, 3, 3, 1, 0, 2])


class Case(NamedTuple):
    """A formula, where to look at it, and what it means."""

    formula: Formula
    point: Any
    meaning: Callable[[Any, Any], Any] | None


def _rosenbrock() -> Case:
    c = Canvas()
    x, i = c.variable("x", 6), c.axis(5)
    here, there = c.at(x, i), c.at(x, (i, 1, 1))
    formula = c.formula(c.sum(i, 100 * (there - here**2) ** 2 + (1 - here) ** 2))
    return Case(
        formula,
        RANDOM.uniform(0.5, 1.5, 6),
        lambda np, z: (100 * (z[1:] - z[:-1] ** 2) ** 2 + (1 - z[:-1]) ** 2).sum(),
    )


def _logistic() -> Case:
    c = Canvas()
    w, data, labels = c.variable("w", 3), c.array(DATA), c.array(LABELS)
    i, k = c.axis(7), c.axis(3)
    margin = c.at(labels, i) * c.sum(k, c.at(w, k) * c.at(data, i, k))
    loss = c.sum(i, c.f("softplus", -margin)) + 0.1 * c.sum(k, c.at(w, k) ** 2)

    def meaning(np: Any, z: Any) -> Any:
        return np.logaddexp(0, -LABELS * (DATA @ z)).sum() + 0.1 * (z**2).sum()

    return Case(c.formula(loss), RANDOM.normal(size=3), meaning)


def _network() -> Case:
    c = Canvas()
    w1, b1 = c.variable("W1", 4, 3), c.variable("b1", 4)
    w2, b2 = c.variable("w2", 4), c.variable("b2")
    data, labels = c.array(DATA), c.array(LABELS)
    i, j, k = c.axis(7), c.axis(4), c.axis(3)
    hidden = c.f("tanh", c.sum(k, c.at(w1, j, k) * c.at(data, i, k)) + c.at(b1, j))
    error = c.at(labels, i) - c.sum(j, c.at(w2, j) * hidden) - c.at(b2)

    def meaning(np: Any, z: Any) -> Any:
        hidden = np.tanh(DATA @ z[:12].reshape(4, 3).T + z[12:16])
        return ((LABELS - hidden @ z[16:20] - z[20]) ** 2).sum() / 7

    return Case(c.formula(c.sum(i, error**2) / 7), RANDOM.normal(size=21), meaning)


def _arrow() -> Case:
    c = Canvas()
    x, i = c.variable("x", 5), c.axis(4)
    body = (c.at(x, i) ** 2 + c.at(x, 4) ** 2) ** 2 - 4 * c.at(x, i)
    body = body + 3 * c.position(i) * c.at(x, 0)

    def meaning(np: Any, z: Any) -> Any:
        last = (z[:4] ** 2 + z[4] ** 2) ** 2 - 4 * z[:4] + 3 * np.arange(4.0) * z[0]
        return last.sum()

    return Case(c.formula(c.sum(i, body)), RANDOM.normal(size=5), meaning)


def _strided() -> Case:
    c = Canvas()
    x, i, j = c.variable("x", 9, 2), c.axis(4), c.axis(2)
    first = c.sum(i, c.at(x, (i, 2, 1), 0) * c.f("exp", c.at(x, (i, -2, 8), 1)))
    second = c.sum(j, c.sum(i, c.at(x, i, j) ** 2) ** 2)

    def meaning(np: Any, z: Any) -> Any:
        z = z.reshape(9, 2)
        first = (z[1:8:2, 0] * np.exp(z[8:0:-2, 1])).sum()
        return first + ((z[:4] ** 2).sum(axis=0) ** 2).sum()

    return Case(c.formula(first + second), RANDOM.normal(size=18), meaning)


def _gather() -> Case:
    c = Canvas()
    x, table, i = c.variable("x", 5), c.array(TABLE), c.axis(6)
    place = Lookup(table, (Affine(0, ((i, 1),)),))
    formula = c.formula(c.sum(i, c.at(x, place) ** 3 * c.position(i)))
    return Case(
        formula, RANDOM.normal(size=5), lambda np, z: (z[TABLE] ** 3 * np.arange(6.0)).sum()
    )


def _centred() -> Case:
    c = Canvas()
    x, i = c.variable("x", 4), c.axis(4)
    mean = c.sum(i, c.at(x, i)) / 4
    return Case(
        c.formula(c.sum(i, (c.at(x, i) - mean) ** 4)),
        RANDOM.normal(size=4),
        lambda np, z: ((z - z.mean()) ** 4).sum(),
    )


def _norms() -> Case:
    c = Canvas()
    x, i = c.variable("x", 4), c.axis(4)
    length = c.f("sqrt", c.sum(i, c.at(x, i) ** 2))
    return Case(
        c.formula(length * 3 + c.f("hypot", c.at(x, 0), c.at(x, 1))),
        RANDOM.normal(size=4),
        lambda np, z: 3 * np.sqrt((z**2).sum()) + np.hypot(z[0], z[1]),
    )


def _extremes() -> Case:
    c = Canvas()
    x, i, j = c.variable("x", 3, 4), c.axis(3), c.axis(4)
    largest = c.sum(i, c.reduce("max", j, c.at(x, i, j) ** 3))
    smallest = c.reduce("min", (i, j), c.f("sin", c.at(x, i, j)))

    def meaning(np: Any, z: Any) -> Any:
        return (z.reshape(3, 4) ** 3).max(axis=1).sum() + np.sin(z).min()

    return Case(c.formula(largest + smallest), RANDOM.normal(size=12), meaning)


def _product(point: Any) -> Case:
    c = Canvas()
    x, i = c.variable("x", 5), c.axis(5)
    body = c.reduce("prod", i, c.at(x, i) - 0.5) + c.sum(i, c.at(x, i) ** 2) / 3
    return Case(c.formula(body), np.array(point), lambda np, z: (z - 0.5).prod() + (z**2).sum() / 3)


def _pairs() -> Case:
    c = Canvas()
    x, i, j = c.variable("x", 4, 2), c.axis(4), c.axis(4)
    gap = (c.at(x, i, 0) - c.at(x, j, 0)) ** 2 + (c.at(x, i, 1) - c.at(x, j, 1)) ** 2
    apart = c.f("not_equal", c.position(i), c.position(j))
    body = c.f("where", apart, 1 / gap - c.f("log", gap), 0.0)

    def meaning(np: Any, z: Any) -> Any:
        z = z.reshape(4, 2)
        i, j = np.triu_indices(4, 1)
        gap = ((z[i] - z[j]) ** 2).sum(axis=1)
        return 2 * (1 / gap - np.log(gap)).sum()

    return Case(c.formula(c.sum((i, j), body)), RANDOM.normal(size=8), meaning)


def _matrix(kind: str) -> Case:
    c = Canvas()
    a, i, j = c.variable("A", 3, 3), c.axis(3), c.axis(3)
    unit = c.f("equal", c.position(i), c.position(j))
    matrix = c.collect(c.at(a, i, j) + c.at(a, j, i) + 4 * unit, i, j)
    if kind == "inv":
        weights = c.position(i) + 2 * c.position(j) + 1
        root = c.sum((i, j), c.at(c.graph.inverse(matrix), i, j) * weights)
    else:
        root = Term(c.graph, c.graph.determinant(kind, matrix))  # type: ignore[arg-type]

    def meaning(np: Any, z: Any) -> Any:
        z = z.reshape(3, 3)
        whole = z + z.T + 4 * np.eye(3)
        if kind == "inv":
            weights = np.arange(3.0)[:, None] + 2 * np.arange(3.0) + 1
            return (np.linalg.inv(whole) * weights).sum()
        return np.linalg.slogdet(whole)[1] if kind == "logdet" else np.linalg.det(whole)

    return Case(c.formula(root), RANDOM.uniform(0, 1, 9), meaning)


def _collected() -> Case:
    """A collected array that is read at other places than it was laid out."""
    c = Canvas()
    x, i, j = c.variable("x", 6), c.axis(6), c.axis(4)
    squares = c.collect(c.at(x, i) ** 2 * c.at(x, 0), i)
    return Case(
        c.formula(c.sum(j, c.at(squares, (j, 1, 1)) * c.at(squares, (j, -1, 5)))),
        RANDOM.normal(size=6),
        lambda np, z: ((z**2 * z[0])[1:5] * (z**2 * z[0])[5:1:-1]).sum(),
    )


CATALOGUE: dict[str, Case] = {
    "rosenbrock": _rosenbrock(),
    "logistic": _logistic(),
    "network": _network(),
    "arrow": _arrow(),
    "strided": _strided(),
    "gather": _gather(),
    "centred": _centred(),
    "norms": _norms(),
    "extremes": _extremes(),
    "product": _product([0.1, 1.2, 2.3, 3.0, -1.0]),
    "product, one zero": _product([0.5, 1.2, 2.3, 3.0, -1.0]),
    "product, two zeros": _product([0.5, 1.2, 0.5, 3.0, -1.0]),
    "product, three zeros": _product([0.5, 0.5, 0.5, 3.0, -1.0]),
    "pairs": _pairs(),
    "inverse": _matrix("inv"),
    "determinant": _matrix("det"),
    "logdet": _matrix("logdet"),
    "collected": _collected(),
}
