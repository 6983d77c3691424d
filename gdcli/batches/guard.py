"""What a problem may use: a limit on memory, and the machine's own."""

from __future__ import annotations

import os
import re
from pathlib import Path

from gdcli.diagnostics import Diagnostic
from gdcli.errors import UsageError

_UNITS = {"": 1, "b": 1, "k": 10**3, "m": 10**6, "g": 10**9, "t": 10**12,
          "ki": 2**10, "mi": 2**20, "gi": 2**30, "ti": 2**40}  # fmt: skip
_SIZE = re.compile(r"\s*([0-9]+(?:\.[0-9]*)?|\.[0-9]+)\s*([kmgt]i?|)b?\s*", re.I)
LEAST = 200_000_000
"""Below this a worker could not even import what it needs."""

RESERVE = 300_000_000
"""With less memory left on the machine, the problem that holds most is ended; in bytes."""

LARGE = 700_000_000
"""A process that holds less is not to blame for that."""


def read_memory(text: str) -> int:
    """Return the bytes of `2GB`, `500MB`, `1.5GiB` or a bare number of bytes.

    Raises:
        UsageError: It is no size, or less than a worker needs.
    """
    match = _SIZE.fullmatch(text)
    if match is None:
        raise UsageError(
            Diagnostic("usage", f"`--memory-limit` takes a size such as 2GB or 500MB: `{text}`")
        )
    size = int(float(match.group(1)) * _UNITS[match.group(2).lower()])
    if size < LEAST:
        message = f"`--memory-limit` is at least {LEAST // 10**6}MB: gd itself needs as much"
        raise UsageError(Diagnostic("usage", message))
    return size


def size_text(size: float) -> str:
    """Return a size as a person writes it."""
    for unit, name in ((10**9, "GB"), (10**6, "MB"), (10**3, "kB")):
        if size >= unit:
            return f"{size / unit:.3g} {name}"
    return f"{size:.0f} bytes"


def available() -> int | None:
    """Return the memory that is left for this process and its workers; None if unknown (Linux)."""
    free: list[int] = []
    try:
        text = Path("/proc/meminfo").read_text("ascii")
        match = re.search(r"^MemAvailable:\s+(\d+) kB", text, re.M)
        if match:
            free.append(int(match.group(1)) * 1024)
    except (OSError, ValueError):
        pass
    root = Path("/sys/fs/cgroup")
    try:
        most = (root / "memory.max").read_text("ascii").strip()
        if most.isdigit():
            used = int((root / "memory.current").read_text("ascii"))
            cached = re.search(
                r"^inactive_file (\d+)", (root / "memory.stat").read_text("ascii"), re.M
            )
            free.append(int(most) - used + (int(cached.group(1)) if cached else 0))
    except (OSError, ValueError):
        pass
    return min(free) if free else None


def processors() -> int:
    """Return how many processors this process may use, a container's share counted."""
    count = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    try:
        quota, period = Path("/sys/fs/cgroup/cpu.max").read_text("ascii").split()
        if quota != "max":
            count = min(count or 1, max(1, int(quota) // int(period)))
    except (OSError, ValueError):
        pass
    return max(1, count or 1)


def read_workers(text: str) -> int:
    """Return the number of `--workers 4` or `--workers auto`.

    Raises:
        UsageError: It is neither.
    """
    if text.strip().lower() == "auto":
        return processors()
    if text.strip().isdigit() and 1 <= int(text) <= 1024:
        return int(text)
    raise UsageError(Diagnostic("usage", f"`--workers` takes a number from 1, or auto: `{text}`"))
