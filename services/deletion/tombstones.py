"""Deletes single messages. Cursors to them keep working, their numbers are never used again, and counts stay exact.

1. Insert the tombstone into `deleted_messages`. It takes the next deletion number of the thread by the protocol of an append.
   The unique index on `(thread_id, number)` decides. After a duplicate, the following number is tried.
2. Make sure that the summary of the thread covers the number of the message.
3. Make a placeholder row of the message. It reserves the number for some minutes (`placeholders.py`).
4. Update `deleted_count` and `message_count` of the thread.
5. Remove the mark `unfinished` from the tombstone.

If a process is killed in between, `complete_deletion` repeats the steps 2 to 5.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pymongo.errors import DuplicateKeyError

from ...clock import now
from ...documents import NEWEST
from ..database import Tries, taken_key
from ..revisions import other_revision
from .placeholders import DELETED, REAL_MESSAGE, VOID, placeholder_update

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ...documents import DeletedMessageRow, Documents, MessageRow


_QUICK_TRIES = 8


async def delete_rows(documents: Documents, rows: Iterable[MessageRow]) -> int:
    """Delete these messages one after the other. Returns how many existed until now.

    The rows need `_id`, `thread_id` and `seq`. A row without `created_at` counts as a message that was never visible.
    """
    count = 0
    for row in rows:
        tombstone = await _write_tombstone(documents, row)
        count += await complete_deletion(documents, tombstone)
    return count


async def claim_revision(documents: Documents, row: MessageRow, revision: int) -> bool:
    """Change the revision of the message if it is `revision`. Returns whether it was.

    After that, no other caller that expects `revision` can change the message.
    """
    unchanged: dict[str, Any] = {"_id": row["_id"], "thread_id": row["thread_id"], "revision": revision, **REAL_MESSAGE}
    return (await documents.messages.update_one(unchanged, other_revision(revision))).modified_count == 1


async def _write_tombstone(documents: Documents, row: MessageRow) -> DeletedMessageRow:
    """Insert the tombstone of a message. If an interrupted deletion left a tombstone, return it."""
    thread = await documents.threads.find_one({"_id": row["thread_id"]}, {"deleted_count": 1})
    number = min(thread["deleted_count"], NEWEST) if thread else 0
    tries = Tries()
    while True:
        tries.begin()
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
        if "item_id" in row:
            tombstone["item_id"] = row["item_id"]
        try:
            await documents.deleted_messages.insert_one(tombstone)
        except DuplicateKeyError as error:
            key = taken_key(error)
            if not key or "_id" in key:  # a server that names no key is asked
                found = await documents.deleted_messages.find_one({"_id": row["_id"]})
                if found is not None or key:
                    return found or tombstone
            if tries.count > _QUICK_TRIES:  # the count of the thread lags
                number = max(number, await _newest_number(documents, row["thread_id"]))
        else:
            return tombstone


async def _newest_number(documents: Documents, thread_id: str) -> int:
    newest = await documents.deleted_messages.find_one({"thread_id": thread_id}, {"number": 1}, sort=[("number", -1)])
    return newest["number"] if newest else 0


async def complete_deletion(documents: Documents, tombstone: DeletedMessageRow) -> int:
    """Do the steps 2 to 5 of the deletion (see the module). Returns 1 if the message existed until now, else 0."""
    thread_id, seq = tombstone["thread_id"], tombstone["seq"]
    # The summary must cover the number before the message is removed. Else another message could get the number.
    await documents.threads.update_one({"_id": thread_id, "last_seq": {"$lt": seq}}, {"$max": {"last_seq": seq}})
    mark = DELETED if "created_at" in tombstone else VOID
    result = await documents.messages.update_one(
        {"_id": tombstone["_id"], "thread_id": thread_id, **REAL_MESSAGE}, placeholder_update(mark)
    )
    await documents.threads.update_one({"_id": thread_id}, _count_update(tombstone))
    await documents.deleted_messages.update_one({"_id": tombstone["_id"]}, {"$unset": {"unfinished": 1}})
    return result.modified_count


async def is_message_deleted(documents: Documents, message_id: str, thread_id: str | None) -> bool:
    """Whether the message existed (in this thread, if one is given) and was deleted. This is known for thirty days.

    Completes the deletion if it was interrupted.
    """
    in_thread = {} if thread_id is None else {"thread_id": thread_id}
    was_visible: dict[str, Any] = {"created_at": {"$exists": True}, **in_thread}
    tombstone = await documents.deleted_messages.find_one({"_id": message_id, **was_visible})
    if tombstone is None and thread_id is not None:
        tombstone = await documents.deleted_messages.find_one({"item_id": message_id, **was_visible})
    if tombstone is not None and "unfinished" in tombstone:
        await complete_deletion(documents, tombstone)
    return tombstone is not None


def _count_update(tombstone: DeletedMessageRow) -> list[dict[str, Any]]:
    """The update of the counts. They stop at 2^53 - 1: a deletion must always be possible.

    The preview of the thread goes if it is that of the message.
    """
    number = min(tombstone["number"], NEWEST - 1)
    is_shown = {"$eq": ["$last_message.id", {"$literal": tombstone["_id"]}]}
    return [
        {
            "$set": {
                "last_message": {"$cond": [is_shown, {"up_to": "$last_seq"}, "$last_message"]},
                "deleted_count": {"$max": ["$deleted_count", number]},
                "message_count": {
                    "$subtract": [
                        "$last_seq",
                        {"$add": [{"$max": ["$deleted_count", number]}, {"$ifNull": ["$cut_count", 0]}]},
                    ]
                },
            }
        }
    ]
