"""`threadkeep serve`."""

from __future__ import annotations

import os
import sys
from importlib.util import find_spec
from typing import Annotated

import typer

from ..errors import MissingExtra
from .application import Command
from .connection import DataDir


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(cls=Command)(serve)


def serve(
    host: Annotated[str | None, typer.Option(help="The address to listen on.", show_default="127.0.0.1")] = None,
    port: Annotated[
        int | None,
        typer.Option(min=0, max=65535, help="The port to listen on. 0 takes any free port.", show_default="8000"),
    ] = None,
    data_dir: DataDir = None,
) -> None:
    """Run the server until Ctrl-C.

    If **THREADKEEP_MONGODB_URL** is not set, the command also starts a MongoDB-compatible server, with its data in
    **--data-dir**. Use that to try Threadkeep, for development, or on a single machine. The first start creates an admin
    key and prints it. It is shown only then.
    """
    if find_spec("beanie") is None:  # the extra `mcp` installs this command without its packages
        raise MissingExtra("The service", "server", "beanie")
    options = {"host": host, "port": port, "data_dir": data_dir}
    given = {f"THREADKEEP_{name.upper()}": str(value) for name, value in options.items() if value is not None}
    rest = {name: value for name, value in os.environ.items() if name.upper() not in given}
    # The server replaces this process, so that the command line does not stay in its memory (docs/decisions/0034).
    os.execve(sys.executable, [sys.executable, "-P", "-m", "threadkeep.server"], rest | given)  # noqa: S606 - the same interpreter
