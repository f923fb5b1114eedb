"""Sends single commands on the driver's connections, without the session and the tries that the driver adds (decision 102)."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Any, TypeVar

import pymongo
from pymongo import AsyncMongoClient, ReadPreference, _csot
from pymongo.asynchronous import client_session
from pymongo.asynchronous.database import AsyncDatabase
from pymongo.errors import PyMongoError

from .driver_parts import INSTALLED_PARTS
from .taskless_connection import READERS, TasklessConnection

if TYPE_CHECKING:
    from collections.abc import Mapping
    from contextvars import ContextVar

    from bson.codec_options import CodecOptions

Reply = TypeVar("Reply", bound="Mapping[str, Any]")

_BOUND: ContextVar[Any] | None = vars(client_session).get("_SESSION")
"""The session that a host has bound. Old versions of PyMongo bind none."""
_COMMAND = AsyncDatabase.command
_KNOWN = bool(READERS) and INSTALLED_PARTS.are_known()
_OVERLOADED = ("SystemOverloadedError", "RetryableError")
"""The labels of an error after which the driver tries again: nothing was done, and a pause will help."""


async def send_command(database: AsyncDatabase[Any], command: dict[str, Any], options: CodecOptions[Reply]) -> Reply:
    """The primary's reply to one command, decoded with these options.

    The time limit of the client or of the caller holds for the whole call. It raises the errors of `AsyncDatabase.command`.
    Like there, only a command that the server or the driver refuses because of overload is sent again. A session that the
    host has bound is used.
    """
    with _timeout(database.client):
        if not _must_use_method(database):
            try:
                return await _send_once(database, {**command}, options)  # the driver adds fields
            except PyMongoError as error:
                if not all(map(error.has_error_label, _OVERLOADED)):
                    raise
        return await database.command({**command}, codec_options=options)


async def _send_once(database: AsyncDatabase[Any], command: dict[str, Any], options: CodecOptions[Reply]) -> Reply:
    client = database.client
    untyped: Any = options
    lent = await client._conn_for_reads(  # noqa: SLF001
        read_preference=ReadPreference.PRIMARY, session=None, operation=next(iter(command))
    )
    async with lent as (connection, preference):
        return await TasklessConnection(connection).command(  # type: ignore[return-value]  # decoded with `options`
            dbname=database.name, spec=command, read_preference=preference, codec_options=untyped, client=client
        )


def has_bound_session() -> bool:
    """Whether the caller has bound its operations to a session."""
    return _BOUND is not None and _BOUND.get() is not None


def has_timeout() -> bool:
    """Whether the caller has a time limit of its own."""
    return _csot.get_timeout() is not None


def _must_use_method(database: AsyncDatabase[Any]) -> bool:
    """Whether the driver's documented method must be used: the host expects it, or the driver has other private parts."""
    return has_bound_session() or type(database).command is not _COMMAND or not _KNOWN


def _timeout(client: AsyncMongoClient[Any]) -> AbstractContextManager[None]:
    """The time limit of the client, unless the caller has a time limit of its own."""
    seconds = client.options.timeout
    return nullcontext() if seconds is None or has_timeout() else pymongo.timeout(seconds)
