"""`gd minimize FORMULA` and `gd maximize FORMULA`."""

from __future__ import annotations

from typing import Any

from gdcli.cli.session import Session
from gdcli.cli.solving import Work, problem_fields


def run(session: Session, words: tuple[str, ...], **options: Any) -> int:
    """Solve one formula; `-` reads it from standard input. Returns the exit code."""
    from gdcli.model.options import from_options

    formula = session.formula(words[0])
    work = Work(session, options)
    raw = from_options({session.command: formula, **problem_fields(options)})
    work.solve(raw, None)
    return work.finish()
