"""Asks the analytics service about a period: the report computes no figures from stored data itself."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from ..clock import last_midnight, naive_utc, now
from ..errors import InvalidInput
from ..services import AnalyticsOverview, AnalyticsService, Rollups
from .figures import Figures, Period
from .slots import start_of, unit_of
from .storage import months_until

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Sequence

    from ..keep import Threadkeep
    from .figures import Rows

    Question = Callable[[], Awaitable[Iterable[Any]]]

ANSWER_SECONDS = 600
"""The time that one question may take. The report is made rarely, so it may take longer than a request."""
_DATES = frozenset({"day", "month", "cohort", "start"})
"""Columns that are days of UTC, or the moments at which they begin."""
_VALUES = 9
"""One more than the report shows, so that it knows whether there are others."""
_RETENTION = timedelta(weeks=12)
_FIRST, _LAST = datetime(1900, 1, 1), datetime(3000, 1, 1)  # noqa: DTZ001 - naive UTC
"""The service answers no question about an earlier or later time."""


def last_days(days: int, zone: str = "UTC") -> Period:
    """A period of this many whole days, which ends at the last midnight (UTC)."""
    until = last_midnight()
    return Period(until - timedelta(days=days), until, zone)


def check_period(period: Period) -> None:
    """Raise `InvalidInput` if there can be no report about the period."""
    if period.since >= period.until:
        raise InvalidInput.at("since", "must be before the end of the period")
    for name, moment in (("since", period.since), ("until", period.until)):
        if not _FIRST <= moment < _LAST:
            raise InvalidInput.at(name, "must be from 1900 to 2999")


async def gather(
    keep: Threadkeep,
    period: Period,
    *,
    metadata_keys: Sequence[str] = (),
    on_progress: Callable[[int, int], None] | None = None,
    ask_again_seconds: float = 1,
) -> Figures:
    """Bring the daily facts up to date, and ask the questions. `on_progress` counts days first, then questions.

    If another process computes the facts, this asks again every `ask_again_seconds` until it has ended. Raises
    `InvalidInput`, before any query, if the period is empty or not within the years 1900 to 2999.
    """
    check_period(period)
    progress = on_progress or (lambda _done, _total: None)
    await Rollups(keep.runtime.documents).wait_and_run(progress, ask_again_seconds=ask_again_seconds)
    service = AnalyticsService(keep.runtime, max_seconds=ANSWER_SECONDS)
    questions = _questions(service, period)
    count = len(questions) + 1 + len(metadata_keys)
    found: dict[str, Rows] = {}
    for name, question in questions.items():
        found[name] = _rows(await question())
        progress(len(found), count)
    messages = await AnalyticsOverview(keep.runtime, max_seconds=ANSWER_SECONDS).of_messages(
        period.since, period.until, zone=period.zone
    )
    progress(len(found) + 1, count)
    metadata: dict[str, Rows] = {}
    for key in metadata_keys:
        metadata[key] = _rows(await service.metadata(key, period.since, period.until, limit=_VALUES))
        progress(len(found) + 1 + len(metadata), count)
    return Figures(
        period,
        now(),
        busy_hours=_rows(messages.busy_hours),
        answer_times_by_assistant=_rows(messages.answer_times),
        answer_times_by_hour=_rows(messages.answer_times_by_hour),
        tool_calls=_rows(messages.tool_calls),
        hand_overs=_rows(messages.hand_overs),
        metadata=metadata,
        **found,
    )


def _questions(service: AnalyticsService, period: Period) -> dict[str, Question]:
    """The questions about daily facts and threads, by the field of `Figures` that holds the answer."""
    since, until = period.since, period.until
    questions: dict[str, Question] = {
        "messages_a_day": lambda: service.messages(since, until),
        "new_and_returning_users": lambda: service.new_and_returning_users(since, until),
        "days_of_activity": lambda: service.days_of_activity(since, until),
        "retention": lambda: service.retention(_first_cohort(period), until),
        "new_threads": lambda: service.new_threads(since, until),
        "thread_lengths": lambda: service.thread_lengths(since, until),
        "drop_off": lambda: service.drop_off(since, until),
        "growth": lambda: service.growth(months_until(period), until),
    }
    unit = unit_of(since, until)
    if unit != "day":
        questions["active_users"] = lambda: service.active_users(since, until, unit=unit)
    if since - _FIRST >= until - since:
        before = period.before
        questions["messages_a_day_before"] = lambda: service.messages(before.since, before.until)
        questions["days_of_activity_before"] = lambda: service.days_of_activity(before.since, before.until)
        questions["new_threads_before"] = lambda: service.new_threads(before.since, before.until)
    return questions


def _first_cohort(period: Period) -> datetime:
    """The Monday on which the first week of the chart of returning users begins. The last week may be incomplete."""
    return start_of(min(period.until, max(now(), period.since)), "week") - _RETENTION


def _rows(answer: Iterable[dict[str, Any]]) -> Rows:
    return [_with_dates(row) for row in answer]


def _with_dates(row: dict[str, Any]) -> dict[str, Any]:
    """The row with its dates as charts compute with them: in UTC, without a time zone."""
    return {name: naive_utc(datetime.fromisoformat(value)) if name in _DATES else value for name, value in row.items()}
