"""Finds the days whose facts are not right any more, without looking at what did not change (decision 0012)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ...documents import A_DATE
from ..deletion import OF_A_BATCH
from .pipelines import DAY

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from ...documents import Documents

_IDS_AT_ONCE = 1000


async def hidden_threads(documents: Documents) -> list[str]:
    """Threads that are being deleted or made, and those that are gone, but may still see a message come."""
    deleted = [row["_id"] async for row in documents.threads.find({"deleted_at": A_DATE}, {"_id": 1})]
    gone = documents.deleted_threads.get_pymongo_collection().find({"unfinished": True}, {"_id": 1})
    return deleted + [row["_id"] async for row in gone]


async def changed_days(documents: Documents, since: datetime) -> set[datetime]:
    """Days of messages that were written, changed, imported or deleted since, and of threads that were deleted since."""
    new = await _days_of(documents, {"created_at": {"$gte": since}})
    late = await _days_of(documents, {"imported_at": {"$gte": since}})
    edited = await _days_of(documents, {"updated_at": {"$gte": since}, "revision": {"$gt": 1}})
    gone = await _days_of(documents, {"deleted_at": {"$gte": since}}, "deleted_messages")
    threads = documents.deleted_threads.get_pymongo_collection().find({"deleted_at": {"$gte": since}}, {"_id": 1})
    purged = await _days_of_threads(documents, [row["_id"] async for row in threads])
    # An answer counts on its own day, and may be a day later than its question.
    return new | _with_next(late | edited | gone | purged)


async def unsettled_days(documents: Documents, hidden: list[str]) -> set[datetime]:
    """Days of what is about to appear or to disappear: nothing will say so when it does."""
    arriving = await _days_of(documents, {"batch.id": OF_A_BATCH})
    for ids in _chunks(hidden):
        arriving |= await _days_of(documents, {"thread_id": {"$in": ids}})
    return _with_next(arriving | await _days_of_threads(documents, hidden))


async def all_days(documents: Documents, since: datetime) -> set[datetime]:
    """Days with messages or facts since then."""
    days = await _days_of(documents, {"created_at": {"$gte": since}})
    for collection in ("daily_messages", "daily_users", "daily_threads"):
        days |= await _days_of(documents, {"day": {"$gte": since}}, collection, "$day")
    return days


async def _days_of_threads(documents: Documents, thread_ids: list[str]) -> set[datetime]:
    """On which days these threads are in the facts, whether or not their messages are still there."""
    days: set[datetime] = set()
    for ids in _chunks(thread_ids):
        days |= await _days_of(documents, {"thread_id": {"$in": ids}}, "daily_threads", "$day")
    return days


async def _days_of(
    documents: Documents, found: dict[str, Any], collection: str = "messages", date: str = "$created_at"
) -> set[datetime]:
    day = {"$dateTrunc": {"date": date, "unit": "day"}}
    cursor = await documents.database[collection].aggregate([{"$match": found}, {"$group": {"_id": day}}])
    return {row["_id"] async for row in cursor if row["_id"] is not None}


def _with_next(days: Iterable[datetime]) -> set[datetime]:
    return {later for day in days for later in (day, day + DAY)}


def _chunks(ids: list[str]) -> Iterable[list[str]]:
    return (ids[start : start + _IDS_AT_ONCE] for start in range(0, len(ids), _IDS_AT_ONCE))
