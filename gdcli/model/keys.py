"""The keys of a problem file: ONE table, from which reading, messages and the schema come.

A further key is a row here; if it is an option of the solve, also a field of `Settings`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field

from gdcli.model import kinds
from gdcli.model.data_items import DATA
from gdcli.model.kinds import Kind
from gdcli.model.values import BOUNDS, POINTS, SHAPE, VALUE
from gdcli.records import dataclass


@dataclass(frozen=True, slots=True)
class Key:
    """A key of a problem.

    Attributes:
        kind: What its value may be; of a table's entries where `table` says so.
        summary: One line for the schema and the help.
        table: `open` for a table of names (`start`), `closed` for one of known `keys` (`expect`),
            empty for a plain value. Tables merge key by key.
        setting: Whether it is a field of `Settings`.
        in_files: Whether it may stand in a file; otherwise only the command line and Python set it.
        option: Its spelling on the command line; empty for `--` and the name with hyphens.
    """

    name: str
    kind: Kind
    summary: str
    table: str = ""
    keys: Mapping[str, Key] = field(default_factory=dict)
    setting: bool = False
    in_files: bool = True
    option: str = ""

    def spelled(self, as_option: bool) -> str:
        """Return the key as the user wrote it: `max_iter` or `--max-iter`."""
        return self.option or f"--{self.name.replace('_', '-')}" if as_option else self.name


def _rows(*rows: Key) -> Mapping[str, Key]:
    return {row.name: row for row in rows}


EXPECT_KEYS = _rows(
    Key("value", VALUE, "The objective at the solution."),
    Key("tol", kinds.TOLERANCE, "How near, relative where |value| > 1; 1e-6 by default."),
    Key("at", POINTS, "The solution, or a list of solutions any of which will do."),
    Key("at_tol", kinds.TOLERANCE, "How near each variable must be; 1e-4 by default."),
    Key("status", kinds.STATUS, "The status; without it only converged will do."),
)

KEYS: Mapping[str, Key] = _rows(
    Key("name", kinds.NAME, "The problem's name; its file's name by default."),
    Key("source", kinds.TEXT, "The paper or book that it comes from."),
    Key("description", kinds.TEXT, "What it is about."),
    Key("tags", kinds.TEXTS, "Words to select problems by."),
    Key("minimize", kinds.TEXT, "The formula to minimise."),
    Key("maximize", kinds.TEXT, "The formula to maximise."),
    Key("fit", kinds.TEXT, "A model to fit to data: `y ~ MODEL`."),
    Key("set", VALUE, "Constants: numbers, arrays or expressions of other constants.", "open"),
    Key("start", VALUE, "Where to begin, by variable.", "open"),
    Key("bounds", BOUNDS, "Lower and upper bounds, by variable.", "open"),
    Key("subject_to", kinds.TEXTS, "Constraints, such as `x + y <= 3`."),
    Key("variables", SHAPE, "Shapes of variables, where the start does not give them.", "open",
        option="--var"),
    Key("data", DATA, "Files whose columns or arrays become constants; relative to this file."),
    Key("method", kinds.NAME, "The method; `auto` by default.", setting=True),
    Key("learning_rate", kinds.LEARNING_RATE, "A number or a schedule.", setting=True),
    Key("tol", kinds.TOLERANCE, "Tolerance of the first-order test; 1e-8 by default.",
        setting=True),
    Key("max_iter", kinds.COUNT, "Most iterations; 10000 by default.", setting=True),
    Key("max_evaluations", kinds.COUNT, "Most evaluations of the objective.", setting=True),
    Key("time_limit", kinds.DURATION, "Most time, such as `10s`.", setting=True),
    Key("seed", kinds.COUNT, "Seed of what is random; 0 by default.", setting=True),
    Key("starts", kinds.POSITIVE_COUNT, "How many starts to try.", setting=True),
    Key("stop_when", kinds.TEXT, "A condition that ends the solve, such as `f < 1e-3`.",
        setting=True),
    Key("accept", kinds.ACCEPT, "Statuses besides converged that count as a success.",
        setting=True),
    Key("sensitivity", kinds.FLAG, "Whether to report how the optimum moves with constants.",
        setting=True),
    Key("options", kinds.OPTION, "A method's own options.", "open", setting=True,
        option="--option"),
    Key("cache", kinds.FLAG, "Whether derived programs are kept on disk.", setting=True,
        in_files=False),
    Key("expect", kinds.TEXT, "What the result must be; turns the problem into a test.", "closed",
        EXPECT_KEYS),
    Key("$schema", kinds.TEXT, "The schema, for editors."),
)  # fmt: skip

OBJECTIVES = ("minimize", "maximize", "fit")
