"""Two ways to run a command line: in this process, and by the installed program."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

GD = Path(sys.executable).parent / "gd"


@dataclass(frozen=True)
class Ended:
    """How a command line ended."""

    code: int
    out: str
    err: str

    @property
    def object(self) -> dict[str, Any]:
        """The one JSON object on standard output; NaN and infinity are no JSON."""

        def refuse(word: str) -> None:
            raise AssertionError(f"{word} is no JSON")

        assert self.out.count("\n") == 1, self.out
        found = json.loads(self.out, parse_constant=refuse)
        assert isinstance(found, dict)
        return found


Runner = Callable[..., Ended]


@pytest.fixture(scope="session")
def cache_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture
def gd(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, cache_folder: Path
) -> Iterator[Runner]:
    """Run a command line in this process, which is quick; signals and environment are restored."""
    from gdcli.cli import main

    for name in main._THREADS:
        monkeypatch.setenv(name, "1")
    monkeypatch.setenv("GD_CACHE_DIR", str(cache_folder))
    monkeypatch.delenv("GD_NO_CACHE", raising=False)
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {number: signal.getsignal(number) for number in numbers}

    def run(*argv: str, stdin: str | bytes = "") -> Ended:
        data = stdin.encode() if isinstance(stdin, str) else stdin
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data), "utf-8"))
        code = main.run(argv)
        out, err = capsys.readouterr()
        assert "Traceback" not in err
        return Ended(code, out, err)

    yield run
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.fixture
def program(cache_folder: Path) -> Callable[..., subprocess.Popen[str]]:
    """Start the installed program in a process of its own."""
    assert GD.exists(), "the package is not installed"

    def start(*argv: str, **options: Any) -> subprocess.Popen[str]:
        environment = {**os.environ, "GD_CACHE_DIR": str(cache_folder), **options.pop("env", {})}
        pipes = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        return subprocess.Popen(
            [str(GD), *argv], text=True, env=environment, **{**pipes, **options}
        )

    return start
