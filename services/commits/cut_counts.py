"""Counts the messages that a cut removes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ...documents import comment_of
from ...records import message_count_of
from ..database import in_parts
from ..deletion import ranges_of, uncovered

if TYPE_CHECKING:
    from ...documents import Documents, ThreadRow


async def count_in(documents: Documents, thread: ThreadRow, first: int, last: int) -> int:
    """How many messages the thread has with these numbers. The shorter side of the thread is counted.

    On a server without transactions, a batch that was just completed may be left out. The purge of the cut counts again.
    """
    if not uncovered(0, first - 1, ranges_of(thread)):
        return max(0, message_count_of(thread))
    if last - first < first:
        return await _count(documents, thread, first - 1, last)
    return max(0, message_count_of(thread) - await _count(documents, thread, 0, first - 1))


async def _count(documents: Documents, thread: ThreadRow, low: int, high: int) -> int:
    """The number of messages with `low < seq <= high` outside the open cuts."""
    marks: dict[str, Any] = {"batch": None}
    if commits := thread.get("commits"):
        marks = {"$or": [{"batch": None}, {"batch.id": {"$in": commits}}]}

    async def count_part(low: int, high: int, most_bytes: int | None) -> int:
        window = {"thread_id": thread["_id"], "seq": {"$gt": low, "$lte": high}}
        stages: list[dict[str, Any]] = [{"$match": window}, {"$match": marks}, {"$count": "count"}]
        found: Any = await documents.messages.aggregate(stages, **comment_of(most_bytes))
        return sum([row["count"] async for row in found])

    total = 0
    for begin, end in uncovered(low, high, ranges_of(thread)):
        async for count in in_parts(begin, end, count_part):
            total += count
    return total
