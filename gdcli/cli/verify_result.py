"""`gd verify RESULT`: results recomputed by another path; a disagreement says where."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from gdcli.cli.exit_codes import Exit, of_signal
from gdcli.cli.session import Session
from gdcli.cli.solving import problem_fields


def run(session: Session, words: tuple[str, ...], **options: Any) -> int:
    """Verify every result of a file or store. Exit 1 where one does not hold, 2 for errors."""
    from gdcli.batches.recall import read_results
    from gdcli.batches.verify import verify
    from gdcli.deadline import Interrupted
    from gdcli.errors import GdError
    from gdcli.report.faults import fault_lines
    from gdcli.report.page import line, width_of, write
    from gdcli.report.text import count

    given = problem_fields(options)
    codes: set[Exit] = set()
    many = 0
    try:
        for recalled in read_results(Path(words[0])):
            many += 1
            session.deadline.check()
            try:
                verified = verify(recalled, given, session.deadline)
            except GdError as error:
                codes.add(Exit.ERROR)
                write(fault_lines(error.diagnostics, width=width_of(sys.stderr)), sys.stderr)
                if session.json:
                    _write_json(recalled.name, False, [d.message for d in error.diagnostics])
                continue
            if verified.wrong:
                codes.add(Exit.NOT_SOLVED)
            _tell(session, verified)
    except Interrupted as stop:
        return of_signal(stop.signal)
    if not many:
        write([line("no results found")], sys.stderr)
        return Exit.NOTHING_TO_RUN
    if many > 1 and not (session.json or session.quiet):
        told = "not all of them hold" if codes else "all of them hold"
        write([line(f"{count(many, 'result')} verified: {told}")], sys.stderr)
    for code in (Exit.ERROR, Exit.NOT_SOLVED):
        if code in codes:
            return code
    return Exit.SOLVED


def _tell(session: Session, verified: Any) -> None:
    from gdcli.report.page import Piece, line, write
    from gdcli.report.text import clean

    if session.json:
        _write_json(verified.name, not verified.wrong, verified.wrong, verified)
        return
    if session.quiet and not verified.wrong:
        return
    name = Piece(clean(verified.name), "bold")
    lines = []
    for wrong in verified.wrong:
        lines.append(line(Piece("disagrees", "bold red"), "  ", name, f"  {clean(wrong)}"))
    if not verified.wrong:
        word, style = ("holds    ", "bold green") if verified.checked else ("unchecked", "yellow")
        lines.append(line(Piece(word, style), "  ", name, f"  {', '.join(verified.checked)}"))
    lines.extend(line(f"           {clean(note)}") for note in verified.notes)
    write(lines)


def _write_json(name: str, ok: bool, wrong: list[str], verified: Any = None) -> None:
    from gdcli.report.files import write_json_line

    row = {
        "schema": "gd.verify/1",
        "name": name,
        "ok": ok,
        "errors": wrong,
        "checked": verified.checked if verified else [],
        "notes": verified.notes if verified else [],
    }
    sys.stdout.write(write_json_line(row) + "\n")
