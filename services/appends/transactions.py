"""Transactions that end within seconds after their process was killed.

A server keeps the transaction of a killed client open for a minute, with the message numbers that it took. During this
minute nobody could write to the thread. Leases shorten it:

1. Before its first transaction in a session, a process adds the session's id to its lease in `leases`.
2. While it lives, the process renews its lease every two seconds.
3. A lease that was not renewed for six seconds is abandoned. Any other process ends its sessions with `killSessions`,
   which aborts their transactions, and removes the lease.
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
    from ..tuning import Tuning

T = TypeVar("T")

_LONGEST_SECONDS = 30.0
_PREFIX = "process"

_log = log_events(__name__)


class Transactions:
    """Runs the transactions of this process, and ends the transactions of killed processes."""

    def __init__(self, documents: Documents, tuning: Tuning) -> None:
        self._alive = timedelta(seconds=tuning.process_alive_seconds)
        self._renewal_seconds = tuning.process_renewal_seconds
        self._client = documents.database.client
        self._write_concern = documents.database.write_concern  # the client's own may be less
        self._leases = documents.leases.get_pymongo_collection()
        self._process = new_id(_PREFIX)
        self._recorded_sessions = set[bytes]()
        """The session ids in the lease of this process."""
        self._doubtful_sessions = set[bytes]()
        """Sessions whose last transaction may still be open on the server."""
        self._renewals = set[asyncio.Task[None]]()
        """Renewals of the lease that the server has not acknowledged yet."""

    async def run(self, work: Callable[[AsyncClientSession], Awaitable[T]]) -> T:
        """Run `work` in a transaction and return its result. The driver tries it again after temporary errors.

        The tries end after the client's timeout, or after thirty seconds if it has none. The driver's own limit is two
        minutes.
        """
        with timeout(self._client.options.timeout or _LONGEST_SECONDS):
            async with self._client.start_session() as session:
                session_id = bytes(session.session_id["id"])
                if session_id not in self._recorded_sessions:
                    await self._renew_lease({"$addToSet": {"sessions": session_id}})
                    self._recorded_sessions.add(session_id)
                try:
                    return await session.with_transaction(work, write_concern=self._write_concern)
                except PyMongoError as error:
                    if isinstance(translate(error), Unavailable):
                        self._doubtful_sessions.add(session_id)  # the abort may not have reached the server
                    raise

    async def watch(self) -> None:
        """Renew the lease of this process and end the sessions of abandoned leases, every two seconds, until cancelled."""
        while True:
            try:
                await self._kill_sessions(self._doubtful_sessions)
                await self._kill_abandoned_sessions()
                if self._recorded_sessions:
                    await self._renew_lease({"$set": {"sessions": list(self._recorded_sessions)}})
            except PyMongoError as error:  # the database is unavailable: the next round tries again
                _log.info("transactions_not_watched", reason=type(error).__name__)
            await asyncio.sleep(self._renewal_seconds)

    async def close(self) -> None:
        """Remove the lease of this process. Call it when no transaction is open any more and `watch` has ended."""
        while self._renewals:  # a renewal that arrives after the deletion would store the lease again
            await asyncio.wait(list(self._renewals))
        if self._recorded_sessions:
            try:
                await self._leases.delete_one({"_id": self._process})
            except PyMongoError:
                return  # another process will end the sessions; they have no open transactions

    async def _renew_lease(self, update: dict[str, Any]) -> None:
        """Renew the lease. The renewal goes on if its caller is cancelled, because it may have reached the server."""
        renewal = asyncio.create_task(self._write_lease(update))
        self._renewals.add(renewal)
        renewal.add_done_callback(self._renewals.discard)
        await asyncio.shield(renewal)

    async def _write_lease(self, update: dict[str, Any]) -> None:
        alive = {"holder": self._process, "until": now() + self._alive}
        await self._leases.update_one(
            {"_id": self._process}, {**update, "$set": update.get("$set", {}) | alive}, upsert=True
        )

    async def _kill_abandoned_sessions(self) -> None:
        dead: dict[str, Any] = {"_id": {"$gt": f"{_PREFIX}_", "$lt": f"{_PREFIX}`"}, "until": {"$lt": now()}}
        async for lease in self._leases.find(dead):
            await self._kill_sessions({bytes(session_id) for session_id in lease.get("sessions", ())})
            await self._leases.delete_one({"_id": lease["_id"], "until": lease["until"]})

    async def _kill_sessions(self, session_ids: set[bytes]) -> None:
        """End these sessions, and remove each from the set when it has ended."""
        for session_id in list(session_ids):
            await self._client.admin.command("killSessions", [{"id": Binary(session_id, UUID_SUBTYPE)}])
            session_ids.discard(session_id)
