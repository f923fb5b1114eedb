"""The command line: `threadkeep serve`, `keys`, `users`, `check` and more. Each module defines one command or group."""

from __future__ import annotations

import importlib
import io
import sys
import traceback
from typing import Annotated

import typer

from .._version import __version__
from .application import Group
from .terminal import say_lines

_GROUPS = (
    "serve",
    "keys",
    "users",
    "threads",
    "check",
    "mongodb",
    "imports",
    "exports",
    "demo",
    "migrate",
    "rollup",
    "report",
    "mcp",
)

app = typer.Typer(
    name="threadkeep",
    cls=Group,
    help="Stores conversations with AI assistants: users, threads and messages, in your own MongoDB.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
)


def _print_version(wanted: bool) -> None:  # noqa: FBT001 - typer calls it with the option's value
    if wanted:
        typer.echo(__version__)
        raise typer.Exit


@app.callback()
def options(
    *,
    version: Annotated[
        bool, typer.Option("--version", help="Print the version and exit.", callback=_print_version, is_eager=True)
    ] = False,
) -> None:
    """Settings come from the environment and `.env`: `THREADKEEP_MONGODB_URL`, `THREADKEEP_PORT` … (docs/production.md)."""


for group in _GROUPS:
    importlib.import_module(f".{group}", __name__).register(app)


def main() -> None:
    """Run a command. It ends with the status 0, with 1 if it was refused or failed, or with 2 if the command line is wrong.

    An error that no code expects prints its traceback. Its message may repeat stored text, so it is shown as text.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # not every terminal can show every character
    try:
        app()
    except Exception:  # noqa: BLE001 - the end of the program
        say_lines(traceback.format_exc(), err=True)
        sys.exit(1)
