"""The sweeper: completes the work of killed processes. A lease ensures that one process at a time sweeps."""

from __future__ import annotations

import asyncio
import time
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from pymongo.errors import PyMongoError

from ...clock import EPOCH
from ...documents import A_DATE, database_time, is_transient
from ...errors import ThreadNotFound
from ...log_events import log_events
from ..appends import unmark, visible, withdraw
from ..commits import clean_up
from ..deletion import (
    IS_BATCH_ID,
    IS_COMMIT_ID,
    complete_deletion,
    complete_purge,
    erase,
    purge,
    remove_placeholders,
    unfinished_purges,
)
from .failures import Failures
from .leases import Leaseholder

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from ...documents import Documents, MessageRow, ThreadRow
    from ..appends import Sequencer

_log = log_events(__name__)

LEASE_SECONDS = 60
# No operation takes half as long. So work that is unfinished after this time is never completed by its writer.
GIVEN_UP = timedelta(minutes=5)
# `created_at` of a message is the time of its request. The write may have been later, and the clocks of servers differ.
_LOOK_BACK = timedelta(minutes=2)
_FIRST_LOOK_BACK = timedelta(days=1)
"""A summary that lags for longer, as in a restored backup, is updated by the next append to the thread."""
_FINISHED_BY_WRITER = timedelta(seconds=10)
"""The process that made a commit finishes it within this time, unless it is killed."""
_WIDEST, _MOST_STEPS = timedelta(days=100 * 365), 1000
_LONG_SECONDS = 1.0


class Sweeper:
    """Looks for unfinished work at an interval, and completes it.

    A sweep purges deleted and abandoned threads, erases marked users, and completes deletions and batches. It also updates
    thread summaries that lag, and removes placeholder rows that are not needed any more.
    """

    def __init__(
        self,
        documents: Documents,
        sequencer: Sequencer,
        *,
        every_seconds: float,
        failures: Failures | None = None,
        given_up: timedelta = GIVEN_UP,
        lease_seconds: float = LEASE_SECONDS,
    ) -> None:
        """Complete work that was begun longer than `given_up` ago and is not finished.

        If the process is killed during a sweep, another process sweeps when `lease_seconds` are over. `failures` counts what fails.
        """
        self._documents = documents
        self._given_up = given_up
        self._sequencer = sequencer
        self._every = every_seconds
        self._lease = Leaseholder(documents, "sweeper", seconds=lease_seconds)
        self._failures = failures or Failures()
        self._width = _WIDEST
        self._may_lag = False
        """Whether the summary of a thread may lag after this sweep: the next one looks at the same messages again."""

    async def run(self) -> None:
        """Sweep now and then every `every_seconds`, until cancelled."""
        while True:
            try:
                await self.sweep()
            except PyMongoError as error:  # the database is unavailable: the next round tries again
                _log.info("sweep_postponed", reason=type(error).__name__)
            except Exception as error:  # noqa: BLE001 - no failure ends the sweeper
                self._failures.add("sweeper", error)
            await asyncio.sleep(self._every)

    async def sweep(self) -> bool:
        """Complete all unfinished work. Returns False if another process is sweeping.

        A step or a row that fails stops no other one: the next sweep tries it again. A long sweep renews its lease. If it still
        loses the lease, it stops, and the next sweep does the rest. Raises the driver's error if the database does not answer.
        """
        watermark = await self._lease.take()
        if watermark is None:
            return False
        started = await self._database_time()
        self._may_lag = False
        if not await self._lease.hold_during(self._complete_work(watermark, started)):
            _log.warning("sweep_interrupted", reason="the lease was lost")
            return False
        await self._lease.release(None if self._may_lag else started)
        return True

    async def _complete_work(self, watermark: datetime, started: datetime) -> None:
        await self._attempt("purge threads", self._purge_threads(started))
        await self._attempt("complete purges", self._complete_purges(started))
        await self._attempt("erase users", self._erase_users())
        await self._attempt("complete deletions", self._complete_deletions(started))
        await self._attempt("complete batches", self._complete_batches(started))
        await self._attempt("clean up commits", self._clean_up_commits(started))
        since, until = max(watermark - _LOOK_BACK, EPOCH), started + _LOOK_BACK
        if await self._attempt("update summaries", self._update_summaries(since, until)):
            self._may_lag = True
        await self._attempt("remove placeholders", self._remove_placeholders(started))

    async def _attempt(self, name: str, step: Coroutine[Any, Any, object]) -> Exception | None:
        return await self._failures.attempt(f"sweeper: {name}", step, or_give_up=self._database_time)

    async def _database_time(self) -> datetime:
        return await database_time(self._documents.database)

    async def _purge_threads(self, started: datetime) -> None:
        """Purge threads that were deleted, and threads whose creation began too long ago to be completed."""
        async for thread in self._documents.threads.find({"deleted_at": A_DATE}):
            if not thread.get("creating") or started - thread["created_at"] >= self._given_up:
                await self._attempt("purge thread", self._purge_thread(thread))

    async def _purge_thread(self, thread: ThreadRow) -> None:
        still_hidden = {"_id": thread["_id"], "deleted_at": A_DATE}  # its creation may have been completed just now
        if (await self._documents.threads.update_one(still_hidden, {"$unset": {"creating": 1}})).matched_count:
            await purge(self._documents, thread["_id"], thread["last_seq"], gently=True)

    async def _complete_purges(self, started: datetime) -> None:
        async for thread_id in unfinished_purges(self._documents, started - self._given_up):
            await self._attempt("complete purge", complete_purge(self._documents, thread_id))

    async def _erase_users(self) -> None:
        async for user in self._documents.users.get_pymongo_collection().find({"deleted_at": A_DATE}, {"_id": 1}):
            await self._attempt("erase user", erase(self._documents, user["_id"]))

    async def _complete_deletions(self, started: datetime) -> None:
        unfinished = {"unfinished": True, "deleted_at": {"$lt": started - timedelta(seconds=10)}}
        async for tombstone in self._documents.deleted_messages.find(unfinished):
            await self._attempt("complete deletion", complete_deletion(self._documents, tombstone))

    async def _complete_batches(self, started: datetime) -> None:
        """Remove the marks of complete batches and commits, and the rows of incomplete ones."""
        for ids in (IS_BATCH_ID, IS_COMMIT_ID):
            marked = {"batch.id": ids, "created_at": {"$lt": started - self._given_up}}
            async for row in self._documents.messages.find(marked, {"thread_id": 1, "batch": 1}):
                await self._attempt("complete batch", self._complete_batch(row))

    async def _clean_up_commits(self, started: datetime) -> None:
        """Finish commits whose processes were killed, and purge cuts."""
        uncleaned = {"uncleaned_since": {"$gte": EPOCH, "$lt": started - min(self._given_up, _FINISHED_BY_WRITER)}}
        async for thread in self._documents.threads.find(uncleaned, {"_id": 1}):
            work = clean_up(self._documents, thread["_id"], started - self._given_up)
            await self._attempt("clean up commits", work)

    async def _complete_batch(self, row: MessageRow) -> None:
        if await visible(self._documents, [row]):
            await unmark(self._documents, row["thread_id"], row["batch"])
        else:
            await withdraw(self._documents, row["thread_id"], row["batch"])  # its writer may run, with another clock

    async def _update_summaries(self, since: datetime, until: datetime) -> None:
        """Update the summaries of threads whose newest messages they do not cover, for messages of this period.

        The period is read in steps of time. The width of a step adapts to the measured time, so that a step takes about a
        second for any number of messages. After each step it pauses for as long as the step took.
        """
        if since <= EPOCH:  # the first sweep of a database
            since = until - _FIRST_LOOK_BACK
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
            error = await self._attempt("update summary", self._catch_up(found["_id"], found["seq"]))
            # An error that stays would make the next sweep read this period again for ever.
            self._may_lag |= error is not None and is_transient(error)

    async def _catch_up(self, thread_id: str, seq: int) -> None:
        thread = await self._documents.threads.find_one({"_id": thread_id, "deleted_at": None}, {"last_seq": 1})
        if thread is None or thread["last_seq"] >= seq:
            return
        try:
            await self._sequencer.catch_up(thread_id)
        except ThreadNotFound:
            return  # deleted in between

    async def _remove_placeholders(self, started: datetime) -> None:
        await remove_placeholders(self._documents, started - self._given_up)
