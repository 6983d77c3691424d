"""`gd batch` against a loop through the Python API, and against independent processes.

    python benchmarks/batch.py            10,000 small problems, some minutes
    python benchmarks/batch.py --smoke    a few, to see that it runs

Everything is measured in interleaved rounds and reported as ratios of medians within this run:

- gain of two workers over one, beside the gain of two independent processes over one;
- overhead of a problem in a batch (one worker, with a store) over the loop through the API;
- the largest memory of any process of a batch, for many problems and for four times as many.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median
from time import perf_counter

THREADS = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")
LOOP = """
import sys, gdcli
for line in open(sys.argv[1]):
    gdcli.minimize(line.strip(), cache=False)
"""
SHAPES = (
    "(x - {a})**2 + {b}*(y - {c})**2",
    "({a} - x)**2 + {b}*(y - x**2)**2",
    "exp(x - {a}) + exp({b} - x) + (y - {c})**2",
    "log(1 + (x - {a})**2) + {b}*y**2 + {c}*(z - 1)**2",
)


def formulas(many: int) -> list[str]:
    """Return small problems, no two alike."""
    return [
        SHAPES[k % len(SHAPES)].format(a=1 + k % 97 / 50, b=1 + k % 89 / 40, c=k * 1e-4)
        for k in range(many)
    ]


def written(folder: Path, name: str, lines: list[str]) -> Path:
    """Write lines to a file."""
    path = folder / name
    path.write_text("".join(line + "\n" for line in lines))
    return path


def loop(path: Path) -> subprocess.Popen[bytes]:
    """Start a loop through the Python API."""
    environment = {**os.environ, **dict.fromkeys(THREADS, "1")}
    return subprocess.Popen([sys.executable, "-c", LOOP, str(path)], env=environment)


def timed_loops(*paths: Path) -> float:
    """Return the seconds that loops take side by side."""
    began = perf_counter()
    running = [loop(path) for path in paths]
    for process in running:
        assert process.wait() == 0
    return perf_counter() - began


def timed_batch(path: Path, workers: int, store: Path | None = None) -> tuple[float, int]:
    """Return the seconds of a batch, and the memory of its largest process in bytes."""
    words = [sys.executable, "-m", "gdcli", "batch", "-", "-q", "--no-cache"]
    words += ["--workers", str(workers)]
    if store is not None:
        words += ["--store", str(store)]
    began = perf_counter()
    with path.open("rb") as stream:
        process = subprocess.Popen(words, stdin=stream, stdout=subprocess.DEVNULL)
        _, status, usage = os.wait4(process.pid, 0)
    seconds = perf_counter() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, process.returncode
    return seconds, usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def main(many: int, rounds: int) -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        lines = formulas(many)
        whole = written(folder, "all", lines)
        few = written(folder, "few", lines[: many // 10])
        halves = [written(folder, f"half{k}", lines[k::2]) for k in (0, 1)]
        times: dict[str, list[float]] = {}
        for turn in range(rounds):
            store = folder / f"{turn}.db"
            for label, seconds in (
                ("loop", timed_loops(whole)),
                ("loop, few", timed_loops(few)),
                ("two loops", timed_loops(*halves)),
                ("one worker", timed_batch(whole, 1)[0]),
                ("one worker, few", timed_batch(few, 1)[0]),
                ("two workers", timed_batch(whole, 2)[0]),
                ("one worker, store", timed_batch(whole, 1, store)[0]),
            ):
                times.setdefault(label, []).append(seconds)
        middle = {label: median(seconds) for label, seconds in times.items()}
        for label, seconds in middle.items():
            print(f"{label:<20} {seconds:8.2f} s")
        fresh = many - many // 10
        each_loop = (middle["loop"] - middle["loop, few"]) / fresh
        each = (middle["one worker"] - middle["one worker, few"]) / fresh
        stored = each + (middle["one worker, store"] - middle["one worker"]) / many
        own, independent = (
            middle["one worker"] / middle["two workers"],
            middle["loop"] / middle["two loops"],
        )
        print(f"a problem: loop {each_loop * 1e3:.2f} ms, batch {each * 1e3:.2f} ms, "
              f"with a store {stored * 1e3:.2f} ms")  # fmt: skip
        print(f"overhead over the loop: {each / each_loop - 1:.2f}, "
              f"with a store {stored / each_loop - 1:.2f} (at most 0.3)")  # fmt: skip
        print(f"gain of two: workers {own:.2f}, independent processes {independent:.2f}, "
              f"ratio {own / independent:.2f} (at least 0.9)")  # fmt: skip
        _, small = timed_batch(whole, 2)
        _, large = timed_batch(written(folder, "more", lines * 4), 2)
        print(f"largest process: {small / 1e6:.0f} MB for {many:,} problems, "
              f"{large / 1e6:.0f} MB for {4 * many:,}")  # fmt: skip


if __name__ == "__main__":
    if "--smoke" in sys.argv:
        main(40, 1)
    else:
        main(int(next((w for w in sys.argv[1:] if w.isdigit()), "10000")), 3)
