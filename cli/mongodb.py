"""`threadkeep url` and `threadkeep mongosh`, for people and programs that query MongoDB without Threadkeep."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING, Annotated

import typer

from ..errors import StartupError
from .application import Command
from .connection import DataDir, load_settings
from .terminal import say, write

if TYPE_CHECKING:
    from ..settings import Settings

_VARIABLE = "THREADKEEP_MONGOSH_URL"
_CONNECT = f"db = connect(process.env.{_VARIABLE}); void delete process.env.{_VARIABLE}"


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command(cls=Command)(url)
    app.command(
        cls=Command,
        context_settings={"allow_extra_args": True, "ignore_unknown_options": True, "allow_interspersed_args": False},
    )(mongosh)


def url(data_dir: DataDir = None) -> None:
    """Print the URL of the database, for mongosh, Compass, PyMongo and other programs that read MongoDB.

    The URL contains the password: it gives every right on the database. The embedded server must be running.
    """
    write(_url_of(load_settings(data_dir=data_dir)))


def mongosh(
    arguments: Annotated[
        list[str] | None, typer.Argument(help="Arguments of mongosh, such as --eval or a script.")
    ] = None,
    *,
    data_dir: DataDir = None,
) -> None:
    """Open mongosh on the database, if it is installed. The password does not appear in the list of processes.

    Arguments behind the options of this command go to mongosh: **threadkeep mongosh --quiet --eval 'db.threads.countDocuments()'**.
    """
    target = _url_of(load_settings(data_dir=data_dir))
    program = shutil.which("mongosh")
    if program is None:
        raise StartupError(
            "mongosh is not installed: install it (https://www.mongodb.com/docs/mongodb-shell), or give the output of "
            "`threadkeep url` to another program."
        )
    given = arguments or []
    shell = [] if any(argument.startswith("--eval") for argument in given) or _has_script(given) else ["--shell"]
    command = [program, "--nodb", *shell, "--eval", _CONNECT, *given]
    os.execve(program, command, os.environ | {_VARIABLE: target})  # noqa: S606 - no shell


def _has_script(arguments: list[str]) -> bool:
    return any(argument.endswith((".js", ".mongodb", ".cjs")) for argument in arguments)


def _url_of(settings: Settings) -> str:
    """The URL with the name of the database. Raises `StartupError` if the embedded server does not run."""
    from ..startup import url_of

    say(f"Using {settings.target}.", err=True)
    return url_of(settings)
