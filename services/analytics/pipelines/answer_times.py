"""Questions about the time until an answer.

An answer is the first message of an assistant after a message of a user, at most one day after it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .stages import (
    DAY_SECONDS,
    Expression,
    Pipeline,
    days_between,
    messages_between,
    named_percentiles,
    percentiles,
    rounded,
    seconds_between,
    with_question,
)

if TYPE_CHECKING:
    from datetime import datetime

_RANKS = (0.5, 0.9, 0.99)
_NAMES = ("p50", "p90", "p99")


def _messages(asked_since: datetime, until: datetime, deleted: list[str]) -> Pipeline:
    """The messages of users and assistants, each with the time of its question.

    `asked_since` is one day before the period, because the question of an answer may be older than the period.
    """
    speakers = messages_between(asked_since, until, deleted, role={"$in": ["user", "assistant"]})
    return [*speakers, with_question("$thread_id")]


def _percentiles(since: datetime, name: str, key: Expression) -> Pipeline:
    """Percentiles of the seconds of each answer, for each value of a key."""
    seconds = seconds_between("$asked_at", "$created_at")
    return [
        {"$match": {"role": "assistant", "asked_at": {"$ne": None}, "created_at": {"$gte": since}}},
        {"$project": {"_id": 0, name: key, "seconds": seconds}},
        {"$match": {"seconds": {"$gte": 0, "$lte": DAY_SECONDS}}},
        {"$group": {"_id": f"${name}", "answers": {"$sum": 1}, "seconds": percentiles("$seconds", *_RANKS)}},
        {"$project": {"_id": 0, name: "$_id", "answers": 1, **named_percentiles("$seconds", *_NAMES)}},
        {"$sort": {name: 1}},
    ]


def times_by_assistant(since: datetime) -> Pipeline:
    """The stages of `answer_times_by_assistant` behind the stages that find the messages."""
    return _percentiles(since, "assistant_id", "$assistant_id")


def times_by_hour(since: datetime, zone: str) -> Pipeline:
    """The stages of `answer_times_by_hour` behind the stages that find the messages."""
    return _percentiles(since, "hour", {"$hour": {"date": "$created_at", "timezone": zone}})


def answer_times_by_assistant(since: datetime, until: datetime, asked_since: datetime, deleted: list[str]) -> Pipeline:
    """Percentiles of the seconds until an answer, by assistant."""
    return [*_messages(asked_since, until, deleted), *times_by_assistant(since)]


def answer_times_by_hour(
    since: datetime, until: datetime, asked_since: datetime, zone: str, deleted: list[str]
) -> Pipeline:
    """Percentiles of the seconds until an answer, by the hour of the answer in a time zone."""
    return [*_messages(asked_since, until, deleted), *times_by_hour(since, zone)]


def answer_times_a_day(since: datetime, until: datetime) -> Pipeline:
    """Percentiles of the seconds until an answer, by day and assistant, from the daily facts."""
    return [
        days_between(since, until, answers={"$gt": 0}),
        {
            "$project": {
                "_id": 0,
                "day": 1,
                "assistant_id": 1,
                "answers": 1,
                "mean": rounded({"$divide": ["$answer_seconds", "$answers"]}),
                "p50": rounded("$answer_p50"),
                "p90": rounded("$answer_p90"),
                "p99": rounded("$answer_p99"),
            }
        },
        {"$sort": {"day": 1, "assistant_id": 1}},
    ]
