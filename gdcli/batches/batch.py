"""A batch from beginning to end: tasks out to workers, results into the store and on, in order."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import field
from typing import Any, Protocol

from gdcli import __version__
from gdcli.batches.identity import key_of
from gdcli.batches.order import InOrder
from gdcli.batches.outcome import outcome_of
from gdcli.batches.plan import Plan, Shard, Task
from gdcli.batches.pool import Done, Limits, Pool
from gdcli.batches.store import Place, Store
from gdcli.records import dataclass


class Sink(Protocol):
    """What takes results in input order."""

    def take(self, done: Done) -> None:
        """Take a result."""


@dataclass(slots=True)
class Tally:
    """How far a batch has come.

    Attributes:
        begun: How many tasks were read.
        done: How many results there are, in whatever order they came.
        stored: How many of them the store had already.
        outcomes, statuses: How many of each among those that were handed on.
        running: How many problems are being solved.
    """

    begun: int = 0
    done: int = 0
    stored: int = 0
    failed: int = 0
    running: int = 0
    outcomes: dict[str, int] = field(default_factory=dict)
    statuses: dict[str, int] = field(default_factory=dict)

    def hand_on(self, result: Mapping[str, Any]) -> str:
        """Count a result that is handed on; return what it counts as."""
        outcome = outcome_of(result)
        status = str(result["status"])
        self.outcomes[outcome] = self.outcomes.get(outcome, 0) + 1
        self.statuses[status] = self.statuses.get(status, 0) + 1
        return outcome


@dataclass(slots=True)
class Batch:
    """What to run, and how.

    Attributes:
        overrides: What the command line gives on top of every problem, the grid aside.
        store, resume: Where results are kept, and whether those that it has are solved again.
        fail_fast: Whether the first failure in input order is the last result.
        tick: Called at least ten times a second.
    """

    plan: Plan
    overrides: Mapping[str, Any]
    workers: int
    limits: Limits = field(default_factory=Limits)
    shard: Shard = field(default_factory=Shard)
    store: Store | None = None
    resume: bool = False
    fail_fast: bool = False
    tick: Callable[[Tally], None] = lambda _: None
    tally: Tally = field(default_factory=Tally)
    _places: dict[int, Place] = field(default_factory=dict)

    def run(self, sinks: Iterable[Sink], stop: Callable[[], bool]) -> bool:
        """Solve everything; return False if it was stopped before the end.

        Args:
            sinks: Take every result in input order.
            stop: Asked often; when it says so, what is running is ended without result.

        Raises:
            GdError: The store or a sink cannot be written, workers cannot be started.
        """
        order = InOrder()
        ended = False
        sinks = tuple(sinks)
        pool = Pool(self._tasks(order), self.overrides, self.workers, self.limits, order.may_begin)
        results = pool.results(lambda: ended or stop())
        try:
            for done in results:
                self.tally.running = pool.running
                self.tick(self.tally)
                if done is None:
                    continue
                self._keep(done)
                if ended:
                    continue  # what was under way is kept, and no more is handed on
                for ready in order.take(done):
                    outcome = self.tally.hand_on(ready.result)
                    for sink in sinks:
                        sink.take(ready)
                    if self.fail_fast and outcome != "solved":
                        ended = True
                        break
        finally:
            results.close()
        return ended or not stop()

    def _keep(self, done: Done) -> None:
        """Write a result to the store, whatever its turn."""
        where = self._places.pop(done.task.position, None)
        self.tally.done += 1
        self.tally.stored += done.stored
        self.tally.failed += outcome_of(done.result) != "solved"
        if self.store is not None and where is not None and not done.stored:
            raw = done.task.raw
            problem = {
                "fields": dict(raw.fields),
                "defaults": dict(raw.defaults.fields) if raw.defaults else None,
                "file": raw.file,
                "overrides": dict(self.overrides),
                "point": dict(done.task.point),
            }
            self.store.put(where, problem, done.result, done.text)

    def _tasks(self, order: InOrder) -> Iterator[Task | Done | None]:
        """Yield what is to be solved, and what the store has already."""
        for task in self.plan:
            if self.fail_fast and self.tally.failed:
                return  # the first failure in input order has been begun
            if task is None:
                yield None
                continue
            place = self._place(task)
            if not self.shard.has(task.position):
                continue
            order.begin(task.position)
            self.tally.begun += 1
            if place is not None:
                self._places[task.position] = place
                known = self.store.find(place) if self.store and self.resume else None
                if known is not None:
                    yield Done(task, known, json.loads(known), stored=True)
                    continue
            yield task

    def _place(self, task: Task) -> Place | None:
        """Return where the task's result belongs in the store. All shards count alike."""
        if self.store is None:
            return None
        options = {**self.overrides, **task.point, "memory_limit": self.limits.memory}
        if task.faults:
            key = f"error {__version__} {task.raw.sha256 or task.place}"
        else:
            key = key_of(task.raw, options)
        return Place(
            key,
            self.store.occurrence(key),
            task.place,
            task.position,
            task.raw.name,
            task.raw.file,
            task.raw.line,
            json.dumps(dict(task.point), ensure_ascii=False),
        )
