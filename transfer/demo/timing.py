"""The times of demo messages: busy days, local hours of users, and the length of answers and pauses."""

from __future__ import annotations

from itertools import accumulate
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from random import Random

DAY = 86_400.0
HOUR = 3600.0
_HOURS = (2, 1, 1, 1, 1, 2, 4, 8, 14, 19, 21, 19, 14, 16, 19, 19, 17, 14, 11, 11, 12, 11, 8, 4)
_HOURS_SUMMED = tuple(accumulate(_HOURS))
_WEEKDAYS = (1.0, 1.08, 1.05, 1.0, 0.85, 0.44, 0.5)
_TUESDAY, _THURSDAY, _SATURDAY = 1, 3, 5
_WORKING = 0.6
"""The share of weekend returns that are moved to Monday."""
LAUNCH, OUTAGE = (0.6, _TUESDAY), (0.82, _THURSDAY)
"""A day with many messages, and a day with few. Each is the first such weekday after this share of all days."""


def day_weights(random: Random, days: int, first_weekday: int) -> list[float]:
    """Return the weight of each day: weekdays, growth, chance, one launch and one outage."""
    weights = [
        _WEEKDAYS[(first_weekday + day) % 7] * (1 + 0.9 * day / days) * random.lognormvariate(0, 0.09)
        for day in range(days)
    ]
    weights[day_of(LAUNCH, days, first_weekday)] *= 1.7
    weights[day_of(OUTAGE, days, first_weekday)] *= 0.12
    return weights


def day_of(event: tuple[float, int], days: int, first_weekday: int) -> int:
    """Return the number of the day of an event, from 0."""
    share, weekday = event
    day = int(days * share)
    return min(days - 1, day + (weekday - first_weekday - day) % 7)


def second_of_day(random: Random, hours_from_utc: float) -> float:
    """Return a random second of the day (UTC) at which a user with this offset from UTC writes."""
    hour = random.choices(range(24), cum_weights=_HOURS_SUMMED)[0]
    return ((hour + random.random() - hours_from_utc) * HOUR) % DAY


def load_factor(second: float) -> float:
    """Return the factor by which answers take longer at this time (UTC): it is higher when many users write."""
    return 0.75 + _HOURS[int(second % DAY // HOUR)] / 20


def pause(random: Random, second: float, hours_from_utc: float, *, until: float) -> float:
    """Return the seconds until a user writes again: until another day if that is before `until`, else about a minute."""
    thinking = min(HOUR, random.lognormvariate(3.7, 1.0))
    days = 1 + int(random.expovariate(0.7))
    weekday = (_THURSDAY + int(second // DAY) + days) % 7  # 1970 began on a Thursday
    if weekday >= _SATURDAY and random.random() < _WORKING:
        days += 7 - weekday
    later = days * DAY - second % DAY + second_of_day(random, hours_from_utc)
    return later if second + later < until else thinking
