"""The table of options: every command's signature, help and argument reading come from it."""

from __future__ import annotations

import inspect
from typing import Annotated, Any

from gdcli.records import dataclass

SOLVING = frozenset({"minimize", "maximize", "solve"})


@dataclass(frozen=True, slots=True)
class Option:
    """One row.

    Attributes:
        name: Long name without dashes.
        kind: `bool` for a flag, else the type of its value.
        meaning: One line of help.
        commands: The commands that have it.
        value: What the help calls its value.
        repeated: May be given several times; the texts are then a list.
        short: A one-letter spelling, or the empty string.
    """

    name: str
    kind: type
    meaning: str
    commands: frozenset[str]
    value: str = ""
    repeated: bool = False
    short: str = ""

    @property
    def parameter(self) -> str:
        """The name of the function parameter that takes it."""
        return self.name.replace("-", "_")


def _row(
    name: str,
    kind: type,
    meaning: str,
    commands: frozenset[str] = SOLVING,
    value: str = "",
    repeated: bool = False,
    short: str = "",
) -> Option:
    return Option(name, kind, meaning, commands, value, repeated, short)


_BATCH = frozenset({"batch"})
_RUNNING = SOLVING | _BATCH
_DEFINING = SOLVING | {"gradient"}
_GIVING = _DEFINING | {"batch", "verify", "rerun"}
_RESULTS = frozenset({"results"})
_JSON = SOLVING | {
    "gradient", "check", "methods", "cache", "help", "batch", "results", "verify", "rerun",
}  # fmt: skip

OPTIONS: tuple[Option, ...] = (
    _row("start", str, "Where to begin: x=1,y=2 (or one value for a single variable).",
         _RUNNING, "x=1,y=2", True),
    _row("starts", str, "Begin from this many places; report every minimum found.", value="N"),
    _row("set", str, "Give names a value: a=1,b=[1,2].", _GIVING, "a=1", True),
    _row("var", str, "Declare a variable's shape: x[n] or W[n,20].", _GIVING, "x[n]", True),
    _row("data", str, "Columns or arrays from files: points.csv or X=X.npy,y=t.csv:Y.",
         _GIVING, "FILE", True),
    _row("bounds", str, "Keep variables within x=0:1,y=:5.",
         _RUNNING | {"verify", "rerun"}, "x=0:inf", True),
    _row("method", str, "How to descend; see `gd methods`.", value="NAME"),
    _row("option", str, "A method's own option, such as memory=5.", value="name=value",
         repeated=True),
    _row("learning-rate", str, "A number, or a schedule such as exponential(0.1, 0.99).",
         value="RATE"),
    _row("tol", str, "Stop where the gradient is this small (1e-8).", value="T"),
    _row("max-iter", str, "Stop after this many iterations (10000).", value="N"),
    _row("max-evaluations", str, "Stop after this many evaluations.", value="N"),
    _row("time-limit", str, "Stop after this time: 10s, 500ms, 2m (none).", _RUNNING, "TIME"),
    _row("sensitivity", bool, "How the optimum moves with each constant.", _RUNNING),
    _row("stop-when", str, "Stop where this becomes true: 'f < 1e-3'.", _RUNNING,
         "CONDITION"),
    _row("accept", str, "Statuses that count as solved: max_iter,time_limit.", _RUNNING,
         "STATUS"),
    _row("seed", str, "Seed of everything random (0).", value="N"),
    _row("no-cache", bool, "Neither read nor write compiled formulas on disk.",
         _DEFINING | {"batch", "rerun"}),
    _row("name", str, "The problem of the file to solve.", frozenset({"solve"}), "NAME"),
    _row("at", str, "The point: x=1,y=2.", frozenset({"gradient"}), "x=1,y=2", True),
    _row("hessian", bool, "Show second derivatives too.", frozenset({"gradient"})),
    _row("latex", bool, "Write LaTeX.", frozenset({"gradient"})),
    _row("python", bool, "Write a standalone NumPy function.", frozenset({"gradient"})),
    _row("check", bool, "Compare with differences at a point.", frozenset({"gradient"})),
    _row("method", str, "One or several: gd,adam,lbfgs; each problem is solved by each.",
         _BATCH, "NAMES"),
    _row("option", str, "Methods' own options, also several values: memory=5,10 or memory=5..7.",
         _BATCH, "name=values", True),
    _row("learning-rate", str, "One or several rates or schedules.", _BATCH, "RATES"),
    _row("tol", str, "One or several tolerances.", _BATCH, "T"),
    _row("max-iter", str, "One or several limits of iterations.", _BATCH, "N"),
    _row("max-evaluations", str, "One or several limits of evaluations.", _BATCH, "N"),
    _row("starts", str, "Begin from this many places.", _BATCH, "N"),
    _row("seed", str, "One or several seeds: 0..9, both ends included.", _BATCH, "SEEDS"),
    _row("memory-limit", str, "Most memory of a problem: 2GB, 500MB.", _BATCH, "SIZE"),
    _row("workers", str, "How many processes; auto: one a processor (auto).", _BATCH, "N"),
    _row("store", str, "Keep every result in this SQLite file.", _BATCH, "DB"),
    _row("resume", bool, "Solve only what the store has not.", _BATCH),
    _row("jsonl", str, "Write every result as a line of JSON.", _BATCH, "FILE"),
    _row("junit", str, "Write a JUnit report.", _BATCH, "FILE"),
    _row("filter", str, "Only problems of these names: rosen*,beale.", _BATCH, "NAMES"),
    _row("tags", str, "Only problems with one of these tags; !slow: without.", _BATCH, "TAGS"),
    _row("shard", str, "Only the 2nd of 5 parts: 2/5.", _BATCH, "k/n"),
    _row("fail-fast", bool, "Stop at the first problem that is not solved.", _BATCH),
    _row("record", bool, "Write `expect` into the files from what was found.", _BATCH),
    _row("yes", bool, "Do not ask before files are changed.", _BATCH),
    _row("where", str, "Only rows where this holds: \"status != 'converged'\".",
         _RESULTS, "CONDITION"),
    _row("csv", bool, "Write comma-separated values.", _RESULTS),
    _row("jsonl", bool, "Write whole results, a line of JSON each.", _RESULTS),
    _row("parquet", str, "Write a Parquet file (needs the extra `data`).", _RESULTS, "FILE"),
    _row("against", str, "Compare with an older store: what got worse.", _RESULTS, "DB"),
    _row("all", bool, "Also results that later ones of the same place replaced.", _RESULTS),
    _row("json", bool, "Write one JSON object a line.", _JSON),
    _row("output", str, "Also write the result: x.json, or x.npz for the arrays.",
         value="FILE", short="o"),
    _row("trace", str, "Write every iteration to FILE.jsonl or FILE.csv.", value="FILE"),
    _row("quiet", bool, "Only the answer: no table, no progress, no hints.", _JSON, short="q"),
    _row("verbose", bool, "Every iteration in the table.", short="v"),
)  # fmt: skip


def options_of(command: str) -> tuple[Option, ...]:
    """Return the rows of one command, in the order of the table."""
    return tuple(option for option in OPTIONS if command in option.commands)


def by_word(command: str) -> dict[str, Option]:
    """Return a command's options by what is typed: `--tol`, `-q`."""
    words = {f"--{option.name}": option for option in options_of(command)}
    words.update({f"-{o.short}": o for o in options_of(command) if o.short})
    return words


def signature(command: str) -> inspect.Signature:
    """Return the signature that Typer reads: the command's options."""
    import typer

    parameters = []
    for option in options_of(command):
        spellings = [f"--{option.name}"] + ([f"-{option.short}"] if option.short else [])
        info = typer.Option(
            *spellings, help=option.meaning, metavar=option.value or None, show_default=False
        )
        flag = option.kind is bool
        kind: Any = option.kind
        if option.repeated:
            kind = list[kind]
        parameters.append(
            inspect.Parameter(
                option.parameter,
                inspect.Parameter.KEYWORD_ONLY,
                default=False if flag else None,
                annotation=Annotated[kind if flag else kind | None, info],
            )
        )
    return inspect.Signature(parameters)
