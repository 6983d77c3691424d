"""The statuses that a result can have, in words: a row each, in the order of the tests."""

from __future__ import annotations

from collections.abc import Mapping

from gdcli.records import dataclass


@dataclass(frozen=True, slots=True)
class StatusWords:
    """A row.

    Attributes:
        word: The result's `status`.
        headline: What stands before the value; `{sense}` is `minimum` or `maximum`.
        style: How it is coloured.
        meaning: What it says about the problem.
        advice: What to do about it.
    """

    word: str
    headline: str
    style: str
    meaning: str
    advice: str


_ROWS = (
    StatusWords(
        "error", "error", "bold red",
        "The usage, the formula, the file or the data is wrong; nothing was solved.",
        "Every error names the place and says what to write instead.",
    ),
    StatusWords(
        "not_finite", "no finite value", "bold red",
        "The objective has no finite value at the start, and none was found near it. The message "
        "names the part of the formula that fails, and its argument.",
        "Give a start where the formula is defined (`--start`), or bounds that keep to such "
        "places (`--bounds x=0:`).",
    ),
    StatusWords(
        "unbounded", "no {sense}: unbounded", "bold red",
        "The objective falls (or rises, when maximising) without limit along `ray`: there is no "
        "best point.",
        "Look for a wrong sign or a forgotten term; or add bounds.",
    ),
    StatusWords(
        "not_attained", "no {sense}: not attained", "bold red",
        "The objective tends to a limit along `ray` and reaches it nowhere, as `exp(-x)` does. "
        "The message gives the limit.",
        "Add bounds, or a small penalty such as `1e-3*x**2`.",
    ),
    StatusWords(
        "infeasible", "infeasible", "bold red",
        "No point that satisfies all constraints was found; `certificate` says when that is "
        "proved.",
        "Relax a constraint, or start elsewhere.",
    ),
    StatusWords(
        "saddle", "no {sense}: a saddle point", "bold yellow",
        "The gradient is zero, but the curvature says that this is no {sense}, and no way on was "
        "found.",
        "Start elsewhere (`--start`, `--starts 20`).",
    ),
    StatusWords(
        "converged", "{sense}", "bold green",
        "The gradient is below the tolerance, or below the rounding level of this formula, and the "
        "curvature does not contradict a {sense}. It is a local one: others may exist.",
        "`--starts 20` looks for others.",
    ),
    StatusWords(
        "diverged", "diverged", "bold red",
        "A method with fixed steps blew up: its steps are too long for the curvature.",
        "Use the learning rate that the message names, or leave it out: then the step is searched.",
    ),
    StatusWords(
        "stalled", "stalled", "bold yellow",
        "No further progress is possible, and the conditions of a {sense} do not hold.",
        "Scale the variables to similar sizes, rewrite what loses digits, or try another method.",
    ),
    StatusWords(
        "max_iter", "not finished", "bold yellow",
        "The limit of iterations or evaluations was reached first.",
        "Raise `--max-iter`, try another method, or accept it: `--accept max_iter`.",
    ),
    StatusWords(
        "time_limit", "not finished", "bold yellow",
        "The time limit was reached first.",
        "Raise `--time-limit`, or accept it: `--accept time_limit`.",
    ),
    StatusWords(
        "interrupted", "interrupted", "bold yellow",
        "Ctrl-C, or a signal, stopped the run.",
        "The best point so far is reported; go on from there with `--start`.",
    ),
    StatusWords(
        "memory_limit", "out of memory", "bold red",
        "In a batch: the problem needed more memory than it may have.",
        "Raise `--memory-limit`, or choose a method that needs less, such as `lbfgs`.",
    ),
    StatusWords(
        "crashed", "crashed", "bold red",
        "In a batch: the process died; the message says how.",
        "Solve the problem by itself to see more.",
    ),
)  # fmt: skip

STATUSES: Mapping[str, StatusWords] = {row.word: row for row in _ROWS}
