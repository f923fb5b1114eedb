"""Finishes what a killed process left behind; one process at a time does it, held by a lease in the database."""

from __future__ import annotations

import asyncio
import time
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from pymongo.errors import DuplicateKeyError, PyMongoError

from ...clock import EPOCH, now
from ...documents import A_DATE
from ...errors import ThreadNotFound
from ...ids import new_id
from ...log_events import log_events
from ..appends import unmark, visible
from ..deletion import OF_A_BATCH, delete_rows, erase, finish, forget_deleted, purge, remove_placeholders

if TYPE_CHECKING:
    from ...documents import Documents
    from ..appends import Sequencer

_log = log_events(__name__)

LEASE_SECONDS = 60
# No operation takes as long: who wrote something half this long ago and did not finish it never will.
GIVEN_UP = timedelta(minutes=5)
# A message has the date of its request, which may have waited before it wrote, and clocks differ.
_LOOK_BACK = timedelta(minutes=2)
_WIDEST, _MOST_STEPS = timedelta(days=100 * 365), 1000
_LONG_SECONDS = 1.0


class Sweeper:
    """Looks for unfinished work now and then."""

    def __init__(self, documents: Documents, sequencer: Sequencer, *, every_seconds: float) -> None:
        self._documents = documents
        self._sequencer = sequencer
        self._every = every_seconds
        self._holder = new_id("sweeper")
        self._width = _WIDEST

    async def run(self) -> None:
        """Sweep at once and then every so often, until cancelled."""
        while True:
            try:
                await self.sweep()
            except PyMongoError as error:  # the database is away: the next round will do
                _log.info("sweep_postponed", reason=type(error).__name__)
            await asyncio.sleep(self._every)

    async def sweep(self) -> bool:
        """Finish everything that can be finished now; False if another process is at it."""
        watermark = await self._take_lease()
        if watermark is None:
            return False
        started = now()
        await self._finish_threads()
        await forget_deleted(self._documents, started - GIVEN_UP)
        await self._finish_users()
        await self._finish_deletions(started)
        await self._finish_batches(started)
        await self._finish_summaries(watermark - _LOOK_BACK, started + _LOOK_BACK)
        await remove_placeholders(self._documents, started - GIVEN_UP)
        await self._leave_lease(started)
        return True

    async def _take_lease(self) -> datetime | None:
        """Take the lease; the time up to which everything was swept before, or None if somebody else holds it."""
        leases = self._documents.leases.get_pymongo_collection()
        moment = now()
        try:
            before = await leases.find_one_and_update(
                {"_id": "sweeper", "$or": [{"until": {"$lt": moment}}, {"holder": self._holder}]},
                {"$set": {"holder": self._holder, "until": moment + timedelta(seconds=LEASE_SECONDS)}},
                upsert=True,
            )
        except DuplicateKeyError:
            return None
        return (before or {}).get("watermark") or EPOCH + _LOOK_BACK

    async def _leave_lease(self, watermark: datetime) -> None:
        await self._documents.leases.get_pymongo_collection().update_one(
            {"_id": "sweeper", "holder": self._holder}, {"$set": {"watermark": watermark, "until": now()}}
        )

    async def _finish_threads(self) -> None:
        """Purge threads that were deleted, and those whose making was given up."""
        threads = self._documents.threads
        async for thread in threads.find({"deleted_at": A_DATE}):
            if thread.get("creating") and now() - thread["created_at"] < GIVEN_UP:
                continue
            given_up = {"_id": thread["_id"], "deleted_at": A_DATE}  # unless it was completed just now
            if (await threads.update_one(given_up, {"$unset": {"creating": 1}})).matched_count:
                await purge(self._documents, thread["_id"], thread["last_seq"], gently=True)

    async def _finish_users(self) -> None:
        async for user in self._documents.users.find({"deleted_at": A_DATE}):
            await erase(self._documents, user.id)

    async def _finish_deletions(self, started: datetime) -> None:
        unfinished = {"unfinished": True, "deleted_at": {"$lt": started - timedelta(seconds=10)}}
        async for tombstone in self._documents.deleted_messages.find(unfinished):
            await finish(self._documents, tombstone)

    async def _finish_batches(self, started: datetime) -> None:
        """On a server without transactions: make complete batches ordinary messages, delete what others left."""
        marked = {"batch.id": OF_A_BATCH, "created_at": {"$lt": started - GIVEN_UP}}
        async for row in self._documents.messages.find(marked):
            if await visible(self._documents, [row]):
                await unmark(self._documents, row["thread_id"], row["batch"])
            else:
                row.pop("created_at")  # type: ignore[misc]  # never visible: nothing that figures of a day have to follow
                await delete_rows(self._documents, [row])

    async def _finish_summaries(self, since: datetime, until: datetime) -> None:
        """Bring the summaries of threads up to messages whose writer was killed before it could.

        However many messages there are, the database is asked for as many as it can look at in a moment.
        """
        narrowest = (until - since) / _MOST_STEPS
        while since < until:
            stop = min(since + self._width, until)
            began = time.monotonic()
            try:
                await self._catch_up_between(since, stop)
            except PyMongoError as error:
                if not error.timeout or stop - since <= narrowest:
                    raise
                self._width = max((stop - since) / 8, narrowest)
                continue
            took = time.monotonic() - began
            if took > _LONG_SECONDS:
                self._width = max((stop - since) / 2, narrowest)
            elif took < _LONG_SECONDS / 4:
                self._width = min(self._width * 2, _WIDEST)
            since = stop
            await asyncio.sleep(took if since < until else 0)

    async def _catch_up_between(self, since: datetime, until: datetime) -> None:
        newest = await self._documents.messages.aggregate(
            [
                {"$match": {"created_at": {"$gte": since, "$lt": until}}},
                {"$group": {"_id": "$thread_id", "seq": {"$max": "$seq"}}},
            ]
        )
        async for found in newest:
            thread = await self._documents.threads.find_one({"_id": found["_id"], "deleted_at": None}, {"last_seq": 1})
            if thread is not None and thread["last_seq"] < found["seq"]:
                await self._catch_up(found["_id"])

    async def _catch_up(self, thread_id: str) -> None:
        try:
            await self._sequencer.catch_up(thread_id)
        except ThreadNotFound:
            return  # deleted in between
