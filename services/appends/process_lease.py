"""The lease by which other processes see that this process lives, and which sessions it uses for transactions."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from bson.binary import UUID_SUBTYPE, Binary
from pymongo.errors import PyMongoError

from ...clock import now
from ...ids import new_id

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pymongo.results import UpdateResult

    from ...documents import Documents
    from ..tuning import Tuning

PREFIX = "process"


class ProcessLease:
    """The lease of this process. It is stored when the process first uses a transaction."""

    def __init__(self, documents: Documents, tuning: Tuning) -> None:
        self.name = new_id(PREFIX)
        self._alive = timedelta(seconds=tuning.process_alive_seconds)
        self._client = documents.database.client
        self._leases = documents.leases.get_pymongo_collection()
        self._sessions = set[bytes]()
        self._writes: set[asyncio.Future[UpdateResult]] = set()
        """Writes of the lease that the server has not acknowledged yet."""

    async def record(self, session_id: bytes) -> None:
        """Add a session to the lease, unless it is there."""
        if session_id not in self._sessions:
            await self._write({"$addToSet": {"sessions": session_id}}, upsert=True)
            self._sessions.add(session_id)

    def forget(self, session_ids: Iterable[bytes]) -> None:
        """Remove sessions that have ended from the lease, at its next renewal."""
        self._sessions.difference_update(session_ids)

    async def renew(self) -> None:
        """Show that this process lives. Stores the lease again if another process took this one for dead."""
        if not self._sessions:
            return
        sessions = {"sessions": list(self._sessions)}
        if not (await self._write({"$set": sessions})).matched_count:
            await self._write({"$set": sessions}, upsert=True)

    async def close(self) -> None:
        """Remove the lease, after all its writes have ended, and the sessions."""
        while self._writes:  # a write that arrives after the removal would store the lease again
            await asyncio.wait(list(self._writes))
        if not self._sessions:
            return
        ended = [{"id": Binary(session_id, UUID_SUBTYPE)} for session_id in self._sessions]
        self._sessions.clear()
        try:
            await self._leases.delete_one({"_id": self.name})
            await self._client.admin.command("endSessions", ended)
        except PyMongoError:
            return  # other processes end the sessions; they have no open transactions

    async def _write(self, update: dict[str, Any], *, upsert: bool = False) -> UpdateResult:
        """Write the lease. The write goes on if its caller is cancelled, because it may have reached the server."""
        alive = {"holder": self.name, "until": now() + self._alive}
        changed = {**update, "$set": update.get("$set", {}) | alive}
        write = asyncio.ensure_future(self._leases.update_one({"_id": self.name}, changed, upsert=upsert))
        self._writes.add(write)
        write.add_done_callback(self._ended)
        return await asyncio.shield(write)

    def _ended(self, write: asyncio.Future[UpdateResult]) -> None:
        self._writes.discard(write)
        if not write.cancelled():
            write.exception()  # read here too, because a cancelled caller does not read it
