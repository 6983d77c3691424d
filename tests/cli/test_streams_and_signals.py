"""The installed program: signals, closed pipes, full disks, standard input."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from conftest import GD, Runner

Program = Callable[..., "subprocess.Popen[str]"]
# Plain descent with a step so short that it is under way until it is stopped.
ENDLESS = [
    "minimize", "(1-x)^2 + 100*(y-x^2)^2", "--method", "gd", "--learning-rate", "1e-9",
    "--max-iter", "1000000000", "--start", "x=-1.2,y=1",
]  # fmt: skip

posix = pytest.mark.skipif(os.name != "posix", reason="signals and devices of POSIX")


def wait_for_rows(file: Path, child: subprocess.Popen[str]) -> None:
    """Wait until a trace has rows: then the descent is under way."""
    for _ in range(600):
        if file.exists() and file.stat().st_size > 0:
            return
        assert child.poll() is None, child.communicate()
        time.sleep(0.05)
    raise AssertionError("no iteration within 30 s")


@posix
@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)]
)
def test_a_signal_brings_the_best_point_so_far(
    program: Program, tmp_path: Path, number: int, code: int
) -> None:
    trace = tmp_path / "rows.csv"
    child = program(*ENDLESS, "--json", "--trace", str(trace))
    wait_for_rows(trace, child)
    child.send_signal(number)
    out, err = child.communicate(timeout=30)
    assert child.returncode == code, err
    found = json.loads(out)
    assert found["status"] == "interrupted"
    assert found["stop"]["reason"] == "signal"
    assert found["value"] < 24.2
    assert set(found["at"]) == {"x", "y"}


@posix
def test_a_signal_while_starting_leaves_no_traceback(program: Program) -> None:
    child = program(*ENDLESS)
    time.sleep(0.12)
    child.send_signal(signal.SIGTERM)
    _, err = child.communicate(timeout=30)
    assert child.returncode in (-signal.SIGTERM, 143)
    assert "Traceback" not in err


@posix
def test_ctrl_c_while_deriving(program: Program) -> None:
    formula = "+".join(f"sin(x{i}*x{(7 * i + 3) % 15_000})*exp(x{i}*{i})" for i in range(15_000))
    child = program("minimize", "-", "--json", "--no-cache", stdin=subprocess.PIPE)
    assert child.stdin is not None
    child.stdin.write(formula)
    child.stdin.close()
    child.stdin = None
    time.sleep(1.0)
    child.send_signal(signal.SIGINT)
    out, err = child.communicate(timeout=30)
    assert "Traceback" not in err
    assert child.returncode in (130, -signal.SIGINT)
    if child.returncode == 130:
        assert json.loads(out)["status"] == "interrupted"


@posix
def test_the_second_signal_ends_at_once(program: Program, tmp_path: Path) -> None:
    # One evaluation of this takes far longer than the test waits.
    formula = "sum(sin(x[i]*k)^2 for i in range(20000) for k in range(4000))"
    child = program("minimize", formula, "--var", "x[20000]")
    time.sleep(2.0)
    child.send_signal(signal.SIGINT)
    time.sleep(0.2)
    child.send_signal(signal.SIGINT)
    began = time.monotonic()
    child.communicate(timeout=30)
    assert time.monotonic() - began < 3
    assert child.returncode in (-signal.SIGINT, 130)


FULL = pytest.mark.skipif(not Path("/dev/full").exists(), reason="no full device here")


@FULL
@pytest.mark.parametrize(
    "line",
    [["minimize", "x**2"], ["minimize", "x**2", "--json"], ["-h"], ["--version"], ["schema"]],
)
def test_a_full_disk_is_an_error(program: Program, line: list[str]) -> None:
    with open("/dev/full", "w") as full:
        child = program(*line, stdout=full)
        _, err = child.communicate(timeout=60)
    assert child.returncode == 2
    assert err.count("\n") == 1 and "the disk is full" in err


@posix
@pytest.mark.parametrize(
    "line", [["minimize", "x**2"], ["minimize", "x(", "--json"], ["-h"], ["--version"], ["methods"]]
)
def test_a_closed_pipe_ends_quietly(program: Program, line: list[str]) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    child = program(*line, stdout=writer)
    os.close(writer)
    _, err = child.communicate(timeout=60)
    assert (child.returncode, err) == (141, "")


def test_streams_that_are_closed() -> None:
    for line, code in (('"x**2" >&-', 2), ('"sine(x)" 2>&-', 2), ("- <&-", 2)):
        done = subprocess.run(
            ["bash", "-c", f"{GD} minimize {line}"], capture_output=True, text=True, timeout=60
        )
        assert done.returncode == code
        assert "Traceback" not in done.stderr


def test_python_dash_m(cache_folder: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "gdcli", "minimize", "x**2", "-q"],
        capture_output=True, text=True, timeout=60,
        env={**os.environ, "GD_CACHE_DIR": str(cache_folder)},
    )  # fmt: skip
    assert (done.returncode, done.stdout, done.stderr) == (0, "  minimum  f = 0  at  x = 0\n", "")


@pytest.mark.parametrize(
    ("line", "text", "shown"),
    [
        (["minimize", "-", "-q"], "(x-1)^2\n", "minimum  f = 0  at  x = 1"),
        (["solve", "-", "-q"], 'minimize = "(x-1)^2"', "stdin: minimum  f = 0  at  x = 1"),
        (["solve", "-", "-q"], '{"minimize": "(x-1)^2"}', "stdin: minimum  f = 0  at  x = 1"),
        (["gradient", "-"], "x^2", "∂f/∂x = 2*x"),
    ],
)
def test_standard_input(gd: Runner, line: list[str], text: str, shown: str) -> None:
    assert gd(*line, stdin=text).out.strip() == shown


@pytest.mark.parametrize(
    ("data", "message"),
    [(b"x^2+\xff", "not UTF-8: byte 5"), (b"", "empty"), (b"x" * 10_000_001, "longer than 10 MB")],
)
def test_standard_input_that_does_not_serve(gd: Runner, data: bytes, message: str) -> None:
    ended: Any = gd("minimize", "-", stdin=data)
    assert ended.code == 2
    assert message in ended.err
