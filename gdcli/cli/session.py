"""What a command needs of the process: its deadline, signals and standard streams."""

from __future__ import annotations

import signal
import sys
from dataclasses import dataclass, field
from types import FrameType

from gdcli.deadline import Deadline
from gdcli.diagnostics import Diagnostic

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


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
            signal.signal(number, self._interrupt)

    def _interrupt(self, number: int, _frame: FrameType | None) -> None:
        self.deadline.interrupt(number)
        for other in SIGNALS:
            signal.signal(other, signal.SIG_DFL)

    def tell(self, diagnostics: tuple[Diagnostic, ...]) -> None:
        """Write warnings and notes to standard error; with `--json` they are in the object."""
        if diagnostics and not (self.json or self.quiet):
            from gdcli.report.faults import fault_lines
            from gdcli.report.page import width_of, write

            write(fault_lines(diagnostics, width=width_of(sys.stderr)), sys.stderr)

    def hint(self, texts: tuple[str, ...]) -> None:
        """Write hints to standard error."""
        if texts and not (self.json or self.quiet):
            from gdcli.report.page import Piece, line, write
            from gdcli.report.text import clean

            write((line(Piece("  hint: ", "cyan"), clean(text)) for text in texts), sys.stderr)
