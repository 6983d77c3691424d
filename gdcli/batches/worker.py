"""A worker's process: problems come in as lines, results go out as lines, one after another.

in    {"overrides": …, "limit": bytes or null}        once, first
      {"id", "fields", "defaults", "file", "index", "line", "sha256", "name", "text", "point"}
out   ready                                           once, when everything is imported
      ID RESULT                                       the `gd.result/1` object
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
from collections.abc import Mapping
from typing import Any, BinaryIO

from gdcli.batches.locate import LateLocator, OneFormula, Shifted, located, positions_of
from gdcli.batches.outcome import ended_from_outside
from gdcli.batches.sources import STDIN_NAME
from gdcli.batches.wire import decode
from gdcli.model.raw import Locator, RawProblem

READY = b"ready\n"


def main() -> None:
    """Serve until standard input ends."""
    for number in (signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)  # the batch decides what a Ctrl-C means
    _die_with_parent()
    requests = os.fdopen(os.dup(0), "rb", buffering=1 << 16)
    answers = os.fdopen(os.dup(1), "wb", buffering=0)
    # Nothing that prints can spoil the answers, nothing that reads can steal requests.
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 0)
    os.dup2(2, 1)
    try:
        _serve(requests, answers)
    except (BrokenPipeError, KeyboardInterrupt):
        os._exit(0)


def _serve(requests: BinaryIO, answers: BinaryIO) -> None:
    line = requests.readline()
    if not line:
        return
    setting = decode(line)
    import gc

    import gdcli.solving.solve  # noqa: F401  (paid for once, before the first problem's clock)

    _limit_memory(setting["limit"])
    gc.collect()
    gc.freeze()
    _write(answers, READY)
    while line := requests.readline():
        request = decode(line)
        result = _answer(request, setting["overrides"])
        try:
            text = json.dumps(result, ensure_ascii=True, allow_nan=False)
        except (TypeError, ValueError) as error:
            text = json.dumps(_internal(raw_of(request), error))
        _write(answers, b"%d %s\n" % (request["id"], text.encode("ascii")))


def _write(stream: BinaryIO, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[stream.write(view) :]


def _answer(request: Mapping[str, Any], overrides: Mapping[str, Any]) -> dict[str, Any]:
    from gdcli.deadline import Deadline
    from gdcli.solving.solve import solve_raw

    deadline = Deadline()
    raw = raw_of(request)
    try:
        over = overriding(overrides, request["point"])
        return solve_raw(raw, over, deadline=deadline, history=False).to_dict()
    except MemoryError:
        message = "the problem needs more memory than its limit allows"
        merged = {**raw.fields, **overrides}
        seconds = deadline.elapsed()
        return ended_from_outside(raw, merged, "memory_limit", message, seconds).to_dict()
    except Exception as error:
        return _internal(raw, error)


def overriding(overrides: Mapping[str, Any], point: Mapping[str, Any]) -> RawProblem:
    """Return what the command line gives, at a point of the grid."""
    from gdcli.model.options import from_options

    given = {**overrides, **point}
    if isinstance(given.get("options"), Mapping):
        given["options"] = [f"{name}={value}" for name, value in given["options"].items()]
    return from_options(given)


def raw_of(request: Mapping[str, Any]) -> RawProblem:
    """Return the problem of a request."""
    file, line, sha256 = request["file"], request["line"], request["sha256"]
    defaults = request["defaults"]
    text = request["text"]

    def locator(index: int | None) -> Locator:
        if text is not None:
            return Shifted(located(positions_of(text, file), index), line - 1)
        if file == STDIN_NAME:
            return OneFormula(file, line)
        return LateLocator(file, sha256, index)

    below = None
    if defaults is not None:
        below = RawProblem(defaults, locator(None), file, 0, 1, sha256)
    index = request["index"]
    fields = request["fields"]
    return RawProblem(
        fields, locator(index), file, index, line, sha256, below, default_name=request["name"]
    )


def _internal(raw: RawProblem, error: Exception) -> dict[str, Any]:
    from gdcli.batches.outcome import unreadable
    from gdcli.diagnostics import Diagnostic

    message = f"internal error: {type(error).__name__}: {error}"
    hint = "this is a fault of gd, not of your formula"
    fault = Diagnostic("internal", message, hint=hint, file=raw.file, line=raw.line, column=1)
    return unreadable(raw, (fault,)).to_dict()


def _die_with_parent() -> None:
    """Let the kernel end this process when the batch dies, however it dies (Linux)."""
    parent = os.getppid()
    with contextlib.suppress(Exception):
        import ctypes

        set_death_signal = 1
        ctypes.CDLL(None).prctl(set_death_signal, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:
        os._exit(0)


def _limit_memory(limit: int | None) -> None:
    """Let allocations beyond the limit fail; what the imports have mapped does not count."""
    if limit is None:
        return
    with contextlib.suppress(ImportError, OSError, ValueError):
        import resource

        with open("/proc/self/statm", "rb") as file:
            mapped, resident = (int(word) for word in file.read().split()[:2])
        spare = (mapped - resident) * os.sysconf("SC_PAGE_SIZE")
        resource.setrlimit(resource.RLIMIT_AS, (limit + spare, limit + spare))


if __name__ == "__main__":
    main()
