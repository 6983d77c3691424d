"""`gd solve FILE`: the problems of a file, all of them in order, or the one that `--name` picks."""

from __future__ import annotations

from typing import Any

from gdcli.cli.session import Session
from gdcli.cli.solving import Work, problem_fields
from gdcli.diagnostics import Diagnostic
from gdcli.errors import UsageError
from gdcli.suggest import did_you_mean


def run(session: Session, words: tuple[str, ...], **options: Any) -> int:
    """Solve the problems of a file (`-`: of standard input). Returns the exit code of a batch."""
    from gdcli.model.files import read_problems, read_problems_text
    from gdcli.model.options import from_options

    overrides = from_options(problem_fields(options))
    if words[0] == "-":
        problems = read_problems_text(session.read_input())
    else:
        problems = read_problems(words[0])
    wanted = options.get("name")
    if wanted is not None:
        names = [problem.name or "" for problem in problems]
        if wanted not in names:
            raise UsageError(
                Diagnostic(
                    "unknown-problem",
                    f"no problem is called `{wanted}`",
                    hint=did_you_mean(wanted, names) or f"there are: {', '.join(names[:20])}",
                )
            )
        problems = [problem for problem in problems if problem.name == wanted]
    work = Work(session, options)
    for raw in problems:
        work.solve(raw, overrides)
        if session.deadline.interrupted_by:
            break
    return work.finish()
