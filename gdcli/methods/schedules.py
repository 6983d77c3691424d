"""Learning rates that change with the iteration: a schedule is a function of k.

k counts from 0, the first step. Sources: for cosine and restarts Loshchilov & Hutter (2017),
*SGDR*, ICLR, eq. 5 and §3; for warm-up Goyal et al. (2017), arXiv:1706.02677, §2.2; for a/(1 + k·i)
Robbins & Monro (1951), *A stochastic approximation method*.
"""

from __future__ import annotations

import math
from typing import ClassVar, Protocol

from gdcli.records import dataclass


class Schedule(Protocol):
    """A learning rate for every step."""

    @property
    def rises(self) -> bool:
        """Whether the rate may ever grow."""
        ...

    def __call__(self, k: int) -> float:
        """Return the rate of step k = 0, 1, …: positive, or 0 where the schedule has run out."""
        ...

    def __str__(self) -> str:
        """Return it as a user writes it."""
        ...


@dataclass(frozen=True)
class Constant:
    """a, always."""

    a: float
    rises: ClassVar[bool] = False

    def __call__(self, k: int) -> float:
        """See `Schedule`."""
        return self.a

    def __str__(self) -> str:
        return f"{self.a:g}"


@dataclass(frozen=True)
class Step:
    """a · factor^⌊k/every⌋."""

    a: float
    every: int
    factor: float
    rises: ClassVar[bool] = False

    def __call__(self, k: int) -> float:
        """See `Schedule`."""
        return float(self.a * self.factor ** (k // self.every))

    def __str__(self) -> str:
        return f"step({self.a:g}, {self.every}, {self.factor:g})"


@dataclass(frozen=True)
class Exponential:
    """a · factorᵏ."""

    a: float
    factor: float
    rises: ClassVar[bool] = False

    def __call__(self, k: int) -> float:
        """See `Schedule`."""
        return float(self.a * self.factor**k)

    def __str__(self) -> str:
        return f"exponential({self.a:g}, {self.factor:g})"


@dataclass(frozen=True)
class Inverse:
    """a / (1 + decay·k)."""

    a: float
    decay: float
    rises: ClassVar[bool] = False

    def __call__(self, k: int) -> float:
        """See `Schedule`."""
        return self.a / (1.0 + self.decay * k)

    def __str__(self) -> str:
        return f"inverse({self.a:g}, {self.decay:g})"


@dataclass(frozen=True)
class Cosine:
    """a · (1 + cos(π·k/steps))/2, and 0 from k = steps on."""

    a: float
    steps: int
    rises: ClassVar[bool] = False

    def __call__(self, k: int) -> float:
        """See `Schedule`."""
        if k >= self.steps:
            return 0.0
        return 0.5 * self.a * (1.0 + math.cos(math.pi * k / self.steps))

    def __str__(self) -> str:
        return f"cosine({self.a:g}, {self.steps})"


@dataclass(frozen=True)
class WarmUp:
    """A schedule whose first `steps` rates are multiplied by 1/steps, 2/steps, …, 1."""

    inner: Schedule
    steps: int
    rises: ClassVar[bool] = True

    def __call__(self, k: int) -> float:
        """See `Schedule`."""
        rate = self.inner(k)
        return rate * (k + 1) / self.steps if k < self.steps else rate

    def __str__(self) -> str:
        return f"warmup({self.inner}, {self.steps})"


@dataclass(frozen=True)
class Restart:
    """A schedule begun anew after `every` steps, then after `growth` times as many, and so on."""

    inner: Schedule
    every: int
    growth: float = 1.0
    rises: ClassVar[bool] = True

    def __call__(self, k: int) -> float:
        """See `Schedule`."""
        period = self.every
        if self.growth == 1.0:
            return self.inner(k % period)
        while k >= period:
            k -= period
            period = math.ceil(period * self.growth)
        return self.inner(k)

    def __str__(self) -> str:
        more = "" if self.growth == 1.0 else f", {self.growth:g}"
        return f"restart({self.inner}, {self.every}{more})"
