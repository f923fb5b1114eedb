"""Asks the analytics service about a period: the report computes no figures from stored data itself."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from ..clock import last_midnight, naive_utc, now
from ..services import AnalyticsService, Rollups
from .figures import Figures, Period

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from ..keep import Threadkeep
    from .figures import Rows

    Question = Callable[[], Awaitable[list[Any]]]

ANSWER_SECONDS = 600
"""The time that one question may take. The report is made rarely, so it may take longer than a request."""
_DATES = frozenset({"day", "month", "cohort", "start"})
"""Columns that are days of UTC, or the moments at which they begin."""
_VALUES = 8
_RETENTION = timedelta(weeks=12)
_GROWTH = timedelta(days=365)


def last_days(days: int, zone: str = "UTC") -> Period:
    """A period of this many whole days, which ends at the last midnight (UTC)."""
    until = last_midnight()
    return Period(until - timedelta(days=days), until, zone)


async def gather(
    keep: Threadkeep,
    period: Period,
    *,
    metadata_keys: Sequence[str] = (),
    on_progress: Callable[[int, int], None] | None = None,
    ask_again_seconds: float = 1,
) -> Figures:
    """Bring the daily facts up to date, and ask the questions. `on_progress` counts days first, then questions.

    If another process computes the facts, this asks again every `ask_again_seconds` until it has ended.
    """
    progress = on_progress or (lambda _done, _total: None)
    await Rollups(keep.runtime.documents).wait_and_run(progress, ask_again_seconds=ask_again_seconds)
    service = AnalyticsService(keep.runtime, max_seconds=ANSWER_SECONDS)
    questions = _questions(service, period) | {
        f"metadata {key}": _metadata(service, period, key) for key in metadata_keys
    }
    found: dict[str, Rows] = {}
    for done, (name, question) in enumerate(questions.items(), 1):
        found[name] = [_with_dates(row) for row in await question()]
        progress(done, len(questions))
    metadata = {key: found.pop(f"metadata {key}") for key in metadata_keys}
    return Figures(period, now(), metadata=metadata, **found)


def _questions(service: AnalyticsService, period: Period) -> dict[str, Question]:
    """The questions, by the field of `Figures` that holds the answer."""
    since, until, zone, before = period.since, period.until, period.zone, period.before
    return {
        "messages_a_day": lambda: service.messages(since, until),
        "messages_a_day_before": lambda: service.messages(before.since, before.until),
        "new_and_returning_users": lambda: service.new_and_returning_users(since, until),
        "days_of_activity": lambda: service.days_of_activity(since, until),
        "days_of_activity_before": lambda: service.days_of_activity(before.since, before.until),
        "retention": lambda: service.retention(until - _RETENTION, until),
        "new_threads": lambda: service.new_threads(since, until),
        "new_threads_before": lambda: service.new_threads(before.since, before.until),
        "busy_hours": lambda: service.busy_hours(since, until, zone=zone),
        "answer_times_by_assistant": lambda: service.answer_times(since, until),
        "answer_times_by_hour": lambda: service.answer_times_by_hour(since, until, zone=zone),
        "thread_lengths": lambda: service.thread_lengths(since, until),
        "drop_off": lambda: service.drop_off(since, until),
        "tool_calls": lambda: service.tool_calls(since, until),
        "hand_overs": lambda: service.hand_overs(since, until),
        "growth": lambda: service.growth(until - _GROWTH, until),
    }


def _metadata(service: AnalyticsService, period: Period, key: str) -> Question:
    return lambda: service.metadata(key, period.since, period.until, limit=_VALUES)


def _with_dates(row: dict[str, Any]) -> dict[str, Any]:
    """The row with its dates as charts compute with them: in UTC, without a time zone."""
    return {name: naive_utc(datetime.fromisoformat(value)) if name in _DATES else value for name, value in row.items()}
