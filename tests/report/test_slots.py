from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from threadkeep.report.slots import index_of, slots_between

MONDAY = datetime(2026, 10, 5, tzinfo=UTC).replace(tzinfo=None)
DAY, WEEK = timedelta(days=1), timedelta(weeks=1)
LATER = MONDAY + 400 * DAY


@pytest.mark.parametrize("first", range(7))
@pytest.mark.parametrize("last", range(7))
def test_a_week_is_complete_only_if_the_period_contains_all_its_days(first: int, last: int) -> None:
    since, until = MONDAY + first * DAY, MONDAY + 3 * WEEK + last * DAY
    slots = slots_between(since, until, LATER, "week")

    assert [slot.complete for slot in slots] == [first == 0, True, True, *([False] if last else [])]
    assert (slots[0].start, slots[-1].end) == (since, until)


@pytest.mark.parametrize("hours", [0, 1, 24, 167])
def test_a_week_is_not_complete_before_it_has_ended(hours: int) -> None:
    slots = slots_between(MONDAY, MONDAY + 2 * WEEK, MONDAY + WEEK + timedelta(hours=hours), "week")

    assert [slot.complete for slot in slots] == [True, False][: 1 + (hours > 0)]


def test_months_have_their_own_lengths() -> None:
    slots = slots_between(datetime(2027, 12, 1), datetime(2028, 4, 1), LATER + 999 * DAY, "month")  # noqa: DTZ001

    assert [(slot.end - slot.start).days for slot in slots] == [31, 31, 29, 31]
    assert all(slot.complete for slot in slots)
    assert [slot.name for slot in slots][:2] == ["December 2027", "January 2028"]


def test_a_moment_belongs_to_the_slot_that_contains_it() -> None:
    slots = slots_between(MONDAY, MONDAY + 3 * WEEK, LATER, "week")

    assert [index_of(slots, MONDAY + day * DAY) for day in (0, 6, 7, 20)] == [0, 0, 1, 2]


def test_a_period_that_has_not_begun_has_no_slots() -> None:
    assert slots_between(MONDAY, MONDAY + WEEK, MONDAY, "day") == []
