"""The README's examples: found, run, compared; `python tests/docs/examples.py` writes them anew.

Commands run in a shell on a pseudo-terminal 96 columns wide, so that the README shows what a person
sees. Times are not compared, numbers to six digits.
"""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
README = ROOT / "README.md"
COLUMNS = 96

_CONSOLE = re.compile(r"```console\n\$ (?P<command>[^\n]*)\n(?P<output>.*?)```", re.DOTALL)
_PYTHON = re.compile(r"```python\n(?P<code>.*?)```", re.DOTALL)
_ANSI = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
_TIME = re.compile(r"\b\d+(\.\d+)? (µs|ms|s)\b")
_RULE = re.compile("──+")
_NUMBER = re.compile(r"(?<![\w.])-?\d+(?:\.\d+)?(?:e[+-]?\d+)?(?![\w.]*\w)")


class Example(NamedTuple):
    """A command, and what the README says that it prints."""

    command: str
    output: str


def console_examples(text: str) -> list[Example]:
    """Return the examples of a text."""
    return [Example(m["command"], m["output"]) for m in _CONSOLE.finditer(text)]


def python_examples(text: str) -> list[str]:
    """Return the Python blocks of a text."""
    return [match["code"] for match in _PYTHON.finditer(text)]


def between(text: str, mark: str) -> str:
    """Return what stands between `<!-- mark -->` and `<!-- /mark -->`."""
    end = mark.split(":")[0]
    match = re.search(
        rf"<!-- {re.escape(mark)} -->\n(.*?)<!-- /{re.escape(end)} -->", text, re.DOTALL
    )
    assert match is not None, f"the README has no part `{mark}`"
    return match[1]


def run_in_terminal(command: str, folder: Path) -> str:
    """Return what a command writes to a terminal, without colours."""
    environment = {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "COLUMNS": str(COLUMNS),
        "NO_COLOR": "1",
        "TERM": "xterm",
        "GD_CACHE_DIR": str(folder / "cache"),
    }
    ours, theirs = pty.openpty()
    child = subprocess.Popen(
        ["bash", "-c", command],
        stdin=subprocess.DEVNULL, stdout=theirs, stderr=theirs, env=environment, cwd=folder,
    )  # fmt: skip
    os.close(theirs)
    text = b"".join(_chunks(ours)).decode().replace("\r\n", "\n")
    os.close(ours)
    child.wait(timeout=120)
    # A live line that was taken away again is none of the output.
    text = re.sub(r"\r[^\n]*?\x1b\[K", "", text)
    lines = (line.rstrip() for line in _ANSI.sub("", text).split("\n"))
    return "\n".join(lines)


def _chunks(terminal: int) -> Iterator[bytes]:
    while True:
        try:
            chunk = os.read(terminal, 65536)
        except OSError:  # how Linux tells that the other end is closed
            return
        if not chunk:
            return
        yield chunk


def normalised(output: str) -> tuple[list[str], list[float]]:
    """Return the words of an output, without times and numbers, and its numbers."""
    text = _TIME.sub("TIME", " ".join(output.split()))  # wherever a line is broken
    text = _RULE.sub("──", text)  # as wide as the digits that rounding leaves
    numbers = [float(found) for found in _NUMBER.findall(text)]
    return _NUMBER.sub("#", text).split(), numbers


def methods_table() -> str:
    """Return the table of methods, from the registry."""
    from gdcli.methods.registry import ROWS

    rows = [f"| `{row.name}` | {row.title} | {row.when} | {row.source} |" for row in ROWS]
    head = ["| name | method | when to use it | source |", "|---|---|---|---|"]
    return "\n".join([*head, *rows, ""])


def statuses_table() -> str:
    """Return the table of statuses, from the one that `gd help` reads."""
    from gdcli.cli.exit_codes import of_status
    from gdcli.report.statuses import STATUSES

    rows = [
        f"| `{row.word}` | {row.meaning.format(sense='minimum')} | {of_status(row.word)} |"
        for row in STATUSES.values()
    ]
    return "\n".join(["| status | means | exit code |", "|---|---|---|", *rows, ""])


def file_block(name: str) -> str:
    """Return a file of the repository as a block."""
    return f"```toml\n{(ROOT / name).read_text('utf-8')}```\n"


def generated_parts(text: str) -> Iterator[tuple[str, str]]:
    """Yield the parts of the README that are made from the program: mark and content."""
    yield "methods", methods_table()
    yield "statuses", statuses_table()
    for name in re.findall(r"<!-- file: (\S+) -->", text):
        yield f"file: {name}", file_block(name)


def _write(folder: Path) -> None:
    text = README.read_text("utf-8")
    for mark, content in generated_parts(text):
        begin = f"<!-- {mark} -->\n"
        text = text.replace(begin + between(text, mark), begin + content)

    def anew(match: re.Match[str]) -> str:
        output = run_in_terminal(match["command"], folder).strip("\n")
        return f"```console\n$ {match['command']}\n\n{output}\n```"

    README.write_text(_CONSOLE.sub(anew, text), "utf-8")


if __name__ == "__main__":
    import tempfile

    with tempfile.TemporaryDirectory() as place:
        (Path(place) / "sample_problems").symlink_to(ROOT / "sample_problems")
        _write(Path(place))
