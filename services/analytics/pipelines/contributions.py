"""The pipeline that reads the messages of some days for the daily facts. It reads each message once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ....documents import call_count
from .stages import DAY_SECONDS, SPEAKERS, Pipeline, Stage, day_before, messages_between, seconds_between, with_question

if TYPE_CHECKING:
    from datetime import datetime

VERSION = 3
"""The version of the computation. After it was raised, the next rollup computes all days again."""


def contributions(since: datetime, until: datetime, deleted: list[str]) -> Pipeline:
    """The contribution of each sender on each day in each thread: the counts, and the seconds that each answer took.

    The pipeline also reads the day before `since`, because the question of an answer may be on that day.
    """
    measured = {
        "series": SPEAKERS,
        **{name: f"${name}" for name in ("thread_id", "seq", "role", "assistant_id", "sender_id", "created_at")},
        "characters": {"$strLenCP": "$content"},
        # Most messages are no items, and a long `$in` takes the embedded server as long as the rest of this stage.
        "tool_calls": {
            "$cond": [{"$eq": ["$type", "message"]}, {"$size": {"$ifNull": ["$tool_calls", []]}}, call_count()]
        },
        "bytes": {"$bsonSize": "$$ROOT"},
    }
    return [
        *messages_between(day_before(since), until, deleted),
        {"$replaceWith": measured},
        with_question("$series"),
        {"$match": {"created_at": {"$gte": since}}},
        _group_by_sender(),
    ]


def _group_by_sender() -> Stage:
    """An answer is a message of an assistant right after a message of a user, at most one day later."""
    seconds = seconds_between("$asked_at", "$created_at")
    is_answer = {
        "$and": [
            {"$eq": ["$role", "assistant"]},
            {"$ne": ["$asked_at", None]},
            {"$gte": [seconds, 0]},
            {"$lte": [seconds, DAY_SECONDS]},
        ]
    }
    return {
        "$group": {
            "_id": {
                "day": {"$dateTrunc": {"date": "$created_at", "unit": "day"}},
                "thread_id": "$thread_id",
                "role": "$role",
                "assistant_id": "$assistant_id",
                "sender_id": "$sender_id",
            },
            "messages": {"$sum": 1},
            "characters": {"$sum": "$characters"},
            "tool_calls": {"$sum": "$tool_calls"},
            "bytes": {"$sum": "$bytes"},
            "seconds": {"$push": {"$cond": [is_answer, seconds, "$$REMOVE"]}},
        }
    }
