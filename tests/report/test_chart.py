from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from threadkeep.report.figures import Figures, Period
from threadkeep.report.page import sections
from threadkeep.report.slots import start_of
from threadkeep.tests.report.figures import DAYS, EMPTY, END, full

if TYPE_CHECKING:
    from threadkeep.report.chart import Chart

TITLES = {
    "messages": "28,198 messages, 182 % more than the 10,000 in the 30 days before; "
    "most on Sat 21 Nov (1,143), fewest on Fri 6 Nov (91)",
    "hours": "Users wrote most on Tuesdays (40 of 44) and at 10:00 (40)",
    "users": "204 users wrote, 50 of them for the first time; 10 per day on average",
    "retention": "80 % (64 of 80 new users) wrote again in the week after their first one",
    "assistants": "asst_0 wrote most: 15 % (3,332 of 21,534 messages)",
    "hand-overs": "12 hand-overs, all asst_1 → asst_2",
    "answers": "asst_3 is slowest: half of 50 answers come within 3.4 s",
    "answer-hours": "9 of 10 answers come within 8.0 s at 3 hours (27 answers), the slowest, "
    "and within 2.0 s at 4 hours (36 answers), the fastest",
    "lengths": "210 new threads; the median length is 5\N{EN DASH}9 messages",
    "drop-off": "10 % (20 of 200 new threads) end with an unanswered question",
    "by-channel": "channel: most often “web”, 71 % (150 of 210 new threads)",
    "tools": "<b>book</b> fails most often: 25 % (10 of 40 calls)",
    "growth": "2.1 MB in 3,000 messages; 700 kB in each month",
}


def charts(figures: Figures) -> dict[str, Chart]:
    return {chart.name: chart for group in sections(figures).values() for chart in group}


def test_titles_state_the_finding() -> None:
    assert {name: chart.title for name, chart in charts(full()).items()} == TITLES


def test_every_chart_has_a_table_of_its_figures() -> None:
    for chart in charts(full()).values():
        assert chart.rows
        assert {len(row) for row in chart.rows} == {len(chart.columns)}


def test_every_mark_has_a_label() -> None:
    for chart in charts(full()).values():
        assert chart.spec is not None
        assert all(value["label"] for value in chart.spec["data"]["values"])


def test_a_chart_without_data_has_a_title_and_no_drawing() -> None:
    empty = charts(EMPTY)

    assert empty.keys() == TITLES.keys()
    assert all(chart.spec is None for chart in empty.values())
    assert empty["tools"].title == "No tool was called in this period"


def answer_times(seconds: float | None) -> list[dict[str, Any]]:
    return [{"assistant_id": None, "answers": 1, "p50": seconds, "p90": 1, "p99": 1}]


def tool_calls(**row: Any) -> list[dict[str, Any]]:
    return [
        {"tool": "x", "calls": 1, "answered": 1, "failed": 0, "failure_share": 0.0, "p50": None, "p90": None, **row}
    ]


def retention(week: int, *, complete: bool) -> list[dict[str, Any]]:
    first = {"cohort": EMPTY.period.since, "week": 0, "users": 3, "share": 1.0, "complete": True}
    return [first, {**first, "week": week, "users": 2, "complete": complete}] if week else [first]


@pytest.mark.parametrize(
    ("changes", "name", "title"),
    [
        ({"messages_a_day_before": [{"messages": 28_198}]}, "messages", ", as many as in the 30 days before; most"),
        ({"messages_a_day_before": [{"messages": 28_000}]}, "messages", "about as many as the 28,000 in the 30 days"),
        ({"messages_a_day_before": []}, "messages", "28,198 messages; most on"),
        ({"answer_times_by_assistant": answer_times(0.02)}, "answers", "Half of the 1 answer come within 20 ms"),
        ({"answer_times_by_assistant": answer_times(None)}, "answers", "No question was answered in this period"),
        ({"retention": []}, "retention", "No user wrote for the first time in these weeks"),
        ({"retention": retention(0, complete=True)}, "retention", "No user wrote early enough to return"),
        ({"retention": retention(1, complete=False)}, "retention", "No week after a first one is complete yet"),
        ({"retention": retention(1, complete=True)}, "retention", "67 % (2 of 3 new users) wrote again"),
        (
            {"metadata": {"channel": [{"value": None, "threads": 3, "messages": 3, "share": 1.0}]}},
            "by-channel",
            "No thread has “channel” in its metadata",
        ),
        ({"tool_calls": tool_calls()}, "tools", "1 tool call, none failed"),
        (
            {"tool_calls": [*tool_calls(failed=1), *tool_calls(tool="y", calls=3, failed=3)]},
            "tools",
            "x and y fail most often: 100 % (4 of 4 calls)",
        ),
    ],
)
def test_titles_follow_the_figures(changes: dict[str, Any], name: str, title: str) -> None:
    assert title in charts(full(**changes))[name].title


def test_a_period_that_is_not_over_is_not_compared_and_its_last_day_is_pale() -> None:
    messages = charts(replace(full(), made_at=DAYS[-1] + timedelta(hours=9)))["messages"]

    assert messages.spec is not None
    assert messages.title.startswith("28,198 messages so far; most on Sat 21 Nov")
    assert "fewest" not in messages.title
    assert messages.note.endswith("Pale: the day is not complete.")
    pale = {row["start"] for row in messages.spec["data"]["values"] if not row["complete"]}
    assert pale == {f"{DAYS[-1].isoformat()}Z"}


def test_a_day_in_the_future_that_has_messages_has_begun() -> None:
    """An import may date messages in the future, and the clock of this machine may be wrong."""
    assert full().is_over
    assert replace(full(), made_at=DAYS[3]).is_over
    assert not replace(full(), made_at=DAYS[-1]).is_over


def test_days_that_have_not_begun_are_not_drawn() -> None:
    begun = DAYS[9] + timedelta(hours=1)
    rows = [row for row in full().messages_a_day if row["day"] <= DAYS[9]]
    chart = charts(replace(full(), made_at=begun, messages_a_day=rows))["messages"]

    assert chart.spec is not None
    assert max(row["start"] for row in chart.spec["data"]["values"]) == f"{DAYS[9].isoformat()}Z"


@pytest.mark.parametrize(("days", "unit"), [(100, "day"), (101, "week"), (728, "week"), (729, "month")])
def test_a_long_period_is_drawn_by_week_or_month(days: int, unit: str) -> None:
    period = Period(END - timedelta(days=days), END)
    rows = [
        {"day": day, "role": "user", "assistant_id": None, "messages": 1, "new": 1, "returning": 0}
        for day in period.each_day()
    ]
    starts = {start_of(day, unit): 7 for day in period.each_day()}  # type: ignore[arg-type]
    active = [{"start": start, "users": users} for start, users in starts.items()]
    figures = Figures(
        period,
        END,
        messages_a_day=rows,
        new_and_returning_users=rows,
        active_users=active,
        days_of_activity=[{"days": 1, "users": days}],
    )

    for name in ("messages", "users"):
        chart = charts(figures)[name]
        assert chart.spec is not None
        assert chart.columns[0] == unit
        assert len(chart.rows) == len(starts)
        assert f"per {unit} (UTC)" in chart.note
        assert sum(row.get("messages", 0) for row in chart.spec["data"]["values"]) in (0, days)
        assert chart.spec["data"]["values"][0]["complete"] is (start_of(period.since, unit) == period.since)  # type: ignore[arg-type]


def test_hours_outside_of_the_period_are_hatched() -> None:
    friday = Period(DAYS[0], DAYS[1], "Asia/Kolkata")
    chart = charts(replace(full(), period=friday, busy_hours=[{"weekday": 5, "hour": 9, "messages": 2}]))["hours"]

    assert chart.spec is not None
    within = {(row["weekday"], row["hour"]) for row in chart.spec["data"]["values"] if row["within"]}
    assert within == {("Friday", hour) for hour in range(5, 24)} | {("Saturday", hour) for hour in range(6)}
    assert chart.note.endswith("Hatched: hours that are not in the period.")


def test_the_busiest_assistants_are_named_and_all_others_come_last() -> None:
    chart = charts(full())["assistants"]

    names = list(dict.fromkeys(row[0] for row in chart.rows))
    assert names == [*(f"asst_{number}" for number in range(7)), "all others"]
