"""kill -9 at any moment, of the batch or of a worker: nothing lost, nothing twice."""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import subprocess
import time
from pathlib import Path

import pytest

from tests.batches.running import COMMAND, bowls, environment, gd

CYCLES = int(os.environ.get("GD_KILL_CYCLES", "4"))
MANY = 300 + 60 * CYCLES

pytestmark = pytest.mark.skipif(not os.path.exists("/proc/self/stat"), reason="needs Linux")


def workers_of(pid: int) -> list[int]:
    """Return the children of a process."""
    found = []
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                stat = Path(f"/proc/{entry}/stat").read_text()
            except OSError:
                continue
            if int(stat.rpartition(")")[2].split()[1]) == pid:
                found.append(int(entry))
    return found


def start(folder: Path) -> subprocess.Popen[bytes]:
    with (folder / "input").open("rb") as stream:
        return subprocess.Popen(
            [*COMMAND, "batch", "-", "--workers", "2", "--store", "s.db", "--resume", "-q"],
            cwd=folder, env=environment(folder), stdin=stream, stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )  # fmt: skip


def test_killed_and_resumed_again_and_again(tmp_path: Path) -> None:
    (tmp_path / "input").write_text(bowls(MANY))
    chance = random.Random(6)
    orphans: list[int] = []
    for cycle in range(CYCLES):
        process = start(tmp_path)
        time.sleep(chance.uniform(0.2, 2.0))
        workers = workers_of(process.pid)
        if cycle % 2 and workers:
            os.kill(chance.choice(workers), signal.SIGKILL)
            time.sleep(chance.uniform(0.0, 0.5))
        orphans.extend(workers)
        process.kill()
        process.communicate()
        with sqlite3.connect(tmp_path / "s.db") as connection:
            assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        connection.close()
    gd(tmp_path, "batch", "-", "--workers", "2", "--store", "s.db", "--resume", "-q",
       text=bowls(MANY))  # fmt: skip
    listed = gd(tmp_path, "results", "s.db", "--csv", "--all", code=0).stdout.splitlines()[1:]
    assert sorted(line.split(",")[0] for line in listed) == sorted(
        f"stdin:{k}" for k in range(1, MANY + 1)
    )
    statuses = [line.split(",")[2] for line in listed]
    assert statuses.count("crashed") <= CYCLES
    assert statuses.count("converged") == MANY - statuses.count("crashed")
    time.sleep(0.2)
    left = [pid for pid in orphans if os.path.exists(f"/proc/{pid}") and not is_zombie(pid)]
    assert not left, "workers outlived their batch"


def is_zombie(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True
