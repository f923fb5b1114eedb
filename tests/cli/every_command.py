"""All commands of the command line, with arguments that each accepts."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from typer.main import get_command
from typer.testing import CliRunner

from threadkeep.cli import app

if TYPE_CHECKING:
    from collections.abc import Iterator

    from typer.testing import Result

SAMPLE = Path(__file__).parents[1] / "data/conversation.json"
VALUES = {"file": "all.jsonl", "prefix": "tk_00000000", "thread": "thread_1", "user": "user_1"}
"""Values of required arguments, by name."""


def _leaves(command: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, Any]]:
    if not hasattr(command, "commands"):
        yield " ".join(path), command
        return
    for name, inner in command.commands.items():
        yield from _leaves(inner, (*path, name))


COMMANDS: dict[str, Any] = dict(_leaves(get_command(app)))


def complete(name: str) -> list[str]:
    """The words of a command with all arguments that it needs, and with --yes if it asks."""
    words = name.split()
    for param in COMMANDS[name].params:
        if param.param_type_name == "argument" and param.required:
            words.append(str(SAMPLE) if name == "import" else VALUES[param.name])
        if "--yes" in param.opts:
            words.append("--yes")
    return words


def run(*words: object, stdin: str | None = None) -> Result:
    """Run a command in this process."""
    return CliRunner().invoke(app, [str(word) for word in words], input=stdin)
