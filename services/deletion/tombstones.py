"""Deletes messages one by one, so that cursors keep working, numbers are never given again and counts stay right.

The tombstone comes first and takes the next number among the thread's deletions by the same protocol as an append; then the
message goes, then the summary follows. Whatever a killed process leaves undone, doing it again completes it.
An empty row keeps its number for some minutes (`kept_numbers.py`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pymongo.errors import DuplicateKeyError

from ...clock import now
from ..driver_errors import duplicate_key
from .placeholders import DELETED, REAL_MESSAGE, VOID, placeholder_update

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ...documents import DeletedMessageRow, Documents, MessageRow


async def delete_rows(documents: Documents, rows: Iterable[MessageRow]) -> int:
    """Delete these messages (`_id`, `thread_id` and `seq` are enough); how many were still there."""
    count = 0
    for row in rows:
        tombstone = await _bury(documents, row)
        count += await finish(documents, tombstone)
    return count


async def claim_revision(documents: Documents, row: MessageRow, revision: int) -> bool:
    """Whether the message still has this revision; then it has the next, so that no other who knew this one changes it."""
    unchanged: dict[str, Any] = {"_id": row["_id"], "thread_id": row["thread_id"], "revision": revision, **REAL_MESSAGE}
    return (await documents.messages.update_one(unchanged, {"$inc": {"revision": 1}})).modified_count == 1


async def _bury(documents: Documents, row: MessageRow) -> DeletedMessageRow:
    """Write the tombstone, or find the one that an interrupted deletion left."""
    thread = await documents.threads.find_one({"_id": row["thread_id"]}, {"deleted_count": 1})
    number = thread["deleted_count"] if thread else 0
    while True:
        number += 1
        tombstone: DeletedMessageRow = {
            "_id": row["_id"],
            "thread_id": row["thread_id"],
            "seq": row["seq"],
            "number": number,
            "deleted_at": now(),
            "unfinished": True,
        }
        if "created_at" in row:
            tombstone["created_at"] = row["created_at"]
        try:
            await documents.deleted_messages.insert_one(tombstone)
        except DuplicateKeyError as error:
            if "_id" in duplicate_key(error):
                found = await documents.deleted_messages.find_one({"_id": row["_id"]})
                return found or tombstone
        else:
            return tombstone


async def finish(documents: Documents, tombstone: DeletedMessageRow) -> int:
    """Do what a tombstone announces; 1 if the message was still there, else 0."""
    thread_id, seq = tombstone["thread_id"], tombstone["seq"]
    # Before the message goes, the summary must cover its number, or the number could be given to another.
    await documents.threads.update_one({"_id": thread_id, "last_seq": {"$lt": seq}}, {"$max": {"last_seq": seq}})
    mark = DELETED if "created_at" in tombstone else VOID
    result = await documents.messages.update_one(
        {"_id": tombstone["_id"], "thread_id": thread_id, **REAL_MESSAGE}, placeholder_update(mark)
    )
    await documents.threads.update_one({"_id": thread_id}, _counted(tombstone["number"]))
    await documents.deleted_messages.update_one({"_id": tombstone["_id"]}, {"$unset": {"unfinished": 1}})
    return result.modified_count


async def is_message_deleted(documents: Documents, message_id: str, thread_id: str | None) -> bool:
    """Whether there was such a message, in this thread if one is named, and it is gone now; known for thirty days."""
    where: dict[str, Any] = {"_id": message_id, "created_at": {"$exists": True}} | (
        {} if thread_id is None else {"thread_id": thread_id}
    )
    tombstone = await documents.deleted_messages.find_one(where)
    if tombstone is not None and "unfinished" in tombstone:
        await finish(documents, tombstone)
    return tombstone is not None


def _counted(number: int) -> list[dict[str, Any]]:
    return [
        {
            "$set": {
                "deleted_count": {"$max": ["$deleted_count", number]},
                "message_count": {"$subtract": ["$last_seq", {"$max": ["$deleted_count", number]}]},
            }
        }
    ]
