"""Inserts messages at given numbers of a thread that exists: an import fills the numbers that an earlier import left free."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ...documents import NEWEST
from ...errors import IdTaken, PreconditionFailed
from ..appends import newest_preview_of, preview_update
from ..deletion import REAL_MESSAGE
from .bulk import insert_new

if TYPE_CHECKING:
    from ...documents import Documents, MessageRow

_CUT = {"$ifNull": ["$cut_count", 0]}
"""An expression: the number of messages that were removed by cuts."""


async def insert_at_numbers(documents: Documents, thread_id: str, last_seq: int, rows: list[MessageRow]) -> None:
    """Insert the rows at their numbers, which rise. `last_seq` is the newest number of the thread.

    A number without a message counts as deleted. So each row lowers the count of deletions of the thread by one. Numbers above
    `last_seq` are reserved first. Raises `PreconditionFailed` if the thread grew meanwhile, and `IdTaken` if a number or id is
    taken: then the other rows are stored.
    """
    newest = rows[-1]["seq"]
    if newest > last_seq:
        reserved = await documents.threads.update_one(
            {"_id": thread_id, "last_seq": last_seq, "deleted_at": None},
            {"$set": {"last_seq": newest}, "$inc": {"deleted_count": newest - last_seq}},
        )
        if not reserved.matched_count:
            raise PreconditionFailed(f"Thread {thread_id!r}")
    taken = await insert_new(documents.messages, rows)
    latest = max(row["created_at"] for row in rows)
    await documents.threads.update_one(
        {"_id": thread_id}, _summary(len(rows) - len(taken), latest, newest_preview_of(rows))
    )
    if taken:
        raise IdTaken(f"number {taken[0]['seq']}")


async def recount(documents: Documents, thread_id: str) -> None:
    """Count the messages of a thread again, because an insert at its numbers was killed before it counted them."""
    where: dict[str, Any] = {"thread_id": thread_id, "seq": {"$gt": 0, "$lte": NEWEST}, **REAL_MESSAGE}
    count = await documents.messages.count_documents(where)
    await documents.threads.update_one(
        {"_id": thread_id},
        [{"$set": {"message_count": count, "deleted_count": {"$subtract": ["$last_seq", {"$add": [count, _CUT]}]}}}],
    )


def _summary(count: int, latest: Any, preview: dict[str, Any] | None) -> list[dict[str, Any]]:
    deleted = {"$subtract": ["$deleted_count", count]}
    return [
        {
            "$set": {
                **preview_update(preview),
                "deleted_count": deleted,
                "message_count": {"$subtract": ["$last_seq", {"$add": [deleted, _CUT]}]},
                "last_message_at": {"$max": ["$last_message_at", latest]},
                "last_active_at": {"$max": ["$last_active_at", latest]},
            }
        }
    ]
