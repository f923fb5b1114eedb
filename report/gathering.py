"""Asks the questions of the cookbook for a period: the report has no figures of its own."""

from __future__ import annotations

import asyncio
import inspect
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pymongo

from ..clock import now
from ..services import DAY, QUESTIONS, Rollups, hidden_threads, translates_driver_errors
from .figures import Figures, Period

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ..documents import Documents
    from ..keep import Threadkeep
    from ..services import Pipeline
    from .figures import Rows

ANSWER_SECONDS = 600
"""What one question may take."""
_WAITING_SECONDS = 1
_VALUES = 8
_RETENTION = timedelta(weeks=12)
_GROWTH = timedelta(days=365)


def last_days(days: int, zone: str = "UTC") -> Period:
    """So many whole days until the last midnight (UTC)."""
    until = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)
    return Period(until - timedelta(days=days), until, zone)


@translates_driver_errors
async def gather(
    keep: Threadkeep,
    period: Period,
    *,
    metadata_keys: Sequence[str] = (),
    on_progress: Callable[[int, int], None] | None = None,
) -> Figures:
    """Bring the daily facts up to date, and ask; `on_progress` is told of days first and of questions then."""
    documents = keep.runtime.documents
    await _bring_up_to_date(documents, on_progress)
    asked = _questions(period, await hidden_threads(documents), metadata_keys)
    found: dict[str, Rows] = {}
    for done, (name, question) in enumerate(asked.items(), 1):
        found[name] = await _ask(documents, question)
        if on_progress is not None:
            on_progress(done, len(asked))
    metadata = {key: found.pop(f"metadata {key}") for key in metadata_keys}
    return Figures(period, now(), metadata=metadata, **found)


async def _bring_up_to_date(documents: Documents, on_progress: Callable[[int, int], None] | None) -> None:
    """Compute the days that changed; where another process is at it, wait for it: half of the facts are no report."""

    def progress(done: int, total: int) -> None:
        if on_progress is not None:
            on_progress(done, total)

    rollups = Rollups(documents)
    while await rollups.run(progress) is None:  # noqa: ASYNC110 - another process would have to set the event
        await asyncio.sleep(_WAITING_SECONDS)


@dataclass(frozen=True, slots=True)
class _Asked:
    """A question of the cookbook, by its title, with what its pipeline takes."""

    title: str
    parameters: dict[str, Any]

    @property
    def collection(self) -> str:
        return QUESTIONS[self.title].collection

    @property
    def pipeline(self) -> Pipeline:
        make = QUESTIONS[self.title].pipeline
        return make(**{name: self.parameters[name] for name in inspect.signature(make).parameters})


def _questions(period: Period, hidden: list[str], metadata_keys: Sequence[str]) -> dict[str, _Asked]:
    """What is asked, by the field of `Figures` that holds the answer."""
    common = {"zone": period.zone, "deleted": hidden, "limit": _VALUES}
    this, before = (
        {**common, "since": those.since, "until": those.until, "asked_since": those.since - DAY}
        for those in (period, period.before)
    )
    days = {"unit": "day", "zone": "UTC"}
    return {
        "messages_a_day": _Asked("Messages a day by role and assistant", this),
        "messages_a_day_before": _Asked("Messages a day by role and assistant", before),
        "new_and_returning_users": _Asked("New and returning users", this),
        "days_of_activity": _Asked("Days of activity", this),
        "days_of_activity_before": _Asked("Days of activity", before),
        "retention": _Asked("Retention by cohort", this | {"since": period.until - _RETENTION}),
        "new_threads": _Asked("New threads a day", this | days),
        "new_threads_before": _Asked("New threads a day", before | days),
        "busy_hours": _Asked("Busy hours", this),
        "answer_times_by_assistant": _Asked("Answer times by assistant", this),
        "answer_times_by_hour": _Asked("Answer times by hour", this),
        "thread_lengths": _Asked("Thread lengths", this),
        "drop_off": _Asked("Drop-off", this),
        "tool_calls": _Asked("Tool calls", this),
        "hand_overs": _Asked("Hand-overs between assistants", this),
        "growth": _Asked("Growth", this | {"since": period.until - _GROWTH}),
        **{f"metadata {key}": _Asked("Threads by metadata", this | {"key": key}) for key in metadata_keys},
    }


async def _ask(documents: Documents, question: _Asked) -> Rows:
    with pymongo.timeout(ANSWER_SECONDS):
        rows: Any = await documents.database[question.collection].aggregate(question.pipeline, allowDiskUse=True)
        return [row async for row in rows]
