"""The user of the embedded server, and the URL with its password."""

from __future__ import annotations

import secrets
from typing import Any
from urllib.parse import quote

from pymongo import MongoClient
from pymongo.errors import PyMongoError

from ..errors import StartupError
from .port import LOOPBACK

USER = "threadkeep"
ANSWER_MILLISECONDS = 10_000

# directConnection: there is only one server, so the driver need not look for other members of a replica set.
# retryWrites=false: the server remembers retryable writes only in memory. A connection breaks when the server dies, and then
# this memory is lost, so a retry would not be recognised. Each new write also searches all remembered writes, which takes
# 4 ms. A message is safe to send again with its own key.
# serverMonitoringMode=poll: the driver's other mode waits up to ten seconds on one connection. After an error that has
# passed, the driver would treat the server as unreachable for that time.
# maxIdleTimeMS: the server closes connections that were idle for five minutes. The driver may write to such a connection
# before it notices.
OPTIONS = "directConnection=true&retryWrites=false&serverMonitoringMode=poll&maxIdleTimeMS=120000"


def new_password() -> str:
    """A new password of 256 random bits."""
    return secrets.token_urlsafe(32)


def url(port: int, password: str) -> str:
    """The URL of the server."""
    return f"mongodb://{USER}:{quote(password, safe='')}@{LOOPBACK}:{port}/?{OPTIONS}"


def check(server: str) -> None:
    """Raise `StartupError` if the login fails. SCRAM also proves that this server knows the password."""
    try:
        with MongoClient[dict[str, Any]](server, serverSelectionTimeoutMS=ANSWER_MILLISECONDS) as client:
            client.admin.command("listDatabases", nameOnly=True)
    except PyMongoError as error:
        raise StartupError(f"The embedded server does not answer as it should: {error}.") from error
