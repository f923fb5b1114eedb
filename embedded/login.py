"""The one user of the embedded server, and the URL that carries its password."""

from __future__ import annotations

import secrets
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from pymongo import MongoClient
from pymongo.errors import OperationFailure, PyMongoError

from ..errors import StartupError
from .port import LOOPBACK

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

USER = "threadkeep"
ANSWER_MILLISECONDS = 10_000
AUTHENTICATION_FAILED = 18
USER_EXISTS = 51003

# directConnection: there is one server, and the driver need not look for the rest of its set.
# retryWrites: the server remembers retryable writes in memory only. Here a connection breaks when the server dies,
# which is when that memory is gone: a retry would not be recognised, so it protects from nothing (a message is
# safe to send again by its own key). Remembered writes are searched from end to end by every new one: 4 ms each.
# serverMonitoringMode: the driver's other way holds a connection that answers after ten seconds, and as long it takes the
# server for gone after an error that passes.
# maxIdleTimeMS: the server closes what was idle for five minutes, and the driver does not always see it before it writes.
OPTIONS = "directConnection=true&retryWrites=false&serverMonitoringMode=poll&maxIdleTimeMS=120000"


def new_password() -> str:
    """256 random bits."""
    return secrets.token_urlsafe(32)


def url(port: int, password: str | None = None) -> str:
    """Where the server answers; without a password, while it asks for none."""
    login = f"{USER}:{password}@" if password else ""
    return f"mongodb://{login}{LOOPBACK}:{port}/?{OPTIONS}"


def create_user(server: str, password: str) -> None:
    """Make the user, or give it a new password where an interrupted start had made it."""
    with _connected(server) as client:
        account = {"pwd": password, "roles": ["root"]}
        try:
            client.admin.command({"createUser": USER, **account})
        except OperationFailure as error:
            if error.code != USER_EXISTS:
                raise
            client.admin.command({"updateUser": USER, **account})


def check(server: str, password_file: Path) -> None:
    """Ask for something that needs the login; the server proves to us that it knows the password, too."""
    with _connected(server) as client:
        try:
            client.admin.command("listDatabases", nameOnly=True)
        except OperationFailure as error:
            if error.code != AUTHENTICATION_FAILED:
                raise
            raise StartupError(
                f"The password in {password_file} is not the embedded server's; "
                "remove that file and the next start makes a new one."
            ) from error


@contextmanager
def _connected(server: str) -> Iterator[MongoClient[dict[str, Any]]]:
    try:
        with MongoClient[dict[str, Any]](server, serverSelectionTimeoutMS=ANSWER_MILLISECONDS) as client:
            yield client
    except PyMongoError as error:
        raise StartupError(f"The embedded server does not answer as it should: {error}.") from error
