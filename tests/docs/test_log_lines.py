"""The tables of docs/production.md about the log name each warning and error of the service, and no other."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import TYPE_CHECKING

import threadkeep

if TYPE_CHECKING:
    from collections.abc import Iterator

PAGE = Path(__file__).parents[2] / "docs" / "production.md"
PACKAGE = Path(threadkeep.__path__[0])
PARTS = ("documents", "embedded", "routers", "server", "services")
FILES = [
    PACKAGE / "keep.py",
    PACKAGE / "startup.py",
    *(path for part in PARTS for path in (PACKAGE / part).rglob("*.py")),
]
LEVELS = {"warning", "error", "exception", "critical"}
PLACEHOLDER = re.compile(r"%\w")
ROW = re.compile(r"^\| `([^`]+)` \|", re.MULTILINE)


def rows() -> set[str]:
    """Return the first cells of the tables about the log."""
    text = PAGE.read_text(encoding="utf-8")
    return {*ROW.findall(text.partition("\n## Log lines\n")[2].partition("\n## ")[0])}


def logged(path: Path) -> Iterator[str]:
    """Yield the names and sentences that a file logs as warnings and errors, or at a level that it chooses."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and _is_log(node.func.value)):
            continue
        message = node.args[0] if node.func.attr in LEVELS else node.args[1] if node.func.attr == "log" else None
        if message is not None:
            assert isinstance(message, ast.Constant), f"{path}:{node.lineno} logs a computed text"
            yield _beginning(str(message.value))


def _is_log(value: ast.expr) -> bool:
    """Whether an expression is a logger: `log`, `_log`, or `logging.getLogger(…)`."""
    called = value.func if isinstance(value, ast.Call) else value
    return getattr(called, "attr", getattr(called, "id", "")) in {"log", "_log", "getLogger"}


def _beginning(message: str) -> str:
    """The first words of a sentence that are the same in each line. An event is one word."""
    words = next(part for part in PLACEHOLDER.split(message) if part.strip(" .:"))
    return re.split(r"[.:]", words)[0].strip()


def test_the_tables_name_each_warning_and_error() -> None:
    assert {event for path in FILES for event in logged(path)} == rows()
