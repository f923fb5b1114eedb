"""Questions about the time until an answer.

An answer is the first message of an assistant after a message of a user, at most one day after it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .stages import (
    DAY_SECONDS,
    Pipeline,
    Stage,
    days_between,
    messages_between,
    named_percentiles,
    percentiles,
    rounded,
    seconds_between,
)

if TYPE_CHECKING:
    from datetime import datetime

_RANKS = (0.5, 0.9, 0.99)
_NAMES = ("p50", "p90", "p99")


def _answers(since: datetime, until: datetime, asked_since: datetime, deleted: list[str]) -> Pipeline:
    """The answers of a period with their `seconds`.

    `asked_since` is one day before `since`, because the question of an answer may be older than the period.
    """
    before = {"$shift": {"output": {"role": "$role", "at": "$created_at"}, "by": -1}}
    return [
        messages_between(asked_since, until, deleted, role={"$in": ["user", "assistant"]}),
        {"$setWindowFields": {"partitionBy": "$thread_id", "sortBy": {"seq": 1}, "output": {"before": before}}},
        {"$match": {"role": "assistant", "before.role": "user", "created_at": {"$gte": since}}},
        {"$set": {"seconds": seconds_between("$before.at", "$created_at")}},
        {"$match": {"seconds": {"$gte": 0, "$lte": DAY_SECONDS}}},
    ]


def _percentiles(key: str) -> list[Stage]:
    return [
        {"$project": {"_id": 0, key: "$_id", "answers": 1, **named_percentiles("$seconds", *_NAMES)}},
        {"$sort": {key: 1}},
    ]


def answer_times_by_assistant(since: datetime, until: datetime, asked_since: datetime, deleted: list[str]) -> Pipeline:
    """Percentiles of the seconds until an answer, by assistant."""
    return [
        *_answers(since, until, asked_since, deleted),
        {"$group": {"_id": "$assistant_id", "answers": {"$sum": 1}, "seconds": percentiles("$seconds", *_RANKS)}},
        *_percentiles("assistant_id"),
    ]


def answer_times_by_hour(
    since: datetime, until: datetime, asked_since: datetime, zone: str, deleted: list[str]
) -> Pipeline:
    """Percentiles of the seconds until an answer, by the hour of the answer in a time zone."""
    hour = {"$hour": {"date": "$created_at", "timezone": zone}}
    return [
        *_answers(since, until, asked_since, deleted),
        {"$group": {"_id": hour, "answers": {"$sum": 1}, "seconds": percentiles("$seconds", *_RANKS)}},
        *_percentiles("hour"),
    ]


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
