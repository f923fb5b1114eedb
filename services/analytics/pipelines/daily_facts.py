"""The pipelines that compute the daily facts of one day from its messages and merge them into their collections."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ....documents import ANONYMOUS, call_count
from .stages import (
    DAY_SECONDS,
    Pipeline,
    Stage,
    count_if,
    day_after,
    day_before,
    messages_between,
    percentiles,
    seconds_between,
)

if TYPE_CHECKING:
    from datetime import datetime

VERSION = 2
"""The version of the computation. After it was raised, the next rollup computes all days again."""


def _merge_into(collection: str) -> Stage:
    return {"$merge": {"into": collection, "on": "_id", "whenMatched": "replace", "whenNotMatched": "insert"}}


def _fact_key(day: datetime, *rest: Any) -> Stage:
    """The fields `_id` and `day` of a fact. `_id` is a string, because not every server finds sub-documents by index."""
    return {"_id": {"$concat": [f"{day:%Y-%m-%d} ", *rest]}, "day": {"$literal": day}}


def _with_answer_seconds(since: datetime) -> Pipeline:
    """Stages that add `seconds` to the messages since `since`.

    For an answer, it is the time since its question: the message of a user right before it among the messages of users and
    assistants in the thread, at most one day earlier. For all other messages it is null.
    """
    speaks = {"$in": ["$role", ["user", "assistant"]]}
    before = {"$shift": {"output": {"role": "$role", "at": "$created_at"}, "by": -1}}
    seconds = seconds_between("$before.at", "$created_at")
    is_answer = {
        "$and": [
            {"$eq": ["$role", "assistant"]},
            {"$eq": ["$before.role", "user"]},
            {"$gte": [seconds, 0]},
            {"$lte": [seconds, DAY_SECONDS]},
        ]
    }
    return [
        {
            "$setWindowFields": {
                "partitionBy": {"thread": "$thread_id", "speaks": speaks},
                "sortBy": {"seq": 1},
                "output": {"before": before},
            }
        },
        {"$match": {"created_at": {"$gte": since}}},
        {"$set": {"seconds": {"$cond": [is_answer, seconds, None]}}},
    ]


def _group_by_writer() -> Stage:
    """The totals of each role and assistant."""
    return {
        "$group": {
            "_id": {"role": "$role", "assistant_id": "$assistant_id"},
            "messages": {"$sum": 1},
            "threads": {"$addToSet": "$thread_id"},
            "characters": {"$sum": "$characters"},
            "tool_calls": {"$sum": "$tool_calls"},
            "answers": count_if({"$ne": ["$seconds", None]}),
            "answer_seconds": {"$sum": "$seconds"},
            "percentiles": percentiles("$seconds", 0.5, 0.9, 0.99),
        }
    }


def _project_writer(day: datetime, computed_at: datetime) -> Stage:
    assistant = "$_id.assistant_id"
    return {
        "$project": {
            **_fact_key(day, "$_id.role", {"$cond": [{"$eq": [assistant, None]}, "", {"$concat": [" ", assistant]}]}),
            "role": "$_id.role",
            "assistant_id": assistant,
            "messages": 1,
            "threads": {"$size": "$threads"},
            "characters": 1,
            "tool_calls": 1,
            "answers": 1,
            "answer_seconds": 1,
            "answer_p50": {"$arrayElemAt": ["$percentiles", 0]},
            "answer_p90": {"$arrayElemAt": ["$percentiles", 1]},
            "answer_p99": {"$arrayElemAt": ["$percentiles", 2]},
            "computed_at": {"$literal": computed_at},
        }
    }


def daily_messages(day: datetime, deleted: list[str], computed_at: datetime) -> Pipeline:
    """The messages, threads, characters, tool calls and answer times of each role and assistant on a day.

    The pipeline also reads the day before, because the question of an answer may be on that day.
    """
    measured = {
        "thread_id": 1,
        "seq": 1,
        "role": 1,
        "assistant_id": 1,
        "created_at": 1,
        "characters": {"$strLenCP": "$content"},
        "tool_calls": call_count(),
    }
    return [
        messages_between(day_before(day), day_after(day), deleted),
        {"$project": measured},
        *_with_answer_seconds(day),
        _group_by_writer(),
        _project_writer(day, computed_at),
        _merge_into("daily_messages"),
    ]


def daily_users(day: datetime, deleted: list[str], computed_at: datetime) -> Pipeline:
    """The messages, threads and characters of each user who wrote on a day."""
    return [
        messages_between(day, day_after(day), deleted, role="user", sender_id={"$nin": [None, ANONYMOUS]}),
        {
            "$group": {
                "_id": "$sender_id",
                "messages": {"$sum": 1},
                "threads": {"$addToSet": "$thread_id"},
                "characters": {"$sum": {"$strLenCP": "$content"}},
            }
        },
        {
            "$project": {
                **_fact_key(day, "$_id"),
                "user_id": "$_id",
                "messages": 1,
                "threads": {"$size": "$threads"},
                "characters": 1,
                "computed_at": {"$literal": computed_at},
            }
        },
        _merge_into("daily_users"),
    ]


def daily_threads(day: datetime, deleted: list[str], computed_at: datetime) -> Pipeline:
    """The messages, the messages of users and the bytes of each thread with a message on a day, with the owner."""
    owner = [{"$match": {"deleted_at": None}}, {"$project": {"owner_id": 1}}]
    thread = {"from": "threads", "localField": "_id", "foreignField": "_id", "pipeline": owner, "as": "thread"}
    return [
        messages_between(day, day_after(day), deleted),
        {
            "$group": {
                "_id": "$thread_id",
                "messages": {"$sum": 1},
                "user_messages": count_if({"$eq": ["$role", "user"]}),
                "bytes": {"$sum": {"$bsonSize": "$$ROOT"}},
            }
        },
        {"$lookup": thread},
        {"$unwind": "$thread"},
        {
            "$project": {
                **_fact_key(day, "$_id"),
                "thread_id": "$_id",
                "owner_id": "$thread.owner_id",
                "messages": 1,
                "user_messages": 1,
                "bytes": 1,
                "computed_at": {"$literal": computed_at},
            }
        },
        _merge_into("daily_threads"),
    ]


FACTS = {"daily_messages": daily_messages, "daily_users": daily_users, "daily_threads": daily_threads}
"""The pipelines of a day, by the collection that each is merged into."""
