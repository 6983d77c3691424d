"""From words to an exit code: the one place with a catch-all."""

from __future__ import annotations

import contextlib
import errno
import importlib
import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from gdcli import __version__
from gdcli.cli.arguments import CommandLine, sort_words
from gdcli.cli.commands import COMMANDS
from gdcli.cli.exit_codes import Exit, of_signal
from gdcli.cli.options import signature
from gdcli.cli.session import Session
from gdcli.deadline import Interrupted
from gdcli.diagnostics import Diagnostic
from gdcli.errors import GdError, UsageError

if TYPE_CHECKING:
    import typer

_THREADS = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")
_INTERRUPTED = Diagnostic("interrupted", "interrupted before there was anything to show")


def run(argv: Sequence[str]) -> int:
    """Run one command line; return the exit code. Never raises, but for death by a signal."""
    # Equal bits whatever the machine: BLAS must be told before NumPy is imported.
    for name in _THREADS:
        os.environ.setdefault(name, "1")
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w")  # noqa: SIM115
    if sys.stdout is None:
        sys.stdout = open(os.devnull, "w")  # noqa: SIM115
        fault = Diagnostic("output", "standard output is closed")
        return _report((fault,), Session(command=""), Exit.ERROR)
    session = Session(command=argv[0] if argv else "", json="--json" in argv)
    try:
        code = _dispatch(argv, session)
        sys.stdout.flush()
    except BrokenPipeError:
        return _closed_pipe()
    except Interrupted as stop:
        code = _report((_INTERRUPTED,), session, of_signal(stop.signal))
    except GdError as error:
        code = _report(error.diagnostics, session, Exit.ERROR)
    except MemoryError:
        fault = Diagnostic("memory", "not enough memory for this formula or its data")
        code = _report((fault,), session, Exit.ERROR)
    except OSError as error:
        if error.filename is None:  # standard output: no object can be written there any more
            _silence(sys.stdout)
            session.json = False
        code = _report((_output_fault(error),), session, Exit.ERROR)
    except Exception as error:
        if os.environ.get("GD_DEBUG"):
            raise
        code = _report((_internal(error),), session, Exit.INTERNAL)
    return int(code)


def _dispatch(argv: Sequence[str], session: Session) -> int:
    line = sort_words(argv)
    if line.version_wanted:
        sys.stdout.write(f"gd {__version__}\n")
        return Exit.SOLVED
    session.quiet = any(word in ("-q", "--quiet") for word in line.options)
    session.json = "--json" in line.options
    if line.command is not None and not line.help_wanted:
        _count_words(line.command, line.words)
    # Typer only reads: what a command does runs outside, where Typer ends no process of its own.
    try:
        options = _build(line)(line.argv(), standalone_mode=False)
    except SystemExit:  # how it takes a closed pipe while it writes the help
        return _closed_pipe()
    except Exception as error:
        message = getattr(error, "format_message", None)
        if message is None:
            raise
        raise UsageError(Diagnostic("usage", message() or "unclear command line")) from None
    if line.command is None or not isinstance(options, dict):
        return Exit.SOLVED
    module = importlib.import_module(f"gdcli.cli.{COMMANDS[line.command].module}")
    session.listen()
    return int(module.run(session, line.words, **options))


def _build(line: CommandLine) -> typer.Typer:
    """Return an application with the one command that is asked for, or all of them for help."""
    import typer

    app = typer.Typer(
        name="gd",
        help="Type a formula: gd derives its gradient, descends to the minimum, "
        "and says how sure it is.",
        epilog='Begin with: gd minimize "x**2 + 3*y**2"',
        add_completion=False,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    # A lone command would lose its name: the callback keeps `gd COMMAND`.
    app.callback()(lambda: None)
    for name in (line.command,) if line.command else COMMANDS:
        row = COMMANDS[name]
        usage = f"{row.words} [OPTIONS]".strip()
        app.command(name, help=row.summary, options_metavar=usage)(_reader(name))
    return app


def _reader(command: str) -> Any:
    """Return the function from whose signature Typer reads a command's options: it returns them."""

    def given(**options: Any) -> dict[str, Any]:
        return {k: v for k, v in options.items() if v is not None and v is not False and v != []}

    described: Any = given
    described.__signature__ = signature(command)
    described.__annotations__ = {
        p.name: p.annotation for p in described.__signature__.parameters.values()
    }
    return described


def _count_words(command: str, words: tuple[str, ...]) -> None:
    row = COMMANDS[command]
    if len(words) < row.least:
        raise UsageError(
            Diagnostic("usage", f"`gd {command}` needs {row.words}", hint=f"see `gd {command} -h`")
        )
    if row.most is not None and len(words) > row.most:
        extra = words[row.most]
        message, hint = f"unexpected word `{extra}`", ""
        if row.words == "FORMULA":
            message = f"two formulas: `{words[0]}` and `{extra}`"
            hint = "quote the formula as one word; options are `--name`, `-q`, `-v`, `-o`, `-h`"
        raise UsageError(Diagnostic("usage", message, hint=hint))


def _report(diagnostics: tuple[Diagnostic, ...], session: Session, code: int) -> int:
    """Write faults where the session wants them; return `code`, or 141 if nobody reads."""
    try:
        if session.json:
            from gdcli.report.files import write_json_line
            from gdcli.report.objects import fault_object

            row = COMMANDS.get(session.command)
            kind = row.fault if row else "error"
            sys.stdout.write(write_json_line(fault_object(diagnostics, kind, session.command)))
            sys.stdout.write("\n")
            sys.stdout.flush()
        else:
            from gdcli.report.faults import fault_lines
            from gdcli.report.page import width_of, write

            write(fault_lines(diagnostics, width=width_of(sys.stderr)), sys.stderr)
    except BrokenPipeError:
        return _closed_pipe()
    except OSError:
        _silence(sys.stdout)
        return Exit.ERROR
    return code


def _closed_pipe() -> int:
    _silence(sys.stdout)
    return Exit.CLOSED_PIPE


def _silence(stream: Any) -> None:
    """Point a stream that cannot be written to at nothing, so that closing it cannot fail."""
    with contextlib.suppress(OSError, ValueError):
        nothing = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nothing, stream.fileno())
        os.close(nothing)


def _output_fault(error: OSError) -> Diagnostic:
    what = error.strerror or str(error)
    if error.errno == errno.ENOSPC:
        return Diagnostic("output", "the disk is full: the output could not be written")
    place = f" `{error.filename}`" if error.filename else ""
    return Diagnostic("output", f"cannot read or write{place}: {what}")


def _internal(error: Exception) -> Diagnostic:
    return Diagnostic(
        "internal",
        f"internal error: {type(error).__name__}: {error}",
        hint="this is a fault of gd, not of your formula; GD_DEBUG=1 shows where it arose",
    )
