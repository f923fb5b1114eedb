"""Random figures: rows as the analytics service may answer, with many ties, of all kinds of periods."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from hypothesis import strategies as st

from threadkeep.report import Figures, Period

Rows = list[dict[str, Any]]
FIRST = datetime(2026, 10, 5, tzinfo=UTC).replace(tzinfo=None)
"""A Monday."""
DAY, WEEK = timedelta(days=1), timedelta(weeks=1)
ASSISTANTS = [None, "asst_a", "asst_b", "<i>c</i>", "all others", *(f"asst_{number}" for number in range(9))]
CLASSES = [0, 1, 2, 3, 5, 10, 20, 50, 100, 1_000]
VALUES = [None, "free", "pro", 1, "1", True, "x" * 500]


def figures() -> st.SearchStrategy[Figures]:
    """Figures of a period of 1 to 200 days that is over, has begun, or has not begun."""
    return st.integers(0, 2**32).map(lambda seed: RandomFigures(seed).figures())


class RandomFigures:
    """Makes figures from a seed."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)  # noqa: S311  the same figures for each seed
        self.most = self.random.choice([1, 3, 1000])
        """A small number makes ties likely."""

    def figures(self) -> Figures:
        days = self.random.choice([1, 2, 7, 12, 12, 120])
        since = FIRST + self.random.randrange(7) * DAY
        period = Period(since, since + days * DAY, self.random.choice(["UTC", "Asia/Kolkata"]))
        made_at = since + timedelta(hours=self.random.randrange(-24, 24 * (days + 3)))
        begun = [day for day in period.each_day() if day < made_at]
        return Figures(
            period,
            made_at,
            messages_a_day=self.messages(begun),
            messages_a_day_before=[{"messages": self.amount()}],
            new_and_returning_users=[
                {"day": day, "new": self.amount(), "returning": self.amount()} for day in self.some(begun)
            ],
            days_of_activity=[{"days": 1, "users": self.amount()}],
            retention=self.retention(made_at),
            new_threads=[{"start": since, "threads": 1 + self.amount()}],
            busy_hours=self.hours(),
            answer_times_by_assistant=[self.answer_times(assistant_id=name) for name in self.some(ASSISTANTS)],
            answer_times_by_hour=[self.answer_times(hour=hour) for hour in self.some([*range(24)])],
            thread_lengths=[{"at_least": start, "threads": self.amount()} for start in self.some(CLASSES)],
            drop_off=self.drop_off(),
            tool_calls=self.tool_calls(),
            hand_overs=self.hand_overs(),
            growth=self.growth(period),
            metadata={"plan": self.values()},
        )

    def some(self, items: list[Any]) -> list[Any]:
        """Return none, some or all of the items, in their order."""
        share = self.random.choice([0, 0.3, 1])
        return [item for item in items if self.random.random() < share]

    def amount(self) -> int:
        return self.random.randint(0, self.most)

    def messages(self, days: list[datetime]) -> Rows:
        roles = ["user", "assistant", "tool", "developer"]
        assistants = self.some(ASSISTANTS) or [None]
        return [
            {"day": day, "role": role, "assistant_id": name, "messages": self.amount()}
            for day in self.some(days)
            for role in roles
            for name in (assistants if role == "assistant" else [None])
        ]

    def retention(self, until: datetime) -> Rows:
        """The answer for a period that ends at `until` and may begin in the middle of a week."""
        since = FIRST - self.random.randrange(40) * DAY
        cohort, rows = since - since.weekday() * DAY, []
        while cohort < until:
            size, week = self.amount(), 0
            while size and cohort + week * WEEK < until:
                users = self.random.randint(0, size) if week else size
                complete = since <= cohort and cohort + (week + 1) * WEEK <= until
                share = users / size if complete else None
                rows.append({"cohort": cohort, "week": week, "users": users, "share": share, "complete": complete})
                week += 1
            cohort += WEEK
        return rows

    def hours(self) -> Rows:
        moments = self.some([(weekday, hour) for weekday in range(1, 8) for hour in range(24)])
        return [{"weekday": weekday, "hour": hour, "messages": 1 + self.amount()} for weekday, hour in moments]

    def answer_times(self, **key: Any) -> dict[str, Any]:
        seconds = self.random.choice([0.0, 0.5, 90.0, self.random.uniform(0, 9000)])
        return {**key, "answers": 1 + self.amount(), "p50": seconds, "p90": seconds * 2, "p99": seconds * 3}

    def drop_off(self) -> Rows:
        rows: Rows = [{"at_least": start, "threads": 1 + self.amount()} for start in self.some(CLASSES[1:])]
        return [{**row, "unanswered": self.random.randint(0, row["threads"])} for row in rows]

    def tool_calls(self) -> Rows:
        rows: Rows = [{"tool": f"tool_{number}", "calls": 1 + self.amount()} for number in self.some([*range(20)])]
        rows = [{**row, "failed": self.random.randint(0, row["calls"]), "p50": None, "p90": 1.0} for row in rows]
        return sorted(rows, key=lambda row: -row["calls"])

    def hand_overs(self) -> Rows:
        pairs = self.some([(one, two) for one in "abcd" for two in "abcd" if one != two])
        rows = [{"before": one, "after": two, "hand_overs": 1 + self.amount(), "threads": 1} for one, two in pairs]
        return sorted(rows, key=lambda row: -row["hand_overs"])

    def growth(self, period: Period) -> Rows:
        months = [period.last_day.replace(day=1)]
        for _ in range(5):
            months.insert(0, (months[0] - DAY).replace(day=1))
        return [
            {"month": month, "messages": 1 + self.amount(), "bytes": 700 * self.amount()} for month in self.some(months)
        ]

    def values(self) -> Rows:
        rows = [
            {"value": value, "threads": 1 + self.amount(), "messages": 1, "share": None} for value in self.some(VALUES)
        ]
        return sorted(rows, key=lambda row: -row["threads"])
