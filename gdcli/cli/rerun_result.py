"""`gd rerun RESULT`: the same input with the same options solved again, and compared."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from gdcli.cli.exit_codes import Exit, of_signal
from gdcli.cli.session import Session
from gdcli.cli.solving import problem_fields

_STYLES = {"identical": "bold green", "agrees": "bold green", "differs": "bold red"}


def run(session: Session, words: tuple[str, ...], **options: Any) -> int:
    """Solve again and compare. Exit 1 where status or value differ; 0 within rounding."""
    from gdcli.batches.again import solve_again
    from gdcli.batches.recall import read_results
    from gdcli.deadline import Deadline
    from gdcli.errors import GdError
    from gdcli.report.faults import fault_lines
    from gdcli.report.files import write_json_line
    from gdcli.report.page import Piece, line, width_of, write
    from gdcli.report.text import clean

    given = problem_fields(options)
    code = Exit.NOTHING_TO_RUN
    for recalled in read_results(Path(words[0])):
        code = Exit.SOLVED if code == Exit.NOTHING_TO_RUN else code
        deadline = Deadline()
        deadline.interrupt(session.deadline.interrupted_by)
        session.deadline = deadline
        try:
            compared = solve_again(recalled, given, deadline)
        except GdError as error:
            write(fault_lines(error.diagnostics, width=width_of(sys.stderr)), sys.stderr)
            code = Exit.ERROR
            continue
        if deadline.interrupted_by:
            return of_signal(deadline.interrupted_by)
        if compared.verdict == "differs" and code != Exit.ERROR:
            code = Exit.NOT_SOLVED
        if session.json:
            sys.stdout.write(write_json_line(compared.result) + "\n")
            out = sys.stderr
        else:
            out = sys.stdout
        if session.quiet and compared.verdict != "differs":
            continue
        head = Piece(f"{compared.verdict:<9}", _STYLES[compared.verdict])
        lines = [line(head, "  ", Piece(clean(compared.name), "bold"))]
        told = (*compared.notes, *compared.differences)
        write(lines + [line(f"           {clean(text)}") for text in told], out)
    if code == Exit.NOTHING_TO_RUN:
        write([line("no results found")], sys.stderr)
    return code
