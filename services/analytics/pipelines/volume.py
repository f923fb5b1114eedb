"""Questions about volume: messages and threads by time, storage by owner, growth, and threads by metadata."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .stages import (
    Period,
    Pipeline,
    count_if,
    days_between,
    messages_between,
    period_of,
    rounded,
    share,
    threads_between,
)

if TYPE_CHECKING:
    from datetime import datetime


def messages_a_day(since: datetime, until: datetime) -> Pipeline:
    """The messages of each day, their threads, characters and tool calls, by role and assistant."""
    return [
        days_between(since, until),
        {
            "$project": {
                "_id": 0,
                "day": 1,
                "role": 1,
                "assistant_id": 1,
                "messages": 1,
                "threads": 1,
                "characters": 1,
                "tool_calls": 1,
            }
        },
        {"$sort": {"day": 1, "role": 1, "assistant_id": 1}},
    ]


def threads_a_day(since: datetime, until: datetime) -> Pipeline:
    """The threads with a message on each day, and the mean number of their messages on that day."""
    return [
        days_between(since, until),
        {"$group": {"_id": "$day", "active_threads": {"$sum": 1}, "messages": {"$sum": "$messages"}}},
        {
            "$project": {
                "_id": 0,
                "day": "$_id",
                "active_threads": 1,
                "messages_each": rounded({"$divide": ["$messages", "$active_threads"]}),
            }
        },
        {"$sort": {"day": 1}},
    ]


def new_threads(since: datetime, until: datetime, unit: Period, zone: str) -> Pipeline:
    """The threads that were created in each day, week or month of a time zone."""
    return [
        threads_between(since, until),
        {"$group": {"_id": period_of("$created_at", unit, zone), "threads": {"$sum": 1}}},
        {"$project": {"_id": 0, "start": "$_id", "threads": 1}},
        {"$sort": {"start": 1}},
    ]


def activity(since: datetime, until: datetime, unit: Period, zone: str, deleted: list[str]) -> Pipeline:
    """The messages, users who wrote and threads with a message of each day, week or month of a time zone."""
    is_user = {"$eq": ["$role", "user"]}
    return [
        *messages_between(since, until, deleted),
        {
            "$group": {
                "_id": {"start": period_of("$created_at", unit, zone), "thread": "$thread_id"},
                "messages": {"$sum": 1},
                "user_messages": count_if(is_user),
                "senders": {"$addToSet": {"$cond": [is_user, "$sender_id", "$$REMOVE"]}},
            }
        },
        {"$unwind": {"path": "$senders", "preserveNullAndEmptyArrays": True, "includeArrayIndex": "sender_index"}},
        {
            "$group": {
                "_id": {"start": "$_id.start", "sender": {"$ifNull": ["$senders", None]}},
                # A thread with several senders has several rows here. Only the first counts, because all have the same totals.
                "messages": {"$sum": {"$cond": [{"$gt": ["$sender_index", 0]}, 0, "$messages"]}},
                "user_messages": {"$sum": {"$cond": [{"$gt": ["$sender_index", 0]}, 0, "$user_messages"]}},
                "threads": count_if({"$lte": ["$sender_index", 0]}),
            }
        },
        {
            "$group": {
                "_id": "$_id.start",
                "messages": {"$sum": "$messages"},
                "user_messages": {"$sum": "$user_messages"},
                "users": {"$sum": {"$cond": [{"$in": ["$_id.sender", [None, "deleted_user"]]}, 0, 1]}},
                "threads": {"$sum": "$threads"},
            }
        },
        {"$project": {"_id": 0, "start": "$_id", "messages": 1, "user_messages": 1, "users": 1, "threads": 1}},
        {"$sort": {"start": 1}},
    ]


def busy_hours(since: datetime, until: datetime, zone: str, deleted: list[str]) -> Pipeline:
    """The messages of users by weekday (1 is Monday) and hour of a time zone."""
    return [*messages_between(since, until, deleted, role="user"), *by_hour_of_week(zone)]


def by_hour_of_week(zone: str) -> Pipeline:
    """The stages of `busy_hours` behind the stages that find the messages."""
    local = {"date": "$created_at", "timezone": zone}
    return [
        {"$group": {"_id": {"weekday": {"$isoDayOfWeek": local}, "hour": {"$hour": local}}, "messages": {"$sum": 1}}},
        {"$project": {"_id": 0, "weekday": "$_id.weekday", "hour": "$_id.hour", "messages": 1}},
        {"$sort": {"weekday": 1, "hour": 1}},
    ]


def storage_by_owner(since: datetime, until: datetime, limit: int) -> Pipeline:
    """The owners with the most bytes of BSON that were stored in a period."""
    return [
        days_between(since, until),
        {
            "$group": {
                "_id": {"owner": "$owner_id", "thread": "$thread_id"},
                "bytes": {"$sum": "$bytes"},
                "messages": {"$sum": "$messages"},
            }
        },
        {
            "$group": {
                "_id": "$_id.owner",
                "bytes": {"$sum": "$bytes"},
                "messages": {"$sum": "$messages"},
                "threads": {"$sum": 1},
            }
        },
        {"$project": {"_id": 0, "owner_id": "$_id", "bytes": 1, "messages": 1, "threads": 1}},
        {"$sort": {"bytes": -1, "owner_id": 1}},
        {"$limit": limit},
    ]


def growth(since: datetime, until: datetime) -> Pipeline:
    """The messages, the bytes of BSON and the active owners of each month, and the totals since the start of the period."""
    so_far = {"documents": ["unbounded", "current"]}
    return [
        days_between(since, until),
        {
            "$group": {
                "_id": {"month": period_of("$day", "month", "UTC"), "owner": "$owner_id"},
                "messages": {"$sum": "$messages"},
                "bytes": {"$sum": "$bytes"},
            }
        },
        {
            "$group": {
                "_id": "$_id.month",
                "messages": {"$sum": "$messages"},
                "bytes": {"$sum": "$bytes"},
                "owners": {"$sum": 1},
            }
        },
        {
            "$setWindowFields": {
                "sortBy": {"_id": 1},
                "output": {
                    "messages_so_far": {"$sum": "$messages", "window": so_far},
                    "bytes_so_far": {"$sum": "$bytes", "window": so_far},
                },
            }
        },
        {
            "$project": {
                "_id": 0,
                "month": "$_id",
                "messages": 1,
                "bytes": 1,
                "owners": 1,
                "messages_so_far": 1,
                "bytes_so_far": 1,
            }
        },
        {"$sort": {"month": 1}},
    ]


def metadata_breakdown(since: datetime, until: datetime, key: str, limit: int) -> Pipeline:
    """The threads and messages for each value of a key of `meta_data`. Null counts the threads without the key."""
    value = {"$ifNull": [{"$getField": {"field": {"$literal": key}, "input": "$meta_data"}}, None]}
    return [
        threads_between(since, until),
        {"$group": {"_id": value, "threads": {"$sum": 1}, "messages": {"$sum": "$message_count"}}},
        {"$setWindowFields": {"output": {"all": {"$sum": "$threads"}}}},
        {"$project": {"_id": 0, "value": "$_id", "threads": 1, "messages": 1, "share": share("$threads", "$all")}},
        {"$sort": {"threads": -1, "value": 1}},
        {"$limit": limit},
    ]
