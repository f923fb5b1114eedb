"""Tests replace nothing that the live server uses, because it runs in another thread of their process.

They pass other times and sizes as arguments, such as `Tuning`, and set no constants of modules.
"""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import pytest

TESTS = Path(__file__).parent
WITHOUT_EFFECT = {
    *("os.execve", "resource.getrlimit", "resource.setrlimit", "shutil.which"),
    *("sys.stderr", "sys.stdin", "sys.stdout", "tempfile.tempdir"),
}
"""Names that a running service does not use."""


def replaced_by(file: Path) -> list[str]:
    """Return `module.name` for each name that a test replaces and must not.

    These are names of the standard library and of the server, and constants of Threadkeep and of its tests.
    """
    text = file.read_text()
    tree = ast.parse(text if "setattr(" in text else "")
    modules = imported_names(tree)
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "setattr":
            target, *names = (ast.unparse(argument).strip("'") for argument in node.args[:-1])
            first, *rest = target.split(".")
            path = ".".join([modules.get(first, first), *rest, *names])
            if is_shared(path) or is_constant(path):
                found.append(path)
    return found


def imported_names(tree: ast.AST) -> dict[str, str]:
    """The whole name of each module that the file imports, and of each name that it imports from Threadkeep."""
    found: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.asname: alias.name for alias in node.names if alias.asname}
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("threadkeep"):
            found |= {alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names}
    return found


def is_shared(path: str) -> bool:
    top = path.partition(".")[0]
    is_module = top in sys.stdlib_module_names or top in {"pymongo", "uvicorn", "uvloop"}
    return is_module and "(" not in path and not any(f"{path}.".startswith(f"{name}.") for name in WITHOUT_EFFECT)


def is_constant(path: str) -> bool:
    return path.startswith("threadkeep.") and path.rpartition(".")[2].strip("_").isupper()


@pytest.mark.parametrize(
    "statement",
    [
        "setattr(asyncio, 'sleep', f)",
        "setattr('time.monotonic', f)",
        "setattr('threadkeep.a.MOST', 1)",
        "setattr(a, '_B', 1)",
        "setattr(a.c, 'B', 1)",
    ],
)
def test_a_replaced_name_is_found(tmp_path: Path, statement: str) -> None:
    imports = "import asyncio\nfrom threadkeep.services import a"
    (tmp_path / "test_it.py").write_text(f"{imports}\nmonkeypatch.{statement}")

    assert replaced_by(tmp_path / "test_it.py")


def test_no_test_replaces_what_the_live_server_uses_or_a_constant() -> None:
    assert {str(file.relative_to(TESTS)): found for file in TESTS.rglob("*.py") if (found := replaced_by(file))} == {}
