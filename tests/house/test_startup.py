"""Start-up is a feature: what must not be imported before it is needed."""

from __future__ import annotations

import subprocess
import sys

import pytest


def modules_after(code: str) -> set[str]:
    """Return the modules that a fresh interpreter holds after running some code."""
    script = f"{code}\nimport sys\nsys.stdout.write(chr(10) + ' '.join(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=120, check=True
    )
    return set(done.stdout.split("\n")[-1].split())


@pytest.mark.parametrize("code", ["import gdcli", "import gdcli.cli.main", "import gdcli.__main__"])
def test_importing_loads_nothing_heavy(code: str) -> None:
    loaded = modules_after(code)
    assert not loaded & {"sympy", "typer", "rich", "numba", "polars"}


def test_importing_the_package_does_not_import_numpy() -> None:
    assert "numpy" not in modules_after("import gdcli")


def test_version_needs_no_library() -> None:
    code = (
        "import sys; sys.argv = ['gd', '--version']\n"
        "from gdcli.__main__ import main\n"
        "try: main()\n"
        "except SystemExit: pass"
    )
    assert not modules_after(code) & {"numpy", "sympy", "typer", "rich"}
