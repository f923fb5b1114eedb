"""The words that the pipelines have in common."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

Stage = dict[str, Any]
Pipeline = list[Stage]
Expression = Any
Period = Literal["day", "week", "month"]

DAY = timedelta(days=1)
"""Within how long a message is an answer: what comes later is another beginning."""
DAY_SECONDS = 24 * 3600
MESSAGE = {"batch": None}
"""A row of `messages` with a mark is not a message: it keeps a number, or is part of a batch that is being written."""


@dataclass(frozen=True, slots=True)
class Question:
    """A question, the collection that answers it, and how."""

    name: str
    """Its identifier: that of the method of `AnalyticsService`. docs/analytics.md has it under the question's heading."""
    collection: str
    pipeline: Callable[..., Pipeline]

    @property
    def about_days(self) -> bool:
        """Whether the daily facts answer it."""
        return self.collection.startswith("daily_")


def messages_between(since: datetime, until: datetime, deleted: list[str], **filters: Any) -> Stage:
    """Messages of a period, without those of threads that are being deleted: a range of the index on `created_at`."""
    there = {**MESSAGE, "thread_id": {"$nin": deleted}}
    return {"$match": {"created_at": {"$gte": since, "$lt": until}, **there, **filters}}


def threads_between(since: datetime, until: datetime, **filters: Any) -> Stage:
    """Threads that were made in a period: a range of the index on `created_at`."""
    return {"$match": {"created_at": {"$gte": since, "$lt": until}, "deleted_at": None, **filters}}


def days_between(since: datetime, until: datetime, **filters: Any) -> Stage:
    """Daily facts of a period: a range of the index on `day`."""
    return {"$match": {"day": {"$gte": since, "$lt": until}, **filters}}


def period_of(date: str, unit: Period, zone: str) -> Expression:
    """The beginning of the day, the week (Monday) or the month that a date lies in."""
    return {"$dateTrunc": {"date": date, "unit": unit, "timezone": zone, "startOfWeek": "monday"}}


def count_if(condition: Expression) -> Expression:
    """An accumulator that counts what a condition holds for."""
    return {"$sum": {"$cond": [condition, 1, 0]}}


def rounded(expression: Expression, places: int = 3) -> Expression:
    """To so many decimal places; null stays null."""
    return {"$round": [expression, places]}


def share(part: Expression, whole: Expression) -> Expression:
    """A part of a whole, from 0 to 1; null where there is nothing."""
    return {"$cond": [{"$eq": [whole, 0]}, None, rounded({"$divide": [part, whole]})]}


def seconds_between(start: Expression, end: Expression) -> Expression:
    """The seconds from one date to another."""
    return {"$divide": [{"$subtract": [end, start]}, 1000]}


def percentiles(of: str, *ranks: float) -> Expression:
    """An accumulator of the values that so many (0 to 1) are at most as large as."""
    return {"$percentile": {"input": of, "p": [*ranks], "method": "approximate"}}


def named_percentiles(array: str, *names: str) -> Stage:
    """Fields for the entries of an array of percentiles."""
    return {name: rounded({"$arrayElemAt": [array, place]}) for place, name in enumerate(names)}
