"""Asks the questions of the cookbook for a period: the report has no figures of its own."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pymongo

from ..analytics import DAY, answers, assistants, threads, users, volume
from ..services.changed_days import hidden_threads
from ..services.faults import reports_faults
from ..services.rollups import Rollups
from ..services.store import now
from .figures import Figures, Period

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ..analytics import Pipeline
    from ..documents import Documents
    from ..keep import Threadkeep
    from .figures import Rows

ANSWER_SECONDS = 600
"""What one question may take."""
_VALUES = 8
_RETENTION = timedelta(weeks=12)
_GROWTH = timedelta(days=365)


def last_days(days: int, zone: str = "UTC") -> Period:
    """So many whole days until the last midnight (UTC)."""
    until = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)
    return Period(until - timedelta(days=days), until, zone)


@reports_faults
async def gather(
    keep: Threadkeep,
    period: Period,
    *,
    metadata_keys: Sequence[str] = (),
    on_progress: Callable[[int, int], None] | None = None,
) -> Figures:
    """Bring the daily facts up to date, and ask; `on_progress` is told how many questions of how many are answered."""
    documents = keep.store.documents
    await Rollups(documents).run()
    asked = _questions(period, await hidden_threads(documents), metadata_keys)
    found: dict[str, Rows] = {}
    for done, question in enumerate(asked, 1):
        found[question.name] = await _ask(documents, question)
        if on_progress is not None:
            on_progress(done, len(asked))
    metadata = {key: found.pop(f"metadata {key}") for key in metadata_keys}
    return Figures(period, now(), metadata=metadata, **found)


@dataclass(frozen=True, slots=True)
class _Asked:
    name: str
    collection: str
    pipeline: Pipeline


def _questions(period: Period, hidden: list[str], metadata_keys: Sequence[str]) -> list[_Asked]:
    now_, before = (period.since, period.until), (period.before.since, period.before.until)
    zone, asked_since = period.zone, period.since - DAY
    keys = [
        _Asked(f"metadata {key}", "threads", volume.metadata_breakdown(*now_, key, _VALUES)) for key in metadata_keys
    ]
    by_hour = answers.answer_times_by_hour(*now_, asked_since, zone, hidden)
    by_assistant = answers.answer_times_by_assistant(*now_, asked_since, hidden)
    return [
        _Asked("messages_a_day", "daily_messages", volume.messages_a_day(*now_)),
        _Asked("messages_a_day_before", "daily_messages", volume.messages_a_day(*before)),
        _Asked("new_and_returning_users", "daily_users", users.new_and_returning_users(*now_)),
        _Asked("days_of_activity", "daily_users", users.days_of_activity(*now_)),
        _Asked("days_of_activity_before", "daily_users", users.days_of_activity(*before)),
        _Asked("retention", "daily_users", users.retention(period.until - _RETENTION, period.until)),
        _Asked("new_threads", "threads", volume.new_threads(*now_, "day", "UTC")),
        _Asked("new_threads_before", "threads", volume.new_threads(*before, "day", "UTC")),
        _Asked("busy_hours", "messages", volume.busy_hours(*now_, zone, hidden)),
        _Asked("answer_times_by_assistant", "messages", by_assistant),
        _Asked("answer_times_by_hour", "messages", by_hour),
        _Asked("thread_lengths", "threads", threads.thread_lengths(*now_)),
        _Asked("drop_off", "threads", threads.drop_off(*now_)),
        _Asked("tool_calls", "messages", assistants.tool_calls(*now_, hidden)),
        _Asked("hand_overs", "messages", assistants.hand_overs(*now_, hidden)),
        _Asked("growth", "daily_threads", volume.growth(period.until - _GROWTH, period.until)),
        *keys,
    ]


async def _ask(documents: Documents, question: _Asked) -> Rows:
    with pymongo.timeout(ANSWER_SECONDS):
        rows: Any = await documents.database[question.collection].aggregate(question.pipeline, allowDiskUse=True)
        return [row async for row in rows]
