"""The house rules that a machine can read from the source: imports, and what stays where."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "gdcli"
FILES = sorted(PACKAGE.rglob("*.py"))

GROUND = {"errors", "diagnostics", "suggest", "deadline", "records"}
WING_A = ("language", "model", "graph", "codegen")
WING_B = ("engine", "line_search", "methods")
WINGS = set(WING_A) | set(WING_B)
# What each room may import besides itself, the ground, and `gdcli` itself (the version).
MAY: dict[str, set[str]] = {
    "language": set(),
    "model": {"language"},
    "graph": {"language", "model"},
    "codegen": {"language", "model", "graph"},
    "engine": set(),
    "line_search": {"engine"},
    "methods": {"engine", "line_search"},
    "result": set(),
    "solving": WINGS | {"result"},
    "api": WINGS | {"result", "solving"},
    "batches": {"api", "result", "solving", "model", "language"},
    "report": {"result"},
    "cli": WINGS | {"api", "result", "report", "solving", "batches"},
    "__main__": {"cli"},
    "__init__": {"api", "result"},
}


def room_of(path: Path) -> str:
    """Return the room (folder, or file at the top) that a module belongs to."""
    part = path.relative_to(PACKAGE).parts[0]
    return part.removesuffix(".py")


def imports_of(path: Path) -> list[tuple[str, bool]]:
    """Return every imported module, and whether it is imported when the file is loaded."""
    tree = ast.parse(path.read_text("utf-8"))
    found: list[tuple[str, bool]] = []

    def visit(node: ast.AST, at_load: bool) -> None:
        for child in ast.iter_child_nodes(node):
            inner = at_load
            if isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
                inner = False
            if isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test):
                inner = False
            if isinstance(child, ast.Import):
                found.extend((alias.name, at_load) for alias in child.names)
            elif isinstance(child, ast.ImportFrom):
                assert child.level == 0, f"{path}: relative import"
                if child.module == "gdcli":
                    found.extend((f"gdcli.{alias.name}", at_load) for alias in child.names)
                else:
                    found.append((child.module or "", at_load))
            visit(child, inner)

    visit(tree, True)
    return found


def called_names(path: Path) -> set[str]:
    """Return the names of plain function calls in a file."""
    tree = ast.parse(path.read_text("utf-8"))
    return {
        node.func.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    }


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_imports_point_one_way(path: Path) -> None:
    room = room_of(path)
    for module, _ in imports_of(path):
        if not module.startswith("gdcli.") or module == "gdcli.__version__":
            continue
        target = module.split(".")[1]
        if target == room or target in GROUND or (target == "__version__"):
            continue
        assert room not in GROUND, f"{path} is ground and imports {module}"
        assert target in MAY[room], f"{path} imports {module}: {room} must not know {target}"


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_each_thing_stays_in_its_room(path: Path) -> None:
    place = path.relative_to(PACKAGE).as_posix()
    room = room_of(path)
    modules = imports_of(path)
    for module, at_load in modules:
        top = module.split(".")[0]
        if top == "sympy":
            assert room in ("graph", "codegen"), f"{place} imports SymPy"
            assert not at_load or "symbolic" in place, f"{place} imports SymPy when loaded"
        if top in ("typer", "rich"):
            assert room in ("cli", "report"), f"{place} imports {top}"
            assert not at_load, f"{place} imports {top} when loaded"
        assert top not in ("pickle", "marshal", "shelve", "scipy", "click", "pydantic"), place
    calls = called_names(path)
    assert "eval" not in calls, f"{place} calls eval"
    if place != "codegen/load.py":
        assert not calls & {"exec", "compile"}, f"{place} runs code"
    assert "print" not in calls, f"{place} prints"


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_a_module_fits_in_the_head(path: Path) -> None:
    text = path.read_text("utf-8")
    assert len(text.splitlines()) <= 400, "two subjects?"
    if text.strip():
        assert ast.get_docstring(ast.parse(text)), "a module says what it is for"


def test_no_module_bears_the_name_of_a_public_function() -> None:
    import gdcli

    public = set(gdcli.__all__)
    assert public, "the public names are listed"
    modules = {path.stem for path in PACKAGE.glob("*.py")} | {
        path.name for path in PACKAGE.iterdir() if path.is_dir()
    }
    assert not modules & public


def test_no_open_marks_and_no_foreign_paths() -> None:
    mark = re.compile(r"\b(TODO|FIXME|XXX|NotImplementedError)\b")
    for path in FILES:
        assert not mark.search(path.read_text("utf-8")), path
    for path in [*FILES, *sorted((ROOT / "tests").rglob("*.py"))]:
        if path == Path(__file__).resolve():
            continue
        assert not re.search(r"(?<![\w./])/(work|root|home)/", path.read_text("utf-8")), path
