"""Databases with one connection for commands, and commands whose replies may be held."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Protocol

import pymongo
import pytest
from pymongo import ReadPreference

from threadkeep.documents import send_command
from threadkeep.documents.codec import TOLERANT
from threadkeep.tests.waiting import until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from contextlib import AbstractAsyncContextManager

    from pymongo.asynchronous.database import AsyncDatabase
    from pymongo.asynchronous.pool import AsyncConnection

    from threadkeep.tests.wire.proxy import RulesProxy
    from threadkeep.tests.wire.rules import Held

    Database = AsyncDatabase[dict[str, Any]]

from_4_18 = pytest.mark.skipif(pymongo.version_tuple < (4, 18), reason="older drivers send and receive in another way")


class OpenDatabase(Protocol):
    """Opens a database whose client has these options."""

    def __call__(self, **options: Any) -> AbstractAsyncContextManager[Database]: ...


@asynccontextmanager
async def lent(database: Database) -> AsyncIterator[AsyncConnection]:
    """Lend a connection of the client."""
    checkout = await database.client._conn_for_reads(  # noqa: SLF001
        read_preference=ReadPreference.PRIMARY, session=None, operation="ping"
    )
    async with checkout as (connection, _):
        yield connection


async def until_waiting(held: Held) -> None:
    """Wait until a command waits for its reply."""

    async def is_waiting() -> bool:
        return held.waiting > 0

    await until(is_waiting)


async def ping(database: Database) -> float:
    """Send a command whose reply may be held."""
    reply: dict[str, Any] = await send_command(database, {"ping": 1}, TOLERANT)
    return float(reply["ok"])


async def goes_on(database: Database, proxy: RulesProxy) -> bool:
    """Whether the only connection of the client is free, or replaced."""
    proxy.rules.clear()
    async with asyncio.timeout(10):
        return await ping(database) == 1
