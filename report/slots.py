"""The slots of a time axis: the days of a period, or the weeks or months of a long one."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

Unit = Literal["day", "week", "month"]
_MOST_DAYS, _MOST_WEEKS = 100, 104
_WEEK = 7


@dataclass(frozen=True, slots=True)
class TimeSlot:
    """A day, week or month of a period. The first and the last may be a part of a week or month."""

    start: datetime
    end: datetime
    unit: Unit
    complete: bool
    """Whether it has ended, and the period contains all of it."""

    @property
    def name(self) -> str:
        """The slot in a sentence: `Fri 6 Nov`, `the week of 2 Nov` or `November 2026`."""
        return slot_name(self.start, self.unit)


def slot_name(start: datetime, unit: Unit) -> str:
    """Return the name of the slot that begins at `start`."""
    if unit == "month":
        return f"{start:%B %Y}"
    if unit == "week":
        return f"the week of {start.day} {start:%b %Y}"
    return f"{start:%a} {start.day} {start:%b}"


def unit_of(since: datetime, until: datetime) -> Unit:
    """Return the length of the slots that a chart of this period can show."""
    days = (until - since).days
    if days <= _MOST_DAYS:
        return "day"
    return "week" if days <= _MOST_WEEKS * _WEEK else "month"


def start_of(moment: datetime, unit: Unit) -> datetime:
    """Return the beginning of the day, week (Monday) or month."""
    day = moment.replace(hour=0, minute=0, second=0, microsecond=0)
    if unit == "week":
        return day - timedelta(days=day.weekday())
    return day.replace(day=1) if unit == "month" else day


def end_of(start: datetime, unit: Unit) -> datetime:
    """Return the end of the day, week or month that begins at `start`."""
    if unit == "month":
        return start_of(start + timedelta(days=32), "month")
    return start + timedelta(days=_WEEK if unit == "week" else 1)


def slots_between(since: datetime, until: datetime, known_until: datetime, unit: Unit | None = None) -> list[TimeSlot]:
    """Return the slots of a period that began before `known_until`."""
    unit = unit or unit_of(since, until)
    return [
        TimeSlot(
            max(start, since),
            min(end, until),
            unit,
            complete=since <= start and end <= min(until, known_until),
        )
        for start, end in _spans(since, min(until, known_until), unit)
    ]


def _spans(since: datetime, until: datetime, unit: Unit) -> Iterator[tuple[datetime, datetime]]:
    start = start_of(since, unit)
    while start < until:
        end = end_of(start, unit)
        yield start, end
        start = end


def index_of(slots: Sequence[TimeSlot], moment: datetime) -> int:
    """Return the index of the slot that contains `moment`."""
    return bisect_right(slots, moment, key=lambda slot: slot.start) - 1
