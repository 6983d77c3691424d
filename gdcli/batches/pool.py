"""The workers and what they do: one loop that sends problems, reads results and ends what hangs.

Whatever happens to a worker happens to the one problem that it was solving. A problem is sent when
a worker is free and not before, so that there is never a doubt which one that was.
"""

from __future__ import annotations

import contextlib
import json
import selectors
from collections import deque
from collections.abc import Callable, Generator, Iterator, Mapping
from time import monotonic
from typing import Any

from gdcli.batches import guard
from gdcli.batches.outcome import ended_from_outside, unreadable
from gdcli.batches.plan import Task, fields_in_force, time_limit_of
from gdcli.batches.process import Worker
from gdcli.batches.wire import encode
from gdcli.batches.worker import READY
from gdcli.diagnostics import Diagnostic
from gdcli.errors import GdError
from gdcli.records import dataclass

TICK = 0.1
"""How often limits are looked at, in seconds."""

_POLL = 0.02
_STARTS = 3


@dataclass(frozen=True, slots=True)
class Done:
    """A result. `text` is its JSON as the worker wrote it; `result` the same, read."""

    task: Task
    text: str
    result: dict[str, Any]
    stored: bool = False


@dataclass(frozen=True, slots=True)
class Limits:
    """What each problem may use, beside its own time limit.

    Attributes:
        memory: Bytes; None for what the machine has.
    """

    memory: int | None = None

    @staticmethod
    def grace(limit: float) -> float:
        """Return how long after its time limit a problem is ended from outside, in seconds."""
        return min(10.0, max(1.0, 0.25 * limit))


class Pool:
    """Workers that are started when there is something for them, and started anew when they die.

    Args:
        tasks: What to solve; None where the next is not there yet.
        overrides: What the command line gives on top of every problem.
        workers: How many processes.
        may_begin: Whether further problems may be begun now (bounded look-ahead).
    """

    def __init__(
        self,
        tasks: Iterator[Task | Done | None],
        overrides: Mapping[str, Any],
        workers: int,
        limits: Limits,
        may_begin: Callable[[], bool],
    ) -> None:
        self._tasks = tasks
        self._overrides = overrides
        self._most = workers
        self._limits = limits
        self._may_begin = may_begin
        self._workers: dict[int, Worker] = {}
        self._running: dict[int, tuple[Task, float | None]] = {}
        self._waiting: deque[tuple[Task, bytes, float | None]] = deque()
        self._finished: deque[Done] = deque()
        self._exhausted = False
        self._starved = False
        self._failed_starts = 0
        self._selector = selectors.DefaultSelector()
        self._next_look = 0.0

    @property
    def running(self) -> int:
        """How many problems are being solved."""
        return len(self._running)

    def results(self, stop: Callable[[], bool]) -> Generator[Done | None, None, None]:
        """Yield results as they come, and None at least every `TICK` seconds.

        Ends when everything is solved, or `stop` says so; what runs then is ended without result.

        Raises:
            GdError: Workers cannot be started.
        """
        try:
            while not stop():
                self._fill()
                self._send()
                while self._finished:
                    yield self._finished.popleft()
                if self._exhausted and not self._waiting and not self._running:
                    return
                self._listen()
                yield None
        finally:
            self.close()

    def close(self) -> None:
        """End all workers."""
        for worker in list(self._workers.values()):
            self._drop(worker)
        self._selector.close()

    def _fill(self) -> None:
        """Keep a few problems ready to be sent, so that no worker waits for a file to be read."""
        self._starved = False
        most = 2 * self._most
        while (
            not self._exhausted
            and len(self._waiting) + len(self._finished) < most
            and self._may_begin()
        ):
            try:
                task = next(self._tasks)
            except StopIteration:
                self._exhausted = True
                return
            if task is None:
                self._starved = True
                return
            if isinstance(task, Done):
                self._finished.append(task)
            elif task.faults:
                self._finished.append(_done(task, unreadable(task.raw, task.faults).to_dict()))
            else:
                limit = time_limit_of(fields_in_force(task.raw, self._overrides, task.point))
                self._waiting.append((task, request_of(task), limit))

    def _send(self) -> None:
        """Give free workers something to do; start workers while there are too few."""
        free = [w for w in self._workers.values() if w.ready and w.task is None]
        while self._waiting and free:
            task, request, limit = self._waiting.popleft()
            worker = free.pop()
            self._running[task.position] = (task, limit)
            worker.send(task.position, request)
            self._watch(worker)
        starting = sum(not worker.ready for worker in self._workers.values())
        wanted = min(self._most, len(self._running) + len(self._waiting))
        while len(self._workers) < wanted and starting < len(self._waiting):
            try:
                worker = Worker(self._overrides, self._limits.memory)
            except OSError as error:
                why = error.strerror or str(error)
                raise GdError(Diagnostic("workers", f"cannot start a worker: {why}")) from None
            self._workers[worker.output] = worker
            self._selector.register(worker.output, selectors.EVENT_READ, worker)
            starting += 1

    def _watch(self, worker: Worker) -> None:
        """Wake up also when a worker's pipe takes more of a long problem."""
        with contextlib.suppress(KeyError):
            self._selector.unregister(worker.input)
        if worker.unsent:
            self._selector.register(worker.input, selectors.EVENT_WRITE, worker)

    def _listen(self) -> None:
        idle = not self._workers and not self._starved  # nothing that could report
        waiting = 0.0 if self._finished or idle else _POLL if self._starved else TICK
        for event, ready in self._selector.select(waiting):
            worker: Worker = event.data
            if ready & selectors.EVENT_WRITE:
                worker.flush()
                self._watch(worker)
            elif worker.output in self._workers:
                self._read(worker)
        now = monotonic()
        if now >= self._next_look:
            self._next_look = now + TICK
            self._enforce(now)

    def _read(self, worker: Worker) -> None:
        lines = worker.lines()
        if lines is None:
            self._died(worker)
            return
        for line in lines:
            if line + b"\n" == READY:
                worker.ready = True
                self._failed_starts = 0
                continue
            number, _, text = line.partition(b" ")
            task, _ = self._running.pop(int(number))
            worker.task = None
            self._finished.append(done_of(task, text.decode("ascii")))
            self._send()  # before anything else: the worker waits

    def _died(self, worker: Worker) -> None:
        worker.wait_briefly()
        number, was_ready = worker.task, worker.ready
        seconds = monotonic() - worker.began
        how = self._drop(worker) or "it closed its output"
        if number is not None:
            self._record(number, "crashed", f"the process died while solving this: {how}", seconds)
            return
        if was_ready:
            return  # it was idle: nothing is lost
        self._failed_starts += 1
        if self._failed_starts >= _STARTS * self._most:
            hint = "is there enough memory for the processes?"
            fault = Diagnostic("workers", f"workers die while they start: {how}", hint=hint)
            raise GdError(fault)

    def _enforce(self, now: float) -> None:
        """End what is over a limit."""
        busy = [worker for worker in self._workers.values() if worker.task is not None]
        for worker in busy:
            assert worker.task is not None
            seconds = now - worker.began
            _, limit = self._running[worker.task]
            if limit is not None and seconds > limit + Limits.grace(limit):
                message = (
                    f"ended from outside after {seconds:.3g} s: the time limit of {limit:g} s "
                    "had passed within one evaluation or one step of derivation"
                )
                self._end(worker, "time_limit", message, seconds)
            elif self._limits.memory is not None and worker.resident() > self._limits.memory:
                size = guard.size_text(self._limits.memory)
                message = f"ended from outside: it took more memory than the limit of {size}"
                self._end(worker, "memory_limit", message, seconds)
        self._protect_machine(now)

    def _protect_machine(self, now: float) -> None:
        """End the largest problem before the machine runs out of memory."""
        left = guard.available()
        if left is None or left > guard.RESERVE:
            return
        busy = [worker for worker in self._workers.values() if worker.task is not None]
        worker = max(busy, key=Worker.resident, default=None)
        if worker is not None and worker.resident() > guard.LARGE:
            size = guard.size_text(worker.resident())
            message = f"ended from outside at {size}: the machine was running out of memory"
            self._end(worker, "memory_limit", message, now - worker.began)

    def _end(self, worker: Worker, status: str, message: str, seconds: float) -> None:
        number = worker.task
        assert number is not None
        self._drop(worker)
        self._record(number, status, message, seconds)

    def _record(self, number: int, status: str, message: str, seconds: float) -> None:
        task, _ = self._running.pop(number)
        merged = fields_in_force(task.raw, self._overrides, task.point)
        result = ended_from_outside(task.raw, merged, status, message, seconds)
        self._finished.append(_done(task, result.to_dict()))

    def _drop(self, worker: Worker) -> str:
        del self._workers[worker.output]
        for stream in (worker.output, worker.input):
            with contextlib.suppress(KeyError):
                self._selector.unregister(stream)
        return worker.end()


def request_of(task: Task) -> bytes:
    """Return the line that asks a worker to solve a task."""
    raw = task.raw
    return encode(
        {
            "id": task.position,
            "fields": dict(raw.fields),
            "defaults": None if raw.defaults is None else dict(raw.defaults.fields),
            "file": raw.file,
            "index": raw.index,
            "line": raw.line,
            "sha256": raw.sha256,
            "name": raw.default_name,
            "text": task.text,
            "point": dict(task.point),
        }
    )


def done_of(task: Task, text: str) -> Done:
    """Return the result of a task from its JSON."""
    return Done(task, text, json.loads(text))


def _done(task: Task, result: dict[str, Any]) -> Done:
    return Done(task, json.dumps(result, ensure_ascii=True, allow_nan=False), result)
