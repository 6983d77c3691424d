"""`gd check PATH...`: problem files read, parsed and checked, not solved."""

from __future__ import annotations

import sys
from typing import Any

from gdcli.cli.exit_codes import Exit
from gdcli.cli.session import Session


def run(session: Session, words: tuple[str, ...], **options: Any) -> int:
    """Check files and folders; the diagnostics are the output. Exit 5 where there is no file."""
    from gdcli.model.collect import find_files
    from gdcli.report.faults import fault_lines
    from gdcli.report.files import write_json_line
    from gdcli.report.page import Piece, line, width_of, write

    found = find_files(words)
    faulty = 0
    for file in found.files:
        diagnostics = check_file(file, session)
        errors = [d for d in diagnostics if d.severity == "error"]
        faulty += bool(errors)
        if session.json:
            row = {
                "schema": "gd.check/1",
                "file": str(file),
                "ok": not errors,
                "errors": [d.to_dict() for d in errors],
                "warnings": [d.to_dict() for d in diagnostics if d.severity != "error"],
            }
            sys.stdout.write(write_json_line(row) + "\n")
        elif not session.quiet or errors:
            write(fault_lines(diagnostics, width=width_of(sys.stdout)))
    if not found.files:
        write([line("no problem files found")], sys.stderr)
        return Exit.NOTHING_TO_RUN
    if not (session.json or session.quiet):
        style = "bold red" if faulty else "bold green"
        files = "1 file" if len(found.files) == 1 else f"{len(found.files)} files"
        told = f"{faulty} with errors" if faulty else "all good"
        skipped = f", {found.skipped} skipped" if found.skipped else ""
        write([line(f"{files} checked{skipped}: ", Piece(told, style))], sys.stderr)
    return Exit.ERROR if faulty else Exit.SOLVED


def check_file(file: Any, session: Session) -> list[Any]:
    """Return every diagnostic of a file and of the formulas in it."""
    from gdcli.deadline import Deadline
    from gdcli.errors import GdError
    from gdcli.graph.build import build
    from gdcli.model.assemble import make_problem
    from gdcli.model.files import scan_problems
    from gdcli.solving.own_options import method_faults

    problems, diagnostics = scan_problems(file)
    for raw in problems:
        session.deadline.check()
        unsuited = method_faults(raw)
        try:
            problem = make_problem(raw, deadline=Deadline())
            diagnostics.extend(problem.warnings)
            diagnostics.extend(unsuited)
            build(problem.tree, problem.source, problem.layout, problem.constants)
        except GdError as error:
            diagnostics.extend(error.diagnostics)
            diagnostics.extend(d for d in unsuited if d not in diagnostics)
    return diagnostics
