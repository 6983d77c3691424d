"""`gd help WORD`: what a status, a method, a function, an option or a command is."""

from __future__ import annotations

import sys
from typing import Any, NamedTuple

from gdcli.cli import exit_codes
from gdcli.cli.exit_codes import Exit
from gdcli.cli.session import Session
from gdcli.diagnostics import Diagnostic
from gdcli.errors import UsageError
from gdcli.suggest import did_you_mean


class Entry(NamedTuple):
    """An explanation: what kind of word it is, one sentence, and facts by name."""

    word: str
    kind: str
    text: str
    facts: tuple[tuple[str, str], ...] = ()


def run(session: Session, words: tuple[str, ...], **_options: Any) -> int:
    """Explain a word, in every meaning that it has."""
    word = words[0].strip().lstrip("-")
    entries = explain(word)
    if not entries:
        hint = did_you_mean(word, known_words())
        raise UsageError(
            Diagnostic(
                "unknown-word",
                f"nothing is called `{words[0]}`",
                hint=hint or "words are statuses, methods, functions, constants, options, commands",
            )
        )
    if session.json:
        from gdcli.report.files import write_json_line

        found = {
            "schema": "gd.help/1",
            "type": "help",
            "word": word,
            "entries": [
                {"word": e.word, "kind": e.kind, "text": e.text, **dict(e.facts)} for e in entries
            ],
        }
        sys.stdout.write(write_json_line(found) + "\n")
        return Exit.SOLVED
    from gdcli.report.page import Piece, line, write

    parts: list[Any] = []
    for entry in entries:
        parts.append(line(""))
        parts.append(line("  ", Piece(entry.word, "bold"), Piece(f"  {entry.kind}", "dim")))
        parts.append(line(f"  {entry.text}"))
        if entry.facts and not session.quiet:
            width = max(len(name) for name, _ in entry.facts)
            parts.append(line(""))
            parts.extend(
                line(Piece(f"  {name.ljust(width)}  ", "dim"), text) for name, text in entry.facts
            )
    write(parts)
    return Exit.SOLVED


def known_words() -> list[str]:
    """Return every word that has an explanation."""
    from gdcli.cli.commands import COMMANDS
    from gdcli.cli.options import OPTIONS
    from gdcli.language.functions import CONSTANTS, SPELLINGS
    from gdcli.methods.registry import METHODS
    from gdcli.report.statuses import STATUSES

    options = (option.name for option in OPTIONS)
    return list(dict.fromkeys([*STATUSES, *METHODS, *SPELLINGS, *CONSTANTS, *options, *COMMANDS]))


def explain(word: str) -> list[Entry]:
    """Return the explanations of a word: none, one, or several."""
    found = (_status(word), _method(word), _function(word), _constant(word), _command(word))
    return [*(entry for entry in found if entry is not None), *_options(word)]


def _status(word: str) -> Entry | None:
    from gdcli.report.statuses import STATUSES

    row = STATUSES.get(word)
    if row is None:
        return None
    facts = (("exit code", exit_codes.of_status(word)), ("what to do", row.advice))
    return Entry(word, "a status", row.meaning.format(sense="minimum"), facts)


def _method(word: str) -> Entry | None:
    from gdcli.cli.list_methods import needs_of
    from gdcli.methods.registry import METHODS

    row = METHODS.get(word)
    if row is None:
        return None
    settings = ", ".join(setting.name for setting in row.settings) or "none"
    facts = (
        ("when", row.when),
        ("needs", needs_of(row)),
        ("settings", f"{settings} (see `gd methods {word}`)"),
        ("source", row.source),
    )
    return Entry(word, "a method", f"{row.title}: {row.summary}.", facts)


def _function(word: str) -> Entry | None:
    from gdcli.language.functions import find

    row = find(word)
    if row is None:
        return None
    facts = [("takes", row.arity() + (", or a generator" if row.takes_generator else ""))]
    kinds = {
        "elementwise": "every element of an array",
        "reduction": "a whole array" + (", or along `axis=`" if row.takes_axis else ""),
        "norm": "a whole array" + (", or along `axis=`" if row.takes_axis else ""),
        "matrix": "matrices and vectors",
    }
    facts.append(("works on", kinds[row.kind]))
    if row.domain:
        facts.append(("defined", f"where {row.domain}"))
    others = [name for name in (row.name, *row.aliases) if name != word]
    if others:
        facts.append(("also spelled", ", ".join(others)))
    return Entry(word, "a function", row.summary, tuple(facts))


def _constant(word: str) -> Entry | None:
    from gdcli.language.functions import CONSTANTS

    if word not in CONSTANTS:
        return None
    text = f"{CONSTANTS[word]!r}; a variable or constant of your own by this name goes first"
    return Entry(word, "a constant", text)


def _options(word: str) -> list[Entry]:
    from gdcli.cli.options import OPTIONS

    rows = [option for option in OPTIONS if option.name == word.replace("_", "-")]
    return [
        Entry(
            f"--{row.name}",
            "an option",
            row.meaning,
            (
                ("written", f"--{row.name} {row.value}".rstrip()),
                ("commands", ", ".join(sorted(row.commands))),
            ),
        )
        for row in rows
    ]


def _command(word: str) -> Entry | None:
    from gdcli.cli.commands import COMMANDS

    row = COMMANDS.get(word)
    if row is None:
        return None
    usage = f"gd {word} {row.words}".strip()
    facts = (("written", usage), ("options", f"`gd {word} -h`"))
    return Entry(f"gd {word}", "a command", row.summary, facts)
