"""Questions about threads: lengths, durations, unanswered messages, the longest and busiest threads, similar questions."""

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

_WORD = "[^ \t\n\u000b\f\r\u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000.,;:!?()\"'-]+"
"""White space is listed, because servers differ in what `\\s` means: for some of them no-break spaces belong to words."""
_LENGTHS = [0, 1, 2, 3, 5, 10, 20, 50, 100, 1_000]
_SECONDS = [0, 60, 300, 900, 3_600, 14_400, 86_400, 604_800]
_LENGTH = {"$max": [0, "$message_count"]}


def _buckets(by: Expression, boundaries: list[int], **output: Expression) -> Stage:
    """The threads of each class. The last class has no end. A class has the lowest value as its `_id`."""
    output = {"threads": {"$sum": 1}, **output}
    return {"$bucket": {"groupBy": by, "boundaries": boundaries, "default": boundaries[-1], "output": output}}


def _shares(name: str) -> list[Stage]:
    return [
        {"$setWindowFields": {"output": {"all": {"$sum": "$threads"}}}},
        {"$project": {"_id": 0, name: "$_id", "threads": 1, "share": share("$threads", "$all")}},
        {"$sort": {name: 1}},
    ]


def thread_lengths(since: datetime, until: datetime) -> Pipeline:
    """The threads of each class of length. A class has `at_least` this number of messages, and fewer than the next class."""
    return [threads_between(since, until), _buckets(_LENGTH, _LENGTHS), *_shares("at_least")]


def thread_durations(since: datetime, until: datetime) -> Pipeline:
    """The threads of each class of duration. The duration is the seconds from the creation to the last message."""
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
_UNWIND_LAST: Stage = {"$unwind": "$last"}


def drop_off(since: datetime, until: datetime) -> Pipeline:
    """The threads of each class of length, and how many of them end with a message of a user."""
    return [
        threads_between(since, until, last_message_at={"$ne": None}),
        _LAST_MESSAGE,
        _UNWIND_LAST,
        _buckets(_LENGTH, _LENGTHS, unanswered=count_if({"$eq": ["$last.role", "user"]})),
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
    """The threads whose last message is of a user and was written in a period.

    If `until` is N hours ago, these are the threads that have waited for at least N hours.
    """
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
        _UNWIND_LAST,
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
    """The threads that were created in a period and have the most messages."""
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
    """The threads with the most messages in a period, also if they were created before it."""
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
    """Groups of first questions that have the same set of words. Case, punctuation and the order of words do not count."""
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
                "_id": {"words": "$words", "owner": "$owner_id"},
                "threads": {"$sum": 1},
                "example": {"$min": "$first.content"},
            }
        },
        {
            "$group": {
                "_id": "$_id.words",
                "threads": {"$sum": "$threads"},
                "owners": {"$sum": 1},
                "example": {"$min": "$example"},
            }
        },
        {"$match": {"threads": {"$gt": 1}}},
        {"$project": {"_id": 0, "example": 1, "threads": 1, "owners": 1}},
        {"$sort": {"threads": -1, "example": 1}},
        {"$limit": limit},
    ]
