"""The convergence table: first, last and well-chosen iterations between."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from gdcli.report.page import Grid
from gdcli.report.text import aligned, number

ROWS = 12
HEADERS = ("iteration", "value", "|∇f|", "step")


def chosen(history: Sequence[Any], rows: int = ROWS) -> list[Any]:
    """Return at most `rows` rows of a history; their numbers tell what is left out.

    The first three and the last are kept; between them the iterations are nearest to numbers that
    grow by an even factor, since most happens early.
    """
    if len(history) <= rows:
        return list(history)
    numbers = [row.iteration for row in history]
    last = len(history) - 1
    picked = {0, 1, 2, last}
    ratio = max(numbers[-1] / 2, 2.0)
    for k in range(1, rows - 3):
        wanted = 2 * ratio ** (k / (rows - 3))
        picked.add(min(range(last + 1), key=lambda i: abs(numbers[i] - wanted)))
    return [history[k] for k in sorted(picked)]


def value_scale(history: Sequence[Any]) -> float:
    """Return the size that values are seen against: the largest met, but at most 1.

    On their way from 28 to 2.3587e-17 nobody wants more than 2.4e-17; of values that all lie
    around 1e-17 everybody does.
    """
    finite = (abs(row.value) for row in history if math.isfinite(row.value))
    return min(1.0, max(finite, default=0.0))


def convergence_grid(
    history: Sequence[Any], *, exact: bool, width: int, every_row: bool = False
) -> Grid:
    """Return the table; narrow terminals lose digits, then the step column."""
    kept = list(history) if every_row else chosen(history)
    digits, fine = (8, 4) if width >= 72 else (6, 3)
    headers = HEADERS if width >= 48 else HEADERS[:3]
    scale = value_scale(history)
    texts = [
        [f"{row.iteration:,}" if not exact else str(row.iteration) for row in kept],
        aligned([number(r.value, exact=exact, digits=digits, scale=scale) for r in kept]),
        aligned([number(row.gradient_norm, exact=exact, digits=fine) for row in kept]),
        aligned([number(r.step, exact=exact, digits=fine) if r.iteration else "–" for r in kept]),
    ]
    cells = tuple(zip(*texts[: len(headers)], strict=True))
    return Grid(headers, cells, numeric=True, last="bold")
