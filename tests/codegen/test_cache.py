"""The cache on disk: what it keeps, and that no damage to it is ever more than a miss."""

from __future__ import annotations

import hashlib
import os
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gdcli.codegen.cache import Cache, default_folder
from gdcli.codegen.objective import CompiledObjective
from gdcli.codegen.plan import Program, plan
from gdcli.graph import derivatives
from gdcli.graph.formula import Formula
from tests.graph.catalogue import CATALOGUE
from tests.graph.construct import Canvas

X = np.array([0.5, 2.0])
posix = pytest.mark.skipif(os.name != "posix", reason="ownership and modes are POSIX's")


def formula() -> Formula:
    c = Canvas()
    x, y = c.scalars("x y")
    return c.formula(c.f("exp", x) * y**3 + c.f("sin", x * y))


def count_gradients(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    made: list[int] = []
    whole = derivatives.gradient

    def counted(f: Formula) -> Any:
        made.append(1)
        return whole(f)

    monkeypatch.setattr(derivatives, "gradient", counted)
    return made


def files(folder: Path) -> list[Path]:
    return sorted((folder / "programs").iterdir())


def test_what_was_derived_is_not_derived_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = count_gradients(monkeypatch)
    first = CompiledObjective(formula(), cache=Cache(tmp_path)).value_and_gradient(X)
    second = CompiledObjective(formula(), cache=Cache(tmp_path)).value_and_gradient(X)
    assert len(made) == 1
    assert first[0] == second[0]
    assert first[1].tobytes() == second[1].tobytes()


@pytest.mark.parametrize("name", CATALOGUE)
def test_every_part_comes_back(name: str, tmp_path: Path) -> None:
    case = CATALOGUE[name]
    x = np.asarray(case.point, float)
    found = []
    for _ in range(2):
        objective = CompiledObjective(case.formula, cache=Cache(tmp_path))
        parts = [objective.value_and_gradient(x)[1], objective.hessian(x)]
        parts += [objective.hessian_product(x, x), np.array(objective.noise(x))]
        if "residuals" in objective.provides:
            parts += [objective.jacobian(x), objective.residual_curvature(x, x)]
        found.append([part.tobytes() for part in parts])
    assert found[0] == found[1]


def test_other_formulas_shapes_and_parts_have_other_names(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    CompiledObjective(formula(), cache=cache).value_and_gradient(X)
    before = len(files(tmp_path))
    c = Canvas()
    x, y = c.scalars("x y")
    other = c.formula(c.f("exp", x) * y**3 + c.f("sin", x * y) * 2)
    value, _ = CompiledObjective(other, cache=cache).value_and_gradient(X)
    assert value == pytest.approx(np.exp(0.5) * 8 + 2 * np.sin(1.0))
    assert len(files(tmp_path)) == before + 1


@posix
def test_folder_and_files_are_the_users_own(tmp_path: Path) -> None:
    CompiledObjective(formula(), cache=Cache(tmp_path / "new"))
    folder = tmp_path / "new" / "programs"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}
    assert not [path for path in folder.iterdir() if path.name.startswith(".")]


def damaged(content: bytes) -> list[bytes]:
    """Return what may have become of a file: cut, flipped, emptied, replaced with a checksum."""
    body = content.partition(b"\n")[2]
    texts = [
        b"",
        b"null",
        b"[]",
        b"{",
        b"[" * 100_000,
        b"\xff\xfe",
        body.replace(b"sin", b"system"),
    ]
    texts += [body.replace(b'"value"', b'"eval"'), body.replace(b"1.0", b"Infinity")]
    signed = [hashlib.sha256(text).hexdigest().encode() + b"\n" + text for text in texts]
    return [b"", content[:-1], content[: len(content) // 2], content + b" ", body, *signed]


def test_damage_is_a_miss(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = count_gradients(monkeypatch)
    expected = CompiledObjective(formula(), cache=Cache(tmp_path)).value_and_gradient(X)
    originals = {path: path.read_bytes() for path in files(tmp_path)}
    for k in range(len(damaged(b"x"))):
        for path, content in originals.items():
            path.write_bytes(damaged(content)[k])
        made.clear()
        found = CompiledObjective(formula(), cache=Cache(tmp_path)).value_and_gradient(X)
        assert made == [1], k
        assert found[0] == expected[0]
        assert {path: path.read_bytes() for path in files(tmp_path)} == originals


@posix
@pytest.mark.parametrize("kind", ["folder", "link", "fifo"])
def test_what_is_no_file_is_a_miss(kind: str, tmp_path: Path) -> None:
    CompiledObjective(formula(), cache=Cache(tmp_path))
    for path in files(tmp_path):
        path.rename(tmp_path / path.name)
        if kind == "folder":
            path.mkdir()
        elif kind == "link":
            path.symlink_to(tmp_path / path.name)
        else:
            os.mkfifo(path)
    value, _ = CompiledObjective(formula(), cache=Cache(tmp_path)).value_and_gradient(X)
    assert value == pytest.approx(np.exp(0.5) * 8 + np.sin(1.0))


@posix
@pytest.mark.parametrize("mode", [0o777, 0o770])
def test_a_folder_that_others_write_to_is_not_used(mode: int, tmp_path: Path) -> None:
    folder = tmp_path / "programs"
    folder.mkdir()
    folder.chmod(mode)
    cache = Cache(tmp_path)
    CompiledObjective(formula(), cache=cache)
    assert list(folder.iterdir()) == []
    assert not cache.info().enabled


def test_a_place_that_cannot_be_written_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    cache = Cache(tmp_path / "file")
    value, _ = CompiledObjective(formula(), cache=cache).value_and_gradient(X)
    assert np.isfinite(value)
    assert cache.clear() == 0


def test_it_is_bounded(tmp_path: Path) -> None:
    cache = Cache(tmp_path, limit=6000)
    c = Canvas()
    (x,) = c.scalars("x")

    def planned(k: int) -> Program:
        return plan((x**2 + float(k)).node, (), 0, 1)

    for k in range(200):
        cache.program(f"{k:064x}", lambda k=k: planned(k))  # type: ignore[misc]
        assert cache.info().bytes <= 6000
    kept = [path.name for path in files(tmp_path)]
    assert f"{199:064x}.json" in kept
    assert len(kept) < 60


def test_clear_and_info(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    assert cache.info().programs == 0
    assert cache.info().enabled
    CompiledObjective(formula(), cache=cache)
    info = cache.info()
    assert (info.folder, info.programs > 0, info.bytes > 0) == (tmp_path, True, True)
    assert cache.clear() == info.programs
    assert cache.info().programs == 0


def test_the_environment_is_obeyed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GD_CACHE_DIR", str(tmp_path / "chosen"))
    assert default_folder() == tmp_path / "chosen"
    monkeypatch.setenv("GD_NO_CACHE", "1")
    CompiledObjective(formula(), cache=Cache())
    assert not (tmp_path / "chosen").exists()
    assert not Cache().info().enabled
    monkeypatch.delenv("GD_NO_CACHE")
    monkeypatch.delenv("GD_CACHE_DIR")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    if sys.platform.startswith("linux"):
        assert default_folder() == tmp_path / "gd"


PROGRAM = """
import sys
import numpy as np
from gdcli.codegen.cache import Cache
from gdcli.codegen.objective import CompiledObjective
from gdcli.graph.formula import Formula
from gdcli.graph.interning import Graph
graph = Graph()
leaves = tuple(graph.leaf("variable", n, (), k) for k, n in enumerate("xy"))
x, y = (graph.access(leaf, ()) for leaf in leaves)
root = graph.multiply(((graph.apply("exp", x), 1), (graph.apply("sin", y), 3)))
objective = CompiledObjective(Formula(graph, root, leaves, (), {}), cache=Cache())
z = np.array([0.5, 2.0])
objective.value_and_gradient(z), objective.hessian(z), objective.noise(z)
print("sympy" in sys.modules)
"""


def test_a_repeated_formula_does_not_wait_for_sympy(tmp_path: Path) -> None:
    environment = {**os.environ, "GD_CACHE_DIR": str(tmp_path)}
    environment.pop("GD_NO_CACHE", None)
    answers = [
        subprocess.run(
            [sys.executable, "-c", PROGRAM],
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()
        for _ in range(2)
    ]
    assert answers[1] == "False"
