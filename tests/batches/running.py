"""Runs the real command line, as a shell would."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

COMMAND = [sys.executable, "-m", "gdcli"]


def environment(folder: Path, **more: str) -> dict[str, str]:
    """Return the environment of a run: a cache of its own, nothing of a CI around it."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith("GITHUB_")}
    root = str(Path(__file__).resolve().parents[2])
    path = os.pathsep.join(part for part in (root, kept.get("PYTHONPATH", "")) if part)
    return {**kept, "GD_NO_CACHE": "1", "PYTHONPATH": path, "HOME": str(folder), **more}


def gd(
    folder: Path, *words: str, text: str | bytes = b"", code: int | None = None, **more: str
) -> subprocess.CompletedProcess[str]:
    """Run `gd` in a folder; check its exit code where one is given."""
    sent = text.encode() if isinstance(text, str) else text
    ran = subprocess.run(
        [*COMMAND, *words],
        cwd=folder,
        input=sent,
        capture_output=True,
        env=environment(folder, **more),
        timeout=120,
        check=False,
    )
    out, err = ran.stdout.decode(), ran.stderr.decode()
    assert "Traceback" not in err, err
    if code is not None:
        assert ran.returncode == code, f"exit {ran.returncode}\n{out}\n{err}"
    return subprocess.CompletedProcess(ran.args, ran.returncode, out, err)


def results(output: str) -> list[dict[str, Any]]:
    """Return the objects of JSON lines."""
    return [json.loads(line) for line in output.splitlines()]


def bowls(many: int) -> str:
    """Return lines of formulas, each with its minimum at (k, 1)."""
    return "".join(f"(x - {k})**2 + {k % 7 + 1}*(y - 1)**2\n" for k in range(many))
