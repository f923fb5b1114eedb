"""Transactions that end when their process does.

A server keeps the transaction of a client that was killed open for a minute, and with it the numbers that it has taken:
nobody could write to that thread. So each process says in which sessions it has transactions, for as long as it lives,
and whoever finds one that has stopped saying so ends its sessions.
"""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING, Any, TypeVar

from bson.binary import UUID_SUBTYPE, Binary
from pymongo import timeout
from pymongo.errors import PyMongoError

from ...clock import now
from ...errors import Unavailable
from ...ids import new_id
from ...log_events import log_events
from ..driver_errors import translate

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from pymongo.asynchronous.client_session import AsyncClientSession

    from ...documents import Documents

T = TypeVar("T")

ALIVE = timedelta(seconds=6)
"""How long a process is believed to live that does not say so again."""
RENEWED_SECONDS = 2.0
_LONGEST_SECONDS = 30.0
_PREFIX = "process"

_log = log_events(__name__)


class Transactions:
    """The transactions of this process."""

    def __init__(self, documents: Documents) -> None:
        self._client = documents.database.client
        self._write_concern = documents.database.write_concern  # the client's own may be less
        self._leases = documents.leases.get_pymongo_collection()
        self._process = new_id(_PREFIX)
        self._said = set[bytes]()
        self._left_open = set[bytes]()

    async def run(self, work: Callable[[AsyncClientSession], Awaitable[T]]) -> T:
        """Do the work in a transaction; it is tried again for as long as one operation may take.

        By itself the driver would go on for two minutes.
        """
        with timeout(self._client.options.timeout or _LONGEST_SECONDS):
            async with self._client.start_session() as session:
                name = bytes(session.session_id["id"])
                if name not in self._said:
                    await self._say({"$addToSet": {"sessions": name}})
                    self._said.add(name)
                try:
                    return await session.with_transaction(work, write_concern=self._write_concern)
                except PyMongoError as error:
                    if isinstance(translate(error), Unavailable):
                        self._left_open.add(name)  # the server may not have heard that it is over
                    raise

    async def watch(self) -> None:
        """Say that this process lives, and end what others left open that do not; until cancelled."""
        while True:
            try:
                await self._end(self._left_open)
                await self._end_abandoned()
                if self._said:
                    await self._say({"$set": {"sessions": list(self._said)}})
            except PyMongoError as error:  # the database is away: the next round will do
                _log.info("transactions_not_watched", reason=type(error).__name__)
            await asyncio.sleep(RENEWED_SECONDS)

    async def close(self) -> None:
        """Nothing is left open by this process."""
        if self._said:
            try:
                await self._leases.delete_one({"_id": self._process})
            except PyMongoError:
                return  # somebody ends the sessions, which are over

    async def _say(self, update: dict[str, Any]) -> None:
        alive = {"holder": self._process, "until": now() + ALIVE}
        await self._leases.update_one(
            {"_id": self._process}, {**update, "$set": update.get("$set", {}) | alive}, upsert=True
        )

    async def _end_abandoned(self) -> None:
        dead: dict[str, Any] = {"_id": {"$gt": f"{_PREFIX}_", "$lt": f"{_PREFIX}`"}, "until": {"$lt": now()}}
        async for lease in self._leases.find(dead):
            await self._end({bytes(name) for name in lease.get("sessions", ())})
            await self._leases.delete_one({"_id": lease["_id"], "until": lease["until"]})

    async def _end(self, names: set[bytes]) -> None:
        for name in list(names):
            await self._client.admin.command("killSessions", [{"id": Binary(name, UUID_SUBTYPE)}])
            names.discard(name)
