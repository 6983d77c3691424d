"""`gd batch --record`: shows what would change in problem files, asks, writes."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from gdcli.cli.session import Session

if TYPE_CHECKING:
    from gdcli.batches.record import Recorder


def record(session: Session, recorder: Recorder, *, yes: bool) -> bool:
    """Write `expect` into the files of a good run, if that is wanted; return whether it was.

    Raises:
        FileError: A file cannot be written.
    """
    from gdcli.report.page import Piece, is_terminal, line, write
    from gdcli.report.text import clean, count

    changes = recorder.changes()
    out = sys.stderr
    for name, why in recorder.refused:
        write([line(f"  not recorded: {clean(name)}: {clean(why)}")], out)
    if not changes:
        write([line("nothing to record: every `expect` holds")], out)
        return False
    for change in changes:
        for name, before, after in change.shown:
            write(
                [
                    line(Piece(clean(change.file), "bold"), f"  {clean(name)}"),
                    *([line(Piece(f"  - expect = {clean(before)}", "red"))] if before else []),
                    line(Piece(f"  + expect = {clean(after)}", "green")),
                ],
                out,
            )
    files = count(len(changes), "file")
    if not yes:
        if not is_terminal(sys.stdin):
            session.hint((f"{files} would change; `--yes` writes them",))
            return False
        out.write(f"write {files}? [y/N] ")
        out.flush()
        if sys.stdin.readline().strip().lower() not in ("y", "yes"):
            return False
    for change in changes:
        change.write()
    write([line(f"{files} written")], out)
    return True
