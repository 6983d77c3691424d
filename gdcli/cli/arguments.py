"""Where the formula stands on the command line.

Everything that begins with `-` is an option for ordinary argument parsers, and so `-x+exp(x)` would
be one. Here words are told apart before Typer reads anything: it sees the options alone, their
values joined by `=`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from gdcli.cli.commands import COMMANDS
from gdcli.cli.options import by_word
from gdcli.diagnostics import Diagnostic
from gdcli.errors import UsageError
from gdcli.records import dataclass
from gdcli.suggest import did_you_mean

_LONG = re.compile(r"--[A-Za-z][A-Za-z-]*(=.*)?", re.DOTALL)
_SHORT = ("-q", "-v", "-o", "-h")

_LATER = {
    "--subject-to": ("constraints are", "bounds on variables are: `--bounds x=0:1`"),
    "--plot": ("plots are", "`--trace FILE.csv` writes every iteration"),
    "fit": (
        "fitting a model is",
        'minimise the squares: gd minimize "sum((y - MODEL)**2)" --data FILE',
    ),
    "predict": ("prediction from a fit is", "`gd gradient FORMULA --at x=1` gives a value"),
    "compare": ("comparing fits is", "`gd results DB --against OLD` compares two stores of runs"),
    "plot": ("plots are", "`--trace FILE.csv` writes every iteration"),
    "explain": ("explaining a solve is", "`gd help WORD` explains a status, a method, an option"),
    "sweep": ("sweeps are", "`gd batch FILE` solves a file with a `[[problem]]` for each value"),
}
"""Words that are reserved for what is not built: what that is, and what to write instead."""


@dataclass(frozen=True, slots=True)
class CommandLine:
    """A command line, sorted.

    Attributes:
        command: The command, or None where there was none.
        options: Option words, values joined by `=`, in the order given.
        words: The words that are neither: the formula, or files and names.
        help_wanted: Whether `-h` or `--help` stood anywhere before `--`.
        version_wanted: The same for `--version`.
    """

    command: str | None
    options: tuple[str, ...]
    words: tuple[str, ...]
    help_wanted: bool = False
    version_wanted: bool = False

    def argv(self) -> list[str]:
        """Return what Typer is to read: the command and its options."""
        if self.command is None:
            return ["--help"]
        return [self.command, *self.options, *(["--help"] if self.help_wanted else [])]


def sort_words(argv: Sequence[str]) -> CommandLine:
    """Tell options, their values and other words apart.

    Raises:
        UsageError: An unknown command or option (with a suggestion), or a value that is missing.
    """
    if not argv or argv[0] in ("-h", "--help"):
        return CommandLine(None, (), (), help_wanted=True)
    if argv[0] == "--version":
        return CommandLine(None, (), (), version_wanted=True)
    command = argv[0]
    if command not in COMMANDS:
        raise UsageError(_unknown_command(command))
    known = by_word(command)
    options: list[str] = []
    words: list[str] = []
    help_wanted = version_wanted = False
    rest = list(argv[1:])
    position = 0
    while position < len(rest):
        word = rest[position]
        position += 1
        if word == "--":
            words.extend(rest[position:])
            break
        if word in ("-h", "--help"):
            help_wanted = True
            continue
        if word == "--version":
            version_wanted = True
            continue
        if not (_LONG.fullmatch(word) or word in _SHORT):
            words.append(word)
            continue
        name, equals, value = word.partition("=")
        option = known.get(name)
        if option is None:
            raise UsageError(_unknown_option(name, command, known))
        if option.kind is bool:
            if equals:
                raise UsageError(Diagnostic("usage", f"option `{name}` takes no value"))
            options.append(name)
            continue
        if not equals:
            if position == len(rest):
                raise UsageError(
                    Diagnostic("usage", f"option `{name}` needs a value: `{name} {option.value}`")
                )
            value = rest[position]
            position += 1
        options.append(f"--{option.name}={value}")
    return CommandLine(command, tuple(options), tuple(words), help_wanted, version_wanted)


def _unknown_command(word: str) -> Diagnostic:
    if word in _LATER:
        return _not_supported(word)
    hint = did_you_mean(word, COMMANDS)
    if _LONG.fullmatch(word) or word in _SHORT:
        hint = "options stand behind the command: gd COMMAND [OPTIONS]"
    elif not hint and len(word) < 60:
        hint = f'to minimise a formula: gd minimize "{word}"'
    return Diagnostic(
        "unknown-command", f"unknown command `{word}`", hint=hint or "see `gd --help`"
    )


def _unknown_option(name: str, command: str, known: Mapping[str, object]) -> Diagnostic:
    if name in _LATER:
        return _not_supported(name)
    return Diagnostic(
        "unknown-option",
        f"unknown option `{name}` of `gd {command}`",
        hint=did_you_mean(name, known)
        or f"see `gd {command} --help`; a formula that begins with dashes goes after `--`",
    )


def _not_supported(word: str) -> Diagnostic:
    what, hint = _LATER[word]
    return Diagnostic("not-supported", f"{what} not part of this version of gd", hint=hint)
