"""The user of the embedded server, and the URL with its password."""

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

# directConnection: there is only one server, so the driver need not look for other members of a replica set.
# retryWrites=false: the server remembers retryable writes only in memory. A connection breaks when the server dies, and then
# this memory is lost, so a retry would not be recognised. Each new write also searches all remembered writes, which takes
# 4 ms. A message is safe to send again with its own key.
# serverMonitoringMode=poll: the driver's other mode waits up to ten seconds on one connection. For as long it treats the
# server as unreachable after an error that has passed.
# maxIdleTimeMS: the server closes connections that were idle for five minutes, and the driver may write to one before it
# notices.
OPTIONS = "directConnection=true&retryWrites=false&serverMonitoringMode=poll&maxIdleTimeMS=120000"


def new_password() -> str:
    """A new password of 256 random bits."""
    return secrets.token_urlsafe(32)


def url(port: int, password: str | None = None) -> str:
    """The URL of the server. Without a password, for a server that runs without authentication."""
    login = f"{USER}:{password}@" if password else ""
    return f"mongodb://{login}{LOOPBACK}:{port}/?{OPTIONS}"


def create_user(server: str, password: str) -> None:
    """Create the user. If an interrupted start created it already, set its password."""
    with _connected(server) as client:
        account = {"pwd": password, "roles": ["root"]}
        try:
            client.admin.command({"createUser": USER, **account})
        except OperationFailure as error:
            if error.code != USER_EXISTS:
                raise
            client.admin.command({"updateUser": USER, **account})


def check(server: str, password_file: Path) -> None:
    """Raise `StartupError` if the login fails. SCRAM also proves that this server knows the password."""
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
