"""What the solving commands share: a problem in, its result written, an exit code kept."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from gdcli.cli import exit_codes
from gdcli.cli.session import Session
from gdcli.deadline import Deadline
from gdcli.model.raw import RawProblem
from gdcli.result import Result

# Options whose name in problem files is another one.
_RENAMED = {"var": "variables", "option": "options"}
_OURS = frozenset({"json", "output", "trace", "quiet", "verbose", "name", "no_cache"})


def problem_fields(options: dict[str, Any]) -> dict[str, Any]:
    """Return the options that say what to solve and how, by key of the problem file."""
    fields = {_RENAMED.get(k, k): v for k, v in options.items() if k not in _OURS}
    if options.get("no_cache"):
        fields["cache"] = False
    return fields


class Work:
    """Solves problems one after another, writes each result as it comes, keeps the codes."""

    def __init__(self, session: Session, options: dict[str, Any]) -> None:
        from gdcli.report.files import check_output

        self._session = session
        self._options = options
        self._results: list[Result] = []
        self._codes: list[int] = []
        self._output = Path(options["output"]) if "output" in options else None
        self._trace = Path(options["trace"]) if "trace" in options else None
        if self._output is not None:
            check_output(self._output, (".json", ".npz"))
        if self._trace is not None:
            check_output(self._trace, (".jsonl", ".csv"))

    def solve(self, raw: RawProblem, overrides: RawProblem | None) -> None:
        """Solve one problem and write its result."""
        from gdcli.report.files import TraceWriter
        from gdcli.report.progress import Progress
        from gdcli.solving.solve import solve_raw

        first = not self._codes
        deadline = self._session.deadline
        if not first:  # each problem of a file has a time limit of its own
            deadline = Deadline()
            deadline.interrupt(self._session.deadline.interrupted_by)
            self._session.deadline = deadline
        progress = Progress() if not (self._session.json or self._session.quiet) else None
        trace = None if self._trace is None else TraceWriter(self._trace, append=not first)
        observers = [observer for observer in (progress, trace) if observer is not None]
        try:
            result = solve_raw(
                raw,
                overrides,
                deadline=deadline,
                observers=observers,
                history=not (self._session.json or self._session.quiet),
                every_row=bool(self._options.get("verbose")),
            )
        finally:
            if progress is not None:
                progress.close()
            if trace is not None:
                trace.close()
        self._results.append(result)
        self._codes.append(exit_codes.of_result(result))
        self._write(result)

    def finish(self) -> int:
        """Write `-o`, and return the exit code of all that was solved."""
        if self._output is not None:
            from gdcli.report.files import save_result

            save_result(self._results, self._output)
        return exit_codes.of_results(self._codes)

    def _write(self, result: Result) -> None:
        session = self._session
        if session.json:
            from gdcli.report.files import write_json_line

            sys.stdout.write(write_json_line(result.to_dict()) + "\n")
            sys.stdout.flush()
            return
        from gdcli.report.answer import answer_lines
        from gdcli.report.page import is_terminal, width_of, write

        if result.errors:
            from gdcli.report.faults import fault_lines

            write(fault_lines(result.errors, width=width_of(sys.stderr)), sys.stderr)
        session.tell(result.warnings)
        lines = answer_lines(
            result,
            exact=not is_terminal(sys.stdout),
            width=width_of(sys.stdout),
            quiet=session.quiet,
            verbose=bool(self._options.get("verbose")),
        )
        write(lines)
        session.hint(result.hints)
