"""`gd cache` and `gd cache clear`: the formulas that need not be derived again."""

from __future__ import annotations

import sys
from typing import Any

from gdcli.cli.exit_codes import Exit
from gdcli.cli.session import Session
from gdcli.diagnostics import Diagnostic
from gdcli.errors import UsageError
from gdcli.suggest import did_you_mean


def run(session: Session, words: tuple[str, ...], **_options: Any) -> int:
    """Tell where the cache is and how full, or empty it."""
    from gdcli.codegen.cache import Cache
    from gdcli.report.page import line, write
    from gdcli.report.text import clean, count

    if words and words[0] != "clear":
        raise UsageError(
            Diagnostic(
                "usage",
                f"`gd cache` does not know `{words[0]}`",
                hint=did_you_mean(words[0], ["clear"]) or "`gd cache clear` empties it",
            )
        )
    cache = Cache()
    removed = cache.clear() if words else None
    info = cache.info()
    if session.json:
        from gdcli.report.files import write_json_line

        found = {
            "schema": "gd.cache/1",
            "type": "cache",
            "folder": None if info.folder is None else str(info.folder),
            "enabled": info.enabled,
            "programs": info.programs,
            "bytes": info.bytes,
            "limit": info.limit,
            "removed": removed,
        }
        sys.stdout.write(write_json_line(found) + "\n")
        return Exit.SOLVED
    lines = []
    if removed is not None:
        lines.append(line(f"removed {count(removed, 'file')}"))
    if not session.quiet:
        lines.append(line(f"folder   {'none' if info.folder is None else clean(str(info.folder))}"))
        lines.append(line(f"kept     {count(info.programs, 'program')}, {_size(info.bytes)}"))
        lines.append(line(f"at most  {_size(info.limit)}"))
        if not info.enabled:
            lines.append(line("in use   no (GD_NO_CACHE is set, or the folder is not your own)"))
    write(lines)
    return Exit.SOLVED


def _size(size: int) -> str:
    """Return a number of bytes with a unit that suits it."""
    for unit, factor in (("MB", 10**6), ("kB", 10**3)):
        if size >= factor:
            return f"{size / factor:,.3g} {unit}"
    return f"{size} bytes"
