"""Purges deleted threads: removes their rows in bounded steps, so that other requests are not delayed."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any

from pymongo.errors import OperationFailure

from ...clock import now
from ...documents import A_DATE, BYTES_AT_ONCE, NEWEST, comment_of, is_too_much
from ..database import delete_until_none_matches, skip_gap
from ..external_ids import release_external_ids

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from datetime import datetime

    from pymongo.asynchronous.collection import AsyncCollection

    from ...documents import Documents

PURGE_BATCH = 1000
"""The most messages that one step removes."""
_FIRST_STEP, _SMALLEST_STEP = 100, 10
_STEP_SECONDS, _GENTLE_STEP_SECONDS = 0.05, 0.015
"""The intended duration of one step. The embedded server does one thing at a time, so all other requests wait for it."""
_PAUSE_SECONDS = 0.01
_STEP_BYTES = 4 * BYTES_AT_ONCE
"""The most bytes that one step removes, unless they are one message."""

_CLEARED_FIELDS: dict[str, Any] = {
    "participant_ids": [],
    "owner_id": None,
    "meta_data": {},
    "meta_data_index": [],
    "tool_resources": {},
}
_REMOVED_FIELDS = dict.fromkeys(
    (
        *("external_id", "title", "archived", "pinned", "labels", "last_message"),
        *("cuts", "commits", "uncleaned_since"),
    ),
    1,
)


async def mark_deleted(documents: Documents, thread_id: str, **unchanged: int) -> int | None:
    """Put the tombstone on a thread and clear its fields, in one atomic write. Every later read answers 404.

    Returns the newest number in the summary of the thread. Returns None if the thread does not exist, or if it does not have
    the values in `unchanged`.
    """
    # In two commands: the embedded server validates a whole thread in `findAndModify`, also fields that were invalid before.
    marked = await documents.threads.update_one(
        {"_id": thread_id, "deleted_at": None, **unchanged},
        {"$set": {"deleted_at": now(), **_CLEARED_FIELDS}, "$unset": _REMOVED_FIELDS},
    )
    if not marked.matched_count:
        return None
    row = await documents.threads.find_one({"_id": thread_id}, {"last_seq": 1})
    return 0 if row is None else row["last_seq"]  # the sweeper may have purged it


async def is_thread_deleted(documents: Documents, thread_id: str) -> bool:
    """Whether the thread existed and was deleted. This is known for thirty days after the deletion."""
    thread = await documents.threads.find_one({"_id": thread_id}, {"deleted_at": 1, "creating": 1})
    if thread is None:
        return await documents.deleted_threads.get(thread_id) is not None
    return thread["deleted_at"] is not None and "creating" not in thread


async def purge(documents: Documents, thread_id: str, last_seq: int, *, gently: bool = False) -> None:
    """Remove the messages of a thread that has a tombstone, then the thread. A repeated call completes an interrupted one.

    With `gently`, it pauses after each step for as long as the step took. Use it if no caller waits for the result.
    """
    await _remove_in_steps(documents.messages, thread_id, "seq", min(last_seq, NEWEST), gently=gently)
    await remove_remaining_rows(documents, thread_id, gently=gently)
    await release_external_ids(documents, thread_id)
    # Another process may still insert a message. The sweeper checks the thread again when no append can be running.
    await documents.deleted_threads.get_pymongo_collection().update_one(
        {"_id": thread_id}, {"$set": {"unfinished": True}, "$currentDate": {"deleted_at": True}}, upsert=True
    )
    await documents.threads.delete_one({"_id": thread_id, "deleted_at": A_DATE})


async def _remove_in_steps(
    collection: AsyncCollection[Any], thread_id: str, number: str, last: int, *, gently: bool
) -> None:
    """Remove the rows of the thread whose field `number` is at most `last`. The step size adapts to the measured time."""
    position, size = 0, _FIRST_STEP
    intended = _GENTLE_STEP_SECONDS if gently else _STEP_SECONDS
    while position < last:
        began = time.monotonic()
        window = {"thread_id": thread_id, number: {"$gt": position, "$lte": min(position + size, last)}}
        try:
            comment = comment_of(_STEP_BYTES if size > 1 else None)
            removed = (await collection.delete_many(window, **comment)).deleted_count
        except OperationFailure as error:
            if size == 1 or not is_too_much(error):
                raise
            size = max(1, size // 4)
            continue
        took = time.monotonic() - began
        position += size
        if not removed and position < last:
            position, _ = await skip_gap(collection, thread_id, position, last, field=number)
        if took < intended / 2:
            size = min(size * 2, PURGE_BATCH)
        elif took > intended * 2:
            size = max(size // 2, _SMALLEST_STEP)
        if position < last:
            await asyncio.sleep(max(took, _PAUSE_SECONDS) if gently else 0)


async def remove_remaining_rows(documents: Documents, thread_id: str, *, gently: bool = False) -> None:
    """Remove all messages, message tombstones and drafts of a thread, also messages that its summary does not count."""
    await delete_until_none_matches(documents.messages, {"thread_id": thread_id})
    tombstones = documents.deleted_messages
    newest = await tombstones.find_one({"thread_id": thread_id}, {"number": 1}, sort=[("number", -1)])
    if newest is not None:
        await _remove_in_steps(tombstones, thread_id, "number", newest["number"], gently=gently)
    await delete_until_none_matches(tombstones, {"thread_id": thread_id, "number": {"$lt": 0}})  # of cuts
    await delete_until_none_matches(documents.drafts.get_pymongo_collection(), {"thread_id": thread_id})


async def unfinished_purges(documents: Documents, before: datetime) -> AsyncIterator[str]:
    """Yield the ids of threads that were purged before this time, and that were not searched for late messages since."""
    tombstones = documents.deleted_threads.get_pymongo_collection()
    async for deleted in tombstones.find({"unfinished": True, "deleted_at": {"$lt": before}}, {"_id": 1}):
        yield deleted["_id"]


async def complete_purge(documents: Documents, thread_id: str) -> None:
    """Remove the late messages of a thread that was purged. Its tombstone stays for thirty days."""
    if await documents.threads.find_one({"_id": thread_id}, {"_id": 1}) is None:  # it may have been imported again
        await remove_remaining_rows(documents, thread_id)
    tombstones = documents.deleted_threads.get_pymongo_collection()
    await tombstones.update_one({"_id": thread_id}, {"$unset": {"unfinished": 1}})
