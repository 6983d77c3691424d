"""What a command needs of the process: its deadline, signals and standard streams."""

from __future__ import annotations

import signal
import sys
from dataclasses import field
from types import FrameType

from gdcli.deadline import Deadline
from gdcli.diagnostics import Diagnostic
from gdcli.errors import FileError, FormulaError
from gdcli.records import dataclass

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
INPUT_LIMIT = 10_000_000
"""Bytes of standard input."""


@dataclass(slots=True)
class Session:
    """One run of the command line.

    Attributes:
        command: The command's name.
        deadline: Starts with the process; a command sets its limit when it knows it.
        json, quiet: Whether those options were given.
    """

    command: str
    deadline: Deadline = field(default_factory=Deadline)
    json: bool = False
    quiet: bool = False

    def listen(self) -> None:
        """Let the first signal ask for the best answer so far, and the second end the process."""
        for number in SIGNALS:
            if signal.getsignal(number) is not signal.SIG_IGN:  # as `nohup` wants it
                signal.signal(number, self._interrupt)

    def _interrupt(self, number: int, _frame: FrameType | None) -> None:
        self.deadline.interrupt(number)
        for other in SIGNALS:
            signal.signal(other, signal.SIG_DFL)

    def formula(self, word: str) -> str:
        """Return the formula that a word is, or that `-` stands for.

        Raises:
            FormulaError: There is none.
        """
        text = self.read_input() if word == "-" else word
        if not text.strip():
            raise FormulaError(
                Diagnostic("empty", "the formula is empty", hint='write, say, "x**2 + 3*y**2"')
            )
        return text

    def read_input(self) -> str:
        """Return what stands on standard input.

        Raises:
            FileError: It is longer than any problem file may be, or not UTF-8.
        """
        if sys.stdin is None:
            raise FileError(Diagnostic("input", "standard input is closed"))
        for number in SIGNALS:  # nothing is lost yet: while it waits, a signal ends the process
            if signal.getsignal(number) is not signal.SIG_IGN:
                signal.signal(number, signal.SIG_DFL)
        data = sys.stdin.buffer.read(INPUT_LIMIT + 1)
        self.listen()
        if len(data) > INPUT_LIMIT:
            raise FileError(Diagnostic("too-long", "standard input is longer than 10 MB"))
        try:
            return data.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise FileError(
                Diagnostic("encoding", f"standard input is not UTF-8: byte {error.start + 1}")
            ) from None

    def tell(self, diagnostics: tuple[Diagnostic, ...]) -> None:
        """Write warnings and notes to standard error; with `--json` they are in the object.

        `-q` leaves the notes out.
        """
        if self.quiet:
            diagnostics = tuple(d for d in diagnostics if d.severity != "note")
        if diagnostics and not self.json:
            from gdcli.report.faults import fault_lines
            from gdcli.report.page import width_of, write

            write(fault_lines(diagnostics, width=width_of(sys.stderr)), sys.stderr)

    def hint(self, texts: tuple[str, ...]) -> None:
        """Write hints to standard error."""
        if texts and not (self.json or self.quiet):
            from gdcli.report.page import Piece, line, write
            from gdcli.report.text import clean

            write((line(Piece("  hint: ", "cyan"), clean(text)) for text in texts), sys.stderr)
