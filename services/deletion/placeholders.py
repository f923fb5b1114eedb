"""Empty rows, which keep the number of a message that is gone.

A process remembers the newest number of a thread for a while, and takes the one after it if that is free. If the numbers
of deleted messages were free, such a process would put a new message before older ones, where no reader who went on from
those would ever see it. So a deleted message leaves an empty row at its number, for longer than any process remembers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ...clock import now

if TYPE_CHECKING:
    from datetime import datetime

    from ...documents import Documents, MessageRow

DELETED = "deleted"
"""Marks the place of a message that was there."""
VOID = "void"
"""Marks the place of one that never became visible: of a batch that came to nothing."""
REAL_MESSAGE: dict[str, Any] = {"batch.id": {"$nin": [DELETED, VOID]}}
"""What a row must be to be a message: the mark of a place stands where the mark of a batch does, which readers know."""
OF_A_BATCH: dict[str, Any] = {"$gte": "batch_", "$lt": "batch`"}
"""The marks of batches, which have ids of their own, and of no places: as a range, so that the index serves it everywhere."""
_PLACEHOLDER_MARKS: dict[str, Any] = {"$gte": DELETED, "$lte": VOID}

_BATCH = 1000


def is_placeholder(row: MessageRow) -> bool:
    """Whether the row only keeps a number."""
    return "batch" in row and row["batch"]["id"] in (DELETED, VOID)


def placeholder_update(mark: str) -> dict[str, Any]:
    """The update that leaves nothing of a message but its place."""
    nothing = ("sender_id", "assistant_id", "run_id", "tool_id", "tool_call_id", "status", "incomplete_details")
    fields = {"content": "", "attachments": [], "meta_data": {}, "updated_at": now(), "batch": {"id": mark, "end": 0}}
    gone = ("parts", "item", "tool_calls", "client_id", "imported_at")
    return {"$set": {**dict.fromkeys(nothing), **fields}, "$unset": dict.fromkeys(gone, 1)}


async def remove_placeholders(documents: Documents, before: datetime) -> None:
    """Remove the rows that have kept a number since before this moment, in bounded batches."""
    kept = {"batch.id": _PLACEHOLDER_MARKS, "updated_at": {"$lt": before}}
    while rows := await documents.messages.find(kept, {"_id": 1}, limit=_BATCH).to_list():
        await documents.messages.delete_many({"_id": {"$in": [row["_id"] for row in rows]}})
