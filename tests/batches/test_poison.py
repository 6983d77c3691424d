"""Problems that hang, eat memory or kill their process cost themselves and nobody else."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.batches.running import bowls, gd, results

HANGS_IN_DERIVATION = "*".join(
    f"sin(x{i}*x{(i * 7) % 90}+exp(x{(i * 3) % 90}))" for i in range(2000)
)
HANGS_IN_EVALUATION = "sum(sin(x*i*j)**2 for i in range(n) for j in range(n))"
TAKES_ALL_MEMORY = "norm(inv(b[:, None]*b[None, :]*x + 1))"

# A worker that reads the file `deadly.csv` dies of a segmentation fault: what a broken library
# would do. It stands in the test's environment, not in gd.
DEADLY = """
import os, signal, sys
if any("batches.worker" in word for word in sys.orig_argv):
    def hook(event, words):
        if event == "open" and str(words[0]).endswith("deadly.csv"):
            os.kill(os.getpid(), signal.SIGSEGV)
    sys.addaudithook(hook)
"""

pytestmark = pytest.mark.skipif(not os.path.exists("/proc/self/statm"), reason="needs Linux")


def test_four_poisons_among_two_hundred(tmp_path: Path) -> None:
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "sitecustomize.py").write_text(DEADLY)
    (tmp_path / "deadly.csv").write_text("u\n1\n2\n")
    folder = tmp_path / "problems"
    folder.mkdir()
    for k, line in enumerate(bowls(200).splitlines()):
        (folder / f"good{k:03}.toml").write_text(f'minimize = "{line}"\n')
    poisons = {
        "derives.toml": f'minimize = "{HANGS_IN_DERIVATION}"\n',
        "evaluates.toml": f'minimize = "{HANGS_IN_EVALUATION}"\nset = {{ n = 60000 }}\n',
        "good050_allocates.toml": f'minimize = "{TAKES_ALL_MEMORY}"\n'
        'set = { b = "[i for i in range(12000)]" }\n',
        "good100_kills.toml": 'minimize = "sum((x - u)**2)"\ndata = "../deadly.csv"\n',
    }
    for name, text in poisons.items():
        (folder / name).write_text(text)
    path = os.pathsep.join([str(tmp_path / "site"), str(Path(__file__).resolve().parents[2])])
    ran = gd(
        tmp_path, "batch", "problems", "--json", "--workers", "2", "--time-limit", "2s",
        "--memory-limit", "700MB", "--store", "s.db", code=1, PYTHONPATH=path,
    )  # fmt: skip
    found = {r["name"]: r for r in results(ran.stdout)}
    good = [f"good{k:03}" for k in range(200)]
    assert len(found) == 204
    assert all(r["status"] == "converged" for n, r in found.items() if n in good)
    assert {n: found[n]["status"] for n in ("derives", "evaluates")} == {
        "derives": "time_limit", "evaluates": "time_limit",
    }  # fmt: skip
    assert found["good050_allocates"]["status"] == "memory_limit"
    assert found["good100_kills"]["status"] == "crashed"
    assert "SIGSEGV" in found["good100_kills"]["message"]
    for name in ("evaluates", "good050_allocates", "good100_kills"):
        assert found[name]["at"] is None
        assert found[name]["seconds"]["total"] < 5
    # all four are results: a resumed batch has nothing to do
    again = gd(
        tmp_path, "batch", "problems", "--workers", "2", "--time-limit", "2s",
        "--memory-limit", "700MB", "--store", "s.db", "--resume", code=1,
    )  # fmt: skip
    assert "204 of them were in the store" in again.stdout


def test_an_expected_end_from_outside_is_a_success(tmp_path: Path) -> None:
    text = (
        f'minimize = "{HANGS_IN_EVALUATION}"\nset = {{ n = 60000 }}\ntime_limit = 0.2\n'
        'expect = { status = "time_limit" }\n'
    )
    (tmp_path / "p.toml").write_text(text)
    ran = gd(tmp_path, "batch", "p.toml", "--json", code=0)
    assert results(ran.stdout)[0]["expect"]["verdict"] == "met"
