"""Sends single commands on the driver's connections, without the session and the tries that the driver adds (decision 102)."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Any, TypeVar, cast

import pymongo
from pymongo import _csot
from pymongo.asynchronous import client_session
from pymongo.asynchronous.database import AsyncDatabase

if TYPE_CHECKING:
    from collections.abc import Mapping
    from contextvars import ContextVar

    from bson.codec_options import CodecOptions
    from pymongo import AsyncMongoClient

Reply = TypeVar("Reply", bound="Mapping[str, Any]")

_BOUND: ContextVar[Any] | None = vars(client_session).get("_SESSION")
"""The session that a host has bound. Old versions of PyMongo bind none."""
_COMMAND = AsyncDatabase.command


async def send_command(database: AsyncDatabase[Any], command: dict[str, Any], options: CodecOptions[Reply]) -> Reply:
    """The primary's reply to one command, decoded with these options. `command` may get further fields.

    The command is sent once. Its time is limited as by `AsyncDatabase.command`, and it raises the same errors. A session that
    the host has bound is used.
    """
    client = database.client
    connect = getattr(client, "_conn_for_writes", None)
    if connect is None or type(database).command is not _COMMAND or has_bound_session():
        return await database.command(command, codec_options=options)
    with _timeout(client):
        async with await connect(None, next(iter(command))) as connection:
            send: Any = connection.command  # its annotations know one type of replies
            return cast("Reply", await send(database.name, command, codec_options=options, client=client))


def has_bound_session() -> bool:
    """Whether the caller has bound its operations to a session."""
    return _BOUND is not None and _BOUND.get() is not None


def has_timeout() -> bool:
    """Whether the caller has a time limit of its own."""
    return _csot.get_timeout() is not None


def _timeout(client: AsyncMongoClient[Any]) -> AbstractContextManager[None]:
    """The time limit of the client, unless the caller has a time limit of its own."""
    seconds = client.options.timeout
    return nullcontext() if seconds is None or has_timeout() else pymongo.timeout(seconds)
