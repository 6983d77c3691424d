"""`gd methods [NAME]`: the methods there are, or one of them with its settings."""

from __future__ import annotations

import sys
from typing import Any

from gdcli.cli.exit_codes import Exit
from gdcli.cli.session import Session

_WIDE = 110
"""Columns that the list takes with its sources."""


def run(session: Session, words: tuple[str, ...], **_options: Any) -> int:
    """List the methods; with a name, its settings with meaning, range and default."""
    from gdcli.methods.registry import ROWS, find

    rows = (find(words[0]),) if words else ROWS
    if session.json:
        from gdcli.report.files import write_json_line

        found = {
            "schema": "gd.methods/1",
            "type": "methods",
            "methods": [method_object(row) for row in rows],
        }
        sys.stdout.write(write_json_line(found) + "\n")
        return Exit.SOLVED
    from gdcli.report.page import is_terminal, width_of, write

    width = width_of(sys.stdout) if is_terminal(sys.stdout) else None
    if session.quiet:
        sys.stdout.write("".join(f"{row.name}\n" for row in rows))
    elif words:
        write(method_page(rows[0], width))
    else:
        write(_list_page(rows, width))
    return Exit.SOLVED


def needs_of(row: Any) -> str:
    """Return what a method asks of the objective, in words."""
    from gdcli.engine.objective import Need

    named = {
        Need.HESSIAN: "Hessian",
        Need.PRODUCT: "Hessian products",
        Need.RESIDUALS: "a sum of squares",
    }
    asked = [word for need, word in named.items() if need in row.needs]
    return ", ".join(asked) or "gradient"


def method_object(row: Any) -> dict[str, Any]:
    """Return a method as JSON."""
    from gdcli.result import plain

    return {
        "name": row.name,
        "title": row.title,
        "summary": row.summary,
        "when": row.when,
        "needs": needs_of(row),
        "source": row.source,
        "settings": [
            {
                "name": setting.name,
                "meaning": setting.meaning,
                "range": setting.range,
                "default": plain(setting.default),
            }
            for setting in row.settings
        ],
    }


def _list_page(rows: Any, width: int | None) -> list[Any]:
    """Return the list of methods; a narrow terminal does without the sources."""
    from gdcli.report.page import Grid, line

    headers = ("method", "when to use it", "needs", "source")
    kept = len(headers) if width is None or width >= _WIDE else 3
    cells = tuple((row.name, row.when, needs_of(row), row.source)[:kept] for row in rows)
    hint = line("  `gd methods NAME` lists a method's settings; ", "choose with `--method NAME`")
    return [line(""), Grid(headers[:kept], cells), line(""), hint]


def method_page(row: Any, width: int | None) -> list[Any]:
    """Return the page of one method.

    Args:
        width: Of the terminal; None in a pipe, where nothing is left out.
    """
    from gdcli.report.page import Grid, Piece, line

    parts: list[Any] = [
        line(""),
        line("  ", Piece(row.name, "bold green"), f"  {row.title}"),
        line(f"  {row.summary}"),
        line(""),
        line(Piece("  when    ", "dim"), row.when),
        line(Piece("  needs   ", "dim"), needs_of(row)),
        line(Piece("  source  ", "dim"), row.source),
        line(""),
    ]
    if not row.settings:
        return [*parts, line("  no settings of its own")]
    cells = tuple((s.name, _default(s), s.range, s.meaning) for s in row.settings)
    parts.append(Grid(("setting", "default", "range", "meaning"), cells))
    parts.append(line(""))
    for setting in row.settings[:2]:
        value = _default(setting, unset="0.1")
        rate = setting.name == "learning_rate"
        option = f"--learning-rate {value}" if rate else f"--option {setting.name}={value}"
        parts.append(line(f"  gd minimize FORMULA --method {row.name} {option}"))
    return parts


def _default(setting: Any, *, unset: str = "") -> str:
    default = setting.default
    if default is None:
        return unset or f"none: {setting.unset}"
    if isinstance(default, bool):
        return "true" if default else "false"
    return f"{default:g}" if isinstance(default, float) else str(default)
