"""What the program shows on a real terminal: widths, colours, the live line."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import GD

pty = pytest.importorskip("pty")

Terminal = Callable[..., str]
_CODES = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")


@pytest.fixture
def terminal(cache_folder: Path) -> Terminal:
    """Run the program on a pseudo-terminal; return everything that it wrote."""

    def run(*argv: str, width: int, seconds: float | None = None, **variables: str) -> str:
        environment = {k: v for k, v in os.environ.items() if k not in ("NO_COLOR", "COLUMNS")}
        ours_too = {"GD_CACHE_DIR": str(cache_folder), "COLUMNS": str(width), "TERM": "xterm"}
        environment.update({**ours_too, **variables})
        ours, theirs = pty.openpty()
        child = subprocess.Popen(
            [str(GD), *argv],
            stdin=subprocess.DEVNULL, stdout=theirs, stderr=theirs, env=environment,
        )  # fmt: skip
        os.close(theirs)
        if seconds is not None:
            time.sleep(seconds)
            child.send_signal(signal.SIGINT)
        parts = []
        while True:
            try:
                part = os.read(ours, 65536)
            except OSError:
                break
            if not part:
                break
            parts.append(part)
        os.close(ours)
        child.wait(timeout=60)
        return b"".join(parts).decode().replace("\r\n", "\n")

    return run


LINE = (
    "minimize", "(alpha-1)**2 + 3*(beta+2)**2 + 0*alpha", "--method", "gd",
    "--learning-rate", "0.1", "--start", "alpha=4,beta=-3",
)  # fmt: skip


@pytest.mark.parametrize("width", [60, 200])
def test_nothing_is_wider_than_the_terminal(terminal: Terminal, width: int) -> None:
    for line in (LINE, ("methods",), ("methods", "adam"), ("help", "saddle"), ("minimize", "x y")):
        shown = _CODES.sub("", terminal(*line, width=width))
        rows = shown.split("\n")
        assert max(map(len, rows)) <= width, line
        assert len(rows) > 2


def test_colour_only_where_it_is_wanted(terminal: Terminal) -> None:
    coloured = terminal(*LINE, "-q", width=100)
    assert re.search(r"\x1b\[[0-9;]*32m", coloured), "the good word is green"
    plain = terminal(*LINE, "-q", width=100, NO_COLOR="1")
    assert not re.search(r"\x1b\[[0-9;]*3[0-7]m", plain)
    assert _CODES.sub("", coloured) == _CODES.sub("", plain)
    assert "\x1b" not in terminal(*LINE, "-q", width=100, TERM="dumb")


def test_the_live_line_comes_after_half_a_second_and_goes(terminal: Terminal) -> None:
    line = (
        "minimize", "(1-x)^2 + 100*(y-x^2)^2", "--method", "gd", "--learning-rate", "1e-9",
        "--max-iter", "1000000000", "--start", "x=-1.2,y=1",
    )  # fmt: skip
    shown = terminal(*line, width=100, seconds=2.5)
    live = re.findall(r"\r(  [^\r\x1b]*)\x1b\[K", shown)
    assert live, "something is shown while it runs"
    assert any(re.match(r"  iteration [\d,]+   f = \d", text) for text in live), live
    left = re.sub(r"\r[^\n\r]*\x1b\[K", "", shown)
    assert "\r" not in left, "the line is taken away"
    assert "interrupted" in left
    assert "\r" not in terminal(*LINE, width=100), "a quick solve shows none"
