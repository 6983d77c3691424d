"""Which method `auto` takes: a table over what is known of a problem before it is solved."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

DENSE = 200
"""Up to so many variables the whole Hessian, and its eigenvalues, cost no more than they save."""
NARROW = 10
"""Up to so many variables the Hessian costs about as much as five gradients, whatever the data."""
TALL, MUCH = 1_000_000, 20_000_000
"""Rows of data times variables, above which a Hessian, and a Jacobian, cost more than they save."""

MOST_SIDED, SIDES = 500, 1_000_000_000
"""Up to so many variables, and so many pieces times variables squared, the model of a formula with
kinks is solved with all of its pieces."""


class Facts(NamedTuple):
    """What is known of a problem.

    Attributes:
        size: Number of scalar variables.
        bounded: Whether any of them has a finite bound.
        smooth: Whether the formula has no kinks (abs, max, min, relu, …).
        residuals: Number of residuals, where the objective is a sum of squares; else None.
        local: Whether each variable is known to meet few others in second derivatives, so that
            their diagonal is cheap to have.
        rows: Number of rows of data; 0 without data.
        banded: Whether the whole Hessian is a band, or an arrow, that is cheap to factorise.
        pieces: Of how many smooth pieces the kinks are made, where that is known and there are no
            other kinks; else None.
    """

    size: int
    bounded: bool = False
    smooth: bool = True
    residuals: int | None = None
    local: bool = False
    rows: int = 0
    banded: bool = False
    pieces: int | None = None


class Choice(NamedTuple):
    """The name of a method, and the reason in words for a person.

    `hybrid` is `auto`'s own method for sums of squares, `banded` Newton's with a banded Hessian,
    and `composite` that for kinks; the others are rows of the registry.
    """

    name: str
    because: str


class Row(NamedTuple):
    """A row of the table: the first whose condition holds decides."""

    when: Callable[[Facts], bool]
    name: str
    because: str


def affordable(facts: Facts) -> bool:
    """Return whether the whole Hessian costs no more than a few gradients and a factorisation."""
    if facts.size <= NARROW:
        return True
    return facts.size <= DENSE and facts.rows * facts.size <= TALL


def separable(facts: Facts) -> bool:
    """Return whether it is affordable to give each piece of the kinks its own place in a model."""
    if facts.pieces is None or facts.size > MOST_SIDED:
        return False
    return facts.pieces * facts.size**2 <= SIDES and facts.rows * facts.size <= MUCH


TABLE: tuple[Row, ...] = (
    Row(
        lambda facts: (
            facts.residuals is not None
            and facts.size <= DENSE
            and (facts.size <= NARROW or facts.rows * facts.size <= MUCH)
        ),
        "hybrid",
        "a sum of squares: Gauss–Newton and Newton steps in one trust region",
    ),
    Row(
        separable,
        "composite",
        "kinks between smooth pieces: a Newton model that keeps the kinks, in a trust region",
    ),
    Row(
        lambda facts: not facts.smooth and facts.size <= DENSE,
        "bfgs",
        "the formula has kinks, where second derivatives mislead",
    ),
    Row(
        lambda facts: not facts.smooth,
        "lbfgs",
        "many variables and kinks: curvature is learnt from the gradients of the last steps",
    ),
    Row(
        affordable,
        "newton",
        "few variables: Newton steps with the exact Hessian in a trust region",
    ),
    Row(
        lambda facts: facts.banded and not facts.bounded,
        "banded",
        "a sum of squares of many variables, each coupled to few others: Newton steps with the "
        "exact banded Hessian",
    ),
    Row(
        lambda facts: facts.local,
        "newton-cg",
        "many variables, each coupled to few others: products with the Hessian are cheap",
    ),
    Row(
        lambda facts: facts.size <= DENSE,
        "lbfgs",
        "much data: the exact Hessian costs more than the iterations that it saves",
    ),
    Row(
        lambda facts: True,
        "lbfgs",
        "many variables: curvature is learnt from the gradients of the last steps",
    ),
)


def choose(facts: Facts) -> Choice:
    """Return the method for a problem, and why."""
    row = next(row for row in TABLE if row.when(facts))
    return Choice(row.name, row.because)
