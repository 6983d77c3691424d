"""The table of commands: a row each; the code of a command is the module that its row names."""

from __future__ import annotations

from gdcli.records import dataclass


@dataclass(frozen=True, slots=True)
class Command:
    """One row.

    Attributes:
        module: Where its `run(session, words, **options) -> int` lives, below `gdcli.cli`.
        words: What its positional words are called in help; empty if it takes none.
        least, most: How many of them; None is any number.
        summary: One line of help.
        fault: What `--json` writes for an error: a `result`, or an `error` object.
    """

    module: str
    words: str
    least: int
    most: int | None
    summary: str
    fault: str = "error"


COMMANDS: dict[str, Command] = {
    "minimize": Command(
        "solve_formula", "FORMULA", 1, 1, "Find the minimum of a formula.", "result"
    ),
    "maximize": Command(
        "solve_formula", "FORMULA", 1, 1, "Find the maximum of a formula.", "result"
    ),
    "solve": Command("solve_file", "FILE", 1, 1, "Solve the problems of a file.", "result"),
    "gradient": Command("show_gradient", "FORMULA", 1, 1, "Show the gradient of a formula."),
    "check": Command(
        "check_files", "PATH...", 1, None, "Check problem files without solving them."
    ),
    "batch": Command(
        "run_batch", "PATH...", 1, None, "Solve many problems in parallel processes.", "result"
    ),
    "results": Command("show_results", "DB", 1, 1, "List, compare or export a batch's results."),
    "verify": Command(
        "verify_result", "RESULT", 1, 1, "Check a result by recomputing it another way."
    ),
    "rerun": Command("rerun_result", "RESULT", 1, 1, "Solve a result's problem again; compare."),
    "methods": Command(
        "list_methods", "[NAME]", 0, 1, "List the methods, or one method's options."
    ),
    "help": Command("explain_word", "WORD", 1, 1, "Explain a method, a status or a function."),
    "schema": Command("print_schema", "", 0, 0, "Print the JSON Schema of problem files."),
    "cache": Command(
        "manage_cache", "[clear]", 0, 1, "Show or clear the cache of compiled formulas."
    ),
}
