"""Writes whole threads: each becomes visible together with all its messages, or leaves nothing.

The birth of `services/thread_creation.py`, for many threads at once and for threads of any length: a thread first
stands there with a tombstone, and taking it off is the one write that makes everything visible. Its `created_at` is
meanwhile the time of the last write: it tells the sweeper that somebody is at it, and no two writers have it in common.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pymongo import UpdateOne
from pymongo.errors import BulkWriteError

from ..clock import now
from ..documents import NEWEST
from ..errors import IdTaken, Unavailable
from .deletion import PURGE_BATCH
from .driver_errors import duplicate_key_in

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from pymongo.asynchronous.collection import AsyncCollection

    from ..documents import Documents, MessageRow, ThreadRow

_TOO_SLOW = "The thread took too long to write, or somebody else is importing it."


async def insert_threads(
    documents: Documents, threads: Sequence[tuple[ThreadRow, list[MessageRow]]]
) -> dict[str, Exception]:
    """Insert these threads, which are not there; returns what failed, by the thread's id."""
    moment = now()
    hidden = [_hidden(row, moment) for row, _ in threads]
    taken_threads = await insert_new(documents.threads, hidden)
    failed: dict[str, Exception] = {row["_id"]: IdTaken(row["_id"]) for row in taken_threads}
    messages = [message for row, messages in threads if row["_id"] not in failed for message in messages]
    taken: dict[str, Exception] = {}
    for message in await insert_new(documents.messages, messages):
        taken.setdefault(message["thread_id"], IdTaken(message["_id"]))
    for thread_id in taken:
        await discard(documents, thread_id, moment)
    failed |= taken
    born = [row for row, _ in threads if row["_id"] not in failed]
    return failed | await _reveal(documents, born, moment)


async def _reveal(documents: Documents, rows: list[ThreadRow], moment: datetime) -> dict[str, Exception]:
    if not rows:
        return {}
    updates = [UpdateOne(_mine(row["_id"], moment), _visible({"created_at": row["created_at"]})) for row in rows]
    result = await documents.threads.bulk_write(updates, ordered=False)
    if result.matched_count == len(rows):
        return {}
    ids = [row["_id"] for row in rows]
    seen = {row["_id"] async for row in documents.threads.find({"_id": {"$in": ids}, "deleted_at": None}, {"_id": 1})}
    return {thread_id: Unavailable(_TOO_SLOW) for thread_id in ids if thread_id not in seen}


class BulkThread:
    """One long thread, written part by part."""

    def __init__(self, documents: Documents, thread_id: str) -> None:
        self._documents = documents
        self._thread_id = thread_id
        self._moment = now()

    async def begin(self, row: ThreadRow) -> None:
        """Put the thread there, with its tombstone; raises `IdTaken`."""
        if await insert_new(self._documents.threads, [_hidden(row, self._moment)]):
            raise IdTaken(self._thread_id)

    async def write(self, rows: list[MessageRow]) -> None:
        """Add messages, and say that the work goes on; raises `IdTaken`."""
        moment = now()
        await self._update({"$set": {"created_at": moment, "deleted_at": moment, "last_seq": rows[-1]["seq"]}})
        self._moment = moment
        taken = await insert_new(self._documents.messages, rows)
        if taken:
            raise IdTaken(taken[0]["_id"])

    async def end(self, row: ThreadRow) -> None:
        """Make it visible, as `row` describes it."""
        await self._update(_visible({name: value for name, value in row.items() if name not in ("_id", "deleted_at")}))

    async def discard(self) -> None:
        """Remove what was written."""
        await discard(self._documents, self._thread_id, self._moment)

    async def _update(self, update: dict[str, Any]) -> None:
        result = await self._documents.threads.update_one(_mine(self._thread_id, self._moment), update)
        if not result.matched_count:
            raise Unavailable(_TOO_SLOW)


async def discard(documents: Documents, thread_id: str, moment: datetime) -> None:
    """Remove a thread whose birth of this moment did not succeed, if nobody else has taken it over."""
    row = await documents.threads.find_one(_mine(thread_id, moment), {"last_seq": 1})
    if row is not None:
        await _remove_messages(documents, thread_id, row["last_seq"])
        await documents.threads.delete_one(_mine(thread_id, moment))


async def take_over(documents: Documents, row: ThreadRow) -> None:
    """Remove what a killed import left of this thread, and stop one that still runs."""
    moment = now()
    result = await documents.threads.update_one(
        _mine(row["_id"], row["created_at"]), {"$set": {"created_at": moment, "deleted_at": moment}}
    )
    if result.matched_count:
        await discard(documents, row["_id"], moment)


async def _remove_messages(documents: Documents, thread_id: str, last_seq: int) -> None:
    """In bounded batches, and all that are there."""
    for start in range(0, last_seq, PURGE_BATCH):
        await documents.messages.delete_many(
            {"thread_id": thread_id, "seq": {"$gt": start, "$lte": start + PURGE_BATCH}}
        )
    await documents.messages.delete_many({"thread_id": thread_id, "seq": {"$gt": 0, "$lte": NEWEST}})


async def insert_new(collection: AsyncCollection[Any], rows: list[Any]) -> list[Any]:
    """Insert these rows but those whose `_id` or other unique key is taken, which are returned."""
    if not rows:
        return []
    try:
        await collection.insert_many(rows, ordered=False)
    except BulkWriteError as error:
        faults = error.details["writeErrors"]
        if any(duplicate_key_in(fault) is None for fault in faults) or error.details.get("writeConcernErrors"):
            raise
        return [rows[fault["index"]] for fault in faults]
    return []


def _hidden(row: ThreadRow, moment: datetime) -> ThreadRow:
    return {**row, "created_at": moment, "deleted_at": moment, "creating": True}


def _mine(thread_id: str, moment: datetime) -> dict[str, Any]:
    """The thread, as long as nobody else has written to it."""
    return {"_id": thread_id, "creating": True, "created_at": moment}


def _visible(fields: dict[str, Any]) -> dict[str, Any]:
    return {"$set": {**fields, "deleted_at": None}, "$unset": {"creating": 1}}
