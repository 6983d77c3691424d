"""Start-up: whole processes against `import numpy, sympy`, in turn, medians of ratios.

    python benchmarks/startup.py [--smoke]

Bytecode is compiled first; times are CPU seconds of the finished process (user and system).
"""

from __future__ import annotations

import compileall
import os
import resource
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

ROSENBROCK = "100*(y - x**2)**2 + (1 - x)**2"
WITH_EXP = "100*(y - x**2)**2 + (1 - x)**2 + exp(-x)"
LIBRARIES = (sys.executable, "-c", "import numpy, sympy")
FRONT = (sys.executable, "-c", "import typer, rich")
GD = (sys.executable, "-m", "gdcli")


def cpu_seconds(command: tuple[str, ...], environment: dict[str, str]) -> float:
    """Run a command and return the CPU time of its process."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, env=environment, check=True, stdout=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def ratio(one: tuple[str, ...], other: tuple[str, ...], runs: int, **extra: str) -> float:
    """Return the median of one/other over runs made in turn, after one of each uncounted."""
    environment = {**os.environ, **extra}
    pairs = [
        (cpu_seconds(one, environment), cpu_seconds(other, environment)) for _ in range(runs + 1)
    ]
    return statistics.median(a / b for a, b in pairs[1:])


def main() -> None:
    """Print the table."""
    runs = 1 if "--smoke" in sys.argv else 9
    compileall.compile_dir(str(Path(__file__).parents[1] / "gdcli"), quiet=2)
    with tempfile.TemporaryDirectory() as folder:
        cached = {"GD_CACHE_DIR": folder}
        fresh = {"GD_NO_CACHE": "1"}
        rows = [
            ("gd --version / import typer, rich", 1.3,
             ratio((*GD, "--version"), FRONT, runs)),
            ("gd minimize Rosenbrock, first time", 1.5,
             ratio((*GD, "minimize", ROSENBROCK), LIBRARIES, runs, **fresh)),
            ("the same with exp, which SymPy derives", 1.5,
             ratio((*GD, "minimize", WITH_EXP), LIBRARIES, runs, **fresh)),
            ("gd minimize Rosenbrock, cached", 0.75,
             ratio((*GD, "minimize", ROSENBROCK), LIBRARIES, runs, **cached)),
            ("the same with exp, cached", 0.75,
             ratio((*GD, "minimize", WITH_EXP), LIBRARIES, runs, **cached)),
        ]  # fmt: skip
    print("whole processes, × import numpy, sympy unless said    wanted")
    for name, wanted, found in rows:
        print(f"{name:45s} {found:6.2f}   ≤ {wanted}")


if __name__ == "__main__":
    main()
