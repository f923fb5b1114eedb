"""Records about users."""

from __future__ import annotations

from ..record import Record


class ActiveUsers(Record):
    """Users who wrote in the day, week or month from `start`, each counted once. `days_each` is the mean of their active days."""

    start: str
    users: int
    days_each: float

    __slots__ = ()


class NewAndReturningUsers(Record):
    """The users of one day: those who wrote for the first time, and those who had written on an earlier day."""

    day: str
    new: int
    returning: int

    __slots__ = ()


class Stickiness(Record):
    """The mean number of users a day, as a share of the users of the month.

    Both are null if the month is not complete: the period does not contain it as a whole, or it has not ended yet.
    """

    month: str
    monthly_users: int
    mean_daily_users: float | None
    stickiness: float | None
    complete: bool

    __slots__ = ()


class Retention(Record):
    """The users who first wrote in the week of `cohort` and wrote again `week` weeks later.

    `share` is null if the week is not complete: it has not ended yet, or the period has only a part of the first week.
    """

    cohort: str
    week: int
    users: int
    share: float | None
    complete: bool

    __slots__ = ()


class DaysOfActivity(Record):
    """The number of users who wrote on exactly `days` days."""

    days: int
    users: int

    __slots__ = ()
