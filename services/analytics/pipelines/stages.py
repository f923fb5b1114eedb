"""The stages and expressions that several pipelines use."""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Callable

Stage = dict[str, Any]
Pipeline = list[Stage]
Expression = Any
Period = Literal["day", "week", "month"]

_FIRST_MOMENT, _LAST_MOMENT = datetime(1, 1, 1), datetime(9999, 12, 31, 23, 59, 59, 999000)  # noqa: DTZ001 - naive UTC
DAY = timedelta(days=1)
"""One day. An answer is at most one day later than its question."""
DAY_SECONDS = 24 * 3600
MESSAGE = {"batch": None, "covers": None}
"""Filter for messages. A row with `batch` is a placeholder row, or belongs to a batch that is being written. A row with `covers`
is a summary, which repeats what others said."""


BOOKKEEPING = {"role": "unknown", "type": {"$ne": "message"}}
"""Filter for the state of frameworks, which nobody said."""


@dataclass(frozen=True, slots=True)
class Question:
    """A question, the collection that it reads, and the function that returns its pipeline."""

    name: str
    """The identifier of the question. docs/analytics.md shows it under the heading of the question."""
    collection: str
    pipeline: Callable[..., Pipeline]
    tells_complete: bool = False
    """Whether the rows say if their week or month is complete. It is not before it has ended, so `until` is not in the future."""

    @property
    def parameters(self) -> list[str]:
        """The names of the parameters of the pipeline function."""
        return [*inspect.signature(self.pipeline).parameters]

    @property
    def reads_daily_facts(self) -> bool:
        """Whether the question reads the daily facts, and not messages or threads."""
        return self.collection.startswith("daily_")


def day_before(moment: datetime) -> datetime:
    """The moment one day earlier, or the first moment of year 1."""
    return moment - DAY if moment - _FIRST_MOMENT > DAY else _FIRST_MOMENT


def day_after(moment: datetime) -> datetime:
    """The moment one day later, or the last moment of year 9999."""
    return moment + DAY if _LAST_MOMENT - moment > DAY else _LAST_MOMENT


def messages_between(
    since: datetime, until: datetime, deleted: list[str], *, either: list[Stage] | None = None, **filters: Any
) -> Pipeline:
    """The messages of a period, without those of the threads in `deleted`: a range of the index on `created_at`.

    Bookkeeping of frameworks does not count. A message meets one of the filters in `either`, if there are any.
    """
    visible: Stage = {**MESSAGE, "thread_id": {"$nin": deleted}}
    alternatives: Stage = {} if "role" in filters else {"$nor": [BOOKKEEPING]}
    if either is not None:
        alternatives["$or"] = either
    found = {"$match": {"created_at": {"$gte": since, "$lt": until}, **visible, **filters}}
    # The embedded server reads the whole collection if the first stage has alternatives. MongoDB joins both stages.
    return [found, {"$match": alternatives}] if alternatives else [found]


def with_question(series: Expression) -> Stage:
    """Adds `asked_at`: the time of the message before it in its series of messages, if a user wrote that message."""
    asked_at = {"$cond": [{"$eq": ["$role", "user"]}, "$created_at", None]}
    before = {"$shift": {"output": asked_at, "by": -1}}
    return {"$setWindowFields": {"partitionBy": series, "sortBy": {"seq": 1}, "output": {"asked_at": before}}}


SPEAKERS: Expression = {"$cond": [{"$in": ["$role", ["user", "assistant"]]}, "$thread_id", "$_id"]}
"""The series of a message for `with_question`: users and assistants of a thread. All other messages are alone."""


def threads_between(since: datetime, until: datetime, **filters: Any) -> Stage:
    """The threads that were created in a period, without log threads: a range of the index on `created_at`."""
    visible = {"deleted_at": None, "meta_data.kind": {"$ne": "log"}}
    return {"$match": {"created_at": {"$gte": since, "$lt": until}, **visible, **filters}}


def days_between(since: datetime, until: datetime, **filters: Any) -> Stage:
    """The daily facts of a period: a range of the index on `day`."""
    return {"$match": {"day": {"$gte": since, "$lt": until}, **filters}}


def period_of(date: str, unit: Period, zone: str) -> Expression:
    """The beginning of the day, the week (Monday) or the month of a date, in a time zone."""
    return {"$dateTrunc": {"date": date, "unit": unit, "timezone": zone, "startOfWeek": "monday"}}


def count_if(condition: Expression) -> Expression:
    """An accumulator that counts the documents that meet a condition."""
    return {"$sum": {"$cond": [condition, 1, 0]}}


def rounded(expression: Expression, places: int = 3) -> Expression:
    """The value rounded to `places` decimal places. Null stays null."""
    return {"$round": [expression, places]}


def share(part: Expression, whole: Expression) -> Expression:
    """The part divided by the whole, from 0 to 1. Null if the whole is 0."""
    return {"$cond": [{"$eq": [whole, 0]}, None, rounded({"$divide": [part, whole]})]}


def seconds_between(start: Expression, end: Expression) -> Expression:
    """The seconds from `start` to `end`, with decimals."""
    return {"$divide": [{"$subtract": [end, start]}, 1000]}


def percentiles(of: str, *ranks: float) -> Expression:
    """An accumulator of percentiles: one value for each rank, from 0 to 1. They are approximate."""
    return {"$percentile": {"input": of, "p": [*ranks], "method": "approximate"}}


def named_percentiles(array: str, *names: str) -> Stage:
    """One field for each entry of an array of percentiles, in this order."""
    return {name: rounded({"$arrayElemAt": [array, index]}) for index, name in enumerate(names)}
