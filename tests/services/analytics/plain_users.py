"""The answers of docs/analytics.md about users, computed in plain Python."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from threadkeep.tests.services.analytics.plain import Row, daily_users, day_of, grouped, share

if TYPE_CHECKING:
    from collections.abc import Iterable

    from threadkeep.tests.services.analytics.plain import Data


def start_of(moment: datetime, unit: str) -> datetime:
    """Return the start of the day, the week or the month."""
    day = day_of(moment)
    if unit == "week":
        return day - timedelta(days=day.weekday())
    return day.replace(day=1) if unit == "month" else day


def between(rows: Iterable[Row], since: datetime, until: datetime, key: str = "day") -> list[Row]:
    return [row for row in rows if row[key] is not None and since <= row[key] < until]


def active_users_a_day(data: Data, since: datetime, until: datetime) -> list[Row]:
    days = grouped(between(daily_users(data.messages), since, until), lambda row: row["day"])
    return [
        {"day": day, "users": len(rows), "messages": sum(row["messages"] for row in rows)} for day, rows in days.items()
    ]


def active_users_a_period(data: Data, since: datetime, until: datetime, unit: str) -> list[Row]:
    facts = between(daily_users(data.messages), since, until)
    return [
        {
            "start": start,
            "users": len(users := {row["user_id"] for row in rows}),
            "days_each": round(len(rows) / len(users), 3),
        }
        for start, rows in grouped(facts, lambda row: start_of(row["day"], unit)).items()
    ]


def stickiness(data: Data, since: datetime, until: datetime) -> list[Row]:
    rows = []
    for month, facts in grouped(
        between(daily_users(data.messages), since, until), lambda row: start_of(row["day"], "month")
    ).items():
        end = start_of(month + timedelta(days=32), "month")
        users = len({row["user_id"] for row in facts})
        mean = len(facts) / (end - month).days
        complete = since <= month and end <= until
        rows.append(
            {
                "month": month,
                "monthly_users": users,
                "mean_daily_users": round(mean, 3) if complete else None,
                "stickiness": share(mean, users) if complete else None,
                "complete": complete,
            }
        )
    return rows


def _days_of_users(data: Data) -> dict[str, list[datetime]]:
    facts = daily_users(data.messages)
    return {
        user: sorted(row["day"] for row in rows) for user, rows in grouped(facts, lambda row: row["user_id"]).items()
    }


def new_and_returning_users(data: Data, since: datetime, until: datetime) -> list[Row]:
    new, returning = Counter[datetime](), Counter[datetime]()
    for days in _days_of_users(data).values():
        new[days[0]] += 1
        returning.update(days[1:])
    days = sorted(day for day in new.keys() | returning.keys() if since <= day < until)
    return [{"day": day, "new": new[day], "returning": returning[day]} for day in days]


def retention(data: Data, since: datetime, until: datetime) -> list[Row]:
    cohorts: dict[datetime, Counter[int]] = {}
    for days in _days_of_users(data).values():
        if since <= days[0] < until:
            cohort = start_of(days[0], "week")
            weeks = {(start_of(day, "week") - cohort) // timedelta(days=7) for day in days if day < until}
            cohorts.setdefault(cohort, Counter()).update(weeks)
    rows = []
    for cohort, counts in sorted(cohorts.items()):
        week = 0
        while (start := cohort + timedelta(weeks=week)) < until:
            complete = since <= cohort and start + timedelta(weeks=1) <= until
            part = share(counts[week], counts[0]) if complete else None
            rows.append({"cohort": cohort, "week": week, "users": counts[week], "share": part, "complete": complete})
            week += 1
    return rows


def days_of_activity(data: Data, since: datetime, until: datetime) -> list[Row]:
    counts = Counter(row["user_id"] for row in between(daily_users(data.messages), since, until))
    return [{"days": days, "users": users} for days, users in sorted(Counter(counts.values()).items())]
