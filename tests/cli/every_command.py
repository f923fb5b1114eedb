"""All commands of the command line, with arguments that each accepts."""

from __future__ import annotations

import io
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from typer.main import get_command

from threadkeep.cli import app

if TYPE_CHECKING:
    from collections.abc import Iterator

SAMPLE = Path(__file__).parents[1] / "data/conversation.json"
_ROOT: Any = get_command(app)
VALUES = {"file": "all.jsonl", "prefix": "tk_00000000", "thread": "thread_1", "user": "user_1"}
"""Values of required arguments, by name."""


def _leaves(command: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, Any]]:
    if not hasattr(command, "commands"):
        yield " ".join(path), command
        return
    for name, inner in command.commands.items():
        yield from _leaves(inner, (*path, name))


COMMANDS: dict[str, Any] = dict(_leaves(_ROOT))


def complete(name: str) -> list[str]:
    """The words of a command with all arguments that it needs, and with --yes if it asks."""
    words = name.split()
    for param in COMMANDS[name].params:
        if param.param_type_name == "argument" and (param.required or name == "import"):
            words.append(str(SAMPLE) if name == "import" else VALUES[param.name])
        if "--yes" in param.opts:
            words.append("--yes")
    return words


@dataclass(frozen=True)
class Result:
    """The exit status of a command, and its output."""

    exit_code: int
    stdout: str
    stderr: str
    exception: SystemExit | Exception | None

    @property
    def output(self) -> str:
        """All that the command printed."""
        return self.stdout + self.stderr


def run(*words: object, stdin: str = "") -> Result:
    """Run a command in this process. Typer's own runner builds all commands again for each run, which takes longer."""
    out, err = io.StringIO(), io.StringIO()
    exception: SystemExit | Exception | None = None
    with redirect_stdout(out), redirect_stderr(err), pytest.MonkeyPatch.context() as patch:
        patch.setattr("sys.stdin", io.StringIO(stdin))
        try:
            _ROOT.main([str(word) for word in words], prog_name="threadkeep")
        except SystemExit as error:
            status = int(error.code or 0)
            exception = error if status else None
        except Exception as error:  # noqa: BLE001 - a test looks at it
            status, exception = 1, error
    return Result(status, out.getvalue(), err.getvalue(), exception)
