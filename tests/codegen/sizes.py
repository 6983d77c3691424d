"""Block sizes small enough that a formula of a few elements runs through every kind of loop."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import NamedTuple

from gdcli.codegen import schedule


class Sizes(NamedTuple):
    """What the schedule goes by; see `gdcli.codegen.schedule`."""

    large: int
    block: int
    wide: int
    recomputed: float


SIZES = {
    "whole": Sizes(schedule.LARGE, schedule.BLOCK, schedule.WIDE, schedule.RECOMPUTED),
    "blocks": Sizes(2, 3, 8, schedule.RECOMPUTED),
    "blocks of 2, all stored": Sizes(0, 2, 8, -1.0),
    "blocks, all recomputed": Sizes(1, 2, 4, 1e9),
}


@contextlib.contextmanager
def sized(name: str) -> Iterator[None]:
    """Let programs be scheduled with other sizes."""
    names = ("LARGE", "BLOCK", "WIDE", "RECOMPUTED")
    before = [getattr(schedule, one) for one in names]
    for one, value in zip(names, SIZES[name], strict=True):
        setattr(schedule, one, value)
    try:
        yield
    finally:
        for one, value in zip(names, before, strict=True):
            setattr(schedule, one, value)
