"""The figures of a report: rows of the analytics service (docs/analytics.md), and totals of these rows."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

from .slots import TimeSlot, slots_between, unit_of

Rows = list[dict[str, Any]]
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Period:
    """The days from `since` (inclusive) to `until` (exclusive), both midnights in UTC, and the time zone of hours."""

    since: datetime
    until: datetime
    zone: str = "UTC"

    @property
    def days(self) -> int:
        """The number of days."""
        return max(1, (self.until - self.since) // DAY)

    @property
    def last_day(self) -> datetime:
        """The last day."""
        return self.since + (self.days - 1) * DAY

    @property
    def before(self) -> Period:
        """The period of the same length that ends when this one starts."""
        return Period(self.since - (self.until - self.since), self.since, self.zone)

    def each_day(self) -> list[datetime]:
        """Return all days of the period, also those without messages."""
        return [self.since + timedelta(days=day) for day in range(self.days)]


@dataclass(frozen=True)
class Figures:
    """Rows of the analytics service for a period. Fields named `…_before` hold rows of the period before."""

    period: Period
    made_at: datetime
    messages_a_day: Rows = field(default_factory=list)
    messages_a_day_before: Rows = field(default_factory=list)
    active_users: Rows = field(default_factory=list)
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
    """Rows by metadata key of threads."""

    @cached_property
    def known_until(self) -> datetime:
        """The time of the report, or the end of the last day with messages if that day is later."""
        later: list[datetime] = [row["day"] + DAY for row in self.messages_a_day if row["day"] > self.made_at]
        return max([self.made_at, *later])

    @property
    def is_over(self) -> bool:
        """Whether all days of the period have ended."""
        return self.period.until <= self.known_until

    @property
    def has_begun(self) -> bool:
        """Whether the first day of the period has begun."""
        return self.period.since < self.known_until

    @property
    def complete_days(self) -> int:
        """The number of days that have ended."""
        return max(0, (min(self.period.until, self.known_until) - self.period.since) // DAY)

    @cached_property
    def slots(self) -> list[TimeSlot]:
        """The days of the period that have begun; in a long period the weeks or months."""
        return slots_between(self.period.since, self.period.until, self.known_until)

    @property
    def unit(self) -> str:
        """The length of a slot: `day`, `week` or `month`."""
        return unit_of(self.period.since, self.period.until)

    @property
    def messages(self) -> int:
        """The number of messages in the period."""
        return total(self.messages_a_day, "messages")

    @property
    def messages_per_day(self) -> float | None:
        """The mean number of messages of a day that has ended. None if no day has ended."""
        end = self.period.since + self.complete_days * DAY
        messages = total([row for row in self.messages_a_day if row["day"] < end], "messages")
        return share(messages, self.complete_days)

    @property
    def users(self) -> int:
        """The number of users who wrote, each counted once."""
        return total(self.days_of_activity, "users")

    @property
    def threads(self) -> int:
        """The number of new threads."""
        return total(self.new_threads, "threads")

    @property
    def unanswered_share(self) -> float | None:
        """The share of new threads that end with an unanswered question."""
        return share(total(self.drop_off, "unanswered"), total(self.drop_off, "threads"))

    @property
    def failure_share(self) -> float | None:
        """The share of tool calls that failed."""
        return share(total(self.tool_calls, "failed"), total(self.tool_calls, "calls"))

    @property
    def answers(self) -> int:
        """The number of questions that were answered within a day."""
        return total(self.answer_times_by_assistant, "answers")


def total(rows: Rows, name: str) -> int:
    """Return the sum of a column."""
    return sum(row[name] or 0 for row in rows)


def share(part: float, whole: float) -> float | None:
    """Return a part of a whole, from 0 to 1; None if the whole is 0."""
    return part / whole if whole else None


def change(now: int, before: int) -> float | None:
    """Return the change as a share of the amount before; None if that is 0."""
    return (now - before) / before if before else None
