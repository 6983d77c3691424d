"""`gd batch PATH...`: many problems, in worker processes, with a store and reports."""

from __future__ import annotations

import contextlib
import os
import sys
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any

from gdcli.cli import exit_codes
from gdcli.cli.exit_codes import Exit
from gdcli.cli.session import Session
from gdcli.cli.solving import problem_fields
from gdcli.diagnostics import Diagnostic
from gdcli.errors import FileError, UsageError

if TYPE_CHECKING:
    from gdcli.batches.batch import Batch, Tally
    from gdcli.batches.pool import Done
    from gdcli.batches.sources import Files, Lines

_OURS = frozenset({
    "workers", "store", "resume", "jsonl", "junit", "filter", "tags", "shard", "fail_fast",
    "record", "yes", "memory_limit",
})  # fmt: skip


def run(session: Session, words: tuple[str, ...], **options: Any) -> int:
    """Solve everything that the paths hold. Returns the exit code of the batch."""
    from gdcli.batches.batch import Batch
    from gdcli.batches.grid import read_grid
    from gdcli.batches.guard import processors, read_memory, read_workers
    from gdcli.batches.plan import Plan, Shard, read_selection, read_shard
    from gdcli.batches.pool import Limits
    from gdcli.batches.store import Store

    began = monotonic()
    if options.get("resume") and "store" not in options:
        message = "`--resume` needs the store to go on from"
        raise UsageError(Diagnostic("usage", message, hint="add `--store runs.db`"))
    given = {k: v for k, v in problem_fields(options).items() if k not in _OURS}
    _check_methods(given)
    grid, overrides = read_grid(given, given.pop("options", []), has_option)
    _check_values(overrides, grid.points)
    source = _source(words)
    selection = read_selection(options.get("filter"), options.get("tags"))
    limit = options.get("memory_limit")
    with contextlib.ExitStack() as closing:
        store = None
        if "store" in options:
            store = Store(Path(options["store"]))
            closing.callback(store.close)
        sinks = _Sinks(session, options, closing)
        batch = Batch(
            Plan(source, grid, selection, has_option),
            overrides,
            read_workers(options["workers"]) if "workers" in options else processors(),
            Limits(None if limit is None else read_memory(limit)),
            read_shard(options["shard"]) if "shard" in options else Shard(),
            store,
            resume=bool(options.get("resume")),
            fail_fast=bool(options.get("fail_fast")),
        )
        progress = _progress(session, batch, source, len(grid.points))
        sinks.before_line = progress
        deadline = session.deadline
        try:
            batch.run(sinks.all, lambda: bool(deadline.interrupted_by))
        finally:
            progress()
        sinks.finish()
    return _end(session, batch, source, sinks, monotonic() - began, options)


def _end(
    session: Session,
    batch: Batch,
    source: Files | Lines,
    sinks: _Sinks,
    seconds: float,
    options: dict[str, Any],
) -> int:
    """Say how it went; record if asked to; return the exit code."""
    from gdcli.report.batch import summary_lines
    from gdcli.report.page import line, write

    tally = batch.tally
    signalled = session.deadline.interrupted_by
    handed = sum(tally.outcomes.values())
    if not handed and not signalled:
        write([line("no problems found")], sys.stderr)
        return Exit.NOTHING_TO_RUN
    if not session.quiet:
        lines = summary_lines(
            tally.statuses,
            tally.outcomes,
            seconds=seconds,
            stored=tally.stored,
            skipped=source.skipped,
        )
        write(lines, sys.stderr if session.json else sys.stdout)
    if signalled:
        _say_how_to_resume(session, options)
        return exit_codes.of_signal(signalled)
    failed = tally.outcomes.get("failed", 0)
    if sinks.recorder is not None:
        from gdcli.cli.recording import record

        if record(session, sinks.recorder, yes=bool(options.get("yes"))):
            failed -= sinks.recorder.missed  # what they missed is what is expected now
    if tally.outcomes.get("error"):
        return Exit.ERROR
    return Exit.NOT_SOLVED if failed > 0 else Exit.SOLVED


def _say_how_to_resume(session: Session, options: dict[str, Any]) -> None:
    if "store" in options:
        hint = f"interrupted: every result is in {options['store']}; the same command with "
        session.hint((hint + "--resume solves what is missing",))
    else:
        session.hint(("interrupted; with `--store FILE` and `--resume` a batch can be continued",))


class _Sinks:
    """Where results go, in input order: standard output, files, GitHub."""

    def __init__(
        self, session: Session, options: dict[str, Any], closing: contextlib.ExitStack
    ) -> None:
        from gdcli.batches.record import Recorder
        from gdcli.batches.sinks import JsonLines, JUnit

        self._session = session
        self.before_line: Any = lambda: None
        self.recorder = Recorder() if options.get("record") else None
        self.all: list[Any] = [self]
        if self.recorder is not None:
            self.all.append(self.recorder)
        self._files: list[Any] = []
        for option, kind in (("jsonl", JsonLines), ("junit", JUnit)):
            if option in options:
                path = Path(options[option])
                if not path.parent.is_dir():
                    message = f"cannot write `{path}`: its folder does not exist"
                    raise FileError(Diagnostic("output", message, file=str(path)))
                sink: Any = kind(path)
                closing.callback(sink.abandon)
                self._files.append(sink)
        self.all.extend(self._files)
        self._summary: Any = None
        if os.environ.get("GITHUB_ACTIONS") == "true":
            from gdcli.batches.github import Annotations, StepSummary

            self._summary = StepSummary()
            self.all.extend([Annotations(sys.stderr), self._summary])

    def take(self, done: Done) -> None:
        """Write a result to standard output: all of it with `--json`, failures otherwise."""
        from gdcli.batches.outcome import outcome_of
        from gdcli.batches.sinks import json_line

        if self._session.json:
            sys.stdout.write(json_line(done) + "\n")
            sys.stdout.flush()
            return
        outcome = outcome_of(done.result)
        if outcome != "solved":
            from gdcli.report.batch import failure_lines
            from gdcli.report.page import write

            self.before_line()
            write(failure_lines(done.result, done.task.label, outcome))

    def finish(self) -> None:
        """Put the reports in their places."""
        for sink in self._files:
            sink.close()
        path = os.environ.get("GITHUB_STEP_SUMMARY")
        if self._summary is not None and path:
            with open(path, "a", encoding="utf-8") as file:
                file.write(self._summary.text())


def _progress(session: Session, batch: Batch, source: Files | Lines, points: int) -> Any:
    """Let the batch show how far it is; return what clears the line."""
    from gdcli.report.batch_progress import BatchProgress

    if session.quiet:
        return lambda: None
    shown = BatchProgress()

    def tick(tally: Tally) -> None:
        total = None
        if source.expected is not None:
            total = max(tally.done, -(-source.expected * points // batch.shard.n))
        shown.show(
            done=tally.done,
            failed=tally.failed,
            running=tally.running,
            fresh=tally.done - tally.stored,
            total=total,
        )

    batch.tick = tick
    return shown.clear


def _source(words: tuple[str, ...]) -> Files | Lines:
    from gdcli.batches.sources import STDIN, Files, Lines

    if STDIN not in words:
        return Files(words)
    if len(words) > 1:
        raise UsageError(Diagnostic("usage", "`-` cannot be given together with other paths"))
    return Lines(sys.stdin.buffer)


def has_option(method: str, option: str) -> bool:
    """Tell whether a method has an option.

    Raises:
        UsageError: There is no such method.
    """
    from gdcli.methods import registry

    return registry.has_option(method, option)


def _check_methods(given: dict[str, Any]) -> None:
    """Refuse unknown methods before anything is started."""
    from gdcli.methods import registry
    from gdcli.model.assignments import split_outside_brackets

    for piece in split_outside_brackets(str(given.get("method", "auto")), ","):
        if piece.text:
            registry.find(piece.text)


def _check_values(overrides: dict[str, Any], points: tuple[Any, ...]) -> None:
    """Refuse values that no problem could take, once and not with every problem."""
    from gdcli.batches.worker import overriding
    from gdcli.model.fields import read_fields

    faults: dict[str, Diagnostic] = {}
    for point in points:
        for fault in read_fields([overriding(overrides, point)]).faults:
            faults.setdefault(fault.message, fault)
    if faults:
        raise UsageError(faults.values())
