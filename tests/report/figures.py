"""Sample figures of a month for every chart of the report."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from threadkeep.report import Figures, Period

END = datetime(2026, 11, 22, tzinfo=UTC).replace(tzinfo=None)
PERIOD = Period(END - timedelta(days=30), END, "Europe/Berlin")
EMPTY = Figures(PERIOD, END, metadata={"channel": []})
DAYS = PERIOD.each_day()
ASSISTANTS: list[str | None] = [*(f"asst_{number}" for number in range(9)), None]


def _messages_of_day(moment: datetime, index: int) -> list[dict[str, Any]]:
    quiet = 10 if moment == DAYS[14] else 1
    names: dict[str, list[str | None]] = {"assistant": ASSISTANTS, "user": [None], "tool": ["asst_1"]}
    return [
        {
            "day": moment,
            "role": role,
            "assistant_id": name,
            "messages": (100 - 9 * number + index) // quiet,
            "threads": 5,
            "characters": 900,
            "tool_calls": 3,
        }
        for role, ids in names.items()
        for number, name in enumerate(ids)
    ]


def _week_of_cohort(cohort: int, week: int) -> dict[str, Any]:
    monday = datetime(2026, 10, 12, tzinfo=UTC).replace(tzinfo=None) + timedelta(weeks=cohort)
    complete = monday + timedelta(weeks=week + 1) <= END
    share = 1 - 0.2 * week if complete else None
    return {"cohort": monday, "week": week, "users": 20 - 4 * week, "share": share, "complete": complete}


def _tool(name: str, calls: int, failed: int) -> dict[str, Any]:
    share = failed / calls
    return {
        "tool": name,
        "calls": calls,
        "answered": calls,
        "failed": failed,
        "failure_share": share,
        "p50": 0.2,
        "p90": 3.0,
    }


def _growth_until(month: int) -> dict[str, Any]:
    months = month - 8
    return {
        "month": datetime(2026, month, 1, tzinfo=UTC).replace(tzinfo=None),
        "messages": 1000,
        "bytes": 700_000,
        "owners": 4,
        "messages_so_far": 1000 * months,
        "bytes_so_far": 700_000 * months,
    }


def full(**changes: Any) -> Figures:
    """Return the figures of a busy month with one quiet Friday in the middle."""
    rows = {
        "messages_a_day": [row for index, moment in enumerate(DAYS) for row in _messages_of_day(moment, index)],
        "messages_a_day_before": [{"messages": 10_000}],
        "new_and_returning_users": [{"day": moment, "new": 2, "returning": 10} for moment in DAYS[5:]],
        "days_of_activity": [{"days": days, "users": 30 - days} for days in range(1, 9)],
        "days_of_activity_before": [{"days": 1, "users": 300}],
        "retention": [_week_of_cohort(cohort, week) for cohort in range(5) for week in range(6 - cohort)],
        "new_threads": [{"start": moment, "threads": 7} for moment in DAYS],
        "new_threads_before": [{"start": DAYS[0] - timedelta(days=30), "threads": 210}],
        "busy_hours": [{"weekday": 2, "hour": 10, "messages": 40}, {"weekday": 7, "hour": 23, "messages": 4}],
        "answer_times_by_assistant": [
            {"assistant_id": name, "answers": 50, "p50": 0.4 + index, "p90": 2.0 + index, "p99": 90.0}
            for index, name in enumerate(ASSISTANTS[:4])
        ],
        "answer_times_by_hour": [
            {"hour": hour, "answers": 9, "p50": 1.0, "p90": 2.0 + hour % 7, "p99": 30.0} for hour in range(24)
        ],
        "thread_lengths": [
            {"at_least": start, "threads": count, "share": count / 210}
            for start, count in ((0, 10), (1, 20), (2, 60), (5, 100), (1000, 20))
        ],
        "drop_off": [
            {"at_least": 1, "threads": 20, "unanswered": 20, "share": 1.0},
            {"at_least": 2, "threads": 180, "unanswered": 0, "share": 0.0},
        ],
        "tool_calls": [_tool(*row) for row in (("look_up", 300, 3), ("<b>book</b>", 40, 10))],
        "hand_overs": [{"before": "asst_1", "after": "asst_2", "hand_overs": 12, "threads": 9}],
        "growth": [_growth_until(month) for month in (9, 10, 11)],
        "metadata": {
            "channel": [
                {"value": "web", "threads": 150, "messages": 900, "share": 0.714},
                {"value": None, "threads": 60, "messages": 90, "share": 0.286},
            ]
        },
    }
    return Figures(PERIOD, END, **rows | changes)
