"""How threads go: their length and duration, where they end, which stand out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .stages import (
    MESSAGE,
    Expression,
    Pipeline,
    Stage,
    count_if,
    days_between,
    seconds_between,
    share,
    threads_between,
)

if TYPE_CHECKING:
    from datetime import datetime

_WORD = r"""[^\s.,;:!?()"'-]+"""
_LENGTHS = [0, 1, 2, 3, 5, 10, 20, 50, 100, 1_000, 10_000_000]
_SECONDS = [0, 60, 300, 900, 3_600, 14_400, 86_400, 604_800, 10_000_000_000]


def _buckets(by: Expression, boundaries: list[int]) -> Stage:
    return {"$bucket": {"groupBy": by, "boundaries": boundaries, "output": {"threads": {"$sum": 1}}}}


def _shares(name: str) -> list[Stage]:
    return [
        {"$setWindowFields": {"output": {"all": {"$sum": "$threads"}}}},
        {"$project": {"_id": 0, name: "$_id", "threads": 1, "share": share("$threads", "$all")}},
        {"$sort": {name: 1}},
    ]


def thread_lengths(since: datetime, until: datetime) -> Pipeline:
    """Threads by their number of messages: `at_least` so many, and fewer than in the next row."""
    return [threads_between(since, until), _buckets("$message_count", _LENGTHS), *_shares("at_least")]


def thread_durations(since: datetime, until: datetime) -> Pipeline:
    """Threads with messages by the seconds from their making to the last message."""
    duration = seconds_between("$created_at", "$last_message_at")
    return [
        threads_between(since, until, last_message_at={"$ne": None}),
        _buckets({"$max": [0, duration]}, _SECONDS),
        *_shares("at_least_seconds"),
    ]


_LAST_MESSAGE: Stage = {
    "$lookup": {
        "from": "messages",
        "localField": "_id",
        "foreignField": "thread_id",
        "pipeline": [
            {"$match": MESSAGE},
            {"$sort": {"seq": -1}},
            {"$limit": 1},
            {"$project": {"role": 1, "content": 1}},
        ],
        "as": "last",
    }
}
_UNWOUND: Stage = {"$unwind": "$last"}


def drop_off(since: datetime, until: datetime) -> Pipeline:
    """Threads by their number of messages, and how many of them end with a user's message that nobody answered."""
    return [
        threads_between(since, until, last_message_at={"$ne": None}),
        _LAST_MESSAGE,
        _UNWOUND,
        {
            "$bucket": {
                "groupBy": "$message_count",
                "boundaries": _LENGTHS[1:],
                "default": 0,
                "output": {
                    "threads": {"$sum": 1},
                    "unanswered": count_if({"$eq": ["$last.role", "user"]}),
                },
            }
        },
        {"$match": {"_id": {"$gt": 0}}},
        {
            "$project": {
                "_id": 0,
                "at_least": "$_id",
                "threads": 1,
                "unanswered": 1,
                "share": share("$unanswered", "$threads"),
            }
        },
        {"$sort": {"at_least": 1}},
    ]


def unanswered(since: datetime, until: datetime, limit: int) -> Pipeline:
    """Threads whose last message is a user's and came in a period; with `until` N hours ago, those that wait for N hours."""
    return [
        {
            "$match": {
                "last_active_at": {"$gte": since, "$lt": until},
                "deleted_at": None,
                "last_message_at": {"$ne": None},
            }
        },
        {"$sort": {"last_active_at": 1}},
        _LAST_MESSAGE,
        _UNWOUND,
        {"$match": {"last.role": "user"}},
        {"$limit": limit},
        {
            "$project": {
                "_id": 0,
                "thread_id": "$_id",
                "owner_id": 1,
                "waiting_since": "$last_message_at",
                "question": {"$substrCP": ["$last.content", 0, 80]},
            }
        },
    ]


def longest_threads(since: datetime, until: datetime, limit: int) -> Pipeline:
    """The threads with most messages among those that were made in a period."""
    return [
        threads_between(since, until),
        {"$sort": {"message_count": -1, "_id": 1}},
        {"$limit": limit},
        {
            "$project": {
                "_id": 0,
                "thread_id": "$_id",
                "owner_id": 1,
                "message_count": 1,
                "created_at": 1,
                "last_message_at": 1,
            }
        },
    ]


def busiest_threads(since: datetime, until: datetime, limit: int) -> Pipeline:
    """The threads in which most was said in a period, whenever they were made."""
    return [
        days_between(since, until),
        {
            "$group": {
                "_id": "$thread_id",
                "owner_id": {"$first": "$owner_id"},
                "messages": {"$sum": "$messages"},
                "days": {"$sum": 1},
            }
        },
        {"$project": {"_id": 0, "thread_id": "$_id", "owner_id": 1, "messages": 1, "days": 1}},
        {"$sort": {"messages": -1, "thread_id": 1}},
        {"$limit": limit},
    ]


def similar_first_questions(since: datetime, until: datetime, limit: int) -> Pipeline:
    """First questions that are the same but for case, punctuation, order and repetition of words."""
    first = [
        {"$match": {**MESSAGE, "role": "user"}},
        {"$sort": {"seq": 1}},
        {"$limit": 1},
        {"$project": {"content": {"$substrCP": ["$content", 0, 500]}}},
    ]
    found = {"$regexFindAll": {"input": {"$toLower": "$first.content"}, "regex": _WORD}}
    words = {"$map": {"input": found, "in": "$$this.match"}}
    return [
        threads_between(since, until),
        {
            "$lookup": {
                "from": "messages",
                "localField": "_id",
                "foreignField": "thread_id",
                "pipeline": first,
                "as": "first",
            }
        },
        {"$unwind": "$first"},
        {"$match": {"first.content": {"$ne": ""}}},
        {"$set": {"words": {"$sortArray": {"input": {"$setUnion": [words]}, "sortBy": 1}}}},
        {
            "$group": {
                "_id": "$words",
                "threads": {"$sum": 1},
                "owners": {"$addToSet": "$owner_id"},
                "example": {"$min": "$first.content"},
            }
        },
        {"$match": {"threads": {"$gt": 1}}},
        {"$project": {"_id": 0, "example": 1, "threads": 1, "owners": {"$size": "$owners"}}},
        {"$sort": {"threads": -1, "example": 1}},
        {"$limit": limit},
    ]
