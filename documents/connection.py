"""Connects to MongoDB with the guarantees that Threadkeep promises."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pymongo import AsyncMongoClient, ReadPreference, WriteConcern
from pymongo.errors import PyMongoError

from ..errors import StartupError
from . import driver_waits as _driver_waits  # noqa: F401 - importing it corrects the driver
from .codec import EXACT

if TYPE_CHECKING:
    from pymongo.asynchronous.database import AsyncDatabase


def open_client(url: str, *, timeout_seconds: float, max_connections: int) -> AsyncMongoClient[dict[str, Any]]:
    """A client whose operations end after `timeout_seconds`. It connects at the first operation.

    Raises `StartupError` if the URL is not valid.
    """
    milliseconds = int(timeout_seconds * 1000)
    try:
        return AsyncMongoClient(
            url,
            appname="threadkeep",
            timeoutMS=milliseconds,
            serverSelectionTimeoutMS=milliseconds,
            connectTimeoutMS=milliseconds,
            maxPoolSize=max_connections,
            retryReads=True,
        )
    except (PyMongoError, ValueError) as error:
        raise StartupError(f"The MongoDB URL (THREADKEEP_MONGODB_URL) cannot be used: {error}.") from error


def durable(client: AsyncMongoClient[dict[str, Any]], name: str) -> AsyncDatabase[dict[str, Any]]:
    """The database, with writes that a majority has on disk when they are acknowledged, and reads from the primary."""
    return client.get_database(
        name, EXACT, write_concern=WriteConcern(w="majority", j=True), read_preference=ReadPreference.PRIMARY
    )
