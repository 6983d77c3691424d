"""One worker as the batch sees it: started, sent a problem, read from, ended."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from time import monotonic
from typing import IO, Any

from gdcli.batches.wire import encode

_THREADS = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")
_ROOT = str(Path(__file__).resolve().parents[2])
# `-P` keeps the working folder off the path: a `numpy.py` lying there must not be run.
_ENTRY = (
    "import sys; root = sys.argv[1]; root in sys.path or sys.path.insert(0, root); "
    "from gdcli.batches.worker import main; main()"
)
_READ = 1 << 18
_PIPE_BYTES = 1 << 20


class Worker:
    """A process that solves one problem at a time.

    Attributes:
        ready: Whether everything is imported.
        task: The number of the problem that it was sent; None while it has none.
        began: When that was, by `monotonic`.
    """

    def __init__(self, overrides: Mapping[str, Any], memory_limit: int | None) -> None:
        environment = {**os.environ, **dict.fromkeys(_THREADS, "1")}
        self._errors: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 (closed by `end`)
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-W", "ignore", "-c", _ENTRY, _ROOT],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            env=environment,
            start_new_session=True,  # Ctrl-C on the terminal reaches the batch alone
            bufsize=0,
        )
        assert self._process.stdin is not None and self._process.stdout is not None
        self.input = self._process.stdin.fileno()
        self.output = self._process.stdout.fileno()
        os.set_blocking(self.input, False)
        os.set_blocking(self.output, False)
        self.pid = self._process.pid
        self.ready = False
        self.task: int | None = None
        self.began = monotonic()
        self._unsent = bytearray()
        self._unread = bytearray()
        self._search = 0
        self.send_message({"overrides": overrides, "limit": memory_limit})

    def send(self, number: int, request: bytes) -> None:
        """Send a problem; `flush` may be needed for the rest of it."""
        self.task = number
        self.began = monotonic()
        self._unsent += request
        self.flush()

    def send_message(self, message: Mapping[str, Any]) -> None:
        """Send what is no problem."""
        self._unsent += encode(dict(message))
        self.flush()

    @property
    def unsent(self) -> bool:
        """Whether a part of a problem waits for the pipe."""
        return bool(self._unsent)

    def flush(self) -> None:
        """Send as much as the pipe takes."""
        while self._unsent:
            try:
                sent = os.write(self.input, memoryview(self._unsent)[:_PIPE_BYTES])
            except BlockingIOError:
                return
            except OSError:  # it died: reading will tell
                self._unsent.clear()
                return
            del self._unsent[:sent]

    def lines(self) -> Iterator[bytes] | None:
        """Return the whole lines that have come; None at the end of its output."""
        ended = False
        while True:
            try:
                part = os.read(self.output, _READ)
            except BlockingIOError:
                break
            except OSError:
                part = b""
            if not part:
                ended = True
                break
            self._unread += part
        found = self._whole_lines()
        return None if ended and not found else iter(found)

    def _whole_lines(self) -> list[bytes]:
        found = []
        while (end := self._unread.find(b"\n", self._search)) >= 0:
            found.append(bytes(self._unread[:end]))
            del self._unread[: end + 1]
            self._search = 0
        self._search = len(self._unread)
        return found

    def resident(self) -> int:
        """Return the memory that it holds, in bytes; 0 where that cannot be known."""
        try:
            with open(f"/proc/{self.pid}/statm", "rb") as file:
                return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
        except (OSError, ValueError, IndexError):
            return 0

    def end(self) -> str:
        """End the process, wherever it is; return how it had ended if it had, in words."""
        code = self._process.poll()
        if code is None:
            self._process.kill()
            self._process.wait()
        for stream in (self._process.stdin, self._process.stdout):
            assert stream is not None
            stream.close()
        words = "" if code is None else _ending(code, self._last_words())
        self._errors.close()
        return words

    def wait_briefly(self) -> None:
        """Give a process whose output has ended the time to end itself."""
        try:
            self._process.wait(2.0)
        except subprocess.TimeoutExpired:
            return

    def _last_words(self) -> str:
        """Return the last line of what it wrote to standard error."""
        size = self._errors.seek(0, os.SEEK_END)
        self._errors.seek(max(0, size - 2000))
        lines = self._errors.read().decode("utf-8", "replace").strip().splitlines()
        return lines[-1].strip()[:200] if lines else ""


def _ending(code: int, last_words: str) -> str:
    if code < 0:
        try:
            name = signal.Signals(-code).name
        except ValueError:
            name = f"signal {-code}"
        described = signal.strsignal(-code) if -code < signal.NSIG else None
        return f"{described} ({name})" if described else name
    return f"exit code {code}" + (f": {last_words}" if last_words else "")
