"""Tests replace nothing that the live server uses, because it runs in another thread of their process."""

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
    """Return `module.name` for each name of the standard library or of the server that a test file replaces."""
    text = file.read_text()
    tree = ast.parse(text if "setattr(" in text else "")
    modules = {
        alias.asname or alias.name: alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.Import)
        for alias in node.names
    }
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "setattr":
            target, name, *_ = (ast.unparse(argument).strip("'") for argument in node.args)
            path = f"{modules[target]}.{name}" if target in modules else target
            if is_shared(path):
                found.append(path)
    return found


def is_shared(path: str) -> bool:
    top = path.partition(".")[0]
    is_module = top in sys.stdlib_module_names or top in {"pymongo", "uvicorn", "uvloop"}
    return is_module and "(" not in path and path not in WITHOUT_EFFECT


@pytest.mark.parametrize("statement", ["setattr(asyncio, 'sleep', f)", "setattr('time.monotonic', f)"])
def test_a_replaced_name_of_the_standard_library_is_found(tmp_path: Path, statement: str) -> None:
    (tmp_path / "test_it.py").write_text(f"import asyncio\nmonkeypatch.{statement}")

    assert replaced_by(tmp_path / "test_it.py")


def test_no_test_replaces_what_the_live_server_uses() -> None:
    assert {str(file.relative_to(TESTS)): found for file in TESTS.rglob("*.py") if (found := replaced_by(file))} == {}
