"""A row of the registry: what is said of a method, and what it is held to."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import field
from typing import Any, NamedTuple

from gdcli.engine.method import Method
from gdcli.engine.objective import Need
from gdcli.methods.settings import Setting, read_settings
from gdcli.records import dataclass


@dataclass(frozen=True)
class Claim:
    """What the tests hold a method to: this problem, to this accuracy of the value.

    Attributes:
        problem: `quadratic` or `rosenbrock`.
        options: Options with which it does so, where the defaults do not.
        max_iter: Iterations that suffice.
    """

    problem: str = "rosenbrock"
    accuracy: float = 1e-8
    options: Mapping[str, Any] = field(default_factory=dict)
    max_iter: int = 10_000


DENSE_LIMIT = 5_000
"""Most variables of a method that keeps matrices: each is then 200 MB."""


class Storage(NamedTuple):
    """What one step may allocate at a time, besides what the objective does.

    Attributes:
        vectors, matrices: Arrays of shape (n,) and (n, n), those of the new state included.
    """

    vectors: int
    matrices: int = 0


@dataclass(frozen=True)
class Registered:
    """A row.

    Attributes:
        title: The method's name in words.
        summary: What one step does, in a line.
        when: When to use it.
        source: Where it was published.
        build: Makes the method from a value for every setting, by keyword.
        monotone: With its defaults the value never rises by more than its rounding.
    """

    name: str
    title: str
    summary: str
    when: str
    source: str
    build: Callable[..., Method[Any]]
    settings: tuple[Setting, ...]
    monotone: bool
    storage: Storage
    claim: Claim = Claim()

    @property
    def most_variables(self) -> int | None:
        """How many variables it can serve; None: as many as vectors of them fit into memory."""
        return DENSE_LIMIT if self.storage.matrices else None

    @property
    def needs(self) -> frozenset[Need]:
        """What the method asks of the objective beyond values and gradients."""
        return self.build(**read_settings(self.name, self.settings, {}, {})).needs

    @property
    def option_names(self) -> frozenset[str]:
        """The names of its options, `learning_rate` among them where it has one."""
        return frozenset(setting.name for setting in self.settings)
