"""The figures of a report: answers of the cookbook (docs/analytics.md) for a period, and what follows from them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

Rows = list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Period:
    """From one midnight (UTC) to another, and the time zone in which hours are told."""

    since: datetime
    until: datetime
    zone: str = "UTC"

    @property
    def days(self) -> int:
        """How many days it has."""
        return max(1, (self.until - self.since) // timedelta(days=1))

    @property
    def before(self) -> Period:
        """As many days before it."""
        return Period(self.since - (self.until - self.since), self.since, self.zone)

    def each_day(self) -> list[datetime]:
        """Its days, also those on which nothing happened."""
        return [self.since + timedelta(days=day) for day in range(self.days)]


@dataclass(frozen=True, slots=True)
class Figures:
    """Rows as the questions of `analytics/` give them; `…_before` are those of the period before."""

    period: Period
    made_at: datetime
    messages_a_day: Rows = field(default_factory=list)
    messages_a_day_before: Rows = field(default_factory=list)
    new_and_returning_users: Rows = field(default_factory=list)
    days_of_activity: Rows = field(default_factory=list)
    days_of_activity_before: Rows = field(default_factory=list)
    retention: Rows = field(default_factory=list)
    new_threads: Rows = field(default_factory=list)
    new_threads_before: Rows = field(default_factory=list)
    busy_hours: Rows = field(default_factory=list)
    answer_times_by_assistant: Rows = field(default_factory=list)
    answer_times_by_hour: Rows = field(default_factory=list)
    thread_lengths: Rows = field(default_factory=list)
    drop_off: Rows = field(default_factory=list)
    tool_calls: Rows = field(default_factory=list)
    hand_overs: Rows = field(default_factory=list)
    growth: Rows = field(default_factory=list)
    metadata: dict[str, Rows] = field(default_factory=dict)
    """By key of the threads' metadata."""

    @property
    def messages(self) -> int:
        """Messages of the period."""
        return total(self.messages_a_day, "messages")

    @property
    def users(self) -> int:
        """Users who wrote, each counted once."""
        return total(self.days_of_activity, "users")

    @property
    def threads(self) -> int:
        """Threads that were made."""
        return total(self.new_threads, "threads")

    @property
    def unanswered_share(self) -> float | None:
        """How many of these threads end with a question."""
        return share(total(self.drop_off, "unanswered"), total(self.drop_off, "threads"))

    @property
    def failure_share(self) -> float | None:
        """How many tool calls failed."""
        return share(total(self.tool_calls, "failed"), total(self.tool_calls, "calls"))

    @property
    def answers(self) -> int:
        """Questions that were answered within a day."""
        return total(self.answer_times_by_assistant, "answers")


def total(rows: Rows, name: str) -> int:
    """The sum of a column."""
    return sum(row[name] or 0 for row in rows)


def share(part: float, whole: float) -> float | None:
    """A part of a whole, from 0 to 1; None where there is nothing."""
    return part / whole if whole else None


def change(now: int, before: int) -> float | None:
    """How much more than before, as a share; None where there was nothing before."""
    return (now - before) / before if before else None
