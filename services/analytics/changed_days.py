"""Finds the days whose daily facts are outdated. It reads only rows that changed (decision 0012)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ...clock import EPOCH
from ...documents import A_DATE
from ..deletion import IS_UNSETTLED_ID
from .pipelines import day_after

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from ...documents import Documents

_IDS_AT_ONCE = 1000


async def hidden_threads(documents: Documents) -> list[str]:
    """The ids of threads that are being deleted or created, and of purged threads that may still get a late message."""
    hidden = [row["_id"] async for row in documents.threads.find({"deleted_at": A_DATE}, {"_id": 1})]
    purged = documents.deleted_threads.get_pymongo_collection().find({"unfinished": True}, {"_id": 1})
    return hidden + [row["_id"] async for row in purged]


async def changed_days(documents: Documents, since: datetime) -> set[datetime]:
    """The days of messages that were written, imported, changed or deleted since, and of threads that were deleted since."""
    new = await _days_since(documents, since)
    imported = await _days_of(documents, {"imported_at": {"$gte": since}})
    edited = await _days_of(documents, {"updated_at": {"$gte": since}, "revision": {"$gt": 1}})
    deleted = await _days_of(documents, {"deleted_at": {"$gte": since}}, "deleted_messages")
    threads = documents.deleted_threads.get_pymongo_collection().find({"deleted_at": {"$gte": since}}, {"_id": 1})
    purged = await _days_of_threads(documents, [row["_id"] async for row in threads])
    # An answer counts on its own day, which may be the day after its question. So the following days change too.
    return new | _with_following(imported | edited | deleted | purged)


async def unsettled_days(documents: Documents, hidden: list[str]) -> set[datetime]:
    """The days of messages that may soon become visible or disappear: those in batches, commits, cuts and hidden threads.

    When this happens, it leaves no evidence that `changed_days` could find.
    """
    pending = await _days_of(documents, {"batch.id": IS_UNSETTLED_ID})
    for ids in _chunks(hidden):
        pending |= await _days_of(documents, {"thread_id": {"$in": ids}})
    return _with_following(pending | await _days_of_threads(documents, hidden))


async def all_days(documents: Documents, since: datetime) -> set[datetime]:
    """All days since `since` that have messages or daily facts."""
    days = await _days_since(documents, since)
    for collection in ("daily_messages", "daily_users", "daily_threads"):
        days |= await _days_since(documents, since, collection, "day")
    return days


async def _days_of_threads(documents: Documents, thread_ids: list[str]) -> set[datetime]:
    """The days on which these threads are in the daily facts, also if their messages are removed already."""
    days: set[datetime] = set()
    for ids in _chunks(thread_ids):
        days |= await _days_of(documents, {"thread_id": {"$in": ids}}, "daily_threads", "$day")
    return days


async def _days_since(
    documents: Documents, since: datetime, collection: str = "messages", date: str = "created_at"
) -> set[datetime]:
    """The days since `since` that have rows with this date, which has an index.

    MongoDB needs one step in the index for each day, however many rows a day has. The embedded server would read all rows
    for each day, so it reads them once.
    """
    if not documents.sorts_by_index:
        if since > EPOCH:
            return await _days_of(documents, {date: {"$gte": since}}, collection, f"${date}")
        # A condition that all rows meet would double the time.
        return {day for day in await _days_of(documents, {}, collection, f"${date}") if day >= EPOCH}
    days: set[datetime] = set()
    rows = documents.database[collection]
    while row := await rows.find_one({date: {"$gte": since}}, {date: 1, "_id": 0}, sort=[(date, 1)]):
        day = row[date].replace(hour=0, minute=0, second=0, microsecond=0)
        days.add(day)
        since = day_after(day)
        if since.hour:  # the last day of year 9999 has no following one
            break
    return days


async def _days_of(
    documents: Documents, found: dict[str, Any], collection: str = "messages", date: str = "$created_at"
) -> set[datetime]:
    day = {"$dateTrunc": {"date": date, "unit": "day"}}
    cursor = await documents.database[collection].aggregate([{"$match": found}, {"$group": {"_id": day}}])
    return {row["_id"] async for row in cursor if row["_id"] is not None}


def _with_following(days: Iterable[datetime]) -> set[datetime]:
    following = {day_after(day) for day in days}
    return {*days, *(day for day in following if day.hour == 0)}  # the last day of year 9999 has no following one


def _chunks(ids: list[str]) -> Iterable[list[str]]:
    return (ids[start : start + _IDS_AT_ONCE] for start in range(0, len(ids), _IDS_AT_ONCE))
