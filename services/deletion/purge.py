"""Removes what a deleted thread leaves, in bounded batches that let other requests through."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any

from ...clock import now
from ...documents import A_DATE, NEWEST

if TYPE_CHECKING:
    from datetime import datetime

    from pymongo.asynchronous.collection import AsyncCollection

    from ...documents import Documents

PURGE_BATCH = 1000
"""The most that one step removes, and the longest thread that is removed before its deletion is answered."""
_FIRST_STEP, _SMALLEST_STEP = 100, 10
_MOMENT_SECONDS, _GENTLE_MOMENT_SECONDS = 0.05, 0.015
"""How long one step should take: others wait as long for the embedded server, which does one thing at a time."""
_PAUSE_SECONDS = 0.01

_NOTHING_LEFT: dict[str, Any] = {
    "participant_ids": [],
    "owner_id": None,
    "meta_data": {},
    "meta_data_index": [],
    "tool_resources": {},
}


async def mark_deleted(documents: Documents, thread_id: str, **unchanged: int) -> int | None:
    """Put the tombstone on: one atomic write, from which on every door answers 404.

    Returns the thread's newest number by its summary, or None if there was no such thread, or none with these fields.
    """
    row = await documents.threads.find_one_and_update(
        {"_id": thread_id, "deleted_at": None, **unchanged},
        {"$set": {"deleted_at": now(), **_NOTHING_LEFT}},
        {"last_seq": 1},
    )
    return None if row is None else row["last_seq"]


async def is_thread_deleted(documents: Documents, thread_id: str) -> bool:
    """Whether there was such a thread, and it is gone now; known for thirty days."""
    thread = await documents.threads.find_one({"_id": thread_id}, {"deleted_at": 1, "creating": 1})
    if thread is None:
        return await documents.deleted_threads.get(thread_id) is not None
    return thread["deleted_at"] is not None and "creating" not in thread


async def purge(documents: Documents, thread_id: str, last_seq: int, *, gently: bool = False) -> None:
    """Remove the messages of a thread that has its tombstone, then the thread; doing it again is safe at any point.

    With `gently`, it rests for as long as it works: nobody waits for it, and others may be waiting for the database.
    """
    await _remove_in_steps(documents.messages, thread_id, "seq", last_seq, gently=gently)
    await remove_stragglers(documents, thread_id, gently=gently)
    # An append under way in another process may still land: the sweeper looks a last time when none can be left.
    await documents.deleted_threads.get_pymongo_collection().update_one(
        {"_id": thread_id}, {"$set": {"deleted_at": now(), "unfinished": True}}, upsert=True
    )
    await documents.threads.delete_one({"_id": thread_id, "deleted_at": A_DATE})


async def _remove_in_steps(
    collection: AsyncCollection[Any], thread_id: str, number: str, last: int, *, gently: bool
) -> None:
    """Remove the thread's rows up to the last number, in steps that each take the database but a moment."""
    position, size = 0, _FIRST_STEP
    moment = _GENTLE_MOMENT_SECONDS if gently else _MOMENT_SECONDS
    while position < last:
        began = time.monotonic()
        await collection.delete_many({"thread_id": thread_id, number: {"$gt": position, "$lte": position + size}})
        took = time.monotonic() - began
        position += size
        if took < moment / 2:
            size = min(size * 2, PURGE_BATCH)
        elif took > moment * 2:
            size = max(size // 2, _SMALLEST_STEP)
        if position < last:
            await asyncio.sleep(max(took, _PAUSE_SECONDS) if gently else 0)


async def remove_stragglers(documents: Documents, thread_id: str, *, gently: bool = False) -> None:
    """Remove what is left of a thread beyond its summary, and the tombstones of its messages."""
    await documents.messages.delete_many({"thread_id": thread_id, "seq": {"$gt": 0, "$lte": NEWEST}})
    tombstones = documents.deleted_messages
    newest = await tombstones.find_one({"thread_id": thread_id}, {"number": 1}, sort=[("number", -1)])
    if newest is not None:
        await _remove_in_steps(tombstones, thread_id, "number", newest["number"], gently=gently)
    await documents.drafts.get_pymongo_collection().delete_many({"thread_id": thread_id})


async def forget_deleted(documents: Documents, before: datetime) -> None:
    """Look a last time at threads that were deleted before this moment; their records stay for thirty days."""
    records = documents.deleted_threads.get_pymongo_collection()
    async for gone in records.find({"unfinished": True, "deleted_at": {"$lt": before}}):
        if await documents.threads.find_one({"_id": gone["_id"]}, {"_id": 1}) is None:  # not imported again meanwhile
            await remove_stragglers(documents, gone["_id"])
        await records.update_one({"_id": gone["_id"]}, {"$unset": {"unfinished": 1}})
