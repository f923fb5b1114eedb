"""Answers about users."""

from __future__ import annotations

from ..record import Record


class ActiveUsers(Record):
    """Users who wrote in the day, week or month from `start`, each counted once, and on how many days each."""

    start: str
    users: int
    days_each: float

    __slots__ = ()


class NewAndReturningUsers(Record):
    """Users of a day who wrote for the first time ever, and those who had written on a day before."""

    day: str
    new: int
    returning: int

    __slots__ = ()


class Stickiness(Record):
    """The users of a mean day as a share of those of the month."""

    month: str
    monthly_users: int
    mean_daily_users: float
    stickiness: float | None

    __slots__ = ()


class Retention(Record):
    """Of the users who first wrote in the week of `cohort`, those who wrote so many weeks later."""

    cohort: str
    week: int
    users: int
    share: float

    __slots__ = ()


class DaysOfActivity(Record):
    """How many users wrote on so many days."""

    days: int
    users: int

    __slots__ = ()
